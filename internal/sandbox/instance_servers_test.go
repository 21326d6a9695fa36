package sandbox

import (
	"errors"
	"testing"
	"time"

	"github.com/scaleway/scaleway-sdk-go/api/block/v1"
	"github.com/scaleway/scaleway-sdk-go/api/instance/v1"
	"github.com/scaleway/scaleway-sdk-go/scw"
)

// newServer creates an Instance with the SDK, which also asks the marketplace for the image.
func (k *k8sFixture) newServer(request *instance.CreateServerRequest) *instance.Server {
	k.t.Helper()
	request.Zone = scw.ZoneFrPar1
	if request.Name == "" {
		request.Name = "server"
	}
	created, err := instance.NewAPI(k.client).CreateServer(request)
	if err != nil {
		k.t.Fatal(err)
	}
	return created.Server
}

// TestServerLife starts, stops, changes and terminates an Instance with a local volume.
func TestServerLife(t *testing.T) {
	t.Parallel()
	k := newK8sFixture(t, Options{Speed: 1.0 / slowness})
	api, zone := instance.NewAPI(k.client), scw.ZoneFrPar1
	srv := k.newServer(&instance.CreateServerRequest{
		Name: "a", CommercialType: "DEV1-S", Image: scw.StringPtr("ubuntu_noble"),
		Volumes: map[string]*instance.VolumeServerTemplate{"0": {VolumeType: instance.VolumeVolumeTypeLSSD}},
	})
	if srv.State != instance.ServerStateStopped || srv.Image.Name != "Ubuntu 24.04 Noble Numbat" ||
		srv.SecurityGroup.Name != "Default security group" || *srv.Volumes["0"].Size != 20*scw.GB {
		t.Fatalf("%+v", srv)
	}
	act := func(action instance.ServerAction) error {
		_, err := api.ServerAction(&instance.ServerActionRequest{Zone: zone, ServerID: srv.ID, Action: action})
		return err
	}
	state := func() string {
		now, err := api.GetServer(&instance.GetServerRequest{Zone: zone, ServerID: srv.ID})
		if err != nil {
			return err.Error()
		}
		return now.Server.State.String() + ", " + now.Server.StateDetail
	}
	for _, step := range []struct {
		action instance.ServerAction
		lasts  time.Duration
		want   []string
	}{
		{"poweron", serverAllocateDuration, []string{"starting, allocating node", "starting, provisioning node"}},
		{"", serverProvisionDuration, []string{"starting, provisioning node", "running, booting kernel"}},
		{"reboot", serverProvisionDuration, []string{"starting, rebooting", "running, booting kernel"}},
		{"stop_in_place", serverStopDuration, []string{"stopping, stopping in place", "stopped in place, standby"}},
		{"poweron", serverProvisionDuration, []string{"starting, provisioning node", "running, booting kernel"}},
		{"poweroff", serverStopDuration, []string{"stopping, stopping", "stopped, "}},
	} {
		if step.action != "" {
			if err := act(step.action); err != nil {
				t.Fatalf("%s: %v", step.action, err)
			}
		}
		before := state()
		k.server.Advance(step.lasts * slowness)
		if after := state(); before != step.want[0] || after != step.want[1] {
			t.Errorf("%s: %s, then %s; want %q", step.action, before, after, step.want)
		}
	}
	if err := act("reboot"); err == nil {
		t.Error("a stopped Instance was rebooted")
	}
	large := "DEV1-M"
	changed, err := api.UpdateServer(&instance.UpdateServerRequest{
		Zone: zone, ServerID: srv.ID, CommercialType: &large, Tags: &[]string{"x"}, Protected: scw.BoolPtr(true),
	})
	if err != nil || changed.Server.CommercialType != large || changed.Server.Tags[0] != "x" {
		t.Errorf("%+v, %v", changed, err)
	}
	if err := api.DeleteServer(&instance.DeleteServerRequest{Zone: zone, ServerID: srv.ID}); err == nil {
		t.Error("a protected Instance was deleted")
	}
	if err := k.server.Patch("servers", srv.ID, map[string]any{"protected": false}); err != nil {
		t.Fatal(err)
	}
	if err := act("poweron"); err != nil {
		t.Fatal(err)
	}
	k.server.Advance(time.Hour)
	if _, err := api.UpdateServer(&instance.UpdateServerRequest{
		Zone: zone, ServerID: srv.ID, CommercialType: scw.StringPtr("DEV1-L"),
	}); err == nil {
		t.Error("the type of a running Instance was changed")
	}
	if err := act("terminate"); err != nil {
		t.Fatal(err)
	}
	volume := instance.GetVolumeRequest{Zone: zone, VolumeID: srv.Volumes["0"].ID}
	if now, err := api.GetVolume(&volume); err != nil || now.Volume.State != "deleting" {
		t.Errorf("the volume of an Instance that is terminated: %+v, %v", now, err)
	}
	k.server.Advance(time.Hour)
	_, err = api.GetVolume(&volume)
	var missing *scw.ResourceNotFoundError
	if !errors.As(err, &missing) || missing.Resource != "instance_volume" {
		t.Errorf("the volume of a terminated Instance: %v", err)
	}
	if got := state(); got != "scaleway-sdk-go: resource instance_server with ID "+srv.ID+" is not found" {
		t.Errorf("a terminated Instance: %s", got)
	}
}

