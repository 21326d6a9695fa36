package sandbox

import (
	"io"
	"net"
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/scaleway/scaleway-sdk-go/api/k8s/v1"
	"github.com/scaleway/scaleway-sdk-go/scw"
	"sigs.k8s.io/yaml"
)

// TestEmptyOptionalFields sends a cluster with a pool as the scw CLI does: optional fields are "".
func TestEmptyOptionalFields(t *testing.T) {
	t.Parallel()
	k := newK8sFixture(t, Options{})
	r := &rig{t: t, server: k.server, url: k.url, token: SecretKey}
	network := k.createPrivateNetwork(scw.RegionFrPar)
	created := r.call(http.StatusOK, http.MethodPost, "/k8s/v1/regions/fr-par/clusters", `{
		"name": "c", "type": "", "description": "", "version": "1.36.5", "cni": "cilium", "project_id": "",
		"private_network_id": "`+network+`", "pod_cidr": "", "service_cidr": "",
		"pools": [{"name": "p", "node_type": "DEV1-M", "size": 2, "zone": "", "placement_group_id": "",
			"security_group_id": "", "private_network_id": "", "root_volume_type": "", "container_runtime": "",
			"max_termination_grace_period": "", "labels": {"role": "", "team": "a"},
			"taints": [{"key": "only", "value": "", "effect": "NoSchedule"}]}]}`)
	expectJSON(t, "kapsule", created, "type")
	expectJSON(t, ProjectID, created, "project_id")
	expectJSON(t, "100.64.0.0/15", created, "pod_cidr")
	clusterID, ok := created["id"].(string)
	if !ok {
		t.Fatal(created)
	}
	pools, err := k.api.ListPools(&k8s.ListPoolsRequest{ClusterID: clusterID})
	if err != nil || len(pools.Pools) != 1 {
		t.Fatalf("%+v, %v", pools, err)
	}
	p := pools.Pools[0]
	if p.Zone != scw.ZoneFrPar1 || p.PlacementGroupID != nil || p.RootVolumeType != k8s.PoolVolumeTypeLSSD ||
		len(p.Labels) != 2 || p.Labels["team"] != "a" || len(p.Taints) != 1 || p.Taints[0].Key != "only" {
		t.Errorf("%+v", p)
	}
}

// TestPoolBoundsAreKept checks that the bounds of a pool without autoscaling are kept as they were sent.
func TestPoolBoundsAreKept(t *testing.T) {
	t.Parallel()
	k := newK8sFixture(t, Options{})
	cluster := k.createCluster(k.clusterRequest("kapsule-dedicated-4"))
	number := scw.Uint32Ptr
	for name, test := range map[string]struct {
		size      uint32
		low, high *uint32
		want      [3]uint32
	}{
		"no minimum":   {0, nil, number(1), [3]uint32{0, 0, 1}},
		"both bounds":  {1, number(1), number(1), [3]uint32{1, 1, 1}},
		"empty pool":   {0, number(0), number(0), [3]uint32{0, 0, 0}},
		"wider bounds": {2, number(1), number(5), [3]uint32{2, 1, 5}},
	} {
		t.Run(name, func(t *testing.T) { //nolint:paralleltest // the SDK's client is not safe for concurrent use
			request := poolRequest(cluster.ID)
			request.Name, request.Size, request.MinSize, request.MaxSize = name, test.size, test.low, test.high
			created, err := k.api.CreatePool(request)
			if err != nil {
				t.Fatal(err)
			}
			if got := [3]uint32{created.Size, created.MinSize, created.MaxSize}; got != test.want {
				t.Errorf("size and bounds %v, want %v", got, test.want)
			}
			if test.size != 1 {
				return
			}
			// The pool is still scaling: the API accepts the update of such a pool.
			changed, err := k.api.UpdatePool(
				&k8s.UpdatePoolRequest{PoolID: created.ID, Size: number(2), MaxSize: number(2)},
			)
			if err != nil {
				t.Fatal(err)
			}
			if got := [3]uint32{changed.Size, changed.MinSize, changed.MaxSize}; got != [3]uint32{2, 1, 2} {
				t.Errorf("size and bounds %v after the update, want [2 1 2]", got)
			}
		})
	}
}

// TestFirstPoolStartsControlPlane checks that a cluster without a control plane is being created again once it gets its
// first pool.
func TestFirstPoolStartsControlPlane(t *testing.T) {
	t.Parallel()
	k := newK8sFixture(t, Options{})
	cluster := k.createCluster(k.clusterRequest("kapsule"))
	if cluster.Status != k8s.ClusterStatusPoolRequired || cluster.AutoscalerConfig.ExpendablePodsPriorityCutoff != -10 {
		t.Fatalf("%s, cutoff %d", cluster.Status, cluster.AutoscalerConfig.ExpendablePodsPriorityCutoff)
	}
	if _, err := k.api.CreatePool(poolRequest(cluster.ID)); err != nil {
		t.Fatal(err)
	}
	if got := k.getCluster(cluster.ID).Status; got != k8s.ClusterStatusCreating {
		t.Errorf("%s after the first pool, want creating", got)
	}
	other := poolRequest(cluster.ID)
	other.Name = "other"
	if _, err := k.api.CreatePool(other); err == nil {
		t.Error("a second pool was accepted while the cluster is being created")
	}
	k.server.Advance(10 * time.Minute)
	if got := k.getCluster(cluster.ID).Status; got != k8s.ClusterStatusReady {
		t.Errorf("%s, want ready", got)
	}
	nodes := k.listNodes(cluster.ID)
	if len(nodes) != 1 || nodes[0].Conditions["NetworkUnavailable"] != "False" { //nolint:staticcheck // in responses
		t.Errorf("%+v", nodes)
	}
}

