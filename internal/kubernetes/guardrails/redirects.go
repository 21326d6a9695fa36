package guardrails

import "strings"

// This file expresses in CEL the annotations with which an Ingress disables the redirect to HTTPS or requests
// plaintext, parsed like the controllers parse them. A policy cannot determine the controller of an Ingress, so every
// annotation counts, whatever the class. The policies do not cover settings of the controllers themselves.

// annotationClass is the older annotation for the class of an Ingress, before spec.ingressClassName.
const annotationClass = "kubernetes.io/ingress.class"

// annotationMergeable makes an Ingress a master or minion of mergeable Ingresses of the NGINX Ingress Controller.
const annotationMergeable = "nginx.org/mergeable-ingress-type"

// traefik is the prefix of Traefik's annotations. Traefik ignores the case of keys (paerser, parser/element_nodes.go).
const traefik = "traefik.ingress.kubernetes.io/router."

// nginxPrefixes returns the prefixes of the annotations of ingress-nginx, and of Higress, which reads the same
// annotations under its own prefixes.
func nginxPrefixes() []string {
	return []string{"nginx.ingress.kubernetes.io/", "higress.io/", "mse.ingress.kubernetes.io/"}
}

// aliasAnnotations returns the annotations that add hosts to an Ingress.
func aliasAnnotations() []string {
	found := []string{"konghq.com/host-aliases"}
	for _, prefix := range append(nginxPrefixes(), "haproxy-ingress.github.io/", "ingress.kubernetes.io/") {
		found = append(found, prefix+"server-alias", prefix+"server-alias-regex")
	}
	return found
}

// addedAliases returns a CEL expression for the keys of annotations, in a map, that add hosts which another map does
// not have.
func addedAliases(annotations, before string) string {
	return expand(`{keys}.filter(k, k in {a} && !{a}[k].split(',').all(h, h.trim() == '' || `+
		`k in {b} && {b}[k].split(',').exists(o, o.trim() == h.trim())))`, "keys", celList(aliasAnnotations()),
		"a", annotations, "b", before)
}

// disabledRedirects returns a CEL expression for the keys of annotations, in a map, that disable the redirect.
func disabledRedirects(annotations string) string {
	value := func(key string) string {
		return expand(`({key} in {a} ? {a}[{key}] : '')`, "key", celString(key), "a", annotations)
	}
	keyIf := func(key, condition string) string {
		return expand(`({key} in {a} && ({condition}) ? [{key}] : [])`,
			"key", celString(key), "a", annotations, "condition", condition)
	}
	found := []string{}
	// ingress-nginx, internal/ingress/annotations/rewrite/main.go and parser/main.go: ParseBool. An invalid value means
	// the default, which redirects. force-ssl-redirect overrides ssl-redirect; its default is "false".
	for _, prefix := range nginxPrefixes() {
		found = append(found, keyIf(prefix+"ssl-redirect",
			parsesFalse(value(prefix+"ssl-redirect"))+" && !("+parsesTrue(value(prefix+"force-ssl-redirect"))+")"))
	}
	// NGINX Ingress Controller, internal/configs/annotations.go: ParseBool. Its redirect-to-https depends on a header
	// that clients can omit, so it does not replace the redirect.
	found = append(found, keyIf("nginx.org/ssl-redirect", parsesFalse(value("nginx.org/ssl-redirect"))))
	// HAProxy Kubernetes Ingress Controller, pkg/utils/utils.go, GetBoolValue: ParseBool, "on" and "enabled" in any
	// case. An invalid value does not redirect. "" means the default, which redirects. Like the NGINX Ingress
	// Controller, it also reads ingress.kubernetes.io/.
	for _, prefix := range []string{"haproxy.org/", "haproxy.com/", "ingress.kubernetes.io/"} {
		redirect := value(prefix + "ssl-redirect")
		found = append(found, keyIf(prefix+"ssl-redirect",
			redirect+" != '' && !("+parsesTrue(redirect)+" || "+redirect+".lowerAscii() in ['on', 'enabled'])"))
	}
	// HAProxy Ingress, pkg/converters/ingress/annotations: ParseBool. In older versions, an invalid value does not
	// redirect.
	const haproxy = "haproxy-ingress.github.io/ssl-redirect"
	found = append(found, keyIf(haproxy, value(haproxy)+" != '' && !("+parsesTrue(value(haproxy))+")"))
	// With passthrough, HAProxy Ingress sends requests on port 80 to this port of the Service instead of redirecting
	// them. Older versions read the second prefix.
	for _, prefix := range []string{"haproxy-ingress.github.io/", "ingress.kubernetes.io/"} {
		port := prefix + "ssl-passthrough-http-port"
		found = append(found, keyIf(port, value(port)+" != '' && "+parsesTrue(value(prefix+"ssl-passthrough"))))
	}
	// Cilium, operator/pkg/model/ingestion/annotations: "disabled", or ParseBool. An invalid value means the default.
	const cilium = "ingress.cilium.io/force-https"
	found = append(found, keyIf(cilium, value(cilium)+" == 'disabled' || "+parsesFalse(value(cilium))))
	// Kong, internal/annotations/annotations.go: the list of protocols that Kong serves.
	for _, key := range []string{"konghq.com/protocols", "configuration.konghq.com/protocols"} {
		found = append(found, keyIf(key, value(key)+".split(',').exists(p, p.trim().lowerAscii() in ['http', 'grpc'])"))
	}
	// Traefik, pkg/provider/kubernetes/ingress/annotations.go: a list of entry points. In the chart, port 80 is "web".
	// A router with TLS rejects plaintext. "true" in any case, "" or any field of tls enables TLS.
	found = append(found, expand(`({a}.exists(k, k.lowerAscii() == {tls} || k.lowerAscii().startsWith({fields})) && `+
		`{a}.all(k, k.lowerAscii() != {tls} || {a}[k].lowerAscii() in ['', 'true']) ? [] : {a}.map(k, k).filter(k, `+
		`k.lowerAscii() == {points} && {a}[k].split(',').exists(p, p.trim() in ['web', 'http'])))`, "a", annotations,
		"tls", celString(traefik+"tls"), "fields", celString(traefik+"tls."), "points",
		celString(traefik+"entrypoints")))
	return strings.Join(found, " + ")
}
