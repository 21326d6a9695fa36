package sandbox

import (
	"fmt"
	"net/http"
	"time"

	"github.com/google/uuid"
	"github.com/scaleway/scaleway-sdk-go/api/audit_trail/v1alpha1"
	"github.com/scaleway/scaleway-sdk-go/scw"
)

// firstExportDuration is the time until the first run of an export job, which exports the events of the past: a live
// test saw them in the bucket within seconds.
const firstExportDuration = 10 * time.Second

// exportJob is a job that exports the events of a region to a bucket every day.
type exportJob struct {
	audit_trail.ExportJob

	// Failure, if not empty, is the message with which the next runs fail. Tests set it through
	// /_sandbox/objects/export-jobs/{id}: the sandbox has no Object Storage, so that other runs succeed.
	Failure string `json:"failure,omitempty"`
	// Stalled means that the next runs do not happen. Tests set it in the same way.
	Stalled bool `json:"stalled,omitempty"`
}

func (s *Server) routeExportJobs(base string) {
	s.route("GET "+base+"/export-jobs", areaAuditExport, s.listExportJobs)
	s.route("POST "+base+"/export-jobs", areaAuditTrail, s.createExportJob)
	s.route("DELETE "+base+"/export-jobs/{id}", areaExportDelete, s.deleteExportJob)
}

func (s *Server) listExportJobs(c *call) (any, error) {
	if err := checkOrganization(c, c.URL.Query().Get("organization_id")); err != nil {
		return nil, err
	}
	f := c.filters()
	found := s.exportJobs.list(func(j *exportJob) bool {
		return j.Region == c.region() && f.matches("name", j.Name) && f.hasTag(j.Tags)
	})
	page, total := paginate(c, sortItems(c, found, "name_asc", func(j *exportJob) sortKey {
		return sortKey{created: j.CreatedAt, name: j.Name}
	}))
	return map[string]any{"export_jobs": page, "total_count": total}, nil
}

// createExportJob creates the export job of a region: the documentation allows one in each.
//
// [INFERRED audit-trail-second-export] The error for a second one is not recorded.
func (s *Server) createExportJob(c *call) (any, error) {
	var req audit_trail.CreateExportJobRequest
	if err := c.decode(&req); err != nil {
		return nil, err
	}
	if err := checkOrganization(c, req.OrganizationID); err != nil {
		return nil, err
	}
	switch {
	case req.Name == "":
		return nil, errInvalid("name", "required", "")
	case req.S3 == nil || req.S3.Bucket == "":
		return nil, errInvalid("s3.bucket", "required", "")
	}
	if others := s.exportJobs.list(func(j *exportJob) bool { return j.Region == c.region() }); len(others) > 0 {
		return nil, &apiError{status: http.StatusConflict, body: map[string]any{
			"message": "resource already exists", "resource": "export_job", "resource_id": others[0].ID,
			"type": "already_exists",
		}}
	}
	if req.S3.Region == "" {
		req.S3.Region = c.region()
	}
	id := uuid.NewString()
	j := &exportJob{ExportJob: audit_trail.ExportJob{
		ID: id, Srn: fmt.Sprintf("srn://audit-trail.scw.eu/regions/%s/export-jobs/%s", c.region(), id),
		OrganizationID: OrganizationID, Name: req.Name, S3: req.S3, CreatedAt: s.timestamp(),
		Tags: nonNilTags(req.Tags), Region: c.region(),
	}}
	s.exportJobs.put(id, j)
	s.after(firstExportDuration, func() { s.runExportJob(id) })
	s.scheduleExportJob(id)
	return j, nil
}

// scheduleExportJob schedules the next daily run of an export job, after midnight (UTC) for the events of the day
// before.
//
// [INFERRED audit-trail-export-runs] The documentation says that a job runs every day, but not when.
func (s *Server) scheduleExportJob(id string) {
	midnight := s.now().UTC().Truncate(24 * time.Hour).Add(24 * time.Hour)
	s.schedule(midnight.Add(time.Hour), func() {
		if s.runExportJob(id) {
			s.scheduleExportJob(id)
		}
	})
}

// runExportJob runs an export job, and reports whether it exists.
func (s *Server) runExportJob(id string) bool {
	j, ok := s.exportJobs.get(id)
	if !ok {
		return false
	}
	if j.Stalled {
		return true
	}
	j.LastRunAt = s.timestamp()
	j.LastStatus = &audit_trail.ExportJobStatus{Code: audit_trail.ExportJobStatusCodeSuccess}
	if j.Failure != "" {
		j.LastStatus = &audit_trail.ExportJobStatus{
			Code: audit_trail.ExportJobStatusCodeFailure, Message: scw.StringPtr(j.Failure),
		}
	}
	now := s.now()
	e := &systemEvent{region: j.Region, SystemEvent: audit_trail.SystemEvent{
		ID: eventID(now), RecordedAt: &now, Locality: string(j.Region), OrganizationID: OrganizationID,
		ProductName: "audit-trail", Source: "audit-trail", SystemName: "export-job",
		Kind: audit_trail.SystemEventKindCron,
		Resources: []*audit_trail.Resource{{
			ID: j.ID, Type: audit_trail.ResourceTypeAuditTrailExportJob, Name: &j.Name, CreatedAt: j.CreatedAt,
			AuditTrailExportJobInfo: &audit_trail.AuditTrailExportJobInfo{},
		}},
	}}
	s.systemEvents.put(e.ID, e)
	return true
}

func (s *Server) deleteExportJob(c *call) (any, error) {
	id := c.PathValue("id")
	j, ok := s.exportJobs.get(id)
	if !ok || j.Region != c.region() {
		return nil, errNotFound("export_job", id)
	}
	s.exportJobs.remove(id)
	return noContent{}, nil
}
