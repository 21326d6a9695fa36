package pool_test

import (
	"net/http"
	"testing"

	"github.com/scaleway/scaleway-sdk-go/scw"

	"github.com/terraform-srm/terraform-provider-srm/internal/acctest"
	"github.com/terraform-srm/terraform-provider-srm/internal/sandbox"
)

// patchPool changes the pool in the sandbox, outside Terraform.
func (r *rig) patchPool(changes map[string]any) {
	r.t.Helper()
	if err := r.Sandbox.Patch("pools", r.pools()[0].ID, changes); err != nil {
		r.t.Fatal(err)
	}
}

// upgradeCluster upgrades the cluster to a minor, without its pools.
func (r *rig) upgradeCluster(minor string) {
	r.t.Helper()
	if _, err := r.api.UpgradeCluster(
		r.t.Context(), scw.RegionFrPar, r.clusterID, r.FullVersion(r.t, minor), false,
	); err != nil {
		r.t.Fatal(err)
	}
	if _, err := r.api.WaitCluster(r.t.Context(), scw.RegionFrPar, r.clusterID); err != nil {
		r.t.Fatal(err)
	}
}

// TestKosmosExternalPoolDrift checks that an apply restores labels and autohealing of an external pool, does not touch
// its size, and creates a deleted pool again.
func TestKosmosExternalPoolDrift(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	pool := r.Protocol(t).Resource(kosmosResourceType, r.protocolConfig("external"))
	pool.Apply(t.Context())
	r.patchPool(map[string]any{"size": 2, "max_size": 2})
	if action, output := pool.Plan(t.Context()); action != "no-op" {
		t.Errorf("after a change of the size the plan is %s: %s", action, output)
	}
	r.patchPool(map[string]any{"labels": map[string]string{"site": "elsewhere"}, "autohealing": true})
	if action, output := pool.Plan(t.Context()); action != "update" {
		t.Errorf("after a change of the labels the plan is %s: %s", action, output)
	}
	pool.Apply(t.Context())
	if got := r.pools()[0]; len(got.Labels) != 0 || got.Autohealing || got.Size != 2 || got.MaxSize != 2 {
		t.Errorf("labels %v, autohealing %t, size %d of %d", got.Labels, got.Autohealing, got.Size, got.MaxSize)
	}
	if err := r.Sandbox.Remove("pools", r.pools()[0].ID); err != nil {
		t.Fatal(err)
	}
	if action, output := pool.Plan(t.Context()); action != "create" {
		t.Errorf("after the deletion of the pool the plan is %s: %s", action, output)
	}
}

// TestKosmosReplacementWarnsAboutEnrolledMachines checks that the plan of a replacement warns about the enrolled
// machines, as that of a destroy.
func TestKosmosReplacementWarnsAboutEnrolledMachines(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	config := r.protocolConfig("external")
	pool := r.Protocol(t).Resource(kosmosResourceType, config)
	pool.Apply(t.Context())
	config["name"] = "others"
	action, output := pool.Plan(t.Context())
	if action != "replace" {
		t.Errorf("the plan is %s", action)
	}
	acctest.NotContains(t, output, "Machines are still enrolled")
	if _, _, err := r.api.EnrolExternalNode(t.Context(), r.pools()[0]); err != nil {
		t.Fatal(err)
	}
	_, output = pool.Plan(t.Context())
	acctest.Contains(
		t, output, "WARNING: Machines are still enrolled in the pool", "Found: nodes scw-edge-machines-",
		"Destroy their srm_kosmos_external_node resources first",
	)
}

// TestKosmosVersionSetLater checks a version that is added to the configuration: a newer one upgrades the pool and
// warns that the external nodes keep theirs, the running one does not warn.
func TestKosmosVersionSetLater(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	config := r.protocolConfig("external")
	pool := r.Protocol(t).Resource(kosmosResourceType, config)
	pool.Apply(t.Context())
	config["version"] = "1.35"
	if output := pool.Apply(t.Context()); output != "" {
		t.Error(output)
	}
	delete(config, "version")
	pool.Apply(t.Context())
	r.upgradeCluster("1.36")
	config["version"] = "1.36"
	acctest.Contains(t, pool.Apply(t.Context()), "WARNING: External nodes keep their version until they are enrolled "+
		"again", "Clause: EXT-01", "Found: version changed from 1.35 to 1.36")
}

