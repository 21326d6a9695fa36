package scaleway

import (
	"fmt"
	"strings"

	"github.com/scaleway/scaleway-sdk-go/scw"
	"github.com/scaleway/scaleway-sdk-go/validation"
)

// SplitID parses the id of a regional object: "fr-par/UUID", or a UUID alone, for which it returns defaultRegion. It
// returns the UUID in lower case.
func SplitID(id string, defaultRegion scw.Region) (region scw.Region, uuid string, err error) {
	prefix, uuid, err := splitID(id, string(defaultRegion), "region", "fr-par")
	if err != nil {
		return "", "", err
	}
	if !IsRegion(prefix) {
		if IsZone(prefix) {
			return "", "", fmt.Errorf(
				"%q starts with the zone %s, where a region is expected, as in fr-par/UUID", id, prefix,
			)
		}
		return "", "", fmt.Errorf("%q starts with %q, which is not a region; regions are %s", id, prefix, Regions())
	}
	return scw.Region(prefix), uuid, nil
}

// SplitZonedID parses the id of a zonal object: "fr-par-1/UUID", or a UUID alone, for which it returns defaultZone. It
// returns the UUID in lower case.
func SplitZonedID(id string, defaultZone scw.Zone) (zone scw.Zone, uuid string, err error) {
	prefix, uuid, err := splitID(id, string(defaultZone), "zone", "fr-par-1")
	if err != nil {
		return "", "", err
	}
	if !IsZone(prefix) {
		if IsRegion(prefix) {
			return "", "", fmt.Errorf(
				"%q starts with the region %s, where a zone is expected, as in fr-par-1/UUID", id, prefix,
			)
		}
		return "", "", fmt.Errorf("%q starts with %q, which is not a zone; zones are %s", id, prefix, Zones())
	}
	return scw.Zone(prefix), uuid, nil
}

// splitID splits an id into its prefix, or fallback without a prefix, and its UUID. kind is "region" or "zone".
func splitID(id, fallback, kind, example string) (prefix, uuid string, err error) {
	prefix, uuid, found := strings.Cut(strings.TrimSpace(id), "/")
	if !found {
		prefix, uuid = fallback, prefix
	}
	if !validation.IsUUID(uuid) {
		return "", "", fmt.Errorf("%q is not an id; write %s/UUID or the UUID alone, as in "+
			"%s/00112233-4455-4677-8899-aabbccddeeff", id, kind, example)
	}
	if prefix == "" {
		return "", "", fmt.Errorf(
			"%q has no %s, and the provider has no default %s; write %s/UUID", id, kind, kind, example,
		)
	}
	return prefix, strings.ToLower(uuid), nil
}

// JoinID returns the id of a regional object, "fr-par/UUID".
func JoinID(region scw.Region, uuid string) string {
	return string(region) + "/" + strings.ToLower(uuid)
}

// JoinZonedID returns the id of a zonal object, "fr-par-1/UUID".
func JoinZonedID(zone scw.Zone, uuid string) string {
	return string(zone) + "/" + strings.ToLower(uuid)
}

// join joins names with commas.
func join[S ~string](names []S) string {
	texts := make([]string, len(names))
	for i, name := range names {
		texts[i] = string(name)
	}
	return strings.Join(texts, ", ")
}
