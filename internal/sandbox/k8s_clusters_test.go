package sandbox

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/scaleway/scaleway-sdk-go/api/k8s/v1"
	"github.com/scaleway/scaleway-sdk-go/api/vpc/v2"
	"github.com/scaleway/scaleway-sdk-go/scw"
)

func TestDedicatedClusterLifecycle(t *testing.T) {
	t.Parallel()
	k := newK8sFixture(t, Options{})
	created, err := k.api.CreateCluster(k.clusterRequest("kapsule-dedicated-8"))
	if err != nil {
		t.Fatal(err)
	}
	if created.Status != k8s.ClusterStatusCreating || created.IamNodesGroupID != "" {
		t.Errorf("new cluster: %s, group %q; want creating, no group", created.Status, created.IamNodesGroupID)
	}
	k.server.Advance(75 * time.Second)
	if got := k.getCluster(created.ID); got.Status != k8s.ClusterStatusCreating {
		t.Errorf("after 75 s: %s, want creating", got.Status)
	}
	k.server.Advance(10 * time.Second)
	ready := k.getCluster(created.ID)
	if ready.Status != k8s.ClusterStatusReady || ready.IamNodesGroupID == "" ||
		!ready.UpdatedAt.After(*created.UpdatedAt) {
		t.Errorf(
			"after 85 s: %s, group %q, updated %s; want ready without pool", ready.Status, ready.IamNodesGroupID,
			ready.UpdatedAt,
		)
	}
	if committed := ready.CommitmentEndsAt.Sub(*ready.CreatedAt); committed < commitmentPeriod ||
		committed > commitmentPeriod+time.Second {
		t.Errorf("commitment of %s, want 30 days", committed)
	}

	pool := k.createPool(poolRequest(ready.ID))
	if pool.Status != k8s.PoolStatusReady || pool.NodeType != "pop2_2c_8g" ||
		pool.RootVolumeType != k8s.PoolVolumeTypeSbs5k ||
		*pool.RootVolumeSize != 20*scw.GB || pool.UpgradePolicy.MaxUnavailable != 1 ||
		pool.UpgradePolicy.MaxSurge != 0 {
		t.Errorf("pool: %+v", pool)
	}
	nodes := k.listNodes(ready.ID)
	if len(nodes) != 1 || nodes[0].Status != k8s.NodeStatusReady || !strings.HasPrefix(
		nodes[0].Name, "scw-cluster-pool-",
	) {
		t.Errorf("nodes: %+v", nodes)
	}

	if _, err := k.api.DeleteCluster(
		&k8s.DeleteClusterRequest{ClusterID: ready.ID, WithAdditionalResources: true},
	); err != nil {
		t.Fatal(err)
	}
	if got := k.getCluster(ready.ID); got.Status != k8s.ClusterStatusDeleting {
		t.Errorf("deleted cluster is %s", got.Status)
	}
	k.server.Advance(5 * time.Minute)
	var notFound *scw.ResourceNotFoundError
	if _, err := k.api.GetCluster(
		&k8s.GetClusterRequest{ClusterID: ready.ID},
	); !errors.As(err, &notFound) || notFound.Resource != "cluster" {
		t.Errorf("deleted cluster: %v", err)
	}
	if _, err := k.api.GetPool(&k8s.GetPoolRequest{PoolID: pool.ID}); !errors.As(err, &notFound) {
		t.Errorf("pool of a deleted cluster: %v", err)
	}
	_, err = vpc.NewAPI(k.client).GetPrivateNetwork(
		&vpc.GetPrivateNetworkRequest{PrivateNetworkID: *ready.PrivateNetworkID},
	)
	if !errors.As(err, &notFound) {
		t.Errorf("Private Network of a cluster deleted with its additional resources: %v", err)
	}
}

func TestMutualisedClusterRequiresPool(t *testing.T) {
	t.Parallel()
	k := newK8sFixture(t, Options{})
	cluster := k.createCluster(k.clusterRequest("kapsule"))
	if cluster.Status != k8s.ClusterStatusPoolRequired || cluster.CommitmentEndsAt.After(
		cluster.CreatedAt.Add(time.Second),
	) {
		t.Errorf(
			"%s, commitment until %s; want pool_required and no commitment", cluster.Status, cluster.CommitmentEndsAt,
		)
	}
	pool := k.createPool(poolRequest(cluster.ID))
	if got := k.getCluster(cluster.ID); got.Status != k8s.ClusterStatusReady {
		t.Errorf("with a pool: %s, want ready", got.Status)
	}
	if _, err := k.api.DeletePool(&k8s.DeletePoolRequest{PoolID: pool.ID}); err != nil {
		t.Fatal(err)
	}
	k.server.Advance(2 * time.Minute)
	if got := k.getCluster(cluster.ID); got.Status != k8s.ClusterStatusPoolRequired {
		t.Errorf("without its pool: %s, want pool_required", got.Status)
	}
	if kosmos := k.createCluster(k.clusterRequest("multicloud")); kosmos.Status != k8s.ClusterStatusReady ||
		kosmos.PrivateNetworkID != nil {
		t.Errorf("Kosmos: %s, private network %v", kosmos.Status, kosmos.PrivateNetworkID)
	}
}

