package pool_test

import (
	"context"
	"errors"
	"maps"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/scaleway/scaleway-sdk-go/api/k8s/v1"
	"github.com/scaleway/scaleway-sdk-go/scw"

	"github.com/terraform-srm/terraform-provider-srm/internal/lifecycle"
	"github.com/terraform-srm/terraform-provider-srm/internal/operations/pool"
	"github.com/terraform-srm/terraform-provider-srm/internal/sandbox"
	"github.com/terraform-srm/terraform-provider-srm/internal/scaleway"
)

// rig is a sandbox with a cluster that is ready, and a client.
type rig struct {
	*sandbox.Server
	api     *scaleway.Client
	cluster *k8s.Cluster
}

func newRig(t *testing.T) *rig {
	t.Helper()
	server := sandbox.New(sandbox.Options{Speed: 1e5})
	listener := httptest.NewServer(server)
	t.Cleanup(listener.Close)
	client, err := scaleway.New(scaleway.Config{
		AccessKey: sandbox.AccessKey, SecretKey: sandbox.SecretKey, OrganizationID: sandbox.OrganizationID,
		ProjectID: sandbox.ProjectID, Region: scw.RegionFrPar, Zone: scw.ZoneFrPar1, APIURL: listener.URL,
	}, "test")
	if err != nil {
		t.Fatal(err)
	}
	client.PollInterval, client.RetryWait, client.RecoveryGrace = time.Millisecond, time.Millisecond, 100*time.Millisecond
	r := &rig{Server: server, api: client}
	network := sandbox.PrivateNetworkID
	created, err := client.CreateCluster(t.Context(), &k8s.CreateClusterRequest{
		Region: scw.RegionFrPar, Name: "records", Type: "kapsule-dedicated-4", Version: r.highestPatch(t, minor()),
		Cni: k8s.CNICilium, PrivateNetworkID: &network, Tags: []string{},
	})
	if err != nil {
		t.Fatal(err)
	}
	if r.cluster, err = client.WaitCluster(t.Context(), created.Region, created.ID); err != nil {
		t.Fatal(err)
	}
	r.ClearRequests()
	return r
}

func minor() lifecycle.Minor { return lifecycle.Minor{Major: 1, Minor: 35} }

func (r *rig) highestPatch(t *testing.T, minor lifecycle.Minor) string {
	t.Helper()
	versions, err := r.api.Versions(t.Context(), scw.RegionFrPar)
	if err != nil {
		t.Fatal(err)
	}
	names := []string{}
	for _, version := range versions {
		names = append(names, version.Name)
	}
	name, ok := lifecycle.HighestPatch(names, minor)
	if !ok {
		t.Fatalf("the sandbox offers no patch of %s", minor)
	}
	return name
}

// writes returns the requests since the last call that change something, as "METHOD resource".
func (r *rig) writes() []string {
	found := []string{}
	for _, request := range r.Requests() {
		if request.Method != "GET" {
			parts := strings.Split(request.Path, "/")
			resource := parts[len(parts)-1]
			if len(resource) == 36 {
				resource = parts[len(parts)-2] + "/{id}"
			}
			found = append(found, request.Method+" "+resource)
		}
	}
	r.ClearRequests()
	return found
}

func (r *rig) desired() pool.Desired {
	return pool.Desired{
		Region: scw.RegionFrPar, ClusterID: r.cluster.ID, Name: "workers", NodeType: "POP2-2C-8G", Zone: scw.ZoneFrPar1,
		Size: 2, RootVolumeType: k8s.PoolVolumeTypeSbs5k, RootVolumeSize: 100 * scw.GB, PublicIPDisabled: true,
		Autohealing: true, UpgradePolicy: &pool.UpgradePolicy{MaxSurge: 1},
		MaxTerminationGracePeriod: pool.DefaultGracePeriod,
	}
}

