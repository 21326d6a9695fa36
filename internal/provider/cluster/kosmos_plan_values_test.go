package cluster_test

import (
	"net"
	"slices"
	"strings"
	"testing"

	"github.com/scaleway/scaleway-sdk-go/api/k8s/v1"
	"github.com/scaleway/scaleway-sdk-go/scw"

	"github.com/terraform-srm/terraform-provider-srm/internal/acctest"
)

// kosmosProtocolConfig returns a configuration for the provider protocol.
func kosmosProtocolConfig(changes map[string]any) map[string]any {
	config := map[string]any{
		"name": "edge", "version": "1.35", "type": "multicloud-dedicated-4",
		"allowed_ip_ranges":           []any{map[string]any{"cidr": "192.0.2.0/24", "description": "office"}},
		"maintenance_window":          map[string]any{"day": "sunday", "start_hour": int64(2)},
		"no_health_data":              map[string]any{"by": "Data protection", "reviewed_on": "2026-11-02"},
		"delete_additional_resources": false, "deletion_protection": false,
	}
	for name, value := range changes {
		config[name] = value
	}
	return config
}

// TestKosmosPlannedUnknownValues checks that a computed attribute is planned as unknown only if the update can change
// it.
func TestKosmosPlannedUnknownValues(t *testing.T) {
	t.Parallel()
	kosmosVariant().testPlannedUnknownValues(t, kosmosProtocolConfig, []plannedUnknowns{
		{"no change", nil, nil},
		{"allow-list", map[string]any{"allowed_ip_ranges": []any{map[string]any{"cidr": "198.51.100.0/24"}}}, nil},
		{"Scaleway's ranges", map[string]any{"scaleway_ranges": true}, nil},
		{"unknown region", map[string]any{"region": acctest.Unknown}, []string{"region"}},
		{"offer", map[string]any{"type": "multicloud-dedicated-8"}, []string{"commitment_ends_at"}},
		{"version", map[string]any{"version": "1.36"}, []string{"version_used"}},
		{
			"unknown version", map[string]any{"version": acctest.Unknown}, []string{
				"version", "version_dates", "version_used",
			},
		},
	})
}

// TestKosmosUnknownProject checks that the provider's Project is not planned for a project_id that is known only at
// apply.
func TestKosmosUnknownProject(t *testing.T) {
	t.Parallel()
	env := acctest.New(t)
	lifecycle := env.Protocol(t).
		Resource("srm_kosmos_cluster", kosmosProtocolConfig(map[string]any{"project_id": acctest.Unknown}))
	if found := lifecycle.PlannedUnknownAttributes(t.Context()); !slices.Contains(found, "project_id") {
		t.Errorf("unknown attributes %v do not contain project_id", found)
	}
}

// TestKosmosRefreshWarnsAboutUnsafeCluster checks that a refresh warns about settings of the cluster that the resource
// does not allow, regardless of ignore_changes.
func TestKosmosRefreshWarnsAboutUnsafeCluster(t *testing.T) {
	t.Parallel()
	env := acctest.New(t)
	lifecycle := env.Protocol(t).
		Resource("srm_kosmos_cluster", kosmosProtocolConfig(map[string]any{"scaleway_ranges": true}))
	lifecycle.Apply(t.Context())
	if output := lifecycle.Refresh(t.Context()); output != "" {
		t.Errorf("warning about the configured allow-list: %s", output)
	}
	id := strings.TrimPrefix(lifecycle.StringAttribute("id"), "fr-par/")
	everyAddress := &scw.IPNet{IPNet: net.IPNet{IP: net.IPv4zero.To4(), Mask: net.CIDRMask(0, 32)}}
	if _, err := env.Client(t).SetAllowList(
		t.Context(), scw.RegionFrPar, id, []*k8s.ACLRuleRequest{{IP: everyAddress}},
	); err != nil {
		t.Fatal(err)
	}
	if err := env.Sandbox.Patch(
		"clusters", id, map[string]any{"auto_upgrade": map[string]any{"enabled": false}},
	); err != nil {
		t.Fatal(err)
	}
	acctest.Contains(t, lifecycle.Refresh(t.Context()), "WARNING: The API server is open to the world",
		"Clause: IAM-02",
		"WARNING: Auto-upgrade of the cluster is off", "Clause: LIF-03")
}
