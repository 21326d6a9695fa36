// Package pool implements the pool resources srm_hds_pool, a node pool of an HDS cluster, and srm_kosmos_pool, a node
// pool of a Kosmos cluster, hosted by Scaleway or external, with the list resource of the first. Both are variants of
// one resource.
package pool

import (
	"context"
	"errors"
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
)

var (
	_ resource.ResourceWithConfigure      = (*poolResource)(nil)
	_ resource.ResourceWithValidateConfig = (*poolResource)(nil)
	_ resource.ResourceWithModifyPlan     = (*poolResource)(nil)
	_ resource.ResourceWithImportState    = (*poolResource)(nil)
	_ resource.ResourceWithIdentity       = (*poolResource)(nil)
	_ resource.ResourceWithMoveState      = (*poolResource)(nil)
)

// poolResource implements the resource of a variant.
type poolResource struct {
	variant

	provider *tfkit.Provider
}

// NewHDSResource returns the resource srm_hds_pool.
func NewHDSResource() resource.Resource { return &poolResource{variant: hds()} }

// NewKosmosResource returns the resource srm_kosmos_pool.
func NewKosmosResource() resource.Resource { return &poolResource{variant: kosmos()} }

func (r *poolResource) Metadata(_ context.Context, _ resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = r.resourceType
}

func (r *poolResource) Schema(ctx context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	resp.Schema = r.schema(ctx)
}

func (r *poolResource) IdentitySchema(
	_ context.Context, _ resource.IdentitySchemaRequest, resp *resource.IdentitySchemaResponse,
) {
	resp.IdentitySchema = tfkit.IdentitySchema(r.regionDescription, "UUID of the pool.")
}

func (r *poolResource) Configure(_ context.Context, req resource.ConfigureRequest, resp *resource.ConfigureResponse) {
	r.provider = tfkit.ProviderFromData(req.ProviderData, &resp.Diagnostics)
}

// decode decodes a configuration, a plan or a state. ok is false after an error.
func (r *poolResource) decode(ctx context.Context, from tfkit.Decoder, diags *diag.Diagnostics) (m model, ok bool) {
	return tfkit.Decode(ctx, from, r.newModel(), diags)
}

// region returns the region in the first of the ids that is valid, or the default region.
func (r *poolResource) region(ids ...types.String) scw.Region {
	for _, id := range ids {
		if region, _, err := scaleway.SplitID(
			id.ValueString(), r.defaultRegion(r.provider),
		); err == nil && id.ValueString() != "" {
			return region
		}
	}
	return r.defaultRegion(r.provider)
}

func (r *poolResource) ValidateConfig(
	ctx context.Context, req resource.ValidateConfigRequest, resp *resource.ValidateConfigResponse,
) {
	defer r.provider.AddDestroyHint(&resp.Diagnostics)
	if m, ok := r.decode(ctx, req.Config, &resp.Diagnostics); ok {
		m.check(&resp.Diagnostics)
		tfkit.CheckTimeouts(ctx, m.common().Timeouts, &resp.Diagnostics)
	}
}

// Create creates the pool and waits for its nodes. Once the pool exists, Create adds no error, as Terraform would taint
// the pool and destroy it: Create warns about unfinished work, and Update completes it.
func (r *poolResource) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	if !r.provider.CheckConfigured(&resp.Diagnostics) {
		return
	}
	diags := &resp.Diagnostics
	plan, ok := r.decode(ctx, req.Plan, diags)
	if !ok {
		return
	}
	timeout, found := plan.common().Timeouts.Create(ctx, createTimeout)
	diags.Append(found...)
	plan.check(diags)
	plan.checkReferences(tfkit.NewApplyReporter(diags))
	if diags.HasError() {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	region := r.region(plan.common().ClusterID)
	if r.waitAndCheckCluster(ctx, region, plan, diags); diags.HasError() {
		return
	}
	pool, err := operations.Create(ctx, r.provider.API, plan.desired(region))
	if taken, ok := errors.AsType[*scaleway.NameTakenError](err); ok {
		r.reportNameTaken(tfkit.NewApplyReporter(diags), region, taken.Name, taken.ID, taken.Status)
		return
	}
	if err != nil {
		tfkit.AddAPIError(diags, "Unable to create the "+r.name, err)
		return
	}
	plan.setComputed(ctx, pool, diags)
	r.save(ctx, plan, &resp.State, resp.Identity, diags)
	tfkit.UpdatePrivate(
		ctx,
		resp.Private,
		diags,
		func(p *private) { *p = private{Existence: tfkit.Existence{Exists: true}} },
	)
	ready, err := operations.WaitConverged(ctx, r.provider.API, pool.ID, plan.desired(region))
	if err != nil {
		tfkit.AddAPIWarning(
			diags, "The "+r.name+" exists, but its nodes are not ready yet: apply again to continue", err,
		)
		tfkit.UpdatePrivate(ctx, resp.Private, diags, func(p *private) { p.IsUnfinished = true })
		return
	}
	plan.setComputed(ctx, ready, diags)
	r.save(ctx, plan, &resp.State, resp.Identity, diags)
}

