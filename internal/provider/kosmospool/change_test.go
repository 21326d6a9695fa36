package kosmospool_test

import (
	"net/http"
	"testing"

	"github.com/scaleway/scaleway-sdk-go/scw"

	"github.com/terraform-srm/terraform-provider-srm/internal/acctest"
	"github.com/terraform-srm/terraform-provider-srm/internal/sandbox"
)

// patch changes a pool behind Terraform's back.
func (r *rig) patch(changes map[string]any) {
	r.t.Helper()
	if err := r.Sandbox.Patch("pools", r.pools()[0].ID, changes); err != nil {
		r.t.Fatal(err)
	}
}

// upgrade takes the cluster a minor further, without its pools.
func (r *rig) upgrade(minor string) {
	r.t.Helper()
	if _, err := r.api.UpgradeCluster(
		r.t.Context(), scw.RegionFrPar, r.clusterID, r.Version(r.t, minor), false,
	); err != nil {
		r.t.Fatal(err)
	}
	if _, err := r.api.WaitCluster(r.t.Context(), scw.RegionFrPar, r.clusterID); err != nil {
		r.t.Fatal(err)
	}
}

// TestExternalChangedElsewhere: labels and autohealing are put back, the number of machines is left alone, and a pool
// that is gone is made again.
func TestExternalChangedElsewhere(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	pool := r.Protocol(t).Life(kind, r.wanted("external"))
	pool.Apply(t.Context())
	r.patch(map[string]any{"size": 2, "max_size": 2})
	if action, said := pool.Plan(t.Context()); action != "no-op" {
		t.Errorf("for machines that the API counts, the plan is %s: %s", action, said)
	}
	r.patch(map[string]any{"labels": map[string]string{"site": "elsewhere"}, "autohealing": true})
	if action, said := pool.Plan(t.Context()); action != "update" {
		t.Errorf("for changed labels, the plan is %s: %s", action, said)
	}
	pool.Apply(t.Context())
	if made := r.pools()[0]; len(made.Labels) != 0 || made.Autohealing || made.Size != 2 || made.MaxSize != 2 {
		t.Errorf("labels %v, autohealing %t, size %d of %d", made.Labels, made.Autohealing, made.Size, made.MaxSize)
	}
	if err := r.Sandbox.Remove("pools", r.pools()[0].ID); err != nil {
		t.Fatal(err)
	}
	if action, said := pool.Plan(t.Context()); action != "create" {
		t.Errorf("for a pool that is gone, the plan is %s: %s", action, said)
	}
}

// TestReplacementWithMachines: a replacement names the machines that it leaves, as a destroy does.
func TestReplacementWithMachines(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	config := r.wanted("external")
	pool := r.Protocol(t).Life(kind, config)
	pool.Apply(t.Context())
	config["name"] = "others"
	action, said := pool.Plan(t.Context())
	if action != "replace" {
		t.Errorf("the plan is %s", action)
	}
	acctest.Lacks(t, said, "Machines are still enrolled")
	if _, _, err := r.api.EnrolExternalNode(t.Context(), r.pools()[0]); err != nil {
		t.Fatal(err)
	}
	_, said = pool.Plan(t.Context())
	acctest.Contains(
		t, said, "WARNING: Machines are still enrolled in the pool", "Found: nodes scw-edge-machines-", "Destroy their "+
			"srm_kosmos_external_node resources first",
	)
}

// TestFirstVersion: a version that is named for the first time upgrades, too, and says what it does not reach; that of
// the nodes says nothing.
func TestFirstVersion(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	config := r.wanted("external")
	pool := r.Protocol(t).Life(kind, config)
	pool.Apply(t.Context())
	config["version"] = "1.35"
	if said := pool.Apply(t.Context()); said != "" {
		t.Error(said)
	}
	delete(config, "version")
	pool.Apply(t.Context())
	r.upgrade("1.36")
	config["version"] = "1.36"
	acctest.Contains(t, pool.Apply(t.Context()), "WARNING: External nodes keep their version until they are enrolled "+
		"again", "Clause: EXT-01", "Found: version from 1.35 to 1.36")
}

