package guardrails

// ingressVariablesFor returns the variables of one Ingress, {o}, if {exists} is true. {v} is the prefix of the variable
// names.
func (s Settings) ingressVariablesFor() []namedExpression {
	covered := func(entries string) string {
		return expand(`(has(r.host) && r.host != '' && {entries}.exists(t, t.hosts.exists(h, h == r.host || `+
			`h.startsWith('*.') && r.host.contains('.') && `+
			`r.host.substring(r.host.indexOf('.')) == h.substring(1))))`, "entries", entries)
	}
	return []namedExpression{
		{"Annotations", `{exists} && has({o}.metadata.annotations) ? {o}.metadata.annotations : {}`},
		{"Rules", `{exists} && has({o}.spec.rules) ? {o}.spec.rules : []`},
		{"Classes", expand(`({exists} && has({o}.spec.ingressClassName) ? [{o}.spec.ingressClassName] : []) + `+
			`({key} in {v}Annotations ? [{v}Annotations[{key}]] : [])`, "key", celString(annotationClass))},
		{"Default", expand(`size({v}Classes) > 0 && {v}Classes.all(c, c in {classes})`,
			"classes", celList(s.DefaultCertificateClasses))},
		{"TLS", `{exists} && has({o}.spec.tls) ? {o}.spec.tls.filter(t, has(t.hosts)) : []`},
		{"Certified", `{v}TLS.filter(t, {v}Default || has(t.secretName) && t.secretName != '')`},
		{"Solver", expand(`{exists} && has({o}.metadata.labels) && {label} in {o}.metadata.labels && `+
			`{o}.metadata.labels[{label}] == 'true'`, "label", celString(labelSolver))},
		{"Detours", `{v}Solver ? ` + disallowedSolverAnnotations("{v}Annotations") + ` : []`},
		{"Served", `{v}Solver && size({v}Detours) == 0 ? {v}Rules.filter(r, !` + challengesOnly + `) : {v}Rules`},
		{"Bare", `{v}Served.filter(r, !` + covered("{v}Certified") + `)`},
		{"Off", disabledRedirects("{v}Annotations")},
		{"Plain", `size({v}Off) > 0 ? {v}Served : {v}Served.filter(r, !` + covered("{v}TLS") + `)`},
	}
}

// ingressVariables returns the same variables for the new and the old Ingress.
func (s Settings) ingressVariables() []namedExpression {
	found := []namedExpression{}
	for _, side := range []struct{ name, object, exists string }{
		{"new", "object", "true"}, {"old", "oldObject", "oldObject != null"},
	} {
		for _, v := range s.ingressVariablesFor() {
			found = append(found, namedExpression{side.name + v.name,
				expand(v.expression, "exists", side.exists, "o", side.object, "v", "variables."+side.name)})
		}
	}
	return append(
		found,
		namedExpression{"addedAliases", addedAliases("variables.newAnnotations", "variables.oldAnnotations")},
	)
}

