package cluster_test

import (
	"errors"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"github.com/scaleway/scaleway-sdk-go/api/k8s/v1"
	"github.com/scaleway/scaleway-sdk-go/scw"

	"github.com/terraform-srm/terraform-provider-srm/internal/acctest"
	"github.com/terraform-srm/terraform-provider-srm/internal/lifecycle"
	"github.com/terraform-srm/terraform-provider-srm/internal/operations/cluster"
	"github.com/terraform-srm/terraform-provider-srm/internal/sandbox"
	"github.com/terraform-srm/terraform-provider-srm/internal/scaleway"
)

// Paths and requests of clusters in the API.
const (
	clustersPath = "/k8s/v1/regions/fr-par/clusters"
	clusterPath  = clustersPath + "/{id}"
	patchCluster = "PATCH " + clusterPath
	putAllowList = "PUT " + clusterPath + "/acls"
)

// rig is a sandbox and a client of it.
type rig struct {
	*acctest.Env
	api *scaleway.Client
}

func newRig(t *testing.T) *rig {
	t.Helper()
	env := acctest.New(t, func(o *sandbox.Options) { o.Speed = 1e5 })
	return &rig{env, env.Client(t)}
}

// writes returns the requests since the last call that change something.
func (r *rig) writes() []string {
	defer r.Sandbox.ClearRequests()
	return r.Writes()
}

func (r *rig) fault(t *testing.T, fault sandbox.Fault) {
	t.Helper()
	if err := r.Sandbox.AddFault(fault); err != nil {
		t.Fatal(err)
	}
}

func office() cluster.AllowRule {
	return cluster.AllowRule{Range: netip.MustParsePrefix("192.0.2.0/24"), Description: "office"}
}

func desired() cluster.Desired {
	return cluster.Desired{
		Settings: cluster.Settings{
			Name: "records", Type: "kapsule-dedicated-4", Tags: []string{"team=records"},
			MaintenanceWindow: &k8s.MaintenanceWindow{Day: k8s.MaintenanceWindowDayOfTheWeekSunday, StartHour: 2},
		},
		Region: scw.RegionFrPar, ProjectID: sandbox.ProjectID, CNI: k8s.CNICilium,
		PrivateNetworkID: sandbox.PrivateNetworkID,
		Version:          lifecycle.Minor{Major: 1, Minor: 35}, AllowList: []cluster.AllowRule{office()},
		UpgradePools: true,
	}
}

func (r *rig) create(t *testing.T, d cluster.Desired) (cluster.Created, error) {
	t.Helper()
	return cluster.Create(t.Context(), r.api, r.Sandbox.Now, d, func(*k8s.Cluster) {})
}

// observed returns a new cluster as a state has it.
func (r *rig) observed(t *testing.T, d cluster.Desired) cluster.Observed {
	t.Helper()
	created, err := r.create(t, d)
	if err != nil {
		t.Fatal(err)
	}
	r.Sandbox.ClearRequests()
	version, err := lifecycle.ParseVersion(created.Cluster.Version)
	if err != nil {
		t.Fatal(err)
	}
	return cluster.Observed{
		Settings: d.Settings, Ref: cluster.Ref{Region: d.Region, UUID: created.Cluster.ID}, Version: version,
		AllowList: d.AllowList,
	}
}

func (r *rig) allowList(t *testing.T, ref cluster.Ref) []cluster.AllowRule {
	t.Helper()
	rules, err := r.api.AllowList(t.Context(), ref.Region, ref.UUID)
	if err != nil {
		t.Fatal(err)
	}
	return cluster.AllowRules(rules)
}

