package sandbox

import (
	"cmp"
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/scaleway/scaleway-sdk-go/api/block/v1"
	"github.com/scaleway/scaleway-sdk-go/api/instance/v1"
	"github.com/scaleway/scaleway-sdk-go/scw"
)

// imageReference is the type of the reference of a Block Storage snapshot to an image.
const imageReference = "instance_image"

// instanceImage is an image that a client created from snapshots.
type instanceImage struct {
	instance.Image
}

// routeInstanceImages registers the images of instance/v1: those of the marketplace, and those that clients created.
//
// [INFERRED instance-images] Recordings show an image of the marketplace in the responses of Instances only. The life
// of an image is built from the SDK: one from snapshots is available at once, one of an Instance with its snapshots. A
// snapshot of Block Storage in an image is in use.
func (s *Server) routeInstanceImages(base string) {
	one := base + "/images/{id}"
	s.route("GET "+base+"/images", areaInstance, s.listInstanceImages)
	s.route("POST "+base+"/images", areaInstance, s.createInstanceImage)
	s.route("GET "+one, areaInstance, func(c *call) (any, error) {
		image, err := s.findImage(c, c.PathValue("id"))
		if err != nil {
			return nil, err
		}
		return map[string]any{"image": image}, nil
	})
	s.route("PATCH "+one, areaInstance, s.withInstanceImage(s.updateInstanceImage))
	s.route("DELETE "+one, areaInstance, s.withInstanceImage(s.deleteInstanceImage))
}

func (s *Server) withInstanceImage(handle func(*call, *instanceImage) (any, error)) handler {
	return func(c *call) (any, error) {
		id := c.PathValue("id")
		image, ok := s.instanceImages.get(id)
		if !ok || image.Zone != c.zone() {
			return nil, errNotFound("instance_image", id)
		}
		return handle(c, image)
	}
}

// listInstanceImages lists the images of clients, the newest first, then those of the marketplace.
func (s *Server) listInstanceImages(c *call) (any, error) {
	f, all := c.filters(), []*instance.Image{}
	for _, image := range s.instanceImages.list(nil) {
		all = append([]*instance.Image{&image.Image}, all...)
	}
	for _, local := range newLocalImages("") {
		all = append(all, local.toImage())
	}
	found := slices.DeleteFunc(all, func(image *instance.Image) bool {
		return image.Zone != c.zone() || !f.contains("name", image.Name) || !f.matches("arch", string(image.Arch)) ||
			!f.matchesBool("public", image.Public) || !f.matches("project", image.Project) ||
			!f.matches("organization", image.Organization) || !f.hasAllTags(image.Tags)
	})
	page, total := paginateWithDefault(c, found, 50)
	return listResponse{map[string]any{"images": page}, total}, nil
}

// findImage returns an image by its id in the zone of the path.
func (s *Server) findImage(c *call, id string) (*instance.Image, error) {
	if image, ok := s.instanceImages.get(id); ok && image.Zone == c.zone() {
		return &image.Image, nil
	}
	for _, local := range newLocalImages("") {
		if local.ID == id && local.Zone == c.zone() {
			return local.toImage(), nil
		}
	}
	return nil, errNotFound("instance_image", id)
}

// toImage converts a local image of the marketplace to instance/v1, with the recorded fields.
func (image *localImage) toImage() *instance.Image {
	root := &instance.VolumeSummary{
		ID: marketplaceID("root volume of " + image.ID), VolumeType: instance.VolumeVolumeTypeSbsSnapshot,
	}
	if image.Type == "instance_local" {
		root.Name, root.Size, root.VolumeType = image.name, 10*scw.GB, instance.VolumeVolumeTypeLSSD
	}
	return newImage(
		image.ID,
		image.name,
		imageOwner,
		imageOwner,
		image.Zone,
		instance.Arch(image.Arch),
		root,
		imageDate(),
	)
}

// newImage returns an available image. It is public if it belongs to the owner of the marketplace.
func newImage(
	id, name, projectID, organizationID string, zone scw.Zone, arch instance.Arch, root *instance.VolumeSummary,
	created *time.Time,
) *instance.Image {
	return &instance.Image{
		ID: id, Name: name, Arch: arch, RootVolume: root, Public: projectID == imageOwner, Organization: organizationID,
		Project: projectID, CreationDate: created, ModificationDate: created, Tags: []string{}, Zone: zone,
		ExtraVolumes: map[string]*instance.Volume{}, State: instance.ImageStateAvailable,
	}
}

// imageVolumeType returns the type of the volume that an Instance has from an image.
func imageVolumeType(image *instance.Image) instance.VolumeVolumeType {
	if image.RootVolume.VolumeType == instance.VolumeVolumeTypeSbsSnapshot {
		return instance.VolumeVolumeTypeSbsVolume
	}
	return image.RootVolume.VolumeType
}