// TestServerRequests checks the errors of the creation of an Instance, and that a refused one leaves nothing.
func TestServerRequests(t *testing.T) {
	t.Parallel()
	r := newRig(t, Options{})
	for body, want := range map[string]int{
		`{"name":"a","commercial_type":"NO-SUCH"}`:                                                              400,
		`{"name":"a","commercial_type":"DEV1-S","image":"33333333-1111-1111-1111-111111111111"}`:                404,
		`{"name":"a","commercial_type":"DEV1-S","security_group":"33333333-1111-1111-1111-111111111111"}`:       404,
		`{"name":"a","commercial_type":"DEV1-S","public_ips":["33333333-1111-1111-1111-111111111111"]}`:         404,
		`{"name":"a","commercial_type":"DEV1-S","volumes":{"0":{"volume_type":"l_ssd","size":30000000000}}}`:    400,
		`{"name":"a","commercial_type":"DEV1-S","volumes":{"0":{"volume_type":"b_ssd","size":30000000000}}}`:    400,
		`{"name":"a","commercial_type":"DEV1-S","volumes":{"0":{"id":"33333333-1111-1111-1111-111111111111"}}}`: 404,
	} {
		r.call(want, "POST", instancePath+"/servers", body)
	}
	for _, list := range []string{"servers", "volumes"} {
		expectJSON(t, []any{}, r.call(200, "GET", instancePath+"/"+list, ""), list)
	}
}

