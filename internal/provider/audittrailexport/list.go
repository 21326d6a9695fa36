package audittrailexport

import (
	"cmp"
	"context"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/list"
	"github.com/hashicorp/terraform-plugin-framework/list/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/scaleway/scaleway-sdk-go/api/audit_trail/v1alpha1"

	"github.com/terraform-srm/terraform-provider-srm/internal/compliance"
	"github.com/terraform-srm/terraform-provider-srm/internal/tfkit"
)

var _ list.ListResourceWithConfigure = (*exportList)(nil)

// NewListResource returns the list resource srm_audit_trail_export.
func NewListResource() list.ListResource { return &exportList{} }

type exportList struct{ exportResource }

// listConfig is the configuration of a list: its filters.
type listConfig struct {
	ProjectID types.String `tfsdk:"project_id"`
	Name      types.String `tfsdk:"name"`
	Tags      []string     `tfsdk:"tags"`
}

func (r *exportList) ListResourceConfigSchema(
	_ context.Context, _ list.ListResourceSchemaRequest, resp *list.ListResourceSchemaResponse,
) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Lists the export jobs of Audit Trail of the provider's Organization in `" +
			compliance.Region + "`, created by this provider or not: at most one is active.",
		Attributes: tfkit.ListFilters("export jobs", "export jobs to buckets"),
	}
}

// List lists the export jobs with one request.
func (r *exportList) List(ctx context.Context, req list.ListRequest, stream *list.ListResultsStream) {
	var diags diag.Diagnostics
	jobs := r.findJobs(ctx, req, &diags)
	if diags.HasError() {
		stream.Results = list.ListResultsStreamDiagnostics(diags)
		return
	}
	stream.Results = tfkit.StreamList(ctx, req, jobs, func(job *audit_trail.ExportJob) list.ListResult {
		return r.listResult(ctx, req, job)
	})
}

// findJobs returns the jobs that match the filters, sorted by name and id.
func (r *exportList) findJobs(
	ctx context.Context, req list.ListRequest, diags *diag.Diagnostics,
) []*audit_trail.ExportJob {
	if !r.provider.CheckConfigured(diags) {
		return nil
	}
	var config listConfig
	diags.Append(req.Config.Get(ctx, &config)...)
	organization := r.organizationID(&model{}, diags)
	if diags.HasError() {
		return nil
	}
	jobs, err := r.provider.API.ExportJobs(ctx, jobRegion, organization)
	if err != nil {
		tfkit.AddAPIError(diags, "Unable to list the export jobs of Audit Trail", err)
		return nil
	}
	jobs = slices.DeleteFunc(jobs, func(job *audit_trail.ExportJob) bool {
		isInProject := config.ProjectID.IsNull() || job.S3 != nil && job.S3.ProjectID != nil &&
			*job.S3.ProjectID == tfkit.BareID(config.ProjectID.ValueString())
		return !isInProject || !config.Name.IsNull() && job.Name != config.Name.ValueString() ||
			!tfkit.ContainsAll(job.Tags, config.Tags)
	})
	slices.SortFunc(jobs, func(a, b *audit_trail.ExportJob) int {
		return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.ID, b.ID))
	})
	return jobs
}

// listResult returns the result for a job. Its resource, if requested, equals that of an import.
func (r *exportList) listResult(
	ctx context.Context, req list.ListRequest, job *audit_trail.ExportJob,
) list.ListResult {
	result := req.NewListResult(ctx)
	result.DisplayName = job.Name
	tfkit.SetIdentity(ctx, result.Identity, jobRegion, job.ID, &result.Diagnostics)
	if !req.IncludeResource {
		return result
	}
	m := model{DeletionProtection: types.BoolValue(true), Tags: types.SetNull(types.StringType)}
	m.refresh(job)
	result.Diagnostics.Append(result.Resource.Set(ctx, m)...)
	return result
}
