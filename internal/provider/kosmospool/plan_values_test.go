package kosmospool_test

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/terraform-srm/terraform-provider-srm/internal/acctest"
)

// TestPlannedValues: a computed value becomes unknown only where the planned change can move it.
func TestPlannedValues(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	base := r.wanted("external")
	life := r.Protocol(t).Life(kind, base)
	if said := life.Apply(t.Context()); strings.Contains(said, "ERROR") {
		t.Fatal(said)
	}
	for _, test := range []struct {
		name    string
		changes map[string]any
		unknown []string
	}{
		{"nothing", nil, nil},
		{"tags", map[string]any{"tags": []string{"new"}}, nil},
		{"unknown labels", map[string]any{"labels": acctest.Unknown}, []string{"labels"}},
		{"the version that runs", map[string]any{"version": "1.35"}, nil},
		{"a newer version", map[string]any{"version": "1.36"}, []string{"version_used"}},
		{"an unknown version", map[string]any{"version": acctest.Unknown}, []string{"version", "version_used"}},
		{"an unknown review", map[string]any{
			"node_defaults": map[string]any{"reviewed_on": acctest.Unknown, "valid_days": int64(30)},
		},
			[]string{"attestation_expires_at", "node_defaults"}},
		{"an unknown owner", map[string]any{
			"node_defaults": map[string]any{"owner": acctest.Unknown, "reviewed_on": "2026-11-01", "valid_days": int64(30)},
		},
			[]string{"node_defaults"}},
	} {
		config := maps.Clone(base)
		maps.Copy(config, test.changes)
		life.Configure(config)
		if found := life.PlannedUnknown(t.Context()); !slices.Equal(found, test.unknown) {
			t.Errorf("%s: unknown are %v, want %v", test.name, found, test.unknown)
		}
	}
}
