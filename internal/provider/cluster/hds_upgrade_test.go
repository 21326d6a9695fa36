package cluster_test

import (
	"strings"
	"testing"
	"time"

	"github.com/scaleway/scaleway-sdk-go/api/k8s/v1"
	"github.com/scaleway/scaleway-sdk-go/scw"

	"github.com/terraform-srm/terraform-provider-srm/internal/acctest"
	"github.com/terraform-srm/terraform-provider-srm/internal/sandbox"
)

// newClusterWithPool creates a cluster of version 1.35 with the resource, and a pool outside Terraform.
func newClusterWithPool(t *testing.T) (env *acctest.Env, lifecycle *acctest.ResourceLifecycle, pool *k8s.Pool) {
	t.Helper()
	env = acctest.New(t)
	lifecycle = env.Protocol(t).Resource("srm_hds_cluster", hdsProtocolConfig(nil))
	if output := lifecycle.Apply(t.Context()); strings.Contains(output, "ERROR") {
		t.Fatal(output)
	}
	client := env.Client(t)
	pool, err := client.CreatePool(t.Context(), &k8s.CreatePoolRequest{
		Region: scw.RegionFrPar, ClusterID: strings.TrimPrefix(
			lifecycle.StringAttribute("id"), "fr-par/",
		), Name: "beside", NodeType: "POP2-2C-8G",
		Zone: scw.ZoneFrPar1, Size: 1, ContainerRuntime: k8s.RuntimeContainerd, Tags: []string{},
	})
	if err != nil {
		t.Fatal(err)
	}
	if pool, err = client.WaitPool(t.Context(), scw.RegionFrPar, pool.ID, nil); err != nil {
		t.Fatal(err)
	}
	return env, lifecycle, pool
}

// TestHDSUpgradeWarnsAboutPoolsLeftBehind checks that a cluster upgrade waits for the pools that it upgrades, and warns
// about pools that keep an older version.
func TestHDSUpgradeWarnsAboutPoolsLeftBehind(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name  string
		patch map[string]any // change of the pool while the upgrade waits
		// removed deletes the pool instead.
		removed bool
		want    string // text of the warning; "" expects none
	}{
		{name: "newer patch", patch: map[string]any{"version": "1.36.99", "status": "ready"}},
		{name: "deleted", removed: true},
		{name: "being deleted", patch: map[string]any{"status": "deleting"}},
		{
			name: "locked", patch: map[string]any{
				"status": "locked", "version": "1.35.1",
			}, want: "runs 1.35.1, status locked",
		},
		{name: "not upgraded", patch: map[string]any{"status": "ready", "version": "1.35.1"}, want: "runs 1.35.1, " +
			"status ready"},
		{
			name: "failed node", patch: map[string]any{
				"status": "warning", "version": "1.35.1", "error_message": "no quota",
			}, want: ": no quota",
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			env, lifecycle, pool := newClusterWithPool(t)
			changePool := func() {
				var err error
				if test.removed {
					err = env.Sandbox.Remove("pools", pool.ID)
				} else {
					err = env.Sandbox.Patch("pools", pool.ID, test.patch)
				}
				if err != nil {
					t.Error(err)
				}
			}
			config := hdsProtocolConfig(map[string]any{"version": "1.36", "timeouts": map[string]any{"update": "30s"}})
			lifecycle.Configure(config)
			output := lifecycle.ApplyAfterChange(t.Context(), func() {
				if err := env.Sandbox.AddFault(sandbox.Fault{
					Method:  "GET",
					Path:    "*/pools",
					Kind:    sandbox.FaultDelay,
					Delay:   time.Millisecond,
					Times:   1000,
					OnMatch: changePool,
				}); err != nil {
					t.Fatal(err)
				}
			})
			if strings.Contains(output, "ERROR") {
				t.Fatal(output)
			}
			const summary = "WARNING: Pools were not upgraded with the cluster"
			if test.want == "" {
				if strings.Contains(output, summary) {
					t.Error(output)
				}
				return
			}
			acctest.Contains(
				t, output, summary, "Clause: LIF-02", `Found: pool "beside" (fr-par/`+pool.ID+`)`, test.want,
			)
		})
	}
}

// TestHDSUpgradeWithPinnedPool checks that the plan of a cluster upgrade names the pools that it upgrades, and that
// afterwards the plan of a pool with the older version warns, changes nothing and downgrades no node.
func TestHDSUpgradeWithPinnedPool(t *testing.T) {
	t.Parallel()
	env := acctest.New(t)
	protocol := env.Protocol(t)
	lifecycle := protocol.Resource("srm_hds_cluster", hdsProtocolConfig(nil))
	lifecycle.Apply(t.Context())
	id := lifecycle.StringAttribute("id")
	pool := protocol.Resource("srm_hds_pool", map[string]any{
		"cluster_id": id, "guardrails_id": id + "/guardrails", "name": "pinned", "node_type": "POP2-2C-8G",
		"zone": "fr-par-1", "size": int64(1),
		"root_volume": map[string]any{
			"type": "sbs_5k", "size_gb": int64(20),
		}, "version": "1.35", "public_ip": map[string]any{"reason": "a test"},
	})
	if output := pool.Apply(t.Context()); strings.Contains(output, "ERROR") {
		t.Fatal(output)
	}
	const summary = "WARNING: The upgrade of the cluster upgrades its pools"
	lifecycle.Configure(hdsProtocolConfig(map[string]any{"version": "1.36", "upgrade_pools": false}))
	if _, output := lifecycle.Plan(t.Context()); strings.Contains(output, summary) {
		t.Errorf("warning although upgrade_pools is false: %s", output)
	}
	lifecycle.Configure(hdsProtocolConfig(map[string]any{"tags": []string{"new"}}))
	if _, output := lifecycle.Plan(t.Context()); strings.Contains(output, summary) {
		t.Errorf("warning without an upgrade: %s", output)
	}
	lifecycle.Configure(hdsProtocolConfig(map[string]any{"version": "1.36"}))
	_, output := lifecycle.Plan(t.Context())
	acctest.Contains(
		t,
		output,
		summary,
		"Clause: LIF-02",
		`pool "pinned" (`+pool.StringAttribute("id")+`) on 1.35.`,
		`set it to `+
			`"1.36" in the same change`,
	)
	if output := lifecycle.Apply(t.Context()); strings.Contains(output, "ERROR") {
		t.Fatal(output)
	}
	env.Sandbox.ClearRequests()
	action, output := pool.Plan(t.Context())
	if action != "no-op" || !strings.HasPrefix(pool.StringAttribute("version_used"), "1.36.") {
		t.Errorf("the plan of the pool is %s, version_used %s", action, pool.StringAttribute("version_used"))
	}
	acctest.Contains(
		t, output, "WARNING: The nodes run a newer version than the configured one", "Clause: LIF-02", "version "+
			"1.35, and the nodes run 1.36.",
	)
	if action, output := lifecycle.Plan(t.Context()); action != "no-op" || strings.Contains(output, summary) {
		t.Errorf("the plan of the cluster is %s: %s", action, output)
	}
	if writes := env.Writes(); len(writes) > 0 {
		t.Errorf("writes %v", writes)
	}
}
