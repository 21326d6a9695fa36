package sandbox

import (
	"net/http/httptest"
	"testing"
	"time"

	"github.com/scaleway/scaleway-sdk-go/api/k8s/v1"
	"github.com/scaleway/scaleway-sdk-go/api/vpc/v2"
	"github.com/scaleway/scaleway-sdk-go/scw"
)

// today returns a time at which clusters of 1.35, 1.36 and 1.37 can be created.
func today() time.Time { return time.Date(2026, 11, 24, 9, 0, 0, 0, time.UTC) }

// k8sFixture is a sandbox with an SDK client.
type k8sFixture struct {
	t      *testing.T
	server *Server
	url    string
	client *scw.Client
	api    *k8s.API
}

func newK8sFixture(t *testing.T, options Options) *k8sFixture {
	t.Helper()
	if options.Start.IsZero() {
		options.Start = today()
	}
	server := New(options)
	listener := httptest.NewServer(server)
	t.Cleanup(listener.Close)
	client, err := scw.NewClient(scw.WithAPIURL(listener.URL), scw.WithAuth(AccessKey, SecretKey),
		scw.WithDefaultRegion(scw.RegionFrPar),
		scw.WithDefaultProjectID(ProjectID), scw.WithDefaultOrganizationID(OrganizationID))
	if err != nil {
		t.Fatal(err)
	}
	return &k8sFixture{t: t, server: server, url: listener.URL, client: client, api: k8s.NewAPI(client)}
}

// createPrivateNetwork creates a Private Network in a region.
func (k *k8sFixture) createPrivateNetwork(region scw.Region) string {
	k.t.Helper()
	network, err := vpc.NewAPI(k.client).CreatePrivateNetwork(
		&vpc.CreatePrivateNetworkRequest{Region: region, Name: "nodes"},
	)
	if err != nil {
		k.t.Fatal(err)
	}
	return network.ID
}

// clusterRequest returns a valid request to create a cluster of a type.
func (k *k8sFixture) clusterRequest(typeName string) *k8s.CreateClusterRequest {
	k.t.Helper()
	request := &k8s.CreateClusterRequest{Name: "cluster", Type: typeName, Version: "1.36.5", Cni: k8s.CNICilium}
	if clusterFamily(typeName) == "multicloud" {
		request.Cni = k8s.CNIKilo
		return request
	}
	id := k.createPrivateNetwork(scw.RegionFrPar)
	request.PrivateNetworkID = &id
	return request
}

// createCluster creates a cluster and advances the clock until it is ready.
func (k *k8sFixture) createCluster(request *k8s.CreateClusterRequest) *k8s.Cluster {
	k.t.Helper()
	created, err := k.api.CreateCluster(request)
	if err != nil {
		k.t.Fatal(err)
	}
	if created.Status != k8s.ClusterStatusCreating {
		k.t.Errorf("new cluster: %s, want creating", created.Status)
	}
	k.server.Advance(2 * time.Minute)
	return k.getCluster(created.ID)
}

func (k *k8sFixture) getCluster(id string) *k8s.Cluster {
	k.t.Helper()
	found, err := k.api.GetCluster(&k8s.GetClusterRequest{ClusterID: id})
	if err != nil {
		k.t.Fatal(err)
	}
	return found
}

// poolRequest returns a valid request to create a pool of one node.
func poolRequest(clusterID string) *k8s.CreatePoolRequest {
	return &k8s.CreatePoolRequest{
		ClusterID: clusterID, Name: "pool", NodeType: "POP2-2C-8G", Size: 1, Zone: "fr-par-1",
		ContainerRuntime: k8s.RuntimeContainerd,
	}
}

// createPool creates a pool and advances the clock until it is ready.
func (k *k8sFixture) createPool(request *k8s.CreatePoolRequest) *k8s.Pool {
	k.t.Helper()
	created, err := k.api.CreatePool(request)
	if err != nil {
		k.t.Fatal(err)
	}
	if created.Status != k8s.PoolStatusScaling {
		k.t.Errorf("new pool: %s, want scaling", created.Status)
	}
	k.server.Advance(10 * time.Minute)
	return k.getPool(created.ID)
}

func (k *k8sFixture) getPool(id string) *k8s.Pool {
	k.t.Helper()
	found, err := k.api.GetPool(&k8s.GetPoolRequest{PoolID: id})
	if err != nil {
		k.t.Fatal(err)
	}
	return found
}

func (k *k8sFixture) listNodes(clusterID string) []*k8s.Node {
	k.t.Helper()
	found, err := k.api.ListNodes(&k8s.ListNodesRequest{ClusterID: clusterID}, scw.WithAllPages())
	if err != nil {
		k.t.Fatal(err)
	}
	return found.Nodes
}
