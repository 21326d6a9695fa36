package hdsguardrails_test

import (
	"strings"
	"testing"

	"github.com/terraform-srm/terraform-provider-srm/internal/acctest"
	"github.com/terraform-srm/terraform-provider-srm/internal/sandbox"
)

// TestPlanNamesAbsentNamespaces lists namespaces that exist, that do not, and that are created afterwards: the plan
// that lists one warns, and no later one does.
func TestPlanNamesAbsentNamespaces(t *testing.T) {
	t.Parallel()
	server := acctest.Kubernetes(t, nil)
	proxied, option := acctest.Proxied(t, server)
	r := rigOn(t, server, option)
	for _, name := range []string{"edge", "web"} {
		r.inside.must(namespaces, "", `{apiVersion: v1, kind: Namespace, metadata: {name: `+name+`}}`)
	}
	const summary = "Namespaces that the guardrails list do not exist"
	one := func(namespace string) map[string]any {
		return map[string]any{"namespace": namespace, "reason": "it redirects", "approver": "security"}
	}
	exempt := func(namespace string) map[string]any {
		exemption := one(namespace)
		exemption["until"] = r.Sandbox.Now().AddDate(0, 1, 0).Format("2006-01-02")
		return map[string]any{"exemptions": []any{exemption}}
	}
	config := map[string]any{
		"cluster_id":        "fr-par/" + r.cluster,
		"volume_encryption": map[string]any{"passphrase_wo": passphrase, "passphrase_wo_version": int64(1)},
		"http_redirect":     []any{one("edge"), one("egde")},
		"tls_passthrough":   []any{one("web"), one("ingress")},
		"load_balancers":    exempt("legacy"),
	}
	life := r.Protocol(t).Life("srm_hds_guardrails", config)
	plan := func(what string, said ...string) {
		t.Helper()
		_, text := life.Plan(t.Context())
		acctest.Contains(t, text, said...)
		if strings.Contains(text, "ERROR") || len(said) == 0 && strings.Contains(text, summary) {
			t.Errorf("%s: the plan says:\n%s", what, text)
		}
	}
	plan("create", summary, "Found: http_redirect: egde (the cluster has edge) load_balancers.exemptions: legacy "+
		"tls_passthrough: ingress Fix", "No action needed for a namespace that is created later")

	// A key that may not list namespaces, and an API server that does not answer that: no warning.
	for _, status := range []int{403, 500} {
		fault := sandbox.Fault{
			Method: "GET", Path: "/api/v1/namespaces", Kind: sandbox.FaultStatus, Status: status, Persistent: true,
		}
		if err := proxied.AddFault(fault); err != nil {
			t.Fatal(err)
		}
		plan("a create that may not list namespaces")
		proxied.ClearFaults()
	}
	if said := life.Apply(t.Context()); strings.Contains(said, "ERROR") {
		t.Fatal(said)
	}
	plan("nothing")
	config["backend_tls"] = "audit"
	life.Configure(config)
	plan("another setting")
	config["attested_restores"] = []any{one("databases"), one("web")}
	life.Configure(config)
	plan("another namespace", summary, "Found: attested_restores: databases Fix")
	r.inside.must(namespaces, "", `{apiVersion: v1, kind: Namespace, metadata: {name: databases}}`)
	plan("the namespace is there")
}