// ingressPolicy validates the TLS of each host and the redirect from HTTP. A path that had no TLS before the guardrails
// were created may stay without TLS if its path type stays the same or becomes "exact", the narrowest one.
func (s Settings) ingressPolicy() policy {
	before := func(rules, earlier string) string {
		return expand(`{rules}.all(r, (has(r.http) ? r.http.paths : [{'path': ''}]).all(x, {earlier}.exists(q, `+
			`(has(q.host) ? q.host : '') == (has(r.host) ? r.host : '') && (!has(r.http) || has(q.http) && `+
			`q.http.paths.exists(y, (has(y.path) ? y.path : '') == (has(x.path) ? x.path : '') && `+
			`(x.pathType == 'Exact' || x.pathType == y.pathType))))))`,
			"rules", "variables."+rules, "earlier", "variables."+earlier)
	}
	minion := expand(
		`({key} in variables.newAnnotations && variables.newAnnotations[{key}] == 'minion' ? {note} : '')`,
		"key",
		celString(annotationMergeable),
		"note",
		celString(" A minion has no spec.tls, and a policy cannot read its master: use one Ingress, or a "+
			"VirtualServer with VirtualServerRoutes."),
	)
	solverNote := `(size(variables.newDetours) == 0 ? '' : " The Ingress of an ACME HTTP-01 solver must not have " + ` +
		`variables.newDetours.join(', ') + ".")`
	return policy{
		name: Ingresses, resources: inGroup("networking.k8s.io", "ingresses"), operations: onChange(), rule: s.Ingress,
		conditions: []namedExpression{notDeleting(), {"changed", `oldObject == null || object.spec != oldObject.spec ` +
			`|| ` +
			`(has(object.metadata.annotations) ? object.metadata.annotations : {}) != ` +
			`(has(oldObject.metadata.annotations) ? oldObject.metadata.annotations : {})`}},
		variables: s.ingressVariables(),
		validations: []validation{
			{
				expression: before("newBare", "oldBare") +
					` && (size(variables.newRules) > 0 || oldObject != null && size(variables.oldRules) == 0)`,
				message: celString("HDS-ENC-01: every rule of an Ingress needs a host, and spec.tls must list each "+
					"host with a secretName, exactly or with a wildcard for one label. Without a secretName the "+
					"controller uses its default certificate, which is accepted for the classes in "+
					"default_certificate_classes of srm_hds_guardrails.") +
					` + ` + minion + ` + ` + solverNote,
			},
			{
				expression: `!has(object.spec.defaultBackend) || oldObject != null && ` +
					`has(oldObject.spec.defaultBackend)`,
				message: celString("HDS-ENC-01: a default backend serves hosts that spec.tls does not cover. Remove " +
					"spec.defaultBackend and list the hosts in rules."),
			},
			{
				expression: `size(variables.newBare) == 0 && size(variables.newOff) == 0 || oldObject == null || ` +
					`size(variables.addedAliases) == 0`,
				message: celString(
					"HDS-ENC-01: the Ingress is older than the guardrails and serves plaintext HTTP, so annotations "+
						"must not add hosts: ",
				) + ` + variables.addedAliases.join(', ') + ". Remove the new hosts, ` +
					`or list every host in spec.tls first."`,
			},
			{
				expression: `size(variables.newOff) == 0 || ` + before("newServed", "oldPlain"),
				message: celString(
					"HDS-ENC-01: the Ingress serves plaintext HTTP in addition to TLS because annotations disable "+
						"the redirect to HTTPS: ",
				) +
					` + variables.newOff.map(k, k + " '" + variables.newAnnotations[k] + "'").join(', ') + ". Remove ` +
					`them."`,
			},
		},
	}
}

// specChanged returns a condition that matches new objects and changes of the spec.
func specChanged() namedExpression {
	return namedExpression{"changed", "oldObject == null || object.spec != oldObject.spec"}
}

// gatewayPolicy validates the listeners of Gateways and of ListenerSets, which add listeners to a Gateway. A listener
// may terminate TLS or pass it through: a TLS listener reads the server name from the handshake and rejects plaintext,
// unlike a port of a Load Balancer that forwards TCP. A listener without TLS that existed before the guardrails were
// created may stay. Port 8000 is the entry point "web" of Traefik's chart, which the Service exposes as port 80.
func (s Settings) gatewayPolicy() policy {
	encrypted := `(has({l}.protocol) && {l}.protocol in ['HTTPS', 'TLS'])`
	redirect := expand(`(has(l.protocol) && l.protocol == 'HTTP' && has(l.port) && int(l.port) in [80, 8000] && `+
		`request.namespace in {namespaces})`, "namespaces", celList(exceptionNamespaces(s.HTTPRedirect)))
	same := `(has(l.{f}) ? string(l.{f}) : '') == (has(q.{f}) ? string(q.{f}) : '')`
	return policy{
		name: Gateways, operations: onChange(), rule: s.Ingress,
		resources: []resources{
			{"gateway.networking.k8s.io", []string{"gateways", "listenersets"}},
			{"gateway.networking.x-k8s.io", []string{"xlistenersets"}},
		},
		conditions: []namedExpression{notDeleting(), specChanged()},
		variables: []namedExpression{{"plainBefore", `oldObject != null && has(oldObject.spec.listeners) ? ` +
			`oldObject.spec.listeners.filter(q, !` + expand(encrypted, "l", "q") + `) : []`}},
		validations: []validation{{
			expression: expand(`!has(object.spec.listeners) || object.spec.listeners.all(l, {encrypted} || `+
				`{redirect} || `+
				`variables.plainBefore.exists(q, {port} && {protocol} && {hostname}))`,
				"encrypted", expand(encrypted, "l", "l"), "redirect", redirect, "port", expand(same, "f", "port"),
				"protocol", expand(same, "f", "protocol"), "hostname", expand(same, "f", "hostname")),
			message: celString("HDS-ENC-01: the listeners of a Gateway or ListenerSet must have the protocol HTTPS " +
				"or TLS. HTTP on port 80 or 8000 for redirects is accepted in the namespaces listed in http_redirect " +
				"of srm_hds_guardrails."),
		}},
	}
}
