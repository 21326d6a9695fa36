package guardrails_test

import (
	"strings"
	"testing"

	"github.com/terraform-srm/terraform-provider-srm/internal/acctest"
	"github.com/terraform-srm/terraform-provider-srm/internal/sandbox"
)

// TestPlanWarnsAboutMissingNamespaces lists namespaces that exist, that do not exist, and that are created afterwards.
// Only the plan that adds a missing namespace warns about it.
func TestPlanWarnsAboutMissingNamespaces(t *testing.T) {
	t.Parallel()
	server := acctest.Kubernetes(t, nil)
	proxied, option := acctest.ProxiedKubernetes(t, server)
	r := newRigOn(t, server, option)
	for _, name := range []string{"edge", "web"} {
		r.kube.mustCreate(namespaces, "", `{apiVersion: v1, kind: Namespace, metadata: {name: `+name+`}}`)
	}
	const summary = "The guardrails list namespaces that do not exist"
	exception := func(namespace string) map[string]any {
		return map[string]any{"namespace": namespace, "reason": "it redirects", "approver": "security"}
	}
	exempt := func(namespace string) map[string]any {
		exemption := exception(namespace)
		exemption["until"] = r.Sandbox.Now().AddDate(0, 1, 0).Format("2006-01-02")
		return map[string]any{"exemptions": []any{exemption}}
	}
	config := map[string]any{
		"cluster_id":        "fr-par/" + r.cluster,
		"volume_encryption": map[string]any{"passphrase_wo": passphrase, "passphrase_wo_version": int64(1)},
		"http_redirect":     []any{exception("edge"), exception("egde")},
		"tls_passthrough":   []any{exception("web"), exception("ingress")},
		"load_balancers":    exempt("legacy"),
	}
	life := r.Protocol(t).Resource("srm_hds_guardrails", config)
	plan := func(name string, want ...string) {
		t.Helper()
		_, output := life.Plan(t.Context())
		acctest.Contains(t, output, want...)
		if strings.Contains(output, "ERROR") || len(want) == 0 && strings.Contains(output, summary) {
			t.Errorf("%s: unexpected diagnostics:\n%s", name, output)
		}
	}
	plan("create", summary, "Found: http_redirect: egde (the cluster has edge) load_balancers.exemptions: legacy "+
		"tls_passthrough: ingress Fix", "No action needed for a namespace that is created later")

	// No warning for an API key that may not list namespaces, or if the API server returns an error.
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
	if output := life.Apply(t.Context()); strings.Contains(output, "ERROR") {
		t.Fatal(output)
	}
	plan("no change")
	config["backend_tls"] = "audit"
	life.Configure(config)
	plan("another setting")
	config["attested_restores"] = []any{exception("databases"), exception("web")}
	life.Configure(config)
	plan("another namespace", summary, "Found: attested_restores: databases Fix")
	r.kube.mustCreate(namespaces, "", `{apiVersion: v1, kind: Namespace, metadata: {name: databases}}`)
	plan("the namespace exists")
}
