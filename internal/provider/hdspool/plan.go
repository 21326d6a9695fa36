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

func (r *poolResource) ModifyPlan(
	ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse,
) {
	if !r.provider.Ready(&resp.Diagnostics) {
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
	tfkit.CheckPastDay("The review of the node type", "HDS-IDN-01", "reviewed_on",
		tfkit.TextOf(plan.NodeTypeAttestation, "reviewed_on").ValueString(), r.provider.Now(),
		path.Root("node_type_attestation").AtName("reviewed_on"), &resp.Diagnostics)
	plan.checkGuarded(tfkit.AtPlan(&resp.Diagnostics))
	plan.warnPublicIP(&resp.Diagnostics)
	plan.Transfers = types.ListUnknown(types.ObjectType{AttrTypes: tfkit.TransferTypes()})
	if transfers, ok := plan.transfers(); ok {
		plan.Transfers = tfkit.Transfers(ctx, transfers, &resp.Diagnostics)
	}
	resp.Diagnostics.Append(resp.Plan.SetAttribute(ctx, path.Root("responsibility_transfers"), plan.Transfers)...)
	if resp.Diagnostics.HasError() {
		return
	}
	if req.State.Raw.IsNull() {
		replacement := tfkit.Marked(ctx, req.Private, tfkit.MarkUnprotected, &resp.Diagnostics)
		r.planCreate(ctx, &plan, replacement, &resp.Diagnostics)
		return
	}
	var state model
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	if resp.Diagnostics.HasError() {
		return
	}
	// The first apply of what was moved ends its mark, even where it changes nothing.
	moved, imported := tfkit.Marked(ctx, req.Private, pools.MarkMoved, &resp.Diagnostics), tfkit.Marked(
		ctx, req.Private, pools.MarkImported, &resp.Diagnostics,
	)
	unfinished := tfkit.Marked(ctx, req.Private, tfkit.MarkUnfinished, &resp.Diagnostics)
	plan.PlanVersionUsed(&state.Model, moved || unfinished)
	resp.Diagnostics.Append(resp.Plan.SetAttribute(ctx, path.Root("version_used"), plan.VersionUsed)...)
	if moved {
		r.kind().RefuseMovedReplacement(&state.Model, plan.replacing(&state), &resp.Diagnostics)
	}
	if imported {
		r.kind().RefuseHidden(&plan.Model, &state.Model, &resp.Diagnostics)
	}
	r.planUpdate(ctx, &plan, &state, imported, &resp.Diagnostics)
}

func (m *model) warnPublicIP(diags *diag.Diagnostics) {
	if m.PublicIP.IsNull() {
		return
	}
	reason := "a reason that is not known yet"
	if text := tfkit.TextOf(m.PublicIP, "reason"); pools.Known(text) {
		reason = fmt.Sprintf("the reason %q", text.ValueString())
	}
	tfkit.Warn(diags, path.Root("public_ip"), tfkit.Refusal{
		Summary: "The nodes have public IPs", Found: "public_ip, for " + reason,
		Allowed: "it: that nodes have none is a hardening of this provider, not a clause of the model", Fix: "Remove " +
			"public_ip once the reason is gone.",
	})
}

// planCreate warns of what Create would refuse. replacement: the pool that this one replaces still has its name.
func (r *poolResource) planCreate(ctx context.Context, plan *model, replacement bool, diags *diag.Diagnostics) {
	if !replacement {
		plan.CheckNewName(diags)
	}
	report := tfkit.AtCreatePlan(diags, replacement)
	r.checkOffer(ctx, plan, report, diags)
	r.kind().CheckGroups(ctx, &plan.Model, report)
	if !pools.Known(plan.ClusterID) {
		return
	}
	id := tfkit.BareID(plan.ClusterID.ValueString())
	cluster, err := r.provider.API.Cluster(ctx, scw.Region(compliance.Region), id)
	if err != nil {
		tfkit.ReportHDSClusterError(id, "Unable to read the HDS pool's cluster", err, report)
		return
	}
	r.checkCluster(ctx, plan, cluster, report)
	r.kind().CheckKubeletArgs(ctx, cluster.Region, cluster.Version, plan.KubeletArgs, diags)
	if pools.Known(plan.Name) && !replacement {
		r.kind().CheckName(ctx, scw.Region(compliance.Region), plan.Name.ValueString(), cluster.ID, report)
	}
}

// planUpdate looks at what changes; it asks the API nothing where nothing does.
func (r *poolResource) planUpdate(ctx context.Context, plan, state *model, imported bool, diags *diag.Diagnostics) {
	r.kind().PlanVersion(ctx, scw.Region(compliance.Region), &plan.Model, &state.Model, diags)
	if !plan.KubeletArgs.Equal(state.KubeletArgs) {
		r.kind().CheckKubeletArgs(
			ctx, scw.Region(compliance.Region), state.VersionUsed.ValueString(), plan.KubeletArgs, diags,
		)
	}
	if !plan.Name.Equal(state.Name) && plan.ClusterID.Equal(state.ClusterID) && pools.Known(plan.Name) {
		r.kind().CheckName(ctx, scw.Region(compliance.Region), plan.Name.ValueString(), tfkit.BareID(
			plan.ClusterID.ValueString(),
		),
			tfkit.AtCreatePlan(diags, true))
	}
	if !plan.SecurityGroupID.Equal(state.SecurityGroupID) {
		r.kind().CheckGroups(ctx, &plan.Model, tfkit.AtPlan(diags))
	}
	if plan.SecurityGroupID.IsNull() && !state.SecurityGroupID.IsNull() {
		tfkit.Warn(diags, path.Root("security_group_id"), tfkit.Refusal{
			Summary: "The nodes stay in their security group", Found: "security_group_id removed, was " +
				state.SecurityGroupID.ValueString(),
			Allowed: "it: the API moves a pool to another security group but takes it out of none", Fix: "Name the group that " +
				"the nodes shall have.",
		})
	}
	if imported && state.Rotation.IsNull() && pools.Known(plan.Rotation) {
		tfkit.Warn(diags, path.Root("rotation"), tfkit.Refusal{
			Summary: "The rotation is only recorded", Found: "a pool that was imported, whose last rotation is not known",
			Allowed: "it: no node is replaced", Fix: "Change rotation once more to replace the nodes.",
		})
	}
}
