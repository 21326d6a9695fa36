package guardrails

// This file holds, in CEL, what an Ingress of cert-manager's ACME HTTP-01 solver is. A certificate authority asks for a
// challenge by HTTP on port 80 (RFC 8555, 8.3), before there is a certificate, and the answer is public: such an Ingress
// needs no TLS.

// labelSolver is "true" on what cert-manager makes for a challenge.
const labelSolver = "acme.cert-manager.io/http01-solver"

// challengesOnly is a CEL expression: a rule of an Ingress, r, serves nothing but challenges, as cert-manager writes it
// (pkg/issuer/acme/http/ingress.go): a path with a token, of at least 128 bits, to the port of the solver's Service.
const challengesOnly = `(has(r.http) && size(r.http.paths) > 0 && r.http.paths.all(p, has(p.path) && ` +
	`p.path.matches('^/[.]well-known/acme-challenge/[A-Za-z0-9_-]{22,}$') && ` +
	`has(p.pathType) && p.pathType in ['Exact', 'ImplementationSpecific'] && has(p.backend.service) && ` +
	`p.backend.service.name.startsWith('cm-acme-http-solver-') && has(p.backend.service.port) && ` +
	`has(p.backend.service.port.number) && p.backend.service.port.number == 8089))`

// controllerAnnotations are the beginnings of the annotations that ingress controllers read. Those of Cilium send nothing
// elsewhere.
func controllerAnnotations() []string {
	return []string{
		"alb.ingress.kubernetes.io/", "appgw.ingress.kubernetes.io/", "configuration.konghq.com", "haproxy-ingress.github.io/",
		"haproxy.com/", "haproxy.org/", "ingress.kubernetes.io/", "konghq.com/", "nginx.com/", "nginx.ingress.kubernetes.io/",
		"nginx.org/", "traefik.ingress.kubernetes.io/",
	}
}

// solverAnnotations are those of them, in lower case, that a solver may have, such as from the ingressTemplate of an
// Issuer: they choose who may ask and where it is served, and send nothing elsewhere.
func solverAnnotations() []string {
	found := []string{
		"konghq.com/https-redirect-status-code", "konghq.com/preserve-host", "konghq.com/protocols",
		"nginx.org/mergeable-ingress-type", "nginx.org/redirect-to-https", "nginx.org/ssl-redirect",
		"traefik.ingress.kubernetes.io/router.entrypoints", "traefik.ingress.kubernetes.io/router.priority",
	}
	for _, name := range []string{
		"allowlist-source-range", "enable-global-auth", "force-ssl-redirect", "ssl-redirect", "whitelist-source-range",
	} {
		found = append(found, "nginx.ingress.kubernetes.io/"+name)
	}
	for _, prefix := range []string{"haproxy-ingress.github.io/", "haproxy.com/", "haproxy.org/", "ingress.kubernetes.io/"} {
		for _, name := range []string{"allow-list", "allowlist-source-range", "ssl-redirect", "whitelist", "whitelist-source-range"} {
			found = append(found, prefix+name)
		}
	}
	return found
}

// detours is a CEL expression of the annotations, in a map, with which a controller may serve something else than a
// challenge: a list of their keys. Traefik reads keys in any case.
func detours(annotations string) string {
	return expand(`{a}.map(k, k).filter(k, {controllers}.exists(c, k.lowerAscii().startsWith(c)) && `+
		`!(k.lowerAscii() in {accepted}))`, "a", annotations, "controllers", list(controllerAnnotations()),
		"accepted", list(solverAnnotations()))
}
