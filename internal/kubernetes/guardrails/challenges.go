package guardrails

// This file holds, in CEL, what an Ingress of cert-manager's ACME HTTP-01 solver is. A certificate authority asks for a
// challenge by HTTP on port 80 (RFC 8555, 8.3), before there is a certificate, and the answer is public: such an
// Ingress needs no TLS.

// labelSolver is "true" on what cert-manager makes for a challenge.
const labelSolver = "acme.cert-manager.io/http01-solver"

// challengesOnly is a CEL expression: a rule of an Ingress, r, serves nothing but challenges, as cert-manager writes it
// (pkg/issuer/acme/http/ingress.go): a path with a token, of at least 128 bits, to the port of the solver's Service.
const challengesOnly = `(has(r.http) && size(r.http.paths) > 0 && r.http.paths.all(p, has(p.path) && ` +
	`p.path.matches('^/[.]well-known/acme-challenge/[A-Za-z0-9_-]{22,}$') && ` +
	`has(p.pathType) && p.pathType in ['Exact', 'ImplementationSpecific'] && has(p.backend.service) && ` +
	`p.backend.service.name.startsWith('cm-acme-http-solver-') && has(p.backend.service.port) && ` +
	`has(p.backend.service.port.number) && p.backend.service.port.number == 8089))`

// solverPrefixes are the beginnings of annotations that no ingress controller reads: those of cert-manager, and of
// tools that mark what they apply or publish.
func solverPrefixes() []string {
	return []string{
		"acme.cert-manager.io/", "argocd.argoproj.io/", "cert-manager.io/", "external-dns.alpha.kubernetes.io/",
		"field.cattle.io/", "helm.sh/", "helm.toolkit.fluxcd.io/", "kubectl.kubernetes.io/", "kustomize.toolkit.fluxcd.io/",
		"meta.helm.sh/",
	}
}

// solverAnnotations are those of controllers, in lower case, that a solver may have, such as from the ingressTemplate
// of an Issuer: they choose who may ask and where it is served, and send nothing elsewhere.
func solverAnnotations() []string {
	found := []string{
		annotationClass, "ingress.cilium.io/force-https", "ingress.cilium.io/loadbalancer-class",
		"ingress.cilium.io/loadbalancer-mode", "konghq.com/https-redirect-status-code", "konghq.com/preserve-host",
		"konghq.com/protocols", "nginx.org/mergeable-ingress-type", "nginx.org/redirect-to-https", "nginx.org/ssl-redirect",
		"traefik.ingress.kubernetes.io/router.entrypoints", "traefik.ingress.kubernetes.io/router.priority",
	}
	for _, prefix := range nginxPrefixes() {
		for _, name := range []string{
			"allowlist-source-range", "enable-global-auth", "force-ssl-redirect", "ssl-redirect", "whitelist-source-range",
		} {
			found = append(found, prefix+name)
		}
	}
	for _, prefix := range []string{
		"haproxy-ingress.github.io/", "haproxy.com/", "haproxy.org/", "ingress.kubernetes.io/",
	} {
		for _, name := range []string{
			"allow-list", "allowlist-source-range", "ssl-redirect", "whitelist", "whitelist-source-range",
		} {
			found = append(found, prefix+name)
		}
	}
	return found
}

// detours is a CEL expression of the annotations, in a map, with which a controller may serve something else than a
// challenge: a list of their keys. Which controllers there are is not known: every other annotation counts. Traefik
// reads keys in any case.
func detours(annotations string) string {
	return expand(`{a}.map(k, k).filter(k, !(k.lowerAscii() in {accepted}) && `+
		`!{prefixes}.exists(p, k.startsWith(p)))`, "a", annotations, "prefixes", list(solverPrefixes()),
		"accepted", list(solverAnnotations()))
}
