package guardrails

import (
	"strings"

	"github.com/terraform-srm/terraform-provider-srm/internal/compliance"
)

// bucketWebsitePattern matches the host of a bucket website in fr-par, which a Load Balancer may fail over to.
const bucketWebsitePattern = `^(?i)([a-z0-9]([a-z0-9-]*[a-z0-9])?[.])+s3-website[.]fr-par[.]scw[.]cloud$`

// loadBalancerAnnotations returns the annotations that the policies on Load Balancers validate.
func loadBalancerAnnotations() []string {
	found := []string{AnnotationPassthrough}
	for _, name := range []string{
		"zone", "id", "certificate-ids", "protocol-http", "http-backend-tls", "http-backend-tls-skip-verify",
		"ssl-compatibility-level", "failover-host", "private",
	} {
		found = append(found, loadBalancerPrefix+name)
	}
	return found
}

// loadBalancerConditions limits a policy to Services that the CCM creates a Load Balancer for, and to requests that may
// change the Load Balancer. The CCM ignores a Service with a loadBalancerClass.
func loadBalancerConditions() []namedExpression {
	value := func(object string) string {
		return expand(`(has({o}.metadata.annotations) && k in {o}.metadata.annotations ? '=' + `+
			`{o}.metadata.annotations[k] `+
			`: '')`, "o", object)
	}
	return []namedExpression{
		{"load-balancer", "has(object.spec.type) && object.spec.type == 'LoadBalancer' && " +
			"!has(object.spec.loadBalancerClass)"},
		notDeleting(),
		{"changed", expand(`oldObject == null || object.spec != oldObject.spec || {judged}.exists(k, {new} != {old})`,
			"judged", celList(loadBalancerAnnotations()), "new", value("object"), "old", value("oldObject"))},
	}
}

// loadBalancerVariables returns the same variables for the new and the old object. An object that is older than the
// policies may change as long as it does not get worse, so the policies compare the violations before and after. A
// Service that the CCM did not create a Load Balancer for had no violations.
func (s Settings) loadBalancerVariables() []namedExpression {
	found := []namedExpression{
		{"before", `oldObject != null && has(oldObject.spec.type) && oldObject.spec.type == 'LoadBalancer' && ` +
			`!has(oldObject.spec.loadBalancerClass)`},
	}
	for _, side := range []struct{ name, object, exists string }{
		{"new", "object", "true"}, {"old", "oldObject", "variables.before"},
	} {
		for _, v := range s.loadBalancerVariablesFor() {
			found = append(
				found, namedExpression{
					side.name + v.name, expand(
						v.expression, "o", side.object, "exists", side.exists, "v", "variables."+side.name,
					),
				},
			)
		}
	}
	return found
}

