package sandbox

import (
	"net/http"
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/scaleway/scaleway-sdk-go/api/instance/v1"
	"github.com/scaleway/scaleway-sdk-go/api/marketplace/v2"
	"github.com/scaleway/scaleway-sdk-go/scw"
)

// marketplaceImages are the images of the marketplace.
//
// [INFERRED marketplace-images] A recording shows one local image of ubuntu_noble. The others have labels and names of
// the documentation. Every zone has a local image of each type for each architecture.
var marketplaceImages = [...]struct {
	label, name, category string
	isGPU                 bool // for types with a GPU only, without a local volume
}{
	{"almalinux_9", "AlmaLinux 9", "distribution", false},
	{"archlinux", "Arch Linux", "distribution", false},
	{"debian_bookworm", "Debian Bookworm", "distribution", false},
	{"debian_bullseye", "Debian Bullseye", "distribution", false},
	{"debian_trixie", "Debian Trixie", "distribution", false},
	{"fedora_41", "Fedora 41", "distribution", false},
	{"rockylinux_9", "Rocky Linux 9", "distribution", false},
	{"ubuntu_focal", "Ubuntu 20.04 Focal Fossa", "distribution", false},
	{"ubuntu_jammy", "Ubuntu 22.04 Jammy Jellyfish", "distribution", false},
	{"ubuntu_jammy_gpu_os_12", "Ubuntu Jammy GPU OS 12", "Machine Learning", true},
	{"ubuntu_noble", "Ubuntu 24.04 Noble Numbat", "distribution", false},
}

// imageOwner is the recorded Organization of the images of the marketplace.
const imageOwner = "51b656e3-4865-41e8-adbc-0c45bdd780db"

// imageDate is the recorded date of an image of the marketplace.
func imageDate() *time.Time {
	date := time.Date(2026, 5, 12, 13, 5, 21, 183143000, time.UTC)
	return &date
}

// marketplaceID returns the id of an object of the marketplace.
func marketplaceID(name string) string { return uuid.NewSHA1(uuid.NameSpaceURL, []byte(name)).String() }

// localImage is an image of the marketplace in a zone, for one architecture and one type of volumes.
type localImage struct {
	marketplace.LocalImage

	name string
}

// newLocalImages returns the local images with a label, or all if it is empty.
func newLocalImages(label string) []*localImage {
	found, offers := []*localImage{}, newServerTypes()
	for _, image := range marketplaceImages {
		if label != "" && label != image.label {
			continue
		}
		for _, kind := range []marketplace.LocalImageType{
			marketplace.LocalImageTypeInstanceLocal, marketplace.LocalImageTypeInstanceSbs,
		} {
			for _, arch := range []instance.Arch{instance.ArchX86_64, instance.ArchArm64} {
				types := compatibleTypes(offers, kind, arch, image.isGPU)
				if len(types) == 0 {
					continue
				}
				for _, zone := range scw.AllZones {
					id := marketplaceID(image.label + "/" + string(kind) + "/" + string(arch) + "/" + string(zone))
					found = append(found, &localImage{name: image.name, LocalImage: marketplace.LocalImage{
						ID: id, Arch: string(arch), Zone: zone, Label: image.label, Type: kind,
						CompatibleCommercialTypes: types,
					}})
				}
			}
		}
	}
	return found
}

// compatibleTypes returns the names of the types that can use a local image. As recorded, an image of local volumes
// suits the types that have local volumes, whether or not they are retired.
func compatibleTypes(
	offers []*serverType, kind marketplace.LocalImageType, arch instance.Arch, isGPU bool,
) []string {
	names := []string{}
	for _, t := range offers {
		hasLocal := t.PerVolumeConstraint.LSSD.MaxSize > 0
		if t.Arch == arch && (*t.Gpu > 0) == isGPU &&
			(kind == marketplace.LocalImageTypeInstanceSbs || hasLocal && !isGPU) {
			names = append(names, t.name)
		}
	}
	return names
}

// routeMarketplace registers the marketplace.
//
// [INFERRED marketplace-public] It needs no token: no permission set grants access to it.
func (s *Server) routeMarketplace() {
	for pattern, handle := range map[string]handler{
		"images": listMarketplaceImages, "images/{id}": getMarketplaceImage,
		"versions": listMarketplaceVersions, "versions/{id}": getMarketplaceVersion,
		"local-images": listLocalImages, "local-images/{id}": getLocalImage,
		"categories": listMarketplaceCategories, "categories/{id}": getMarketplaceCategory,
	} {
		s.mux.HandleFunc("GET /marketplace/v2/"+pattern, func(w http.ResponseWriter, r *http.Request) {
			s.answer(w, func() (any, error) { return handle(&call{Request: r}) })
		})
	}
}