func TestServerLists(t *testing.T) {
	t.Parallel()
	r := newRig(t, Options{})
	ip := r.call(201, "POST", instancePath+"/ips", `{"tags":["x"]}`)
	ipID := stringAt(t, ip, "ip", "id")
	first := r.call(201, "POST", instancePath+"/servers",
		`{"name":"first","commercial_type":"DEV1-S","tags":["x","y"],"public_ips":["`+ipID+`"]}`)
	firstID := stringAt(t, first, "server", "id")
	second := r.call(201, "POST", instancePath+"/servers", `{"name":"second","commercial_type":"PRO2-XXS"}`)
	secondID := stringAt(t, second, "server", "id")
	nic := r.call(201, "POST", instancePath+"/servers/"+secondID+"/private_nics",
		`{"private_network_id":"`+PrivateNetworkID+`"}`)
	mac := stringAt(t, nic, "private_nic", "mac_address")
	for query, want := range map[string][]string{
		"":                        {secondID, firstID},
		"order=creation_date_asc": {firstID, secondID},
		"tags=x,y":                {firstID},
		"tags=x,z":                {},
		"without_ip=true":         {secondID},
		"with_ip=" + stringAt(t, ip, "ip", "address"):            {firstID},
		"private_networks=" + PrivateNetworkID + "," + ProjectID: {secondID},
		"private_nic_mac_address=" + mac:                         {secondID},
		"servers=" + firstID:                                     {firstID},
		"state=running":                                          {},
		"commercial_type=DEV1-S":                                 {firstID},
	} {
		got := []any{}
		list := r.call(200, "GET", instancePath+"/servers?"+query, "")
		for i := range lengthAt(t, list, "servers") {
			got = append(got, stringAt(t, list, "servers", i, "id"))
		}
		t.Logf("query %q", query)
		expectJSON(t, want, got)
	}
	nics := "/instance/v2alpha1/zones/fr-par-1/private-network-interfaces"
	expectJSON(t, mac, r.call(200, "GET", nics+"?server_ids="+secondID, ""),
		"private_network_interfaces", 0, "mac_address")
	nicPath := nics + "/" + stringAt(t, nic, "private_nic", "id")
	expectJSON(t, []string{"z"}, r.call(200, "PATCH", nicPath, `{"tags":["z"]}`), "tags")
	r.call(200, "POST", nicPath+"/detach-and-delete", "")
	r.call(404, "GET", nicPath, "")

	ipPath := instancePath + "/ips/" + ipID
	expectJSON(t, firstID, r.call(200, "GET", ipPath, ""), "ip", "server", "id")
	moved := r.call(200, "PATCH", ipPath, `{"server":"`+secondID+`","tags":[]}`)
	expectJSON(t, "attached", moved, "ip", "state")
	expectJSON(t, []any{}, r.call(200, "GET", instancePath+"/servers/"+firstID, ""), "server", "public_ips")
	expectJSON(t, "detached", r.call(200, "PATCH", ipPath, `{"server":null}`), "ip", "state")
	expectJSON(t, nil, r.call(200, "GET", instancePath+"/servers/"+secondID, ""), "server", "public_ip")
	r.call(204, "DELETE", ipPath, "")
}

func TestServerUserData(t *testing.T) {
	t.Parallel()
	k := newK8sFixture(t, Options{})
	api, zone := instance.NewAPI(k.client), scw.ZoneFrPar1
	srv := k.newServer(&instance.CreateServerRequest{Name: "a", CommercialType: "DEV1-S"})
	r := &rig{t: t, server: k.server, url: k.url, token: SecretKey}
	path := instancePath + "/servers/" + srv.ID + "/user_data"
	r.call(204, "PATCH", path+"/cloud-init", "#cloud-config\n")
	response, raw, err := r.send("GET", path+"/cloud-init", "")
	if err != nil || string(raw) != "#cloud-config\n" || response.Header.Get("Content-Type") != "text/plain" {
		t.Errorf("%q, %v", raw, err)
	}
	all, err := api.GetAllServerUserData(&instance.GetAllServerUserDataRequest{Zone: zone, ServerID: srv.ID})
	if err != nil || len(all.UserData) != 1 {
		t.Errorf("%+v, %v", all, err)
	}
	if err := api.SetAllServerUserData(
		&instance.SetAllServerUserDataRequest{Zone: zone, ServerID: srv.ID},
	); err != nil {
		t.Error(err)
	}
	expectJSON(t, []any{}, r.call(200, "GET", path, ""), "user_data")
	r.call(404, "GET", path+"/cloud-init", "")
}

