package hdsguardrails_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/terraform-srm/terraform-provider-srm/internal/acctest"
)

// TestPlannedValues: a computed value becomes unknown only where the planned change can move it, and a cluster that is
// not known yet, as one that is replaced, is planned without a request for it.
func TestPlannedValues(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	wanted := func(encryption, changes map[string]any) map[string]any {
		volumes := map[string]any{"passphrase_wo": passphrase, "passphrase_wo_version": int64(1)}
		for name, value := range encryption {
			volumes[name] = value
		}
		config := map[string]any{"cluster_id": "fr-par/" + r.cluster, "volume_encryption": volumes}
		for name, value := range changes {
			config[name] = value
		}
		return config
	}
	life := r.Protocol(t).Life("srm_hds_guardrails", wanted(nil, nil))
	if said := life.Apply(t.Context()); strings.Contains(said, "ERROR") {
		t.Fatal(said)
	}
	for _, test := range []struct {
		name                string
		encryption, changes map[string]any
		unknown             []string
	}{
		{"nothing", nil, nil, nil},
		{"the zones", map[string]any{"zones": []string{"fr-par-1"}}, nil, []string{"older_claims"}},
		{
			"unknown zones", map[string]any{"zones": acctest.Unknown}, nil, []string{
				"manifests", "older_claims", "policy_digest", "volume_encryption",
			},
		},
		{
			"an unknown class", map[string]any{"class_name": acctest.Unknown}, nil, []string{
				"manifests", "objects", "older_claims", "policy_digest", "volume_encryption",
			},
		},
		{"an unknown action", nil, map[string]any{"load_balancers": map[string]any{"action": acctest.Unknown}},
			[]string{"load_balancers", "manifests", "older_claims", "policy_digest", "responsibility_transfers"}},
		{"an unknown passphrase", map[string]any{"passphrase_wo": acctest.Unknown}, nil, nil},
	} {
		life.Configure(wanted(test.encryption, test.changes))
		if found := life.PlannedUnknown(t.Context()); !slices.Equal(found, test.unknown) {
			t.Errorf("%s: unknown are %v, want %v", test.name, found, test.unknown)
		}
	}
	for _, changes := range []map[string]any{
		{"cluster_id": acctest.Unknown},
		{"cluster_id": acctest.Unknown, "node_disk": map[string]any{"action": "deny"}},
	} {
		life.Configure(wanted(nil, changes))
		if action, said := life.Plan(t.Context()); action != "replace" || strings.Contains(said, "ERROR") {
			t.Errorf("an unknown cluster_id: %s: %s", action, said)
		}
	}
}
