package audittrailexport_test

import (
	"maps"
	"testing"

	"github.com/scaleway/scaleway-sdk-go/api/audit_trail/v1alpha1"
	"github.com/scaleway/scaleway-sdk-go/scw"

	"github.com/terraform-srm/terraform-provider-srm/internal/acctest"
	"github.com/terraform-srm/terraform-provider-srm/internal/acctest/objectstorage"
	"github.com/terraform-srm/terraform-provider-srm/internal/sandbox"
)

const kind = "srm_audit_trail_export"

// rig is a sandbox with an Object Storage that has the bucket "trail" with all that an export needs.
type rig struct {
	*acctest.Env
	t       *testing.T
	storage *objectstorage.Server
}

func newRig(t *testing.T) *rig {
	t.Helper()
	r := &rig{Env: acctest.New(t), t: t, storage: objectstorage.Start(t)}
	r.ObjectStorage = r.storage
	r.storage.CreateLockedBucket(t, "trail", 365)
	return r
}

// config returns a configuration with changes.
func config(changes map[string]any) map[string]any {
	all := map[string]any{
		"name": "audit", "bucket": "trail", "prefix": "audit/prod", "min_retention_days": int64(365),
		"tags": []string{"srm"},
	}
	maps.Copy(all, changes)
	return all
}

// export returns the resource with changes of its configuration, in a new state.
func (r *rig) export(changes map[string]any) *acctest.ResourceLifecycle {
	r.t.Helper()
	return r.Protocol(r.t).Resource(kind, config(changes))
}

// jobs returns the export jobs in the sandbox.
func (r *rig) jobs() []*audit_trail.ExportJob {
	r.t.Helper()
	var jobs []*audit_trail.ExportJob
	if err := r.Sandbox.Objects("export-jobs", &jobs); err != nil {
		r.t.Fatal(err)
	}
	return jobs
}

// createJob creates an export job without Terraform.
func (r *rig) createJob() *audit_trail.ExportJob {
	r.t.Helper()
	job, err := r.Client(r.t).CreateExportJob(r.t.Context(), &audit_trail.CreateExportJobRequest{
		Region: scw.RegionFrPar, OrganizationID: sandbox.OrganizationID, Name: "by hand",
		S3: &audit_trail.ExportJobS3{Bucket: "trail", Region: scw.RegionFrPar},
	})
	if err != nil {
		r.t.Fatal(err)
	}
	return job
}