// loadBalancerVariablesFor returns the variables of one object, {o}, if {exists} is true. {v} is the prefix of the
// variable names.
func (s Settings) loadBalancerVariablesFor() []namedExpression {
	value := func(name string) string {
		return expand(
			`({key} in {v}Annotations ? {v}Annotations[{key}] : '')`, "key", celString(loadBalancerPrefix+name),
		)
	}
	values := func(name string) string {
		return expand(
			`({key} in {v}Annotations ? [{v}Annotations[{key}]] : [])`, "key", celString(loadBalancerPrefix+name),
		)
	}
	// The CCM looks up a port by its node port and uses the last match.
	nodePort := `(has({p}.nodePort) ? {p}.nodePort : 0)`
	port := expand(`({v}Shared ? [{v}Ports.filter(q, {q} == {p}).map(q, q.port)].map(l, l[size(l) - 1])[0] : p.port)`,
		"q", expand(nodePort, "p", "q"), "p", expand(nodePort, "p", "p"))
	ids := `(c.contains(':') ? c.split(':')[1] : c).matches(` + celString(certificateIDPattern) + `)`
	ports := `c.contains(':') ? ` + portList("c.split(':')[0]") + ` : [` + everyPort + `]`
	encrypted := expand(
		`!{httpFails} && !{backendFails} && !({v}Good + {v}Broken).exists(l, {certificateFails}) && `+
			`({http} ? !{v}Broken.exists(l, {certified}) && {v}Good.exists(l, {certified}) : {v}Passthrough)`,
		"httpFails",
		failsForPort("{v}HTTP", "b"),
		"backendFails",
		failsForPort("{v}BackendTLS", "b"),
		"http",
		inPorts("{v}HTTP",
			"b"),
		"certificateFails",
		failsForPort("l", "p.port"),
		"certified",
		inPorts("l", "p.port"),
	)
	portsWith := func(condition string) string {
		return expand(`{v}Ports.filter(p, [{port}].exists(b, {condition})).map(p, string(p.port) + {protocol})`,
			"port", port,
			"condition", condition, "protocol", protocolSuffixExpr("p"))
	}
	return []namedExpression{
		{"Annotations", `{exists} && has({o}.metadata.annotations) ? {o}.metadata.annotations : {}`},
		{"Ports", `{exists} && has({o}.spec.ports) ? {o}.spec.ports : []`},
		{"Shared", `{v}Ports.exists(q, !has(q.nodePort) || has(q.protocol) && q.protocol != 'TCP')`},
		{"PortLists", portLists(
			value("protocol-http"), value("http-backend-tls"), value("http-backend-tls-skip-verify"),
		)},
		{"HTTP", `{v}PortLists[0]`},
		{"BackendTLS", `{v}PortLists[1]`},
		{"Unverified", `{v}PortLists[2]`},
		{"Certificates", expand(`[{value}].map(r, r == '' ? [] : r.split(';'))[0]`, "value", value("certificate-ids"))},
		{"CertificatePorts", `[true, false].map(g, {v}Certificates.filter(c, ` + ids + ` == g).map(c, ` + ports + `))`},
		{"Good", `{v}CertificatePorts[0]`},
		{"Broken", `{v}CertificatePorts[1]`},
		{"Passthrough", expand(`{key} in {v}Annotations && {v}Annotations[{key}] == 'true' && request.namespace in `+
			`{namespaces}`,
			"key", celString(AnnotationPassthrough), "namespaces", celList(exceptionNamespaces(s.TLSPassthrough)))},
		{"Plain", portsWith("!(" + encrypted + ")")},
		{"SkipsVerify", portsWith(inPorts("{v}Unverified", "b") + " || " + failsForPort("{v}Unverified", "b"))},
		{"PlainBackends", portsWith(inPorts("{v}HTTP", "b") + " && !" + inPorts("{v}BackendTLS", "b"))},
		{"Places", expand(`[{zone}.lowerAscii(), {id}].filter(z, !(z in {zones}))`, "zone", value("zone"),
			"id", expand(`{ids}.map(i, [i.lowerAscii().split('/')].map(s, size(s) != 2 ? 'id ' + i : s[1] == '' ? '' `+
				`: `+
				`s[0] == 'fr-par' ? 'fr-par-1' : s[0])[0]).join('')`, "ids", values("id")),
			"zones", celList(append([]string{""}, compliance.Zones()...)))},
		{"Levels", values("ssl-compatibility-level") + `.filter(l, !(l in ['ssl_compatibility_level_intermediate', ` +
			`'ssl_compatibility_level_modern']))` +
			`.map(l, l == '' ? 'an empty value' : l)`},
		{
			"Failovers",
			values("failover-host") + `.filter(h, h != '' && !h.matches(` + celString(bucketWebsitePattern) + `))`,
		},
		{"Private", parsesTrue(value("private"))},
		{"Ranges", `{exists} && has({o}.spec.loadBalancerSourceRanges) ? {o}.spec.loadBalancerSourceRanges : []`},
	}
}

