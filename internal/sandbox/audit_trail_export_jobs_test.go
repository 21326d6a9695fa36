package sandbox

import (
	"errors"
	"testing"
	"time"

	"github.com/scaleway/scaleway-sdk-go/api/audit_trail/v1alpha1"
	"github.com/scaleway/scaleway-sdk-go/scw"
)

func TestExportJobs(t *testing.T) {
	t.Parallel()
	k := newK8sFixture(t, Options{}) // starts at 09:00 UTC
	api := audit_trail.NewAPI(k.client)
	request := func(region scw.Region) *audit_trail.CreateExportJobRequest {
		return &audit_trail.CreateExportJobRequest{
			Region: region, Name: "trail", Tags: []string{"srm"},
			S3: &audit_trail.ExportJobS3{Bucket: "audit", Region: scw.RegionFrPar, Prefix: scw.StringPtr("logs")},
		}
	}
	created, err := api.CreateExportJob(request(scw.RegionFrPar))
	if err != nil || created.LastRunAt != nil || created.LastStatus != nil || created.Region != scw.RegionFrPar ||
		created.Srn != "srn://audit-trail.scw.eu/regions/fr-par/export-jobs/"+created.ID ||
		*created.S3.Prefix != "logs" || created.S3.ProjectID != nil {
		t.Fatalf("create: %v, %+v", err, created)
	}
	var exists *scw.ResponseError
	if _, err := api.CreateExportJob(request(scw.RegionFrPar)); !errors.As(err, &exists) || exists.StatusCode != 409 {
		t.Errorf("create a second job: %v", err)
	}
	if _, err := api.CreateExportJob(request(scw.RegionNlAms)); err != nil {
		t.Errorf("create a job in another region: %v", err)
	}
	job := func() *audit_trail.ExportJob {
		t.Helper()
		list, err := api.ListExportJobs(&audit_trail.ListExportJobsRequest{
			Name: scw.StringPtr("trail"), Tags: []string{"srm"},
		})
		if err != nil || list.TotalCount != 1 || list.ExportJobs[0].ID != created.ID {
			t.Fatalf("list: %v, %+v", err, list)
		}
		return list.ExportJobs[0]
	}
	k.server.Advance(time.Minute)
	if j := job(); j.LastStatus.Code != audit_trail.ExportJobStatusCodeSuccess || j.LastStatus.Message != nil ||
		j.LastRunAt.Sub(*j.CreatedAt) > time.Minute {
		t.Errorf("first run: %+v", j)
	}
	first := *job().LastRunAt
	k.server.Advance(15*time.Hour - 2*time.Minute) // 23:59
	if !job().LastRunAt.Equal(first) {
		t.Error("the job ran twice on a day")
	}
	if err := k.server.Patch("export-jobs", created.ID, map[string]string{"failure": "access denied"}); err != nil {
		t.Fatal(err)
	}
	k.server.Advance(2 * time.Hour)
	if j := job(); j.LastStatus.Code != audit_trail.ExportJobStatusCodeFailure ||
		*j.LastStatus.Message != "access denied" || j.LastRunAt.Equal(first) {
		t.Errorf("failed run: %+v", j)
	}
	if err := k.server.Patch("export-jobs", created.ID, map[string]string{"failure": ""}); err != nil {
		t.Fatal(err)
	}
	k.server.Advance(72 * time.Hour)
	if j := job(); j.LastStatus.Code != audit_trail.ExportJobStatusCodeSuccess ||
		k.server.Now().Sub(*j.LastRunAt) > 24*time.Hour {
		t.Errorf("days later: %+v", j)
	}
	after := today()
	runs, err := api.ListSystemEvents(&audit_trail.ListSystemEventsRequest{RecordedAfter: &after})
	if err != nil || len(runs.Events) != 5 || runs.Events[0].Resources[0].ID != created.ID {
		t.Errorf("system events of the runs: %v, %+v", err, runs)
	}

	if err := api.DeleteExportJob(&audit_trail.DeleteExportJobRequest{ExportJobID: created.ID}); err != nil {
		t.Fatal(err)
	}
	k.server.Advance(48 * time.Hour)
	list, err := api.ListExportJobs(&audit_trail.ListExportJobsRequest{})
	if err != nil || list.TotalCount != 0 {
		t.Errorf("after the deletion: %v, %+v", err, list)
	}
	var notFound *scw.ResourceNotFoundError
	err = api.DeleteExportJob(&audit_trail.DeleteExportJobRequest{ExportJobID: created.ID})
	if !errors.As(err, &notFound) {
		t.Errorf("delete a deleted job: %v", err)
	}
	day := k.server.Now().Add(-72 * time.Hour)
	events := auditEventsOf(t, k.client, audit_trail.ListEventsRequest{
		ProductName: scw.StringPtr("audit-trail"), RecordedAfter: &day,
	})
	if len(events) != 1 || events[0].MethodName != "DeleteExportJob" || events[0].Resources[0].ID != created.ID {
		t.Errorf("event of the deletion: %+v", events)
	}
}

func TestInvalidExportJobs(t *testing.T) {
	t.Parallel()
	k := newK8sFixture(t, Options{})
	for reason, request := range map[string]*audit_trail.CreateExportJobRequest{
		"name":   {S3: &audit_trail.ExportJobS3{Bucket: "b"}},
		"bucket": {Name: "n", S3: &audit_trail.ExportJobS3{}},
		"S3":     {Name: "n"},
	} {
		var invalid *scw.InvalidArgumentsError
		if _, err := audit_trail.NewAPI(k.client).CreateExportJob(request); !errors.As(err, &invalid) {
			t.Errorf("create an export job without %s: %v", reason, err)
		}
	}
}

func TestAuditTrailPermissions(t *testing.T) {
	t.Parallel()
	r := newRig(t, Options{})
	const base, org = "/audit-trail/v1alpha1/regions/fr-par", "?organization_id=" + OrganizationID
	body := `{"organization_id":"` + OrganizationID + `","name":"n","s3":{"bucket":"b","region":"fr-par"}}`
	job := stringAt(t, r.call(200, "POST", base+"/export-jobs", body), "id")
	for _, test := range []struct {
		set                          string
		events, list, create, delete int
	}{
		{"AuditTrailReadOnly", 200, 200, 403, 403},
		{"AuditTrailExportRead", 403, 200, 403, 403},
		{"AuditTrailExportDelete", 403, 403, 403, 404},
		{"AuditTrailFullAccess", 200, 200, 409, 404},
		{"OrganizationManager", 200, 200, 409, 404},
		{"AllProductsFullAccess", 403, 403, 403, 403},
	} {
		r.token = SecretKey
		_, _, r.token = newApplicationKey(r, test.set)
		r.call(test.events, "GET", base+"/events"+org, "")
		r.call(test.list, "GET", base+"/export-jobs"+org, "")
		r.call(test.create, "POST", base+"/export-jobs", body)
		r.call(test.delete, "DELETE", base+"/export-jobs/"+VPCID, "")
	}
	r.token = SecretKey
	r.call(204, "DELETE", base+"/export-jobs/"+job, "")
	r.call(400, "GET", base+"/events", "")
	r.call(403, "GET", base+"/events?organization_id="+VPCID, "")
}
