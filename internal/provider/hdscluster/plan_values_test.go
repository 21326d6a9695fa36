package hdscluster_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/terraform-srm/terraform-provider-srm/internal/acctest"
	"github.com/terraform-srm/terraform-provider-srm/internal/sandbox"
)

// wanted is a configuration of a cluster on the provider protocol; a change with a nil value removes an attribute.
func wanted(changes map[string]any) map[string]any {
	config := map[string]any{
		"name": "records", "version": "1.35", "type": "kapsule-dedicated-4",
		"private_network_id":          "fr-par/" + sandbox.PrivateNetworkID,
		"allowed_ip_ranges":           []any{map[string]any{"cidr": "192.0.2.0/24", "description": "office"}},
		"maintenance_window":          map[string]any{"day": "sunday", "start_hour": int64(2)},
		"delete_additional_resources": false, "deletion_protection": false,
	}
	for name, value := range changes {
		config[name] = value
	}
	return config
}

// TestPlannedValues: a computed value becomes unknown only where the planned change can move it.
func TestPlannedValues(t *testing.T) {
	t.Parallel()
	env := acctest.New(t)
	life := env.Protocol(t).Life("srm_hds_cluster", wanted(nil))
	if said := life.Apply(t.Context()); strings.Contains(said, "ERROR") {
		t.Fatal(said)
	}
	for _, test := range []struct {
		name    string
		changes map[string]any
		unknown []string
	}{
		{"nothing", nil, nil},
		{"the allow-list", map[string]any{"allowed_ip_ranges": []any{map[string]any{"cidr": "198.51.100.0/24"}}}, nil},
		{"an unknown allow-list", map[string]any{"allowed_ip_ranges": acctest.Unknown}, []string{"allowed_ip_ranges"}},
		{"tags", map[string]any{"tags": []string{"new"}}, nil},
		{"unknown tags", map[string]any{"tags": acctest.Unknown}, []string{"tags"}},
		{"the window", map[string]any{"maintenance_window": map[string]any{"day": "monday", "start_hour": int64(2)}}, nil},
		{"timeouts", map[string]any{"timeouts": map[string]any{"update": "1h"}}, nil},
		{
			"unknown gates", map[string]any{"feature_gates": acctest.Unknown}, []string{
				"feature_gates", "responsibility_transfers",
			},
		},
		{"the offer", map[string]any{"type": "kapsule-dedicated-8"}, []string{"commitment_ends_at"}},
		{"an unknown offer", map[string]any{"type": acctest.Unknown}, []string{"commitment_ends_at", "type"}},
		{"the version", map[string]any{"version": "1.36"}, []string{"version_used"}},
		{
			"an unknown version", map[string]any{"version": acctest.Unknown}, []string{
				"version", "version_dates", "version_used",
			},
		},
		{"an unknown network", map[string]any{"private_network_id": acctest.Unknown}, []string{"private_network_id"}},
	} {
		life.Configure(wanted(test.changes))
		if found := life.PlannedUnknown(t.Context()); !slices.Equal(found, test.unknown) {
			t.Errorf("%s: unknown are %v, want %v", test.name, found, test.unknown)
		}
	}
}

// TestUnknownVersion: the dates of a version that is known only at apply are planned as unknown, at create and at
// update.
func TestUnknownVersion(t *testing.T) {
	t.Parallel()
	env := acctest.New(t)
	life := env.Protocol(t).Life("srm_hds_cluster", nil)
	for _, version := range []string{"1.35", "1.35", "1.36"} {
		life.Configure(wanted(map[string]any{"version": acctest.Unknown}))
		_, said, mistakes := life.ApplyKnown(t.Context(), wanted(map[string]any{"version": version}))
		if strings.Contains(said, "ERROR") || len(mistakes) > 0 {
			t.Errorf("version %s: %v\n%s", version, mistakes, said)
		}
		if !strings.Contains(life.Dump(), `"minor":tftypes.String<"`+version+`">`) {
			t.Errorf("version %s: the state has other dates", version)
		}
	}
}
