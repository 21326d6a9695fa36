package sandbox

import (
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/scaleway/scaleway-sdk-go/api/file/v1alpha1"
	"github.com/scaleway/scaleway-sdk-go/api/instance/v1"
)

// fileAttachDuration is the duration of an attachment and of a detachment.
//
// [INFERRED file-attach] No recording shows an attachment, the states of a file system in its Instance, nor the errors.
const fileAttachDuration = time.Second

// fileAttachment is the attachment of a file system to an Instance.
type fileAttachment struct {
	file.Attachment

	Srn string `json:"srn,omitempty"` // not in recordings
}

func (s *Server) routeFileAttachments(base string) {
	const server = "/instance/v1/zones/{zone}/servers/{id}"
	s.route("GET "+base+"/attachments", areaFile, s.listFileAttachments)
	s.route("POST "+server+"/attach-filesystem", areaInstance, s.withServer(s.attachFileSystem))
	s.route("POST "+server+"/detach-filesystem", areaInstance, s.withServer(s.detachFileSystem))
}

func (s *Server) listFileAttachments(c *call) (any, error) {
	f := c.filters()
	isAnyType := slices.Contains(f.values("resource_type"), string(file.AttachmentResourceTypeUnknownResourceType))
	page, total := paginate(c, s.fileAttachments.list(func(a *fileAttachment) bool {
		return a.Region == c.region() && f.matches("filesystem_id", a.FilesystemID) &&
			f.matches("resource_id", a.ResourceID) && f.matches("zone", a.Zone.String()) &&
			(isAnyType || f.matches("resource_type", string(a.ResourceType)))
	}))
	return map[string]any{"attachments": page, "total_count": total}, nil
}

func (s *Server) attachFileSystem(c *call, srv *server) (any, error) {
	var req instance.AttachServerFileSystemRequest
	if err := c.decode(&req); err != nil {
		return nil, err
	}
	region, err := srv.Zone.Region()
	if err != nil {
		return nil, errInvalid("zone", "format", err.Error())
	}
	fs, err := s.findFileSystem(region, req.FilesystemID)
	if err != nil {
		return nil, err
	}
	if err := fs.checkAvailable(); err != nil {
		return nil, err
	}
	if srv.fileSystem(fs.ID) != nil {
		return nil, errPrecondition("unknown_precondition", "the file system is attached to the Instance")
	}
	kind := findServerType(srv.CommercialType, srv.Zone)
	if kind == nil || len(srv.Filesystems) >= int(kind.Capabilities.MaxFileSystems) {
		return nil, errPrecondition("unknown_precondition", fmt.Sprintf("%s allows no more file systems",
			srv.CommercialType))
	}
	zone := srv.Zone
	attachment := &fileAttachment{Attachment: file.Attachment{
		ID: uuid.NewString(), FilesystemID: fs.ID, ResourceID: srv.ID, Zone: &zone, Region: region,
		ResourceType: file.AttachmentResourceTypeInstanceServer,
	}}
	s.fileAttachments.put(attachment.ID, attachment)
	fs.NumberOfAttachments++
	srv.Filesystems = append(srv.Filesystems, &instance.ServerFilesystem{
		FilesystemID: fs.ID, State: instance.ServerFilesystemStateAttaching,
	})
	s.afterState(fileAttachDuration, func() {
		if now, ok := s.servers.get(srv.ID); ok {
			if state := now.fileSystem(fs.ID); state != nil && state.State == instance.ServerFilesystemStateAttaching {
				state.State = instance.ServerFilesystemStateAvailable
			}
		}
	})
	return s.getServer(c, srv)
}

// fileSystem returns the state of an attached file system, or nil.
func (srv *server) fileSystem(id string) *instance.ServerFilesystem {
	for _, fs := range srv.Filesystems {
		if fs.FilesystemID == id {
			return fs
		}
	}
	return nil
}

func (s *Server) detachFileSystem(c *call, srv *server) (any, error) {
	var req instance.DetachServerFileSystemRequest
	if err := c.decode(&req); err != nil {
		return nil, err
	}
	state := srv.fileSystem(req.FilesystemID)
	if state == nil {
		return nil, errNotFound("filesystem", req.FilesystemID)
	}
	if state.State != instance.ServerFilesystemStateAvailable {
		return nil, errTransient("filesystem", req.FilesystemID, state.State.String())
	}
	state.State = instance.ServerFilesystemStateDetaching
	s.afterState(fileAttachDuration, func() {
		if now, ok := s.servers.get(srv.ID); ok {
			s.releaseFileSystem(now, req.FilesystemID)
		}
	})
	return s.getServer(c, srv)
}

// releaseFileSystem removes the attachment of a file system to an Instance.
func (s *Server) releaseFileSystem(srv *server, id string) {
	srv.Filesystems = slices.DeleteFunc(srv.Filesystems, func(fs *instance.ServerFilesystem) bool {
		return fs.FilesystemID == id
	})
	for _, a := range s.fileAttachments.list(func(a *fileAttachment) bool {
		return a.FilesystemID == id && a.ResourceID == srv.ID
	}) {
		s.fileAttachments.remove(a.ID)
		if fs, ok := s.fileSystems.get(id); ok {
			fs.NumberOfAttachments--
		}
	}
}

// releaseFileSystems removes the attachments of an Instance that is being deleted.
func (s *Server) releaseFileSystems(srv *server) {
	for _, fs := range slices.Clone(srv.Filesystems) {
		s.releaseFileSystem(srv, fs.FilesystemID)
	}
}
