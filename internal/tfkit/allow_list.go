package tfkit

import (
	"net/netip"
	"sync"

	"github.com/scaleway/scaleway-sdk-go/api/k8s/v1"
)

// AllowLists records the allow-list that each cluster resource of this process planned, so that pools and guardrails
// can detect a list that was not set. Its zero value is ready to use.
type AllowLists struct {
	mu     sync.Mutex
	wanted map[string][]string
}

// Want records the planned ranges of a cluster's allow-list, by the cluster's UUID.
func (a *AllowLists) Want(clusterID string, ranges []string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.wanted == nil {
		a.wanted = map[string][]string{}
	}
	a.wanted[clusterID] = ranges
}

// Wanted returns the ranges that Want recorded, and false if no resource of this process set the cluster's list.
func (a *AllowLists) Wanted(clusterID string) ([]string, bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	ranges, ok := a.wanted[clusterID]
	return ranges, ok
}

// AllowList is the decoded form of a cluster's actual allow-list.
type AllowList struct {
	Ranges []netip.Prefix
	// AllowsScaleway reports whether the list also allows all of Scaleway's own addresses, which the API does not
	// enumerate.
	AllowsScaleway bool
}

// ParseAllowList decodes the rules of an allow-list.
func ParseAllowList(rules []*k8s.ACLRule) AllowList {
	found := AllowList{Ranges: []netip.Prefix{}}
	for _, rule := range rules {
		if rule.ScalewayRanges != nil && *rule.ScalewayRanges {
			found.AllowsScaleway = true
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

// CIDRs returns the ranges in CIDR notation, in the order of the rules.
func (a AllowList) CIDRs() []string {
	texts := make([]string, len(a.Ranges))
	for i, prefix := range a.Ranges {
		texts[i] = prefix.String()
	}
	return texts
}