func listLocalImages(c *call) (any, error) {
	f := c.filters()
	selectors := 0
	for _, name := range []string{"image_id", "version_id", "image_label"} {
		selectors += min(1, len(f.values(name)))
	}
	if selectors != 1 {
		return nil, errInvalid("image_label", "constraint", "set one of image_id, version_id and image_label")
	}
	isAnyType := slices.Contains(f.values("type"), string(marketplace.LocalImageTypeUnknownType))
	found := slices.DeleteFunc(newLocalImages(c.URL.Query().Get("image_label")), func(image *localImage) bool {
		return !f.matches("image_id", marketplaceID(image.Label)) ||
			!f.matches("version_id", marketplaceID("version of "+image.Label)) || !f.matches("arch", image.Arch) ||
			!f.matches("zone", string(image.Zone)) || !isAnyType && !f.matches("type", string(image.Type))
	})
	if c.URL.Query().Get("order_by") == "type_desc" {
		slices.Reverse(found)
	}
	page, total := paginate(c, found)
	return map[string]any{"local_images": page, "total_count": total}, nil
}

func getLocalImage(c *call) (any, error) {
	for _, image := range newLocalImages("") {
		if image.ID == c.PathValue("id") {
			return image, nil
		}
	}
	return nil, errNotFound("local_image", c.PathValue("id"))
}

func newMarketplaceImages() []*marketplace.Image {
	found := []*marketplace.Image{}
	for _, image := range marketplaceImages {
		found = append(found, &marketplace.Image{
			ID: marketplaceID(image.label), Name: image.name, Label: image.label, Description: image.name,
			Categories: []string{image.category}, CreatedAt: imageDate(), UpdatedAt: imageDate(),
		})
	}
	return found
}

func listMarketplaceImages(c *call) (any, error) {
	f := c.filters()
	isOffered := map[string]bool{} // by label, for the requested architecture
	for _, local := range newLocalImages("") {
		isOffered[local.Label] = isOffered[local.Label] || f.matches("arch", local.Arch)
	}
	found := slices.DeleteFunc(newMarketplaceImages(), func(image *marketplace.Image) bool {
		return !f.matches("category", image.Categories[0]) || !isOffered[image.Label]
	})
	page, total := paginate(c, sortItems(c, found, "name_asc", func(image *marketplace.Image) sortKey {
		return sortKey{name: image.Name, created: image.CreatedAt, updated: image.UpdatedAt}
	}))
	return map[string]any{"images": page, "total_count": total}, nil
}

func getMarketplaceImage(c *call) (any, error) {
	for _, image := range newMarketplaceImages() {
		if image.ID == c.PathValue("id") {
			return image, nil
		}
	}
	return nil, errNotFound("image", c.PathValue("id"))
}

// newMarketplaceVersions returns the versions of an image: one, from the date of the image.
func newMarketplaceVersions(keep func(imageID string) bool) []*marketplace.Version {
	found := []*marketplace.Version{}
	for _, image := range newMarketplaceImages() {
		if keep(image.ID) {
			found = append(found, &marketplace.Version{
				ID: marketplaceID("version of " + image.Label), Name: image.CreatedAt.Format(time.RFC3339),
				CreatedAt: image.CreatedAt, UpdatedAt: image.UpdatedAt, PublishedAt: image.CreatedAt,
			})
		}
	}
	return found
}

func listMarketplaceVersions(c *call) (any, error) {
	page, total := paginate(c, newMarketplaceVersions(func(imageID string) bool {
		return imageID == c.URL.Query().Get("image_id")
	}))
	return map[string]any{"versions": page, "total_count": total}, nil
}

func getMarketplaceVersion(c *call) (any, error) {
	for _, version := range newMarketplaceVersions(func(string) bool { return true }) {
		if version.ID == c.PathValue("id") {
			return version, nil
		}
	}
	return nil, errNotFound("version", c.PathValue("id"))
}

func newMarketplaceCategories() []*marketplace.Category {
	found := []*marketplace.Category{}
	for _, name := range []string{"distribution", "Machine Learning"} {
		found = append(found, &marketplace.Category{
			ID: marketplaceID("category " + name), Name: name, Description: name,
		})
	}
	return found
}

func listMarketplaceCategories(c *call) (any, error) {
	page, total := paginate(c, newMarketplaceCategories())
	return map[string]any{"categories": page, "total_count": total}, nil
}

func getMarketplaceCategory(c *call) (any, error) {
	for _, category := range newMarketplaceCategories() {
		if category.ID == c.PathValue("id") {
			return category, nil
		}
	}
	return nil, errNotFound("category", c.PathValue("id"))
}