// waitAndCheckCluster waits until the cluster is ready, and refuses a cluster that cannot have the pool now. It also
// checks the node type and the groups.
func (r *poolResource) waitAndCheckCluster(
	ctx context.Context, region scw.Region, plan model, diags *diag.Diagnostics,
) {
	report := tfkit.NewApplyReporter(diags)
	plan.checkNodeTypeOffered(ctx, r, report, diags)
	r.checkGroups(ctx, plan.common(), report)
	id := tfkit.BareID(plan.common().ClusterID.ValueString())
	cluster, err := r.provider.API.WaitCluster(ctx, region, id)
	if err != nil {
		r.reportClusterError(region, id, "Unable to create the "+r.name, err, report)
		return
	}
	plan.checkCluster(ctx, r, cluster, report)
	if !diags.HasError() {
		plan.checkReadyCluster(ctx, r, cluster, diags)
	}
}

func (r *poolResource) Read(ctx context.Context, req resource.ReadRequest, resp *resource.ReadResponse) {
	if !r.provider.CheckConfigured(&resp.Diagnostics) {
		return
	}
	diags := &resp.Diagnostics
	state, ok := r.decode(ctx, req.State, diags)
	if !ok {
		return
	}
	pool, err := r.read(ctx, state.common())
	switch {
	case scaleway.IsNotFound(err) || err == nil && (pool.Status == k8s.PoolStatusDeleting ||
		pool.Status == k8s.PoolStatusDeleted):
		// The framework requires an identity even when the resource is removed from the state.
		r.setIdentity(ctx, state, resp.Identity, diags)
		resp.State.RemoveResource(ctx)
		return
	case err != nil:
		tfkit.AddAPIError(diags, "Unable to read the "+r.name, err)
		return
	}
	if tfkit.ReadPrivate[private](ctx, req.Private, diags).IsMoved {
		state.fillMoved(ctx, r, pool, diags)
	} else {
		state.refresh(ctx, pool, diags)
	}
	if state.warnAboutActual(pool, diags) {
		tfkit.UpdatePrivate(ctx, resp.Private, diags, func(p *private) { p.IsUnfinished = true })
	}
	if !diags.HasError() {
		r.save(ctx, state, &resp.State, resp.Identity, diags)
	}
}

// read reads the pool of a state. After an import, the state has no cluster.
func (r *poolResource) read(ctx context.Context, state *commonModel) (*k8s.Pool, error) {
	region, clusterID := r.region(state.ID), tfkit.BareID(state.ClusterID.ValueString())
	if clusterID == "" {
		return r.provider.API.Pool(ctx, region, state.uuid())
	}
	return r.provider.API.PoolOfCluster(ctx, region, clusterID, state.uuid())
}

