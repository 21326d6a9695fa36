package collect

import (
	"cmp"
	"regexp"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/terraform-srm/terraform-provider-srm/internal/assessment"
)

// Labels and annotations of Ingresses.
const (
	labelACMESolver          = "acme.cert-manager.io/http01-solver"
	annotationIngressClass   = "kubernetes.io/ingress.class"
	annotationDefaultIngress = "ingressclass.kubernetes.io/is-default-class"
	annotationMiddlewares    = "traefik.ingress.kubernetes.io/router.middlewares"
)

// addIngress adds an Ingress.
func addIngress(found []assessment.Ingress, o *unstructured.Unstructured) []assessment.Ingress {
	m, annotations := manifest(o.Object), o.GetAnnotations()
	i := assessment.Ingress{
		Namespace: o.GetNamespace(), Name: o.GetName(), Hosts: []string{}, CreatedAt: createdAt(o),
		Class:  cmp.Or(m.text("spec", "ingressClassName"), annotations[annotationIngressClass]),
		IsACME: isSolver(o), IsRedirect: redirectsToHTTPS(annotations),
		HasMiddlewares: annotations[annotationMiddlewares] != "",
	}
	for _, rule := range m.list("spec", "rules") {
		i.Hosts = append(i.Hosts, rule.text("host"))
	}
	if m.has("spec", "defaultBackend") {
		i.Hosts = append(i.Hosts, "")
	}
	i.Hosts = sortedSet(i.Hosts)
	for _, entry := range m.list("spec", "tls") {
		i.TLS = append(i.TLS, assessment.IngressTLS{Hosts: entry.texts("hosts"), SecretName: entry.text("secretName")})
	}
	return append(found, i)
}

// redirectsToHTTPS reports whether annotations make ingress-nginx, or Higress, redirect every request to https.
func redirectsToHTTPS(annotations map[string]string) bool {
	for _, prefix := range []string{"nginx.ingress.kubernetes.io/", "higress.io/", "mse.ingress.kubernetes.io/"} {
		for _, name := range []string{"permanent-redirect", "temporal-redirect"} {
			if strings.HasPrefix(annotations[prefix+name], "https://") {
				return true
			}
		}
	}
	return false
}

// challengePath matches the path of an ACME HTTP-01 challenge, as cert-manager writes it.
var challengePath = regexp.MustCompile(`^/\.well-known/acme-challenge/[A-Za-z0-9_-]{22,}$`)

// isSolver reports whether an Ingress of cert-manager serves only challenges of the ACME protocol. They need plain HTTP
// and are public.
func isSolver(o *unstructured.Unstructured) bool {
	m := manifest(o.Object)
	rules := m.list("spec", "rules")
	return o.GetLabels()[labelACMESolver] == "true" && len(rules) > 0 && !m.has("spec", "defaultBackend") &&
		!slices.ContainsFunc(rules, func(rule manifest) bool {
			paths := rule.list("http", "paths")
			return len(paths) == 0 || slices.ContainsFunc(paths, func(path manifest) bool {
				return !challengePath.MatchString(path.text("path")) || path.text("pathType") == "Prefix" ||
					!strings.HasPrefix(path.text("backend", "service", "name"), "cm-acme-http-solver-")
			})
		})
}

// addIngressClass adds an IngressClass.
func addIngressClass(found []assessment.IngressClass, o *unstructured.Unstructured) []assessment.IngressClass {
	return append(found, assessment.IngressClass{
		Name: o.GetName(), Controller: manifest(o.Object).text("spec", "controller"),
		IsDefault: o.GetAnnotations()[annotationDefaultIngress] == "true",
	})
}
