package audittrailexport

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/scaleway/scaleway-sdk-go/api/audit_trail/v1alpha1"
	"github.com/scaleway/scaleway-sdk-go/scw"

	operations "github.com/terraform-srm/terraform-provider-srm/internal/operations/audittrailexport"
	"github.com/terraform-srm/terraform-provider-srm/internal/scaleway"
	"github.com/terraform-srm/terraform-provider-srm/internal/tfkit"
)

// model is the configuration, the plan or the state of an export job.
type model struct {
	ID                 types.String `tfsdk:"id"`
	OrganizationID     types.String `tfsdk:"organization_id"`
	Name               types.String `tfsdk:"name"`
	Tags               types.Set    `tfsdk:"tags"`
	Bucket             types.String `tfsdk:"bucket"`
	Prefix             types.String `tfsdk:"prefix"`
	Region             types.String `tfsdk:"region"`
	ProjectID          types.String `tfsdk:"project_id"`
	MinRetentionDays   types.Int64  `tfsdk:"min_retention_days"`
	DeletionProtection types.Bool   `tfsdk:"deletion_protection"`
}

func (m *model) uuid() string { return tfkit.BareID(m.ID.ValueString()) }

// bucket returns the bucket that a plan needs. ok is false while a value is unknown; an unknown Project is the one that
// the API chooses.
func (m *model) bucket() (_ operations.Bucket, ok bool) {
	if !tfkit.HasValue(m.Bucket) || !tfkit.HasValue(m.Region) || !tfkit.HasValue(m.MinRetentionDays) {
		return operations.Bucket{}, false
	}
	return operations.Bucket{
		Name: m.Bucket.ValueString(), Region: scw.Region(m.Region.ValueString()),
		ProjectID: m.ProjectID.ValueString(), MinRetentionDays: m.MinRetentionDays.ValueInt64(),
	}, true
}

// desired converts a plan at apply, when every configured value is known.
func (m *model) desired(organizationID string) operations.Desired {
	bucket, _ := m.bucket()
	return operations.Desired{
		Region: jobRegion, OrganizationID: organizationID, Name: m.Name.ValueString(),
		Tags: tfkit.StringsFromSet(m.Tags), Bucket: bucket, Prefix: m.Prefix.ValueString(),
	}
}

// setComputed sets what only the API knows of a created job.
func (m *model) setComputed(job *audit_trail.ExportJob) {
	m.ID = types.StringValue(scaleway.JoinID(jobRegion, job.ID))
	m.OrganizationID = types.StringValue(job.OrganizationID)
	if m.ProjectID.IsUnknown() {
		m.ProjectID = types.StringNull()
		if job.S3 != nil {
			m.ProjectID = types.StringPointerValue(job.S3.ProjectID)
		}
	}
}

// refresh sets what the API has of a job.
func (m *model) refresh(job *audit_trail.ExportJob) {
	m.ID = types.StringValue(scaleway.JoinID(jobRegion, job.ID))
	m.OrganizationID, m.Name = types.StringValue(job.OrganizationID), types.StringValue(job.Name)
	m.Tags = tfkit.KeepStrings(m.Tags, job.Tags)
	s3 := job.S3
	if s3 == nil {
		s3 = &audit_trail.ExportJobS3{}
	}
	m.Bucket, m.Region = types.StringValue(s3.Bucket), types.StringValue(string(s3.Region))
	m.Prefix = types.StringNull()
	if s3.Prefix != nil && *s3.Prefix != "" {
		m.Prefix = types.StringValue(*s3.Prefix)
	}
	if s3.ProjectID != nil {
		m.ProjectID = tfkit.KeepSpelling(m.ProjectID, *s3.ProjectID, tfkit.BareID)
	}
}

// savePrivate saves that the job exists, and whether it is protected.
func (m *model) savePrivate(ctx context.Context, private tfkit.PrivateState, diags *diag.Diagnostics) {
	tfkit.UpdatePrivate(ctx, private, diags, func(p *tfkit.Existence) {
		p.Exists, p.IsProtected = true, m.DeletionProtection.ValueBool()
	})
}
