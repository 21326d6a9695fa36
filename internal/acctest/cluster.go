package acctest

import (
	"testing"

	"github.com/scaleway/scaleway-sdk-go/api/k8s/v1"
	"github.com/scaleway/scaleway-sdk-go/scw"

	"github.com/terraform-srm/terraform-provider-srm/internal/lifecycle"
	"github.com/terraform-srm/terraform-provider-srm/internal/sandbox"
	"github.com/terraform-srm/terraform-provider-srm/internal/scaleway"
)

// Client is the provider's own API client on the sandbox.
func (e *Env) Client(t testing.TB) *scaleway.Client {
	t.Helper()
	client, err := scaleway.New(scaleway.Config{
		AccessKey: sandbox.AccessKey, SecretKey: sandbox.SecretKey, OrganizationID: sandbox.OrganizationID,
		ProjectID: sandbox.ProjectID, Region: scw.RegionFrPar, Zone: scw.ZoneFrPar1, APIURL: e.URL,
	}, "acctest")
	if err != nil {
		t.Fatal(err)
	}
	client.PollInterval, client.RetryWait = polling, polling
	return client
}

// Cluster makes a cluster for health data outside Terraform (dedicated, on the sandbox's Private Network, auto-upgrade,
// closed allow-list) and returns its UUID once it is ready.
func (e *Env) Cluster(t testing.TB, change ...func(*k8s.CreateClusterRequest)) string {
	t.Helper()
	client := e.Client(t)
	network := sandbox.PrivateNetworkID
	request := &k8s.CreateClusterRequest{
		Region: scw.RegionFrPar, Name: "outside", Type: "kapsule-dedicated-4", Version: e.Version(t, "1.35"),
		Cni:              k8s.CNICilium,
		PrivateNetworkID: &network, Tags: []string{},
		AutoUpgrade: &k8s.CreateClusterRequestAutoUpgrade{
			Enable: true, MaintenanceWindow: &k8s.MaintenanceWindow{Day: k8s.MaintenanceWindowDayOfTheWeekSunday, StartHour: 2},
		},
	}
	for _, adjust := range change {
		adjust(request)
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

// Version is the full version of a minor that the sandbox offers.
func (e *Env) Version(t testing.TB, minor string) string {
	t.Helper()
	versions, err := e.Client(t).Versions(t.Context(), scw.RegionFrPar)
	if err != nil {
		t.Fatal(err)
	}
	wanted, err := lifecycle.ParseMinor(minor)
	if err != nil {
		t.Fatal(err)
	}
	names := []string{}
	for _, version := range versions {
		names = append(names, version.Name)
	}
	name, ok := lifecycle.HighestPatch(names, wanted)
	if !ok {
		t.Fatalf("the sandbox offers no %s, only %v", minor, names)
	}
	return name
}
