package guardrails

import (
	"reflect"
	"slices"
)

// refusing are the policies whose action is to refuse, and those on templates from which refused objects are made.
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

// Change is a policy that refuses, and how it was before.
type Change struct {
	Policy Object
	// Before is nil where the policy did not refuse before.
	Before *Object
}

// Refusing are the policies that refuse under the settings and did not, or not by the same rules, before: nil is a
// cluster without guardrails. A policy that is among missing was not in force.
func (s Settings) Refusing(before *Settings, missing []string) []Change {
	was := []Object{}
	if before != nil {
		was = before.refusing()
	}
	found := []Change{}
	for _, p := range s.refusing() {
		at := slices.IndexFunc(was, func(o Object) bool { return o.Name == p.Name && !slices.Contains(missing, o.Name) })
		switch {
		case at < 0:
			found = append(found, Change{Policy: p})
		case !reflect.DeepEqual(p.Content["spec"], was[at].Content["spec"]):
			found = append(found, Change{Policy: p, Before: &was[at]})
		}
	}
	return found
}

// JudgesTemplates says whether a policy judges what controllers make other objects from.
func JudgesTemplates(policy string) bool {
	return slices.Contains([]string{Templates, ClaimTemplates, HostPorts}, policy)
}