// notWorse returns a validation that every element of a new list was in the old list, or in one of the worse old lists.
// Its message has the elements that were not, between before and after.
func notWorse(name, before, after string, worse ...string) validation {
	old := "x in variables.old" + name
	for _, worseName := range worse {
		old += " || x in variables.old" + worseName
	}
	return validation{
		expression: expand(`variables.new{n}.all(x, {old})`, "n", name, "old", old),
		message: expand(`{before} + variables.new{n}.filter(x, !({old})).map(x, string(x)).join(', ') + {after}`,
			"n", name, "old", old, "before", celString(before), "after", celString(after)),
	}
}

// loadBalancerPolicy validates the zone, TLS and failover of Load Balancers.
func (s Settings) loadBalancerPolicy() policy {
	return policy{
		name: LoadBalancers, resources: inGroup(
			"", "services", "services/status",
		), operations: onChange(), rule: s.LoadBalancers,
		conditions: loadBalancerConditions(), variables: s.loadBalancerVariables(),
		validations: []validation{
			notWorse("Places",
				"HDS-RES-02: the Load Balancer must be in a zone of fr-par: "+strings.Join(compliance.Zones(),
					", ")+". Found: ",
				". Correct the annotation "+loadBalancerPrefix+"zone or -id."),
			notWorse(
				"Plain",
				"HDS-ENC-01: every port of a Load Balancer must terminate TLS. Ports that do not: ",
				". Set "+loadBalancerPrefix+"certificate-ids and -protocol-http for them, with valid ports and "+
					"UUIDs. If the workload terminates TLS itself, omit protocol-http and set the annotation "+
					AnnotationPassthrough+
					": \"true\", which is accepted in the namespaces listed in tls_passthrough of srm_hds_guardrails.",
			),
			notWorse("SkipsVerify", "HDS-ENC-01: the Load Balancer must verify its backends. Ports on which it does "+
				"not: ",
				". Remove the annotation "+loadBalancerPrefix+"http-backend-tls-skip-verify."),
			notWorse("Levels", "HDS-ENC-01: the SSL compatibility level of a Load Balancer must be "+
				"ssl_compatibility_level_intermediate or ssl_compatibility_level_modern. Found: ",
				". Correct or remove the annotation "+loadBalancerPrefix+"ssl-compatibility-level."),
			notWorse("Failovers", "HDS-RES-02: a Load Balancer may only fail over to a bucket website in fr-par, "+
				"such as NAME.s3-website.fr-par.scw.cloud. Found: ",
				". Correct or remove the annotation "+loadBalancerPrefix+"failover-host."),
			{
				expression: `size(variables.newPlain) == 0 || !variables.before || (!variables.oldPrivate || ` +
					`variables.newPrivate) && ` +
					`(size(variables.oldRanges) == 0 || size(variables.newRanges) > 0 && variables.newRanges.all(r, ` +
					`r in ` +
					`variables.oldRanges))`,
				message: celString(
					"HDS-ENC-01: the Service is older than the guardrails and has ports without TLS, so it must not " +
						"become accessible from more networks. Keep the annotation " + loadBalancerPrefix +
						"private and spec.loadBalancerSourceRanges, or terminate TLS first.",
				),
			},
		},
	}
}

// backendPolicy validates TLS between the Load Balancer and the nodes. This traffic stays in the Private Network.
func (s Settings) backendPolicy() policy {
	rule := Rule{Action: s.BackendTLS, Exemptions: s.LoadBalancers.Exemptions}
	return policy{
		name: BackendTLS, resources: inGroup("", "services", "services/status"), operations: onChange(), rule: rule,
		conditions: loadBalancerConditions(), variables: s.loadBalancerVariables(),
		validations: []validation{notWorse("PlainBackends",
			"HDS-ENC-01: the Load Balancer terminates TLS and sends plaintext to the nodes. Ports: ",
			". Set "+loadBalancerPrefix+"http-backend-tls for them, and terminate TLS in the workload, too.", "Plain")},
	}
}