func (r *poolResource) Update(ctx context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	if !r.provider.CheckConfigured(&resp.Diagnostics) {
		return
	}
	diags := &resp.Diagnostics
	planned, ok := r.decode(ctx, req.Plan, diags)
	actual, isDecoded := r.decode(ctx, req.State, diags)
	if !ok || !isDecoded {
		return
	}
	plan, state := planned.common(), actual.common()
	timeout, found := plan.Timeouts.Update(ctx, updateTimeout)
	diags.Append(found...)
	planned.check(diags)
	planned.checkReferences(tfkit.NewApplyReporter(diags))
	if diags.HasError() {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	if !plan.SecurityGroupID.Equal(state.SecurityGroupID) {
		r.checkGroups(ctx, plan, tfkit.NewApplyReporter(diags))
	}
	before := tfkit.ReadPrivate[private](ctx, req.Private, diags)
	planned.checkOwnApply(ctx, r, actual, before.IsMoved, diags)
	if diags.HasError() {
		return
	}
	rotation := before.newRotation(plan, state)
	desired := planned.desired(r.region(state.ID))
	pool, err := operations.Update(ctx, r.provider.API, plan.uuid(), desired, rotation, before.IsUnfinished)
	tfkit.UpdatePrivate(ctx, resp.Private, diags, func(p *private) { p.setRotation(plan, rotation, err == nil) })
	if refused, ok := errors.AsType[*operations.ClusterTooOldError](err); ok {
		plan.reportNewerVersion(refused.Cluster, tfkit.NewApplyReporter(diags)) // no request has changed the pool
		return
	}
	tfkit.UpdatePrivate(ctx, resp.Private, diags, func(p *private) { p.IsUnfinished = err != nil })
	if err != nil {
		tfkit.AddAPIError(diags, "Unable to update the "+r.name, err)
		return
	}
	tfkit.UpdatePrivate(
		ctx,
		resp.Private,
		diags,
		func(p *private) { p.Exists, p.IsImported, p.IsMoved = true, false, false },
	)
	plannedVersion := plan.VersionUsed
	planned.setComputed(ctx, pool, diags)
	plan.restoreVersionUsed(plannedVersion)
	r.save(ctx, planned, &resp.State, resp.Identity, diags)
}

func (r *poolResource) Delete(ctx context.Context, req resource.DeleteRequest, resp *resource.DeleteResponse) {
	if !r.provider.CheckConfigured(&resp.Diagnostics) {
		return
	}
	diags := &resp.Diagnostics
	m, ok := r.decode(ctx, req.State, diags)
	if !ok {
		return
	}
	state := m.common()
	timeout, found := state.Timeouts.Delete(ctx, deleteTimeout)
	if diags.Append(found...); diags.HasError() {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	if err := operations.Delete(ctx, r.provider.API, r.region(state.ID), state.uuid()); err != nil {
		tfkit.AddAPIError(diags, "Unable to delete the "+r.name, err)
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
	diags := &resp.Diagnostics
	region, uuid, err := tfkit.ParseImportIDInRegion(ctx, req, r.defaultRegion(r.provider), diags)
	if err != nil {
		addIDError(diags, "id", "The id of the pool is malformed", err, r.idFormat, "Use the id of the pool.")
		return
	}
	tfkit.AddCheckError(diags, path.Root("id"), r.checkRegion(string(region)))
	diags.Append(resp.State.SetAttribute(ctx, path.Root("id"), scaleway.JoinID(region, uuid))...)
	state, ok := r.decode(ctx, resp.State, diags)
	if !ok || diags.HasError() {
		return
	}
	pool, err := r.provider.API.Pool(ctx, region, uuid)
	if err != nil && !scaleway.IsNotFound(err) {
		tfkit.AddAPIError(diags, "Unable to import the "+r.name, err)
		return
	}
	if err == nil {
		state.fillImported(ctx, r, pool, diags)
		tfkit.UpdatePrivate(ctx, resp.Private, diags, func(p *private) { p.Exists, p.IsImported = true, true })
	}
	r.save(ctx, state, &resp.State, resp.Identity, diags)
}

// save sets state and identity together, as a missing identity is an error on some CLIs.
func (r *poolResource) save(
	ctx context.Context, m model, state *tfsdk.State, identity *tfsdk.ResourceIdentity, diags *diag.Diagnostics,
) {
	diags.Append(state.Set(ctx, m)...)
	r.setIdentity(ctx, m, identity, diags)
}

// setIdentity sets the identity of the pool.
func (r *poolResource) setIdentity(
	ctx context.Context, m model, identity *tfsdk.ResourceIdentity, diags *diag.Diagnostics,
) {
	region, uuid, _ := strings.Cut(m.common().ID.ValueString(), "/")
	tfkit.SetIdentity(ctx, identity, scw.Region(region), uuid, diags)
}
