package pool_test

import (
	"context"
	"errors"
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/scaleway/scaleway-sdk-go/api/k8s/v1"
	"github.com/scaleway/scaleway-sdk-go/scw"

	"github.com/terraform-srm/terraform-provider-srm/internal/acctest"
	"github.com/terraform-srm/terraform-provider-srm/internal/lifecycle"
	"github.com/terraform-srm/terraform-provider-srm/internal/operations/pool"
	"github.com/terraform-srm/terraform-provider-srm/internal/sandbox"
	"github.com/terraform-srm/terraform-provider-srm/internal/scaleway"
)

// poolPath is the path of a pool in the API, patchPool the request that changes its settings.
const (
	poolPath  = "/k8s/v1/regions/fr-par/pools/{id}"
	patchPool = "PATCH " + poolPath
)

// rig is a sandbox with a cluster that is ready, and a client.
type rig struct {
	*acctest.Env
	api       *scaleway.Client
	clusterID string
}

func newRig(t *testing.T) *rig {
	t.Helper()
	env := acctest.New(t, func(o *sandbox.Options) { o.Speed = 1e5 })
	r := &rig{env, env.Client(t), env.CreateCluster(t)}
	r.Sandbox.ClearRequests()
	return r
}

func minor() lifecycle.Minor { return lifecycle.Minor{Major: 1, Minor: 35} }

// writes returns the requests since the last call that change something.
func (r *rig) writes() []string {
	defer r.Sandbox.ClearRequests()
	return r.Writes()
}

func (r *rig) desired() pool.Desired {
	return pool.Desired{
		Region: scw.RegionFrPar, ClusterID: r.clusterID, Name: "workers", NodeType: "POP2-2C-8G", Zone: scw.ZoneFrPar1,
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
	r.Sandbox.ClearRequests()
	return converged
}

func (r *rig) nodeIDs(t *testing.T, id string) []string {
	t.Helper()
	nodes, err := r.api.Nodes(t.Context(), scw.RegionFrPar, scaleway.NodeFilter{ClusterID: r.clusterID, PoolID: id})
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
		"nothing":       {func(*pool.Desired) {}, nil},
		"size":          {func(d *pool.Desired) { d.Size = 3 }, []string{patchPool}},
		"autoscaling":   {func(d *pool.Desired) { d.Autoscaling = &pool.Bounds{Min: 1, Max: 4} }, []string{patchPool}},
		"out of bounds": {func(d *pool.Desired) { d.Autoscaling = &pool.Bounds{Min: 3, Max: 4} }, []string{patchPool}},
		"tags":          {func(d *pool.Desired) { d.Tags = []string{"team=records"} }, []string{patchPool}},
		"kubelet args": {
			func(d *pool.Desired) { d.KubeletArgs = map[string]string{"maxPods": "50"} }, []string{patchPool},
		},
		"autohealing": {func(d *pool.Desired) { d.Autohealing = false }, []string{patchPool}},
		"upgrade policy": {
			func(d *pool.Desired) { d.UpgradePolicy = &pool.UpgradePolicy{MaxUnavailable: 1} }, []string{patchPool},
		},
		"grace period": {func(d *pool.Desired) { d.MaxTerminationGracePeriod = time.Minute }, []string{patchPool}},
		"labels": {
			func(d *pool.Desired) { d.Labels = map[string]string{"tier": "db"} }, []string{
				"PUT " + poolPath + "/set-labels",
			},
		},
		"taints": {func(d *pool.Desired) { d.Taints = taint }, []string{"PUT " + poolPath + "/set-taints"}},
		"startup taints": {
			func(d *pool.Desired) { d.StartupTaints = taint }, []string{"PUT " + poolPath + "/set-startup-taints"},
		},
		"several": {func(d *pool.Desired) { d.Size, d.Labels = 1, map[string]string{"tier": "db"} },
			[]string{patchPool, "PUT " + poolPath + "/set-labels"}},
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
	if tooOld, ok := errors.AsType[*pool.ClusterTooOldError](err); !ok || tooOld.Cluster.ID != r.clusterID {
		t.Errorf("error %v", err)
	}
	if writes := r.writes(); len(writes) != 0 {
		t.Errorf("requests %v", writes)
	}
	version := r.FullVersion(t, next.String())
	if _, err := r.api.UpgradeCluster(t.Context(), scw.RegionFrPar, r.clusterID, version, false); err != nil {
		t.Fatal(err)
	}
	r.Sandbox.ClearRequests()
	updated, err := pool.Update(t.Context(), r.api, created.ID, plan, nil, false)
	if err != nil {
		t.Fatal(err)
	}
	if writes := r.writes(); !slices.Equal(writes, []string{patchPool, "POST " + poolPath + "/upgrade"}) {
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
	if err := r.Sandbox.AddFault(sandbox.Fault{
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
