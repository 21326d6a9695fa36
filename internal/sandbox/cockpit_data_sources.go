package sandbox

import (
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/scaleway/scaleway-sdk-go/api/cockpit/v1"
	"github.com/scaleway/scaleway-sdk-go/scw"
)

// grafanaSyncDuration is the recorded time until a new data source is synchronized with Grafana.
const grafanaSyncDuration = 7 * time.Second

// cockpitSource is a data source of Cockpit: a store of metrics, logs or traces of a Project in a region.
type cockpitSource struct {
	cockpit.DataSource
}

func (s *Server) routeDataSources(base string) {
	s.route("GET "+base, areaCockpit, s.listDataSources)
	s.route("POST "+base, areaCockpit, s.createDataSource)
	s.route("GET "+base+"/{id}", areaCockpit, s.getDataSource)
	s.route("PATCH "+base+"/{id}", areaCockpit, s.updateDataSource)
	s.route("DELETE "+base+"/{id}", areaCockpit, s.deleteDataSource)
}

// newDataSource creates a data source. An unknown usage is null in the response to its creation, as recorded; later
// responses have a number.
func (s *Server) newDataSource(
	projectID string, region scw.Region, name string, kind cockpit.DataSourceType, origin cockpit.DataSourceOrigin,
) *cockpitSource {
	id, now := uuid.NewString(), s.timestamp()
	source := &cockpitSource{cockpit.DataSource{
		ID: id, ProjectID: projectID, Name: name, Type: kind, Origin: origin, Region: region,
		CreatedAt: now, UpdatedAt: now, RetentionDays: retention(kind).DefaultDays,
		URL: fmt.Sprintf("https://%s.%s.cockpit.%s.scw.cloud", id, kind, region),
	}}
	s.cockpitSources.put(id, source)
	return source
}

// withUsage returns the data source as responses to reads have it. The sandbox ingests no data.
func (d *cockpitSource) withUsage() *cockpitSource {
	answer := *d
	if answer.CurrentMonthUsage == nil {
		answer.CurrentMonthUsage = scw.SizePtr(0)
	}
	return &answer
}

// activateCockpit creates the data sources of Scaleway's own data in a region, once the Project has an object there
// that sends data to Cockpit. As recorded, a new Project has none.
//
// [INFERRED cockpit-scaleway-sources] The documentation says that using an integrated product activates Cockpit.
func (s *Server) activateCockpit(projectID string, region scw.Region) {
	if s.scalewayMetrics(projectID, region) != nil || !s.sendsToCockpit(projectID, region) {
		return
	}
	const origin = cockpit.DataSourceOriginScaleway
	metrics := s.newDataSource(projectID, region, "Scaleway Metrics", cockpit.DataSourceTypeMetrics, origin)
	logs := s.newDataSource(projectID, region, "Scaleway Logs", cockpit.DataSourceTypeLogs, origin)
	metrics.SynchronizedWithGrafana, logs.SynchronizedWithGrafana = true, true
}

// scalewayMetrics returns the data source of Scaleway's metrics, or nil.
func (s *Server) scalewayMetrics(projectID string, region scw.Region) *cockpitSource {
	found := s.cockpitSources.list(func(d *cockpitSource) bool {
		return d.ProjectID == projectID && d.Region == region && d.Type == cockpit.DataSourceTypeMetrics &&
			d.Origin == cockpit.DataSourceOriginScaleway
	})
	if len(found) == 0 {
		return nil
	}
	return found[0]
}

// sendsToCockpit reports whether a Project has an object in a region whose product sends data to Cockpit.
func (s *Server) sendsToCockpit(projectID string, region scw.Region) bool {
	found := false
	consider := func(ownerID string, at scw.Region) { found = found || ownerID == projectID && at == region }
	zonal := func(ownerID string, zone scw.Zone) {
		if at, err := zone.Region(); err == nil {
			consider(ownerID, at)
		}
	}
	for _, cl := range s.clusters.list(nil) {
		consider(cl.ProjectID, cl.Region)
	}
	for _, network := range s.privateNetworks.list(nil) {
		consider(network.ProjectID, network.Region)
	}
	for _, srv := range s.servers.list(nil) {
		zonal(srv.Project, srv.Zone)
	}
	for _, g := range s.gateways.list(nil) {
		zonal(g.ProjectID, g.Zone)
	}
	for _, b := range s.balancers.list(nil) {
		zonal(b.ProjectID, b.Zone)
	}
	for _, v := range s.volumes.list(nil) {
		zonal(v.ProjectID, v.Zone)
	}
	return found
}

