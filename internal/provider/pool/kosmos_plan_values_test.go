package pool_test

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/terraform-srm/terraform-provider-srm/internal/acctest"
)

// TestKosmosPlannedValues checks that a computed attribute is planned as unknown only if the update can change it.
func TestKosmosPlannedValues(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	base := r.protocolConfig("external")
	lifecycle := r.Protocol(t).Resource(kosmosResourceType, base)
	if output := lifecycle.Apply(t.Context()); strings.Contains(output, "ERROR") {
		t.Fatal(output)
	}
	for _, test := range []struct {
		name    string
		changes map[string]any
		unknown []string
	}{
		{"no change", nil, nil},
		{"tags", map[string]any{"tags": []string{"new"}}, nil},
		{"unknown labels", map[string]any{"labels": acctest.Unknown}, []string{"labels"}},
		{"running version", map[string]any{"version": "1.35"}, nil},
		{"newer version", map[string]any{"version": "1.36"}, []string{"version_used"}},
		{"unknown version", map[string]any{"version": acctest.Unknown}, []string{"version", "version_used"}},
		{"unknown review date", map[string]any{
			"node_defaults": map[string]any{"reviewed_on": acctest.Unknown, "valid_days": int64(30)},
		},
			[]string{"attestation_expires_at", "node_defaults"}},
		{"unknown owner", map[string]any{
			"node_defaults": map[string]any{
				"owner": acctest.Unknown, "reviewed_on": "2026-11-01", "valid_days": int64(30),
			},
		},
			[]string{"node_defaults"}},
	} {
		config := maps.Clone(base)
		maps.Copy(config, test.changes)
		lifecycle.Configure(config)
		if found := lifecycle.PlannedUnknownAttributes(t.Context()); !slices.Equal(found, test.unknown) {
			t.Errorf("%s: unknown attributes %v, want %v", test.name, found, test.unknown)
		}
	}
}