func (r *rig) create(t *testing.T, d pool.Desired) *k8s.Pool {
	t.Helper()
	created, err := pool.Create(t.Context(), r.api, d)
	if err != nil {
		t.Fatal(err)
	}
	converged, err := pool.WaitConverged(t.Context(), r.api, created.ID, d)
	if err != nil {
		t.Fatal(err)
	}
	r.ClearRequests()
	return converged
}

func (r *rig) nodeIDs(t *testing.T, id string) []string {
	t.Helper()
	nodes, err := r.api.Nodes(t.Context(), scw.RegionFrPar, scaleway.NodeFilter{ClusterID: r.cluster.ID, PoolID: id})
	if err != nil {
		t.Fatal(err)
	}
	ids := map[string]bool{}
	for _, node := range nodes {
		ids[node.ID] = true
	}
	return slices.Sorted(maps.Keys(ids))
}

// TestCreate: a created pool converges to as many ready nodes as desired, and a second update sends nothing.
func TestCreate(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	d := r.desired()
	created := r.create(t, d)
	if nodes := r.nodeIDs(t, created.ID); len(nodes) != 2 || created.Status != k8s.PoolStatusReady {
		t.Errorf("%d nodes, status %s", len(nodes), created.Status)
	}
	if _, err := pool.Update(t.Context(), r.api, created.ID, d, nil, true); err != nil {
		t.Fatal(err)
	}
	if writes := r.writes(); len(writes) != 0 {
		t.Errorf("requests %v", writes)
	}
}

// TestUpdate: an update sends only what differs, each kind of setting to its endpoint, and sends nothing the second
// time.
func TestUpdate(t *testing.T) {
	t.Parallel()
	taint := []*k8s.CoreV1Taint{{Key: "dedicated", Value: "records", Effect: k8s.CoreV1TaintEffectNoSchedule}}
	for name, test := range map[string]struct {
		change func(*pool.Desired)
		want   []string
	}{
		"nothing": {func(*pool.Desired) {}, nil},
		"size":    {func(d *pool.Desired) { d.Size = 3 }, []string{"PATCH pools/{id}"}},
		"autoscaling": {func(d *pool.Desired) { d.Autoscaling = &pool.Bounds{Min: 1, Max: 4} }, []string{"PATCH " +
			"pools/{id}"}},
		"out of bounds": {func(d *pool.Desired) { d.Autoscaling = &pool.Bounds{Min: 3, Max: 4} }, []string{"PATCH " +
			"pools/{id}"}},
		"tags": {func(d *pool.Desired) { d.Tags = []string{"team=records"} }, []string{"PATCH pools/{id}"}},
		"kubelet args": {func(d *pool.Desired) { d.KubeletArgs = map[string]string{"maxPods": "50"} }, []string{"PATCH " +
			"pools/{id}"}},
		"autohealing": {func(d *pool.Desired) { d.Autohealing = false }, []string{"PATCH pools/{id}"}},
		"upgrade policy": {
			func(d *pool.Desired) { d.UpgradePolicy = &pool.UpgradePolicy{MaxUnavailable: 1} }, []string{"PATCH pools/{id}"},
		},
		"grace period":   {func(d *pool.Desired) { d.MaxTerminationGracePeriod = time.Minute }, []string{"PATCH pools/{id}"}},
		"labels":         {func(d *pool.Desired) { d.Labels = map[string]string{"tier": "db"} }, []string{"PUT set-labels"}},
		"taints":         {func(d *pool.Desired) { d.Taints = taint }, []string{"PUT set-taints"}},
		"startup taints": {func(d *pool.Desired) { d.StartupTaints = taint }, []string{"PUT set-startup-taints"}},
		"several": {func(d *pool.Desired) { d.Size, d.Labels = 1, map[string]string{"tier": "db"} },
			[]string{"PATCH pools/{id}", "PUT set-labels"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t)
			created := r.create(t, r.desired())
			plan := r.desired()
			test.change(&plan)
			if _, err := pool.Update(t.Context(), r.api, created.ID, plan, nil, false); err != nil {
				t.Fatal(err)
			}
			if writes := r.writes(); !slices.Equal(writes, test.want) {
				t.Errorf("requests %v; want %v", writes, test.want)
			}
			if _, err := pool.Update(t.Context(), r.api, created.ID, plan, nil, true); err != nil {
				t.Fatal(err)
			}
			if writes := r.writes(); len(writes) != 0 {
				t.Errorf("requests of a second update: %v", writes)
			}
		})
	}
}

