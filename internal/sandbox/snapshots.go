package sandbox

import (
	"cmp"
	"time"

	"github.com/google/uuid"
	"github.com/scaleway/scaleway-sdk-go/api/block/v1"
)

// snapshotCreateDuration is the recorded duration of a snapshot's creation.
const snapshotCreateDuration = 5 * time.Second

// snapshot is a snapshot of a Block Storage volume. After the deletion of the volume it has no parent volume.
type snapshot struct {
	block.Snapshot

	KmsKeyID *string `json:"kms_key_id,omitempty"` // not in recordings of snapshots
	Srn      string  `json:"srn,omitempty"`        // not in recordings
}

func (s *Server) routeSnapshots() {
	const base = "/block/v1/zones/{zone}/snapshots"
	s.route("GET "+base, areaBlock, s.listSnapshots)
	s.route("POST "+base, areaBlock, s.createSnapshot)
	s.route(
		"GET "+base+"/{id}",
		areaBlock,
		s.withSnapshot(func(_ *call, snap *snapshot) (any, error) { return snap, nil }),
	)
	s.route("PATCH "+base+"/{id}", areaBlock, s.withSnapshot(s.updateSnapshot))
	s.route("DELETE "+base+"/{id}", areaBlock, s.withSnapshot(s.deleteSnapshot))
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
	found := s.snapshots.list(func(snap *snapshot) bool {
		parent := ""
		if s.withParentVolume(snap).ParentVolume != nil {
			parent = snap.ParentVolume.ID
		}
		return snap.Zone == c.zone() && f.matches("project_id", snap.ProjectID) && f.matches("volume_id", parent) &&
			f.contains("name", snap.Name) && f.hasTag(snap.Tags)
	})
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
	if parent.Status != block.VolumeStatusAvailable && parent.Status != block.VolumeStatusInUse {
		return nil, errTransient("volume", parent.ID, string(parent.Status))
	}
	now := s.timestamp()
	snap := &snapshot{Snapshot: block.Snapshot{
		ID: uuid.NewString(), Name: cmp.Or(req.Name, "snp-"+parent.Name),
		ParentVolume: &block.SnapshotParentVolume{ID: parent.ID}, Size: parent.Size,
		ProjectID: c.projectID(&req.ProjectID), CreatedAt: now, UpdatedAt: now,
		References: []*block.Reference{}, Status: block.SnapshotStatusCreating, Tags: nonNilSlice(req.Tags),
		Zone:  c.zone(),
		Class: parent.Specs.Class, Public: req.Public,
	}}
	s.snapshots.put(snap.ID, snap)
	s.after(snapshotCreateDuration, func() {
		if snap.Status == block.SnapshotStatusCreating {
			snap.Status = block.SnapshotStatusAvailable
		}
	})
	return s.withParentVolume(snap), nil
}

func (s *Server) updateSnapshot(c *call, snap *snapshot) (any, error) {
	var req block.UpdateSnapshotRequest
	if err := c.decode(&req); err != nil {
		return nil, err
	}
	setIfPresent(&snap.Name, req.Name)
	setIfPresent(&snap.Tags, req.Tags)
	snap.UpdatedAt = s.timestamp()
	return snap, nil
}

func (s *Server) deleteSnapshot(_ *call, snap *snapshot) (any, error) {
	s.snapshots.remove(snap.ID)
	return noContent{}, nil
}
