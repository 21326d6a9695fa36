package kosmospool_test

import (
	"net"
	"strings"
	"testing"

	"github.com/scaleway/scaleway-sdk-go/api/k8s/v1"
	"github.com/scaleway/scaleway-sdk-go/scw"

	"github.com/terraform-srm/terraform-provider-srm/internal/acctest"
)

// elsewhere makes a Kosmos cluster in a region, which lets Scaleway's ranges in.
func (r *rig) elsewhere(region scw.Region) string {
	r.t.Helper()
	cluster, err := r.api.CreateCluster(r.t.Context(), &k8s.CreateClusterRequest{
		Region: region, Name: "elsewhere", Type: "multicloud", Version: r.Version(r.t, "1.35"), Cni: k8s.CNIKilo,
		Tags: []string{},
	})
	if err != nil {
		r.t.Fatal(err)
	}
	if _, err := r.api.WaitCluster(r.t.Context(), region, cluster.ID); err != nil {
		r.t.Fatal(err)
	}
	ranges, office := true, net.IPNet{IP: net.IPv4(203, 0, 113, 0).To4(), Mask: net.CIDRMask(24, 32)}
	if _, err := r.api.SetAllowList(
		r.t.Context(), region, cluster.ID, []*k8s.ACLRuleRequest{{IP: &scw.IPNet{IPNet: office}}, {ScalewayRanges: &ranges}},
	); err != nil {
		r.t.Fatal(err)
	}
	return cluster.ID
}

// TestAnotherRegion: the pool is in the region of its cluster, whatever the provider's is, and its nodes in a zone of a
// third.
func TestAnotherRegion(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	id := r.elsewhere(scw.RegionNlAms)
	config := r.wanted("PRO2-XS")
	config["cluster_id"], config["zone"] = "nl-ams/"+id, "pl-waw-1"
	protocol := r.Protocol(t)
	pool := protocol.Life(kind, config)
	said := pool.Apply(t.Context())
	uuid, ok := strings.CutPrefix(pool.Text("id"), "nl-ams/")
	if !ok || said != "" {
		t.Fatalf("the pool is %q: %s", pool.Text("id"), said)
	}
	config["size"] = int64(2)
	if said := pool.Apply(t.Context()); said != "" {
		t.Error(said)
	}
	if action, said := pool.Plan(t.Context()); action != "no-op" {
		t.Errorf("the plan is %s: %s", action, said)
	}
	if imported, said := protocol.ImportByIdentity(kind, "nl-ams", uuid); imported != "nl-ams/"+uuid || said != "" {
		t.Errorf("%q, %s", imported, said)
	}
	if state := protocol.Imported(kind, uuid); !state.IsNull() {
		t.Errorf("a bare UUID is in the provider's region, and found %s", state)
	}
	if state := protocol.Imported(kind, "nl-ams/"+uuid); state.IsNull() {
		t.Error("nothing is imported by region/UUID")
	}
	if said := pool.Destroy(t.Context()); said != "" || pool.Exists() {
		t.Error(said)
	}
	if left, err := r.api.Pools(t.Context(), scw.RegionNlAms, id); err != nil || len(left) != 0 {
		t.Errorf("%d pools are left, %v", len(left), err)
	}
}

// TestImportOfAKapsulePool: it is refused, with what manages it.
func TestImportOfAKapsulePool(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	made, err := r.api.CreatePool(t.Context(), &k8s.CreatePoolRequest{
		Region: scw.RegionFrPar, ClusterID: r.Cluster(t), Name: "workers", NodeType: "PRO2-XS", Zone: scw.ZoneFrPar1,
		Size: 1, ContainerRuntime: k8s.RuntimeContainerd, Tags: []string{},
	})
	if err != nil {
		t.Fatal(err)
	}
	_, said := r.Protocol(t).ImportByIdentity(kind, "fr-par", made.ID)
	acctest.Contains(t, said, "ERROR: The cluster is not a Kosmos cluster", "of type kapsule-dedicated-4", "For a pool "+
		"of an HDS cluster use srm_hds_pool")
}
