package provider_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/scaleway/scaleway-sdk-go/api/k8s/v1"
	"github.com/scaleway/scaleway-sdk-go/scw"

	"github.com/terraform-srm/terraform-provider-srm/internal/acctest"
	"github.com/terraform-srm/terraform-provider-srm/internal/sandbox"
)

// adoptionStep returns a configuration of the guide adopting-a-cluster.
func adoptionStep(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "..", "examples", "guides", "adopting-a-cluster", name))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// newNonconformingCluster creates the cluster of the guide: a shared control plane without auto-upgrade, an API server
// that allows 0.0.0.0/0, and nodes of a type that is not eligible, on local storage.
func newNonconformingCluster(t *testing.T, env *acctest.Env) (cluster, pool string) {
	t.Helper()
	client, network := env.Client(t), sandbox.PrivateNetworkID
	volumeSize, minSize, maxSize := scw.Size(40)*scw.GB, uint32(2), uint32(2)
	created, err := client.CreateCluster(t.Context(), &k8s.CreateClusterRequest{
		Region: scw.RegionFrPar, Name: "prod", Type: "kapsule", Version: env.FullVersion(t, "1.35"), Cni: k8s.CNICilium,
		PrivateNetworkID: &network, Tags: []string{},
	})
	if err != nil {
		t.Fatal(err)
	}
	nodes, err := client.CreatePool(t.Context(), &k8s.CreatePoolRequest{
		Region: scw.RegionFrPar, ClusterID: created.ID, Name: "workers", NodeType: "DEV1-L", Zone: scw.ZoneFrPar1,
		Size:    2,
		MinSize: &minSize, MaxSize: &maxSize,
		ContainerRuntime: k8s.RuntimeContainerd, RootVolumeType: k8s.PoolVolumeTypeLSSD, RootVolumeSize: &volumeSize,
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := client.WaitPool(
		t.Context(), scw.RegionFrPar, nodes.ID, func(p *k8s.Pool) bool { return p.Status == k8s.PoolStatusReady },
	); err != nil {
		t.Fatal(err)
	}
	if _, err := client.WaitCluster(t.Context(), scw.RegionFrPar, created.ID); err != nil {
		t.Fatal(err)
	}
	return created.ID, nodes.ID
}

// TestAdoptingAClusterGuide runs the steps of the guide, from the first plan of a cluster that violates the model to a
// cluster that conforms. The cluster is never replaced, and always has a ready pool.
func TestAdoptingAClusterGuide(t *testing.T) {
	t.Parallel()
	acctest.OnOneCLI(t)
	server := acctest.Kubernetes(t, nil)
	env := acctest.New(t, acctest.WithKubernetes(server))
	id, pool := newNonconformingCluster(t, env)
	cli := env.CLI(t, "")
	cli.UseOfficialProvider(env)
	cli.AddEnv(
		"TF_VAR_private_network_id="+sandbox.PrivateNetworkID,
		"TF_VAR_passphrase=a-passphrase-that-is-long-enough-0123456789",
	)
	before := strings.Replace(adoptionStep(t, "0-before.tf"), "1.35.9", env.FullVersion(t, "1.35"), 1)
	cli.Configure(env, before+fmt.Sprintf(`
import {
  to = scaleway_k8s_cluster.prod
  id = "fr-par/%s"
}

import {
  to = scaleway_k8s_pool.workers
  id = "fr-par/%s"
}
`, id, pool))
	cli.MustRun("apply", "-auto-approve")

	// The first plan moves the pool, too: the error lists all reasons against it.
	cli.Configure(env, strings.NewReplacer(`resource "scaleway_k8s_pool" "workers"`, `resource "scaleway_k8s_pool" `+
		`"unused"`).Replace(adoptionStep(t, "1-cluster.tf"))+adoptionStep(t, "first-plan.tf"))
	out, code := cli.Run("plan", "-no-color")
	if code == 0 {
		t.Errorf("the plan moves the pool:\n%s", out)
	}
	acctest.Contains(t, out, "The pool cannot be moved to srm_hds_pool", "node type dev1_l", `root volume of type `+
		`"l_ssd"`, "drain the nodes of the old pool")

	checkReadyPool := func(when string) {
		t.Helper()
		pools, err := env.Client(t).Pools(t.Context(), scw.RegionFrPar, id)
		if err != nil {
			t.Fatal(err)
		}
		if !slices.ContainsFunc(
			pools, func(p *k8s.Pool) bool { return p.Status == k8s.PoolStatusReady && p.Size == 2 },
		) {
			t.Errorf("%s: no pool is ready: %v", when, pools)
		}
	}
	for _, name := range []string{"1-cluster.tf", "2-new-pool.tf", "3-new-pool-only.tf"} {
		env.Sandbox.ClearRequests()
		cli.Configure(env, adoptionStep(t, name))
		cli.MustRun("apply", "-auto-approve", "-no-color")
		checkReadyPool(name)
		deleted := strings.Join(deleteRequests(env), " ")
		if want := map[string]string{
			"3-new-pool-only.tf": "DELETE /k8s/v1/regions/fr-par/pools/{id}",
		}[name]; deleted != want {
			t.Errorf("%s: deletes %q, want %q", name, deleted, want)
		}
		if out, code := cli.Run("plan", "-no-color", "-detailed-exitcode"); code != 0 {
			t.Errorf("%s: the second plan is not empty: exit %d\n%s", name, code, out)
		}
	}
	cluster, err := env.Client(t).Cluster(t.Context(), scw.RegionFrPar, id)
	if err != nil || cluster.Type != "kapsule-dedicated-4" || !cluster.AutoUpgrade.Enabled {
		t.Errorf("the cluster has the wrong type, or no auto-upgrade: %+v, %v", cluster, err)
	}
	rules, err := env.Client(t).AllowList(t.Context(), scw.RegionFrPar, id)
	if err != nil || len(rules) != 1 || rules[0].IP.String() != "203.0.113.0/24" {
		t.Errorf("the allow-list is %v, %v", rules, err)
	}
}
