package sandbox

import (
	"cmp"
	"time"

	"github.com/google/uuid"
	"github.com/scaleway/scaleway-sdk-go/api/block/v1"
)

// snapshotCreates is how long a snapshot takes, as recorded.
const snapshotCreates = 5 * time.Second

// snapshot is a snapshot of a Block Storage volume. It outlives its volume: then it has no parent volume any more.
type snapshot struct {
	block.Snapshot

	KmsKeyID *string `json:"kms_key_id,omitempty"` // in no recording of a snapshot
	Srn      string  `json:"srn,omitempty"`        // in no recording
}

func (s *Server) routeSnapshots() {
	const base = "/block/v1/zones/{zone}/snapshots"
	s.route("GET "+base, areaBlock, s.listSnapshots)
	s.route("POST "+base, areaBlock, s.createSnapshot)
	s.route("GET "+base+"/{id}", areaBlock, s.withSnapshot(func(_ *call, one *snapshot) (any, error) { return one, nil }))
	s.route("PATCH "+base+"/{id}", areaBlock, s.withSnapshot(s.updateSnapshot))
	s.route("DELETE "+base+"/{id}", areaBlock, s.withSnapshot(s.deleteSnapshot))
}

func (s *Server) findSnapshot(c *call, id string) (*snapshot, error) {
	one, ok := s.snapshots.get(id)
	if !ok || one.Zone != c.zone() {
		return nil, errNotFound("snapshot", id)
	}
	return s.shownSnapshot(one), nil
}

func (s *Server) withSnapshot(handle func(*call, *snapshot) (any, error)) handler {
	return func(c *call) (any, error) {
		one, err := s.findSnapshot(c, c.PathValue("id"))
		if err != nil {
			return nil, err
		}
		return handle(c, one)
	}
}

// shownSnapshot is a snapshot with its parent volume as that is now: null once it is gone.
func (s *Server) shownSnapshot(one *snapshot) *snapshot {
	if one.ParentVolume == nil {
		return one
	}
	parent, ok := s.volumes.get(one.ParentVolume.ID)
	if !ok {
		one.ParentVolume = nil
		return one
	}
	one.ParentVolume = &block.SnapshotParentVolume{
		ID: parent.ID, Name: parent.Name, Type: parent.Type, Status: parent.Status,
	}
	return one
}

func (s *Server) listSnapshots(c *call) (any, error) {
	f := c.filters()
	found := s.snapshots.list(func(one *snapshot) bool {
		parent := ""
		if s.shownSnapshot(one).ParentVolume != nil {
			parent = one.ParentVolume.ID
		}
		return one.Zone == c.zone() && f.is("project_id", one.ProjectID) && f.is("volume_id", parent) &&
			f.contains("name", one.Name) && f.tagged(one.Tags)
	})
	page, total := paged(c, ordered(c, found, "created_at_asc", func(one *snapshot) sortable {
		return sortable{name: one.Name, created: one.CreatedAt, updated: one.UpdatedAt}
	}))
	return map[string]any{"snapshots": page, "total_count": total}, nil
}

func (s *Server) createSnapshot(c *call) (any, error) {
	var asked block.CreateSnapshotRequest
	if err := c.decode(&asked); err != nil {
		return nil, err
	}
	parent, ok := s.volumes.get(asked.VolumeID)
	if !ok || parent.Zone != c.zone() {
		return nil, errNotFound("volume", asked.VolumeID)
	}
	if parent.Status != block.VolumeStatusAvailable && parent.Status != block.VolumeStatusInUse {
		return nil, errTransient("volume", parent.ID, string(parent.Status))
	}
	now := s.stamp()
	one := &snapshot{Snapshot: block.Snapshot{
		ID: uuid.NewString(), Name: cmp.Or(asked.Name, "snp-"+parent.Name),
		ParentVolume: &block.SnapshotParentVolume{ID: parent.ID}, Size: parent.Size,
		ProjectID: c.projectID(&asked.ProjectID), CreatedAt: now, UpdatedAt: now,
		References: []*block.Reference{}, Status: block.SnapshotStatusCreating, Tags: filled(asked.Tags), Zone: c.zone(),
		Class: parent.Specs.Class, Public: asked.Public,
	}}
	s.snapshots.put(one.ID, one)
	s.after(snapshotCreates, func() {
		if one.Status == block.SnapshotStatusCreating {
			one.Status = block.SnapshotStatusAvailable
		}
	})
	return s.shownSnapshot(one), nil
}

func (s *Server) updateSnapshot(c *call, one *snapshot) (any, error) {
	var asked block.UpdateSnapshotRequest
	if err := c.decode(&asked); err != nil {
		return nil, err
	}
	set(&one.Name, asked.Name)
	set(&one.Tags, asked.Tags)
	one.UpdatedAt = s.stamp()
	return one, nil
}

func (s *Server) deleteSnapshot(_ *call, one *snapshot) (any, error) {
	s.snapshots.remove(one.ID)
	return noContent{}, nil
}
