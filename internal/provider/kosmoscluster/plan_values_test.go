package kosmoscluster_test

import (
	"net"
	"slices"
	"strings"
	"testing"

	"github.com/scaleway/scaleway-sdk-go/api/k8s/v1"
	"github.com/scaleway/scaleway-sdk-go/scw"

	"github.com/terraform-srm/terraform-provider-srm/internal/acctest"
)

// wanted is a configuration of a cluster on the provider protocol.
func wanted(changes map[string]any) map[string]any {
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

// TestPlannedValues: a computed value becomes unknown only where the planned change can move it.
func TestPlannedValues(t *testing.T) {
	t.Parallel()
	env := acctest.New(t)
	life := env.Protocol(t).Life("srm_kosmos_cluster", wanted(nil))
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
		{"Scaleway's ranges", map[string]any{"scaleway_ranges": true}, nil},
		{"an unknown region", map[string]any{"region": acctest.Unknown}, []string{"region"}},
		{"the offer", map[string]any{"type": "multicloud-dedicated-8"}, []string{"commitment_ends_at"}},
		{"the version", map[string]any{"version": "1.36"}, []string{"version_used"}},
		{
			"an unknown version", map[string]any{"version": acctest.Unknown}, []string{
				"version", "version_dates", "version_used",
			},
		},
	} {
		life.Configure(wanted(test.changes))
		if found := life.PlannedUnknown(t.Context()); !slices.Equal(found, test.unknown) {
			t.Errorf("%s: unknown are %v, want %v", test.name, found, test.unknown)
		}
	}
}

// TestUnknownProject: a Project that is known only at apply is not planned as that of the provider.
func TestUnknownProject(t *testing.T) {
	t.Parallel()
	env := acctest.New(t)
	life := env.Protocol(t).Life("srm_kosmos_cluster", wanted(map[string]any{"project_id": acctest.Unknown}))
	if found := life.PlannedUnknown(t.Context()); !slices.Contains(found, "project_id") {
		t.Errorf("unknown are %v, without project_id", found)
	}
}

// TestActualCluster: a refresh warns where the cluster is not as the resource requires it, whatever the configuration
// ignores.
func TestActualCluster(t *testing.T) {
	t.Parallel()
	env := acctest.New(t)
	life := env.Protocol(t).Life("srm_kosmos_cluster", wanted(map[string]any{"scaleway_ranges": true}))
	life.Apply(t.Context())
	if said := life.Refresh(t.Context()); said != "" {
		t.Errorf("of a closed API server: %s", said)
	}
	id := strings.TrimPrefix(life.Text("id"), "fr-par/")
	world := &scw.IPNet{IPNet: net.IPNet{IP: net.IPv4zero.To4(), Mask: net.CIDRMask(0, 32)}}
	if _, err := env.Client(t).SetAllowList(
		t.Context(), scw.RegionFrPar, id, []*k8s.ACLRuleRequest{{IP: world}},
	); err != nil {
		t.Fatal(err)
	}
	if err := env.Sandbox.Patch(
		"clusters", id, map[string]any{"auto_upgrade": map[string]any{"enabled": false}},
	); err != nil {
		t.Fatal(err)
	}
	acctest.Contains(t, life.Refresh(t.Context()), "WARNING: The API server is open to the world", "Clause: IAM-02",
		"WARNING: Auto-upgrade of the cluster is off", "Clause: LIF-03")
}
