package sandbox

import (
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/scaleway/scaleway-sdk-go/api/block/v1"
	"github.com/scaleway/scaleway-sdk-go/api/instance/v1"
	"github.com/scaleway/scaleway-sdk-go/api/k8s/v1"
	"github.com/scaleway/scaleway-sdk-go/api/lb/v1"
	"github.com/scaleway/scaleway-sdk-go/scw"
)

// createVolume creates a volume in fr-par-1 and advances the clock until it is available.
func (k *k8sFixture) createVolume(name string) *block.Volume {
	k.t.Helper()
	created, err := block.NewAPI(k.client).CreateVolume(&block.CreateVolumeRequest{
		Zone: scw.ZoneFrPar1, Name: name, FromEmpty: &block.CreateVolumeRequestFromEmpty{Size: 10 * scw.GB},
		Tags: []string{},
	})
	if err != nil {
		k.t.Fatal(err)
	}
	k.server.Advance(time.Minute)
	return created
}

func (k *k8sFixture) createSnapshot(parent *block.Volume, name string) *block.Snapshot {
	k.t.Helper()
	created, err := block.NewAPI(k.client).CreateSnapshot(&block.CreateSnapshotRequest{
		Zone: scw.ZoneFrPar1, VolumeID: parent.ID, Name: name, Tags: []string{"nightly"},
	})
	if err != nil {
		k.t.Fatal(err)
	}
	return created
}

func TestSnapshots(t *testing.T) {
	t.Parallel()
	k := newK8sFixture(t, Options{})
	api, parent, other := block.NewAPI(k.client), k.createVolume("pvc-1"), k.createVolume("pvc-2")
	snapshot := k.createSnapshot(parent, "snapshot-1")
	k.createSnapshot(other, "snapshot-2")
	if snapshot.Status != block.SnapshotStatusCreating || snapshot.Size != parent.Size ||
		snapshot.Class != block.StorageClassSbs ||
		snapshot.ParentVolume == nil ||
		snapshot.ParentVolume.ID != parent.ID {
		t.Fatalf("%+v", snapshot)
	}
	if _, err := api.CreateSnapshot(
		&block.CreateSnapshotRequest{Zone: scw.ZoneFrPar1, VolumeID: snapshot.ID, Name: "refused"},
	); err == nil {
		t.Error("a snapshot of an unknown volume was created")
	}
	k.server.Advance(time.Minute)
	zone := scw.ZoneFrPar1
	list, err := api.ListSnapshots(&block.ListSnapshotsRequest{
		Zone: zone, VolumeID: &parent.ID, Tags: []string{"nightly"},
	})
	if err != nil || list.TotalCount != 1 || list.Snapshots[0].ID != snapshot.ID ||
		list.Snapshots[0].Status != block.SnapshotStatusAvailable {
		t.Errorf("%+v, %v", list, err)
	}
	list, err = api.ListSnapshots(&block.ListSnapshotsRequest{Zone: scw.ZoneFrPar2})
	if err != nil || list.TotalCount != 0 {
		t.Errorf("%+v, %v", list, err)
	}
	copied, err := api.CreateVolume(&block.CreateVolumeRequest{
		Zone: zone, Name: "pvc-3", Tags: []string{},
		FromSnapshot: &block.CreateVolumeRequestFromSnapshot{SnapshotID: snapshot.ID},
	})
	if err != nil || copied.Size != parent.Size || copied.ParentSnapshotID == nil ||
		*copied.ParentSnapshotID != snapshot.ID {
		t.Errorf("%+v, %v", copied, err)
	}
	if err := api.DeleteVolume(&block.DeleteVolumeRequest{Zone: scw.ZoneFrPar1, VolumeID: parent.ID}); err != nil {
		t.Fatal(err)
	}
	k.server.Advance(time.Minute)
	now, err := api.GetSnapshot(&block.GetSnapshotRequest{Zone: zone, SnapshotID: snapshot.ID})
	if err != nil || now.ParentVolume != nil {
		t.Errorf("after the deletion of its volume: %+v, %v", now, err)
	}
	if err := api.DeleteSnapshot(
		&block.DeleteSnapshotRequest{Zone: scw.ZoneFrPar1, SnapshotID: snapshot.ID},
	); err != nil {
		t.Fatal(err)
	}
	if _, err := api.GetSnapshot(&block.GetSnapshotRequest{Zone: scw.ZoneFrPar1, SnapshotID: snapshot.ID}); err == nil {
		t.Error("a deleted snapshot still exists")
	}
}

// publish attaches a volume to a node and detaches it again, with the calls of the CSI driver.
func (k *k8sFixture) publish(volumeID string, node *k8s.Node) {
	k.t.Helper()
	api, zone := instance.NewAPI(k.client), scw.ZoneFrPar1
	serverID := node.ProviderID[len("scaleway://instance/fr-par-1/"):]
	attach := &instance.AttachVolumeRequest{Zone: zone, ServerID: serverID, VolumeID: volumeID}
	if _, err := api.AttachVolume(attach); err != nil {
		k.t.Fatal(err)
	}
	k.server.Advance(time.Minute)
	if _, err := api.DetachVolume(&instance.DetachVolumeRequest{Zone: zone, VolumeID: volumeID}); err != nil {
		k.t.Fatal(err)
	}
	k.server.Advance(time.Minute)
}

