package inventory

import (
	"cmp"
	"slices"
	"strings"

	"github.com/terraform-srm/terraform-provider-srm/internal/assessment"
)

// Images returns the images of workloads.
func Images(workloads []Workload) []Image {
	byReference := map[string]*Image{}
	for _, w := range workloads {
		for _, reference := range w.Images {
			one := byReference[reference]
			if one == nil {
				name, tag, digest := assessment.ParseImage(reference)
				registry, _, _ := strings.Cut(name, "/")
				one = &Image{
					Reference: reference, Registry: registry, Name: name, Tag: tag, Digest: digest, FromScaleway: true,
				}
				byReference[reference] = one
			}
			one.FromScaleway = one.FromScaleway && w.FromScaleway
			one.Workloads = append(one.Workloads, w.ID())
		}
	}
	images := []Image{}
	for _, one := range byReference {
		slices.Sort(one.Workloads)
		one.Workloads = slices.Compact(one.Workloads)
		images = append(images, *one)
	}
	slices.SortFunc(images, func(a, b Image) int { return cmp.Compare(a.Reference, b.Reference) })
	return images
}
