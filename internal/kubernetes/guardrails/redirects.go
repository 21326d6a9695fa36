package guardrails

import "strings"

// This file holds, in CEL, the annotations with which an Ingress switches the redirect to HTTPS off, or asks for
// plaintext, as the controllers parse them. The controller of an Ingress is not known to a policy: every annotation
// counts, whatever the class is. What a controller does without an annotation, by its own settings, is not judged.

// annotationClass names the class of an Ingress in the way that is older than spec.ingressClassName.
const annotationClass = "kubernetes.io/ingress.class"

// annotationMergeable makes an Ingress a part of others for the NGINX Ingress Controller.
const annotationMergeable = "nginx.org/mergeable-ingress-type"

// traefik is the prefix of the annotations of Traefik. It reads keys in any case (paerser, parser/element_nodes.go).
const traefik = "traefik.ingress.kubernetes.io/router."

// nginxPrefixes are those of the annotations of ingress-nginx, and of Higress, which reads the same under its own.
func nginxPrefixes() []string {
	return []string{"nginx.ingress.kubernetes.io/", "higress.io/", "mse.ingress.kubernetes.io/"}
}

// aliasAnnotations name more hosts of an Ingress than its rules do.
func aliasAnnotations() []string {
	found := []string{"konghq.com/host-aliases"}
	for _, prefix := range append(nginxPrefixes(), "haproxy-ingress.github.io/", "ingress.kubernetes.io/") {
		found = append(found, prefix+"server-alias", prefix+"server-alias-regex")
	}
	return found
}

// addedAliases is a CEL expression of the annotations, in a map, that add more hosts than those in another map: a list
// of their keys.
func addedAliases(annotations, before string) string {
	return expand(`{keys}.filter(k, k in {a} && !{a}[k].split(',').all(h, h.trim() == '' || `+
		`k in {b} && {b}[k].split(',').exists(o, o.trim() == h.trim())))`, "keys", list(aliasAnnotations()),
		"a", annotations, "b", before)
}

// redirectsOff is a CEL expression of the annotations, in a map, that switch the redirect off: a list of their keys.
func redirectsOff(annotations string) string {
	value := func(key string) string {
		return expand(`({key} in {a} ? {a}[{key}] : '')`, "key", text(key), "a", annotations)
	}
	given := func(key, condition string) string {
		return expand(`({key} in {a} && ({condition}) ? [{key}] : [])`,
			"key", text(key), "a", annotations, "condition", condition)
	}
	found := []string{}
	// ingress-nginx, internal/ingress/annotations/rewrite/main.go and parser/main.go: ParseBool; what it cannot read is
	// the default, which redirects. force-ssl-redirect redirects whatever ssl-redirect is; "false" is its default.
	for _, nginx := range nginxPrefixes() {
		found = append(found, given(nginx+"ssl-redirect",
			parsesFalse(value(nginx+"ssl-redirect"))+" && !("+parsesTrue(value(nginx+"force-ssl-redirect"))+")"))
	}
	// NGINX Ingress Controller, internal/configs/annotations.go: ParseBool. Its redirect-to-https depends on a header
	// that clients may leave out, and redirects nothing by itself.
	found = append(found, given("nginx.org/ssl-redirect", parsesFalse(value("nginx.org/ssl-redirect"))))
	// HAProxy Kubernetes Ingress Controller, pkg/utils/utils.go, GetBoolValue: ParseBool, "on" and "enabled" in any case;
	// what it cannot read does not redirect, and "" is the default, which does. It also reads ingress.kubernetes.io/, as
	// the NGINX Ingress Controller does.
	for _, prefix := range []string{"haproxy.org/", "haproxy.com/", "ingress.kubernetes.io/"} {
		set := value(prefix + "ssl-redirect")
		found = append(found, given(prefix+"ssl-redirect",
			set+" != '' && !("+parsesTrue(set)+" || "+set+".lowerAscii() in ['on', 'enabled'])"))
	}
	// HAProxy Ingress, pkg/converters/ingress/annotations: ParseBool, and what older versions cannot read does not
	// redirect.
	const haproxy = "haproxy-ingress.github.io/ssl-redirect"
	found = append(found, given(haproxy, value(haproxy)+" != '' && !("+parsesTrue(value(haproxy))+")"))
	// With a passthrough, it sends what comes to port 80 to this port of the Service instead of a redirect. Older versions
	// read the second prefix.
	for _, prefix := range []string{"haproxy-ingress.github.io/", "ingress.kubernetes.io/"} {
		port := prefix + "ssl-passthrough-http-port"
		found = append(found, given(port, value(port)+" != '' && "+parsesTrue(value(prefix+"ssl-passthrough"))))
	}
	// Cilium, operator/pkg/model/ingestion/annotations: "disabled", or ParseBool; what it cannot read is the default.
	const cilium = "ingress.cilium.io/force-https"
	found = append(found, given(cilium, value(cilium)+" == 'disabled' || "+parsesFalse(value(cilium))))
	// Kong, internal/annotations/annotations.go: a list of protocols. It serves those in the list.
	for _, key := range []string{"konghq.com/protocols", "configuration.konghq.com/protocols"} {
		found = append(found, given(key, value(key)+".split(',').exists(p, p.trim().lowerAscii() in ['http', 'grpc'])"))
	}
	// Traefik, pkg/provider/kubernetes/ingress/annotations.go: a list of entry points; the chart calls that of port 80
	// "web". With TLS the router takes no plaintext: "true" in any case or "" switches it on, and so does any field of
	// it.
	found = append(found, expand(`({a}.exists(k, k.lowerAscii() == {tls} || k.lowerAscii().startsWith({fields})) && `+
		`{a}.all(k, k.lowerAscii() != {tls} || {a}[k].lowerAscii() in ['', 'true']) ? [] : {a}.map(k, k).filter(k, `+
		`k.lowerAscii() == {points} && {a}[k].split(',').exists(p, p.trim() in ['web', 'http'])))`, "a", annotations,
		"tls", text(traefik+"tls"), "fields", text(traefik+"tls."), "points", text(traefik+"entrypoints")))
	return strings.Join(found, " + ")
}
