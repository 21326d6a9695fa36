package scaleway

import (
	"github.com/scaleway/scaleway-sdk-go/scw"
)

// IsRegion says whether a text is a region of Scaleway, one of those that Regions lists.
func IsRegion(text string) bool { return scw.Region(text).Exists() }

// IsZone says whether a text is the name of a zone in a region of Scaleway. Which zones a region has is for the API to
// say.
func IsZone(text string) bool {
	region, err := scw.Zone(text).Region()
	return err == nil && region.Exists()
}

// Regions lists the regions of Scaleway, for messages.
func Regions() string { return join(scw.AllRegions) }

// Zones lists the zones of Scaleway, for messages.
func Zones() string { return join(scw.AllZones) }
