package sandbox

import (
	"fmt"
	"strings"

	"github.com/scaleway/scaleway-sdk-go/api/rdb/v1"
	"github.com/scaleway/scaleway-sdk-go/scw"
)

// rdbNodeType is a node type of the catalogue of August 2026. localGB is the size of its local volume, or 0 for a type
// without one.
type rdbNodeType struct {
	name             string
	vcpus            uint32
	memoryGB         uint64
	localGB          uint64
	productionRange  bool
	minBlockVolumeGB uint64
	lowStock         bool
}

// rdbNodeTypeAnswer is a node type as recorded: types without a local volume have no constraint.
type rdbNodeTypeAnswer struct {
	rdb.NodeType

	VolumeConstraint *rdb.NodeTypeVolumeConstraintSizes `json:"volume_constraint"`
	IsBssdCompatible bool                               `json:"is_bssd_compatible"`
}

func rdbNodeTypes() []rdbNodeType {
	return []rdbNodeType{
		{name: "db-dev-s", vcpus: 2, memoryGB: 2, localGB: 5, minBlockVolumeGB: 5},
		{name: "db-play2-pico", vcpus: 1, memoryGB: 2, minBlockVolumeGB: 5, lowStock: true},
		{name: "db-dev-m", vcpus: 3, memoryGB: 4, localGB: 25, minBlockVolumeGB: 5},
		{name: "db-play2-nano", vcpus: 2, memoryGB: 4, minBlockVolumeGB: 5, lowStock: true},
		{name: "db-dev-l", vcpus: 4, memoryGB: 8, localGB: 65, minBlockVolumeGB: 5},
		{name: "db-pro2-xxs", vcpus: 2, memoryGB: 8, minBlockVolumeGB: 10, lowStock: true},
		{name: "db-pop2-2c-8g", vcpus: 2, memoryGB: 8, minBlockVolumeGB: 10, productionRange: true},
		{name: "db-dev-xl", vcpus: 4, memoryGB: 12, localGB: 105, minBlockVolumeGB: 5},
		{name: "db-pro2-xs", vcpus: 4, memoryGB: 16, minBlockVolumeGB: 10, lowStock: true},
		{name: "db-gp-xs", vcpus: 4, memoryGB: 16, localGB: 135, minBlockVolumeGB: 10},
		{name: "db-pop2-4c-16g", vcpus: 4, memoryGB: 16, minBlockVolumeGB: 10, productionRange: true},
		{name: "db-gp-s", vcpus: 8, memoryGB: 32, localGB: 285, minBlockVolumeGB: 10},
		{name: "db-pro2-s", vcpus: 8, memoryGB: 32, minBlockVolumeGB: 10, lowStock: true},
		{name: "db-pop2-8c-32g", vcpus: 8, memoryGB: 32, minBlockVolumeGB: 10, productionRange: true},
		{name: "db-gp-m", vcpus: 16, memoryGB: 64, localGB: 585, minBlockVolumeGB: 10},
		{name: "db-pop2-16c-64g", vcpus: 16, memoryGB: 64, minBlockVolumeGB: 10, productionRange: true},
		{name: "db-pro2-m", vcpus: 16, memoryGB: 64, minBlockVolumeGB: 10, lowStock: true},
	}
}

