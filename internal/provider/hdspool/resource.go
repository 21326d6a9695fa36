// Package hdspool implements the resource srm_hds_pool, a node pool of an HDS cluster, and the list resource of the
// same name.
package hdspool

import (
	"context"
	"errors"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/scaleway/scaleway-sdk-go/api/k8s/v1"
	"github.com/scaleway/scaleway-sdk-go/scw"

	"github.com/terraform-srm/terraform-provider-srm/internal/compliance"
	operations "github.com/terraform-srm/terraform-provider-srm/internal/operations/pool"
	"github.com/terraform-srm/terraform-provider-srm/internal/scaleway"
	"github.com/terraform-srm/terraform-provider-srm/internal/tfkit"
	"github.com/terraform-srm/terraform-provider-srm/internal/tfkit/pools"
)

var (
	_ resource.Resource                   = (*poolResource)(nil)
	_ resource.ResourceWithConfigure      = (*poolResource)(nil)
	_ resource.ResourceWithValidateConfig = (*poolResource)(nil)
	_ resource.ResourceWithModifyPlan     = (*poolResource)(nil)
	_ resource.ResourceWithImportState    = (*poolResource)(nil)
	_ resource.ResourceWithIdentity       = (*poolResource)(nil)
	_ resource.ResourceWithMoveState      = (*poolResource)(nil)
)

const (
	unableToCreate = "Unable to create HDS pool"
	unableToUpdate = "Unable to update HDS pool"
)

// poolResource implements the resource and the list resource.
type poolResource struct {
	provider *tfkit.Provider
}

// NewResource returns the resource srm_hds_pool.
func NewResource() resource.Resource { return &poolResource{} }

func (r *poolResource) Metadata(_ context.Context, req resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_hds_pool"
}

func (r *poolResource) Configure(_ context.Context, req resource.ConfigureRequest, resp *resource.ConfigureResponse) {
	r.provider = tfkit.ProviderFromData(req.ProviderData, &resp.Diagnostics)
}

func (r *poolResource) ValidateConfig(
	ctx context.Context, req resource.ValidateConfigRequest, resp *resource.ValidateConfigResponse,
) {
	defer r.provider.AddDestroyHint(&resp.Diagnostics)
	var config model
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	if !resp.Diagnostics.HasError() {
		config.check(&resp.Diagnostics)
		tfkit.CheckTimeouts(ctx, config.Timeouts, &resp.Diagnostics)
	}
}

func (r *poolResource) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	if !r.provider.CheckConfigured(&resp.Diagnostics) {
		return
	}
	var plan model
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	timeout, found := plan.Timeouts.Create(ctx, pools.CreateTimeout)
	resp.Diagnostics.Append(found...)
	plan.check(&resp.Diagnostics)
	plan.checkGuardrailsOfCluster(tfkit.NewApplyReporter(&resp.Diagnostics))
	if resp.Diagnostics.HasError() {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	if r.waitAndCheckCluster(ctx, &plan, &resp.Diagnostics); resp.Diagnostics.HasError() {
		return
	}
	pool, err := operations.Create(ctx, r.provider.API, plan.desired())
	if taken, ok := errors.AsType[*scaleway.NameTakenError](err); ok {
		r.kind().ReportNameTaken(
			tfkit.NewApplyReporter(&resp.Diagnostics), scw.Region(compliance.Region), taken.Name, taken.ID,
			taken.Status,
		)
		return
	}
	if err != nil {
		tfkit.AddAPIError(&resp.Diagnostics, unableToCreate, err)
		return
	}
	// From here on an error would make Terraform taint the pool and destroy it. Warn of unfinished work instead; Update
	// completes it.
	plan.setComputed(ctx, pool, &resp.Diagnostics)
	save(ctx, &plan, &resp.State, resp.Identity, &resp.Diagnostics)
	tfkit.SetFlag(ctx, resp.Private, tfkit.FlagUnprotected, true, &resp.Diagnostics)
	ready, err := operations.WaitConverged(ctx, r.provider.API, pool.ID, plan.desired())
	if err != nil {
		tfkit.AddAPIWarning(
			&resp.Diagnostics, "The HDS pool exists, but its nodes are not ready yet: apply again to continue", err,
		)
		tfkit.SetFlag(ctx, resp.Private, tfkit.FlagUnfinished, true, &resp.Diagnostics)
		return
	}
	plan.setComputed(ctx, ready, &resp.Diagnostics)
	save(ctx, &plan, &resp.State, resp.Identity, &resp.Diagnostics)
}