func (s *Server) listDataSources(c *call) (any, error) {
	projectID, err := s.cockpitProject(c)
	if err != nil {
		return nil, err
	}
	s.activateCockpit(projectID, c.region())
	f := c.filters()
	origins := slices.DeleteFunc(f.values("origin"), func(origin string) bool {
		return origin == string(cockpit.DataSourceOriginUnknownOrigin)
	})
	found := s.cockpitSources.list(func(d *cockpitSource) bool {
		return d.Region == c.region() && d.ProjectID == projectID &&
			(len(origins) == 0 || slices.Contains(origins, string(d.Origin))) && f.matches("types", string(d.Type))
	})
	found = sortItems(c, found, "created_at_asc", func(d *cockpitSource) sortKey {
		return sortKey{created: d.CreatedAt, name: d.Name}
	})
	found = sortByText(c, found, "", func(d *cockpitSource, field string) string {
		if field == "type" {
			return string(d.Type)
		}
		return ""
	})
	page, total := paginate(c, found)
	answers := make([]*cockpitSource, len(page))
	for i, d := range page {
		answers[i] = d.withUsage()
	}
	return map[string]any{"data_sources": answers, "total_count": total}, nil
}

// checkRetention checks a number of days against the bounds of the configuration.
func checkRetention(kind cockpit.DataSourceType, days uint32) error {
	bounds := retention(kind)
	if days >= bounds.MinDays && days <= bounds.MaxDays {
		return nil
	}
	// [INFERRED cockpit-validation] No recording has an invalid request.
	return errInvalid(
		"retention_days", "constraint", fmt.Sprintf("must be between %d and %d", bounds.MinDays, bounds.MaxDays),
	)
}

func (s *Server) createDataSource(c *call) (any, error) {
	var req cockpit.RegionalAPICreateDataSourceRequest
	if err := c.decode(&req); err != nil {
		return nil, err
	}
	projectID := c.projectID(&req.ProjectID)
	if err := s.checkCockpitProject(c, projectID); err != nil {
		return nil, err
	}
	if req.Name == "" {
		return nil, errInvalid("name", "required", "")
	}
	if !slices.Contains(
		[]cockpit.DataSourceType{
			cockpit.DataSourceTypeMetrics, cockpit.DataSourceTypeLogs, cockpit.DataSourceTypeTraces,
		}, req.Type,
	) {
		return nil, errInvalid("type", "required", "")
	}
	if req.RetentionDays != nil {
		if err := checkRetention(req.Type, *req.RetentionDays); err != nil {
			return nil, err
		}
	}
	source := s.newDataSource(projectID, c.region(), req.Name, req.Type, cockpit.DataSourceOriginCustom)
	setIfPresent(&source.RetentionDays, req.RetentionDays)
	s.after(grafanaSyncDuration, func() {
		// As recorded, only a Cockpit that has Scaleway's data sources synchronizes new ones by itself.
		if current, ok := s.cockpitSources.get(source.ID); ok && s.scalewayMetrics(projectID, current.Region) != nil {
			current.SynchronizedWithGrafana = true
		}
	})
	return source, nil
}

func (s *Server) findDataSource(c *call, id string) (*cockpitSource, error) {
	d, ok := s.cockpitSources.get(id)
	if !ok || d.Region != c.region() {
		return nil, errNotFound("data source", id)
	}
	return d, nil
}

func (s *Server) getDataSource(c *call) (any, error) {
	d, err := s.findDataSource(c, c.PathValue("id"))
	if err != nil {
		return nil, err
	}
	return d.withUsage(), nil
}

// updateDataSource changes the name or the retention. As recorded, updated_at stays.
func (s *Server) updateDataSource(c *call) (any, error) {
	d, err := s.findDataSource(c, c.PathValue("id"))
	if err != nil {
		return nil, err
	}
	var req cockpit.RegionalAPIUpdateDataSourceRequest
	if err := c.decode(&req); err != nil {
		return nil, err
	}
	if req.RetentionDays != nil {
		if err := checkRetention(d.Type, *req.RetentionDays); err != nil {
			return nil, err
		}
	}
	setIfPresent(&d.RetentionDays, req.RetentionDays)
	setIfPresent(&d.Name, req.Name)
	return d, nil
}

// deleteDataSource deletes a custom data source. Scaleway's own cannot be deleted.
func (s *Server) deleteDataSource(c *call) (any, error) {
	d, err := s.findDataSource(c, c.PathValue("id"))
	if err != nil {
		return nil, err
	}
	if d.Origin == cockpit.DataSourceOriginScaleway {
		// [INFERRED cockpit-validation] No recording has an invalid request.
		return nil, errPrecondition("unknown_precondition", "a data source of Scaleway cannot be deleted")
	}
	s.cockpitSources.remove(d.ID)
	return noContent{}, nil
}
