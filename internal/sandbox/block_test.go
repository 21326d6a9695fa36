package sandbox

import (
	"testing"
	"time"

	"github.com/scaleway/scaleway-sdk-go/api/block/v1"
	"github.com/scaleway/scaleway-sdk-go/api/lb/v1"
	"github.com/scaleway/scaleway-sdk-go/scw"
)

func TestVolumes(t *testing.T) {
	t.Parallel()
	k := newK8sFixture(t, Options{})
	api := block.NewAPI(k.client)
	createRequest := func(size scw.Size) *block.CreateVolumeRequest {
		return &block.CreateVolumeRequest{
			Zone: scw.ZoneFrPar1, Name: "pvc-1", FromEmpty: &block.CreateVolumeRequestFromEmpty{Size: size},
			Tags: []string{"a"},
		}
	}
	if _, err := api.CreateVolume(createRequest(scw.GB / 2)); err == nil {
		t.Error("a volume of 0.5 GB was created")
	}
	created, err := api.CreateVolume(createRequest(10 * scw.GB))
	if err != nil || created.Status != block.VolumeStatusCreating || created.Type != "sbs_5k" ||
		created.Specs.Class != block.StorageClassSbs {
		t.Fatalf("%+v, %v", created, err)
	}
	k.server.Advance(time.Minute)
	larger, smaller := 20*scw.GB, 5*scw.GB
	if changed, err := api.UpdateVolume(
		&block.UpdateVolumeRequest{Zone: scw.ZoneFrPar1, VolumeID: created.ID, Size: &larger},
	); err != nil || changed.Size != created.Size || changed.Status != block.VolumeStatusResizing {
		t.Errorf("%+v, %v", changed, err)
	}
	k.server.Advance(time.Minute)
	if changed, err := api.GetVolume(
		&block.GetVolumeRequest{Zone: scw.ZoneFrPar1, VolumeID: created.ID},
	); err != nil || changed.Size != larger || changed.Status != block.VolumeStatusAvailable {
		t.Errorf("after the change of its size: %+v, %v", changed, err)
	}
	if _, err := api.UpdateVolume(
		&block.UpdateVolumeRequest{Zone: scw.ZoneFrPar1, VolumeID: created.ID, Size: &smaller},
	); err == nil {
		t.Error("a volume was shrunk")
	}
	for zone, want := range map[scw.Zone]uint64{scw.ZoneFrPar1: 1, scw.ZoneFrPar2: 0} {
		if list, err := api.ListVolumes(
			&block.ListVolumesRequest{Zone: zone, Name: scw.StringPtr("pvc-")},
		); err != nil || list.TotalCount != want {
			t.Errorf("%s: %+v, %v", zone, list, err)
		}
	}
	cluster := k.createCluster(k.clusterRequest("kapsule-dedicated-4"))
	request := poolRequest(cluster.ID)
	request.Size = 1
	k.createPool(request)
	node := k.listNodes(cluster.ID)[0]
	if err := k.server.AttachVolume(created.ID, node.ID); err != nil {
		t.Fatal(err)
	}
	if err := api.DeleteVolume(&block.DeleteVolumeRequest{Zone: scw.ZoneFrPar1, VolumeID: created.ID}); err == nil {
		t.Error("an attached volume was deleted")
	}
	if err := k.server.Remove("nodes", node.ID); err != nil {
		t.Fatal(err)
	}
	if now, err := api.GetVolume(
		&block.GetVolumeRequest{Zone: scw.ZoneFrPar1, VolumeID: created.ID},
	); err != nil || now.Status != block.VolumeStatusAvailable || len(now.References) != 0 ||
		now.LastDetachedAt == nil {
		t.Errorf("after the deletion of its node: %+v, %v", now, err)
	}
	if err := api.DeleteVolume(&block.DeleteVolumeRequest{Zone: scw.ZoneFrPar1, VolumeID: created.ID}); err != nil {
		t.Fatal(err)
	}
	k.server.Advance(time.Minute)
	if _, err := api.GetVolume(&block.GetVolumeRequest{Zone: scw.ZoneFrPar1, VolumeID: created.ID}); err == nil {
		t.Error("a deleted volume still exists")
	}
	if err := k.server.AttachVolume(created.ID, node.ID); err == nil {
		t.Error("a deleted volume was attached")
	}
}

func TestLoadBalancers(t *testing.T) {
	t.Parallel()
	k := newK8sFixture(t, Options{})
	api := lb.NewZonedAPI(k.client)
	ip, err := api.CreateIP(&lb.ZonedAPICreateIPRequest{Zone: scw.ZoneFrPar1})
	if err != nil {
		t.Fatal(err)
	}
	created, err := api.CreateLB(
		&lb.ZonedAPICreateLBRequest{
			Zone: scw.ZoneFrPar1, Name: "cluster-ingress", Type: "LB-S", IPIDs: []string{ip.ID}, Tags: []string{},
		},
	)
	if err != nil || created.Status != lb.LBStatusToCreate || created.Type != "lb-s" || len(created.IP) != 1 ||
		created.IP[0].ID != ip.ID {
		t.Fatalf("%+v, %v", created, err)
	}
	if err := api.ReleaseIP(&lb.ZonedAPIReleaseIPRequest{Zone: scw.ZoneFrPar1, IPID: ip.ID}); err == nil {
		t.Error("an IP in use was released")
	}
	k.server.Advance(time.Hour)
	if list, err := api.ListLBs(
		&lb.ZonedAPIListLBsRequest{Zone: scw.ZoneFrPar1, Name: scw.StringPtr("cluster")},
	); err != nil || list.TotalCount != 1 || list.LBs[0].Status != lb.LBStatusReady || len(list.LBs[0].Instances) != 1 {
		t.Errorf("%+v, %v", list, err)
	}
	if err := api.DeleteLB(&lb.ZonedAPIDeleteLBRequest{Zone: scw.ZoneFrPar1, LBID: created.ID}); err != nil {
		t.Fatal(err)
	}
	k.server.Advance(time.Hour)
	if _, err := api.GetLB(&lb.ZonedAPIGetLBRequest{Zone: scw.ZoneFrPar1, LBID: created.ID}); err == nil {
		t.Error("a deleted Load Balancer still exists")
	}
	if err := api.ReleaseIP(&lb.ZonedAPIReleaseIPRequest{Zone: scw.ZoneFrPar1, IPID: ip.ID}); err != nil {
		t.Errorf("release the IP of a deleted Load Balancer: %v", err)
	}
}
