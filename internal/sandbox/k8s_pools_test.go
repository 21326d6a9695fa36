package sandbox

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/scaleway/scaleway-sdk-go/api/ipam/v1"
	"github.com/scaleway/scaleway-sdk-go/api/k8s/v1"
	"github.com/scaleway/scaleway-sdk-go/api/vpcgw/v2"
	"github.com/scaleway/scaleway-sdk-go/scw"
)

func TestInvalidPoolRequests(t *testing.T) {
	t.Parallel()
	k := newK8sFixture(t, Options{})
	cluster := k.createCluster(k.clusterRequest("kapsule-dedicated-4"))
	k.createPool(poolRequest(cluster.ID))
	small, zero, grace := 19*scw.GB, uint32(0), scw.NewDurationFromTimeDuration(2*time.Hour)
	for name, test := range map[string]struct {
		change   func(*k8s.CreatePoolRequest)
		argument string
	}{
		"name taken":    {func(r *k8s.CreatePoolRequest) { r.Name = "pool" }, "name"},
		"little memory": {func(r *k8s.CreatePoolRequest) { r.NodeType = "DEV1-S" }, "node_type"},
		"PLAY2-PICO":    {func(r *k8s.CreatePoolRequest) { r.NodeType = "play2_pico" }, "node_type"},
		"STARDUST1-S":   {func(r *k8s.CreatePoolRequest) { r.NodeType = "STARDUST1-S" }, "node_type"},
		"unknown type":  {func(r *k8s.CreatePoolRequest) { r.NodeType = "POP9-2C-8G" }, "node_type"},
		"external":      {func(r *k8s.CreatePoolRequest) { r.NodeType = "external" }, "node_type"},
		"wrong region":  {func(r *k8s.CreatePoolRequest) { r.Zone = "nl-ams-1" }, "zone"},
		"small volume":  {func(r *k8s.CreatePoolRequest) { r.RootVolumeSize = &small }, "root_volume_size"},
		"legacy volume": {
			func(r *k8s.CreatePoolRequest) { r.RootVolumeType = k8s.PoolVolumeTypeBSSD }, "root_volume_type",
		},
		"no local disk": {
			func(r *k8s.CreatePoolRequest) { r.RootVolumeType = k8s.PoolVolumeTypeLSSD }, "root_volume_type",
		},
		"kubelet": {func(r *k8s.CreatePoolRequest) { r.KubeletArgs = map[string]string{"nope": "1"} }, "kubelet_args"},
		"no node may be upgraded": {func(r *k8s.CreatePoolRequest) {
			r.UpgradePolicy = &k8s.CreatePoolRequestUpgradePolicy{MaxUnavailable: &zero}
		}, "upgrade_policy"},
		"long grace": {
			func(r *k8s.CreatePoolRequest) { r.MaxTerminationGracePeriod = grace }, "max_termination_grace_period",
		},
		"size over maximum": {func(r *k8s.CreatePoolRequest) {
			r.Autoscaling, r.MaxSize = true, &zero
		}, "size"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			request := poolRequest(cluster.ID)
			request.Name = "other"
			test.change(request)
			_, err := k.api.CreatePool(request)
			var invalid *scw.InvalidArgumentsError
			if !errors.As(err, &invalid) || invalid.Details[0].ArgumentName != test.argument {
				t.Errorf("got %v, want an invalid %s", err, test.argument)
			}
		})
	}
	request := poolRequest(cluster.ID)
	request.Name, request.Size = "many", 250
	var quota *scw.QuotasExceededError
	if _, err := k.api.CreatePool(request); !errors.As(err, &quota) {
		t.Errorf("251 nodes in a cluster of type dedicated-4: %v", err)
	}
}

