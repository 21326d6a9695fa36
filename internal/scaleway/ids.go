package scaleway

import (
	"fmt"
	"strings"

	"github.com/scaleway/scaleway-sdk-go/scw"
	"github.com/scaleway/scaleway-sdk-go/validation"
)

// SplitID resolves the id of a regional object, "fr-par/UUID" or a bare UUID, which is in the default region. The UUID
// comes back in lower case.
func SplitID(id string, defaultRegion scw.Region) (region scw.Region, uuid string, err error) {
	prefix, uuid, err := splitID(id, string(defaultRegion), "region", "fr-par")
	if err != nil {
		return "", "", err
	}
	if !IsRegion(prefix) {
		if IsZone(prefix) {
			return "", "", fmt.Errorf("%q starts with the zone %s, where a region is expected, as in fr-par/UUID", id, prefix)
		}
		return "", "", fmt.Errorf("%q starts with %q, which is not a region; regions are %s", id, prefix, Regions())
	}
	return scw.Region(prefix), uuid, nil
}

// SplitZonedID resolves the id of a zonal object, "fr-par-1/UUID" or a bare UUID, which is in the default zone. The
// UUID comes back in lower case.
func SplitZonedID(id string, defaultZone scw.Zone) (zone scw.Zone, uuid string, err error) {
	prefix, uuid, err := splitID(id, string(defaultZone), "zone", "fr-par-1")
	if err != nil {
		return "", "", err
	}
	if !IsZone(prefix) {
		if IsRegion(prefix) {
			return "", "", fmt.Errorf("%q starts with the region %s, where a zone is expected, as in fr-par-1/UUID", id, prefix)
		}
		return "", "", fmt.Errorf("%q starts with %q, which is not a zone; zones are %s", id, prefix, Zones())
	}
	return scw.Zone(prefix), uuid, nil
}

func splitID(id, fallback, what, example string) (prefix, uuid string, err error) {
	prefix, uuid, found := strings.Cut(strings.TrimSpace(id), "/")
	if !found {
		prefix, uuid = fallback, prefix
	}
	if !validation.IsUUID(uuid) {
		return "", "", fmt.Errorf("%q is not an id; write %s/UUID or the UUID alone, as in "+
			"%s/00112233-4455-4677-8899-aabbccddeeff", id, what, example)
	}
	if prefix == "" {
		return "", "", fmt.Errorf("%q names no %s and the provider has no default one; write %s/UUID", id, what, example)
	}
	return prefix, strings.ToLower(uuid), nil
}

// JoinID writes the id of a regional object, "fr-par/UUID".
func JoinID(region scw.Region, uuid string) string {
	return string(region) + "/" + strings.ToLower(uuid)
}

// JoinZonedID writes the id of a zonal object, "fr-par-1/UUID".
func JoinZonedID(zone scw.Zone, uuid string) string {
	return string(zone) + "/" + strings.ToLower(uuid)
}

// join lists names for a message.
func join[S ~string](names []S) string {
	texts := make([]string, len(names))
	for i, name := range names {
		texts[i] = string(name)
	}
	return strings.Join(texts, ", ")
}
