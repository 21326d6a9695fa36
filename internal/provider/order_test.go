package provider_test

import (
	"strings"
	"testing"

	"github.com/terraform-srm/terraform-provider-srm/internal/acctest"
)

// TestOrderOfDiagnostics checks that the order of diagnostics is deterministic, so that the logs of two runs are equal.
func TestOrderOfDiagnostics(t *testing.T) {
	t.Parallel()
	env := acctest.New(t)
	cluster := env.CreateCluster(t)
	exempt := func(until string) map[string]any {
		return map[string]any{
			"exemptions": []map[string]any{
				{"namespace": "legacy", "reason": "until it is replaced", "approver": "CISO", "until": until},
			},
		}
	}
	config := map[string]any{
		"cluster_id": "fr-par/" + cluster,
		"volume_encryption": map[string]any{
			"passphrase_wo": strings.Repeat("long enough ", 4), "passphrase_wo_version": int64(1),
			"namespace": "legacy",
		},
	}
	policies := []string{"ingress", "kube_system", "load_balancers", "node_disk", "node_ports"}
	for _, name := range policies {
		config[name] = exempt("2036-01-01")
	}
	protocol := env.Protocol(t)
	for range 20 {
		for diagnostics, want := range map[string]string{
			protocol.ValidateResource(guardrailsKind, config): "The guardrails' own namespace cannot be exempt",
			func() string {
				_, diagnostics := protocol.Resource(guardrailsKind, config).Plan(t.Context())
				return diagnostics
			}(): "The exemption lasts too long",
		} {
			position := -1
			for _, name := range policies {
				next := strings.Index(diagnostics, `ERROR: `+want+` [AttributeName("`+name+`")`)
				if next <= position {
					t.Fatalf("%s is not in alphabetical order:\n%s", name, diagnostics)
				}
				position = next
			}
		}
	}
}
