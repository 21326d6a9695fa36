package scaleway

import (
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/scaleway/scaleway-sdk-go/api/audit_trail/v1alpha1"
	"github.com/scaleway/scaleway-sdk-go/scw"
)

const (
	exportJobBody = `{"id":"` + testID + `","name":"audit","organization_id":"` + testProject + `","region":"fr-par",` +
		`"s3":{"bucket":"trail","region":"fr-par","prefix":"p","project_id":null},"tags":["b","a"],` +
		`"last_run_at":null,"last_status":null,"created_at":"2026-11-30T09:00:00Z"}`
	noExportJobs = `{"export_jobs":[],"total_count":0}`
	oneExportJob = `{"export_jobs":[` + exportJobBody + `],"total_count":1}`
)

func exportJobRequest() *audit_trail.CreateExportJobRequest {
	return &audit_trail.CreateExportJobRequest{
		Region: testRegion, OrganizationID: testProject, Name: "audit", Tags: []string{"a", "b"},
		S3: &audit_trail.ExportJobS3{
			Bucket: "trail", Region: testRegion, Prefix: scw.StringPtr("p"), ProjectID: scw.StringPtr(testID),
		},
	}
}

// respondExportJobs answers the first list with no job, a create with create, and later lists with list.
func respondExportJobs(create func(http.ResponseWriter), list string) handlerFunc {
	return func(w http.ResponseWriter, r *http.Request, number int) {
		switch {
		case r.Method == http.MethodPost:
			create(w)
		case number == 1:
			writeJSON(w, 200, noExportJobs)
		default:
			writeJSON(w, 200, list)
		}
	}
}

func TestCreateExportJob(t *testing.T) {
	t.Parallel()
	created := func(w http.ResponseWriter) { writeJSON(w, 200, exportJobBody) }
	c, fake := newFakeClient(t, respondExportJobs(created, oneExportJob))
	job, err := c.CreateExportJob(t.Context(), exportJobRequest())
	if err != nil || job.ID != testID || fake.countMethod("POST") != 1 ||
		!strings.Contains(fake.allRequests()[0].query, "organization_id="+testProject) {
		t.Errorf("%+v, %v", job, err)
	}
	// A lost response: the job that appeared matches.
	for _, lose := range []func(http.ResponseWriter){hangUp, proxyPage(502), proxyPage(403), truncateBody} {
		c, fake := newFakeClient(t, respondExportJobs(lose, oneExportJob))
		if job, err := c.CreateExportJob(t.Context(), exportJobRequest()); err != nil || job.ID != testID ||
			fake.countMethod("POST") != 1 {
			t.Errorf("%+v, %v, %d creates", job, err, fake.countMethod("POST"))
		}
	}
	// Another job appeared, or none.
	var lost *LostCreateError
	other := strings.ReplaceAll(oneExportJob, `"bucket":"trail"`, `"bucket":"other"`)
	c, _ = newFakeClient(t, respondExportJobs(hangUp, other))
	if _, err := c.CreateExportJob(t.Context(), exportJobRequest()); !errors.As(err, &lost) || !lost.MayExist() ||
		!strings.Contains(err.Error(), "bucket is other, not trail") || !strings.Contains(lost.Hint(), testID) {
		t.Errorf("another job: %v", err)
	}
	c, _ = newFakeClient(t, respondExportJobs(hangUp, noExportJobs))
	if _, err := c.CreateExportJob(t.Context(), exportJobRequest()); !errors.As(err, &lost) || lost.MayExist() {
		t.Errorf("no job: %v", err)
	}
}

func TestExportJobExists(t *testing.T) {
	t.Parallel()
	var exists *ExportJobExistsError
	c, fake := newFakeClient(t, func(w http.ResponseWriter, _ *http.Request, _ int) { writeJSON(w, 200, oneExportJob) })
	if _, err := c.CreateExportJob(t.Context(), exportJobRequest()); !errors.As(err, &exists) ||
		exists.Job.ID != testID || fake.countMethod("POST") != 0 || exists.Err != nil {
		t.Errorf("before the create: %v", err)
	}
	for status, body := range map[int]string{
		400: `{"type":"invalid_arguments","message":"invalid argument(s)","details":[]}`,
		409: `{"type":"already_exists","message":"resource already exists"}`,
		412: `{"type":"precondition_failed","message":"precondition is not respected"}`,
	} {
		refuse := func(w http.ResponseWriter) { writeJSON(w, status, body) }
		c, _ := newFakeClient(t, respondExportJobs(refuse, oneExportJob))
		if _, err := c.CreateExportJob(t.Context(), exportJobRequest()); !errors.As(err, &exists) || exists.Err == nil {
			t.Errorf("%d: %v", status, err)
		}
		c, _ = newFakeClient(t, respondExportJobs(refuse, noExportJobs))
		var answer *APIError
		if _, err := c.CreateExportJob(t.Context(), exportJobRequest()); errors.As(err, &exists) ||
			!errors.As(err, &answer) || answer.Status != status {
			t.Errorf("%d without a job: %v", status, err)
		}
	}
}

// TestExportJobIsMissing checks that only a complete list without a job says that the job does not exist.
func TestExportJobIsMissing(t *testing.T) {
	t.Parallel()
	read := func(status int, body string) (*audit_trail.ExportJob, error) {
		c, _ := newFakeClient(t, func(w http.ResponseWriter, _ *http.Request, _ int) { writeJSON(w, status, body) })
		return c.ExportJob(t.Context(), testRegion, testProject, testID)
	}
	if job, err := read(200, oneExportJob); err != nil || job == nil {
		t.Errorf("%v, %v", job, err)
	}
	if job, err := read(200, noExportJobs); err != nil || job != nil {
		t.Errorf("an empty list: %v, %v", job, err)
	}
	for body, status := range map[string]int{
		`{}`: 200, `{"jobs":[]}`: 200, `[]`: 200, `{"message":"Not Found"}`: 404,
		`{"type":"permissions_denied","message":"insufficient permissions","details":[]}`: 403,
	} {
		job, err := read(status, body)
		if err == nil || job != nil || IsNotFound(err) {
			t.Errorf("%d %s: %v, %v", status, body, job, err)
		}
		if status == 403 && RequiredPermissionSet(err) != "AuditTrailExportRead in the Organization" {
			t.Errorf("%v", err)
		}
	}
}

func TestDeleteExportJob(t *testing.T) {
	t.Parallel()
	for body, test := range map[string]struct {
		status int
		isGone bool
	}{
		"": {204, true},
		`{"type":"not_found","message":"resource is not found","resource":"export_job","resource_id":"x"}`: {404, true},
		`{"message":"Not Found"}`: {404, false},
	} {
		c, _ := newFakeClient(
			t,
			func(w http.ResponseWriter, _ *http.Request, _ int) { writeJSON(w, test.status, body) },
		)
		if err := c.DeleteExportJob(t.Context(), testRegion, testID); (err == nil) != test.isGone {
			t.Errorf("%d %s: %v", test.status, body, err)
		}
	}
}