// TestCreate: the cluster is saved before the allow-list is set, which comes before the cluster is ready.
func TestCreate(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	saved := []string{}
	created, err := cluster.Create(t.Context(), r.api, r.Sandbox.Now, desired(), func(c *k8s.Cluster) {
		saved = append(saved, c.ID)
		if writes := r.writes(); !slices.Equal(writes, []string{"POST " + clustersPath}) {
			t.Errorf("requests before the cluster is saved: %v", writes)
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(saved, []string{created.Cluster.ID}) {
		t.Errorf("saved %v, created %s", saved, created.Cluster.ID)
	}
	if writes := r.writes(); len(writes) == 0 || slices.ContainsFunc(writes, func(w string) bool {
		return w != putAllowList
	}) {
		t.Errorf("requests after the cluster is saved: %v", writes)
	}
	ref := cluster.Ref{Region: scw.RegionFrPar, UUID: created.Cluster.ID}
	if rules := r.allowList(t, ref); !slices.Equal(rules, []cluster.AllowRule{office()}) {
		t.Errorf("allow-list %v", rules)
	}
	if created.Cluster.Status != k8s.ClusterStatusReady && created.Cluster.Status != k8s.ClusterStatusPoolRequired {
		t.Errorf("status %s", created.Cluster.Status)
	}
	if created.OpenFor <= 0 {
		t.Errorf("open for %s", created.OpenFor)
	}
}

// TestCreateFails: an error before the cluster exists returns no cluster; one after it returns the cluster to finish.
func TestCreateFails(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		fault   sandbox.Fault
		exists  bool
		isError func(error) bool
	}{
		"forbidden": {
			fault: sandbox.Fault{
				Method: "POST", Path: "*/clusters", Kind: sandbox.FaultStatus, Status: 403, Persistent: true,
			},
			isError: scaleway.IsForbidden,
		},
		"allow-list fails": {
			fault: sandbox.Fault{
				Method: "PUT", Path: "*/acls", Kind: sandbox.FaultStatus, Status: 403, Persistent: true,
			},
			exists: true,
			isError: func(err error) bool {
				open, ok := errors.AsType[*cluster.OpenError](err)
				return ok && strings.Contains(open.Error(), "still allows every address") && scaleway.IsForbidden(err)
			},
		},
		"wait fails": {
			fault: sandbox.Fault{
				Method: "GET", Path: "*/clusters/*", Kind: sandbox.FaultStatus, Status: 403, Persistent: true,
			},
			exists: true, isError: scaleway.IsForbidden,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t)
			r.fault(t, test.fault)
			created, err := r.create(t, desired())
			if (created.Cluster != nil) != test.exists || err == nil || !test.isError(err) {
				t.Errorf("cluster %v, error %v", created.Cluster, err)
			}
		})
	}
}

// TestCreateNameTaken: a second cluster of the name is not created.
func TestCreateNameTaken(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	first := r.observed(t, desired())
	_, err := r.create(t, desired())
	if taken, ok := errors.AsType[*scaleway.NameTakenError](err); !ok || taken.ID != first.UUID {
		t.Errorf("error %v", err)
	}
	if writes := r.writes(); len(writes) != 0 {
		t.Errorf("requests %v", writes)
	}
}

// TestUpdate: an update sends only what differs.
func TestUpdate(t *testing.T) {
	t.Parallel()
	all := cluster.AllowRule{Range: netip.MustParsePrefix("198.51.100.7/32")}
	for name, test := range map[string]struct {
		change func(*cluster.Desired)
		want   []string
	}{
		"nothing": {func(*cluster.Desired) {}, nil},
		"order of the list": {
			func(d *cluster.Desired) { d.AllowList = append([]cluster.AllowRule{office()}, office()) }, nil,
		},
		"allow-list": {
			func(d *cluster.Desired) { d.AllowList = append(d.AllowList, all) }, []string{putAllowList},
		},
		"description of a rule": {
			func(d *cluster.Desired) { d.AllowList[0].Description = "home" }, []string{putAllowList},
		},
		"name": {func(d *cluster.Desired) { d.Name = "other" }, []string{patchCluster}},
		"tags": {func(d *cluster.Desired) { d.Tags = nil }, []string{patchCluster}},
		"window": {func(d *cluster.Desired) {
			d.MaintenanceWindow = &k8s.MaintenanceWindow{Day: k8s.MaintenanceWindowDayOfTheWeekMonday}
		}, []string{patchCluster}},
		"autoscaler": {func(d *cluster.Desired) {
			settings := cluster.DefaultAutoscaler()
			settings.ScaleDownDisabled = true
			d.Autoscaler = &settings
		}, []string{patchCluster}},
		"OIDC": {func(d *cluster.Desired) {
			d.OIDC = &cluster.OIDC{IssuerURL: "https://idp.example.org", ClientID: "kubernetes"}
		}, []string{patchCluster}},
		"type": {
			func(d *cluster.Desired) { d.Type = "kapsule-dedicated-8" }, []string{"POST " + clusterPath + "/set-type"},
		},
		"upgrade": {func(d *cluster.Desired) { d.Version.Minor++ }, []string{"POST " + clusterPath + "/upgrade"}},
		"all at once": {func(d *cluster.Desired) {
			d.AllowList, d.Type, d.Description = nil, "kapsule-dedicated-8", "records"
		}, []string{putAllowList, "POST " + clusterPath + "/set-type", patchCluster}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t)
			state := r.observed(t, desired())
			plan := desired()
			test.change(&plan)
			updated, err := cluster.Update(t.Context(), r.api, plan, state, false)
			if err != nil {
				t.Fatal(err)
			}
			writes := r.writes()
			if !slices.Equal(writes, test.want) || updated.Written != (len(test.want) > 0) {
				t.Errorf("requests %v, written %t; want %v", writes, updated.Written, test.want)
			}
			// The cluster has the plan: finishing it again sends nothing.
			if _, err := cluster.Update(t.Context(), r.api, plan, state, true); err != nil {
				t.Fatal(err)
			}
			if writes := r.writes(); len(writes) != 0 {
				t.Errorf("requests of a second run: %v", writes)
			}
		})
	}
}