func TestInvalidClusterRequests(t *testing.T) {
	t.Parallel()
	k := newK8sFixture(t, Options{})
	block := func(text string) *scw.IPNet {
		_, parsed, err := net.ParseCIDR(text)
		if err != nil {
			t.Fatal(err)
		}
		return &scw.IPNet{IPNet: *parsed}
	}
	otherRegion, unknown, dns := k.createPrivateNetwork(
		scw.RegionNlAms,
	), "33333333-3333-3333-3333-333333333333", net.ParseIP("10.0.0.1")
	for name, test := range map[string]struct {
		change         func(*k8s.CreateClusterRequest)
		argument, text string
	}{
		"no private network": {
			func(r *k8s.CreateClusterRequest) { r.PrivateNetworkID = nil }, "private_network_id",
			"private_network_id does not respect constraint, a Private Network is mandatory for this cluster type",
		},
		"unknown type":       {func(r *k8s.CreateClusterRequest) { r.Type = "kapsule-dedicated-3" }, "type", ""},
		"unknown version":    {func(r *k8s.CreateClusterRequest) { r.Version = "1.36.99" }, "version", ""},
		"minor version":      {func(r *k8s.CreateClusterRequest) { r.Version = "1.36" }, "version", ""},
		"deprecated version": {func(r *k8s.CreateClusterRequest) { r.Version = "1.34.6" }, "version", ""},
		"future version":     {func(r *k8s.CreateClusterRequest) { r.Version = "1.37.2" }, "version", ""},
		"no CNI":             {func(r *k8s.CreateClusterRequest) { r.Cni = "" }, "cni", ""},
		"CNI of Kosmos":      {func(r *k8s.CreateClusterRequest) { r.Cni = k8s.CNIKilo }, "cni", ""},
		"auto upgrade without window": {func(r *k8s.CreateClusterRequest) {
			r.AutoUpgrade = &k8s.CreateClusterRequestAutoUpgrade{Enable: true}
		}, "auto_upgrade.maintenance_window", ""},
		"feature gate": {func(r *k8s.CreateClusterRequest) { r.FeatureGates = []string{"Nope"} }, "feature_gates", ""},
		"small pods":   {func(r *k8s.CreateClusterRequest) { r.PodCidr = block("10.0.0.0/17") }, "pod_cidr", ""},
		"public pods":  {func(r *k8s.CreateClusterRequest) { r.PodCidr = block("8.0.0.0/8") }, "pod_cidr", ""},
		"overlap": {
			func(r *k8s.CreateClusterRequest) { r.ServiceCidr = block("100.64.0.0/20") }, "service_cidr", "",
		},
		"DNS outside": {func(r *k8s.CreateClusterRequest) { r.ServiceDNSIP = &dns }, "service_dns_ip", ""},
		"issuer": {func(r *k8s.CreateClusterRequest) {
			r.OpenIDConnectConfig = &k8s.CreateClusterRequestOpenIDConnectConfig{
				IssuerURL: "http://issuer", ClientID: "id",
			}
		}, "open_id_connect_config.issuer_url", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			request := k.clusterRequest("kapsule-dedicated-4")
			test.change(request)
			_, err := k.api.CreateCluster(request)
			var invalid *scw.InvalidArgumentsError
			if !errors.As(err,
				&invalid) || invalid.Details[0].ArgumentName != test.argument || !strings.Contains(err.Error(),
				test.text) {
				t.Errorf("got %v, want an invalid %s", err, test.argument)
			}
		})
	}
	for name, id := range map[string]string{"in another region": otherRegion, "unknown": unknown} {
		t.Run("private network "+name, func(t *testing.T) {
			t.Parallel()
			request := k.clusterRequest("kapsule-dedicated-4")
			request.PrivateNetworkID = &id
			_, err := k.api.CreateCluster(request)
			var missing *scw.ResourceNotFoundError
			if !errors.As(err, &missing) || missing.Resource != "private_network" {
				t.Errorf("got %v, want private_network not found", err)
			}
		})
	}
}

