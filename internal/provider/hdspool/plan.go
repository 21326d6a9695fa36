package hdspool

import (
	"context"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/scaleway/scaleway-sdk-go/scw"

	"github.com/terraform-srm/terraform-provider-srm/internal/compliance"
	"github.com/terraform-srm/terraform-provider-srm/internal/tfkit"
	"github.com/terraform-srm/terraform-provider-srm/internal/tfkit/pools"
)

// ModifyPlan reports problems before the apply, and sets the attributes that are computed from the configuration.
func (r *poolResource) ModifyPlan(
	ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse,
) {
	if !r.provider.CheckConfigured(&resp.Diagnostics) {
		return
	}
	if req.Plan.Raw.IsNull() {
		return
	}
	defer r.provider.AddDestroyHint(&resp.Diagnostics)
	var plan model
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	if resp.Diagnostics.HasError() {
		return
	}
	plan.check(&resp.Diagnostics)
	tfkit.CheckNotInFuture("The review of the node type", "HDS-IDN-01", "reviewed_on",
		tfkit.StringAttribute(plan.NodeTypeAttestation, "reviewed_on").ValueString(), r.provider.Now(),
		path.Root("node_type_attestation").AtName("reviewed_on"), &resp.Diagnostics)
	plan.checkGuardrailsOfCluster(tfkit.NewPlanReporter(&resp.Diagnostics))
	plan.warnPublicIP(&resp.Diagnostics)
	plan.Transfers = types.ListUnknown(types.ObjectType{AttrTypes: tfkit.TransferTypes()})
	if transfers, ok := plan.transfers(); ok {
		plan.Transfers = tfkit.NewTransfersList(ctx, transfers, &resp.Diagnostics)
	}
	resp.Diagnostics.Append(resp.Plan.SetAttribute(ctx, path.Root("responsibility_transfers"), plan.Transfers)...)
	if resp.Diagnostics.HasError() {
		return
	}
	if req.State.Raw.IsNull() {
		replacement := tfkit.HasFlag(ctx, req.Private, tfkit.FlagUnprotected, &resp.Diagnostics)
		r.planCreate(ctx, &plan, replacement, &resp.Diagnostics)
		return
	}
	var state model
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	if resp.Diagnostics.HasError() {
		return
	}
	// A moved pool needs one update, even without changes, which clears the flag.
	moved, imported := tfkit.HasFlag(ctx, req.Private, pools.FlagMoved, &resp.Diagnostics), tfkit.HasFlag(
		ctx, req.Private, pools.FlagImported, &resp.Diagnostics,
	)
	unfinished := tfkit.HasFlag(ctx, req.Private, tfkit.FlagUnfinished, &resp.Diagnostics)
	plan.PlanVersionUsed(&state.Model, moved || unfinished)
	resp.Diagnostics.Append(resp.Plan.SetAttribute(ctx, path.Root("version_used"), plan.VersionUsed)...)
	if moved {
		r.kind().RefuseMovedReplacement(&state.Model, plan.replacedAttributes(&state), &resp.Diagnostics)
	}
	if imported {
		r.kind().RefuseSensitiveRemoval(&plan.Model, &state.Model, &resp.Diagnostics)
	}
	r.planUpdate(ctx, &plan, &state, imported, &resp.Diagnostics)
}

// warnPublicIP warns about public_ip at every plan.
func (m *model) warnPublicIP(diags *diag.Diagnostics) {
	if m.PublicIP.IsNull() {
		return
	}
	reason := "a reason that is not known yet"
	if text := tfkit.StringAttribute(m.PublicIP, "reason"); pools.HasValue(text) {
		reason = fmt.Sprintf("the reason %q", text.ValueString())
	}
	tfkit.AddWarning(diags, path.Root("public_ip"), tfkit.Problem{
		Summary: "The nodes have public IPs", Found: "public_ip, for " + reason,
		Fix: "No action needed while the reason applies: no clause of the model forbids public IPs, nodes without " +
			"them are a hardening of this provider. Remove public_ip once the reason no longer applies.",
	})
}

// planCreate warns about problems that Create would refuse. replacement reports that the new pool replaces one, which
// may still have the same name.
func (r *poolResource) planCreate(ctx context.Context, plan *model, replacement bool, diags *diag.Diagnostics) {
	if !replacement {
		plan.CheckNewName(diags)
	}
	report := tfkit.NewCreatePlanReporter(diags, replacement)
	r.checkNodeTypeOffered(ctx, plan, report, diags)
	r.kind().CheckGroups(ctx, &plan.Model, report)
	if !pools.HasValue(plan.ClusterID) {
		return
	}
	id := tfkit.BareID(plan.ClusterID.ValueString())
	cluster, err := r.provider.API.Cluster(ctx, scw.Region(compliance.Region), id)
	if err != nil {
		tfkit.ReportHDSClusterReadError(id, "Unable to read the HDS pool's cluster", err, report)
		return
	}
	r.checkCluster(ctx, plan, cluster, report)
	r.kind().CheckKubeletArgs(ctx, cluster.Region, cluster.Version, plan.KubeletArgs, diags)
	if pools.HasValue(plan.Name) && !replacement {
		r.kind().CheckName(ctx, scw.Region(compliance.Region), plan.Name.ValueString(), cluster.ID, report)
	}
}

// planUpdate checks the changes of an update. It makes no request if nothing changes.
func (r *poolResource) planUpdate(ctx context.Context, plan, state *model, imported bool, diags *diag.Diagnostics) {
	r.kind().CheckVersionChange(ctx, scw.Region(compliance.Region), &plan.Model, &state.Model, diags)
	if !plan.KubeletArgs.Equal(state.KubeletArgs) {
		r.kind().CheckKubeletArgs(
			ctx, scw.Region(compliance.Region), state.VersionUsed.ValueString(), plan.KubeletArgs, diags,
		)
	}
	if !plan.Name.Equal(state.Name) && plan.ClusterID.Equal(state.ClusterID) && pools.HasValue(plan.Name) {
		r.kind().CheckName(ctx, scw.Region(compliance.Region), plan.Name.ValueString(), tfkit.BareID(
			plan.ClusterID.ValueString(),
		),
			tfkit.NewCreatePlanReporter(diags, true))
	}
	if !plan.SecurityGroupID.Equal(state.SecurityGroupID) {
		r.kind().CheckGroups(ctx, &plan.Model, tfkit.NewPlanReporter(diags))
	}
	if plan.SecurityGroupID.IsNull() && !state.SecurityGroupID.IsNull() {
		tfkit.AddWarning(diags, path.Root("security_group_id"), tfkit.Problem{
			Summary: "The nodes stay in their security group",
			Found:   "security_group_id was removed; its value was " + state.SecurityGroupID.ValueString(),
			Fix: "No action needed if the nodes may stay in it. The API can only move a pool to another security " +
				"group: to do so, set security_group_id to that group.",
		})
	}
	if imported && state.Rotation.IsNull() && pools.HasValue(plan.Rotation) {
		tfkit.AddWarning(diags, path.Root("rotation"), tfkit.Problem{
			Summary: "Setting rotation on the imported pool replaces no nodes",
			Found:   "no earlier value of rotation in the state: the apply only saves the new one",
			Fix:     "No action needed. To replace the nodes, change rotation again after this apply.",
		})
	}
}
