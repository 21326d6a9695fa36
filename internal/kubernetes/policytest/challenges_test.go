package policytest

import (
	"encoding/json"
	"strings"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/terraform-srm/terraform-provider-srm/internal/acctest"
	"github.com/terraform-srm/terraform-provider-srm/internal/kubernetes/guardrails"
)

// challenge returns the Ingress of a solver as cert-manager creates it (pkg/issuer/acme/http/ingress.go), with a patch.
func challenge(t *testing.T, patch string) *unstructured.Unstructured {
	t.Helper()
	object := parse(t,
		`{apiVersion: networking.k8s.io/v1, kind: Ingress, metadata: {name: cm-acme-http-solver-p8n5z, namespace: web,
		labels: {acme.cert-manager.io/http-domain: "1234567890", acme.cert-manager.io/http-token: "987654321",
			acme.cert-manager.io/http01-solver: "true"},
		annotations: {nginx.ingress.kubernetes.io/whitelist-source-range: "0.0.0.0/0,::/0"}},
		spec: {ingressClassName: nginx, rules: [{host: app.example.org, http: {paths: [{
			path: /.well-known/acme-challenge/f7tGm2Zt0sQkq0vYz5X1bA-_Lw3mQ9xWcPb8RtNeYu,
			pathType: ImplementationSpecific,
			backend: {service: {name: cm-acme-http-solver-9lq4d, port: {number: 8089}}}}]}}]}}`)
	if patch != "" {
		content := map[string]any{}
		if err := json.Unmarshal([]byte(patch), &content); err != nil {
			t.Fatal(err)
		}
		merge(object.Object, content)
	}
	return object
}

// onePath returns a patch of the only path.
func onePath(path, pathType, backend string) string {
	return `{"spec":{"rules":[{"host":"app.example.org","http":{"paths":[{"path":"` + path + `","pathType":"` +
		pathType +
		`","backend":` + backend + `}]}}]}}`
}