// answer returns a node type as the API lists it.
func (n rdbNodeType) answer(region scw.Region) *rdbNodeTypeAnswer {
	listed := &rdbNodeTypeAnswer{IsBssdCompatible: true, NodeType: rdb.NodeType{
		Name: n.name, StockStatus: rdb.NodeTypeStockAvailable, Vcpus: n.vcpus, Memory: scw.Size(n.memoryGB) * scw.GB,
		Generation: rdb.NodeTypeGenerationGenerationV2, Region: region,
		InstanceRange: "Cost Optimized", AvailableVolumeTypes: []*rdb.NodeTypeVolumeType{},
		Description: fmt.Sprintf("%d GB RAM; %d vCPU; No LSSD Storage", n.memoryGB, n.vcpus),
	}}
	if n.lowStock {
		listed.StockStatus = rdb.NodeTypeStockLowStock
	}
	if n.productionRange {
		listed.InstanceRange = "Production Optimized"
	}
	add := func(kind rdb.VolumeType, description string, smallest, largest, chunk uint64) {
		listed.AvailableVolumeTypes = append(listed.AvailableVolumeTypes, &rdb.NodeTypeVolumeType{
			Type: kind, Description: description, MinSize: scw.Size(smallest) * scw.GB,
			MaxSize: scw.Size(largest) * scw.GB, ChunkSize: scw.Size(chunk) * scw.GB, Class: storageClassOf(kind),
		})
	}
	if n.localGB > 0 {
		size := scw.Size(n.localGB) * scw.GB
		listed.Generation = rdb.NodeTypeGenerationGenerationV1
		listed.VolumeConstraint = &rdb.NodeTypeVolumeConstraintSizes{MinSize: size, MaxSize: size}
		listed.Description = fmt.Sprintf("%d GB RAM; %d vCPU; %d GB LSSD Storage", n.memoryGB, n.vcpus, n.localGB)
		add(rdb.VolumeTypeLssd, "Local NVMe", n.localGB, n.localGB, 0)
	}
	add(rdb.VolumeTypeBssd, "Block Storage drive", n.minBlockVolumeGB, 10000, 5)
	add(rdb.VolumeTypeSbs5k, "Block Storage NVMe with 5K IOPS", n.minBlockVolumeGB, 10000, 5)
	add(rdb.VolumeTypeSbs15k, "Block Storage NVMe with 15K IOPS", n.minBlockVolumeGB, 10000, 5)
	return listed
}

func storageClassOf(kind rdb.VolumeType) rdb.StorageClass {
	switch kind {
	case rdb.VolumeTypeLssd:
		return rdb.StorageClassLssd
	case rdb.VolumeTypeBssd:
		return rdb.StorageClassBssd
	case rdb.VolumeTypeSbs5k, rdb.VolumeTypeSbs15k:
		return rdb.StorageClassSbs
	}
	return rdb.StorageClassUnknownStorageClass
}

// databaseVolume checks a node type and a volume, and returns the node type's name and the volume. A size of 0 means
// the smallest volume. The errors are not recorded [INFERRED rdb-errors].
func databaseVolume(nodeType string, kind rdb.VolumeType, size scw.Size) (string, *rdb.Volume, error) {
	if kind == "" {
		kind = rdb.VolumeTypeLssd
	}
	for _, n := range rdbNodeTypes() {
		if !strings.EqualFold(n.name, nodeType) {
			continue
		}
		for _, allowed := range n.answer("").AvailableVolumeTypes {
			if allowed.Type != kind {
				continue
			}
			if size == 0 {
				size = allowed.MinSize
			}
			if size < allowed.MinSize || size > allowed.MaxSize ||
				allowed.ChunkSize > 0 && size%allowed.ChunkSize != 0 {
				return "", nil, errInvalid("volume_size", "constraint", fmt.Sprintf(
					"must be between %s and %s, in steps of %s", allowed.MinSize, allowed.MaxSize, allowed.ChunkSize,
				))
			}
			return n.name, &rdb.Volume{Type: kind, Size: size, Class: allowed.Class}, nil
		}
		return "", nil, errInvalid("volume_type", "constraint", n.name+" has no volume of the type "+string(kind))
	}
	return "", nil, errInvalid("node_type", "constraint", "node type "+nodeType+" does not exist")
}

func (s *Server) routeDatabaseCatalogue(base string) {
	s.route("GET "+base+"/node-types", areaDatabase, func(c *call) (any, error) {
		found := []*rdbNodeTypeAnswer{}
		for _, n := range rdbNodeTypes() {
			found = append(found, n.answer(c.region()))
		}
		page, total := paginate(c, found)
		return map[string]any{"node_types": page, "total_count": total}, nil
	})
	s.route("GET "+base+"/database-engines", areaDatabase, listDatabaseEngines)
}