// TestTaintsHaveNoOrder checks that taints come back in another order than they were sent in.
func TestTaintsHaveNoOrder(t *testing.T) {
	t.Parallel()
	k := newK8sFixture(t, Options{})
	cluster := k.createCluster(k.clusterRequest("kapsule-dedicated-4"))
	request := poolRequest(cluster.ID)
	request.Taints = []*k8s.CoreV1Taint{{Key: "a", Effect: "NoSchedule"}, {Key: "b", Effect: "NoSchedule"}}
	created, err := k.api.CreatePool(request)
	if err != nil || len(created.Taints) != 2 || created.Taints[0].Key != "b" {
		t.Errorf("%+v, %v", created, err)
	}
}

func TestAllowListIsSorted(t *testing.T) {
	t.Parallel()
	k := newK8sFixture(t, Options{})
	cluster := k.createCluster(k.clusterRequest("kapsule-dedicated-4"))
	request, ranges := &k8s.SetClusterACLRulesRequest{ClusterID: cluster.ID}, true
	request.ACLs = append(request.ACLs, &k8s.ACLRuleRequest{ScalewayRanges: &ranges})
	for _, cidr := range []string{"203.0.113.0/24", "9.9.9.9/32", "192.0.2.1/32"} {
		_, network, err := net.ParseCIDR(cidr)
		if err != nil {
			t.Fatal(err)
		}
		request.ACLs = append(request.ACLs, &k8s.ACLRuleRequest{IP: &scw.IPNet{IPNet: *network}})
	}
	if _, err := k.api.SetClusterACLRules(request); err != nil {
		t.Fatal(err)
	}
	listed, err := k.api.ListClusterACLRules(&k8s.ListClusterACLRulesRequest{ClusterID: cluster.ID})
	if err != nil {
		t.Fatal(err)
	}
	got := []string{}
	for _, rule := range listed.Rules {
		if rule.IP == nil {
			got = append(got, "ranges")
			continue
		}
		got = append(got, rule.IP.String())
	}
	if want := []string{"9.9.9.9/32", "192.0.2.1/32", "203.0.113.0/24", "ranges"}; !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
	r := &rig{t: t, server: k.server, url: k.url, token: SecretKey}
	emptied := r.call(
		http.StatusOK,
		http.MethodPut,
		"/k8s/v1/regions/fr-par/clusters/"+cluster.ID+"/acls",
		`{"acls": []}`,
	)
	expectJSON(t, []any{}, emptied, "rules")
}

// TestSRN checks that the SDK can build SRNs from the sandbox's description of the platform.
func TestSRN(t *testing.T) {
	t.Parallel()
	k := newK8sFixture(t, Options{})
	cluster := k.createCluster(k.clusterRequest("kapsule"))
	if want := "srn://k8s.scw.cloud/regions/fr-par/clusters/" + cluster.ID; cluster.Srn != want {
		t.Errorf("%s, want %s", cluster.Srn, want)
	}
}

// TestNodeRepository reads what the agent of an external node reads to install it.
func TestNodeRepository(t *testing.T) {
	t.Parallel()
	k := newK8sFixture(t, Options{})
	request := k.clusterRequest("multicloud-dedicated-4")
	request.Version = "1.37.1"
	request.Pools = []*k8s.CreateClusterRequestPoolConfig{{Name: "external", NodeType: "external"}}
	cluster := k.createCluster(request)
	pools, err := k.api.ListPools(&k8s.ListPoolsRequest{ClusterID: cluster.ID})
	if err != nil {
		t.Fatal(err)
	}
	auth, err := k.api.AuthExternalNode(&k8s.AuthExternalNodeRequest{PoolID: pools.Pools[0].ID})
	if err != nil {
		t.Fatal(err)
	}
	agent, err := scw.NewClient(scw.WithAPIURL(k.url), scw.WithAuth(AccessKey, auth.NodeSecretKey))
	if err != nil {
		t.Fatal(err)
	}
	metadata, err := k8s.NewAPI(agent).GetNodeMetadata(&k8s.GetNodeMetadataRequest{Region: scw.RegionFrPar})
	if err != nil {
		t.Fatal(err)
	}
	read := func(path string, into any) {
		t.Helper()
		request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, metadata.RepoURI+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		response, err := http.DefaultClient.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = response.Body.Close() }()
		raw, err := io.ReadAll(response.Body)
		if err != nil || response.StatusCode != http.StatusOK || yaml.UnmarshalStrict(raw, into) != nil {
			t.Fatalf("%s: %s, %v: %s", path, response.Status, err, raw)
		}
	}
	var releases struct {
		Versions map[string][]struct {
			Name, Version string
			DependsOn     []string `json:"depends_on"`
		} `json:"versions"`
	}
	read("/releases.yaml", &releases)
	components, seen := releases.Versions[metadata.PoolVersion], []string{}
	if len(components) != 4 {
		t.Fatalf("components of %s: %v", metadata.PoolVersion, components)
	}
	for _, component := range components {
		for _, dependency := range component.DependsOn {
			if !slices.Contains(seen, dependency) {
				t.Errorf("%s depends on %s, which is not before it", component.Name, dependency)
			}
		}
		seen = append(seen, component.Name)
		var installs struct {
			Versions map[string]map[string]any `json:"versions"`
		}
		read("/"+component.Name+"/metadata.yaml", &installs)
		version := component.Version
		if version == "" { // the agent's default
			version = metadata.PoolVersion
		}
		if _, ok := installs.Versions[version]; !ok {
			t.Errorf("%s has no version %s: %v", component.Name, version, installs.Versions)
		}
	}
}
