package provider_test

import (
	"strings"
	"testing"

	"github.com/terraform-srm/terraform-provider-srm/internal/acctest"
)

// TestOrderOfDiagnostics: the same configuration is judged in the same order each time: a log of two runs differs in
// nothing.
func TestOrderOfDiagnostics(t *testing.T) {
	t.Parallel()
	env := acctest.New(t)
	cluster := env.Cluster(t)
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
			"passphrase_wo": strings.Repeat("long enough ", 4), "passphrase_wo_version": int64(1), "namespace": "legacy",
		},
	}
	policies := []string{"ingress", "kube_system", "load_balancers", "node_disk", "node_ports"}
	for _, name := range policies {
		config[name] = exempt("2036-01-01")
	}
	protocol := env.Protocol(t)
	for range 20 {
		for said, wanted := range map[string]string{
			protocol.ValidateResource(guardrailsKind, config): "The guardrails' own namespace cannot be exempt",
			func() string {
				_, said := protocol.Life(guardrailsKind, config).Plan(t.Context())
				return said
			}(): "The exemption lasts too long",
		} {
			at := -1
			for _, name := range policies {
				next := strings.Index(said, `ERROR: `+wanted+` [AttributeName("`+name+`")`)
				if next <= at {
					t.Fatalf("%s is not in the order of the names:\n%s", name, said)
				}
				at = next
			}
		}
	}
}
