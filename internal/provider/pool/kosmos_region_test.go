package pool_test

import (
	"net"
	"strings"
	"testing"

	"github.com/scaleway/scaleway-sdk-go/api/k8s/v1"
	"github.com/scaleway/scaleway-sdk-go/scw"

	"github.com/terraform-srm/terraform-provider-srm/internal/acctest"
)

// createClusterIn creates a Kosmos cluster in a region, with an allow-list that allows Scaleway's ranges.
func (r *rig) createClusterIn(region scw.Region) string {
	r.t.Helper()
	cluster, err := r.api.CreateCluster(r.t.Context(), &k8s.CreateClusterRequest{
		Region: region, Name: "elsewhere", Type: "multicloud", Version: r.FullVersion(r.t, "1.35"), Cni: k8s.CNIKilo,
		Tags: []string{},
	})
	if err != nil {
		r.t.Fatal(err)
	}
	if _, err := r.api.WaitCluster(r.t.Context(), region, cluster.ID); err != nil {
		r.t.Fatal(err)
	}
	allow, office := true, net.IPNet{IP: net.IPv4(203, 0, 113, 0).To4(), Mask: net.CIDRMask(24, 32)}
	if _, err := r.api.SetAllowList(
		r.t.Context(), region, cluster.ID, []*k8s.ACLRuleRequest{
			{IP: &scw.IPNet{IPNet: office}}, {ScalewayRanges: &allow},
		},
	); err != nil {
		r.t.Fatal(err)
	}
	return cluster.ID
}

// TestKosmosPoolInAnotherRegion checks that the pool is in the region of its cluster, not in the provider's, and that
// its nodes can be in a zone of a third region.
func TestKosmosPoolInAnotherRegion(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	id := r.createClusterIn(scw.RegionNlAms)
	config := r.protocolConfig("PRO2-XS")
	config["cluster_id"], config["zone"] = "nl-ams/"+id, "pl-waw-1"
	protocol := r.Protocol(t)
	pool := protocol.Resource(kosmosResourceType, config)
	output := pool.Apply(t.Context())
	uuid, ok := strings.CutPrefix(pool.StringAttribute("id"), "nl-ams/")
	if !ok || output != "" {
		t.Fatalf("the pool has the id %q: %s", pool.StringAttribute("id"), output)
	}
	config["size"] = int64(2)
	if output := pool.Apply(t.Context()); output != "" {
		t.Error(output)
	}
	if action, output := pool.Plan(t.Context()); action != "no-op" {
		t.Errorf("the plan is %s: %s", action, output)
	}
	if imported, output := protocol.ImportByIdentity(kosmosResourceType, "nl-ams", uuid); imported != "nl-ams/"+uuid ||
		output != "" {
		t.Errorf("imported %q, diagnostics %s", imported, output)
	}
	if state := protocol.ImportState(kosmosResourceType, uuid); !state.IsNull() {
		t.Errorf("a UUID without region found a pool outside the provider's region: %s", state)
	}
	if state := protocol.ImportState(kosmosResourceType, "nl-ams/"+uuid); state.IsNull() {
		t.Error("the import by region/UUID found no pool")
	}
	if output := pool.Destroy(t.Context()); output != "" || pool.Exists() {
		t.Error(output)
	}
	if remaining, err := r.api.Pools(t.Context(), scw.RegionNlAms, id); err != nil || len(remaining) != 0 {
		t.Errorf("%d pools remain, %v", len(remaining), err)
	}
}

// TestKosmosImportRefusesKapsulePool checks that the import of a Kapsule pool is refused, with the resource to use
// instead.
func TestKosmosImportRefusesKapsulePool(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	created, err := r.api.CreatePool(t.Context(), &k8s.CreatePoolRequest{
		Region: scw.RegionFrPar, ClusterID: r.CreateCluster(t), Name: "workers", NodeType: "PRO2-XS",
		Zone: scw.ZoneFrPar1,
		Size: 1, ContainerRuntime: k8s.RuntimeContainerd, Tags: []string{},
	})
	if err != nil {
		t.Fatal(err)
	}
	_, output := r.Protocol(t).ImportByIdentity(kosmosResourceType, "fr-par", created.ID)
	acctest.Contains(t, output, "ERROR: The cluster is not a Kosmos cluster", "of type kapsule-dedicated-4",
		"For a pool of an HDS cluster use srm_hds_pool")
}
