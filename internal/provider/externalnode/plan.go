package externalnode

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-srm/terraform-provider-srm/internal/scaleway"
	"github.com/terraform-srm/terraform-provider-srm/internal/tfkit"
)

// ModifyPlan checks the configuration, warns about an attestation that expires, and sets the values that depend on the
// configuration only. A plan without changes makes no request.
func (r *nodeResource) ModifyPlan(
	ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse,
) {
	if !r.provider.CheckConfigured(&resp.Diagnostics) {
		return
	}
	diags := &resp.Diagnostics
	if req.Plan.Raw.IsNull() {
		r.planDestroy(ctx, req.State, diags)
		return
	}
	defer r.provider.AddDestroyHint(diags)
	var plan model
	diags.Append(req.Plan.Get(ctx, &plan)...)
	if diags.HasError() {
		return
	}
	plan.validate(diags)
	plan.AttestationExpiresAt = tfkit.AttestationExpiry(plan.Attestation)
	tfkit.CheckAttestationDates(plan.Attestation, path.Root("attestation"), r.provider.Now(), diags)
	if req.State.Raw.IsNull() {
		isReplacement := tfkit.ReadPrivate[tfkit.Existence](ctx, req.Private, diags).Exists
		r.planEnrolment(ctx, &plan, tfkit.NewCreatePlanReporter(diags, isReplacement))
	} else {
		var state model
		diags.Append(req.State.Get(ctx, &state)...)
		if diags.HasError() {
			return
		}
		existing := tfkit.ReadPrivate[tfkit.Existence](ctx, req.Private, diags)
		r.planUpdate(&plan, &state, existing.IsUnfinished, diags)
	}
	diags.Append(resp.Plan.Set(ctx, &plan)...)
}

// planEnrolment warns about problems that the enrolment would refuse, if the pool already exists.
func (r *nodeResource) planEnrolment(ctx context.Context, plan *model, report tfkit.Reporter) {
	if plan.PoolID.IsUnknown() {
		return
	}
	region, id, err := scaleway.SplitID(plan.PoolID.ValueString(), r.provider.API.DefaultRegion())
	if err != nil {
		return // refused by the validator
	}
	pool, err := r.provider.API.Pool(ctx, region, id)
	if err != nil {
		reportPoolError(region, id, "Unable to read the pool of the external node", err, report)
		return
	}
	checkPool(pool, report)
	plan.checkVersion(pool, report)
	if plan.Address.IsUnknown() {
		return
	}
	rules, err := r.provider.API.AllowList(ctx, region, pool.ClusterID)
	if err != nil {
		report.ReportAPIError("Unable to read the allow-list of the external node's cluster", err)
		return
	}
	plan.checkAllowList(rules, report.ForMutable())
}

// planUpdate plans the programs. They stay the same unless their data change, so that a virtual machine with cloud_init
// as its user data is not replaced. Values that are read from the API are unknown if the update waits for the node or
// finishes an earlier apply.
func (r *nodeResource) planUpdate(plan, state *model, isUnfinished bool, diags *diag.Diagnostics) {
	switch {
	case !plan.isBootstrapDataKnown():
		plan.planCleanup(state)
	case plan.hasSameBootstrapData(state):
		plan.Script, plan.CloudInit, plan.CleanupScript = state.Script, state.CloudInit, state.CleanupScript
	case state.Script.IsNull(): // imported: the update reads the address of the API server
	default:
		_, poolID, err := scaleway.SplitID(plan.PoolID.ValueString(), r.provider.API.DefaultRegion())
		if err == nil {
			err = r.rewritePrograms(
				plan,
				state,
				poolID,
				r.region(plan),
				shellVariable(state.Script.ValueString(), "CLUSTER_ENDPOINTS"),
			)
		}
		if err != nil {
			tfkit.AddAPIError(diags, unableToUpdate, err)
		}
	}
	plan.restoreComputed(state)
	waits := plan.WaitForReady.IsUnknown() || plan.WaitForReady.ValueBool() && !state.WaitForReady.ValueBool()
	if !isUnfinished && !waits {
		return
	}
	plan.markUnknown()
	if state.uuid() == "" {
		plan.ID, plan.NodeName, plan.VersionUsed = types.StringUnknown(), types.StringUnknown(), types.StringUnknown()
	}
}

// planCleanup plans the cleanup program, which depends only on the name of the machine and its pool.
func (m *model) planCleanup(state *model) {
	switch {
	case m.Name.IsUnknown() || m.PoolID.IsUnknown() || state.CleanupScript.IsNull():
	case m.Name.Equal(state.Name) && tfkit.BareID(m.PoolID.ValueString()) == tfkit.BareID(state.PoolID.ValueString()):
		m.CleanupScript = state.CleanupScript
	default:
		m.CleanupScript = types.StringValue(m.bootstrapData(tfkit.BareID(m.PoolID.ValueString()), "").cleanupScript())
	}
}

// planDestroy warns that the machine stays unchanged.
func (r *nodeResource) planDestroy(ctx context.Context, from tfsdk.State, diags *diag.Diagnostics) {
	var state model
	diags.Append(from.Get(ctx, &state)...)
	if !diags.HasError() {
		state.warnAboutMachine(diags)
	}
}
