package sandbox

import (
	"time"

	"github.com/google/uuid"
	"github.com/scaleway/scaleway-sdk-go/api/cockpit/v1"
)

// cockpitExporter sends the data of a Scaleway data source to a destination outside of Cockpit.
type cockpitExporter struct {
	cockpit.Exporter
}

// exporterPhase is a status of a new exporter and the time at which it starts.
type exporterPhase struct {
	starts time.Duration
	status cockpit.ExporterStatus
}

// exporterUpdateDuration is the time until an updated exporter is ready again.
const exporterUpdateDuration = 30 * time.Second

// exporterPhases returns the statuses of an exporter after its creation, in the recorded order.
//
// [INFERRED cockpit-exporter-phases] Recordings show the order and that it takes less than half a minute; the SDK says
// that it can take half an hour.
func exporterPhases() []exporterPhase {
	return []exporterPhase{
		{0, cockpit.ExporterStatusUnknownStatus},
		{3 * time.Second, cockpit.ExporterStatusError},
		{30 * time.Second, cockpit.ExporterStatusCreating},
		{32 * time.Second, cockpit.ExporterStatusReady},
	}
}

func (s *Server) routeExporters(base string) {
	s.route("GET "+base, areaCockpit, s.listExporters)
	s.route("POST "+base, areaCockpit, s.createExporter)
	s.route("GET "+base+"/{id}", areaCockpit, s.getExporter)
	s.route("PATCH "+base+"/{id}", areaCockpit, s.updateExporter)
	s.route("DELETE "+base+"/{id}", areaCockpit, s.deleteExporter)
}

func (s *Server) listExporters(c *call) (any, error) {
	projectID, err := s.cockpitProject(c)
	if err != nil {
		return nil, err
	}
	f := c.filters()
	found := s.cockpitExporters.list(func(e *cockpitExporter) bool {
		source, ok := s.cockpitSources.get(e.DatasourceID)
		return e.Region == c.region() && ok && source.ProjectID == projectID && f.matches("datasource_id", source.ID)
	})
	page, total := paginate(c, sortItems(c, found, "created_at_asc", func(e *cockpitExporter) sortKey {
		return sortKey{created: e.CreatedAt, name: e.Name}
	}))
	return map[string]any{"exporters": page, "total_count": total}, nil
}

// checkExportDestination checks that a request has precisely one destination, or at most one for an update.
func checkExportDestination(
	datadog *cockpit.ExporterDatadogDestination, otlp *cockpit.ExporterOTLPDestination, required bool,
) error {
	// [INFERRED cockpit-validation] No recording has an invalid request.
	if datadog != nil && otlp != nil || required && datadog == nil && otlp == nil {
		return errInvalid(
			"destination", "constraint", "precisely one of datadog_destination and otlp_destination must be set",
		)
	}
	if otlp != nil && otlp.Endpoint == "" {
		return errInvalid("otlp_destination.endpoint", "required", "")
	}
	return nil
}

// setDestination sets the destination of an exporter. As recorded, responses do not have the key of Datadog.
func (e *cockpitExporter) setDestination(
	datadog *cockpit.ExporterDatadogDestination, otlp *cockpit.ExporterOTLPDestination,
) {
	if datadog != nil {
		e.DatadogDestination = &cockpit.ExporterDatadogDestination{Endpoint: datadog.Endpoint}
		e.OtlpDestination = nil
	}
	if otlp != nil {
		otlp.Headers = nonNilMap(otlp.Headers)
		e.DatadogDestination, e.OtlpDestination = nil, otlp
	}
}

func (s *Server) createExporter(c *call) (any, error) {
	var req cockpit.RegionalAPICreateExporterRequest
	if err := c.decode(&req); err != nil {
		return nil, err
	}
	source, err := s.findDataSource(c, req.DatasourceID)
	if err != nil {
		return nil, err
	}
	// [INFERRED cockpit-validation] No recording has an invalid request.
	if source.Origin != cockpit.DataSourceOriginScaleway {
		return nil, errInvalid("datasource_id", "constraint", "only the data of a Scaleway data source can be exported")
	}
	if req.Name == "" {
		return nil, errInvalid("name", "required", "")
	}
	if err := checkExportDestination(req.DatadogDestination, req.OtlpDestination, true); err != nil {
		return nil, err
	}
	now := s.timestamp()
	e := &cockpitExporter{cockpit.Exporter{
		ID: uuid.NewString(), Name: req.Name, DatasourceID: source.ID, Description: deref(req.Description),
		ExportedProducts: nonNilSlice(req.ExportedProducts), Status: cockpit.ExporterStatusCreating,
		CreatedAt: now, UpdatedAt: now, Region: c.region(),
	}}
	e.setDestination(req.DatadogDestination, req.OtlpDestination)
	s.cockpitExporters.put(e.ID, e)
	answer := *e
	for _, phase := range exporterPhases() {
		s.setExporterStatus(e, phase.starts, phase.status)
	}
	return &answer, nil
}

// setExporterStatus sets the status of an exporter after a time, unless it has been updated or deleted by then.
func (s *Server) setExporterStatus(e *cockpitExporter, after time.Duration, status cockpit.ExporterStatus) {
	updated := e.UpdatedAt
	s.after(after, func() {
		if current, ok := s.cockpitExporters.get(e.ID); ok && current.UpdatedAt == updated {
			current.Status = status
		}
	})
}

func (s *Server) findExporter(c *call) (*cockpitExporter, error) {
	id := c.PathValue("id")
	e, ok := s.cockpitExporters.get(id)
	if !ok || e.Region != c.region() {
		return nil, errNotFound("exporter", id)
	}
	return e, nil
}

func (s *Server) getExporter(c *call) (any, error) {
	e, err := s.findExporter(c)
	if err != nil {
		return nil, err
	}
	return e, nil
}

// updateExporter changes an exporter, which then is created again with the changes.
func (s *Server) updateExporter(c *call) (any, error) {
	e, err := s.findExporter(c)
	if err != nil {
		return nil, err
	}
	var req cockpit.RegionalAPIUpdateExporterRequest
	if err := c.decode(&req); err != nil {
		return nil, err
	}
	if err := checkExportDestination(req.DatadogDestination, req.OtlpDestination, false); err != nil {
		return nil, err
	}
	setIfPresent(&e.Name, req.Name)
	setIfPresent(&e.Description, req.Description)
	setListIfPresent(&e.ExportedProducts, req.ExportedProducts)
	e.setDestination(req.DatadogDestination, req.OtlpDestination)
	e.UpdatedAt, e.Status = s.timestamp(), cockpit.ExporterStatusCreating
	s.setExporterStatus(e, exporterUpdateDuration, cockpit.ExporterStatusReady)
	return e, nil
}

func (s *Server) deleteExporter(c *call) (any, error) {
	e, err := s.findExporter(c)
	if err != nil {
		return nil, err
	}
	s.cockpitExporters.remove(e.ID)
	return noContent{}, nil
}
