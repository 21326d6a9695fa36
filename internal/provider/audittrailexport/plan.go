package audittrailexport

import (
	"context"
	"fmt"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/scaleway/scaleway-sdk-go/api/audit_trail/v1alpha1"

	operations "github.com/terraform-srm/terraform-provider-srm/internal/operations/audittrailexport"
	"github.com/terraform-srm/terraform-provider-srm/internal/scaleway"
	"github.com/terraform-srm/terraform-provider-srm/internal/tfkit"
)

// ModifyPlan refuses to destroy or replace a protected job, says what a replacement interrupts, and warns about the
// bucket and about another job.
func (r *exportResource) ModifyPlan(
	ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse,
) {
	diags := &resp.Diagnostics
	if !r.provider.CheckConfigured(diags) {
		return
	}
	if req.Plan.Raw.IsNull() {
		if state, ok := tfkit.Decode(ctx, req.State, &model{}, diags); ok {
			planDestroy(state, diags)
		}
		return
	}
	defer r.provider.AddDestroyHint(diags)
	plan, ok := tfkit.Decode(ctx, req.Plan, &model{}, diags)
	config, isDecoded := tfkit.Decode(ctx, req.Config, &model{}, diags)
	if !ok || !isDecoded {
		return
	}
	if req.State.Raw.IsNull() {
		r.planCreate(ctx, plan, config, tfkit.ReadPrivate[tfkit.Existence](ctx, req.Private, diags), diags)
	} else if state, ok := tfkit.Decode(ctx, req.State, &model{}, diags); ok {
		r.planUpdate(ctx, plan, config, state, diags)
	}
	diags.Append(resp.Plan.Set(ctx, plan)...)
}

func (r *exportResource) planCreate(
	ctx context.Context, plan, config *model, replaced tfkit.Existence, diags *diag.Diagnostics,
) {
	if replaced.IsProtected {
		refuseProtected("The export job would be replaced", plan, diags)
		return
	}
	organization := r.organizationID(plan, diags)
	if diags.HasError() {
		return
	}
	plan.OrganizationID = types.StringValue(organization)
	if config.ProjectID.IsNull() && plan.ProjectID.IsUnknown() && r.provider.API.DefaultProjectID() != "" {
		plan.ProjectID = types.StringValue(r.provider.API.DefaultProjectID())
	}
	if replaced.Exists {
		return // CLIs drop the warnings of this second plan
	}
	report := tfkit.NewPlanReporter(diags)
	r.checkBucket(ctx, plan, report, diags)
	r.checkOther(ctx, organization, report)
}

func (r *exportResource) planUpdate(ctx context.Context, plan, config, state *model, diags *diag.Diagnostics) {
	if config.ProjectID.IsNull() {
		plan.ProjectID = state.ProjectID
	}
	changes := replacingChanges(plan, state)
	switch {
	case len(changes) > 0 && state.DeletionProtection.ValueBool():
		refuseProtected("The export job would be replaced", state, diags, changes...)
		return
	case len(changes) > 0:
		warnAboutReplacement(changes, diags)
	}
	report := tfkit.NewPlanReporter(diags)
	found, ok := r.readBucket(ctx, plan)
	if !ok {
		return
	}
	if len(changes) > 0 && !found.IsMissing {
		// The apply would delete the job that works before it refuses the bucket of the new one.
		refusal := tfkit.NewCreatePlanReporter(diags, true)
		for _, problem := range found.Problems {
			refusal.ReportCheckError(path.Root("bucket"), problem)
		}
		found.Problems = nil
	}
	reportBucket(found, report, diags)
}

// replacingChanges describes the changes that replace the job.
func replacingChanges(plan, state *model) []string {
	changes := []string{}
	for _, attribute := range []struct {
		name          string
		plan, current attr.Value
	}{
		{"bucket", plan.Bucket, state.Bucket}, {"name", plan.Name, state.Name}, {"prefix", plan.Prefix, state.Prefix},
		{"project_id", plan.ProjectID, state.ProjectID}, {"region", plan.Region, state.Region},
		{"tags", plan.Tags, state.Tags},
	} {
		if !attribute.plan.Equal(attribute.current) {
			changes = append(
				changes,
				fmt.Sprintf("%s from %s to %s", attribute.name, attribute.current, attribute.plan),
			)
		}
	}
	return changes
}

func warnAboutReplacement(changes []string, diags *diag.Diagnostics) {
	tfkit.AddWarning(diags, path.Empty(), tfkit.Problem{
		Summary: "The change replaces the export job, which interrupts the export", Clause: operations.Clause,
		Found: strings.Join(changes, "; ") + ". The API cannot change an export job",
		Fix: "No action needed. The export is interrupted from the delete of the job to the first run of the new " +
			"one: seconds if the apply completes, otherwise until the next apply that does. The first run exports " +
			"the events of the past 90 days, so that a shorter interruption loses none; events that the old job " +
			"exported are exported again.",
	})
}

