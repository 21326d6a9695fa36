package tfkit

import (
	"net/netip"
	"sync"

	"github.com/scaleway/scaleway-sdk-go/api/k8s/v1"
)

// AllowLists are the allow-lists that resources of this process wanted for their clusters, so that what is built upon a
// cluster can tell a list that was not set. The zero value is empty.
type AllowLists struct {
	mu     sync.Mutex
	wanted map[string][]string
}

// Want keeps the ranges that a cluster's allow-list is to have, by the cluster's UUID.
func (a *AllowLists) Want(clusterID string, ranges []string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.wanted == nil {
		a.wanted = map[string][]string{}
	}
	a.wanted[clusterID] = ranges
}

// Wanted are the ranges that Want kept; false where nothing of this process set the cluster's list.
func (a *AllowLists) Wanted(clusterID string) ([]string, bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	ranges, ok := a.wanted[clusterID]
	return ranges, ok
}

// Allowed is whom an actual allow-list lets in.
type Allowed struct {
	Ranges []netip.Prefix
	// Scaleway says that all of Scaleway's own addresses are let in, too: wide, not the world, and not to be read.
	Scaleway bool
}

// AllowedBy reads the rules of an allow-list.
func AllowedBy(rules []*k8s.ACLRule) Allowed {
	found := Allowed{Ranges: []netip.Prefix{}}
	for _, rule := range rules {
		if rule.ScalewayRanges != nil && *rule.ScalewayRanges {
			found.Scaleway = true
		}
		if rule.IP == nil {
			continue
		}
		if prefix, err := netip.ParsePrefix(rule.IP.String()); err == nil {
			found.Ranges = append(found.Ranges, prefix)
		}
	}
	return found
}

// Texts are the ranges in CIDR notation, in the order of the rules.
func (a Allowed) Texts() []string {
	texts := make([]string, len(a.Ranges))
	for i, prefix := range a.Ranges {
		texts[i] = prefix.String()
	}
	return texts
}
