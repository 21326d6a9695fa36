package acctest

import (
	"testing"

	"github.com/scaleway/scaleway-sdk-go/api/k8s/v1"
	"github.com/scaleway/scaleway-sdk-go/scw"

	"github.com/terraform-srm/terraform-provider-srm/internal/lifecycle"
	"github.com/terraform-srm/terraform-provider-srm/internal/sandbox"
	"github.com/terraform-srm/terraform-provider-srm/internal/scaleway"
)

// Client returns the provider's API client, configured for the sandbox.
func (e *Env) Client(t testing.TB) *scaleway.Client {
	t.Helper()
	client, err := scaleway.New(scaleway.Config{
		AccessKey: sandbox.AccessKey, SecretKey: sandbox.SecretKey, OrganizationID: sandbox.OrganizationID,
		ProjectID: sandbox.ProjectID, Region: scw.RegionFrPar, Zone: scw.ZoneFrPar1, APIURL: e.URL,
		ObjectStorageURL: e.objectStorageURL(),
	}, "acctest")
	if err != nil {
		t.Fatal(err)
	}
	client.PollInterval, client.RetryWait = pollInterval, pollInterval
	return client
}

// CreateCluster creates a cluster without Terraform, waits until it is ready, and returns its UUID. The cluster
// conforms to the rules for health data: a dedicated control plane, the sandbox's Private Network, auto-upgrade, an
// empty allow-list.
func (e *Env) CreateCluster(t testing.TB, change ...func(*k8s.CreateClusterRequest)) string {
	t.Helper()
	client := e.Client(t)
	network := sandbox.PrivateNetworkID
	request := &k8s.CreateClusterRequest{
		Region: scw.RegionFrPar, Name: "outside", Type: "kapsule-dedicated-4", Version: e.FullVersion(t, "1.35"),
		Cni:              k8s.CNICilium,
		PrivateNetworkID: &network, Tags: []string{},
		AutoUpgrade: &k8s.CreateClusterRequestAutoUpgrade{
			Enable: true, MaintenanceWindow: &k8s.MaintenanceWindow{
				Day: k8s.MaintenanceWindowDayOfTheWeekSunday, StartHour: 2,
			},
		},
	}
	for _, option := range change {
		option(request)
	}
	cluster, err := client.CreateCluster(t.Context(), request)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := client.WaitCluster(t.Context(), scw.RegionFrPar, cluster.ID); err != nil {
		t.Fatal(err)
	}
	if _, err := client.SetAllowList(t.Context(), scw.RegionFrPar, cluster.ID, nil); err != nil {
		t.Fatal(err)
	}
	return cluster.ID
}

// Kosmos changes a request of CreateCluster to a Kosmos cluster with an offer, such as "multicloud".
func Kosmos(offer string) func(*k8s.CreateClusterRequest) {
	return func(request *k8s.CreateClusterRequest) {
		request.Type, request.Cni, request.PrivateNetworkID = offer, k8s.CNIKilo, nil
	}
}

// Named gives a request of CreateCluster a name.
func Named(name string) func(*k8s.CreateClusterRequest) {
	return func(request *k8s.CreateClusterRequest) { request.Name = name }
}

// FullVersion returns the highest patch version of a minor that the sandbox offers.
func (e *Env) FullVersion(t testing.TB, minor string) string {
	t.Helper()
	versions, err := e.Client(t).Versions(t.Context(), scw.RegionFrPar)
	if err != nil {
		t.Fatal(err)
	}
	parsed, err := lifecycle.ParseMinor(minor)
	if err != nil {
		t.Fatal(err)
	}
	version := scaleway.HighestPatch(versions, parsed)
	if version == nil {
		t.Fatalf("the sandbox does not offer %s, only %s", minor, scaleway.JoinMinors(versions))
	}
	return version.Name
}
