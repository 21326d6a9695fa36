package guardrails

// ingressPolicy judges each rule by its host. A path under a host without TLS may stay where it was before.
func (s Settings) ingressPolicy() policy {
	covered := `(has({r}.host) && {r}.host != '' && has({o}.spec.tls) && {o}.spec.tls.exists(t, has(t.hosts) && t.hosts.exists(h, ` +
		`h == {r}.host || h.startsWith('*.') && {r}.host.contains('.') && {r}.host.substring({r}.host.indexOf('.')) == h.substring(1))))`
	before := expand(`variables.plainBefore.exists(q, {hostQ} == {hostR} && ({pathsR} || has(q.http) && q.http.paths.exists(y, {pathY} == {pathX})))`,
		"hostQ", `(has(q.host) ? q.host : '')`, "hostR", `(has(r.host) ? r.host : '')`, "pathsR", `!has(r.http)`,
		"pathY", `(has(y.path) ? y.path : '')`, "pathX", `(has(x.path) ? x.path : '')`)
	return policy{
		name: Ingresses, resources: only("networking.k8s.io", "ingresses"), operations: onChange(), rule: s.Ingress,
		conditions: []named{notDeleting(), specChanged()},
		variables: []named{{"plainBefore", expand(`oldObject != null && has(oldObject.spec.rules) ? oldObject.spec.rules.filter(q, !{covered}) : []`,
			"covered", expand(covered, "r", "q", "o", "oldObject"))}},
		checks: []check{
			{
				expression: expand(`has(object.spec.rules) ? object.spec.rules.all(r, {covered} || (has(r.http) ? r.http.paths : [{'path': ''}]).all(x, {before})) : `+
					`oldObject != null && !has(oldObject.spec.rules)`, "covered", expand(covered, "r", "r", "o", "object"), "before", before),
				message: `"HDS-ENC-01: every rule of an Ingress needs a host, and spec.tls must list each host, exactly or by a wildcard of one label."`,
			},
			{
				expression: `!has(object.spec.defaultBackend) || oldObject != null && has(oldObject.spec.defaultBackend)`,
				message:    `"HDS-ENC-01: a default backend answers hosts that spec.tls does not cover. Remove spec.defaultBackend and name the hosts in rules."`,
			},
		},
	}
}

func specChanged() named {
	return named{"changed", "oldObject == null || object.spec != oldObject.spec"}
}

// gatewayPolicy judges each listener. One without TLS may stay where it was before.
func (s Settings) gatewayPolicy() policy {
	encrypted := `(has({l}.protocol) && {l}.protocol in ['HTTPS', 'TLS'])`
	same := `(has(l.{f}) ? string(l.{f}) : '') == (has(q.{f}) ? string(q.{f}) : '')`
	return policy{
		name: Gateways, resources: only("gateway.networking.k8s.io", "gateways"), operations: onChange(), rule: s.Ingress,
		conditions: []named{notDeleting(), specChanged()},
		variables: []named{{"plainBefore", expand(`oldObject != null && has(oldObject.spec.listeners) ? oldObject.spec.listeners.filter(q, !{encrypted}) : []`,
			"encrypted", expand(encrypted, "l", "q"))}},
		checks: []check{{
			expression: expand(`has(object.spec.listeners) && object.spec.listeners.all(l, {encrypted} || variables.plainBefore.exists(q, {port} && {protocol} && {hostname}))`,
				"encrypted", expand(encrypted, "l", "l"), "port", expand(same, "f", "port"),
				"protocol", expand(same, "f", "protocol"), "hostname", expand(same, "f", "hostname")),
			message: `"HDS-ENC-01: the listeners of a Gateway must have the protocol HTTPS or TLS."`,
		}},
	}
}
