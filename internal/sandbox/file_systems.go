package sandbox

import (
	"cmp"
	"time"

	"github.com/google/uuid"
	"github.com/scaleway/scaleway-sdk-go/api/file/v1alpha1"
	"github.com/scaleway/scaleway-sdk-go/scw"
)

// fileSystemCreateDuration is the recorded duration of a file system's creation.
const fileSystemCreateDuration = 250 * time.Millisecond

// The sizes of a file system that the official provider allows.
//
// [INFERRED file-size] The errors for other sizes, that a file system cannot shrink, and the duration of a change of
// its size, with the status updating.
const (
	minFileSystemSize        = 25 * scw.GB
	maxFileSystemSize        = 50 * scw.TB
	fileSystemResizeDuration = time.Second
)

// fileSystem is a file system of File Storage.
type fileSystem struct {
	file.FileSystem

	Srn string `json:"srn,omitempty"` // not in recordings
}

func (s *Server) routeFileStorage() {
	const base = "/file/v1alpha1/regions/{region}"
	one := base + "/filesystems/{id}"
	s.route("GET "+base+"/filesystems", areaFile, s.listFileSystems)
	s.route("POST "+base+"/filesystems", areaFile, s.createFileSystem)
	s.route("GET "+one, areaFile, s.withFileSystem(func(_ *call, fs *fileSystem) (any, error) { return fs, nil }))
	s.route("PATCH "+one, areaFile, s.withFileSystem(s.updateFileSystem))
	s.route("DELETE "+one, areaFile, s.withFileSystem(s.deleteFileSystem))
	s.route("GET "+base+"/filesystem-types", areaFile, listFileSystemTypes)
	s.routeFileAttachments(base)
}

func (s *Server) withFileSystem(handle func(*call, *fileSystem) (any, error)) handler {
	return func(c *call) (any, error) {
		fs, err := s.findFileSystem(c.region(), c.PathValue("id"))
		if err != nil {
			return nil, err
		}
		return handle(c, fs)
	}
}

func (s *Server) findFileSystem(region scw.Region, id string) (*fileSystem, error) {
	fs, ok := s.fileSystems.get(id)
	if !ok || fs.Region != region {
		return nil, errNotFound("filesystem", id)
	}
	return fs, nil
}

func (s *Server) listFileSystems(c *call) (any, error) {
	f := c.filters()
	found := s.fileSystems.list(func(fs *fileSystem) bool {
		return fs.Region == c.region() && f.matches("project_id", fs.ProjectID) &&
			f.matches("organization_id", fs.OrganizationID) && f.contains("name", fs.Name) && f.hasTag(fs.Tags) &&
			f.matches("filesystem_type", fs.FilesystemTypeID) && f.matches("filesystem_ids", fs.ID)
	})
	page, total := paginate(c, sortItems(c, found, "created_at_asc", func(fs *fileSystem) sortKey {
		return sortKey{name: fs.Name, created: fs.CreatedAt, updated: fs.UpdatedAt}
	}))
	return map[string]any{"filesystems": page, "total_count": total}, nil
}

func (s *Server) createFileSystem(c *call) (any, error) {
	var req file.CreateFileSystemRequest
	if err := c.decode(&req); err != nil {
		return nil, err
	}
	if err := checkFileSystemSize(scw.Size(req.Size), 0); err != nil {
		return nil, err
	}
	now, projectID := s.timestamp(), c.projectID(&req.ProjectID)
	fs := &fileSystem{FileSystem: file.FileSystem{
		ID:             uuid.NewString(),
		Name:           cmp.Or(req.Name, generatedName("fs")),
		Size:           scw.Size(req.Size),
		Status:         file.FileSystemStatusCreating,
		ProjectID:      projectID,
		OrganizationID: s.organizationOf(projectID),
		Tags: nonNilSlice(
			req.Tags,
		),
		Region:           c.region(),
		CreatedAt:        now,
		UpdatedAt:        now,
		FilesystemTypeID: deref(req.Type),
	}}
	s.fileSystems.put(fs.ID, fs)
	s.finishFileSystem(fs.ID, fileSystemCreateDuration, fs.Status, fs.Size)
	return fs, nil
}

// checkFileSystemSize returns an error if a size is not allowed, or smaller than the current one.
func checkFileSystemSize(size, current scw.Size) error {
	if size < minFileSystemSize || size > maxFileSystemSize {
		return errInvalid("size", "constraint", "must be between 25 GB and 50 TB")
	}
	if size < current {
		return errInvalid("size", "constraint", "a file system cannot shrink")
	}
	return nil
}

// finishFileSystem schedules the end of an operation with a status, when the file system has the given size.
func (s *Server) finishFileSystem(id string, duration time.Duration, status file.FileSystemStatus, size scw.Size) {
	s.afterState(duration, func() {
		if fs, ok := s.fileSystems.get(id); ok && fs.Status == status {
			fs.Status, fs.Size, fs.UpdatedAt = file.FileSystemStatusAvailable, size, s.timestamp()
		}
	})
}

func (s *Server) updateFileSystem(c *call, fs *fileSystem) (any, error) {
	var req file.UpdateFileSystemRequest
	if err := c.decode(&req); err != nil {
		return nil, err
	}
	if err := fs.checkAvailable(); err != nil {
		return nil, err
	}
	size := uint64(fs.Size)
	setIfPresent(&size, req.Size)
	if err := checkFileSystemSize(scw.Size(size), fs.Size); err != nil {
		return nil, err
	}
	setIfPresent(&fs.Name, req.Name)
	setListIfPresent(&fs.Tags, req.Tags)
	fs.UpdatedAt = s.timestamp()
	if scw.Size(size) != fs.Size {
		fs.Status = file.FileSystemStatusUpdating
		s.finishFileSystem(fs.ID, fileSystemResizeDuration, fs.Status, scw.Size(size))
	}
	return fs, nil
}

// checkAvailable returns an error if an operation of the file system runs.
func (fs *fileSystem) checkAvailable() error {
	if fs.Status != file.FileSystemStatusAvailable {
		return errTransient("filesystem", fs.ID, fs.Status.String())
	}
	return nil
}

// deleteFileSystem deletes a file system that is not attached. As recorded, the next read does not find it.
func (s *Server) deleteFileSystem(_ *call, fs *fileSystem) (any, error) {
	if err := fs.checkAvailable(); err != nil {
		return nil, err
	}
	if fs.NumberOfAttachments > 0 {
		return nil, errInUse("the file system is attached to Instances")
	}
	s.fileSystems.remove(fs.ID)
	return noContent{}, nil
}

// listFileSystemTypes lists the types of file systems.
//
// [INFERRED file-types] No recording shows it: its type and the prices are examples.
func listFileSystemTypes(c *call) (any, error) {
	page, total := paginate(c, []*file.FileSystemType{{
		Name: "standard", FilesystemPriceGbPerHour: scw.NewMoneyFromFloat(0.0002, "EUR", 6),
		SnapshotPriceGbPerHour: scw.NewMoneyFromFloat(0.0001, "EUR", 6),
	}})
	return map[string]any{"filesystem_types": page, "total_count": total}, nil
}
