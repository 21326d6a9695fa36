// Package cluster implements the cluster resources srm_hds_cluster, a dedicated Kapsule cluster for health data, and
// srm_kosmos_cluster, with the list resource of the first. Both are variants of one resource. It also implements the
// data source srm_cluster: any Kapsule or Kosmos cluster with its allow-list, pools and nodes.
package cluster

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/scaleway/scaleway-sdk-go/api/k8s/v1"
	"github.com/scaleway/scaleway-sdk-go/scw"

	operations "github.com/terraform-srm/terraform-provider-srm/internal/operations/cluster"
	"github.com/terraform-srm/terraform-provider-srm/internal/scaleway"
	"github.com/terraform-srm/terraform-provider-srm/internal/tfkit"
)

var (
	_ resource.ResourceWithConfigure      = (*clusterResource)(nil)
	_ resource.ResourceWithValidateConfig = (*clusterResource)(nil)
	_ resource.ResourceWithModifyPlan     = (*clusterResource)(nil)
	_ resource.ResourceWithImportState    = (*clusterResource)(nil)
	_ resource.ResourceWithIdentity       = (*clusterResource)(nil)
	_ resource.ResourceWithMoveState      = (*clusterResource)(nil)
)

// clusterResource implements the resource of a variant.
type clusterResource struct {
	variant

	provider *tfkit.Provider
}

// NewHDSResource returns the resource srm_hds_cluster.
func NewHDSResource() resource.Resource { return &clusterResource{variant: hds()} }

// NewKosmosResource returns the resource srm_kosmos_cluster.
func NewKosmosResource() resource.Resource { return &clusterResource{variant: kosmos()} }

func (r *clusterResource) Metadata(_ context.Context, _ resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = r.resourceType
}

func (r *clusterResource) Schema(ctx context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	resp.Schema = r.schema(ctx)
}

func (r *clusterResource) IdentitySchema(
	_ context.Context, _ resource.IdentitySchemaRequest, resp *resource.IdentitySchemaResponse,
) {
	resp.IdentitySchema = tfkit.IdentitySchema(r.regionDescription, "UUID of the cluster.")
}

func (r *clusterResource) Configure(
	_ context.Context, req resource.ConfigureRequest, resp *resource.ConfigureResponse,
) {
	r.provider = tfkit.ProviderFromData(req.ProviderData, &resp.Diagnostics)
}

// decode decodes a configuration, a plan or a state. ok is false after an error.
func (r *clusterResource) decode(ctx context.Context, from tfkit.Decoder, diags *diag.Diagnostics) (m model, ok bool) {
	return tfkit.Decode(ctx, from, r.newModel(), diags)
}

func (r *clusterResource) ValidateConfig(
	ctx context.Context, req resource.ValidateConfigRequest, resp *resource.ValidateConfigResponse,
) {
	defer r.provider.AddDestroyHint(&resp.Diagnostics)
	if m, ok := r.decode(ctx, req.Config, &resp.Diagnostics); ok {
		r.checkConfiguration(ctx, m.common(), &resp.Diagnostics)
	}
}

// ModifyPlan reports invalid settings before the apply, warns about dates, and sets the attributes that are computed
// from the configuration. A plan without changes makes no request.
func (r *clusterResource) ModifyPlan(
	ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse,
) {
	if !r.provider.CheckConfigured(&resp.Diagnostics) {
		return
	}
	diags := &resp.Diagnostics
	if req.Plan.Raw.IsNull() {
		if state, ok := r.decode(ctx, req.State, diags); ok {
			r.planDestroy(ctx, r.provider, state, resp.Private, diags)
		}
		return
	}
	defer r.provider.AddDestroyHint(diags)
	plan, ok := r.decode(ctx, req.Plan, diags)
	if !ok {
		return
	}
	plan.setContract(r.provider, diags)
	if req.State.Raw.IsNull() {
		r.planCreate(ctx, plan, req, diags)
	} else {
		state, ok := r.decode(ctx, req.State, diags)
		if !ok {
			return
		}
		plan.common().planComputed(state.common(), tfkit.ReadPrivate[private](ctx, req.Private, diags).IsUnfinished)
		r.checkUpdate(ctx, r.provider, plan, state, diags)
		plan.checkOwnUpdate(ctx, r.provider, state, diags)
		plan.common().warnAboutForcedUpgrade(state.common().VersionUsed.ValueString(), diags)
	}
	plan.common().warnAboutVersionDates(ctx, r.provider.Now(), diags)
	plan.checkOwnPlan(r.provider, diags)
	plan.common().fillTransfers(ctx, diags)
	diags.Append(resp.Plan.Set(ctx, plan)...)
}