func (s *Server) createInstanceImage(c *call) (any, error) {
	var req instance.CreateImageRequest
	if err := c.decode(&req); err != nil {
		return nil, err
	}
	projectID, id := c.projectID(req.Project), uuid.NewString()
	root, err := s.imageVolume(c, req.RootVolume)
	if err != nil {
		return nil, err
	}
	organizationID, extra := s.organizationOf(projectID), map[string]*instance.Volume{}
	for index, template := range req.ExtraVolumes {
		if template == nil {
			continue
		}
		part, err := s.imageVolume(c, template.ID)
		if err != nil {
			return nil, err
		}
		extra[index] = &instance.Volume{
			ID: part.ID, Name: part.Name, Size: part.Size, VolumeType: part.VolumeType, Organization: organizationID,
			Project: projectID, Tags: []string{}, Zone: c.zone(), State: instance.VolumeStateAvailable,
		}
	}
	image := newImage(id, cmp.Or(req.Name, generatedName("img")), projectID, organizationID, c.zone(),
		cmp.Or(req.Arch, instance.ArchX86_64), root, s.timestamp())
	image.Tags, image.ExtraVolumes = nonNilTags(req.Tags), extra
	setIfPresent(&image.Public, req.Public)
	s.instanceImages.put(id, &instanceImage{Image: *image})
	s.linkSnapshots(image)
	return created{map[string]any{"image": image}}, nil
}

// imageVolume returns a volume of an image from a snapshot of a local volume or of Block Storage.
func (s *Server) imageVolume(c *call, snapshotID string) (*instance.VolumeSummary, error) {
	if snap, ok := s.instanceSnapshots.get(snapshotID); ok && snap.Zone == c.zone() {
		return &instance.VolumeSummary{
			ID: snap.ID, Name: snap.Name, Size: snap.Size, VolumeType: snap.VolumeType,
		}, checkInstanceSnapshot(snap)
	}
	snap, err := s.findSnapshot(c, snapshotID)
	if err != nil {
		return nil, errNotFound("instance_snapshot", snapshotID)
	}
	return &instance.VolumeSummary{
		ID: snap.ID, VolumeType: instance.VolumeVolumeTypeSbsSnapshot,
	}, snap.checkSettled()
}

// linkSnapshots adds references to an image to its snapshots of Block Storage.
func (s *Server) linkSnapshots(image *instance.Image) {
	ids := []string{image.RootVolume.ID}
	for _, part := range image.ExtraVolumes {
		ids = append(ids, part.ID)
	}
	for _, id := range ids {
		if snap, ok := s.snapshots.get(id); ok {
			snap.Status = block.SnapshotStatusInUse
			snap.References = append(snap.References, &block.Reference{
				ID: uuid.NewString(), ProductResourceType: imageReference, ProductResourceID: image.ID,
				CreatedAt: s.timestamp(), Type: block.ReferenceTypeLink, Status: block.ReferenceStatusAttached,
			})
		}
	}
}

func (s *Server) updateInstanceImage(c *call, image *instanceImage) (any, error) {
	var req instance.UpdateImageRequest
	if err := c.decode(&req); err != nil {
		return nil, err
	}
	setIfPresent(&image.Name, req.Name)
	setListIfPresent(&image.Tags, req.Tags)
	setIfPresent(&image.Public, req.Public)
	image.Arch = cmp.Or(req.Arch, image.Arch)
	image.ModificationDate = s.timestamp()
	return map[string]any{"image": image}, nil
}

// deleteInstanceImage deletes an image. Its snapshots are kept.
func (s *Server) deleteInstanceImage(_ *call, image *instanceImage) (any, error) {
	s.instanceImages.remove(image.ID)
	for _, snap := range s.snapshots.list(nil) {
		snap.References = slices.DeleteFunc(snap.References, func(r *block.Reference) bool {
			return r.ProductResourceID == image.ID
		})
		if snap.Status == block.SnapshotStatusInUse && len(snap.References) == 0 {
			snap.Status = block.SnapshotStatusAvailable
		}
	}
	return noContent{}, nil
}

// backUpServer creates an image of an Instance from snapshots of its volumes, without those that have no snapshots.
func (s *Server) backUpServer(srv *server, name string) *instance.Image {
	name = cmp.Or(name, "image of "+srv.Name)
	image := newImage(uuid.NewString(), name, srv.Project, srv.Organization, srv.Zone, srv.Arch,
		&instance.VolumeSummary{}, s.timestamp())
	image.FromServer = srv.ID
	for index, slot := range srv.slots {
		part := &instance.Volume{
			Name: name, Organization: srv.Organization, Project: srv.Project, Tags: []string{}, Zone: srv.Zone,
			State: instance.VolumeStateAvailable,
		}
		if v, ok := s.instanceVolumes.get(slot.id); ok && v.VolumeType == instance.VolumeVolumeTypeLSSD {
			snap := s.newInstanceSnapshot(name, srv.Project, srv.Zone)
			s.startSnapshot(snap, v)
			part.ID, part.Size, part.VolumeType = snap.ID, snap.Size, snap.VolumeType
		} else if v, ok := s.volumes.get(slot.id); ok {
			snap := s.newSnapshot(name, srv.Project, srv.Zone, v.Size)
			snap.ParentVolume = &block.SnapshotParentVolume{ID: v.ID}
			part.ID, part.VolumeType = snap.ID, instance.VolumeVolumeTypeSbsSnapshot
		} else {
			continue
		}
		if index == "0" {
			image.RootVolume = &instance.VolumeSummary{
				ID: part.ID, Name: part.Name, Size: part.Size, VolumeType: part.VolumeType,
			}
			continue
		}
		image.ExtraVolumes[index] = part
	}
	image.State = instance.ImageStateCreating
	s.instanceImages.put(image.ID, &instanceImage{Image: *image})
	s.afterState(instanceSnapshotDuration, func() {
		if now, ok := s.instanceImages.get(image.ID); ok && now.State == instance.ImageStateCreating {
			now.State, now.ModificationDate = instance.ImageStateAvailable, s.timestamp()
			s.linkSnapshots(&now.Image)
		}
	})
	return image
}
