package sandbox

import "testing"

const filePath = "/file/v1alpha1/regions/fr-par"

func TestFileSystems(t *testing.T) {
	t.Parallel()
	r := newSlowRig(t)
	for _, size := range []string{"24000000000", "50001000000000"} {
		r.call(400, "POST", filePath+"/filesystems", `{"name":"a","size":`+size+`}`)
	}
	created := r.call(200, "POST", filePath+"/filesystems", `{"name":"a","size":25000000000,"tags":["x"]}`)
	expectJSON(t, "creating", created, "status")
	expectJSON(t, OrganizationID, created, "organization_id")
	id := stringAt(t, created, "id")
	path := filePath + "/filesystems/" + id
	r.call(409, "PATCH", path, `{"name":"b"}`)
	r.advance(fileSystemCreateDuration)
	expectJSON(t, "available", r.call(200, "PATCH", path, `{"name":"b"}`), "status")
	r.call(400, "PATCH", path, `{"size":24000000000}`)
	resized := r.call(200, "PATCH", path, `{"size":30000000000}`)
	expectJSON(t, "updating", resized, "status")
	expectJSON(t, 25_000_000_000, resized, "size")
	r.advance(fileSystemResizeDuration)
	expectJSON(t, 30_000_000_000, r.call(200, "GET", path, ""), "size")
	r.call(400, "PATCH", path, `{"size":25000000000}`)
	for query, want := range map[string]int{
		"name=b&tags=x&filesystem_ids=" + id: 1, "project_id=" + id: 0, "organization_id=" + OrganizationID: 1,
		"filesystem_type=other": 0,
	} {
		expectJSON(t, want, r.call(200, "GET", filePath+"/filesystems?"+query, ""), "total_count")
	}
	expectJSON(t, 0, r.call(200, "GET", "/file/v1alpha1/regions/nl-ams/filesystems", ""), "total_count")
	expectJSON(t, 1, r.call(200, "GET", filePath+"/filesystem-types", ""), "total_count")

	for _, commercialType := range []string{"DEV1-S", "POP2-2C-8G"} {
		srv := r.call(201, "POST", instancePath+"/servers", `{"commercial_type":"`+commercialType+`"}`)
		attach := instancePath + "/servers/" + stringAt(t, srv, "server", "id") + "/attach-filesystem"
		if commercialType == "DEV1-S" { // a type without file systems
			r.call(412, "POST", attach, `{"filesystem_id":"`+id+`"}`)
			continue
		}
		attached := r.call(200, "POST", attach, `{"filesystem_id":"`+id+`"}`)
		expectJSON(t, "attaching", attached, "server", "filesystems", 0, "state")
		r.call(412, "POST", attach, `{"filesystem_id":"`+id+`"}`)
		serverID := stringAt(t, srv, "server", "id")
		expectJSON(
			t,
			id,
			r.call(200, "GET", filePath+"/attachments?resource_type=instance_server&resource_id="+serverID,
				""),
			"attachments",
			0,
			"filesystem_id",
		)
		expectJSON(t, 1, r.call(200, "GET", path, ""), "number_of_attachments")
		r.call(412, "DELETE", path, "")
		detach := instancePath + "/servers/" + serverID + "/detach-filesystem"
		r.call(409, "POST", detach, `{"filesystem_id":"`+id+`"}`)
		r.advance(fileAttachDuration)
		detached := r.call(200, "POST", detach, `{"filesystem_id":"`+id+`"}`)
		expectJSON(t, "detaching", detached, "server", "filesystems", 0, "state")
		r.advance(fileAttachDuration)
		expectJSON(t, 0, r.call(200, "GET", path, ""), "number_of_attachments")
		r.call(200, "POST", attach, `{"filesystem_id":"`+id+`"}`)
		r.call(204, "DELETE", instancePath+"/servers/"+serverID, "")
		expectJSON(t, 0, r.call(200, "GET", filePath+"/attachments", ""), "total_count")
	}
	r.call(204, "DELETE", path, "")
	expectJSON(t, "filesystem", r.call(404, "GET", path, ""), "resource")
	_, _, r.token = newApplicationKey(r, "FileStorageReadOnly")
	r.call(200, "GET", filePath+"/filesystems", "")
	expectJSON(t, "file_storage", r.call(403, "POST", filePath+"/filesystems", "{}"), "details", 0, "resource")
}
