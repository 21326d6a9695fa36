package guardrails

// kubeSystemPolicy is about changes in kube-system by others than the managed components.
func (s Settings) kubeSystemPolicy() policy {
	return policy{
		name: Changes, operations: []any{"CREATE", "UPDATE", "DELETE"}, namespace: KubeSystem, rule: s.KubeSystem,
		// Changes that no object itself shows count; what clients write all the time and what creates nothing does not.
		resources: only("*", "*", "*/scale", "pods/ephemeralcontainers"),
		excluded: []resources{
			{"", []string{"events"}}, {"events.k8s.io", []string{"events"}}, {"coordination.k8s.io", []string{"leases"}},
			{"authorization.k8s.io", []string{"*"}},
		},
		// The selector of namespaces lets every object of the cluster's scope through; a request on a namespace has its name.
		conditions: []named{{"kube-system", "has(request.namespace) && request.namespace == " + text(KubeSystem)},
			{"not-being-deleted", "request.operation != 'UPDATE' || !has(object.metadata.deletionTimestamp)"}},
		checks: []check{{
			expression: s.isComponent(),
			message: `"LIF-07: kube-system is to stay as Scaleway ships it: what " + request.userInfo.username + " changes there becomes the customer's responsibility (TRF-02) and can fail upgrades. ` +
				`Use another namespace."`,
		}},
	}
}

// isComponent is a CEL expression: the request comes from an identity that may change kube-system.
func (s Settings) isComponent() string {
	return expand(`(request.userInfo.username in {users} || has(request.userInfo.groups) && `+
		`request.userInfo.groups.exists(g, g in {groups}))`, "users", list(s.Users), "groups", list(s.Groups))
}