// waitAndCheckCluster waits until the cluster is ready, and refuses a cluster that does not meet the HDS rules now. It
// also checks the node type, the groups and the guardrails.
func (r *poolResource) waitAndCheckCluster(ctx context.Context, plan *model, diags *diag.Diagnostics) {
	report := tfkit.NewApplyReporter(diags)
	r.checkNodeTypeOffered(ctx, plan, report, diags)
	r.kind().CheckGroups(ctx, &plan.Model, report)
	id := tfkit.BareID(plan.ClusterID.ValueString())
	cluster, err := r.provider.API.WaitCluster(ctx, scw.Region(compliance.Region), id)
	if err != nil {
		tfkit.ReportHDSClusterReadError(id, unableToCreate, err, report)
		return
	}
	r.checkCluster(ctx, plan, cluster, report)
	if !diags.HasError() {
		r.checkGuardrails(ctx, cluster, diags)
	}
}

// kind returns the names of this kind of pool for messages, and the API client.
func (r *poolResource) kind() pools.Kind {
	return pools.Kind{Resource: "srm_hds_pool", Name: "HDS pool", API: r.provider.API}
}

func (r *poolResource) Read(ctx context.Context, req resource.ReadRequest, resp *resource.ReadResponse) {
	if !r.provider.CheckConfigured(&resp.Diagnostics) {
		return
	}
	var state model
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	if resp.Diagnostics.HasError() {
		return
	}
	pool, err := r.provider.API.Pool(ctx, scw.Region(compliance.Region), state.UUID())
	switch {
	case scaleway.IsNotFound(err) || err == nil && (pool.Status == k8s.PoolStatusDeleting ||
		pool.Status == k8s.PoolStatusDeleted):
		// The framework requires an identity even when the resource is removed from the state.
		setIdentity(ctx, &state, resp.Identity, &resp.Diagnostics)
		resp.State.RemoveResource(ctx)
		return
	case err != nil:
		tfkit.AddAPIError(&resp.Diagnostics, "Unable to read HDS pool", err)
		return
	}
	if tfkit.HasFlag(ctx, req.Private, pools.FlagMoved, &resp.Diagnostics) {
		// The state of the official provider has no user data.
		state.UserData = r.kind().ReadUserData(ctx, pool.Region, pool.ID, &resp.Diagnostics)
	}
	state.refresh(ctx, pool, &resp.Diagnostics)
	if !pool.Autohealing {
		tfkit.AddWarning(&resp.Diagnostics, path.Empty(), tfkit.Problem{
			Summary: "Autohealing of the HDS pool is off",
			Found:   "pool " + pool.Name + ", whose autohealing was turned off outside Terraform",
			Allowed: "a pool with autohealing", Fix: "Apply: the provider turns autohealing on again.",
		})
		tfkit.SetFlag(ctx, resp.Private, tfkit.FlagUnfinished, true, &resp.Diagnostics)
	}
	save(ctx, &state, &resp.State, resp.Identity, &resp.Diagnostics)
}

