package kosmospool

import (
	"context"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/scaleway/scaleway-sdk-go/api/k8s/v1"
	"github.com/scaleway/scaleway-sdk-go/scw"

	"github.com/terraform-srm/terraform-provider-srm/internal/lifecycle"
	"github.com/terraform-srm/terraform-provider-srm/internal/scaleway"
	"github.com/terraform-srm/terraform-provider-srm/internal/tfkit"
	"github.com/terraform-srm/terraform-provider-srm/internal/tfkit/pools"
)

// ModifyPlan reports problems before the apply, and sets the attributes that are computed from the configuration. The
// plan of a destroy or a replacement warns about enrolled machines.
func (r *poolResource) ModifyPlan(
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
	var plan, config model
	diags.Append(req.Plan.Get(ctx, &plan)...)
	diags.Append(req.Config.Get(ctx, &config)...)
	if diags.HasError() {
		return
	}
	config.check(diags)
	plan.setDefaults(&config)
	plan.AttestationExpiresAt = tfkit.AttestationExpiry(plan.NodeDefaults)
	tfkit.CheckAttestationDates(plan.NodeDefaults, path.Root("node_defaults"), r.provider.Now(), diags)
	plan.Transfers = types.ListUnknown(types.ObjectType{AttrTypes: tfkit.TransferTypes()})
	if transfers, ok := plan.transfers(); ok {
		plan.Transfers = tfkit.NewTransfersList(ctx, transfers, diags)
	}
	if diags.HasError() {
		return
	}
	if req.State.Raw.IsNull() {
		diags.Append(resp.Plan.Set(ctx, &plan)...)
		r.planCreate(ctx, &plan, tfkit.HasFlag(ctx, req.Private, tfkit.FlagUnprotected, diags), diags)
		return
	}
	var state model
	if diags.Append(req.State.Get(ctx, &state)...); diags.HasError() {
		return
	}
	// A moved pool needs one update, even without changes, which clears the flag.
	moved, imported := tfkit.HasFlag(ctx, req.Private, pools.FlagMoved, diags), tfkit.HasFlag(
		ctx, req.Private, pools.FlagImported, diags,
	)
	plan.PlanVersionUsed(&state.Model, moved || tfkit.HasFlag(ctx, req.Private, tfkit.FlagUnfinished, diags))
	diags.Append(resp.Plan.Set(ctx, &plan)...)
	if moved {
		r.kind().RefuseMovedReplacement(&state.Model, plan.ReplacingAttributes(&state.Model), diags)
	}
	if imported {
		r.kind().RefuseSensitiveRemoval(&plan.Model, &state.Model, diags)
	}
	r.planUpdate(ctx, &plan, &state, imported, diags)
}

// planCreate warns about problems that Create would refuse. replacement reports that the new pool replaces one, which
// may still have the same name.
func (r *poolResource) planCreate(ctx context.Context, plan *model, replacement bool, diags *diag.Diagnostics) {
	if !replacement {
		plan.CheckNewName(diags)
	}
	report := tfkit.NewCreatePlanReporter(diags, replacement)
	r.checkNodeType(ctx, plan, report, diags)
	r.kind().CheckGroups(ctx, &plan.Model, report)
	if !pools.HasValue(plan.ClusterID) {
		return
	}
	region, id := r.region(plan.ClusterID), tfkit.BareID(plan.ClusterID.ValueString())
	cluster, err := r.provider.API.Cluster(ctx, region, id)
	if err != nil {
		reportClusterError(region, id, "Unable to read the Kosmos pool's cluster", err, report)
		return
	}
	if !r.checkNewPool(ctx, plan, cluster, report) {
		return
	}
	r.kind().CheckKubeletArgs(ctx, cluster.Region, cluster.Version, plan.KubeletArgs, diags)
	if pools.HasValue(plan.Name) && !replacement {
		r.kind().CheckName(ctx, region, plan.Name.ValueString(), cluster.ID, report)
	}
}

// reportClusterError reports that the cluster of a pool does not exist, or another error of reading it with a summary.
func reportClusterError(region scw.Region, id, summary string, err error, report tfkit.Reporter) {
	if !scaleway.IsNotFound(err) {
		report.ReportAPIError(summary, err)
		return
	}
	report.Report(path.Root("cluster_id"), tfkit.Problem{
		Summary: "The cluster does not exist", Found: "no cluster " + scaleway.JoinID(region, id),
		Allowed: "a Kosmos cluster",
		Fix: "Check the id and its region. For a cluster of the same configuration use a reference, such as " +
			"srm_kosmos_cluster.example.id.",
	})
}

