package hdspool_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/scaleway/scaleway-sdk-go/scw"

	"github.com/terraform-srm/terraform-provider-srm/internal/acctest"
	"github.com/terraform-srm/terraform-provider-srm/internal/sandbox"
)

// TestPlannedValues: a computed value becomes unknown only where the planned change can move it.
func TestPlannedValues(t *testing.T) {
	t.Parallel()
	env := acctest.New(t)
	cluster := env.Cluster(t)
	wanted := func(changes map[string]any) map[string]any {
		config := map[string]any{
			"cluster_id": "fr-par/" + cluster, "guardrails_id": "fr-par/" + cluster + "/guardrails", "name": "workers",
			"node_type": "POP2-2C-8G",
			"zone":      "fr-par-1", "size": int64(1), "root_volume": map[string]any{"type": "sbs_5k", "size_gb": int64(20)},
		}
		for name, value := range changes {
			config[name] = value
		}
		return config
	}
	life := env.Protocol(t).Life("srm_hds_pool", wanted(nil))
	if said := life.Apply(t.Context()); strings.Contains(said, "ERROR") {
		t.Fatal(said)
	}
	for _, test := range []struct {
		name    string
		changes map[string]any
		unknown []string
	}{
		{"nothing", nil, nil},
		{"the size", map[string]any{"size": int64(2)}, nil},
		{"tags", map[string]any{"tags": []string{"new"}}, nil},
		{"unknown tags", map[string]any{"tags": acctest.Unknown}, []string{"tags"}},
		{
			"kubelet_args", map[string]any{"kubelet_args": map[string]any{"maxPods": acctest.Unknown}}, []string{"kubelet_args"},
		},
		{
			"all kubelet_args", map[string]any{"kubelet_args": acctest.Unknown}, []string{
				"kubelet_args", "responsibility_transfers",
			},
		},
		{"rotation", map[string]any{"rotation": "new"}, nil},
		{"the version that runs", map[string]any{"version": "1.35"}, nil},
		{"a newer version", map[string]any{"version": "1.36"}, []string{"version_used"}},
		{"an unknown version", map[string]any{"version": acctest.Unknown}, []string{"version", "version_used"}},
		{"unknown guardrails", map[string]any{"guardrails_id": acctest.Unknown}, []string{"guardrails_id"}},
	} {
		life.Configure(wanted(test.changes))
		if found := life.PlannedUnknown(t.Context()); !slices.Equal(found, test.unknown) {
			t.Errorf("%s: unknown are %v, want %v", test.name, found, test.unknown)
		}
	}
}

// TestUpgradeBesideAutoUpgrade: a patch that auto-upgrade applies to the cluster, or to the pool, just before the
// upgrade of a pool is no failure.
func TestUpgradeBesideAutoUpgrade(t *testing.T) {
	t.Parallel()
	for _, both := range []bool{false, true} {
		env := acctest.New(t)
		cluster := env.Cluster(t)
		wanted := map[string]any{
			"cluster_id": "fr-par/" + cluster, "guardrails_id": "fr-par/" + cluster + "/guardrails", "name": "workers",
			"node_type": "POP2-2C-8G",
			"zone":      "fr-par-1", "size": int64(1), "root_volume": map[string]any{"type": "sbs_5k", "size_gb": int64(20)},
		}
		life := env.Protocol(t).Life("srm_hds_pool", wanted)
		if said := life.Apply(t.Context()); strings.Contains(said, "ERROR") {
			t.Fatal(said)
		}
		client := env.Client(t)
		if _, err := client.UpgradeCluster(t.Context(), scw.RegionFrPar, cluster, env.Version(t, "1.36"), false); err != nil {
			t.Fatal(err)
		}
		if _, err := client.WaitCluster(t.Context(), scw.RegionFrPar, cluster); err != nil {
			t.Fatal(err)
		}
		newer := map[string]any{"version": "1.36.99"}
		if err := env.Sandbox.AddFault(sandbox.Fault{
			Method: "POST", Path: "*/pools/*/upgrade", Kind: sandbox.FaultDelay, Delay: time.Millisecond, Met: func() {
				if err := env.Sandbox.Patch("clusters", cluster, newer); err != nil {
					t.Error(err)
				}
				if !both {
					return
				}
				if err := env.Sandbox.Patch("pools", strings.TrimPrefix(life.Text("id"), "fr-par/"), newer); err != nil {
					t.Error(err)
				}
			},
		}); err != nil {
			t.Fatal(err)
		}
		wanted["version"], wanted["timeouts"] = "1.36", map[string]any{"update": "30s"}
		said := life.Apply(t.Context())
		if strings.Contains(said, "ERROR") || life.Text("version_used") != "1.36.99" {
			t.Errorf("both %t: version_used is %s: %s", both, life.Text("version_used"), said)
		}
	}
}