// TestUpgrade: a newer minor than that of the cluster is refused before anything is sent; after the upgrade of the
// cluster all nodes are new.
func TestUpgrade(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	created := r.create(t, r.desired())
	before := r.nodeIDs(t, created.ID)
	plan, next := r.desired(), minor().Next()
	plan.Version, plan.Size = &next, 3
	_, err := pool.Update(t.Context(), r.api, created.ID, plan, nil, false)
	if tooOld, ok := errors.AsType[*pool.ClusterTooOldError](err); !ok || tooOld.Cluster.ID != r.cluster.ID {
		t.Errorf("error %v", err)
	}
	if writes := r.writes(); len(writes) != 0 {
		t.Errorf("requests %v", writes)
	}
	version := r.highestPatch(t, next)
	if _, err := r.api.UpgradeCluster(t.Context(), scw.RegionFrPar, r.cluster.ID, version, false); err != nil {
		t.Fatal(err)
	}
	r.ClearRequests()
	updated, err := pool.Update(t.Context(), r.api, created.ID, plan, nil, false)
	if err != nil {
		t.Fatal(err)
	}
	if writes := r.writes(); !slices.Equal(writes, []string{"PATCH pools/{id}", "POST upgrade"}) {
		t.Errorf("requests %v", writes)
	}
	after := r.nodeIDs(t, created.ID)
	kept := slices.ContainsFunc(after, func(id string) bool { return slices.Contains(before, id) })
	if updated.Version != version || len(after) != 3 || kept {
		t.Errorf("version %s, nodes before %v, after %v", updated.Version, before, after)
	}
}

// TestRotation: each node that the pool had is replaced once, also where the rotation is interrupted in between.
func TestRotation(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	d := r.desired()
	created := r.create(t, d)
	before := r.nodeIDs(t, created.ID)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	// The second replacement is interrupted.
	if err := r.AddFault(sandbox.Fault{
		Method: "POST", Path: "*/replace", Kind: sandbox.FaultReset, After: 1, Times: 1, OnMatch: cancel,
	}); err != nil {
		t.Fatal(err)
	}
	rotation := &pool.Rotation{}
	if _, err := pool.Update(ctx, r.api, created.ID, d, rotation, false); err == nil {
		t.Fatal("the interrupted rotation reports no error")
	}
	if !rotation.Started || len(rotation.Nodes) != 1 {
		t.Fatalf("rotation %+v", rotation)
	}
	if _, err := pool.Update(t.Context(), r.api, created.ID, d, rotation, true); err != nil {
		t.Fatal(err)
	}
	after := r.nodeIDs(t, created.ID)
	if len(rotation.Nodes) != 0 || len(after) != 2 ||
		slices.ContainsFunc(after, func(id string) bool { return slices.Contains(before, id) }) {
		t.Errorf("rotation %+v, nodes before %v, after %v", rotation, before, after)
	}
}

// TestCreateWaitsForDeletion: a pool of the same name that is being deleted delays the creation.
func TestCreateWaitsForDeletion(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	first := r.create(t, r.desired())
	if err := r.api.DeletePool(t.Context(), scw.RegionFrPar, first.ID); err != nil {
		t.Fatal(err)
	}
	if second := r.create(t, r.desired()); second.ID == first.ID {
		t.Error("the deleted pool is returned")
	}
	if err := pool.Delete(t.Context(), r.api, scw.RegionFrPar, first.ID); err != nil {
		t.Errorf("deleting a deleted pool: %v", err)
	}
}
