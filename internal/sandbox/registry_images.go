package sandbox

import (
	"crypto/sha256"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/scaleway/scaleway-sdk-go/api/registry/v1"
	"github.com/scaleway/scaleway-sdk-go/scw"
)

// registryImage is an image of a namespace. Images are pushed with PushImage: the sandbox has no endpoint to push to.
type registryImage struct {
	registry.Image

	StatusMessage string `json:"status_message"`

	region scw.Region
}

// registryTag is a tag of an image.
type registryTag struct {
	registry.Tag

	region scw.Region
}

func (s *Server) routeRegistryImages(base string) {
	const image, tag = "/images/{id}", "/tags/{id}"
	s.route("GET "+base+"/images", areaRegistry, s.listRegistryImages)
	s.route("GET "+base+image, areaRegistry, withObject(s.findRegistryImage, show[registryImage]))
	s.route("PATCH "+base+image, areaRegistry, withObject(s.findRegistryImage, s.updateRegistryImage))
	s.route("DELETE "+base+image, areaRegistry, withObject(s.findRegistryImage, s.deleteRegistryImage))
	s.route("GET "+base+image+"/tags", areaRegistry, withObject(s.findRegistryImage, s.listRegistryTags))
	s.route("GET "+base+tag, areaRegistry, withObject(s.findRegistryTag, show[registryTag]))
	s.route("DELETE "+base+tag, areaRegistry, withObject(s.findRegistryTag, s.deleteRegistryTag))
}

// PushImage adds a tag to an image of a namespace, as `docker push` does. An image that does not exist is created.
func (s *Server) PushImage(namespaceID, name, tag string, size scw.Size) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.runDueEvents()
	n, ok := s.registryNamespaces.get(namespaceID)
	if !ok {
		return fmt.Errorf("there is no namespace %s", namespaceID)
	}
	now := s.timestamp()
	var image *registryImage
	for _, existing := range s.registryImagesOf(namespaceID) {
		if existing.Name == name {
			image = existing
		}
	}
	if image == nil {
		image = &registryImage{region: n.Region, Image: registry.Image{
			ID: uuid.NewString(), Name: name, NamespaceID: namespaceID, Status: registry.ImageStatusReady,
			Visibility: registry.ImageVisibilityInherit, CreatedAt: now, Tags: []string{},
		}}
		s.registryImages.put(image.ID, image)
	}
	image.Size, image.UpdatedAt, image.Tags = size, now, including(image.Tags, tag)
	digest := fmt.Sprintf("sha256:%x", sha256.Sum256(fmt.Appendf(nil, "%s:%s@%s", name, tag, now)))
	for _, existing := range s.registryTagsOf(image.ID) {
		if existing.Name == tag {
			existing.Digest, existing.UpdatedAt = digest, now
			return nil
		}
	}
	id := uuid.NewString()
	s.registryTags.put(id, &registryTag{region: n.Region, Tag: registry.Tag{
		ID: id, Name: tag, ImageID: image.ID, Status: registry.TagStatusReady, Digest: digest, CreatedAt: now,
		UpdatedAt: now,
	}})
	return nil
}

func (s *Server) registryImagesOf(namespaceID string) []*registryImage {
	return s.registryImages.list(func(image *registryImage) bool { return image.NamespaceID == namespaceID })
}

func (s *Server) registryTagsOf(imageID string) []*registryTag {
	return s.registryTags.list(func(tag *registryTag) bool { return tag.ImageID == imageID })
}

func (s *Server) listRegistryImages(c *call) (any, error) {
	f := c.filters()
	found := s.registryImages.list(func(image *registryImage) bool {
		n, ok := s.registryNamespaces.get(image.NamespaceID)
		return ok && image.region == c.region() && f.matches("namespace_id", n.ID) &&
			f.matches("organization_id", n.OrganizationID) && f.matches("project_id", n.ProjectID) &&
			f.contains("name", image.Name)
	})
	page, total := paginate(c, sortBy(c, found, "created_at_asc", orders[registryImage]{
		"created_at": byTime(func(image *registryImage) *time.Time { return image.CreatedAt }),
		"name":       byText(func(image *registryImage) string { return image.Name }),
	}))
	return map[string]any{"images": page, "total_count": total}, nil
}

func (s *Server) findRegistryImage(c *call) (*registryImage, error) {
	image, ok := s.registryImages.get(c.PathValue("id"))
	if !ok || image.region != c.region() {
		return nil, errRegistryNotFound("Image")
	}
	return image, nil
}

func (s *Server) updateRegistryImage(c *call, image *registryImage) (any, error) {
	var req registry.UpdateImageRequest
	if err := c.decode(&req); err != nil {
		return nil, err
	}
	known := []registry.ImageVisibility{
		registry.ImageVisibilityInherit, registry.ImageVisibilityPublic, registry.ImageVisibilityPrivate,
	}
	if !slices.Contains(known, req.Visibility) {
		return nil, errInvalid("visibility", "constraint", "must be inherit, public or private")
	}
	image.Visibility, image.UpdatedAt = req.Visibility, s.timestamp()
	return image, nil
}

func (s *Server) deleteRegistryImage(_ *call, image *registryImage) (any, error) {
	image.Status, image.UpdatedAt = registry.ImageStatusDeleting, s.timestamp()
	s.after(registryDeleteDuration, func() { s.removeRegistryImage(image.ID) })
	return image, nil
}

// removeRegistryImage removes an image and its tags.
func (s *Server) removeRegistryImage(id string) {
	for _, tag := range s.registryTagsOf(id) {
		s.registryTags.remove(tag.ID)
	}
	s.registryImages.remove(id)
}

func (s *Server) listRegistryTags(c *call, image *registryImage) (any, error) {
	f := c.filters()
	found := slices.DeleteFunc(
		s.registryTagsOf(image.ID),
		func(tag *registryTag) bool { return !f.contains("name", tag.Name) },
	)
	page, total := paginate(c, sortBy(c, found, "created_at_asc", orders[registryTag]{
		"created_at": byTime(func(tag *registryTag) *time.Time { return tag.CreatedAt }),
		"name":       byText(func(tag *registryTag) string { return tag.Name }),
	}))
	return map[string]any{"tags": page, "total_count": total}, nil
}

func (s *Server) findRegistryTag(c *call) (*registryTag, error) {
	tag, ok := s.registryTags.get(c.PathValue("id"))
	if !ok || tag.region != c.region() {
		return nil, errRegistryNotFound("Tag")
	}
	return tag, nil
}

func (s *Server) deleteRegistryTag(_ *call, tag *registryTag) (any, error) {
	tag.Status, tag.UpdatedAt = registry.TagStatusDeleting, s.timestamp()
	s.after(registryDeleteDuration, func() {
		if image, ok := s.registryImages.get(tag.ImageID); ok {
			image.Tags = without(image.Tags, tag.Name)
		}
		s.registryTags.remove(tag.ID)
	})
	return tag, nil
}
