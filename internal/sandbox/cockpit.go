package sandbox

import (
	"cmp"
	_ "embed"
	"encoding/csv"
	"slices"
	"strings"
	"time"

	"github.com/scaleway/scaleway-sdk-go/api/cockpit/v1"
	"github.com/scaleway/scaleway-sdk-go/scw"
)

// cockpitProductsCSV holds the recorded list of products that send metrics or logs to Cockpit.
//
//go:embed cockpit_products.csv
var cockpitProductsCSV string

func (s *Server) routeCockpit() {
	const base = "/cockpit/v1/regions/{region}"
	s.route("GET "+base+"/config", areaCockpit, s.getCockpitConfig)
	s.route("GET "+base+"/products", areaCockpit, s.listCockpitProducts)
	s.route("GET "+base+"/usage-overview", areaCockpit, s.getCockpitUsage)
	s.routeDataSources(base + "/data-sources")
	s.routeExporters(base + "/exporters")
	s.routeCockpitTokens(base + "/tokens")
	s.routeAlertManager(base)
	s.routeGrafana("/cockpit/v1")
}

// checkCockpitProject returns the recorded error for a Project that does not exist: insufficient permissions.
func (s *Server) checkCockpitProject(c *call, projectID string) error {
	if s.projects.has(projectID) {
		return nil
	}
	return errDenied(string(areaCockpit), requiredAction(c.Request))
}

// cockpitProject returns the Project of the query, by default that of the caller. It must exist.
func (s *Server) cockpitProject(c *call) (string, error) {
	requested := c.URL.Query().Get("project_id")
	projectID := c.projectID(&requested)
	return projectID, s.checkCockpitProject(c, projectID)
}

// removeCockpit removes the objects of a deleted Project.
func (s *Server) removeCockpit(projectID string) {
	for _, d := range s.cockpitSources.list(func(d *cockpitSource) bool { return d.ProjectID == projectID }) {
		for _, e := range s.cockpitExporters.list(func(e *cockpitExporter) bool { return e.DatasourceID == d.ID }) {
			s.cockpitExporters.remove(e.ID)
		}
		s.cockpitSources.remove(d.ID)
	}
	for _, t := range s.cockpitTokens.list(func(t *cockpitToken) bool { return t.ProjectID == projectID }) {
		s.cockpitTokens.remove(t.ID)
	}
	for _, m := range s.alertManagers.list(func(m *alertManager) bool { return m.ProjectID == projectID }) {
		s.alertManagers.remove(m.ID)
	}
	for _, u := range s.grafanaUsers.list(func(u *grafanaUser) bool { return u.ProjectID == projectID }) {
		s.grafanaUsers.remove(u.key())
	}
	s.cockpitPlans.remove(projectID)
}

// retention returns the recorded bounds and default of the retention of a type of data.
func retention(kind cockpit.DataSourceType) *cockpit.GetConfigResponseRetention {
	bounds := &cockpit.GetConfigResponseRetention{MinDays: 1, MaxDays: 1825, DefaultDays: 7}
	if kind == cockpit.DataSourceTypeMetrics {
		bounds.DefaultDays = 31
	}
	return bounds
}

func (s *Server) getCockpitConfig(*call) (any, error) {
	return &cockpit.GetConfigResponse{
		CustomMetricsRetention:  retention(cockpit.DataSourceTypeMetrics),
		CustomLogsRetention:     retention(cockpit.DataSourceTypeLogs),
		CustomTracesRetention:   retention(cockpit.DataSourceTypeTraces),
		ProductMetricsRetention: retention(cockpit.DataSourceTypeMetrics),
		ProductLogsRetention:    retention(cockpit.DataSourceTypeLogs),
	}, nil
}

// sortByText sorts a list by a text field that the request's order_by names, ignoring case as recorded.
func sortByText[T any](c *call, items []*T, defaultOrder string, text func(item *T, field string) string) []*T {
	field, descending := strings.CutSuffix(cmp.Or(c.URL.Query().Get("order_by"), defaultOrder), "_desc")
	field = strings.TrimSuffix(field, "_asc")
	slices.SortStableFunc(items, func(a, b *T) int {
		if descending {
			a, b = b, a
		}
		return strings.Compare(strings.ToLower(text(a, field)), strings.ToLower(text(b, field)))
	})
	return items
}

// cockpitPageSize is the default page size of the lists that Cockpit does not let users fill. A recorded page has 56
// dashboards.
const cockpitPageSize = 100

func (s *Server) listCockpitProducts(c *call) (any, error) {
	rows, err := csv.NewReader(strings.NewReader(cockpitProductsCSV)).ReadAll()
	if err != nil {
		panic("sandbox: cockpit_products.csv: " + err.Error())
	}
	var found []*cockpit.Product
	for _, row := range rows[1:] {
		found = append(found, &cockpit.Product{
			Name: row[0], DisplayName: row[1], FamilyName: row[2], ResourceTypes: strings.Fields(row[3]),
		})
	}
	sortByText(c, found, "created_at_asc", func(p *cockpit.Product, field string) string {
		switch field {
		case "display_name":
			return p.DisplayName
		case "family_name":
			return p.FamilyName
		}
		return ""
	})
	page, total := paginateWithDefault(c, found, cockpitPageSize)
	return map[string]any{"products_list": page, "total_count": total}, nil
}

// getCockpitUsage returns the usage of a Project. The sandbox ingests no data.
//
// [INFERRED cockpit-usage] No recording shows it, nor its default interval.
func (s *Server) getCockpitUsage(c *call) (any, error) {
	projectID, err := s.cockpitProject(c)
	if err != nil {
		return nil, err
	}
	interval := scw.NewDurationFromTimeDuration(30 * 24 * time.Hour)
	if text := c.URL.Query().Get("interval"); text != "" {
		requested, err := time.ParseDuration(text)
		if err != nil || requested <= 0 {
			return nil, errInvalid("interval", "format", "send a duration such as 3600s")
		}
		interval = scw.NewDurationFromTimeDuration(requested)
	}
	usage := func(origin cockpit.DataSourceOrigin, kind cockpit.DataSourceType) *cockpit.Usage {
		unit := cockpit.UsageUnitBytes
		if kind == cockpit.DataSourceTypeMetrics {
			unit = cockpit.UsageUnitSamples
		}
		return &cockpit.Usage{
			ProjectID: projectID, DataSourceOrigin: origin, DataSourceType: kind, Unit: unit,
			Interval: interval, Region: c.region(),
		}
	}
	return &cockpit.UsageOverview{
		ScalewayMetricsUsage: usage(cockpit.DataSourceOriginScaleway, cockpit.DataSourceTypeMetrics),
		ScalewayLogsUsage:    usage(cockpit.DataSourceOriginScaleway, cockpit.DataSourceTypeLogs),
		ExternalMetricsUsage: usage(cockpit.DataSourceOriginCustom, cockpit.DataSourceTypeMetrics),
		ExternalLogsUsage:    usage(cockpit.DataSourceOriginCustom, cockpit.DataSourceTypeLogs),
		ExternalTracesUsage:  usage(cockpit.DataSourceOriginCustom, cockpit.DataSourceTypeTraces),
	}, nil
}
