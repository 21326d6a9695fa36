package sandbox

import (
	"testing"

	"github.com/scaleway/scaleway-sdk-go/api/instance/v1"
	"github.com/scaleway/scaleway-sdk-go/api/marketplace/v2"
	"github.com/scaleway/scaleway-sdk-go/scw"
)

func TestInstanceVolumes(t *testing.T) {
	t.Parallel()
	r := newSlowRig(t)
	created := r.call(201, "POST", instancePath+"/volumes",
		`{"name":"v","volume_type":"l_ssd","size":10000000000,"tags":["x"]}`)
	id := stringAt(t, created, "volume", "id")
	path := instancePath + "/volumes/" + id
	expectJSON(t, nil, created, "volume", "server")
	for _, body := range []string{`{"volume_type":"b_ssd","size":10000000000}`, `{"volume_type":"l_ssd"}`} {
		r.call(400, "POST", instancePath+"/volumes", body)
	}
	expectJSON(t, "w", r.call(200, "PATCH", path, `{"name":"w"}`), "volume", "name")
	r.call(400, "PATCH", path, `{"size":20000000000}`)
	expectJSON(
		t,
		id,
		r.call(200, "GET", instancePath+"/volumes?tags=x&name=w&volume_type=l_ssd", ""),
		"volumes",
		0,
		"id",
	)
	expectJSON(t, []any{}, r.call(200, "GET", instancePath+"/volumes?volume_type=scratch", ""), "volumes")

	snapshot := r.call(201, "POST", instancePath+"/snapshots", `{"volume_id":"`+id+`","name":"s"}`)
	snapshotID := stringAt(t, snapshot, "snapshot", "id")
	expectJSON(t, "snapshotting", snapshot, "snapshot", "state")
	expectJSON(t, "snapshots/"+snapshotID, snapshot, "task", "href_result")
	expectJSON(t, "snapshotting", r.call(200, "GET", path, ""), "volume", "state")
	r.call(409, "DELETE", instancePath+"/snapshots/"+snapshotID, "")
	r.advance(instanceSnapshotDuration)
	expectJSON(t, "available", r.call(200, "GET", path, ""), "volume", "state")
	listed := r.call(200, "GET", instancePath+"/snapshots?base_volume_id="+id, "")
	expectJSON(t, "available", listed, "snapshots", 0, "state")
	r.call(202, "POST", instancePath+"/snapshots/"+snapshotID+"/export", `{"bucket":"b","key":"k"}`)
	imported := r.call(201, "POST", instancePath+"/snapshots", `{"bucket":"b","key":"k","size":5000000000}`)
	expectJSON(t, "importing", imported, "snapshot", "state")
	r.advance(instanceSnapshotDuration)
	r.call(400, "POST", instancePath+"/snapshots", `{"name":"s"}`)
	copied := r.call(201, "POST", instancePath+"/volumes", `{"base_snapshot":"`+snapshotID+`"}`)
	expectJSON(t, 10_000_000_000, copied, "volume", "size")
	expectJSON(t, "t", r.call(200, "PATCH", instancePath+"/snapshots/"+snapshotID, `{"name":"t"}`), "snapshot", "name")
	r.call(204, "DELETE", instancePath+"/snapshots/"+snapshotID, "")
	refused := r.call(404, "GET", instancePath+"/snapshots/"+snapshotID, "")
	expectJSON(t, "instance_snapshot", refused, "resource")

	srv := r.call(201, "POST", instancePath+"/servers",
		`{"commercial_type":"DEV1-S","volumes":{"0":{"id":"`+id+`","boot":true}}}`)
	expectJSON(t, "l_ssd", srv, "server", "volumes", "0", "volume_type")
	expectJSON(t, true, srv, "server", "volumes", "0", "boot")
	r.call(412, "DELETE", path, "")
	r.call(204, "DELETE", instancePath+"/servers/"+stringAt(t, srv, "server", "id"), "")
	r.call(204, "DELETE", path, "")
	expectJSON(t, true, r.call(200, "GET", instancePath+"/products/volumes", ""), "volumes", "l_ssd", "capabilities",
		"snapshot")
}

func TestInstanceImages(t *testing.T) {
	t.Parallel()
	r := newSlowRig(t)
	volume := r.newVolume("a", "")
	snapshot := r.call(200, "POST", blockPath+"/snapshots", `{"volume_id":"`+volume+`","name":"s"}`)
	snapshotID := stringAt(t, snapshot, "id")
	body := `{"name":"i","arch":"x86_64","root_volume":"` + snapshotID + `","tags":["x"]}`
	r.call(409, "POST", instancePath+"/images", body)
	r.advance(snapshotCreateDuration)
	image := r.call(201, "POST", instancePath+"/images", body)
	expectJSON(t, "sbs_snapshot", image, "image", "root_volume", "volume_type")
	expectJSON(t, false, image, "image", "public")
	imageID := stringAt(t, image, "image", "id")
	path := instancePath + "/images/" + imageID
	expectJSON(t, "in_use", r.call(200, "GET", blockPath+"/snapshots/"+snapshotID, ""), "status")
	r.call(412, "DELETE", blockPath+"/snapshots/"+snapshotID, "")
	expectJSON(t, "j", r.call(200, "PATCH", path, `{"name":"j"}`), "image", "name")
	expectJSON(t, imageID, r.call(200, "GET", instancePath+"/images?public=false&tags=x", ""), "images", 0, "id")
	expectJSON(t, true, r.call(200, "GET", instancePath+"/images?public=true", ""), "images", 0, "public")

	srv := r.call(
		201,
		"POST",
		instancePath+"/servers",
		`{"name":"a","commercial_type":"PRO2-XXS","image":"`+imageID+`"}`,
	)
	root := r.call(200, "GET", blockPath+"/volumes/"+stringAt(t, srv, "server", "volumes", "0", "id"), "")
	expectJSON(t, 10_000_000_000, root, "size")
	expectJSON(t, snapshotID, root, "parent_snapshot_id")
	r.advance(volumeCreateDuration)
	backup := r.call(202, "POST", instancePath+"/servers/"+stringAt(t, srv, "server", "id")+"/action",
		`{"action":"backup","name":"k"}`)
	copyPath := instancePath + stringAt(t, backup, "task", "href_result")
	expectJSON(t, "creating", r.call(200, "GET", copyPath, ""), "image", "state")
	r.advance(instanceSnapshotDuration)
	expectJSON(t, "available", r.call(200, "GET", copyPath, ""), "image", "state")
	for _, image := range []string{path, copyPath} {
		r.call(204, "DELETE", image, "")
		expectJSON(t, "instance_image", r.call(404, "GET", image, ""), "resource")
	}
	r.call(204, "DELETE", blockPath+"/snapshots/"+snapshotID, "")
	expectJSON(t, 1, r.call(200, "GET", blockPath+"/snapshots?name=k", ""), "total_count")
}