func TestClusterTypeOutOfStock(t *testing.T) {
	t.Parallel()
	k := newK8sFixture(t, Options{})
	if _, err := k.server.clusterTypes.patch(
		"kapsule-dedicated-16", []byte(`{"availability":"shortage"}`),
	); err != nil {
		t.Fatal(err)
	}
	var outOfStock *scw.OutOfStockError
	if _, err := k.api.CreateCluster(
		k.clusterRequest("kapsule-dedicated-16"),
	); !errors.As(err, &outOfStock) || outOfStock.Resource != "kapsule-dedicated-16" {
		t.Errorf("got %v, want out of stock", err)
	}
	offers, err := k.api.ListClusterTypes(&k8s.ListClusterTypesRequest{}, scw.WithAllPages())
	if err != nil || len(offers.ClusterTypes) != 8 ||
		offers.ClusterTypes[3].Availability != k8s.ClusterTypeAvailabilityShortage {
		t.Errorf("got %+v, %v", offers, err)
	}
}

func TestSetClusterType(t *testing.T) {
	t.Parallel()
	k := newK8sFixture(t, Options{})
	cluster := k.createCluster(k.clusterRequest("kapsule-dedicated-4"))
	types := func() string {
		found, err := k.api.ListClusterAvailableTypes(&k8s.ListClusterAvailableTypesRequest{ClusterID: cluster.ID})
		if err != nil {
			t.Fatal(err)
		}
		names := []string{}
		for _, offer := range found.ClusterTypes {
			names = append(names, offer.Name)
		}
		return strings.Join(names, " ")
	}
	if got, want := types(), "kapsule-dedicated-8 kapsule-dedicated-16"; got != want {
		t.Errorf("available during the commitment: %s, want %s", got, want)
	}
	set := func(name string) error {
		_, err := k.api.SetClusterType(&k8s.SetClusterTypeRequest{ClusterID: cluster.ID, Type: name})
		return err
	}
	var invalid *scw.InvalidArgumentsError
	for _, name := range []string{"kapsule", "multicloud-dedicated-8", "nope"} {
		if err := set(name); !errors.As(err, &invalid) || invalid.Details[0].ArgumentName != "type" {
			t.Errorf("set to %s: %v", name, err)
		}
	}
	k.server.Advance(24 * time.Hour)
	if err := set("kapsule-dedicated-8"); err != nil {
		t.Fatal(err)
	}
	var transient *scw.TransientStateError
	if err := set("kapsule-dedicated-16"); !errors.As(err, &transient) || transient.CurrentState != "updating" {
		t.Errorf("while updating: %v", err)
	}
	k.server.Advance(10 * time.Minute)
	got := k.getCluster(cluster.ID)
	if got.Status != k8s.ClusterStatusReady || got.Type != "kapsule-dedicated-8" ||
		got.CommitmentEndsAt.Sub(*got.CreatedAt) < 31*24*time.Hour {
		t.Errorf("%s %s, committed until %s", got.Status, got.Type, got.CommitmentEndsAt)
	}
	k.server.Advance(31 * 24 * time.Hour)
	if got, want := types(), "kapsule kapsule-dedicated-4 kapsule-dedicated-8 kapsule-dedicated-16"; got != want {
		t.Errorf("available after the commitment: %s, want %s", got, want)
	}
	if err := set("kapsule"); err != nil {
		t.Fatal(err)
	}
	k.server.Advance(10 * time.Minute)
	if got := k.getCluster(cluster.ID); got.Status != k8s.ClusterStatusPoolRequired {
		t.Errorf("mutualised cluster without pools: %s", got.Status)
	}
}