// TestUpgradeMovesFeatures: an upgrade first disables what the plan removes, and last enables what it adds.
func TestUpgradeMovesFeatures(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	versions, err := r.api.Versions(t.Context(), scw.RegionFrPar)
	if err != nil {
		t.Fatal(err)
	}
	gates := func(minor lifecycle.Minor) []string {
		return scaleway.HighestPatch(versions, minor).AvailableFeatureGates
	}
	d := desired()
	next := d.Version.Next()
	old, added := gates(d.Version)[0], gates(next)[len(gates(next))-1]
	if old == added {
		t.Fatalf("the catalogue has one gate only: %s", old)
	}
	d.FeatureGates = []string{old}
	state := r.observed(t, d)
	plan := d
	plan.Version, plan.FeatureGates = next, []string{added}
	if _, err := cluster.Update(t.Context(), r.api, plan, state, false); err != nil {
		t.Fatal(err)
	}
	if writes := r.writes(); !slices.Equal(
		writes, []string{patchCluster, "POST " + clusterPath + "/upgrade", patchCluster},
	) {
		t.Errorf("requests %v", writes)
	}
	actual, err := r.api.Cluster(t.Context(), state.Region, state.UUID)
	if err != nil || !slices.Equal(
		actual.FeatureGates, plan.FeatureGates,
	) || !scaleway.RunsAtLeast(actual.Version, next) {
		t.Errorf("gates %v, version %s, %v", actual.FeatureGates, actual.Version, err)
	}
}

// TestUpgradeAfterForcedUpgrade: a minor that the cluster already runs is not upgraded to.
func TestUpgradeAfterForcedUpgrade(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	state := r.observed(t, desired())
	plan := desired()
	plan.Version.Minor++
	if _, err := cluster.Update(t.Context(), r.api, plan, state, false); err != nil {
		t.Fatal(err)
	}
	r.Sandbox.ClearRequests()
	// The state has the old version: reading the cluster first finds the new one.
	if updated, err := cluster.Update(t.Context(), r.api, plan, state, true); err != nil || updated.Written {
		t.Errorf("written %t, %v", updated.Written, err)
	}
	if writes := r.writes(); len(writes) != 0 {
		t.Errorf("requests %v", writes)
	}
}

// TestUpdateClosesFirst: where the allow-list cannot be closed, nothing else is sent, and the error names what is open.
func TestUpdateClosesFirst(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	d := desired()
	d.AllowList = append(d.AllowList, cluster.AllowRule{Range: netip.MustParsePrefix("198.51.100.0/24")})
	state := r.observed(t, d)
	r.fault(t, sandbox.Fault{Method: "PUT", Path: "*/acls", Kind: sandbox.FaultStatus, Status: 403, Persistent: true})
	plan := desired()
	plan.Name = "other"
	updated, err := cluster.Update(t.Context(), r.api, plan, state, false)
	open, ok := errors.AsType[*cluster.OpenError](err)
	if !ok || !slices.Equal(open.Open, []string{"198.51.100.0/24"}) || !updated.Written {
		t.Errorf("error %v, written %t", err, updated.Written)
	}
	if writes := r.writes(); slices.Contains(writes, "PATCH "+clusterPath) {
		t.Errorf("requests %v", writes)
	}
}

// TestUpgradeNotOffered: an upgrade that the API does not offer sends nothing, and the error lists the offered minors.
func TestUpgradeNotOffered(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	state := r.observed(t, desired())
	plan := desired()
	plan.Version.Minor = 99
	_, err := cluster.Update(t.Context(), r.api, plan, state, false)
	if err == nil || err.Error() != "the API no longer offers a patch of 1.99 to this cluster, only 1.36" {
		t.Errorf("error %v", err)
	}
	if writes := r.writes(); len(writes) != 0 {
		t.Errorf("requests %v", writes)
	}
}
