// Package kosmospool implements the resource srm_kosmos_pool: a node pool of a Kosmos cluster, either hosted by
// Scaleway or external.
package kosmospool

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/scaleway/scaleway-sdk-go/api/k8s/v1"
	"github.com/scaleway/scaleway-sdk-go/scw"

	operations "github.com/terraform-srm/terraform-provider-srm/internal/operations/pool"
	"github.com/terraform-srm/terraform-provider-srm/internal/scaleway"
	"github.com/terraform-srm/terraform-provider-srm/internal/tfkit"
	"github.com/terraform-srm/terraform-provider-srm/internal/tfkit/pools"
)

var (
	_ resource.ResourceWithConfigure      = (*poolResource)(nil)
	_ resource.ResourceWithValidateConfig = (*poolResource)(nil)
	_ resource.ResourceWithModifyPlan     = (*poolResource)(nil)
	_ resource.ResourceWithImportState    = (*poolResource)(nil)
	_ resource.ResourceWithIdentity       = (*poolResource)(nil)
	_ resource.ResourceWithMoveState      = (*poolResource)(nil)
)

const (
	unableToCreate = "Unable to create Kosmos pool"
	unableToUpdate = "Unable to update Kosmos pool"
	unableToDelete = "Unable to delete Kosmos pool"
)

// poolResource implements the resource.
type poolResource struct {
	provider *tfkit.Provider
}

// NewResource returns the resource srm_kosmos_pool.
func NewResource() resource.Resource { return &poolResource{} }

