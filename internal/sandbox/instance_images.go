package sandbox

import (
	"github.com/scaleway/scaleway-sdk-go/api/instance/v1"
	"github.com/scaleway/scaleway-sdk-go/api/marketplace/v2"
	"github.com/scaleway/scaleway-sdk-go/scw"
)

// routeInstanceImages registers the images of instance/v1: those of the marketplace. The sandbox creates no others.
//
// [INFERRED instance-images] Recordings show the image of the marketplace in the responses of Instances only.
func (s *Server) routeInstanceImages(base string) {
	s.route("GET "+base+"/images", areaInstance, func(c *call) (any, error) {
		f, found := c.filters(), []*instance.Image{}
		for _, local := range newLocalImages("") {
			image := local.toImage()
			if image.Zone == c.zone() && f.contains("name", image.Name) && f.matches("arch", local.Arch) &&
				f.matchesBool("public", image.Public) && f.matches("project", image.Project) &&
				f.matches("organization", image.Organization) && f.hasAllTags(image.Tags) {
				found = append(found, image)
			}
		}
		page, total := paginateWithDefault(c, found, 50)
		return listResponse{map[string]any{"images": page}, total}, nil
	})
	s.route("GET "+base+"/images/{id}", areaInstance, func(c *call) (any, error) {
		image, err := s.findImage(c, c.PathValue("id"))
		if err != nil {
			return nil, err
		}
		return map[string]any{"image": image}, nil
	})
}

// findImage returns an image by its id in the zone of the path.
func (s *Server) findImage(c *call, id string) (*instance.Image, error) {
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
	if image.Type == marketplace.LocalImageTypeInstanceLocal {
		root.Name, root.Size, root.VolumeType = image.name, 10*scw.GB, instance.VolumeVolumeTypeLSSD
	}
	return &instance.Image{
		ID: image.ID, Name: image.name, Arch: instance.Arch(image.Arch), RootVolume: root, Public: true,
		Organization: imageOwner, Project: imageOwner, CreationDate: imageDate(), ModificationDate: imageDate(),
		ExtraVolumes: map[string]*instance.Volume{}, State: instance.ImageStateAvailable, Tags: []string{},
		Zone: image.Zone,
	}
}

// imageVolumeType returns the type of the volume that an Instance has from an image.
func imageVolumeType(image *instance.Image) instance.VolumeVolumeType {
	if image.RootVolume.VolumeType == instance.VolumeVolumeTypeSbsSnapshot {
		return instance.VolumeVolumeTypeSbsVolume
	}
	return image.RootVolume.VolumeType
}