// TestDeleteClusterWithAdditionalResources deletes a cluster with and without its additional resources, and checks
// which objects remain.
func TestDeleteClusterWithAdditionalResources(t *testing.T) {
	t.Parallel()
	for _, withAdditional := range []bool{false, true} {
		persistentVolumes := ""
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == "/api/v1/persistentvolumes" {
				_, _ = w.Write([]byte(persistentVolumes))
			}
		}))
		t.Cleanup(server.Close)
		k := newK8sFixture(t, Options{Kubeconfig: []byte(`{apiVersion: v1, kind: Config, current-context: c,
			clusters: [{name: c, cluster: {server: "` + server.URL + `"}}],
			contexts: [{name: c, context: {cluster: c, user: u}}],
			users: [{name: u, user: {token: hidden}}]}`)})
		clusters, nodes := []*k8s.Cluster{}, []*k8s.Node{}
		for range 2 {
			cluster := k.createCluster(k.clusterRequest("kapsule-dedicated-4"))
			request := poolRequest(cluster.ID)
			request.Size = 2
			k.createPool(request)
			clusters, nodes = append(clusters, cluster), append(nodes, k.listNodes(cluster.ID)...)
		}
		deleted := map[string]bool{"attached": true, "detached": true, "unpublished": true, "released": true}
		attached := map[string]*k8s.Node{
			"attached": nodes[0], "locked": nodes[0], "detached": nodes[1], "of another cluster": nodes[2],
		}
		volumes, zone := map[string]*block.Volume{}, scw.ZoneFrPar1
		for _, name := range []string{
			"attached", "detached", "unpublished", "released", "locked", "of another cluster", "of another driver",
			"unknown",
		} {
			volumes[name] = k.createVolume(name)
			if node := attached[name]; node != nil {
				if err := k.server.AttachVolume(volumes[name].ID, node.ID); err != nil {
					t.Fatal(err)
				}
			}
		}
		k.publish(volumes["unpublished"].ID, nodes[0])
		if err := k.server.Remove("nodes", nodes[1].ID); err != nil {
			t.Fatal(err)
		}
		if err := k.server.Patch("volumes", volumes["locked"].ID, map[string]any{"status": "locked"}); err != nil {
			t.Fatal(err)
		}
		persistentVolume := func(driver, name string) string {
			return `{"spec": {"csi": {"driver": "` + driver + `", "volumeHandle": "fr-par-1/` + volumes[name].ID +
				`"}}}`
		}
		persistentVolumes = `{"items": [{"spec": {}}, ` + persistentVolume("csi.scaleway.com", "released") + `, ` +
			persistentVolume(
				"csi.scaleway.com",
				"of another cluster",
			) + `, ` + persistentVolume("csi.example.org", "of another driver") + `]}`
		kept := k.createSnapshot(volumes["attached"], "snapshot-1")
		balancers := lb.NewZonedAPI(k.client)
		for _, name := range []string{clusters[0].ID + "-ingress", clusters[1].ID + "-ingress"} {
			req := &lb.ZonedAPICreateLBRequest{Zone: zone, Name: name, Type: "LB-S", Tags: []string{}}
			if _, err := balancers.CreateLB(req); err != nil {
				t.Fatal(err)
			}
		}
		request := &k8s.DeleteClusterRequest{ClusterID: clusters[0].ID, WithAdditionalResources: withAdditional}
		if _, err := k.api.DeleteCluster(request); err != nil {
			t.Fatal(err)
		}
		k.server.Advance(time.Hour)
		for name, volume := range volumes {
			now, err := block.NewAPI(k.client).GetVolume(&block.GetVolumeRequest{Zone: zone, VolumeID: volume.ID})
			if left := err == nil; left == (withAdditional && deleted[name]) {
				t.Errorf("with additional resources %t, the volume %s: %+v, %v", withAdditional, name, now, err)
			}
		}
		now, err := block.NewAPI(k.client).GetSnapshot(&block.GetSnapshotRequest{Zone: zone, SnapshotID: kept.ID})
		if err != nil || (now.ParentVolume == nil) != withAdditional {
			t.Errorf("with additional resources %t, the snapshot: %+v, %v", withAdditional, now, err)
		}
		list, err := balancers.ListLBs(&lb.ZonedAPIListLBsRequest{Zone: zone})
		if want := map[bool]uint32{false: 2, true: 1}[withAdditional]; err != nil || list.TotalCount != want {
			t.Errorf("with additional resources %t, %d Load Balancers: %v", withAdditional, list.TotalCount, err)
		}
	}
}
