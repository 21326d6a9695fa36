package hdscluster_test

import (
	"strings"
	"testing"
	"time"

	"github.com/scaleway/scaleway-sdk-go/api/k8s/v1"
	"github.com/scaleway/scaleway-sdk-go/scw"

	"github.com/terraform-srm/terraform-provider-srm/internal/acctest"
	"github.com/terraform-srm/terraform-provider-srm/internal/sandbox"
)

// withPool is a cluster on 1.35 as the resource manages it, and a pool beside Terraform.
func withPool(t *testing.T) (env *acctest.Env, life *acctest.Life, pool *k8s.Pool) {
	t.Helper()
	env = acctest.New(t)
	life = env.Protocol(t).Life("srm_hds_cluster", wanted(nil))
	if said := life.Apply(t.Context()); strings.Contains(said, "ERROR") {
		t.Fatal(said)
	}
	client := env.Client(t)
	pool, err := client.CreatePool(t.Context(), &k8s.CreatePoolRequest{
		Region: scw.RegionFrPar, ClusterID: strings.TrimPrefix(
			life.Text("id"), "fr-par/",
		), Name: "beside", NodeType: "POP2-2C-8G",
		Zone: scw.ZoneFrPar1, Size: 1, ContainerRuntime: k8s.RuntimeContainerd, Tags: []string{},
	})
	if err != nil {
		t.Fatal(err)
	}
	if pool, err = client.WaitPool(t.Context(), scw.RegionFrPar, pool.ID, nil); err != nil {
		t.Fatal(err)
	}
	return env, life, pool
}

// TestPoolsThatDoNotFollow: the upgrade of a cluster waits for the pools that it takes along, and names the others.
func TestPoolsThatDoNotFollow(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name  string
		patch map[string]any // what happens to the pool while the upgrade waits
		gone  bool
		says  string // "" is nothing of pools
	}{
		{name: "an upgrade to a newer patch", patch: map[string]any{"version": "1.36.99", "status": "ready"}},
		{name: "a deletion", gone: true},
		{name: "a deletion under way", patch: map[string]any{"status": "deleting"}},
		{name: "a lock", patch: map[string]any{"status": "locked", "version": "1.35.1"}, says: "runs 1.35.1, status locked"},
		{name: "a pool that stays", patch: map[string]any{"status": "ready", "version": "1.35.1"}, says: "runs 1.35.1, " +
			"status ready"},
		{
			name: "a broken node", patch: map[string]any{
				"status": "warning", "version": "1.35.1", "error_message": "no quota",
			}, says: ": no quota",
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			env, life, pool := withPool(t)
			happen := func() {
				var err error
				if test.gone {
					err = env.Sandbox.Remove("pools", pool.ID)
				} else {
					err = env.Sandbox.Patch("pools", pool.ID, test.patch)
				}
				if err != nil {
					t.Error(err)
				}
			}
			config := wanted(map[string]any{"version": "1.36", "timeouts": map[string]any{"update": "30s"}})
			life.Configure(config)
			said := life.ApplyLate(t.Context(), func() {
				if err := env.Sandbox.AddFault(sandbox.Fault{
					Method: "GET", Path: "*/pools", Kind: sandbox.FaultDelay, Delay: time.Millisecond, Times: 1000, Met: happen,
				}); err != nil {
					t.Fatal(err)
				}
			})
			if strings.Contains(said, "ERROR") {
				t.Fatal(said)
			}
			const summary = "WARNING: Pools were not upgraded with the cluster"
			if test.says == "" {
				if strings.Contains(said, summary) {
					t.Error(said)
				}
				return
			}
			acctest.Contains(t, said, summary, "Clause: LIF-02", `Found: pool "beside" (fr-par/`+pool.ID+`)`, test.says)
		})
	}
}

// TestPinnedPool: the plan of an upgrade names the pools that it takes along; after it the plan of a pool that sets the
// older version says so, changes nothing, and no node is downgraded.
func TestPinnedPool(t *testing.T) {
	t.Parallel()
	env := acctest.New(t)
	protocol := env.Protocol(t)
	life := protocol.Life("srm_hds_cluster", wanted(nil))
	life.Apply(t.Context())
	id := life.Text("id")
	pool := protocol.Life("srm_hds_pool", map[string]any{
		"cluster_id": id, "guardrails_id": id + "/guardrails", "name": "pinned", "node_type": "POP2-2C-8G",
		"zone": "fr-par-1", "size": int64(1),
		"root_volume": map[string]any{
			"type": "sbs_5k", "size_gb": int64(20),
		}, "version": "1.35", "public_ip": map[string]any{"reason": "a test"},
	})
	if said := pool.Apply(t.Context()); strings.Contains(said, "ERROR") {
		t.Fatal(said)
	}
	const summary = "WARNING: The upgrade of the cluster upgrades its pools"
	life.Configure(wanted(map[string]any{"version": "1.36", "upgrade_pools": false}))
	if _, said := life.Plan(t.Context()); strings.Contains(said, summary) {
		t.Errorf("without the pools: %s", said)
	}
	life.Configure(wanted(map[string]any{"tags": []string{"new"}}))
	if _, said := life.Plan(t.Context()); strings.Contains(said, summary) {
		t.Errorf("without an upgrade: %s", said)
	}
	life.Configure(wanted(map[string]any{"version": "1.36"}))
	_, said := life.Plan(t.Context())
	acctest.Contains(t, said, summary, "Clause: LIF-02", `pool "pinned" (`+pool.Text("id")+`) on 1.35.`, `set it to `+
		`"1.36" in the same change`)
	if said := life.Apply(t.Context()); strings.Contains(said, "ERROR") {
		t.Fatal(said)
	}
	env.Sandbox.ClearRequests()
	action, said := pool.Plan(t.Context())
	if action != "no-op" || !strings.HasPrefix(pool.Text("version_used"), "1.36.") {
		t.Errorf("the plan of the pool is %s, version_used %s", action, pool.Text("version_used"))
	}
	acctest.Contains(t, said, "WARNING: The nodes run a newer version than the configured one", "Clause: "+
		"LIF-02", "version "+
		"1.35, and the nodes run 1.36.")
	if action, said := life.Plan(t.Context()); action != "no-op" || strings.Contains(said, summary) {
		t.Errorf("the plan of the cluster is %s: %s", action, said)
	}
	if wrong := env.Writes(); len(wrong) > 0 {
		t.Errorf("writes %v", wrong)
	}
}