// checkNewPool reports why the cluster, in its current state, cannot have the new pool. It returns whether the cluster
// is a Kosmos cluster.
func (r *poolResource) checkNewPool(
	ctx context.Context, plan *model, cluster *k8s.Cluster, report tfkit.Reporter,
) bool {
	if !checkCluster(cluster, report) {
		return false
	}
	plan.CheckNewVersion(cluster, report)
	r.checkAPIServerAccess(ctx, plan, cluster, report.ForMutable())
	return true
}

// planUpdate checks the changes of an update. It makes no request if nothing changes. On a replacement, Terraform plans
// the new pool separately, as a create.
func (r *poolResource) planUpdate(ctx context.Context, plan, state *model, imported bool, diags *diag.Diagnostics) {
	replaced := len(plan.ReplacingAttributes(&state.Model)) > 0
	if replaced {
		r.warnAboutEnrolledMachines(ctx, state, diags)
	}
	if !plan.Name.Equal(state.Name) && plan.ClusterID.Equal(state.ClusterID) && pools.HasValue(plan.Name) {
		r.kind().CheckName(ctx, r.region(state.ID), plan.Name.ValueString(), tfkit.BareID(plan.ClusterID.ValueString()),
			tfkit.NewCreatePlanReporter(diags, true))
	}
	r.kind().CheckVersionChange(ctx, r.region(state.ID), &plan.Model, &state.Model, diags)
	if !plan.KubeletArgs.Equal(state.KubeletArgs) {
		r.kind().CheckKubeletArgs(ctx, r.region(state.ID), state.VersionUsed.ValueString(), plan.KubeletArgs, diags)
	}
	if from, err := lifecycle.ParseVersion(
		state.VersionUsed.ValueString(),
	); err == nil && plan.IsExternal() && !replaced {
		if to, ok := plan.Minor(); ok && to.Compare(from.Minor) > 0 {
			tfkit.AddWarning(diags, path.Root("version"), tfkit.Problem{
				Summary: "External nodes keep their version until they are enrolled again",
				Clause:  "EXT-01",
				Found:   fmt.Sprintf("version changed from %s to %s", from.Minor, to),
				Fix: "To upgrade the existing nodes, set `version` of their srm_kosmos_external_node resources to " +
					"the pool's version, apply, and run the programs of these resources on the machines. The upgrade " +
					"of the pool applies to new nodes only.",
			})
		}
	}
	if !replaced {
		r.checkUpdate(ctx, plan, state, tfkit.NewPlanReporter(diags))
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

// createsNodes reports whether the update may create nodes, by a greater size or by replacing nodes.
func createsNodes(plan, state *model) bool {
	return !plan.Size.Equal(state.Size) || !plan.Autoscaling.Equal(state.Autoscaling) ||
		!plan.Version.Equal(state.Version) || !plan.Rotation.Equal(state.Rotation)
}

// checkUpdate reports a security group that does not exist. If the update creates nodes, it also reports an allow-list
// that blocks them, which may have changed since the create.
func (r *poolResource) checkUpdate(ctx context.Context, plan, state *model, report tfkit.Reporter) {
	if state.IsExternal() {
		return
	}
	if !plan.SecurityGroupID.Equal(state.SecurityGroupID) {
		r.kind().CheckGroups(ctx, &plan.Model, report)
	}
	if !createsNodes(plan, state) {
		return
	}
	region, id := r.region(state.ID), tfkit.BareID(state.ClusterID.ValueString())
	cluster, err := r.provider.API.Cluster(ctx, region, id)
	if err != nil {
		reportClusterError(region, id, "Unable to read the Kosmos pool's cluster", err, report)
		return
	}
	r.checkAPIServerAccess(ctx, state, cluster, report)
}

// planDestroy warns about the machines that are enrolled in the pool.
func (r *poolResource) planDestroy(ctx context.Context, from tfsdk.State, diags *diag.Diagnostics) {
	var state model
	if diags.Append(from.Get(ctx, &state)...); diags.HasError() {
		return
	}
	r.warnAboutEnrolledMachines(ctx, &state, diags)
}

// warnAboutEnrolledMachines warns about the machines that are enrolled in an external pool before its deletion.
func (r *poolResource) warnAboutEnrolledMachines(ctx context.Context, state *model, diags *diag.Diagnostics) {
	if !state.IsExternal() {
		return
	}
	names, err := r.enrolledNodes(ctx, state, r.region(state.ID))
	switch {
	case scaleway.IsNotFound(err):
	case err != nil:
		tfkit.AddAPIWarning(diags, "Unable to check whether machines are enrolled in the Kosmos pool", err)
	case names != "":
		tfkit.AddWarning(diags, path.Root("node_type"), tfkit.Problem{
			Summary: "Machines are still enrolled in the pool", Clause: "EXT-01",
			Found: "nodes " + names + "; deleting the pool deletes these nodes and leaves their machines unchanged",
			Fix: "Destroy their srm_kosmos_external_node resources first, which drains the nodes, and run " +
				"cleanup_script on the machines.",
		})
	}
}