func TestScalePool(t *testing.T) {
	t.Parallel()
	k := newK8sFixture(t, Options{})
	cluster := k.createCluster(k.clusterRequest("kapsule-dedicated-4"))
	request := poolRequest(cluster.ID)
	request.NodeType, request.Size = "DEV1-M", 2
	pool := k.createPool(request)
	if pool.NodeType != "dev1_m" || pool.RootVolumeType != k8s.PoolVolumeTypeLSSD || *pool.RootVolumeSize != 40*scw.GB {
		t.Errorf("DEV1-M: %s %s %d", pool.NodeType, pool.RootVolumeType, *pool.RootVolumeSize)
	}
	for _, size := range []uint32{4, 1} {
		scaled, err := k.api.UpdatePool(&k8s.UpdatePoolRequest{PoolID: pool.ID, Size: &size})
		if err != nil || scaled.Status != k8s.PoolStatusScaling || scaled.Size != size {
			t.Fatalf("to %d: %+v, %v", size, scaled, err)
		}
		k.server.Advance(5 * time.Minute)
		if got := k.getPool(pool.ID); got.Status != k8s.PoolStatusReady || len(k.listNodes(cluster.ID)) != int(size) {
			t.Errorf("to %d: %s with %d nodes", size, got.Status, len(k.listNodes(cluster.ID)))
		}
	}
	args := map[string]string{"maxPods": "50"}
	changed, err := k.api.UpdatePool(&k8s.UpdatePoolRequest{PoolID: pool.ID, KubeletArgs: &args})
	if err != nil || changed.Status != k8s.PoolStatusReady || changed.KubeletArgs["maxPods"] != "50" ||
		!changed.UpdatedAt.After(*pool.UpdatedAt) {
		t.Errorf("change of kubelet arguments: %+v, %v", changed, err)
	}
	labelled, err := k.api.SetPoolLabels(
		&k8s.SetPoolLabelsRequest{PoolID: pool.ID, Labels: map[string]string{"a": "b"}},
	)
	if err != nil || labelled.Labels["a"] != "b" {
		t.Errorf("labels: %+v, %v", labelled, err)
	}
}

func TestNodeActions(t *testing.T) {
	t.Parallel()
	k := newK8sFixture(t, Options{})
	cluster := k.createCluster(k.clusterRequest("kapsule-dedicated-4"))
	request := poolRequest(cluster.ID)
	request.Size = 2
	pool := k.createPool(request)
	first := k.listNodes(cluster.ID)[0]
	addresses := func(name string) int {
		found, err := ipam.NewAPI(k.client).ListIPs(&ipam.ListIPsRequest{ResourceName: &name})
		if err != nil {
			t.Fatal(err)
		}
		return len(found.IPs)
	}
	if got := addresses(first.Name); got != 2 {
		t.Errorf("%d IPs of %s, want IPv4 and IPv6", got, first.Name)
	}
	if _, err := k.api.ReplaceNode(&k8s.ReplaceNodeRequest{NodeID: first.ID}); err != nil {
		t.Fatal(err)
	}
	k.server.Advance(5 * time.Minute)
	nodes := k.listNodes(cluster.ID)
	if len(nodes) != 2 || nodes[0].ID == first.ID || k.getPool(pool.ID).Status != k8s.PoolStatusReady {
		t.Errorf("after replace: %d nodes, pool %s", len(nodes), k.getPool(pool.ID).Status)
	}
	if got := addresses(first.Name); got != 0 {
		t.Errorf("%d IPs of a replaced node remain", got)
	}
	rebooted, err := k.api.RebootNode(&k8s.RebootNodeRequest{NodeID: nodes[0].ID})
	if err != nil || rebooted.Status != k8s.NodeStatusRebooting {
		t.Errorf("reboot: %+v, %v", rebooted, err)
	}
	k.server.Advance(5 * time.Minute)
	if got, err := k.api.GetNode(
		&k8s.GetNodeRequest{NodeID: nodes[0].ID},
	); err != nil || got.Status != k8s.NodeStatusReady {
		t.Errorf("after reboot: %+v, %v", got, err)
	}
	if _, err := k.api.DeleteNode(&k8s.DeleteNodeRequest{NodeID: nodes[0].ID}); err != nil {
		t.Fatal(err)
	}
	k.server.Advance(5 * time.Minute)
	if got := k.getPool(pool.ID); got.Size != 1 || got.Status != k8s.PoolStatusReady ||
		len(k.listNodes(cluster.ID)) != 1 {
		t.Errorf("after delete: %s of size %d", got.Status, got.Size)
	}
}

func TestAutohealing(t *testing.T) {
	t.Parallel()
	k := newK8sFixture(t, Options{})
	cluster := k.createCluster(k.clusterRequest("kapsule-dedicated-4"))
	request := poolRequest(cluster.ID)
	request.Autohealing = true
	k.createPool(request)
	node := k.listNodes(cluster.ID)[0]
	if _, err := k.server.nodes.patch(node.ID, []byte(`{"status":"not_ready"}`)); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		after time.Duration
		want  k8s.NodeStatus
	}{
		{0, k8s.NodeStatusNotReady}, {14 * time.Minute, k8s.NodeStatusNotReady}, {
			90 * time.Second, k8s.NodeStatusRebooting,
		},
		{time.Minute, k8s.NodeStatusReady},
	} {
		k.server.Advance(test.after)
		if got := k.listNodes(cluster.ID)[0]; got.Status != test.want {
			t.Errorf("%s later: %s, want %s", test.after, got.Status, test.want)
		}
	}
}