// TestServerMetadata reads the metadata of a node's Instance with the client of the SDK.
func TestServerMetadata(t *testing.T) {
	t.Parallel()
	k := newK8sFixture(t, Options{})
	cluster := k.createCluster(k.clusterRequest("kapsule-dedicated-4"))
	k.createPool(poolRequest(cluster.ID))
	node := k.listNodes(cluster.ID)[0]
	url := k.url + "/_sandbox/servers/" + node.ProviderID[len("scaleway://instance/fr-par-1/"):]
	api := instance.NewMetadataAPI()
	api.MetadataURL = &url
	metadata, err := api.GetMetadataWithContext(t.Context())
	if err != nil || metadata.Location.ZoneID != "fr-par-1" || metadata.Name != node.Name ||
		metadata.Volumes["0"].ID == "" || len(metadata.PrivateNICs) != 1 {
		t.Errorf("%+v, %v", metadata, err)
	}
	url = k.url + "/_sandbox/servers/" + cluster.ID
	if _, err := api.GetMetadataWithContext(t.Context()); err == nil {
		t.Error("an unknown Instance has metadata")
	}
}

// TestAttachVolume attaches volumes to the Instance of a node and detaches them, with the calls of the CSI driver.
func TestAttachVolume(t *testing.T) {
	t.Parallel()
	k := newK8sFixture(t, Options{Speed: 20})
	blocks, api, zone := block.NewAPI(k.client), instance.NewAPI(k.client), scw.ZoneFrPar1
	cluster := k.createCluster(k.clusterRequest("kapsule-dedicated-4"))
	k.createPool(poolRequest(cluster.ID))
	serverID := k.listNodes(cluster.ID)[0].ProviderID[len("scaleway://instance/fr-par-1/"):]
	volume := k.createVolume("pvc-1")
	if _, err := api.GetVolume(&instance.GetVolumeRequest{Zone: zone, VolumeID: volume.ID}); err == nil {
		t.Error("instance/v1 has a volume of Block Storage")
	}
	attached, err := api.AttachVolume(
		&instance.AttachVolumeRequest{Zone: zone, ServerID: serverID, VolumeID: volume.ID},
	)
	if err != nil || len(attached.Server.Volumes) != 2 || attached.Server.Volumes["1"].ID != volume.ID ||
		attached.Server.Volumes["1"].VolumeType != instance.VolumeServerVolumeTypeSbsVolume {
		t.Fatalf("%+v, %v", attached, err)
	}
	root, err := blocks.GetVolume(&block.GetVolumeRequest{Zone: zone, VolumeID: attached.Server.Volumes["0"].ID})
	if err != nil || root.Status != block.VolumeStatusInUse || root.References[0].ProductResourceID != serverID {
		t.Errorf("the root volume of a node: %+v, %v", root, err)
	}
	wait := func(status block.VolumeStatus, reference block.ReferenceStatus) *block.Volume {
		interval := 50 * time.Millisecond
		now, err := blocks.WaitForVolumeAndReferences(&block.WaitForVolumeAndReferencesRequest{
			Zone: zone, VolumeID: volume.ID, VolumeTerminalStatus: &status, ReferenceTerminalStatus: &reference,
			RetryInterval: &interval,
		})
		if err != nil {
			t.Fatal(err)
		}
		return now
	}
	if now := wait(block.VolumeStatusInUse, block.ReferenceStatusAttached); len(now.References) != 1 ||
		now.References[0].ProductResourceType != "instance_server" || now.References[0].ProductResourceID != serverID {
		t.Errorf("an attached volume: %+v", now)
	}
	for _, other := range []string{serverID, k.newServer(&instance.CreateServerRequest{CommercialType: "DEV1-S"}).ID} {
		_, err = api.AttachServerVolume(&instance.AttachServerVolumeRequest{
			Zone: zone, ServerID: other, VolumeID: volume.ID, VolumeType: "sbs_volume",
		})
		var precondition *scw.PreconditionFailedError
		if !errors.As(err, &precondition) {
			t.Errorf("attach an attached volume: %v", err)
		}
	}
	err = blocks.DeleteVolume(&block.DeleteVolumeRequest{Zone: zone, VolumeID: volume.ID})
	var inUse *scw.PreconditionFailedError
	if !errors.As(err, &inUse) || inUse.Precondition != "resource_still_in_use" {
		t.Errorf("delete an attached volume: %v", err)
	}
	size := 20 * scw.GB
	resized, err := blocks.UpdateVolume(&block.UpdateVolumeRequest{Zone: zone, VolumeID: volume.ID, Size: &size})
	if err != nil || resized.Status != block.VolumeStatusResizing {
		t.Errorf("resize an attached volume: %+v, %v", resized, err)
	}
	if now := wait(block.VolumeStatusInUse, block.ReferenceStatusAttached); now.Size != size {
		t.Errorf("a resized volume: %+v", now)
	}
	isBlock := true
	if _, err := api.DetachVolume(&instance.DetachVolumeRequest{
		Zone: zone, VolumeID: volume.ID, IsBlockVolume: &isBlock,
	}); err != nil {
		t.Fatal(err)
	}
	if now := wait(block.VolumeStatusAvailable, block.ReferenceStatusDetached); now.LastDetachedAt == nil {
		t.Errorf("a detached volume: %+v", now)
	}
	if _, err := api.DetachServerVolume(&instance.DetachServerVolumeRequest{
		Zone: zone, ServerID: serverID, VolumeID: volume.ID,
	}); err == nil {
		t.Error("a volume that is not attached was detached")
	}
	if err := blocks.DeleteVolume(&block.DeleteVolumeRequest{Zone: zone, VolumeID: volume.ID}); err != nil {
		t.Error(err)
	}
	if err := k.server.Remove("nodes", k.listNodes(cluster.ID)[0].ID); err != nil {
		t.Fatal(err)
	}
	if left, err := blocks.GetVolume(&block.GetVolumeRequest{Zone: zone, VolumeID: root.ID}); err == nil {
		t.Errorf("the root volume of a deleted node: %+v", left)
	}
}