func (r *poolResource) Update(ctx context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	if !r.provider.CheckConfigured(&resp.Diagnostics) {
		return
	}
	var plan, state model
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	timeout, found := plan.Timeouts.Update(ctx, pools.UpdateTimeout)
	resp.Diagnostics.Append(found...)
	plan.check(&resp.Diagnostics)
	plan.checkGuardrailsOfCluster(tfkit.NewApplyReporter(&resp.Diagnostics))
	if resp.Diagnostics.HasError() {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	if !plan.SecurityGroupID.Equal(state.SecurityGroupID) {
		r.kind().CheckGroups(ctx, &plan.Model, tfkit.NewApplyReporter(&resp.Diagnostics))
	}
	if tfkit.HasFlag(ctx, req.Private, pools.FlagMoved, &resp.Diagnostics) {
		r.checkClusterOfMovedPool(ctx, &plan, &resp.Diagnostics)
	}
	if resp.Diagnostics.HasError() {
		return
	}
	rotation := pools.NewRotation(ctx, req.Private, &plan.Model, &state.Model, &resp.Diagnostics)
	unfinished := tfkit.HasFlag(ctx, req.Private, tfkit.FlagUnfinished, &resp.Diagnostics)
	pool, err := operations.Update(ctx, r.provider.API, plan.UUID(), plan.desired(), rotation, unfinished)
	pools.SaveRotation(ctx, resp.Private, &plan.Model, rotation, err == nil, &resp.Diagnostics)
	if refused, ok := errors.AsType[*operations.ClusterTooOldError](err); ok {
		plan.ReportNewerVersion(
			refused.Cluster, tfkit.NewApplyReporter(&resp.Diagnostics),
		) // no request has changed the pool
		return
	}
	tfkit.SetFlag(ctx, resp.Private, tfkit.FlagUnfinished, err != nil, &resp.Diagnostics)
	if err != nil {
		tfkit.AddAPIError(&resp.Diagnostics, unableToUpdate, err)
		return
	}
	tfkit.SetFlag(ctx, resp.Private, tfkit.FlagUnprotected, true, &resp.Diagnostics)
	tfkit.SetFlag(ctx, resp.Private, pools.FlagImported, false, &resp.Diagnostics)
	tfkit.SetFlag(ctx, resp.Private, pools.FlagMoved, false, &resp.Diagnostics)
	planned := plan.VersionUsed
	plan.setComputed(ctx, pool, &resp.Diagnostics)
	plan.RestoreVersionUsed(planned)
	save(ctx, &plan, &resp.State, resp.Identity, &resp.Diagnostics)
}

func (r *poolResource) Delete(ctx context.Context, req resource.DeleteRequest, resp *resource.DeleteResponse) {
	if !r.provider.CheckConfigured(&resp.Diagnostics) {
		return
	}
	var state model
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	timeout, found := state.Timeouts.Delete(ctx, pools.DeleteTimeout)
	resp.Diagnostics.Append(found...)
	if resp.Diagnostics.HasError() {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	if err := operations.Delete(ctx, r.provider.API, scw.Region(compliance.Region), state.UUID()); err != nil {
		tfkit.AddAPIError(&resp.Diagnostics, "Unable to delete HDS pool", err)
	}
}

// ImportState accepts fr-par/UUID, a UUID, or the identity {region, id}. It reads the whole pool, including the user
// data, which Read does not read: without user data the first plan would replace the pool.
func (r *poolResource) ImportState(
	ctx context.Context, req resource.ImportStateRequest, resp *resource.ImportStateResponse,
) {
	if !r.provider.CheckConfigured(&resp.Diagnostics) {
		return
	}
	region, uuid, err := tfkit.ParseImportID(ctx, req, &resp.Diagnostics)
	if err != nil {
		pools.AddIDError(
			&resp.Diagnostics, "id", "The id of the pool is malformed", err, "fr-par/UUID, or the UUID alone",
			"Use the id of the pool.",
		)
		return
	}
	tfkit.AddCheckError(&resp.Diagnostics, path.Root("id"), compliance.CheckRegion(string(region)))
	resp.Diagnostics.Append(resp.State.SetAttribute(ctx, path.Root("id"), scaleway.JoinID(region, uuid))...)
	var state model
	resp.Diagnostics.Append(resp.State.Get(ctx, &state)...)
	if resp.Diagnostics.HasError() {
		return
	}
	pool, err := r.provider.API.Pool(ctx, region, uuid)
	if err != nil && !scaleway.IsNotFound(err) {
		tfkit.AddAPIError(&resp.Diagnostics, "Unable to import HDS pool", err)
		return
	}
	if err == nil {
		r.fillImported(ctx, &state, pool, &resp.Diagnostics)
		tfkit.SetFlag(ctx, resp.Private, tfkit.FlagUnprotected, true, &resp.Diagnostics)
		tfkit.SetFlag(ctx, resp.Private, pools.FlagImported, true, &resp.Diagnostics)
	}
	save(ctx, &state, &resp.State, resp.Identity, &resp.Diagnostics)
}

// fillImported fills the state of a pool that is imported or listed.
func (r *poolResource) fillImported(ctx context.Context, state *model, pool *k8s.Pool, diags *diag.Diagnostics) {
	state.UserData = r.kind().ReadUserData(ctx, pool.Region, pool.ID, diags)
	state.GuardrailsID = types.StringValue(tfkit.GuardrailsID(pool.ClusterID))
	state.refresh(ctx, pool, diags)
}

// save sets state and identity together.
func save(
	ctx context.Context, m *model, state *tfsdk.State, identity *tfsdk.ResourceIdentity, diags *diag.Diagnostics,
) {
	diags.Append(state.Set(ctx, m)...)
	setIdentity(ctx, m, identity, diags)
}

// setIdentity sets the identity of the pool.
func setIdentity(ctx context.Context, m *model, identity *tfsdk.ResourceIdentity, diags *diag.Diagnostics) {
	diags.Append(identity.SetAttribute(ctx, path.Root("region"), compliance.Region)...)
	diags.Append(identity.SetAttribute(ctx, path.Root("id"), m.UUID())...)
}
