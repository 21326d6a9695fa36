package guardrails

// kubeSystemPolicy is about changes in kube-system by others than the managed components.
func (s Settings) kubeSystemPolicy() policy {
	return policy{
		name: Changes, operations: []any{"CREATE", "UPDATE", "DELETE", "CONNECT"}, namespace: KubeSystem, rule: s.KubeSystem,
		// Every subresource counts, too: exec, attach, ephemeralcontainers and a token of a service account change what a
		// component does, or let others act as one, and no object shows it.
		resources: only("*", "*/*"),
		excluded: []resources{
			// What clients write all the time, and what creates nothing.
			{"", []string{"events"}}, {"events.k8s.io", []string{"events"}}, {"coordination.k8s.io", []string{"leases"}},
			{"authorization.k8s.io", []string{"*"}},
			// A drain by an administrator evicts what runs on a node: its controller starts it elsewhere. A port that is
			// reached through the API server is open to every pod of the cluster as well.
			{"", []string{"pods/eviction", "pods/portforward", "pods/proxy", "services/proxy"}},
		},
		// The selector of namespaces lets every object of the cluster's scope through; a request on a namespace has its name.
		conditions: []named{{"kube-system", "has(request.namespace) && request.namespace == " + text(KubeSystem)},
			{"not-being-deleted", "request.operation != 'UPDATE' || !has(object.metadata.deletionTimestamp)"},
			{"authentication-reader", "!(" + s.readsAuthentication() + ")"},
			// Controllers of other namespaces report the status of Ingresses and of custom resources.
			{"status-of-components", "!has(request.subResource) || request.subResource != 'status' || " +
				"request.resource.group in ['', 'apps', 'autoscaling', 'batch', 'policy']"}},
		checks: []check{{
			expression: s.isComponent(),
			message: `"LIF-07: kube-system is to stay as Scaleway ships it: what " + request.userInfo.username + ` +
				`" changes there becomes the customer's responsibility (TRF-02) and can fail upgrades. ` +
				`" + (has(request.subResource) && request.subResource != '' ? ` +
				`"An identity that kube_system of srm_hds_guardrails lists may." : "Use another namespace.")`,
		}},
	}
}

// readsAuthentication is a CEL expression: the request is on a RoleBinding that lets service accounts of other
// namespaces read the certificates with which the API server calls aggregated APIs. Each server of such an API needs
// one, as of metrics.
func (s Settings) readsAuthentication() string {
	reads := func(object string) string {
		return expand(`({o} == null || {o}.roleRef.kind == 'Role' && `+
			`{o}.roleRef.name == 'extension-apiserver-authentication-reader' && has({o}.subjects) && `+
			`{o}.subjects.all(s, s.kind == 'ServiceAccount' && has(s.namespace) && s.namespace != {system}))`,
			"o", object, "system", text(KubeSystem))
	}
	return `request.resource.group == 'rbac.authorization.k8s.io' && request.resource.resource == 'rolebindings' && ` +
		reads("object") + " && " + reads("oldObject")
}

// isComponent is a CEL expression: the request comes from an identity that may change kube-system.
func (s Settings) isComponent() string { return isOneOf(s.Users, s.Groups) }

// isOneOf is a CEL expression: the request comes from one of the users, or from a member of one of the groups.
func isOneOf(users, groups []string) string {
	return expand(`(request.userInfo.username in {users} || has(request.userInfo.groups) && `+
		`request.userInfo.groups.exists(g, g in {groups}))`, "users", list(users), "groups", list(groups))
}
