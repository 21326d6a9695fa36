package sandbox

import (
	"time"

	"github.com/google/uuid"
	"github.com/scaleway/scaleway-sdk-go/api/rdb/v1"
	"github.com/scaleway/scaleway-sdk-go/scw"
)

// Durations of operations on backups and snapshots. Those of snapshots are recorded [INFERRED rdb-backups].
const (
	rdbBackupDuration       = 30 * time.Second
	rdbBackupDeleteDuration = 10 * time.Second
)

// rdbBackup is a backup of one database. It outlives its instance.
type rdbBackup struct {
	rdb.DatabaseBackup

	projectID string
}

func (s *Server) routeDatabaseBackups(base string) {
	const one = "/backups/{id}"
	route := func(pattern string, handle func(*call, *rdbBackup) (any, error)) {
		s.route(pattern, areaDatabase, withObject(s.findDatabaseBackup, handle))
	}
	s.route("GET "+base+"/backups", areaDatabase, s.listDatabaseBackups)
	s.route("POST "+base+"/backups", areaDatabase, s.createDatabaseBackup)
	route("GET "+base+one, show[rdbBackup])
	route("PATCH "+base+one, s.updateDatabaseBackup)
	route("DELETE "+base+one, s.deleteDatabaseBackup)
	route("POST "+base+one+"/restore", s.restoreDatabaseBackup)
	route("POST "+base+one+"/export", s.exportDatabaseBackup)
}

func (s *Server) listDatabaseBackups(c *call) (any, error) {
	f := c.filters()
	found := s.rdbBackups.list(func(b *rdbBackup) bool {
		return b.Region == c.region() && f.matches("organization_id", OrganizationID) &&
			f.matches("project_id", b.projectID) && f.matches("instance_id", b.InstanceID) && f.contains("name", b.Name)
	})
	page, total := paginate(c, sortBy(c, found, "created_at_asc", orders[rdbBackup]{
		"created_at": byTime(func(b *rdbBackup) *time.Time { return b.CreatedAt }),
		"name":       byText(func(b *rdbBackup) string { return b.Name }),
		"status":     byText(func(b *rdbBackup) string { return string(b.Status) }),
	}))
	return map[string]any{"database_backups": page, "total_count": total}, nil
}

func (s *Server) createDatabaseBackup(c *call) (any, error) {
	var req rdb.CreateDatabaseBackupRequest
	if err := c.decode(&req); err != nil {
		return nil, err
	}
	i, err := s.databaseInstance(c, req.InstanceID)
	if err != nil {
		return nil, err
	}
	if err := i.requireReady(); err != nil {
		return nil, err
	}
	database, ok := i.databases.get(req.DatabaseName)
	if !ok {
		return nil, errNotFound("database", req.DatabaseName)
	}
	b := &rdbBackup{projectID: i.ProjectID, DatabaseBackup: rdb.DatabaseBackup{
		ID: uuid.NewString(), InstanceID: i.ID, InstanceName: i.Name, DatabaseName: req.DatabaseName, Name: req.Name,
		Status: rdb.DatabaseBackupStatusCreating, CreatedAt: s.timestamp(), Region: i.Region,
		SameRegion: i.BackupSameRegion, ExpiresAt: utc(req.ExpiresAt),
	}}
	if b.Name == "" {
		b.Name = generatedName("backup")
	}
	size := database.Size
	s.rdbBackups.put(b.ID, b)
	s.finishBackup(b, rdb.DatabaseBackupStatusCreating, func() { b.Size = &size })
	return b, nil
}

// utc returns an optional date in UTC, as the API returns dates.
func utc(at *time.Time) *time.Time {
	if at == nil {
		return nil
	}
	converted := at.UTC()
	return &converted
}

// finishBackup makes a backup ready after the time that an operation takes.
func (s *Server) finishBackup(b *rdbBackup, during rdb.DatabaseBackupStatus, done func()) {
	b.Status = during
	s.after(rdbBackupDuration, func() {
		if b.Status != during {
			return
		}
		b.Status, b.UpdatedAt = rdb.DatabaseBackupStatusReady, s.timestamp()
		done()
	})
}

func (s *Server) findDatabaseBackup(c *call) (*rdbBackup, error) {
	id := c.PathValue("id")
	b, ok := s.rdbBackups.get(id)
	if !ok || b.Region != c.region() {
		return nil, errNotFound("database_backup", id)
	}
	return b, nil
}

func (b *rdbBackup) requireReady() error {
	if b.Status != rdb.DatabaseBackupStatusReady {
		return errTransient("database_backup", b.ID, string(b.Status))
	}
	return nil
}

func (s *Server) updateDatabaseBackup(c *call, b *rdbBackup) (any, error) {
	var req rdb.UpdateDatabaseBackupRequest
	if err := c.decode(&req); err != nil {
		return nil, err
	}
	setIfPresent(&b.Name, req.Name)
	if req.ExpiresAt != nil {
		b.ExpiresAt = utc(req.ExpiresAt)
	}
	b.UpdatedAt = s.timestamp()
	return b, nil
}

func (s *Server) deleteDatabaseBackup(_ *call, b *rdbBackup) (any, error) {
	b.Status = rdb.DatabaseBackupStatusDeleting
	s.after(rdbBackupDeleteDuration, func() { s.rdbBackups.remove(b.ID) })
	return b, nil
}

// restoreDatabaseBackup restores a backup into a database of an instance, which is created if it does not exist.
func (s *Server) restoreDatabaseBackup(c *call, b *rdbBackup) (any, error) {
	var req rdb.RestoreDatabaseBackupRequest
	if err := c.decode(&req); err != nil {
		return nil, err
	}
	i, err := s.databaseInstance(c, req.InstanceID)
	if err != nil {
		return nil, err
	}
	if err := b.requireReady(); err != nil {
		return nil, err
	}
	name := b.DatabaseName
	setIfPresent(&name, req.DatabaseName)
	s.finishBackup(b, rdb.DatabaseBackupStatusRestoring, func() {
		if !i.databases.has(name) {
			i.databases.put(name, &rdb.Database{Name: name, Owner: "_rdb_superadmin", Managed: true, Size: *b.Size})
		}
	})
	return b, nil
}

// exportDatabaseBackup makes a backup available for download for a day. The address leads nowhere.
func (s *Server) exportDatabaseBackup(_ *call, b *rdbBackup) (any, error) {
	if err := b.requireReady(); err != nil {
		return nil, err
	}
	s.finishBackup(b, rdb.DatabaseBackupStatusExporting, func() {
		expires := s.timestamp().Add(24 * time.Hour)
		b.DownloadURL, b.DownloadURLExpiresAt = scw.StringPtr("https://rdb.example.com/backups/"+b.ID), &expires
	})
	return b, nil
}
