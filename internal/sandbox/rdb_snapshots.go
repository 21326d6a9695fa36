package sandbox

import (
	"cmp"
	"time"

	"github.com/google/uuid"
	"github.com/scaleway/scaleway-sdk-go/api/rdb/v1"
)

// rdbSnapshot is a snapshot of the volume of an instance. It outlives its instance.
type rdbSnapshot struct {
	rdb.Snapshot

	projectID string
	source    rdbInstance // as it was
}

func (s *Server) routeDatabaseSnapshots(base string) {
	const one = "/snapshots/{id}"
	route := func(pattern string, handle func(*call, *rdbSnapshot) (any, error)) {
		s.route(pattern, areaDatabase, withObject(s.findDatabaseSnapshot, handle))
	}
	s.route("GET "+base+"/snapshots", areaDatabase, s.listDatabaseSnapshots)
	s.route("POST "+base+"/instances/{id}/snapshots", areaDatabase,
		withObject(s.findDatabaseInstance, s.createDatabaseSnapshot))
	route("GET "+base+one, show[rdbSnapshot])
	route("PATCH "+base+one, s.updateDatabaseSnapshot)
	route("DELETE "+base+one, s.deleteDatabaseSnapshot)
	route("POST "+base+one+"/create-instance", s.createInstanceFromSnapshot)
}

func (s *Server) listDatabaseSnapshots(c *call) (any, error) {
	f := c.filters()
	found := s.rdbSnapshots.list(func(snap *rdbSnapshot) bool {
		return snap.Region == c.region() && f.matches("organization_id", OrganizationID) &&
			f.matches("project_id", snap.projectID) && f.matches("instance_id", snap.InstanceID) &&
			f.contains("name", snap.Name)
	})
	page, total := paginate(c, sortBy(c, found, "created_at_asc", orders[rdbSnapshot]{
		"created_at": byTime(func(snap *rdbSnapshot) *time.Time { return snap.CreatedAt }),
		"expires_at": byTime(func(snap *rdbSnapshot) *time.Time { return snap.ExpiresAt }),
		"name":       byText(func(snap *rdbSnapshot) string { return snap.Name }),
	}))
	return map[string]any{"snapshots": page, "total_count": total}, nil
}

// createDatabaseSnapshot creates a snapshot, which expires after a year by default.
func (s *Server) createDatabaseSnapshot(c *call, i *rdbInstance) (any, error) {
	var req rdb.CreateSnapshotRequest
	if err := c.decode(&req); err != nil {
		return nil, err
	}
	if err := i.requireReady(); err != nil {
		return nil, err
	}
	now := s.timestamp()
	expires := now.AddDate(1, 0, 0)
	if req.ExpiresAt != nil {
		expires = req.ExpiresAt.UTC()
	}
	snap := &rdbSnapshot{projectID: i.ProjectID, source: *i, Snapshot: rdb.Snapshot{
		ID: uuid.NewString(), InstanceID: i.ID, InstanceName: i.Name, Name: cmp.Or(req.Name, generatedName("snap")),
		Status: rdb.SnapshotStatusCreating, ExpiresAt: &expires, CreatedAt: now, NodeType: i.NodeType,
		VolumeType: &rdb.SnapshotVolumeType{Type: i.Volume.Type, Class: i.Volume.Class}, Region: i.Region,
	}}
	snap.source.users, snap.source.databases = copyCollection(i.users), copyCollection(i.databases)
	size := i.Volume.Size
	s.rdbSnapshots.put(snap.ID, snap)
	s.after(rdbBackupDuration, func() {
		if snap.Status == rdb.SnapshotStatusCreating {
			snap.Status, snap.Size, snap.UpdatedAt = rdb.SnapshotStatusReady, &size, s.timestamp()
		}
	})
	return snap, nil
}

func (s *Server) findDatabaseSnapshot(c *call) (*rdbSnapshot, error) {
	id := c.PathValue("id")
	snap, ok := s.rdbSnapshots.get(id)
	if !ok || snap.Region != c.region() {
		return nil, errNotFound("instance_snapshot", id)
	}
	return snap, nil
}

func (s *Server) updateDatabaseSnapshot(c *call, snap *rdbSnapshot) (any, error) {
	var req rdb.UpdateSnapshotRequest
	if err := c.decode(&req); err != nil {
		return nil, err
	}
	setIfPresent(&snap.Name, req.Name)
	if req.ExpiresAt != nil {
		snap.ExpiresAt = utc(req.ExpiresAt)
	}
	snap.UpdatedAt = s.timestamp()
	return snap, nil
}

func (s *Server) deleteDatabaseSnapshot(_ *call, snap *rdbSnapshot) (any, error) {
	snap.Status = rdb.SnapshotStatusDeleting
	s.after(rdbBackupDeleteDuration, func() { s.rdbSnapshots.remove(snap.ID) })
	return snap, nil
}

// createInstanceFromSnapshot creates an instance with the engine, the users and the databases of the snapshot's.
func (s *Server) createInstanceFromSnapshot(c *call, snap *rdbSnapshot) (any, error) {
	var req rdb.CreateInstanceFromSnapshotRequest
	if err := c.decode(&req); err != nil {
		return nil, err
	}
	if snap.Status != rdb.SnapshotStatusReady {
		return nil, errTransient("instance_snapshot", snap.ID, string(snap.Status))
	}
	source := &snap.source
	nodeType, volume, err := databaseVolume(
		cmp.Or(deref(req.NodeType), snap.NodeType), snap.VolumeType.Type, *snap.Size,
	)
	if err != nil {
		return nil, err
	}
	i := s.newDatabaseInstance(
		snap.projectID, snap.Region, cmp.Or(req.InstanceName, generatedName("rdb")), source.Engine,
	)
	i.NodeType, i.Volume = nodeType, volume
	i.IsHaCluster = req.IsHaCluster != nil && *req.IsHaCluster //nolint:staticcheck // deprecated, but clients send it
	i.HighAvailabilityMode = haMode(i.IsHaCluster, req.HighAvailabilityMode)
	i.Encryption.Enabled = source.Encryption.Enabled
	i.setBackupSchedule(s.timestamp(), source.BackupSchedule.Disabled)
	i.users, i.databases = copyCollection(source.users), copyCollection(source.databases)
	return s.startDatabaseInstance(i, nil)
}

// copyCollection returns a collection with copies of the objects of another one.
func copyCollection[T any](from *collection[T]) *collection[T] {
	to := newCollection[T]()
	for _, id := range from.order {
		copied := *from.items[id]
		to.put(id, &copied)
	}
	return to
}
