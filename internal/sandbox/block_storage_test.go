package sandbox

import (
	"testing"
	"time"
)

// slowness is the factor by which the transitions of newSlowRig take longer than recorded, so that none ends between
// two requests.
const slowness = 100

func newSlowRig(t *testing.T) *rig {
	t.Helper()
	return newRig(t, Options{Speed: 1.0 / slowness})
}

// advance advances the clock of newSlowRig by a recorded duration.
func (r *rig) advance(recorded time.Duration) { r.server.Advance(recorded * slowness) }

const blockPath = "/block/v1/zones/fr-par-1"

// newVolume creates a volume from empty and advances the clock until it is available.
func (r *rig) newVolume(name, fields string) string {
	r.t.Helper()
	created := r.call(200, "POST", blockPath+"/volumes",
		`{"name":"`+name+`","from_empty":{"size":10000000000}`+fields+`}`)
	expectJSON(r.t, "creating", created, "status")
	r.advance(volumeCreateDuration)
	return stringAt(r.t, created, "id")
}

func TestVolumeUpdates(t *testing.T) {
	t.Parallel()
	r := newSlowRig(t)
	path := blockPath + "/volumes/" + r.newVolume("a", `,"perf_iops":5000,"tags":["x"]`)
	changed := r.call(200, "PATCH", path, `{"name":"b","perf_iops":15000}`)
	expectJSON(t, "updating", changed, "status")
	expectJSON(t, "sbs_5k", changed, "type")
	expectJSON(t, "b", changed, "name")
	refused := r.call(409, "PATCH", path, `{"size":20000000000}`)
	expectJSON(t, "transient_state", refused, "type")
	r.call(409, "DELETE", path, "")
	r.advance(volumeUpdateDuration)
	now := r.call(200, "GET", path, "")
	expectJSON(t, "available", now, "status")
	expectJSON(t, "sbs_15k", now, "type")
	expectJSON(t, 15000, now, "specs", "perf_iops")
	renamed := r.call(200, "PATCH", path, `{"name":"c","tags":[],"size":10000000000,"perf_iops":15000}`)
	expectJSON(t, "available", renamed, "status")
	expectJSON(t, []string{}, renamed, "tags")
	for _, body := range []string{`{"size":1000000000}`, `{"size":20000000000000}`, `{"perf_iops":1000}`} {
		expectJSON(t, "invalid_arguments", r.call(400, "PATCH", path, body), "type")
	}
}

func TestVolumeLists(t *testing.T) {
	t.Parallel()
	r := newSlowRig(t)
	first := r.newVolume("first", `,"tags":["x","y"]`)
	second := r.newVolume("second", `,"perf_iops":15000,"project_id":"33333333-1111-1111-1111-111111111111"`)
	deleted := r.newVolume("deleted", "")
	r.call(204, "DELETE", blockPath+"/volumes/"+deleted, "")
	r.call(404, "GET", blockPath+"/volumes/"+deleted, "")
	for query, want := range map[string][]string{
		"":                             {first, second},
		"order_by=name_desc":           {second, first},
		"page=2&page_size=1":           {second},
		"name=fir":                     {first},
		"tags=y&tags=z":                {first},
		"tags=z":                       {},
		"volume_type=sbs_15k":          {second},
		"volume_ids=" + second:         {second},
		"project_id=" + ProjectID:      {first},
		"organization_id=" + second:    {},
		"product_resource_id=" + first: {},
		"include_deleted=false":        {first, second},
		"include_deleted=true":         {first, second, deleted},
		"include_deleted=true&name=d":  {second, deleted},
		"organization_id=33333333-1111-1111-1111-111111111111": {second},
	} {
		got := []any{}
		list := r.call(200, "GET", blockPath+"/volumes?"+query, "")
		for i := range lengthAt(t, list, "volumes") {
			got = append(got, stringAt(t, list, "volumes", i, "id"))
		}
		t.Logf("query %q", query)
		expectJSON(t, want, got)
	}
	all := r.call(200, "GET", blockPath+"/volumes?include_deleted=true&page_size=1", "")
	expectJSON(t, 3, all, "total_count")
	r.advance(deletedRetention)
	expectJSON(t, 2, r.call(200, "GET", blockPath+"/volumes?include_deleted=true", ""), "total_count")
}

