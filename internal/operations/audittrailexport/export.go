// Package audittrailexport creates, reads and deletes export jobs of Audit Trail, and checks their buckets. It works on
// plain structs: the resource package decodes a plan into Desired, calls an operation, and turns its result into state
// and diagnostics.
package audittrailexport

import (
	"context"

	"github.com/scaleway/scaleway-sdk-go/api/audit_trail/v1alpha1"
	"github.com/scaleway/scaleway-sdk-go/scw"

	"github.com/terraform-srm/terraform-provider-srm/internal/scaleway"
)

// Desired is the planned export job. Every value is known.
type Desired struct {
	// Region is the region of the job, whose events it exports.
	Region         scw.Region
	OrganizationID string
	Name           string
	Tags           []string
	Bucket         Bucket
	Prefix         string
}

// Create creates the export job. The caller has checked the bucket.
func Create(ctx context.Context, api *scaleway.Client, desired Desired) (*audit_trail.ExportJob, error) {
	return api.CreateExportJob(ctx, &audit_trail.CreateExportJobRequest{
		Region: desired.Region, OrganizationID: desired.OrganizationID, Name: desired.Name, Tags: desired.Tags,
		S3: &audit_trail.ExportJobS3{
			Bucket: desired.Bucket.Name, Region: desired.Bucket.Region, Prefix: nilIfEmpty(desired.Prefix),
			ProjectID: nilIfEmpty(desired.Bucket.ProjectID),
		},
	})
}

// Other returns the export job that a region of an Organization already has, or nil.
func Other(
	ctx context.Context, api *scaleway.Client, region scw.Region, organizationID string,
) (*audit_trail.ExportJob, error) {
	jobs, err := api.ExportJobs(ctx, region, organizationID)
	if err != nil || len(jobs) == 0 {
		return nil, err
	}
	return jobs[0], nil
}

func nilIfEmpty(text string) *string {
	if text == "" {
		return nil
	}
	return &text
}
