package guardrails

// kubeSystemPolicy refuses changes in kube-system by identities other than the managed components.
func (s Settings) kubeSystemPolicy() policy {
	return policy{
		name:       KubeSystemChanges,
		operations: []any{"CREATE", "UPDATE", "DELETE", "CONNECT"},
		namespace:  KubeSystem,
		rule:       s.KubeSystem,
		// Subresources count, too: exec, attach, ephemeralcontainers and tokens of service accounts change what a
		// component does or allow others to act as the component, without a change of an object.
		resources: inGroup("*", "*/*"),
		excludedResources: []resources{
			// Objects that clients write continuously, and reviews, which create nothing.
			{"", []string{"events"}}, {"events.k8s.io", []string{"events"}}, {
				"coordination.k8s.io", []string{"leases"},
			},
			{"authorization.k8s.io", []string{"*"}},
			// A drain by an administrator evicts pods, and their controllers start them elsewhere. Ports that are
			// accessible through the API server are also accessible to every pod of the cluster.
			{"", []string{"pods/eviction", "pods/portforward", "pods/proxy", "services/proxy"}},
		},
		// The namespaceSelector matches all cluster-scoped objects. In a request for a namespace, request.namespace is
		// set.
		conditions: []namedExpression{
			{"kube-system", "has(request.namespace) && request.namespace == " + celString(KubeSystem)},
			{"not-being-deleted", "request.operation != 'UPDATE' || !has(object.metadata.deletionTimestamp)"},
			{"authentication-reader", "!(" + s.authenticationReaderExpr() + ")"},
			// Controllers in other namespaces update the status of Ingresses and custom resources.
			{"status-of-components", "!has(request.subResource) || request.subResource != 'status' || " +
				"request.resource.group in ['', 'apps', 'autoscaling', 'batch', 'policy']"},
		},
		validations: []validation{{
			expression: s.isComponentExpr(),
			message: `"LIF-07: kube-system must stay as Scaleway ships it. Changes by " + request.userInfo.username ` +
				`+ ` +
				`" become the customer's responsibility (TRF-02) and can cause upgrades to fail. ` +
				`" + (has(request.subResource) && request.subResource != '' ? ` +
				`"Identities listed in kube_system of srm_hds_guardrails are allowed." : "Use another namespace.")`,
		}},
	}
}

// authenticationReaderExpr returns a CEL expression that reports whether a request is for a RoleBinding that allows
// service accounts of other namespaces to read the certificates with which the API server calls aggregated APIs. Every
// server of an aggregated API needs one, such as a metrics adapter.
func (s Settings) authenticationReaderExpr() string {
	reads := func(object string) string {
		return expand(`({o} == null || {o}.roleRef.kind == 'Role' && `+
			`{o}.roleRef.name == 'extension-apiserver-authentication-reader' && has({o}.subjects) && `+
			`{o}.subjects.all(s, s.kind == 'ServiceAccount' && has(s.namespace) && s.namespace != {system}))`,
			"o", object, "system", celString(KubeSystem))
	}
	return `request.resource.group == 'rbac.authorization.k8s.io' && request.resource.resource == 'rolebindings' && ` +
		reads("object") + " && " + reads("oldObject")
}

// isComponentExpr returns a CEL expression that reports whether the user is allowed to change kube-system.
func (s Settings) isComponentExpr() string { return isOneOfExpr(s.Users, s.Groups) }

// isOneOfExpr returns a CEL expression that reports whether the user is one of the users or a member of one of the
// groups.
func isOneOfExpr(users, groups []string) string {
	return expand(`(request.userInfo.username in {users} || has(request.userInfo.groups) && `+
		`request.userInfo.groups.exists(g, g in {groups}))`, "users", celList(users), "groups", celList(groups))
}
