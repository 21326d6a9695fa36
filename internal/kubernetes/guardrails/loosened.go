package guardrails

import "slices"

// defaultActions returns the action of each policy with the default settings of srm_hds_guardrails.
func defaultActions() map[string]string {
	s := Settings{
		LoadBalancers: Rule{Action: Deny}, Ingress: Rule{Action: Deny}, NodePorts: Rule{Action: Audit},
		NodeDisk: Rule{Action: Audit}, KubeSystem: Rule{Action: Warn}, BackendTLS: Warn,
		VolumeSnapshots: &VolumeSnapshots{},
	}
	actions := map[string]string{}
	for _, p := range s.policies() {
		actions[p.name] = p.rule.Action
	}
	return actions
}

// IsPolicy reports whether a ValidatingAdmissionPolicy or a binding has a name of the guardrails.
func IsPolicy(name string) bool { return defaultActions()[name] != "" }

// IsLoosened reports whether the validationActions of a binding are less strict than the default of its policy.
func IsLoosened(policy string, validationActions []string) bool {
	switch defaultActions()[policy] {
	case Deny:
		return !slices.Contains(validationActions, "Deny")
	case Warn:
		return !slices.Contains(validationActions, "Deny") && !slices.Contains(validationActions, "Warn")
	}
	return false
}
