package guardrails

// This file expresses in CEL which Ingresses belong to an ACME HTTP-01 solver of cert-manager. A certificate authority
// requests the challenge over HTTP on port 80 (RFC 8555, 8.3) before a certificate exists, and the response is public.
// So such an Ingress needs no TLS.

// labelSolver has the value "true" on objects that cert-manager creates for a challenge.
const labelSolver = "acme.cert-manager.io/http01-solver"

// challengesOnly is a CEL expression that reports whether a rule r of an Ingress serves only challenges in the form
// that cert-manager writes (pkg/issuer/acme/http/ingress.go): a path with a token of at least 128 bits, to the port of
// the solver's Service.
const challengesOnly = `(has(r.http) && size(r.http.paths) > 0 && r.http.paths.all(p, has(p.path) && ` +
	`p.path.matches('^/[.]well-known/acme-challenge/[A-Za-z0-9_-]{22,}$') && ` +
	`has(p.pathType) && p.pathType in ['Exact', 'ImplementationSpecific'] && has(p.backend.service) && ` +
	`p.backend.service.name.startsWith('cm-acme-http-solver-') && has(p.backend.service.port) && ` +
	`has(p.backend.service.port.number) && p.backend.service.port.number == 8089))`

// solverPrefixes returns prefixes of annotations that no ingress controller reads: those of cert-manager, and those
// that tools set on objects they apply or publish.
func solverPrefixes() []string {
	return []string{
		"acme.cert-manager.io/", "argocd.argoproj.io/", "cert-manager.io/", "external-dns.alpha.kubernetes.io/",
		"field.cattle.io/", "helm.sh/", "helm.toolkit.fluxcd.io/", "kubectl.kubernetes.io/",
		"kustomize.toolkit.fluxcd.io/",
		"meta.helm.sh/",
	}
}

// solverAnnotations returns the annotations of controllers, in lower case, that a solver may have, for example from the
// ingressTemplate of an Issuer. They restrict clients or select entry points, and do not send traffic elsewhere.
func solverAnnotations() []string {
	found := []string{
		annotationClass, "ingress.cilium.io/force-https", "ingress.cilium.io/loadbalancer-class",
		"ingress.cilium.io/loadbalancer-mode", "konghq.com/https-redirect-status-code", "konghq.com/preserve-host",
		"konghq.com/protocols", "nginx.org/mergeable-ingress-type", "nginx.org/redirect-to-https",
		"nginx.org/ssl-redirect",
		"traefik.ingress.kubernetes.io/router.entrypoints", "traefik.ingress.kubernetes.io/router.priority",
	}
	for _, prefix := range nginxPrefixes() {
		for _, name := range []string{
			"allowlist-source-range", "enable-global-auth", "force-ssl-redirect", "ssl-redirect",
			"whitelist-source-range",
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

// disallowedSolverAnnotations returns a CEL expression for the keys of annotations, in a map, with which a controller
// may serve something other than a challenge. The controllers of the cluster are unknown, so every annotation counts
// that is not explicitly allowed. The comparison ignores case, like Traefik.
func disallowedSolverAnnotations(annotations string) string {
	return expand(`{a}.map(k, k).filter(k, !(k.lowerAscii() in {accepted}) && `+
		`!{prefixes}.exists(p, k.startsWith(p)))`, "a", annotations, "prefixes", celList(solverPrefixes()),
		"accepted", celList(solverAnnotations()))
}
