// Package audittrailexport implements the resource srm_audit_trail_export, a job that exports the events of Audit Trail
// to a bucket every day, and its list resource.
package audittrailexport

import (
	"context"
	"errors"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/scaleway/scaleway-sdk-go/scw"

	"github.com/terraform-srm/terraform-provider-srm/internal/compliance"
	operations "github.com/terraform-srm/terraform-provider-srm/internal/operations/audittrailexport"
	"github.com/terraform-srm/terraform-provider-srm/internal/scaleway"
	"github.com/terraform-srm/terraform-provider-srm/internal/tfkit"
)

var (
	_ resource.ResourceWithConfigure   = (*exportResource)(nil)
	_ resource.ResourceWithModifyPlan  = (*exportResource)(nil)
	_ resource.ResourceWithImportState = (*exportResource)(nil)
	_ resource.ResourceWithIdentity    = (*exportResource)(nil)
)

const resourceType = "srm_audit_trail_export"

// jobRegion is the region whose events are exported: that of clusters for health data, and of products without a
// region, such as IAM.
const jobRegion = scw.Region(compliance.Region)

// operationTimeout limits each operation, which takes seconds.
const operationTimeout = 10 * time.Minute

const (
	unableToCreate = "Unable to create the export job of Audit Trail"
	unableToRead   = "Unable to read the export job of Audit Trail"
	unableToUpdate = "Unable to update the export job of Audit Trail"
	unableToDelete = "Unable to delete the export job of Audit Trail"
)

type exportResource struct {
	provider *tfkit.Provider
}

// NewResource returns the resource srm_audit_trail_export.
func NewResource() resource.Resource { return &exportResource{} }

func (r *exportResource) Metadata(_ context.Context, _ resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = resourceType
}

func (r *exportResource) Configure(
	_ context.Context, req resource.ConfigureRequest, resp *resource.ConfigureResponse,
) {
	r.provider = tfkit.ProviderFromData(req.ProviderData, &resp.Diagnostics)
}

// Create checks the bucket, and creates the export job.
func (r *exportResource) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	diags := &resp.Diagnostics
	if !r.provider.CheckConfigured(diags) {
		return
	}
	plan, ok := tfkit.Decode(ctx, req.Plan, &model{}, diags)
	if !ok {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, operationTimeout)
	defer cancel()
	organization := r.organizationID(plan, diags)
	if diags.HasError() {
		return
	}
	report := tfkit.NewApplyReporter(diags)
	if r.checkBucket(ctx, plan, report, diags); diags.HasError() {
		r.checkOther(ctx, organization, report) // all problems at once
		return
	}
	job, err := operations.Create(ctx, r.provider.API, plan.desired(organization))
	if exists, ok := errors.AsType[*scaleway.ExportJobExistsError](err); ok {
		reportOther(report, exists.Job)
		return
	}
	if err != nil {
		tfkit.AddAPIError(diags, unableToCreate, err)
		return
	}
	plan.setComputed(job)
	r.save(ctx, plan, &resp.State, resp.Identity, diags)
	plan.savePrivate(ctx, resp.Private, diags)
}

// Read removes a job from the state that a complete list of its Organization does not have. last_run_at and last_status
// are no attributes: they change every day.
func (r *exportResource) Read(ctx context.Context, req resource.ReadRequest, resp *resource.ReadResponse) {
	diags := &resp.Diagnostics
	if !r.provider.CheckConfigured(diags) {
		return
	}
	state, ok := tfkit.Decode(ctx, req.State, &model{}, diags)
	if !ok {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, operationTimeout)
	defer cancel()
	organization := r.organizationID(state, diags)
	if diags.HasError() {
		return
	}
	job, err := r.provider.API.ExportJob(ctx, jobRegion, organization, state.uuid())
	switch {
	case err != nil:
		tfkit.AddAPIError(diags, unableToRead, err)
		return
	case job == nil:
		// The framework requires an identity even when the resource is removed from the state.
		tfkit.SetIdentity(ctx, resp.Identity, jobRegion, state.uuid(), diags)
		resp.State.RemoveResource(ctx)
		return
	}
	state.refresh(job)
	r.save(ctx, state, &resp.State, resp.Identity, diags)
}

