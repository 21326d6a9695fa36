package scaleway

import (
	"github.com/scaleway/scaleway-sdk-go/scw"
)

// IsRegion reports whether name is one of the regions that Regions lists.
func IsRegion(name string) bool { return scw.Region(name).Exists() }

// IsZone reports whether name has the form of a zone of one of these regions. Only the API can tell whether the zone
// exists.
func IsZone(name string) bool {
	region, err := scw.Zone(name).Region()
	return err == nil && region.Exists()
}

// Regions returns the regions of Scaleway as a text for messages.
func Regions() string { return join(scw.AllRegions) }

// Zones returns the zones of Scaleway as a text for messages.
func Zones() string { return join(scw.AllZones) }
