package guardrails

import (
	"reflect"
	"slices"
)

// refusingPolicies returns the policies with the action "deny", and those on templates of objects that other policies
// refuse. It leaves out those with parameters: existing snapshots are kept and not created again.
func (s Settings) refusingPolicies() []Object {
	s = s.sorted()
	found := []Object{}
	for _, p := range s.policies() {
		if p.params == nil && (p.rule.Action == Deny || p.refusedLater) {
			found = append(found, p.object(nil))
		}
	}
	return found
}

// PolicyChange is a policy that refuses objects, with its previous version.
type PolicyChange struct {
	Policy Object
	// Before is nil if the policy did not refuse objects before.
	Before *Object
}

// RefusalChanges returns the policies that newly refuse objects under the settings, and those whose rules have changed.
// before is nil for a cluster without guardrails. missing are policies that are absent from the cluster.
func (s Settings) RefusalChanges(before *Settings, missing []string) []PolicyChange {
	previous := []Object{}
	if before != nil {
		previous = before.refusingPolicies()
	}
	found := []PolicyChange{}
	for _, p := range s.refusingPolicies() {
		i := slices.IndexFunc(
			previous, func(o Object) bool { return o.Name == p.Name && !slices.Contains(missing, o.Name) },
		)
		switch {
		case i < 0:
			found = append(found, PolicyChange{Policy: p})
		case !reflect.DeepEqual(p.Content["spec"], previous[i].Content["spec"]):
			found = append(found, PolicyChange{Policy: p, Before: &previous[i]})
		}
	}
	return found
}

// IsTemplatePolicy reports whether a policy validates templates from which controllers create objects.
func IsTemplatePolicy(policy string) bool {
	return slices.Contains([]string{PodTemplates, ClaimTemplates, HostPorts}, policy)
}