// TestWayClosedLater: an update that makes nodes warns where they would no longer get in; one that makes none does not
// ask.
func TestWayClosedLater(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	config := r.wanted("PRO2-XS")
	pool := r.Protocol(t).Life(kind, config)
	pool.Apply(t.Context())
	r.allow(false)
	config["autohealing"] = false
	_, said := pool.Plan(t.Context())
	acctest.Lacks(t, said, "The nodes would not reach the API server")
	config["size"] = int64(2)
	_, said = pool.Plan(t.Context())
	acctest.Contains(t, said, "WARNING: The nodes would not reach the API server", "Found: allow-list 203.0.113.0/24, "+
		"without Scaleway's ranges")
}

// TestMayNotLook: a key that may not read what is judged gets a warning, and the pool.
func TestMayNotLook(t *testing.T) {
	t.Parallel()
	for path, wanted := range map[string]string{
		"*/products/servers*": "WARNING: Whether the zone offers the node type cannot be checked", "*/acls*": "WARNING: " +
			"Whether nodes reach the API server cannot be checked",
	} {
		r := newRig(t)
		if err := r.Sandbox.AddFault(
			sandbox.Fault{Method: "GET", Path: path, Kind: sandbox.FaultStatus, Status: 403, Times: 9},
		); err != nil {
			t.Fatal(err)
		}
		pool := r.Protocol(t).Life(kind, r.wanted("PRO2-XS"))
		acctest.Contains(t, pool.Apply(t.Context()), wanted)
		if !pool.Exists() || pool.Tainted() {
			t.Errorf("%s: exists %t, tainted %t", path, pool.Exists(), pool.Tainted())
		}
	}
}

// TestAPIErrors: a refusal is told with the API's words and leaves nothing, what passes is waited for, and the next
// apply succeeds.
func TestAPIErrors(t *testing.T) {
	t.Parallel()
	for status, wanted := range map[int]string{
		http.StatusForbidden: "forbidden; the request requires at least the permission set KubernetesFullAccess in " +
			"the Project (HTTP 403",
		http.StatusConflict: "", http.StatusTooManyRequests: "", http.StatusInternalServerError: "(HTTP 500",
	} {
		r := newRig(t)
		if err := r.Sandbox.AddFault(
			sandbox.Fault{Method: http.MethodPost, Path: "*/pools", Kind: sandbox.FaultStatus, Status: status},
		); err != nil {
			t.Fatal(err)
		}
		pool := r.Protocol(t).Life(kind, r.wanted("external"))
		said := pool.Apply(t.Context())
		if wanted == "" && said != "" {
			t.Errorf("%d: %s", status, said)
		}
		if wanted != "" {
			acctest.Contains(t, said, "ERROR: Unable to create Kosmos pool", wanted)
			if pool.Exists() || len(r.pools()) != 0 {
				t.Errorf("%d: exists %t, %d pools", status, pool.Exists(), len(r.pools()))
			}
			pool.Apply(t.Context())
		}
		if action, said := pool.Plan(t.Context()); action != "no-op" || len(r.pools()) != 1 {
			t.Errorf("%d: the plan is %s, %d pools: %s", status, action, len(r.pools()), said)
		}
	}
}

// TestDestroyWaits: the pool is gone once the destroy is over; one that is gone already is no error.
func TestDestroyWaits(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	for _, gone := range []bool{false, true} {
		pool := r.Protocol(t).Life(kind, r.wanted("external"))
		pool.Apply(t.Context())
		if gone {
			if err := r.Sandbox.Remove("pools", r.pools()[0].ID); err != nil {
				t.Fatal(err)
			}
		}
		if said := pool.Destroy(t.Context()); pool.Exists() || len(r.pools()) != 0 {
			t.Errorf("gone %t: %d pools, %s", gone, len(r.pools()), said)
		}
	}
}