func TestEveryPatchSetsUpdating(t *testing.T) {
	t.Parallel()
	k := newK8sFixture(t, Options{})
	cluster := k.createCluster(k.clusterRequest("kapsule-dedicated-4"))
	threshold, enable := float32(0.75), true
	updated, err := k.api.UpdateCluster(&k8s.UpdateClusterRequest{
		ClusterID: cluster.ID, Tags: &[]string{"a"}, AutoUpgrade: &k8s.UpdateClusterRequestAutoUpgrade{Enable: &enable},
		AutoscalerConfig: &k8s.UpdateClusterRequestAutoscalerConfig{ScaleDownUtilizationThreshold: &threshold},
	})
	if err != nil {
		t.Fatal(err)
	}
	if updated.Status != k8s.ClusterStatusUpdating || updated.AutoscalerConfig.ScaleDownUtilizationThreshold != 0.75 ||
		updated.AutoscalerConfig.Expander != k8s.AutoscalerExpanderRandom || !updated.AutoUpgrade.Enabled ||
		updated.AutoUpgrade.MaintenanceWindow.Day != k8s.MaintenanceWindowDayOfTheWeekAny {
		t.Errorf("%s, %+v, %+v", updated.Status, updated.AutoscalerConfig, updated.AutoUpgrade)
	}
	var transient *scw.TransientStateError
	if _, err := k.api.UpdateCluster(&k8s.UpdateClusterRequest{ClusterID: cluster.ID}); !errors.As(err, &transient) {
		t.Errorf("PATCH while updating: %v", err)
	}
	k.server.Advance(5 * time.Minute)
	again, err := k.api.UpdateCluster(&k8s.UpdateClusterRequest{ClusterID: cluster.ID})
	if err != nil || again.Status != k8s.ClusterStatusUpdating {
		t.Errorf("PATCH without changes: %v, %v", again, err)
	}
}

func TestListClusters(t *testing.T) {
	t.Parallel()
	k := newK8sFixture(t, Options{})
	for _, name := range []string{"b-one", "a-one", "c-two"} {
		request := k.clusterRequest("kapsule-dedicated-4")
		request.Name = name
		k.createCluster(request)
	}
	list := func(request *k8s.ListClustersRequest) string {
		found, err := k.api.ListClusters(request)
		if err != nil {
			t.Fatal(err)
		}
		names := []string{}
		for _, cluster := range found.Clusters {
			names = append(names, cluster.Name)
		}
		return strings.Join(names, " ")
	}
	one, two, size := "one", int32(2), uint32(2)
	unknownID, multicloud := "33333333-3333-3333-3333-333333333333", "multicloud"
	for _, test := range []struct {
		request *k8s.ListClustersRequest
		want    string
	}{
		{&k8s.ListClustersRequest{}, "b-one a-one c-two"},
		{&k8s.ListClustersRequest{OrderBy: k8s.ListClustersRequestOrderByNameAsc}, "a-one b-one c-two"},
		{&k8s.ListClustersRequest{OrderBy: k8s.ListClustersRequestOrderByCreatedAtDesc}, "c-two a-one b-one"},
		{&k8s.ListClustersRequest{Name: &one}, "b-one a-one"},
		{&k8s.ListClustersRequest{Page: &two, PageSize: &size}, "c-two"},
		{&k8s.ListClustersRequest{Status: k8s.ClusterStatusReady}, "b-one a-one c-two"},
		{&k8s.ListClustersRequest{Status: k8s.ClusterStatusCreating}, ""},
		{&k8s.ListClustersRequest{ProjectID: &unknownID}, ""},
		{&k8s.ListClustersRequest{Type: &multicloud}, ""},
		{&k8s.ListClustersRequest{PrivateNetworkID: &unknownID}, ""},
		{&k8s.ListClustersRequest{Region: scw.RegionPlWaw}, ""},
	} {
		if got := list(test.request); got != test.want {
			t.Errorf("%+v: %q, want %q", test.request, got, test.want)
		}
	}
	all, err := k.api.ListClusters(&k8s.ListClustersRequest{PageSize: &size}, scw.WithAllPages())
	if err != nil || len(all.Clusters) != 3 {
		t.Errorf("all pages: %v, %v", all, err)
	}
}

// TestClusterJSONFields checks the null, empty and omitted fields of a response, which decoding into the SDK's types
// hides.
func TestClusterJSONFields(t *testing.T) {
	t.Parallel()
	k := newK8sFixture(t, Options{})
	cluster := k.createCluster(k.clusterRequest("multicloud"))
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet,
		k.url+"/k8s/v1/regions/fr-par/clusters/"+cluster.ID, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("X-Auth-Token", SecretKey)
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	raw, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	for _, field := range []string{
		`"private_network_id":null`, `"tags":[]`, `"feature_gates":[]`, `"apiserver_cert_sans":[]`,
		`"acl_available":true`,
		`"pod_cidr":"100.64.0.0/15"`, `"service_cidr":"10.32.0.0/20"`, `"service_dns_ip":"10.32.0.10"`,
		`"required_claim":[]`,
		`"enabled":false`,
	} {
		if !bytes.Contains(raw, []byte(field)) {
			t.Errorf("no %s in %s", field, raw)
		}
	}
	var fields map[string]any
	if err := json.Unmarshal(raw, &fields); err != nil {
		t.Fatal(err)
	}
	if _, ok := fields["srn"]; ok {
		t.Error("the response has the field srn, which the API does not return")
	}
}