// Update changes what the API does not have: all else replaces the job. It checks the bucket only for another
// retention, so that the problems of a bucket do not keep deletion protection on.
func (r *exportResource) Update(ctx context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	diags := &resp.Diagnostics
	if !r.provider.CheckConfigured(diags) {
		return
	}
	plan, ok := tfkit.Decode(ctx, req.Plan, &model{}, diags)
	state, isDecoded := tfkit.Decode(ctx, req.State, &model{}, diags)
	if !ok || !isDecoded {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, operationTimeout)
	defer cancel()
	if !plan.MinRetentionDays.Equal(state.MinRetentionDays) {
		r.checkBucket(ctx, plan, tfkit.NewApplyReporter(diags), diags)
	}
	if r.checkExists(ctx, state, diags); diags.HasError() {
		return
	}
	r.save(ctx, plan, &resp.State, resp.Identity, diags)
	plan.savePrivate(ctx, resp.Private, diags)
}

// checkExists refuses to update a job that was deleted since the plan.
func (r *exportResource) checkExists(ctx context.Context, state *model, diags *diag.Diagnostics) {
	organization := r.organizationID(state, diags)
	if diags.HasError() {
		return
	}
	job, err := r.provider.API.ExportJob(ctx, jobRegion, organization, state.uuid())
	switch {
	case err != nil:
		tfkit.AddAPIError(diags, unableToUpdate, err)
	case job == nil:
		tfkit.AddError(diags, path.Empty(), tfkit.Problem{
			Summary: unableToUpdate, Found: "export job " + state.ID.ValueString() + " was deleted after the plan",
			Fix: "Plan and apply again: the provider creates the export job.",
		})
	}
}

func (r *exportResource) Delete(ctx context.Context, req resource.DeleteRequest, resp *resource.DeleteResponse) {
	diags := &resp.Diagnostics
	if !r.provider.CheckConfigured(diags) {
		return
	}
	state, ok := tfkit.Decode(ctx, req.State, &model{}, diags)
	if !ok {
		return
	}
	if state.DeletionProtection.ValueBool() {
		refuseProtected("The export job would be destroyed", state, diags)
		return
	}
	ctx, cancel := context.WithTimeout(ctx, operationTimeout)
	defer cancel()
	if err := r.provider.API.DeleteExportJob(ctx, jobRegion, state.uuid()); err != nil {
		tfkit.AddAPIError(diags, unableToDelete, err)
	}
}

// ImportState accepts region/UUID, a UUID, or the identity {region, id}.
func (r *exportResource) ImportState(
	ctx context.Context, req resource.ImportStateRequest, resp *resource.ImportStateResponse,
) {
	diags := &resp.Diagnostics
	if !r.provider.CheckConfigured(diags) {
		return
	}
	region, uuid, err := tfkit.ParseImportID(ctx, req, diags)
	if err != nil {
		tfkit.AddError(diags, path.Root("id"), tfkit.Problem{
			Summary: "The id of the export job is malformed", Found: err.Error(),
			Allowed: string(jobRegion) + "/UUID, or the UUID alone", Fix: "Set the id of the export job.",
		})
		return
	}
	if err := compliance.CheckRegion(string(region)); err != nil {
		tfkit.AddCheckError(diags, path.Root("id"), err)
		return
	}
	tfkit.SetAttributes(ctx, &resp.State, map[string]any{
		"id": scaleway.JoinID(region, uuid), "deletion_protection": true,
	}, diags)
	tfkit.UpdatePrivate(ctx, resp.Private, diags, func(p *tfkit.Existence) { p.Exists, p.IsProtected = true, true })
	tfkit.SetIdentity(ctx, resp.Identity, region, uuid, diags)
}

// organizationID returns the Organization of a job: that of the state, or else the configured one.
func (r *exportResource) organizationID(m *model, diags *diag.Diagnostics) string {
	if tfkit.HasValue(m.OrganizationID) {
		return m.OrganizationID.ValueString()
	}
	configured := r.provider.API.OrganizationID()
	if configured == "" {
		tfkit.AddError(diags, path.Empty(), tfkit.Problem{
			Summary: "The Organization of the export job is not known",
			Found:   "no organization_id in the provider block, and no SCW_DEFAULT_ORGANIZATION_ID",
			Fix: "Set organization_id in the provider block: the console shows it under Organization, Settings. " +
				"An export job belongs to an Organization.",
		})
	}
	return configured
}

// save sets state and identity together, as a missing identity is an error on some CLIs.
func (r *exportResource) save(
	ctx context.Context, m *model, state *tfsdk.State, identity *tfsdk.ResourceIdentity, diags *diag.Diagnostics,
) {
	diags.Append(state.Set(ctx, m)...)
	tfkit.SetIdentity(ctx, identity, jobRegion, m.uuid(), diags)
}
