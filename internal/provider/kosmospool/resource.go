// Package kosmospool is the resource srm_kosmos_pool: a node pool of a Kosmos cluster, hosted by Scaleway or external.
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

type poolResource struct {
	provider *tfkit.Provider
}

// NewResource returns the resource.
func NewResource() resource.Resource { return &poolResource{} }

func (r *poolResource) Metadata(_ context.Context, req resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_kosmos_pool"
}

func (r *poolResource) Configure(_ context.Context, req resource.ConfigureRequest, resp *resource.ConfigureResponse) {
	r.provider = tfkit.Configured(req.ProviderData, &resp.Diagnostics)
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

// kind is what messages call this kind of pool.
func (r *poolResource) kind() pools.Kind {
	return pools.Kind{Resource: "srm_kosmos_pool", Name: "Kosmos pool", API: r.provider.API}
}

// nodes are those of a region.
func (r *poolResource) nodes(region scw.Region) pools.Nodes {
	return pools.Nodes{API: r.provider.API, Region: region}
}

// region is where the pool's cluster is, as an id says, else the provider's.
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
	if !r.provider.Ready(&resp.Diagnostics) {
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
	if r.refuseCluster(ctx, region, &plan, &resp.Diagnostics); resp.Diagnostics.HasError() {
		return
	}
	pool, err := r.nodes(region).Create(ctx, plan.create(region))
	if taken, ok := errors.AsType[*scaleway.NameTakenError](err); ok {
		r.kind().RefuseName(tfkit.AtApply(&resp.Diagnostics), region, taken.Name, taken.ID, taken.Status)
		return
	}
	if err != nil {
		tfkit.Failed(&resp.Diagnostics, unableToCreate, err)
		return
	}
	// From here on an error would taint the pool, and a taint destroys: what remains undone warns, and Update finishes it.
	plan.finish(ctx, pool, &resp.Diagnostics)
	save(ctx, &plan, region, &resp.State, resp.Identity, &resp.Diagnostics)
	tfkit.Mark(ctx, resp.Private, tfkit.MarkUnprotected, true, &resp.Diagnostics)
	settled, err := r.nodes(region).Settle(ctx, &plan.Model, pool.ID, nil)
	if err != nil {
		tfkit.FailedLater(
			&resp.Diagnostics, "The Kosmos pool exists, and its nodes are not ready: the next apply goes on", err,
		)
		tfkit.Mark(ctx, resp.Private, tfkit.MarkUnfinished, true, &resp.Diagnostics)
		return
	}
	plan.finish(ctx, settled, &resp.Diagnostics)
	save(ctx, &plan, region, &resp.State, resp.Identity, &resp.Diagnostics)
}

// refuseCluster waits for the cluster and refuses it where the pool cannot work in it at this moment, and what else the
// pool names.
func (r *poolResource) refuseCluster(ctx context.Context, region scw.Region, plan *model, diags *diag.Diagnostics) {
	report := tfkit.AtApply(diags)
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
	if !r.provider.Ready(&resp.Diagnostics) {
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
		// Without an identity the framework takes even a removal for a mistake.
		identify(ctx, &state, region, resp.Identity, &resp.Diagnostics)
		resp.State.RemoveResource(ctx)
		return
	case err != nil:
		tfkit.Failed(&resp.Diagnostics, "Unable to read Kosmos pool", err)
		return
	}
	if tfkit.Marked(ctx, req.Private, pools.MarkMoved, &resp.Diagnostics) {
		r.adopt(
			ctx, &state, pool, &resp.Diagnostics,
		) // the official provider knows neither user data nor the kind of the cluster
	} else {
		state.refresh(ctx, pool, &resp.Diagnostics)
	}
	if !resp.Diagnostics.HasError() {
		save(ctx, &state, region, &resp.State, resp.Identity, &resp.Diagnostics)
	}
}

func (r *poolResource) Update(ctx context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	if !r.provider.Ready(&resp.Diagnostics) {
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
	r.checkUpdate(ctx, &plan, &state, tfkit.AtApply(&resp.Diagnostics))
	if resp.Diagnostics.HasError() {
		return
	}
	turn := pools.NewRotation(ctx, req.Private, &plan.Model, &state.Model, &resp.Diagnostics)
	unfinished := tfkit.Marked(ctx, req.Private, tfkit.MarkUnfinished, &resp.Diagnostics)
	pool, err := r.nodes(region).Update(ctx, &plan.Model, plan.Autohealing.ValueBool(), turn, unfinished)
	turn.Keep(ctx, resp.Private, err == nil, &resp.Diagnostics)
	if refused, ok := errors.AsType[*pools.VersionRefusedError](err); ok {
		plan.RefuseNewer(refused.Cluster, tfkit.AtApply(&resp.Diagnostics)) // nothing was sent
		return
	}
	tfkit.Mark(ctx, resp.Private, tfkit.MarkUnfinished, err != nil, &resp.Diagnostics)
	if err != nil {
		tfkit.Failed(&resp.Diagnostics, unableToUpdate, err)
		return
	}
	tfkit.Mark(ctx, resp.Private, tfkit.MarkUnprotected, true, &resp.Diagnostics)
	tfkit.Mark(ctx, resp.Private, pools.MarkImported, false, &resp.Diagnostics)
	tfkit.Mark(ctx, resp.Private, pools.MarkMoved, false, &resp.Diagnostics)
	planned := plan.VersionUsed
	plan.finish(ctx, pool, &resp.Diagnostics)
	plan.RestoreVersionUsed(planned)
	save(ctx, &plan, region, &resp.State, resp.Identity, &resp.Diagnostics)
}

func (r *poolResource) Delete(ctx context.Context, req resource.DeleteRequest, resp *resource.DeleteResponse) {
	if !r.provider.Ready(&resp.Diagnostics) {
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
	if err := r.nodes(r.region(state.ID)).Delete(ctx, state.UUID()); err != nil {
		tfkit.Failed(&resp.Diagnostics, unableToDelete, err)
	}
}

// ImportState takes `region/UUID`, a UUID, or the identity {region, id}. It reads the pool whole, its user data too,
// which Read leaves alone: without it the first plan would replace the pool.
func (r *poolResource) ImportState(
	ctx context.Context, req resource.ImportStateRequest, resp *resource.ImportStateResponse,
) {
	if !r.provider.Ready(&resp.Diagnostics) {
		return
	}
	region, uuid, err := tfkit.ImportedIDIn(ctx, req, r.provider.API.DefaultRegion(), &resp.Diagnostics)
	if err != nil {
		pools.RefuseID(
			&resp.Diagnostics, "id", "The pool's id is not an id", err, "region/UUID, or the UUID alone", "Write the id of "+
				"the pool.",
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
		tfkit.Failed(&resp.Diagnostics, "Unable to import Kosmos pool", err)
		return
	}
	if err == nil {
		r.adopt(ctx, &state, pool, &resp.Diagnostics)
		tfkit.Mark(ctx, resp.Private, tfkit.MarkUnprotected, true, &resp.Diagnostics)
		tfkit.Mark(ctx, resp.Private, pools.MarkImported, true, &resp.Diagnostics)
	}
	save(ctx, &state, region, &resp.State, resp.Identity, &resp.Diagnostics)
}

// adopt fills the state of a pool that this resource does not manage yet, and refuses one of a cluster that is not
// Kosmos.
func (r *poolResource) adopt(ctx context.Context, state *model, pool *k8s.Pool, diags *diag.Diagnostics) {
	cluster, err := r.provider.API.Cluster(ctx, pool.Region, pool.ClusterID)
	if err != nil {
		tfkit.Failed(diags, "Unable to read the cluster of the Kosmos pool", err)
		return
	}
	if !checkCluster(cluster, tfkit.AtApply(diags)) {
		return
	}
	if pool.NodeType != pools.External {
		state.UserData = r.kind().UserData(ctx, pool.Region, pool.ID, diags)
	}
	state.refresh(ctx, pool, diags)
}

// left names the nodes of an external pool, whose machines a deletion of the pool does not reach.
func (r *poolResource) left(ctx context.Context, state *model, region scw.Region) (string, error) {
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

// save writes state and identity together.
func save(
	ctx context.Context, m *model, region scw.Region, state *tfsdk.State, identity *tfsdk.ResourceIdentity,
	diags *diag.Diagnostics,
) {
	diags.Append(state.Set(ctx, m)...)
	identify(ctx, m, region, identity, diags)
}

func identify(
	ctx context.Context, m *model, region scw.Region, identity *tfsdk.ResourceIdentity, diags *diag.Diagnostics,
) {
	diags.Append(identity.SetAttribute(ctx, path.Root("region"), string(region))...)
	diags.Append(identity.SetAttribute(ctx, path.Root("id"), m.UUID())...)
}
