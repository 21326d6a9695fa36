package tfkit

import (
	"net/netip"

	"github.com/scaleway/scaleway-sdk-go/api/k8s/v1"
)

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