func (r *clusterResource) planCreate(
	ctx context.Context, plan model, req resource.ModifyPlanRequest, diags *diag.Diagnostics,
) {
	replaced := tfkit.ReadPrivate[private](ctx, req.Private, diags)
	if replaced.IsProtected {
		refuseProtected("The cluster would be replaced", plan.common().Name.ValueString(), diags)
	}
	plan.common().planDefaultProject(ctx, r.provider, req.Config, diags)
	r.checkCreate(ctx, r.provider, plan, tfkit.NewPlanReporter(diags), diags)
	if !replaced.Exists { // on a replacement, CLIs drop the warnings of this second plan
		r.checkName(ctx, r.provider, plan.common(), diags)
	}
}

// Create creates the cluster, sets its allow-list and waits until it is ready. Once the cluster exists, Create adds no
// error, as Terraform would taint the cluster and destroy it: Create flags unfinished work, and Update completes it.
func (r *clusterResource) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	if !r.provider.CheckConfigured(&resp.Diagnostics) {
		return
	}
	diags := &resp.Diagnostics
	plan, ok := r.decode(ctx, req.Plan, diags)
	if !ok {
		return
	}
	timeout, found := plan.common().Timeouts.Create(ctx, createTimeout)
	if diags.Append(found...); diags.HasError() {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()

	r.checkConfiguration(ctx, plan.common(), diags)
	plan.setContract(r.provider, diags)
	planned := plan.common().VersionDates
	r.checkCreate(ctx, r.provider, plan, tfkit.NewApplyReporter(diags), diags)
	if tfkit.HasValue(planned) {
		plan.common().VersionDates = planned
	}
	plan.common().fillTransfers(ctx, diags)
	desired := plan.desired(ctx, diags)
	if diags.HasError() {
		return
	}
	beforeCreate := *plan.common()
	r.create(ctx, r.provider, desired, func(cluster *k8s.Cluster, unfinished bool) {
		*plan.common() = beforeCreate // a second call sets the attributes again
		plan.common().fillComputed(cluster)
		plan.common().setPrivate(ctx, resp.Private, unfinished, diags)
		save(ctx, plan, &resp.State, resp.Identity, diags)
	}, diags)
}

func (r *clusterResource) Read(ctx context.Context, req resource.ReadRequest, resp *resource.ReadResponse) {
	if !r.provider.CheckConfigured(&resp.Diagnostics) {
		return
	}
	diags := &resp.Diagnostics
	m, ok := r.decode(ctx, req.State, diags)
	if !ok {
		return
	}
	ref := m.common().ref()
	cluster, rules, denied, err := r.provider.API.ClusterAndAllowList(ctx, ref.Region, ref.UUID)
	if scaleway.IsNotFound(err) || err == nil && cluster.Status == k8s.ClusterStatusDeleted {
		m.common().setIdentity(ctx, resp.Identity, diags) // Terraform 1.11 requires one of a deleted resource, too
		resp.State.RemoveResource(ctx)
		return
	}
	if err != nil {
		tfkit.AddAPIError(diags, "Unable to read the "+r.name, err)
		return
	}
	if r.refreshAll(ctx, m, cluster, rules, denied, diags); !diags.HasError() {
		r.provider.Clusters.Put(cluster.ID, m.common().clusterState(m.network()))
		r.warnAboutDeviations(cluster, rules, diags)
		save(ctx, m, &resp.State, resp.Identity, diags)
	}
}

// refreshAll sets the attributes from the cluster, its allow-list and the dates of its version. denied is the error of
// reading the allow-list, or nil.
func (r *clusterResource) refreshAll(
	ctx context.Context, m model, cluster *k8s.Cluster, rules []*k8s.ACLRule, denied error, diags *diag.Diagnostics,
) {
	m.checkActual(cluster, diags)
	if denied != nil {
		tfkit.AddAPIError(diags, "Unable to read the allow-list of the "+r.name, denied)
	}
	if diags.HasError() {
		return
	}
	m.refresh(ctx, cluster, diags)
	m.refreshAllowList(rules)
	m.common().refreshVersionDates(ctx, r.provider.API, cluster.Version, diags)
}

