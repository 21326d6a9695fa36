package sandbox

import (
	"cmp"
	"time"

	"github.com/google/uuid"
	"github.com/scaleway/scaleway-sdk-go/api/block/v1"
	"github.com/scaleway/scaleway-sdk-go/scw"
)

// snapshotCreateDuration is the recorded duration of a snapshot's creation.
//
// [INFERRED block-snapshot-export] No recording shows an import or an export: each takes as long as a creation, with
// the status creating or exporting. The sandbox has no Object Storage, so it accepts any bucket and any key. An
// imported snapshot has the requested size, or the smallest.
const snapshotCreateDuration = 5 * time.Second

// snapshot is a snapshot of a Block Storage volume. After the deletion of the volume it has no parent volume.
type snapshot struct {
	block.Snapshot

	KmsKeyID *string `json:"kms_key_id,omitempty"` // not in recordings of snapshots
	Srn      string  `json:"srn,omitempty"`        // not in recordings
}

func (s *Server) routeSnapshots(base string) {
	s.route("GET "+base, areaBlock, s.listSnapshots)
	s.route("POST "+base, areaBlock, s.createSnapshot)
	s.route("POST "+base+"/import-from-object-storage", areaBlock, s.importSnapshot)
	s.route(
		"GET "+base+"/{id}",
		areaBlock,
		s.withSnapshot(func(_ *call, snap *snapshot) (any, error) { return snap, nil }),
	)
	s.route("PATCH "+base+"/{id}", areaBlock, s.withSnapshot(s.updateSnapshot))
	s.route("DELETE "+base+"/{id}", areaBlock, s.withSnapshot(s.deleteSnapshot))
	s.route("POST "+base+"/{id}/export-to-object-storage", areaBlock, s.withSnapshot(s.exportSnapshot))
}

func (s *Server) findSnapshot(c *call, id string) (*snapshot, error) {
	snap, ok := s.snapshots.get(id)
	if !ok || snap.Zone != c.zone() {
		return nil, errNotFound("snapshot", id)
	}
	return s.withParentVolume(snap), nil
}

func (s *Server) withSnapshot(handle func(*call, *snapshot) (any, error)) handler {
	return func(c *call) (any, error) {
		snap, err := s.findSnapshot(c, c.PathValue("id"))
		if err != nil {
			return nil, err
		}
		return handle(c, snap)
	}
}

// withParentVolume updates the parent volume of a snapshot: to its current state, or to null once it is deleted.
func (s *Server) withParentVolume(snap *snapshot) *snapshot {
	if snap.ParentVolume == nil {
		return snap
	}
	parent, ok := s.volumes.get(snap.ParentVolume.ID)
	if !ok {
		snap.ParentVolume = nil
		return snap
	}
	snap.ParentVolume = &block.SnapshotParentVolume{
		ID: parent.ID, Name: parent.Name, Type: parent.Type, Status: parent.Status,
	}
	return snap
}

func (s *Server) listSnapshots(c *call) (any, error) {
	f := c.filters()
	keep := func(snap *snapshot) bool {
		parent := ""
		if s.withParentVolume(snap).ParentVolume != nil {
			parent = snap.ParentVolume.ID
		}
		return snap.Zone == c.zone() && f.matches("project_id", snap.ProjectID) && f.matches("volume_id", parent) &&
			f.matches("organization_id", s.organizationOf(snap.ProjectID)) && f.contains("name", snap.Name) &&
			f.hasTag(snap.Tags)
	}
	found := s.snapshots.list(keep)
	if f.isTrue("include_deleted") {
		found = append(found, s.deletedSnapshots.list(keep)...)
	}
	page, total := paginate(c, sortItems(c, found, "created_at_asc", func(snap *snapshot) sortKey {
		return sortKey{name: snap.Name, created: snap.CreatedAt, updated: snap.UpdatedAt}
	}))
	return map[string]any{"snapshots": page, "total_count": total}, nil
}

