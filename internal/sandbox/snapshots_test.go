package sandbox

import (
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/scaleway/scaleway-sdk-go/api/block/v1"
	"github.com/scaleway/scaleway-sdk-go/api/k8s/v1"
	"github.com/scaleway/scaleway-sdk-go/api/lb/v1"
	"github.com/scaleway/scaleway-sdk-go/scw"
)

// newVolume is a volume of fr-par-1 that is ready.
func (k *kapsule) newVolume(name string) *block.Volume {
	k.t.Helper()
	made, err := block.NewAPI(k.client).CreateVolume(&block.CreateVolumeRequest{
		Zone: scw.ZoneFrPar1, Name: name, FromEmpty: &block.CreateVolumeRequestFromEmpty{Size: 10 * scw.GB}, Tags: []string{},
	})
	if err != nil {
		k.t.Fatal(err)
	}
	k.server.Advance(time.Minute)
	return made
}

func (k *kapsule) newSnapshot(of *block.Volume, name string) *block.Snapshot {
	k.t.Helper()
	made, err := block.NewAPI(k.client).CreateSnapshot(&block.CreateSnapshotRequest{
		Zone: scw.ZoneFrPar1, VolumeID: of.ID, Name: name, Tags: []string{"nightly"},
	})
	if err != nil {
		k.t.Fatal(err)
	}
	return made
}

func TestSnapshots(t *testing.T) {
	t.Parallel()
	k := newKapsule(t, Options{})
	api, parent, other := block.NewAPI(k.client), k.newVolume("pvc-1"), k.newVolume("pvc-2")
	made := k.newSnapshot(parent, "snapshot-1")
	k.newSnapshot(other, "snapshot-2")
	if made.Status != block.SnapshotStatusCreating || made.Size != parent.Size || made.Class != block.StorageClassSbs ||
		made.ParentVolume == nil || made.ParentVolume.ID != parent.ID {
		t.Fatalf("%+v", made)
	}
	if _, err := api.CreateSnapshot(&block.CreateSnapshotRequest{Zone: scw.ZoneFrPar1, VolumeID: made.ID}); err == nil {
		t.Error("a snapshot of no volume is made")
	}
	k.server.Advance(time.Minute)
	zone := scw.ZoneFrPar1
	list, err := api.ListSnapshots(&block.ListSnapshotsRequest{
		Zone: zone, VolumeID: &parent.ID, Tags: []string{"nightly"},
	})
	if err != nil || list.TotalCount != 1 || list.Snapshots[0].ID != made.ID ||
		list.Snapshots[0].Status != block.SnapshotStatusAvailable {
		t.Errorf("%+v, %v", list, err)
	}
	list, err = api.ListSnapshots(&block.ListSnapshotsRequest{Zone: scw.ZoneFrPar2})
	if err != nil || list.TotalCount != 0 {
		t.Errorf("%+v, %v", list, err)
	}
	copied, err := api.CreateVolume(&block.CreateVolumeRequest{
		Zone: zone, Name: "pvc-3", Tags: []string{},
		FromSnapshot: &block.CreateVolumeRequestFromSnapshot{SnapshotID: made.ID},
	})
	if err != nil || copied.Size != parent.Size || copied.ParentSnapshotID == nil || *copied.ParentSnapshotID != made.ID {
		t.Errorf("%+v, %v", copied, err)
	}
	if err := api.DeleteVolume(&block.DeleteVolumeRequest{Zone: scw.ZoneFrPar1, VolumeID: parent.ID}); err != nil {
		t.Fatal(err)
	}
	k.server.Advance(time.Minute)
	now, err := api.GetSnapshot(&block.GetSnapshotRequest{Zone: zone, SnapshotID: made.ID})
	if err != nil || now.ParentVolume != nil {
		t.Errorf("after its volume went: %+v, %v", now, err)
	}
	if err := api.DeleteSnapshot(&block.DeleteSnapshotRequest{Zone: scw.ZoneFrPar1, SnapshotID: made.ID}); err != nil {
		t.Fatal(err)
	}
	if _, err := api.GetSnapshot(&block.GetSnapshotRequest{Zone: scw.ZoneFrPar1, SnapshotID: made.ID}); err == nil {
		t.Error("a deleted snapshot is there")
	}
}