func TestVolumeFromSnapshot(t *testing.T) {
	t.Parallel()
	r := newSlowRig(t)
	parent := r.newVolume("a", `,"kms_key_id":"44444444-1111-1111-1111-111111111111"`)
	created := r.call(200, "POST", blockPath+"/snapshots", `{"volume_id":"`+parent+`","name":"s","public":true}`)
	expectJSON(t, true, created, "public")
	expectJSON(t, "44444444-1111-1111-1111-111111111111", created, "kms_key_id")
	id := stringAt(t, created, "id")
	from := `{"name":"b","from_snapshot":{"snapshot_id":"` + id + `"`
	r.call(409, "POST", blockPath+"/volumes", from+`}}`)
	r.call(409, "DELETE", blockPath+"/snapshots/"+id, "")
	r.advance(snapshotCreateDuration)
	r.call(400, "POST", blockPath+"/volumes", from+`,"size":1000000000}}`)
	larger := r.call(200, "POST", blockPath+"/volumes", from+`,"size":20000000000}}`)
	expectJSON(t, 20_000_000_000, larger, "size")
	expectJSON(t, id, larger, "parent_snapshot_id")
	hidden := r.call(200, "PATCH", blockPath+"/snapshots/"+id, `{"public":false,"name":"t","tags":["x"]}`)
	expectJSON(t, false, hidden, "public")
	expectJSON(t, "t", hidden, "name")

	r.call(400, "POST", blockPath+"/snapshots/"+id+"/export-to-object-storage", `{"bucket":"backups"}`)
	exported := r.call(200, "POST", blockPath+"/snapshots/"+id+"/export-to-object-storage",
		`{"bucket":"backups","key":"s.qcow2"}`)
	expectJSON(t, "exporting", exported, "status")
	imported := r.call(200, "POST", blockPath+"/snapshots/import-from-object-storage",
		`{"bucket":"backups","key":"s.qcow2","name":"i","size":30000000000}`)
	expectJSON(t, "creating", imported, "status")
	expectJSON(t, nil, imported, "parent_volume")
	r.advance(snapshotCreateDuration)
	for _, snapshot := range []string{id, stringAt(t, imported, "id")} {
		expectJSON(t, "available", r.call(200, "GET", blockPath+"/snapshots/"+snapshot, ""), "status")
	}
	r.call(204, "DELETE", blockPath+"/volumes/"+parent, "")
	expectJSON(t, nil, r.call(200, "GET", blockPath+"/snapshots/"+id, ""), "parent_volume")
	r.call(204, "DELETE", blockPath+"/snapshots/"+id, "")
	expectJSON(t, 1, r.call(200, "GET", blockPath+"/snapshots", ""), "total_count")
	expectJSON(t, 2, r.call(200, "GET", blockPath+"/snapshots?include_deleted=true", ""), "total_count")
}

// TestBlockV1alpha1 uses the paths of v1alpha1, whose objects are those of v1.
func TestBlockV1alpha1(t *testing.T) {
	t.Parallel()
	r := newSlowRig(t)
	const former = "/block/v1alpha1/zones/fr-par-1"
	id := r.newVolume("a", "")
	expectJSON(t, "a", r.call(200, "GET", former+"/volumes/"+id, ""), "name")
	created := r.call(200, "POST", former+"/snapshots", `{"volume_id":"`+id+`"}`)
	expectJSON(t, "snp-a", created, "name")
	imported := r.call(200, "POST", former+"/snapshots/import-from-s3", `{"bucket":"b","key":"k"}`)
	expectJSON(t, "i", r.call(200, "PATCH", former+"/snapshots/"+stringAt(t, imported, "id"), `{"name":"i"}`), "name")
	types := r.call(200, "GET", former+"/volume-types", "")
	expectJSON(t, "sbs_15k", types, "volume_types", 1, "type")
	expectJSON(t, 177000, types, "volume_types", 1, "pricing", "nanos")
	r.call(204, "DELETE", former+"/volumes/"+id, "")
	expectJSON(t, 0, r.call(200, "GET", blockPath+"/volumes", ""), "total_count")
}

func TestBlockPermissions(t *testing.T) {
	t.Parallel()
	r := newSlowRig(t)
	id := r.newVolume("a", "")
	_, _, r.token = newApplicationKey(r, "BlockStorageReadOnly")
	r.call(200, "GET", blockPath+"/volumes/"+id, "")
	denied := r.call(403, "DELETE", blockPath+"/volumes/"+id, "")
	expectJSON(t, "block_storage", denied, "details", 0, "resource")
	r.token = SecretKey
	_, _, r.token = newApplicationKey(r, "InstancesReadOnly")
	r.call(403, "GET", blockPath+"/volume-types", "")
}
