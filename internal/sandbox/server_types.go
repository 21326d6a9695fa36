package sandbox

import (
	_ "embed" // for serverTypesCSV
	"encoding/csv"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/scaleway/scaleway-sdk-go/api/instance/v1"
	"github.com/scaleway/scaleway-sdk-go/scw"
)

// serverTypesCSV is the list of the real API in July 2026: one line per type, with the prices of fr-par-1 in euros
// without tax.
//
//go:embed server_types.csv
var serverTypesCSV string

// serverType is an Instance type, which is also a node type, as listed by `products/servers`.
type serverType struct {
	instance.ServerType

	MigProfile   *string                `json:"mig_profile"`
	Sku          string                 `json:"sku,omitempty"` // not in recordings
	Capabilities serverTypeCapabilities `json:"capabilities"`

	name  string
	zones []string // recorded zones that have the type
}

// serverTypeCapabilities adds the fields that the SDK does not have.
type serverTypeCapabilities struct {
	instance.ServerTypeCapabilities

	PlacementGroups         bool `json:"placement_groups"`
	HotSnapshotsLocalVolume bool `json:"hot_snapshots_local_volume"`
	PrivateNetwork          int  `json:"private_network"`
}

// newServerTypes parses the catalogue, in the order of the names.
func newServerTypes() []*serverType {
	rows, err := csv.NewReader(strings.NewReader(serverTypesCSV)).ReadAll()
	if err != nil {
		panic(fmt.Sprintf("sandbox: parse the catalogue of server types: %v", err))
	}
	types := make([]*serverType, 0, len(rows)-1)
	for _, row := range rows[1:] {
		types = append(types, newServerType(rows[0], row))
	}
	return types
}

func newServerType(names, row []string) *serverType {
	text := func(column string) string { return row[slices.Index(names, column)] }
	number := func(column string) float64 {
		value, err := strconv.ParseFloat(text(column), 64)
		if err != nil {
			panic(fmt.Sprintf("sandbox: server type %s: %s: %v", row[0], column, err))
		}
		return value
	}
	gigabytes := func(column string) scw.Size { return scw.Size(number(column)) * scw.GB }
	local, monthly, scratch := gigabytes("local_volume_gb"), float32(number("monthly")), gigabytes("scratch_gb")
	gpus, block := uint64(number("gpus")), uint64(number("block_mib"))<<20
	internal, internet := uint64(number("internal_mbit"))*1e6, uint64(number("internet_mbit"))*1e6
	t := &serverType{name: text("name"), zones: strings.Fields(text("zones")), ServerType: instance.ServerType{
		MonthlyPrice: &monthly, //nolint:staticcheck // deprecated, still in the API's responses
		HourlyPrice:  float32(number("hourly")), AltNames: []string{}, Ncpus: uint32(number("ncpus")),
		Gpu: &gpus, RAM: uint64(number("ram_gib")) << 30, Arch: instance.Arch(text("arch")),
		ScratchStorageMaxSize:         &scratch,
		ScratchStorageMaxVolumesCount: uint32(number("scratch_volumes")), BlockBandwidth: &block,
		EndOfService:      text("retired") != "",
		VolumesConstraint: &instance.ServerTypeVolumeConstraintSizes{MaxSize: gigabytes("local_gb")},
		PerVolumeConstraint: &instance.ServerTypeVolumeConstraintsByType{
			LSSD: &instance.ServerTypeVolumeConstraintSizes{MaxSize: local},
		},
		Network: &instance.ServerTypeNetwork{
			IPv6Support: true, SumInternalBandwidth: &internal, SumInternetBandwidth: &internet,
			Interfaces: []*instance.ServerTypeNetworkInterface{
				{InternalBandwidth: &internal, InternetBandwidth: &internet},
			},
		},
	}}
	if local > 0 {
		t.PerVolumeConstraint.LSSD.MinSize = scw.GB
	}
	if name := text("alt_name"); name != "" {
		t.AltNames = []string{name}
	}
	if name := text("gpu"); name != "" {
		t.GpuInfo = &instance.ServerTypeGPUInfo{
			GpuManufacturer: "NVIDIA", GpuName: name, GpuMemory: scw.Size(uint64(number("gpu_gib")) << 30),
		}
	}
	t.Capabilities = serverTypeCapabilities{
		ServerTypeCapabilities: instance.ServerTypeCapabilities{
			BlockStorage: scw.BoolPtr(true), BootTypes: []instance.BootType{
				instance.BootTypeLocal, instance.BootTypeRescue,
			},
			MaxFileSystems: uint32(number("filesystems")),
		},
		PlacementGroups: true, HotSnapshotsLocalVolume: local > 0, PrivateNetwork: 8,
	}
	return t
}

// existsIn reports whether a type exists in a zone. Only the catalogues of fr-par-1, nl-ams-1 and nl-ams-2 were
// recorded. The sandbox assumes that the other Paris zones are like fr-par-1, and all other zones like nl-ams-1.
func (t *serverType) existsIn(zone scw.Zone) bool {
	catalogueZone := zone.String()
	switch {
	case strings.HasPrefix(catalogueZone, "fr-par-"):
		catalogueZone = "fr-par-1"
	case catalogueZone != "nl-ams-2":
		catalogueZone = "nl-ams-1"
	}
	return slices.Contains(t.zones, catalogueZone)
}

func (s *Server) routeServerTypes(base string) {
	types := newServerTypes()
	typesIn := func(c *call) []*serverType {
		return slices.DeleteFunc(slices.Clone(types), func(t *serverType) bool { return !t.existsIn(c.zone()) })
	}
	s.route("GET "+base+"/products/servers", areaInstance, func(c *call) (any, error) {
		page, total := paginateWithDefault(c, typesIn(c), 50)
		servers := map[string]*serverType{}
		for _, t := range page {
			servers[t.name] = t
		}
		return listResponse{map[string]any{"servers": servers}, total}, nil
	})
	s.route("GET "+base+"/products/servers/availability", areaInstance, func(c *call) (any, error) {
		page, total := paginateWithDefault(c, typesIn(c), 50)
		servers := map[string]any{}
		for _, t := range page {
			if !t.EndOfService {
				servers[t.name] = map[string]any{"availability": instance.ServerTypesAvailabilityAvailable}
			}
		}
		return listResponse{map[string]any{"servers": servers}, total}, nil
	})
}

// listResponse is a list response of instance/v1, which has the total count in a header.
type listResponse struct {
	value any
	total uint64
}

func (l listResponse) header() http.Header {
	return http.Header{"X-Total-Count": {strconv.FormatUint(l.total, 10)}}
}
