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

// step is a configuration of the guide adopting-a-cluster.
func step(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "..", "examples", "guides", "adopting-a-cluster", name))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// neglected makes the cluster of the guide: a shared control plane, open to the world, without auto-upgrade, and nodes
// of a type that is not eligible, on local storage.
func neglected(t *testing.T, env *acctest.Env) (cluster, pool string) {
	t.Helper()
	client, network, size, least, most := env.Client(
		t,
	), sandbox.PrivateNetworkID, scw.Size(
		40,
	)*scw.GB, uint32(
		2,
	), uint32(
		2,
	)
	made, err := client.CreateCluster(t.Context(), &k8s.CreateClusterRequest{
		Region: scw.RegionFrPar, Name: "prod", Type: "kapsule", Version: env.Version(t, "1.35"), Cni: k8s.CNICilium,
		PrivateNetworkID: &network, Tags: []string{},
	})
	if err != nil {
		t.Fatal(err)
	}
	nodes, err := client.CreatePool(t.Context(), &k8s.CreatePoolRequest{
		Region: scw.RegionFrPar, ClusterID: made.ID, Name: "workers", NodeType: "DEV1-L", Zone: scw.ZoneFrPar1, Size: 2,
		MinSize: &least, MaxSize: &most,
		ContainerRuntime: k8s.RuntimeContainerd, RootVolumeType: k8s.PoolVolumeTypeLSSD, RootVolumeSize: &size,
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := client.WaitPool(
		t.Context(), scw.RegionFrPar, nodes.ID, func(p *k8s.Pool) bool { return p.Status == k8s.PoolStatusReady },
	); err != nil {
		t.Fatal(err)
	}
	if _, err := client.WaitCluster(t.Context(), scw.RegionFrPar, made.ID); err != nil {
		t.Fatal(err)
	}
	return made.ID, nodes.ID
}

// TestAdoptingACluster walks the guide: from the first plan of a cluster that breaks the rules to one that keeps them.
// The cluster stays the same one, and at no moment is it without a ready pool.
func TestAdoptingACluster(t *testing.T) {
	t.Parallel()
	server := acctest.Kubernetes(t, nil)
	env := acctest.New(t, acctest.OnKubernetes(server))
	id, pool := neglected(t, env)
	cli := env.CLI(t, "")
	cli.Official(env)
	cli.Environ(
		"TF_VAR_private_network_id="+sandbox.PrivateNetworkID,
		"TF_VAR_passphrase=a-passphrase-that-is-long-enough-0123456789",
	)
	before := strings.Replace(step(t, "0-before.tf"), "1.35.6", env.Version(t, "1.35"), 1)
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
	cli.Must("apply", "-auto-approve")

	// The first plan asks for the pool, too: it says everything that stands against it.
	cli.Configure(env, strings.NewReplacer(`resource "scaleway_k8s_pool" "workers"`, `resource "scaleway_k8s_pool" `+
		`"unused"`).Replace(step(t, "1-cluster.tf"))+step(t, "first-plan.tf"))
	out, code := cli.Run("plan", "-no-color")
	if code == 0 {
		t.Errorf("the pool was moved:\n%s", out)
	}
	acctest.Contains(t, out, "The pool cannot be moved to srm_hds_pool", "node type dev1_l", `root volume of type `+
		`"l_ssd"`, "drain the nodes of the old pool")

	watch := func(what string) {
		t.Helper()
		pools, err := env.Client(t).Pools(t.Context(), scw.RegionFrPar, id)
		if err != nil {
			t.Fatal(err)
		}
		if !slices.ContainsFunc(pools, func(p *k8s.Pool) bool { return p.Status == k8s.PoolStatusReady && p.Size == 2 }) {
			t.Errorf("%s: no pool is ready: %v", what, pools)
		}
	}
	for _, name := range []string{"1-cluster.tf", "2-new-pool.tf", "3-compliant.tf"} {
		env.Sandbox.ClearRequests()
		cli.Configure(env, step(t, name))
		cli.Must("apply", "-auto-approve", "-no-color")
		watch(name)
		deleted := strings.Join(deletions(env), " ")
		if wanted := map[string]string{
			"3-compliant.tf": "DELETE /k8s/v1/regions/fr-par/pools/{id}",
		}[name]; deleted != wanted {
			t.Errorf("%s: deleted %q, not %q", name, deleted, wanted)
		}
		if out, code := cli.Run("plan", "-no-color", "-detailed-exitcode"); code != 0 {
			t.Errorf("%s: the second plan is not empty: exit %d\n%s", name, code, out)
		}
	}
	cluster, err := env.Client(t).Cluster(t.Context(), scw.RegionFrPar, id)
	if err != nil || cluster.Type != "kapsule-dedicated-4" || !cluster.AutoUpgrade.Enabled {
		t.Errorf("the cluster does not comply: %+v, %v", cluster, err)
	}
	rules, err := env.Client(t).AllowList(t.Context(), scw.RegionFrPar, id)
	if err != nil || len(rules) != 1 || rules[0].IP.String() != "203.0.113.0/24" {
		t.Errorf("the allow-list: %v, %v", rules, err)
	}
}