// planDestroy refuses a destroy under deletion protection. Otherwise it says what ends and what stays.
func planDestroy(state *model, diags *diag.Diagnostics) {
	if state.DeletionProtection.ValueBool() {
		refuseProtected("The export job would be destroyed", state, diags)
		return
	}
	tfkit.AddWarning(diags, path.Empty(), tfkit.Problem{
		Summary: "The export of Audit Trail ends", Clause: operations.Clause,
		Found: fmt.Sprintf("export job %s, %q", state.ID.ValueString(), state.Name.ValueString()),
		Fix: fmt.Sprintf("Audit Trail keeps events for 90 days only. The exported objects stay in bucket %q until "+
			"their retention ends and someone deletes them.", state.Bucket.ValueString()),
	})
}

// refuseProtected refuses to destroy or replace a job under deletion protection.
func refuseProtected(summary string, m *model, diags *diag.Diagnostics, changes ...string) {
	found := fmt.Sprintf("export job %q under deletion protection", m.Name.ValueString())
	if len(changes) > 0 {
		found += ": " + strings.Join(changes, "; ") + ". The API cannot change an export job"
	}
	tfkit.AddError(diags, path.Root("deletion_protection"), tfkit.Problem{
		Summary: summary, Clause: operations.Clause, Found: found,
		Allowed: "changes of `min_retention_days` and `deletion_protection`",
		Fix: "If the export may end or be interrupted, set `deletion_protection = false`, apply, then try again. If " +
			"the resource is tainted or named in -replace by mistake, run \"terraform untaint\" or remove -replace.",
	})
}

// checkBucket reads the bucket back. What the API key may not read is a warning, at apply as well.
func (r *exportResource) checkBucket(
	ctx context.Context, plan *model, report tfkit.Reporter, diags *diag.Diagnostics,
) {
	if found, ok := r.readBucket(ctx, plan); ok {
		reportBucket(found, report, diags)
	}
}

// readBucket reads the bucket of a plan, and returns false while its settings are unknown.
func (r *exportResource) readBucket(ctx context.Context, plan *model) (operations.BucketReport, bool) {
	want, ok := plan.bucket()
	if !ok {
		return operations.BucketReport{}, false
	}
	return operations.CheckBucket(ctx, r.provider.API, want), true
}

// reportBucket reports what a check of a bucket found.
func reportBucket(found operations.BucketReport, report tfkit.Reporter, diags *diag.Diagnostics) {
	for _, problem := range found.Problems {
		report.ReportCheckError(path.Root("bucket"), problem)
	}
	for _, err := range found.Failures {
		report.ReportAPIError("Unable to check the bucket of the export", err)
	}
	if len(found.Forbidden) == 0 {
		return
	}
	texts := []string{}
	for _, err := range found.Forbidden {
		texts = append(texts, err.Error())
	}
	tfkit.AddWarning(diags, path.Root("bucket"), tfkit.Problem{
		Summary: "The bucket of the export cannot be checked completely", Clause: operations.Clause,
		Found: strings.Join(texts, "; "),
		Fix: fmt.Sprintf("Give the owner of the API key the permission set %s of the bucket, and check project_id. "+
			"An assessment with this key reports the bucket as not_evaluated.",
			scaleway.RequiredPermissionSet(found.Forbidden[0])),
	})
}

// checkOther reports an export job that the Organization already has.
func (r *exportResource) checkOther(ctx context.Context, organization string, report tfkit.Reporter) {
	other, err := operations.Other(ctx, r.provider.API, jobRegion, organization)
	if err != nil {
		report.ReportAPIError("Unable to check whether the Organization has an export job", err)
		return
	}
	if other != nil {
		reportOther(report, other)
	}
}

// reportOther reports the export job that prevents another one.
func reportOther(report tfkit.Reporter, job *audit_trail.ExportJob) {
	id, bucket := scaleway.JoinID(jobRegion, job.ID), ""
	if job.S3 != nil {
		bucket = fmt.Sprintf(", to bucket %q", job.S3.Bucket)
	}
	report.Report(path.Empty(), tfkit.Problem{
		Summary: "The Organization already has an export job in " + string(jobRegion),
		Found:   fmt.Sprintf("export job %s, %q%s", id, job.Name, bucket),
		Allowed: "one active export job in each region of an Organization",
		Fix: fmt.Sprintf(`If no other state manages the job, import it:

import {
  to = %s.NAME
  id = %q
}

If another state manages it, use that one. If the resource has create_before_destroy, remove that.`,
			resourceType, id),
	})
}