// TestAdditionalResources deletes a cluster with and without its additional resources, and looks for what is left.
func TestAdditionalResources(t *testing.T) {
	t.Parallel()
	for _, everything := range []bool{false, true} {
		volumes := ""
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == "/api/v1/persistentvolumes" {
				_, _ = w.Write([]byte(volumes))
			}
		}))
		t.Cleanup(server.Close)
		k := newKapsule(t, Options{Kubeconfig: []byte(`{apiVersion: v1, kind: Config, current-context: c,
			clusters: [{name: c, cluster: {server: "` + server.URL + `"}}],
			contexts: [{name: c, context: {cluster: c, user: u}}],
			users: [{name: u, user: {token: hidden}}]}`)})
		clusters, nodes := []*k8s.Cluster{}, []*k8s.Node{}
		for range 2 {
			cluster := k.cluster(k.wanted("kapsule-dedicated-4"))
			request := wantedPool(cluster.ID)
			request.Size = 2
			k.pool(request)
			clusters, nodes = append(clusters, cluster), append(nodes, k.nodesIn(cluster.ID)...)
		}
		gone := map[string]bool{"attached": true, "detached": true, "released": true}
		attached := map[string]*k8s.Node{
			"attached": nodes[0], "locked": nodes[0], "detached": nodes[1], "of another cluster": nodes[2],
		}
		held, zone := map[string]*block.Volume{}, scw.ZoneFrPar1
		for _, name := range []string{
			"attached", "detached", "released", "locked", "of another cluster", "of another driver", "unknown",
		} {
			held[name] = k.newVolume(name)
			if node := attached[name]; node != nil {
				if err := k.server.AttachVolume(held[name].ID, node.ID); err != nil {
					t.Fatal(err)
				}
			}
		}
		if err := k.server.Remove("nodes", nodes[1].ID); err != nil {
			t.Fatal(err)
		}
		if err := k.server.Patch("volumes", held["locked"].ID, map[string]any{"status": "locked"}); err != nil {
			t.Fatal(err)
		}
		claims := func(driver, name string) string {
			return `{"spec": {"csi": {"driver": "` + driver + `", "volumeHandle": "fr-par-1/` + held[name].ID + `"}}}`
		}
		volumes = `{"items": [{"spec": {}}, ` + claims("csi.scaleway.com", "released") + `, ` +
			claims("csi.scaleway.com", "of another cluster") + `, ` + claims("csi.example.org", "of another driver") + `]}`
		kept := k.newSnapshot(held["attached"], "snapshot-1")
		balancers := lb.NewZonedAPI(k.client)
		for _, name := range []string{clusters[0].ID + "-ingress", clusters[1].ID + "-ingress"} {
			asked := &lb.ZonedAPICreateLBRequest{Zone: zone, Name: name, Type: "LB-S", Tags: []string{}}
			if _, err := balancers.CreateLB(asked); err != nil {
				t.Fatal(err)
			}
		}
		request := &k8s.DeleteClusterRequest{ClusterID: clusters[0].ID, WithAdditionalResources: everything}
		if _, err := k.api.DeleteCluster(request); err != nil {
			t.Fatal(err)
		}
		k.server.Advance(time.Hour)
		for name, volume := range held {
			now, err := block.NewAPI(k.client).GetVolume(&block.GetVolumeRequest{Zone: zone, VolumeID: volume.ID})
			if left := err == nil; left == (everything && gone[name]) {
				t.Errorf("with additional resources %t, the volume %s: %+v, %v", everything, name, now, err)
			}
		}
		now, err := block.NewAPI(k.client).GetSnapshot(&block.GetSnapshotRequest{Zone: zone, SnapshotID: kept.ID})
		if err != nil || (now.ParentVolume == nil) != everything {
			t.Errorf("with additional resources %t, the snapshot: %+v, %v", everything, now, err)
		}
		list, err := balancers.ListLBs(&lb.ZonedAPIListLBsRequest{Zone: zone})
		if want := map[bool]uint32{false: 2, true: 1}[everything]; err != nil || list.TotalCount != want {
			t.Errorf("with additional resources %t, %d Load Balancers: %v", everything, list.TotalCount, err)
		}
	}
}