// Update sends only what changed, as a needless PATCH costs minutes. It completes what Create left unfinished.
func (r *clusterResource) Update(ctx context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	if !r.provider.CheckConfigured(&resp.Diagnostics) {
		return
	}
	diags := &resp.Diagnostics
	plan, ok := r.decode(ctx, req.Plan, diags)
	state, isDecoded := r.decode(ctx, req.State, diags)
	if !ok || !isDecoded {
		return
	}
	timeout, found := plan.common().Timeouts.Update(ctx, updateTimeout)
	diags.Append(found...)
	unfinished := tfkit.ReadPrivate[private](ctx, req.Private, diags).IsUnfinished
	if diags.HasError() {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()

	desired, observed := plan.desired(ctx, diags), state.observed(ctx, diags)
	if diags.HasError() {
		return
	}
	updated, err := operations.Update(ctx, r.provider.API, desired, observed, unfinished)
	if err != nil {
		tfkit.AddAPIError(diags, "Unable to update the "+r.name, err)
	}
	if diags.HasError() {
		tfkit.UpdatePrivate(
			ctx,
			resp.Private,
			diags,
			func(p *private) { p.IsUnfinished = unfinished || updated.Written },
		)
		return
	}
	warnAboutPoolsBehind(updated.PoolsBehind, desired.Version, diags)
	m := plan.common()
	if updated.Cluster != nil {
		m.fillComputed(updated.Cluster)
	}
	m.restoreComputed(state.common())
	if m.VersionDates.IsUnknown() {
		m.refreshVersionDates(ctx, r.provider.API, m.VersionUsed.ValueString(), diags)
	}
	m.setPrivate(ctx, resp.Private, false, diags)
	save(ctx, plan, &resp.State, resp.Identity, diags)
}

func (r *clusterResource) Delete(ctx context.Context, req resource.DeleteRequest, resp *resource.DeleteResponse) {
	if !r.provider.CheckConfigured(&resp.Diagnostics) {
		return
	}
	diags := &resp.Diagnostics
	m, ok := r.decode(ctx, req.State, diags)
	if !ok {
		return
	}
	timeout, found := m.common().Timeouts.Delete(ctx, deleteTimeout)
	if diags.Append(found...); diags.HasError() {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	r.destroy(ctx, r.provider, m.common(), resp.Private, diags)
}

func (r *clusterResource) ImportState(
	ctx context.Context, req resource.ImportStateRequest, resp *resource.ImportStateResponse,
) {
	if !r.provider.CheckConfigured(&resp.Diagnostics) {
		return
	}
	diags := &resp.Diagnostics
	region, uuid, err := tfkit.ParseImportIDInRegion(ctx, req, r.defaultRegion(r.provider), diags)
	if err != nil {
		tfkit.AddError(diags, path.Empty(), tfkit.Problem{Summary: "Unable to import the " + r.name, Cause: err})
		return
	}
	if err := r.checkRegion(string(region)); err != nil {
		tfkit.AddCheckError(diags, path.Root("id"), err)
		return
	}
	tfkit.SetAttributes(ctx, &resp.State, importedAttributes(region, uuid), diags)
	tfkit.UpdatePrivate(ctx, resp.Private, diags, func(p *private) { p.Exists, p.IsProtected = true, true })
	tfkit.SetIdentity(ctx, resp.Identity, region, uuid, diags)
}

// importedAttributes returns the attributes that an import sets because the API does not have them.
func importedAttributes(region scw.Region, uuid string) map[string]any {
	return map[string]any{
		"id": scaleway.JoinID(region, uuid), "deletion_protection": true, "upgrade_pools": true,
		"allow_disruptive_rename": false,
	}
}

// save sets state and identity together, as a missing identity is an error on some CLIs.
func save(
	ctx context.Context, m model, state *tfsdk.State, identity *tfsdk.ResourceIdentity, diags *diag.Diagnostics,
) {
	diags.Append(state.Set(ctx, m)...)
	m.common().setIdentity(ctx, identity, diags)
}
