package scaleway

import (
	"cmp"
	"slices"
	"strings"

	"github.com/scaleway/scaleway-sdk-go/api/k8s/v1"

	"github.com/terraform-srm/terraform-provider-srm/internal/lifecycle"
)

// VersionNames returns the full names of versions, such as "1.35.9".
func VersionNames(versions []*k8s.Version) []string {
	names := make([]string, 0, len(versions))
	for _, version := range versions {
		names = append(names, version.Name)
	}
	return names
}

// HighestPatch returns the highest patch of a minor among versions, or nil if there is none.
func HighestPatch(versions []*k8s.Version, minor lifecycle.Minor) *k8s.Version {
	names := VersionNames(versions)
	name, ok := lifecycle.HighestPatch(names, minor)
	if !ok {
		return nil
	}
	return versions[slices.Index(names, name)]
}

// JoinMinors lists the minors of versions in a message: "1.35, 1.36".
func JoinMinors(versions []*k8s.Version) string {
	minors := []string{}
	for _, minor := range lifecycle.Minors(VersionNames(versions)) {
		minors = append(minors, minor.String())
	}
	return cmp.Or(strings.Join(minors, ", "), "none at present")
}
