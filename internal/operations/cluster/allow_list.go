package cluster

import (
	"context"
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/scaleway/scaleway-sdk-go/api/k8s/v1"
)

// AllowRule is a rule of the allow-list of an API server: a range, or all of Scaleway's own ranges.
type AllowRule struct {
	Range          netip.Prefix
	ScalewayRanges bool
	Description    string
}

// scalewayDescription describes the rule for Scaleway's own ranges, in the API and in messages.
const scalewayDescription = "Scaleway's own ranges"

// AllowRules returns the rules of the API. Scaleway's own ranges have no description of the user's.
func AllowRules(rules []*k8s.ACLRule) []AllowRule {
	found := []AllowRule{}
	for _, rule := range rules {
		if rule.ScalewayRanges != nil && *rule.ScalewayRanges {
			found = append(found, AllowRule{ScalewayRanges: true})
			continue
		}
		if rule.IP == nil {
			continue
		}
		if prefix, err := netip.ParsePrefix(rule.IP.String()); err == nil {
			found = append(found, AllowRule{Range: prefix, Description: rule.Description})
		}
	}
	return found
}

// String returns what the rule allows, without its description.
func (r AllowRule) String() string {
	if r.ScalewayRanges {
		return scalewayDescription
	}
	return r.Range.String()
}

func allowRequests(rules []AllowRule) []*k8s.ACLRuleRequest {
	requests := make([]*k8s.ACLRuleRequest, 0, len(rules))
	for _, rule := range rules {
		if rule.ScalewayRanges {
			allow := true
			requests = append(requests, &k8s.ACLRuleRequest{ScalewayRanges: &allow, Description: scalewayDescription})
			continue
		}
		requests = append(requests, &k8s.ACLRuleRequest{IP: ipNet(rule.Range), Description: rule.Description})
	}
	return requests
}

// equalRules reports whether two allow-lists have the same rules, in any order.
func equalRules(a, b []AllowRule) bool {
	return slices.Equal(normalized(a), normalized(b))
}

func normalized(rules []AllowRule) []string {
	texts := []string{}
	for _, rule := range rules {
		texts = append(texts, rule.String()+" "+rule.Description)
	}
	slices.Sort(texts)
	return slices.Compact(texts)
}

// missing returns what rules allow and other does not.
func missing(rules, other []AllowRule) []string {
	found := []string{}
	for _, rule := range rules {
		if !slices.ContainsFunc(other, func(one AllowRule) bool { return one.String() == rule.String() }) {
			found = append(found, rule.String())
		}
	}
	return found
}

// OpenError is an API server whose allow-list could not be set, and may allow addresses that the plan does not.
type OpenError struct {
	Ref
	Name string
	// Open lists what the API server still allows; empty where that is not known.
	Open []string
	Err  error
}

// Error names the cluster, what its API server still allows, and the cause.
func (e *OpenError) Error() string {
	still := "may allow more addresses than configured"
	if len(e.Open) > 0 {
		still = "still allows " + strings.Join(e.Open, ", ")
	}
	return fmt.Sprintf("the API server of cluster %q (%s) %s, as its allow-list could not be set: %v",
		e.Name, e.ID(), still, e.Err)
}

// Unwrap returns the cause.
func (e *OpenError) Unwrap() error { return e.Err }

// applyAllowList sets the planned allow-list. A list that closes something is retried until the API accepts it, even if
// the actual list cannot be read. A list that only opens something is not worth waiting for the end of an outage.
func (u *update) applyAllowList(ctx context.Context) error {
	before, unreadable := u.observed.AllowList, error(nil)
	if u.finish {
		var rules []*k8s.ACLRule
		rules, unreadable = u.api.AllowList(ctx, u.observed.Region, u.observed.UUID)
		before = AllowRules(rules)
	}
	if unreadable == nil && equalRules(u.desired.AllowList, before) {
		return nil
	}
	u.result.Written = true
	open := missing(before, u.desired.AllowList)
	requests := allowRequests(u.desired.AllowList)
	if unreadable == nil && len(open) == 0 {
		if err := u.api.SetAllowListWhenSettled(ctx, u.observed.Region, u.observed.UUID, requests); err != nil {
			return fmt.Errorf("the allow-list could not be set: %w", err)
		}
		return nil
	}
	if _, err := u.api.SetAllowListWithRetry(ctx, u.observed.Region, u.observed.UUID, "", requests); err != nil {
		return &OpenError{Ref: u.observed.Ref, Name: u.observed.Name, Open: open, Err: err}
	}
	return nil
}