func (s *Server) createSnapshot(c *call) (any, error) {
	var req block.CreateSnapshotRequest
	if err := c.decode(&req); err != nil {
		return nil, err
	}
	parent, ok := s.volumes.get(req.VolumeID)
	if !ok || parent.Zone != c.zone() {
		return nil, errNotFound("volume", req.VolumeID)
	}
	if err := parent.checkSettled(); err != nil {
		return nil, err
	}
	snap := s.newSnapshot(cmp.Or(req.Name, "snp-"+parent.Name), c.projectID(&req.ProjectID), c.zone(), parent.Size)
	snap.ParentVolume = &block.SnapshotParentVolume{ID: parent.ID}
	snap.Tags, snap.Public, snap.KmsKeyID = nonNilSlice(req.Tags), req.Public, parent.KmsKeyID
	return s.withParentVolume(snap), nil
}

func (s *Server) importSnapshot(c *call) (any, error) {
	var req block.ImportSnapshotFromObjectStorageRequest
	if err := c.decode(&req); err != nil {
		return nil, err
	}
	if err := checkObject(req.Bucket, req.Key); err != nil {
		return nil, err
	}
	size := scw.Size(minVolumeSize)
	setIfPresent(&size, req.Size)
	snap := s.newSnapshot(cmp.Or(req.Name, generatedName("snp")), c.projectID(&req.ProjectID), c.zone(), size)
	snap.Tags = nonNilSlice(req.Tags)
	return snap, nil
}

// checkObject returns an error if a bucket or an object's key is missing in a request.
func checkObject(bucket, key string) error {
	if bucket == "" {
		return errInvalid("bucket", "required", "")
	}
	if key == "" {
		return errInvalid("key", "required", "")
	}
	return nil
}

// newSnapshot creates a snapshot, which becomes available after the duration of a creation.
func (s *Server) newSnapshot(name, projectID string, zone scw.Zone, size scw.Size) *snapshot {
	now := s.timestamp()
	snap := &snapshot{Snapshot: block.Snapshot{
		ID: uuid.NewString(), Name: name, Size: size, ProjectID: projectID, CreatedAt: now, UpdatedAt: now,
		References: []*block.Reference{}, Status: block.SnapshotStatusCreating, Tags: []string{}, Zone: zone,
		Class: block.StorageClassSbs,
	}}
	s.snapshots.put(snap.ID, snap)
	s.finishSnapshot(snap.ID, block.SnapshotStatusCreating)
	return snap
}

// finishSnapshot schedules the end of an operation with a status.
func (s *Server) finishSnapshot(id string, status block.SnapshotStatus) {
	s.after(snapshotCreateDuration, func() {
		if snap, ok := s.snapshots.get(id); ok && snap.Status == status {
			snap.Status = block.SnapshotStatusAvailable
		}
	})
}

func (s *Server) updateSnapshot(c *call, snap *snapshot) (any, error) {
	var req block.UpdateSnapshotRequest
	if err := c.decode(&req); err != nil {
		return nil, err
	}
	setIfPresent(&snap.Name, req.Name)
	setListIfPresent(&snap.Tags, req.Tags)
	setIfPresent(&snap.Public, req.Public)
	snap.UpdatedAt = s.timestamp()
	return snap, nil
}

func (s *Server) exportSnapshot(c *call, snap *snapshot) (any, error) {
	var req block.ExportSnapshotToObjectStorageRequest
	if err := c.decode(&req); err != nil {
		return nil, err
	}
	if err := checkObject(req.Bucket, req.Key); err != nil {
		return nil, err
	}
	if err := snap.checkSettled(); err != nil {
		return nil, err
	}
	snap.Status = block.SnapshotStatusExporting
	s.finishSnapshot(snap.ID, snap.Status)
	return snap, nil
}

// checkSettled returns an error if an operation of the snapshot runs.
func (snap *snapshot) checkSettled() error {
	if snap.Status != block.SnapshotStatusAvailable && snap.Status != block.SnapshotStatusInUse {
		return errTransient("snapshot", snap.ID, string(snap.Status))
	}
	return nil
}

func (s *Server) deleteSnapshot(_ *call, snap *snapshot) (any, error) {
	if err := snap.checkSettled(); err != nil {
		return nil, err
	}
	if len(snap.References) > 0 {
		return nil, errInUse("the snapshot is part of " + snap.References[0].ProductResourceID)
	}
	s.snapshots.remove(snap.ID)
	snap.Status, snap.UpdatedAt = block.SnapshotStatusDeleted, s.timestamp()
	s.deletedSnapshots.put(snap.ID, snap)
	s.after(deletedRetention, func() { s.deletedSnapshots.remove(snap.ID) })
	return noContent{}, nil
}