func TestMarketplace(t *testing.T) {
	t.Parallel()
	k := newK8sFixture(t, Options{})
	api := marketplace.NewAPI(k.client)
	for commercialType, kind := range map[string]marketplace.LocalImageType{
		"DEV1-S": marketplace.LocalImageTypeInstanceLocal, "PRO2-XXS": marketplace.LocalImageTypeInstanceSbs,
		"BASIC2-A2C-4G": marketplace.LocalImageTypeInstanceSbs,
	} {
		local, err := api.GetLocalImageByLabel(&marketplace.GetLocalImageByLabelRequest{
			ImageLabel: "ubuntu_noble", Zone: scw.ZoneNlAms1, CommercialType: commercialType, Type: kind,
		})
		if err != nil {
			t.Fatalf("%s: %v", commercialType, err)
		}
		read, err := api.GetLocalImage(&marketplace.GetLocalImageRequest{LocalImageID: local.ID})
		if err != nil || read.Label != "ubuntu_noble" || read.Zone != scw.ZoneNlAms1 {
			t.Errorf("%+v, %v", read, err)
		}
		image, err := instance.NewAPI(k.client).GetImage(&instance.GetImageRequest{Zone: local.Zone, ImageID: local.ID})
		if err != nil || string(image.Image.Arch) != local.Arch {
			t.Errorf("%+v, %v", image, err)
		}
	}
	if _, err := api.GetLocalImageByLabel(&marketplace.GetLocalImageByLabelRequest{
		ImageLabel: "ubuntu_noble", Zone: scw.ZoneFrPar1, CommercialType: "PRO2-XXS",
		Type: marketplace.LocalImageTypeInstanceLocal,
	}); err == nil {
		t.Error("a type without local volumes has a local image")
	}
	zone := scw.ZoneFrPar1
	image, err := api.GetImageByLabel(&marketplace.GetImageByLabelRequest{Label: "debian_bookworm"})
	if err != nil {
		t.Fatal(err)
	}
	versions, err := api.ListVersions(&marketplace.ListVersionsRequest{ImageID: image.ID})
	if err != nil || len(versions.Versions) != 1 {
		t.Fatalf("%+v, %v", versions, err)
	}
	for _, request := range []*marketplace.ListLocalImagesRequest{
		{ImageID: &image.ID, Zone: &zone},
		{VersionID: &versions.Versions[0].ID, Zone: &zone},
	} {
		if locals, err := api.ListLocalImages(request); err != nil || locals.TotalCount != 3 {
			t.Errorf("%+v, %v", locals, err)
		}
	}
	if _, err := api.ListLocalImages(&marketplace.ListLocalImagesRequest{}); err == nil {
		t.Error("local images were listed without a selector")
	}
	categories, err := api.ListCategories(&marketplace.ListCategoriesRequest{})
	if err != nil || categories.TotalCount != 2 {
		t.Errorf("%+v, %v", categories, err)
	}
}

func TestPlacedServers(t *testing.T) {
	t.Parallel()
	r := newRig(t, Options{})
	id := stringAt(t, r.call(201, "POST", instancePath+"/placement_groups", `{"name":"p"}`), "placement_group", "id")
	path := instancePath + "/placement_groups/" + id
	srv := r.call(201, "POST", instancePath+"/servers",
		`{"name":"a","commercial_type":"DEV1-S","placement_group":"`+id+`"}`)
	serverID := stringAt(t, srv, "server", "id")
	expectJSON(t, serverID, r.call(200, "GET", path+"/servers", ""), "servers", 0, "id")
	r.call(412, "DELETE", path, "")
	freed := r.call(200, "PATCH", instancePath+"/servers/"+serverID, `{"placement_group":null}`)
	expectJSON(t, nil, freed, "server", "placement_group")
	expectJSON(t, serverID, r.call(200, "PUT", path+"/servers", `{"servers":["`+serverID+`"]}`), "servers", 0, "id")
	expectJSON(t, []any{}, r.call(200, "PUT", path+"/servers", `{"servers":[]}`), "servers")
	r.call(204, "DELETE", path, "")
	expectJSON(t, 6, lengthAt(t, r.call(200, "GET", instancePath+"/security_groups/default/rules", ""), "rules"))
}
