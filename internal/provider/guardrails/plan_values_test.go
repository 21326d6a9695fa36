package guardrails_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/terraform-srm/terraform-provider-srm/internal/acctest"
)

// TestPlannedValues checks that a computed value is unknown at plan only if the planned change can change it, and that
// a plan with an unknown cluster, such as one that is replaced, makes no request for the cluster.
func TestPlannedValues(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	config := func(encryption, changes map[string]any) map[string]any {
		volumes := map[string]any{"passphrase_wo": passphrase, "passphrase_wo_version": int64(1)}
		for name, value := range encryption {
			volumes[name] = value
		}
		attributes := map[string]any{"cluster_id": "fr-par/" + r.cluster, "volume_encryption": volumes}
		for name, value := range changes {
			attributes[name] = value
		}
		return attributes
	}
	life := r.Protocol(t).Resource("srm_hds_guardrails", config(nil, nil))
	if output := life.Apply(t.Context()); strings.Contains(output, "ERROR") {
		t.Fatal(output)
	}
	for _, test := range []struct {
		name                string
		encryption, changes map[string]any
		unknown             []string
	}{
		{"no change", nil, nil, nil},
		{"zones", map[string]any{"zones": []string{"fr-par-1"}}, nil, []string{"older_claims"}},
		{
			"unknown zones", map[string]any{"zones": acctest.Unknown}, nil, []string{
				"manifests", "older_claims", "policy_digest", "volume_encryption",
			},
		},
		{
			"unknown class", map[string]any{"class_name": acctest.Unknown}, nil, []string{
				"manifests", "objects", "older_claims", "policy_digest", "volume_encryption",
			},
		},
		{"unknown action", nil, map[string]any{"load_balancers": map[string]any{"action": acctest.Unknown}},
			[]string{"load_balancers", "manifests", "older_claims", "policy_digest", "responsibility_transfers"}},
		{
			"unknown class of snapshots", nil, map[string]any{"volume_snapshots": map[string]any{
				"class_name": acctest.Unknown, "health_data_namespaces": []string{"records"},
			}},
			[]string{
				"manifests", "objects", "older_claims", "policy_digest", "responsibility_transfers", "volume_snapshots",
			},
		},
		{"unknown snapshots", nil, map[string]any{"volume_snapshots": acctest.Unknown}, []string{
			"manifests", "objects", "older_claims", "policy_digest", "responsibility_transfers", "volume_snapshots",
		}},
		{"unknown passphrase", map[string]any{"passphrase_wo": acctest.Unknown}, nil, nil},
	} {
		life.Configure(config(test.encryption, test.changes))
		if found := life.PlannedUnknownAttributes(t.Context()); !slices.Equal(found, test.unknown) {
			t.Errorf("%s: unknown attributes are %v, want %v", test.name, found, test.unknown)
		}
	}
	for _, changes := range []map[string]any{
		{"cluster_id": acctest.Unknown},
		{"cluster_id": acctest.Unknown, "node_disk": map[string]any{"action": "deny"}},
	} {
		life.Configure(config(nil, changes))
		if action, output := life.Plan(t.Context()); action != "replace" || strings.Contains(output, "ERROR") {
			t.Errorf("unknown cluster_id: %s: %s", action, output)
		}
	}
}
