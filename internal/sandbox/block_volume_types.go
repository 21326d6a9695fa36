package sandbox

import (
	"github.com/scaleway/scaleway-sdk-go/api/block/v1"
	"github.com/scaleway/scaleway-sdk-go/scw"
)

// volumeType is a type of volumes.
type volumeType struct {
	block.VolumeType

	Srn string `json:"srn,omitempty"` // not in recordings
}

// routeVolumeTypes registers the list of the volume types.
//
// [INFERRED block-volume-types] No recording shows it. The names and the IOPS are those of the documentation and of the
// recorded volumes, the prices of a GB and an hour in euros are examples.
func (s *Server) routeVolumeTypes(base string) {
	s.route("GET "+base+"/volume-types", areaBlock, func(c *call) (any, error) {
		types := []*volumeType{}
		for _, t := range []struct {
			name  string
			iops  uint32
			price float64
		}{{"sbs_5k", 5000, 0.000118}, {"sbs_15k", 15000, 0.000177}} {
			types = append(types, &volumeType{VolumeType: block.VolumeType{
				Type: t.name, Zone: c.zone(), Pricing: scw.NewMoneyFromFloat(t.price, "EUR", 6),
				SnapshotPricing: scw.NewMoneyFromFloat(0.000044, "EUR", 6),
				Specs:           &block.VolumeSpecifications{PerfIops: &t.iops, Class: block.StorageClassSbs},
			}})
		}
		page, total := paginate(c, types)
		return map[string]any{"volume_types": page, "total_count": total}, nil
	})
}