func TestNodesWithoutPublicIPNeedDefaultRoute(t *testing.T) {
	t.Parallel()
	k := newK8sFixture(t, Options{})
	cluster := k.createCluster(k.clusterRequest("kapsule-dedicated-4"))
	request := poolRequest(cluster.ID)
	request.PublicIPDisabled = true
	pool := k.createPool(request)
	if pool.Status != k8s.PoolStatusWarning || pool.ErrorMessage == nil || !strings.Contains(
		*pool.ErrorMessage, "default route",
	) {
		t.Fatalf("without a route: %s, %v", pool.Status, pool.ErrorMessage)
	}
	node := k.listNodes(cluster.ID)[0]
	if node.Status != k8s.NodeStatusNotReady ||
		node.PublicIPV4 != nil { //nolint:staticcheck // deprecated, still recorded
		t.Errorf("node: %+v", node)
	}
	k.server.gatewayNetworks.put("route", &gatewayNetwork{GatewayNetwork: vpcgw.GatewayNetwork{
		ID: "route", PrivateNetworkID: *cluster.PrivateNetworkID, PushDefaultRoute: true,
		Status: vpcgw.GatewayNetworkStatusReady,
	}})
	if got := k.getPool(pool.ID); got.Status != k8s.PoolStatusScaling {
		t.Errorf("with a route: %s, want scaling", got.Status)
	}
	k.server.Advance(5 * time.Minute)
	if got := k.getPool(pool.ID); got.Status != k8s.PoolStatusReady || got.ErrorMessage != nil {
		t.Errorf("with a route: %s, %v", got.Status, got.ErrorMessage)
	}
}

func TestNodeNames(t *testing.T) {
	t.Parallel()
	for _, recorded := range []struct{ cluster, pool, id, want string }{
		{
			"tf-cluster-pool", "tf-pool", "059cba69-38f5-4c32-9220-ce8443e8ca4e",
			"scw-tf-cluster-pool-tf-pool-059cba6938f54c3292",
		},
		{
			"test-pool-size", "pool", "49bcc1f6-133f-4938-9f5a-bbca5c23cc31",
			"scw-test-pool-size-pool-49bcc1f6133f49389f5abb",
		},
		{
			"test-pool-minimal", "test-pool-minimal-2", "753fa7c1-5748-46cf-89de-0ec31e0b5ccf",
			"scw-test-pool-minima-test-pool-minimal--753fa7",
		},
		{
			"test-pool-validate-size-mutu", "test-pool-validate-size-mutu-other",
			"032d30b6-d286-4ffc-a59f-e05a8a907f3b",
			"scw-test-pool-vali-test-pool-validate-s-032d30",
		},
	} {
		if got := nodeName(recorded.cluster, recorded.pool, recorded.id); got != recorded.want {
			t.Errorf("%s, want %s", got, recorded.want)
		}
	}
}

func TestNotFound(t *testing.T) {
	t.Parallel()
	k := newK8sFixture(t, Options{})
	cluster := k.createCluster(k.clusterRequest("kapsule-dedicated-4"))
	pool := k.createPool(poolRequest(cluster.ID))
	node := k.listNodes(cluster.ID)[0]
	unknownID := "33333333-3333-3333-3333-333333333333"
	_, otherRegion := k.api.GetCluster(&k8s.GetClusterRequest{ClusterID: cluster.ID, Region: scw.RegionNlAms})
	_, unknownPool := k.api.GetPool(&k8s.GetPoolRequest{PoolID: unknownID})
	_, poolsOfUnknown := k.api.ListPools(&k8s.ListPoolsRequest{ClusterID: unknownID})
	k.server.clusters.remove(cluster.ID)
	_, poolOfDeleted := k.api.GetPool(&k8s.GetPoolRequest{PoolID: pool.ID})
	_, nodeOfDeleted := k.api.GetNode(&k8s.GetNodeRequest{NodeID: node.ID})
	for name, err := range map[string]error{
		"cluster in another region": otherRegion, "unknown pool": unknownPool,
		"pools of an unknown cluster": poolsOfUnknown,
		"pool of a deleted cluster":   poolOfDeleted, "node of a deleted cluster": nodeOfDeleted,
	} {
		var missing *scw.ResourceNotFoundError
		if !errors.As(err, &missing) {
			t.Errorf("%s: %v, want not found", name, err)
		}
	}
}