// rdbVersions returns the versions of an engine, newest first, with the end of the support of their projects. Which
// versions the API lists, and their settings, differ [INFERRED rdb-engines].
func rdbVersions() map[string][]rdb.EngineVersion {
	version := func(engine, number, endOfLife string, disabled bool) rdb.EngineVersion {
		return rdb.EngineVersion{
			Name: engine + "-" + number, Version: number, EndOfLife: parseOptionalDate(endOfLife), Disabled: disabled,
			AvailableSettings: engineSettings(engine), AvailableInitSettings: []*rdb.EngineSetting{},
		}
	}
	return map[string][]rdb.EngineVersion{
		"MySQL": {version("MySQL", "8", "2026-04-30", false)},
		"PostgreSQL": {
			version("PostgreSQL", "17", "2029-11-08", false), version("PostgreSQL", "16", "2028-11-09", false),
			version("PostgreSQL", "15", "2027-11-11", false), version("PostgreSQL", "14", "2026-11-12", false),
			version("PostgreSQL", "13", "2025-11-13", true), version("PostgreSQL", "9.6", "2021-11-11", true),
		},
	}
}

// engineSettings returns some of the settings of an engine.
func engineSettings(engine string) []*rdb.EngineSetting {
	setting := func(name, value, description string, smallest, largest int32) *rdb.EngineSetting {
		return &rdb.EngineSetting{
			Name: name, DefaultValue: value, HotConfigurable: true, Description: description,
			PropertyType: rdb.EngineSettingPropertyTypeINT, IntMin: &smallest, IntMax: &largest,
		}
	}
	if engine == "MySQL" {
		return []*rdb.EngineSetting{
			setting(
				"max_connections",
				"100",
				"The maximum permitted number of simultaneous client connections",
				50,
				5000,
			),
		}
	}
	return []*rdb.EngineSetting{
		setting("max_connections", "100", "Sets the maximum number of concurrent connections", 50, 5000),
		setting("work_mem", "4", "Sets the maximum memory to be used for query workspaces.", 1, 2097151),
	}
}

func listDatabaseEngines(c *call) (any, error) {
	f, found := c.filters(), []*rdb.DatabaseEngine{}
	for _, name := range []string{"MySQL", "PostgreSQL"} {
		engine := &rdb.DatabaseEngine{
			Name: name, Region: c.region(), Versions: []*rdb.EngineVersion{},
			LogoURL: "https://s3.nl-ams.scw.cloud/scw-rdb-logos/" + strings.ToLower(name) + ".svg",
		}
		for _, version := range rdbVersions()[name] {
			if f.matches("version", version.Version) {
				engine.Versions = append(engine.Versions, &version)
			}
		}
		if f.matches("name", name) {
			found = append(found, engine)
		}
	}
	page, total := paginate(c, found)
	return map[string]any{"engines": page, "total_count": total}, nil
}

// findDatabaseEngine returns the name of an engine that can be created.
func findDatabaseEngine(name string) (string, error) {
	for _, versions := range rdbVersions() {
		for _, version := range versions {
			if strings.EqualFold(version.Name, name) && !version.Disabled {
				return version.Name, nil
			}
		}
	}
	return "", errInvalid(
		"engine",
		"constraint",
		"engine "+name+" does not exist or is disabled",
	) // [INFERRED rdb-errors]
}

// defaultDatabaseSettings returns the recorded settings of a new PostgreSQL instance on a db-dev-s node. Those of MySQL
// are not recorded.
func defaultDatabaseSettings(engine string) []*rdb.InstanceSetting {
	settings := []*rdb.InstanceSetting{}
	if strings.HasPrefix(engine, "PostgreSQL") {
		for _, pair := range [][2]string{
			{"effective_cache_size", "1300"}, {"maintenance_work_mem", "150"}, {"max_connections", "100"},
			{"max_parallel_workers", "0"}, {"max_parallel_workers_per_gather", "0"}, {"work_mem", "4"},
		} {
			settings = append(settings, &rdb.InstanceSetting{Name: pair[0], Value: pair[1]})
		}
	}
	return settings
}
