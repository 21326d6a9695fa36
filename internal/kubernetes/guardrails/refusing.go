package guardrails

import (
	"reflect"
	"slices"
)

// refusing returns the policies with the action "deny", and those on templates of objects that other policies refuse.
func (s Settings) refusing() []Object {
	s = s.sorted()
	found := []Object{}
	for _, p := range s.policies() {
		if p.rule.Action == Deny || p.refusedLater {
			found = append(found, p.object(nil))
		}
	}
	return found
}

// Change is a policy that refuses objects, with its previous version.
type Change struct {
	Policy Object
	// Before is nil if the policy did not refuse objects before.
	Before *Object
}

// Refusing returns the policies that newly refuse objects under the settings, and those whose rules have changed.
// before is nil for a cluster without guardrails. missing are policies that are absent from the cluster.
func (s Settings) Refusing(before *Settings, missing []string) []Change {
	previous := []Object{}
	if before != nil {
		previous = before.refusing()
	}
	found := []Change{}
	for _, p := range s.refusing() {
		i := slices.IndexFunc(previous, func(o Object) bool { return o.Name == p.Name && !slices.Contains(missing, o.Name) })
		switch {
		case i < 0:
			found = append(found, Change{Policy: p})
		case !reflect.DeepEqual(p.Content["spec"], previous[i].Content["spec"]):
			found = append(found, Change{Policy: p, Before: &previous[i]})
		}
	}
	return found
}

// JudgesTemplates reports whether a policy validates templates from which controllers create objects.
func JudgesTemplates(policy string) bool {
	return slices.Contains([]string{Templates, ClaimTemplates, HostPorts}, policy)
}
