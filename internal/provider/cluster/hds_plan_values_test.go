package cluster_test

import (
	"strings"
	"testing"

	"github.com/terraform-srm/terraform-provider-srm/internal/acctest"
	"github.com/terraform-srm/terraform-provider-srm/internal/sandbox"
)

// hdsProtocolConfig returns a configuration for the provider protocol; a change with a nil value removes an attribute.
func hdsProtocolConfig(changes map[string]any) map[string]any {
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

// TestHDSPlannedUnknownValues checks that a computed attribute is planned as unknown only if the update can change it.
func TestHDSPlannedUnknownValues(t *testing.T) {
	t.Parallel()
	hdsVariant().testPlannedUnknownValues(t, hdsProtocolConfig, []plannedUnknowns{
		{"no change", nil, nil},
		{"allow-list", map[string]any{"allowed_ip_ranges": []any{map[string]any{"cidr": "198.51.100.0/24"}}}, nil},
		{"unknown allow-list", map[string]any{"allowed_ip_ranges": acctest.Unknown}, []string{"allowed_ip_ranges"}},
		{"tags", map[string]any{"tags": []string{"new"}}, nil},
		{"unknown tags", map[string]any{"tags": acctest.Unknown}, []string{"tags"}},
		{"maintenance window", map[string]any{"maintenance_window": map[string]any{"day": "monday",
			"start_hour": int64(2)}}, nil},
		{"timeouts", map[string]any{"timeouts": map[string]any{"update": "1h"}}, nil},
		{
			"unknown feature gates", map[string]any{"feature_gates": acctest.Unknown}, []string{
				"feature_gates", "responsibility_transfers",
			},
		},
		{"offer", map[string]any{"type": "kapsule-dedicated-8"}, []string{"commitment_ends_at"}},
		{"unknown offer", map[string]any{"type": acctest.Unknown}, []string{"commitment_ends_at", "type"}},
		{"version", map[string]any{"version": "1.36"}, []string{"version_used"}},
		{
			"unknown version", map[string]any{"version": acctest.Unknown}, []string{
				"version", "version_dates", "version_used",
			},
		},
		{
			"unknown Private Network", map[string]any{
				"private_network_id": acctest.Unknown,
			}, []string{"private_network_id"},
		},
	})
}

// TestHDSUnknownVersionDates checks that the dates of a version that is known only at apply are planned as unknown, on
// create and on update.
func TestHDSUnknownVersionDates(t *testing.T) {
	t.Parallel()
	env := acctest.New(t)
	lifecycle := env.Protocol(t).Resource("srm_hds_cluster", nil)
	for _, version := range []string{"1.35", "1.35", "1.36"} {
		lifecycle.Configure(hdsProtocolConfig(map[string]any{"version": acctest.Unknown}))
		_, output, inconsistencies := lifecycle.ApplyWithKnownValues(
			t.Context(),
			hdsProtocolConfig(map[string]any{"version": version}),
		)
		if strings.Contains(output, "ERROR") || len(inconsistencies) > 0 {
			t.Errorf("version %s: %v\n%s", version, inconsistencies, output)
		}
		if !strings.Contains(lifecycle.StateString(), `"minor":tftypes.String<"`+version+`">`) {
			t.Errorf("version %s: the state has the dates of another minor", version)
		}
	}
}