// TestChallenges tests the Ingress of an ACME HTTP-01 solver, and plaintext applications that look like one.
func TestChallenges(t *testing.T) {
	t.Parallel()
	server := acctest.Kubernetes(t, nil)
	cluster := &cluster{server: server}
	createNamespaces(t, cluster.clientFor(t, nil), "web")
	applyGuardrails(t, server)
	const (
		denied decision = "deny " + guardrails.Ingresses
		token           = "/.well-known/acme-challenge/f7tGm2Zt0sQkq0vYz5X1bA-_Lw3mQ9xWcPb8RtNeYu"
		solver          = `{"service":{"name":"cm-acme-http-solver-9lq4d","port":{"number":8089}}}`
	)
	annotated := func(key, value string) string {
		return `{"metadata":{"annotations":{"` + key + `":"` + value + `"}}}`
	}
	type row struct {
		what, patch string
		expected    decision
	}
	rows := []row{
		{"from cert-manager", "", allow},
		{"with the path type Exact, since cert-manager 1.18", onePath(token, "Exact", solver), allow},
		{"for an IP address, without a host", `{"spec":{"rules":[{"http":{"paths":[{"path":"` + token +
			`","pathType":"Exact","backend":` + solver + `}]}}]}}`, allow},
		{"with the class as an annotation", `{"metadata":{"annotations":{"kubernetes.io/ingress.class":"nginx"}},` +
			`"spec":{"ingressClassName":null}}`, allow},
		{
			"with the shortest token of RFC 8555", onePath(
				"/.well-known/acme-challenge/f7tGm2Zt0sQkq0vYz5X1bA", "Exact", solver,
			), allow,
		},
		{"with a shorter token", onePath("/.well-known/acme-challenge/f7tGm2Zt0sQkq0vYz5X1b", "Exact", solver), denied},
		{
			"with the name of an application instead of a token", onePath(
				"/.well-known/acme-challenge/records", "Exact", solver,
			), denied,
		},
		{"with the path type Prefix", onePath(token, "Prefix", solver), denied},
		{
			"for another Service", onePath(
				token, "Exact", `{"service":{"name":"records","port":{"number":8089}}}`,
			), denied,
		},
		{"for a Service whose name only ends like a solver", onePath(token, "Exact",
			`{"service":{"name":"records-cm-acme-http-solver-9lq4d","port":{"number":8089}}}`), denied},
		{
			"for another port", onePath(
				token, "Exact", `{"service":{"name":"cm-acme-http-solver-9lq4d","port":{"number":80}}}`,
			), denied,
		},
		{"for a port name", onePath(token, "Exact", `{"service":{"name":"cm-acme-http-solver-9lq4d",`+
			`"port":{"name":"http"}}}`),
			denied},
		{"for a resource backend", onePath(token, "Exact", `{"resource":{"apiGroup":"k8s.example.com","kind":"Bucket",`+
			`"name":"records"}}`), denied},
		{
			"without the label of a solver", `{"metadata":{"labels":{"acme.cert-manager.io/http01-solver":null}}}`,
			denied,
		},
		{
			"with another value of the label",
			`{"metadata":{"labels":{"acme.cert-manager.io/http01-solver":"false"}}}`, denied,
		},
		{
			"with a default backend",
			`{"spec":{"defaultBackend":{"service":{"name":"records","port":{"number":80}}}}}`, denied,
		},
	}
	for key, value := range map[string]string{
		"acme.cert-manager.io/http01-edit-in-place":        "false",
		"argocd.argoproj.io/sync-options":                  "Prune=false",
		"cert-manager.io/issue-temporary-certificate":      "true",
		"kubectl.kubernetes.io/last-applied-configuration": "{}",
		"meta.helm.sh/release-name":                        "web",
		"field.cattle.io/publicEndpoints":                  "[]",
		"external-dns.alpha.kubernetes.io/hostname":        "app.example.org",
		"nginx.ingress.kubernetes.io/ssl-redirect":         "false",
		"nginx.ingress.kubernetes.io/force-ssl-redirect":   "false",
		"nginx.ingress.kubernetes.io/enable-global-auth":   "false",
		"nginx.org/mergeable-ingress-type":                 "minion",
		"nginx.org/ssl-redirect":                           "false",
		"haproxy.org/ssl-redirect":                         "false",
		"haproxy-ingress.github.io/ssl-redirect":           "false",
		"ingress.cilium.io/force-https":                    "disabled",
		"konghq.com/protocols":                             "http",
		"traefik.ingress.kubernetes.io/router.entrypoints": "web",
		"traefik.ingress.kubernetes.io/router.entryPoints": "web",
		"traefik.ingress.kubernetes.io/router.priority":    "1000",
	} {
		rows = append(rows, row{"with " + key, annotated(key, value), allow})
	}
	for key, value := range map[string]string{
		"nginx.ingress.kubernetes.io/rewrite-target":         "/",
		"nginx.ingress.kubernetes.io/app-root":               "/records",
		"nginx.ingress.kubernetes.io/default-backend":        "records",
		"nginx.ingress.kubernetes.io/custom-http-errors":     "404,503",
		"nginx.ingress.kubernetes.io/permanent-redirect":     "http://records.example.org",
		"nginx.ingress.kubernetes.io/temporal-redirect":      "http://records.example.org",
		"nginx.ingress.kubernetes.io/server-snippet":         "location / { proxy_pass http://records; }",
		"nginx.ingress.kubernetes.io/configuration-snippet":  "proxy_pass http://records;",
		"nginx.ingress.kubernetes.io/server-alias":           "records.example.org",
		"nginx.ingress.kubernetes.io/use-regex":              "true",
		"nginx.ingress.kubernetes.io/mirror-target":          "http://records.example.org",
		"nginx.ingress.kubernetes.io/upstream-vhost":         "records.example.org",
		"nginx.ingress.kubernetes.io/canary":                 "true",
		"nginx.org/rewrites":                                 "serviceName=cm-acme-http-solver-9lq4d rewrite=/",
		"nginx.org/rewrite-target":                           "/",
		"nginx.org/path-regex":                               "case_sensitive",
		"nginx.org/location-snippets":                        "proxy_pass http://records;",
		"nginx.org/server-snippets":                          "location / { proxy_pass http://records; }",
		"nginx.com/jwt-login-url":                            "http://records.example.org",
		"haproxy.org/path-rewrite":                           "/",
		"haproxy.org/set-host":                               "records.example.org",
		"haproxy.org/request-redirect":                       "records.example.org",
		"haproxy.com/backend-config-snippet":                 "server records 192.0.2.7:80",
		"haproxy-ingress.github.io/rewrite-target":           "/",
		"haproxy-ingress.github.io/app-root":                 "/records",
		"haproxy-ingress.github.io/redirect-to":              "http://records.example.org",
		"haproxy-ingress.github.io/path-type":                "begin",
		"haproxy-ingress.github.io/default-backend-redirect": "http://records.example.org",
		"ingress.kubernetes.io/rewrite-target":               "/",
		"ingress.kubernetes.io/app-root":                     "/records",
		"konghq.com/rewrite":                                 "/",
		"konghq.com/plugins":                                 "request-transformer",
		"konghq.com/strip-path":                              "true",
		"configuration.konghq.com":                           "records",
		"configuration.konghq.com/strip-path":                "true",
		"traefik.ingress.kubernetes.io/router.middlewares":   "web-replace-path@kubernetescrd",
		"traefik.ingress.kubernetes.io/router.Middlewares":   "web-replace-path@kubernetescrd",
		"traefik.ingress.kubernetes.io/router.pathmatcher":   "PathPrefix",
		"traefik.ingress.kubernetes.io/rewrite-target":       "/",
		"traefik.ingress.kubernetes.io/app-root":             "/records",
		"alb.ingress.kubernetes.io/actions.records":          "{}",
		"appgw.ingress.kubernetes.io/backend-path-prefix":    "/",
		"higress.io/rewrite-target":                          "/",
		"higress.io/destination":                             "records.dns",
		"mse.ingress.kubernetes.io/rewrite-target":           "/",
		"k8s.apisix.apache.org/rewrite-target":               "/",
		"k8s.apisix.apache.org/http-redirect":                "/records",
		"zalando.org/skipper-filter":                         "setPath(\\\"/records\\\")",
		"ingress.pomerium.io/path_rewrite":                   "/",
		"custom.nginx.org/location":                          "records",
		"getambassador.io/config":                            "rewrite: /",
		"voyager.appscode.com/rewrite-target":                "/",
		"ingress.appscode.com/rewrite-target":                "/",
		"ingress.cilium.io/records":                          "/",
		"unknown.example.com/rewrite":                        "/",
		"team":                                               "records",
	} {
		rows = append(rows, row{"with " + key, annotated(key, value), denied})
	}
	table := table{}
	t.Log("object, what | policy | expected | actual | reason")
	for _, r := range rows {
		object := challenge(t, r.patch)
		table.row(t, object, "solver "+r.what, guardrails.Ingresses, r.expected, cluster.dryRunCreate(t, nil, object),
			"Only Ingresses that serve nothing but challenges are accepted.")
	}
	table.summary(t)
	object := challenge(t, annotated("nginx.ingress.kubernetes.io/rewrite-target", "/"))
	_, err := resourceClient(t, cluster.clientFor(t, nil), object).Create(
		t.Context(), object, metav1.CreateOptions{DryRun: []string{metav1.DryRunAll}},
	)
	if err == nil || !strings.Contains(err.Error(), "must not have nginx.ingress.kubernetes.io/rewrite-target.") {
		t.Errorf("the message does not name the annotation: %v", err)
	}
}