// TestSetServerVolumes replaces the volumes of an Instance with the map of its update.
func TestSetServerVolumes(t *testing.T) {
	t.Parallel()
	k := newK8sFixture(t, Options{})
	api, zone := instance.NewAPI(k.client), scw.ZoneFrPar1
	srv := k.newServer(&instance.CreateServerRequest{
		CommercialType: "PRO2-XXS", Image: scw.StringPtr("debian_bookworm"),
		Volumes: map[string]*instance.VolumeServerTemplate{"0": {VolumeType: instance.VolumeVolumeTypeSbsVolume}},
	})
	root, added := srv.Volumes["0"].ID, k.createVolume("data").ID
	update := func(volumes map[string]*instance.VolumeServerTemplate) map[string]*instance.VolumeServer {
		t.Helper()
		changed, err := api.UpdateServer(&instance.UpdateServerRequest{Zone: zone, ServerID: srv.ID, Volumes: &volumes})
		if err != nil {
			t.Fatal(err)
		}
		k.server.Advance(time.Minute)
		return changed.Server.Volumes
	}
	both := update(map[string]*instance.VolumeServerTemplate{"0": {ID: &root}, "1": {ID: &added}})
	if len(both) != 2 || both["1"].ID != added {
		t.Errorf("%+v", both)
	}
	if one := update(
		map[string]*instance.VolumeServerTemplate{"0": {ID: &root}},
	); len(one) != 1 ||
		one["0"].ID != root {
		t.Errorf("%+v", one)
	}
	for id, want := range map[string]block.VolumeStatus{root: "in_use", added: "available"} {
		now, err := block.NewAPI(k.client).GetVolume(&block.GetVolumeRequest{Zone: zone, VolumeID: id})
		if err != nil || now.Status != want {
			t.Errorf("%+v, %v", now, err)
		}
	}
	if err := api.DeleteServer(&instance.DeleteServerRequest{Zone: zone, ServerID: srv.ID}); err != nil {
		t.Fatal(err)
	}
	now, err := block.NewAPI(k.client).GetVolume(&block.GetVolumeRequest{Zone: zone, VolumeID: root})
	if err != nil || now.Status != block.VolumeStatusAvailable || now.Name != "Debian Bookworm_sbs_volume_0" {
		t.Errorf("the root volume of a deleted Instance: %+v, %v", now, err)
	}
}
