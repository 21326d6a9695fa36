package provider_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/scaleway/scaleway-sdk-go/api/k8s/v1"
	"github.com/scaleway/scaleway-sdk-go/scw"

	"github.com/terraform-srm/terraform-provider-srm/internal/acctest"
	"github.com/terraform-srm/terraform-provider-srm/internal/acctest/fakescaleway"
	"github.com/terraform-srm/terraform-provider-srm/internal/sandbox"
)

// adoption is a cluster with a pool that the official provider manages, in a state that the official provider wrote.
type adoption struct {
	*acctest.CLI

	env           *acctest.Env
	cluster, pool string
	config        string
}

// appendConfig writes the initial configuration, followed by hcl.
func (a *adoption) appendConfig(hcl string) { a.Configure(a.env, a.config+hcl) }

// newAdoption creates an HDS or a Kosmos cluster with a pool, and imports both into the official provider.
func newAdoption(t *testing.T, hds bool, changePool ...func(*k8s.CreatePoolRequest)) *adoption {
	t.Helper()
	env := acctest.New(t)
	change := []func(*k8s.CreateClusterRequest){acctest.Named("prod")}
	if !hds {
		change = append(change, acctest.Kosmos("multicloud-dedicated-4"))
	}
	e := &adoption{env: env, cluster: env.CreateCluster(t, change...)}
	size, surge, unavailable, minSize, maxSize := scw.Size(100)*scw.GB, uint32(1), uint32(0), uint32(1), uint32(1)
	pool := &k8s.CreatePoolRequest{
		Region: scw.RegionFrPar, ClusterID: e.cluster, Name: "workers", NodeType: "POP2-2C-8G", Zone: scw.ZoneFrPar1,
		Size: 1, MinSize: &minSize, MaxSize: &maxSize,
		Autohealing: true, ContainerRuntime: k8s.RuntimeContainerd, RootVolumeType: "sbs_5k", RootVolumeSize: &size,
		PublicIPDisabled: true,
		UpgradePolicy: &k8s.CreatePoolRequestUpgradePolicy{
			MaxSurge: &surge, MaxUnavailable: &unavailable,
		}, Labels: map[string]string{"tier": "app"},
	}
	if !hds {
		pool = &k8s.CreatePoolRequest{
			Region: scw.RegionFrPar, ClusterID: e.cluster, Name: "workers", NodeType: "external", Size: 0,
			MaxSize: &maxSize,
		}
	}
	for _, change := range changePool {
		change(pool)
	}
	created, err := env.Client(t).CreatePool(t.Context(), pool)
	if err != nil {
		t.Fatal(err)
	}
	e.pool = created.ID
	e.CLI = env.CLI(t, "")
	e.UseOfficialProvider(env)
	version := env.FullVersion(t, "1.35")
	minor := version[:strings.LastIndex(version, ".")]
	cni, network, labels := "cilium", fmt.Sprintf("private_network_id = %q", sandbox.PrivateNetworkID), `{ tier = `+
		`"app" }`
	if !hds {
		cni, network, labels = "kilo", "", "null"
	}
	e.config = fmt.Sprintf(`
resource "scaleway_k8s_cluster" "old" {
  name                        = "prod"
  type                        = %[1]q
  version                     = %[2]q
  cni                         = %[3]q
  delete_additional_resources = true
  auto_upgrade {
    enable                        = true
    maintenance_window_start_hour = 2
    maintenance_window_day        = "sunday"
  }
  %[4]s
}

resource "scaleway_k8s_pool" "old" {
  cluster_id         = scaleway_k8s_cluster.old.id
  name               = "workers"
  node_type          = %[5]q
  size               = %[6]d
  autohealing        = %[7]t
  public_ip_disabled = %[8]t
  labels             = %[11]s
}

import {
  to = scaleway_k8s_cluster.old
  id = "fr-par/%[9]s"
}

import {
  to = scaleway_k8s_pool.old
  id = "fr-par/%[10]s"
}
`, map[bool]string{true: "kapsule-dedicated-4", false: "multicloud-dedicated-4"}[hds], minor, cni, network,
		pool.NodeType, pool.Size, pool.Autohealing, pool.PublicIPDisabled, e.cluster, e.pool, labels)
	e.appendConfig("")
	e.MustRun("apply", "-auto-approve")
	env.Sandbox.ClearRequests()
	return e
}

// stateText returns the state file.
func (a *adoption) stateText(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(a.Dir(), "terraform.tfstate"))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// movedHDSConfig returns the configuration that moves the objects of an HDS adoption to this provider. pool is added to
// the pool's configuration.
func movedHDSConfig(pool string) string {
	return fmt.Sprintf(`
moved {
  from = scaleway_k8s_cluster.old
  to   = srm_hds_cluster.prod
}

moved {
  from = scaleway_k8s_pool.old
  to   = srm_hds_pool.workers
}

resource "srm_hds_cluster" "prod" {
  name                        = "prod"
  type                        = "kapsule-dedicated-4"
  version                     = "1.35"
  private_network_id          = %q
  allowed_ip_ranges           = []
  maintenance_window          = { day = "sunday", start_hour = 2 }
  delete_additional_resources = false
}

resource "srm_hds_pool" "workers" {
  cluster_id    = srm_hds_cluster.prod.id
  guardrails_id = "${srm_hds_cluster.prod.id}/guardrails"
  name          = "workers"
  node_type     = "POP2-2C-8G"
  zone          = "fr-par-1"
  size          = 1
  root_volume   = { type = "sbs_5k", size_gb = 100 }
  labels        = { tier = "app" }
  %s
}
`, sandbox.PrivateNetworkID, pool)
}

// TestMovedFromOfficial moves a cluster and a pool from the official provider with `moved` blocks: nothing is
// recreated, the provider sends no write, the second plan is empty, and the admin token is removed from the state.
func TestMovedFromOfficial(t *testing.T) {
	t.Parallel()
	e := newAdoption(t, true)
	if !strings.Contains(e.stateText(t), fakescaleway.AdminToken) {
		t.Fatal("the state of the official provider has no admin token")
	}
	e.Configure(e.env, movedHDSConfig(""))
	plan := e.MustRun("plan", "-no-color")
	if !strings.Contains(plan, "Plan: 0 to add, 2 to change, 0 to destroy.") {
		t.Errorf("the plan does not consist of two updates:\n%s", plan)
	}
	acctest.Contains(t, e.MustRun("plan", "-no-color", "-refresh=false"), "Plan: 0 to add, 2 to change, 0 to destroy.")
	for want, args := range map[string][]string{
		"The cluster would be destroyed before its configuration was applied": {"plan", "-no-color", "-destroy"},
		"The cluster would be replaced": {
			"plan", "-no-color", "-replace=srm_hds_cluster.prod",
		},
	} {
		if out, code := e.Run(args...); code == 0 || !strings.Contains(acctest.StripFrame(out), want) {
			t.Errorf("%v: exit %d, want a failure with %q:\n%s", args, code, want, out)
		}
	}
	e.MustRun("apply", "-auto-approve")
	if writes := e.env.Writes(); len(writes) > 0 {
		t.Errorf("the move sent writes: %v", writes)
	}
	if out, code := e.Run("plan", "-detailed-exitcode"); code != 0 {
		t.Errorf("the second plan is not empty: exit %d\n%s", code, out)
	}
	if state := e.stateText(t); strings.Contains(
		state, fakescaleway.AdminToken,
	) || !strings.Contains(state, e.cluster) || !strings.Contains(state, e.pool) {
		t.Errorf("after the move the state has the admin token, or lacks an id:\n%s", state)
	}
}
