package pool

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-srm/terraform-provider-srm/internal/tfkit"
)

// ModifyPlan reports problems before the apply, and sets the attributes that are computed from the configuration.
func (r *poolResource) ModifyPlan(
	ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse,
) {
	if !r.provider.CheckConfigured(&resp.Diagnostics) {
		return
	}
	diags := &resp.Diagnostics
	if req.Plan.Raw.IsNull() {
		if state, ok := r.decode(ctx, req.State, diags); ok {
			state.planDestroy(ctx, r, diags)
		}
		return
	}
	defer r.provider.AddDestroyHint(diags)
	plan, ok := r.decode(ctx, req.Plan, diags)
	config, isDecoded := r.decode(ctx, req.Config, diags)
	if !ok || !isDecoded {
		return
	}
	config.check(diags) // in the plan, an attribute with a default looks like a configured one
	plan.setDefaults(config)
	plan.checkReferences(tfkit.NewPlanReporter(diags))
	plan.checkPlan(r.provider, diags)
	plan.common().Transfers = types.ListUnknown(types.ObjectType{AttrTypes: tfkit.TransferTypes()})
	if transfers, ok := plan.transfers(); ok {
		plan.common().Transfers = tfkit.NewTransfersList(ctx, transfers, diags)
	}
	if diags.HasError() {
		return
	}
	if req.State.Raw.IsNull() {
		diags.Append(resp.Plan.Set(ctx, plan)...)
		r.planCreate(ctx, plan, tfkit.ReadPrivate[private](ctx, req.Private, diags).Exists, diags)
		return
	}
	state, ok := r.decode(ctx, req.State, diags)
	if !ok {
		return
	}
	// A moved pool needs one update, even without changes, which clears the flag.
	before := tfkit.ReadPrivate[private](ctx, req.Private, diags)
	plan.common().planVersionUsed(state.common(), before.IsMoved || before.IsUnfinished)
	diags.Append(resp.Plan.Set(ctx, plan)...)
	if before.IsMoved {
		r.refuseMovedReplacement(state.common(), plan.replacedAttributes(state), diags)
	}
	if before.IsImported {
		r.refuseSensitiveRemoval(plan.common(), state.common(), diags)
	}
	r.planUpdate(ctx, plan, state, before.IsImported, diags)
}

// planCreate warns about problems that Create would refuse. replacement reports that the new pool replaces one, which
// may still have the same name.
func (r *poolResource) planCreate(ctx context.Context, planned model, replacement bool, diags *diag.Diagnostics) {
	plan := planned.common()
	if !replacement {
		plan.checkNewName(diags)
	}
	report := tfkit.NewCreatePlanReporter(diags, replacement)
	planned.checkNodeTypeOffered(ctx, r, report, diags)
	r.checkGroups(ctx, plan, report)
	if !tfkit.HasValue(plan.ClusterID) {
		return
	}
	region, id := r.region(plan.ClusterID), tfkit.BareID(plan.ClusterID.ValueString())
	cluster, err := r.provider.API.Cluster(ctx, region, id)
	if err != nil {
		r.reportClusterError(region, id, r.unableToReadCluster(), err, report)
		return
	}
	if !planned.checkCluster(ctx, r, cluster, report) {
		return
	}
	r.checkKubeletArgs(ctx, cluster.Region, cluster.Version, plan.KubeletArgs, diags)
	if tfkit.HasValue(plan.Name) && !replacement {
		r.checkNameFree(ctx, region, plan.Name.ValueString(), cluster.ID, report)
	}
}

func (r *poolResource) unableToReadCluster() string {
	return "Unable to read the " + r.name + "'s cluster"
}

// planUpdate checks the changes of an update. It makes no request if nothing changes. On a replacement, Terraform plans
// the new pool separately, as a create, and planCreate checks it.
func (r *poolResource) planUpdate(
	ctx context.Context, planned, actual model, imported bool, diags *diag.Diagnostics,
) {
	plan, state := planned.common(), actual.common()
	region := r.region(state.ID)
	r.checkVersionChange(ctx, region, plan, state, diags)
	replaced := len(planned.replacedAttributes(actual)) > 0
	if !replaced && !plan.KubeletArgs.Equal(state.KubeletArgs) {
		r.checkKubeletArgs(ctx, region, state.VersionUsed.ValueString(), plan.KubeletArgs, diags)
	}
	if !plan.Name.Equal(state.Name) && plan.ClusterID.Equal(state.ClusterID) && tfkit.HasValue(plan.Name) {
		r.checkNameFree(ctx, region, plan.Name.ValueString(), tfkit.BareID(plan.ClusterID.ValueString()),
			tfkit.NewCreatePlanReporter(diags, true))
	}
	if !replaced && !plan.SecurityGroupID.Equal(state.SecurityGroupID) {
		r.checkGroups(ctx, plan, tfkit.NewPlanReporter(diags))
	}
	planned.planOwnUpdate(ctx, r, actual, replaced, diags)
	if !replaced && plan.SecurityGroupID.IsNull() && !state.SecurityGroupID.IsNull() {
		tfkit.AddWarning(diags, path.Root("security_group_id"), tfkit.Problem{
			Summary: "The nodes stay in their security group",
			Found:   "security_group_id was removed; its value was " + state.SecurityGroupID.ValueString(),
			Fix: "No action needed if the nodes may stay in it. The API can only move a pool to another security " +
				"group: to do so, set security_group_id to that group.",
		})
	}
	if imported && state.Rotation.IsNull() && tfkit.HasValue(plan.Rotation) {
		tfkit.AddWarning(diags, path.Root("rotation"), tfkit.Problem{
			Summary: "Setting rotation on the imported pool replaces no nodes",
			Found:   "no earlier value of rotation in the state: the apply only saves the new one",
			Fix:     "No action needed. To replace the nodes, change rotation again after this apply.",
		})
	}
}