func (r *poolResource) Metadata(_ context.Context, req resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_kosmos_pool"
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

// kind returns the names of this kind of pool for messages, and the API client.
func (r *poolResource) kind() pools.Kind {
	return pools.Kind{Resource: "srm_kosmos_pool", Name: "Kosmos pool", API: r.provider.API}
}

// region returns the region in the first of the ids that is valid, or the provider's region.
func (r *poolResource) region(ids ...types.String) scw.Region {
	for _, id := range ids {
		if region, _, err := scaleway.SplitID(
			id.ValueString(), r.provider.API.DefaultRegion(),
		); err == nil && id.ValueString() != "" {
			return region
		}
	}
	return r.provider.API.DefaultRegion()
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
	if resp.Diagnostics.HasError() {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	region := r.region(plan.ClusterID)
	if r.waitAndCheckCluster(ctx, region, &plan, &resp.Diagnostics); resp.Diagnostics.HasError() {
		return
	}
	pool, err := operations.Create(ctx, r.provider.API, plan.desired(region))
	if taken, ok := errors.AsType[*scaleway.NameTakenError](err); ok {
		r.kind().ReportNameTaken(tfkit.NewApplyReporter(&resp.Diagnostics), region, taken.Name, taken.ID, taken.Status)
		return
	}
	if err != nil {
		tfkit.AddAPIError(&resp.Diagnostics, unableToCreate, err)
		return
	}
	// From here on an error would make Terraform taint the pool and destroy it. Warn of unfinished work instead; Update
	// completes it.
	plan.setComputed(ctx, pool, &resp.Diagnostics)
	save(ctx, &plan, region, &resp.State, resp.Identity, &resp.Diagnostics)
	tfkit.SetFlag(ctx, resp.Private, tfkit.FlagUnprotected, true, &resp.Diagnostics)
	ready, err := operations.WaitConverged(ctx, r.provider.API, pool.ID, plan.desired(region))
	if err != nil {
		tfkit.AddAPIWarning(
			&resp.Diagnostics, "The Kosmos pool exists, but its nodes are not ready yet: apply again to continue", err,
		)
		tfkit.SetFlag(ctx, resp.Private, tfkit.FlagUnfinished, true, &resp.Diagnostics)
		return
	}
	plan.setComputed(ctx, ready, &resp.Diagnostics)
	save(ctx, &plan, region, &resp.State, resp.Identity, &resp.Diagnostics)
}

// waitAndCheckCluster waits until the cluster is ready, and refuses a cluster that cannot have the pool now. It also
// checks the node type and the groups.
func (r *poolResource) waitAndCheckCluster(
	ctx context.Context,
	region scw.Region,
	plan *model,
	diags *diag.Diagnostics,
) {
	report := tfkit.NewApplyReporter(diags)
	r.checkNodeType(ctx, plan, report, diags)
	r.kind().CheckGroups(ctx, &plan.Model, report)
	id := tfkit.BareID(plan.ClusterID.ValueString())
	cluster, err := r.provider.API.WaitCluster(ctx, region, id)
	if err != nil {
		reportClusterError(region, id, unableToCreate, err, report)
		return
	}
	r.checkNewPool(ctx, plan, cluster, report)
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
	region := r.region(state.ID)
	pool, err := r.provider.API.Pool(ctx, region, state.UUID())
	switch {
	case scaleway.IsNotFound(err) || err == nil && (pool.Status == k8s.PoolStatusDeleting ||
		pool.Status == k8s.PoolStatusDeleted):
		// The framework requires an identity even when the resource is removed from the state.
		setIdentity(ctx, &state, region, resp.Identity, &resp.Diagnostics)
		resp.State.RemoveResource(ctx)
		return
	case err != nil:
		tfkit.AddAPIError(&resp.Diagnostics, "Unable to read Kosmos pool", err)
		return
	}
	if tfkit.HasFlag(ctx, req.Private, pools.FlagMoved, &resp.Diagnostics) {
		// The state of the official provider contains neither user data nor the type of the cluster.
		r.fillImported(ctx, &state, pool, &resp.Diagnostics)
	} else {
		state.refresh(ctx, pool, &resp.Diagnostics)
	}
	if !resp.Diagnostics.HasError() {
		save(ctx, &state, region, &resp.State, resp.Identity, &resp.Diagnostics)
	}
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
	if resp.Diagnostics.HasError() {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	region := r.region(state.ID)
	r.checkUpdate(ctx, &plan, &state, tfkit.NewApplyReporter(&resp.Diagnostics))
	if resp.Diagnostics.HasError() {
		return
	}
	rotation := pools.NewRotation(ctx, req.Private, &plan.Model, &state.Model, &resp.Diagnostics)
	unfinished := tfkit.HasFlag(ctx, req.Private, tfkit.FlagUnfinished, &resp.Diagnostics)
	pool, err := operations.Update(ctx, r.provider.API, plan.UUID(), plan.desired(region), rotation, unfinished)
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
	save(ctx, &plan, region, &resp.State, resp.Identity, &resp.Diagnostics)
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
	if err := operations.Delete(ctx, r.provider.API, r.region(state.ID), state.UUID()); err != nil {
		tfkit.AddAPIError(&resp.Diagnostics, unableToDelete, err)
	}
}

// ImportState accepts region/UUID, a UUID, or the identity {region, id}. It reads the whole pool, including the user
// data, which Read does not read: without user data the first plan would replace the pool.
func (r *poolResource) ImportState(
	ctx context.Context, req resource.ImportStateRequest, resp *resource.ImportStateResponse,
) {
	if !r.provider.CheckConfigured(&resp.Diagnostics) {
		return
	}
	region, uuid, err := tfkit.ParseImportIDInRegion(ctx, req, r.provider.API.DefaultRegion(), &resp.Diagnostics)
	if err != nil {
		pools.AddIDError(
			&resp.Diagnostics, "id", "The id of the pool is malformed", err, "region/UUID, or the UUID alone",
			"Use the id of the pool.",
		)
		return
	}
	resp.Diagnostics.Append(resp.State.SetAttribute(ctx, path.Root("id"), scaleway.JoinID(region, uuid))...)
	var state model
	resp.Diagnostics.Append(resp.State.Get(ctx, &state)...)
	if resp.Diagnostics.HasError() {
		return
	}
	pool, err := r.provider.API.Pool(ctx, region, uuid)
	if err != nil && !scaleway.IsNotFound(err) {
		tfkit.AddAPIError(&resp.Diagnostics, "Unable to import Kosmos pool", err)
		return
	}
	if err == nil {
		r.fillImported(ctx, &state, pool, &resp.Diagnostics)
		tfkit.SetFlag(ctx, resp.Private, tfkit.FlagUnprotected, true, &resp.Diagnostics)
		tfkit.SetFlag(ctx, resp.Private, pools.FlagImported, true, &resp.Diagnostics)
	}
	save(ctx, &state, region, &resp.State, resp.Identity, &resp.Diagnostics)
}

// fillImported fills the state of a pool that is imported or moved. It refuses a pool of a cluster that is not a Kosmos
// cluster.
func (r *poolResource) fillImported(ctx context.Context, state *model, pool *k8s.Pool, diags *diag.Diagnostics) {
	cluster, err := r.provider.API.Cluster(ctx, pool.Region, pool.ClusterID)
	if err != nil {
		tfkit.AddAPIError(diags, "Unable to read the cluster of the Kosmos pool", err)
		return
	}
	if !checkCluster(cluster, tfkit.NewApplyReporter(diags)) {
		return
	}
	if pool.NodeType != operations.ExternalNodeType {
		state.UserData = r.kind().ReadUserData(ctx, pool.Region, pool.ID, diags)
	}
	state.refresh(ctx, pool, diags)
}

// enrolledNodes returns the names and addresses of the enrolled nodes of an external pool.
func (r *poolResource) enrolledNodes(ctx context.Context, state *model, region scw.Region) (string, error) {
	nodes, err := r.provider.API.Nodes(
		ctx, region, scaleway.NodeFilter{ClusterID: tfkit.BareID(state.ClusterID.ValueString()), PoolID: state.UUID()},
	)
	names := []string{}
	for _, node := range nodes {
		if scaleway.IsDeleting(node) {
			continue
		}
		name := node.Name
		if addresses := scaleway.NodeAddresses(node); len(addresses) > 0 {
			name += fmt.Sprintf(" (%s)", strings.Join(addresses, ", "))
		}
		names = append(names, name)
	}
	return strings.Join(names, ", "), err
}

// save sets state and identity together.
func save(
	ctx context.Context, m *model, region scw.Region, state *tfsdk.State, identity *tfsdk.ResourceIdentity,
	diags *diag.Diagnostics,
) {
	diags.Append(state.Set(ctx, m)...)
	setIdentity(ctx, m, region, identity, diags)
}

// setIdentity sets the identity of the pool.
func setIdentity(
	ctx context.Context, m *model, region scw.Region, identity *tfsdk.ResourceIdentity, diags *diag.Diagnostics,
) {
	diags.Append(identity.SetAttribute(ctx, path.Root("region"), string(region))...)
	diags.Append(identity.SetAttribute(ctx, path.Root("id"), m.UUID())...)
}