// TestKosmosUpdateWarnsAboutBlockedNodes checks that an update that creates nodes warns if the allow-list blocks them,
// and that other updates do not warn.
func TestKosmosUpdateWarnsAboutBlockedNodes(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	config := r.protocolConfig("PRO2-XS")
	pool := r.Protocol(t).Resource(kosmosResourceType, config)
	pool.Apply(t.Context())
	r.setAllowList(false)
	config["autohealing"] = false
	_, output := pool.Plan(t.Context())
	acctest.NotContains(t, output, "The nodes would not reach the API server")
	config["size"] = int64(2)
	_, output = pool.Plan(t.Context())
	acctest.Contains(t, output, "WARNING: The nodes would not reach the API server",
		"Found: allow-list 203.0.113.0/24, without Scaleway's ranges")
}

// TestKosmosMissingPermissionsWarn checks that the create succeeds with a warning if the API key may not read what a
// check needs.
func TestKosmosMissingPermissionsWarn(t *testing.T) {
	t.Parallel()
	for path, want := range map[string]string{
		"*/products/servers*": "WARNING: Unable to check whether the zone offers the node type",
		"*/acls*":             "WARNING: Unable to check whether nodes can reach the API server",
	} {
		r := newRig(t)
		if err := r.Sandbox.AddFault(
			sandbox.Fault{Method: "GET", Path: path, Kind: sandbox.FaultStatus, Status: 403, Times: 9},
		); err != nil {
			t.Fatal(err)
		}
		pool := r.Protocol(t).Resource(kosmosResourceType, r.protocolConfig("PRO2-XS"))
		acctest.Contains(t, pool.Apply(t.Context()), want)
		if !pool.Exists() || pool.IsTainted() {
			t.Errorf("%s: exists %t, tainted %t", path, pool.Exists(), pool.IsTainted())
		}
	}
}

// TestKosmosCreateAPIErrors checks that a permanent error of the create request fails the apply and leaves no pool,
// that the provider retries a transient one, and that the next apply succeeds.
func TestKosmosCreateAPIErrors(t *testing.T) {
	t.Parallel()
	for status, want := range map[int]string{
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
		pool := r.Protocol(t).Resource(kosmosResourceType, r.protocolConfig("external"))
		output := pool.Apply(t.Context())
		if want == "" && output != "" {
			t.Errorf("%d: %s", status, output)
		}
		if want != "" {
			acctest.Contains(t, output, "ERROR: Unable to create the Kosmos pool", want)
			if pool.Exists() || len(r.pools()) != 0 {
				t.Errorf("%d: exists %t, %d pools", status, pool.Exists(), len(r.pools()))
			}
			pool.Apply(t.Context())
		}
		if action, output := pool.Plan(t.Context()); action != "no-op" || len(r.pools()) != 1 {
			t.Errorf("%d: the plan is %s, %d pools: %s", status, action, len(r.pools()), output)
		}
	}
}

// TestKosmosDestroyWaits checks that the pool does not exist after the destroy, and that an absent pool is no error.
func TestKosmosDestroyWaits(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	for _, absent := range []bool{false, true} {
		pool := r.Protocol(t).Resource(kosmosResourceType, r.protocolConfig("external"))
		pool.Apply(t.Context())
		if absent {
			if err := r.Sandbox.Remove("pools", r.pools()[0].ID); err != nil {
				t.Fatal(err)
			}
		}
		if output := pool.Destroy(t.Context()); pool.Exists() || len(r.pools()) != 0 {
			t.Errorf("absent before the destroy: %t: %d pools, %s", absent, len(r.pools()), output)
		}
	}
}
