package scaleway

import (
	"context"
	"fmt"

	"github.com/scaleway/scaleway-sdk-go/api/audit_trail/v1alpha1"
	"github.com/scaleway/scaleway-sdk-go/scw"
)

// ExportJobExistsError reports that a region of an Organization already has an export job. The documentation allows one
// (scaleway.com/en/docs/audit-trail/how-to/manage-adt-export).
type ExportJobExistsError struct {
	Job *audit_trail.ExportJob
	// Err is the error of the API, or nil if the job existed before the request.
	Err error
}

// Error names the existing job.
func (e *ExportJobExistsError) Error() string {
	return fmt.Sprintf("the Organization already has an export job in the region: %s, %q",
		formatID(string(e.Job.Region), e.Job.ID), e.Job.Name)
}

// Unwrap returns the error of the API.
func (e *ExportJobExistsError) Unwrap() error { return e.Err }

// ExportJob reads an export job, or returns nil if it does not exist. The API has no request for one job, so that
// ExportJob lists them.
func (c *Client) ExportJob(
	ctx context.Context, region scw.Region, organizationID, id string,
) (*audit_trail.ExportJob, error) {
	// The errors name the job, as those of other reads name their object.
	ctx, call := startCall(ctx, "read", "export job of Audit Trail", id, region)
	list, err := c.auditTrail.ListExportJobs(
		&audit_trail.ListExportJobsRequest{Region: region, OrganizationID: organizationID}, allPages(ctx)...,
	)
	if err != nil {
		return nil, call.wrapError(err)
	}
	for _, job := range list.ExportJobs {
		if job.ID == id {
			return job, nil
		}
	}
	return nil, nil
}

// CreateExportJob creates an export job. If the region has one, it returns an *ExportJobExistsError. It handles a lost
// response as CreateCluster does. Source: POST /audit-trail/v1alpha1/regions/{region}/export-jobs.
func (c *Client) CreateExportJob(
	ctx context.Context, req *audit_trail.CreateExportJobRequest,
) (*audit_trail.ExportJob, error) {
	before, err := c.ExportJobs(ctx, req.Region, req.OrganizationID)
	if err != nil {
		return nil, err
	}
	if len(before) > 0 {
		return nil, &ExportJobExistsError{Job: before[0]}
	}
	creating, call := startCall(ctx, "create", "export job of Audit Trail", req.Name, req.Region)
	job, err := c.auditTrail.CreateExportJob(req, scw.WithContext(creating))
	err = call.wrapError(err)
	// [INFERRED]: the error for a second job is not recorded, so that the list decides.
	if IsConflict(err) || hasStatus(err, 400) {
		if others, listErr := c.ExportJobs(ctx, req.Region, req.OrganizationID); listErr == nil && len(others) > 0 {
			return nil, &ExportJobExistsError{Job: others[0], Err: err}
		}
	}
	if !mayHaveCreated(err) {
		return job, err
	}
	search := createdObjectSearch[*audit_trail.ExportJob]{
		kind: "export job", name: req.Name, region: req.Region,
		list: func(ctx context.Context) ([]*audit_trail.ExportJob, error) {
			return c.ExportJobs(ctx, req.Region, req.OrganizationID)
		},
		toCandidate: func(job *audit_trail.ExportJob) Candidate {
			return Candidate{
				ID: job.ID, Status: fmt.Sprintf("%q", job.Name), Differences: exportJobDifferences(req, job),
			}
		},
	}
	return search.recoverLostCreate(ctx, c, err)
}

func exportJobDifferences(req *audit_trail.CreateExportJobRequest, job *audit_trail.ExportJob) []string {
	var diffs differences
	diffs.compare("name", job.Name, req.Name)
	if job.S3 == nil {
		return append(diffs, "it has no bucket")
	}
	diffs.compare("bucket", job.S3.Bucket, req.S3.Bucket)
	diffs.compare("region of the bucket", job.S3.Region, req.S3.Region)
	diffs.compare("prefix", stringValue(job.S3.Prefix), stringValue(req.S3.Prefix))
	if req.S3.ProjectID != nil && job.S3.ProjectID != nil {
		diffs.compare("project", *job.S3.ProjectID, *req.S3.ProjectID)
	}
	diffs.compare("tags", joinSorted(job.Tags), joinSorted(req.Tags))
	return diffs
}

// DeleteExportJob deletes an export job; one that does not exist is no error. Source: DELETE
// /audit-trail/v1alpha1/regions/{region}/export-jobs/{id}.
func (c *Client) DeleteExportJob(ctx context.Context, region scw.Region, id string) error {
	ctx, call := startCall(ctx, "delete", "export job of Audit Trail", id, region)
	err := call.wrapError(c.auditTrail.DeleteExportJob(
		&audit_trail.DeleteExportJobRequest{Region: region, ExportJobID: id}, scw.WithContext(ctx),
	))
	if IsNotFound(err) {
		return nil
	}
	return err
}
