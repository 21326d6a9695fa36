// Package kosmoscluster implements the resource srm_kosmos_cluster: a Kosmos cluster with the allow-list of its API
// server.
package kosmoscluster

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/scaleway/scaleway-sdk-go/api/k8s/v1"

	"github.com/terraform-srm/terraform-provider-srm/internal/operations/cluster"
	"github.com/terraform-srm/terraform-provider-srm/internal/scaleway"
	"github.com/terraform-srm/terraform-provider-srm/internal/tfkit"
	"github.com/terraform-srm/terraform-provider-srm/internal/tfkit/clusteraccess"
	"github.com/terraform-srm/terraform-provider-srm/internal/tfkit/clusters"
)

var (
	_ resource.ResourceWithConfigure      = (*clusterResource)(nil)
	_ resource.ResourceWithValidateConfig = (*clusterResource)(nil)
	_ resource.ResourceWithModifyPlan     = (*clusterResource)(nil)
	_ resource.ResourceWithImportState    = (*clusterResource)(nil)
	_ resource.ResourceWithIdentity       = (*clusterResource)(nil)
	_ resource.ResourceWithMoveState      = (*clusterResource)(nil)
)

// clusterResource implements the resource.
type clusterResource struct {
	provider *tfkit.Provider
}

// NewResource returns the resource srm_kosmos_cluster.
func NewResource() resource.Resource { return &clusterResource{} }

func (r *clusterResource) Metadata(_ context.Context, req resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_kosmos_cluster"
}

func (r *clusterResource) Schema(ctx context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	resp.Schema = clusterSchema(ctx)
}

func (r *clusterResource) IdentitySchema(
	_ context.Context, _ resource.IdentitySchemaRequest, resp *resource.IdentitySchemaResponse,
) {
	resp.IdentitySchema = clusters.IdentitySchema("Region of the cluster. Default: the provider's.")
}

func (r *clusterResource) Configure(
	_ context.Context, req resource.ConfigureRequest, resp *resource.ConfigureResponse,
) {
	r.provider = tfkit.ProviderFromData(req.ProviderData, &resp.Diagnostics)
}

func (r *clusterResource) ValidateConfig(
	ctx context.Context, req resource.ValidateConfigRequest, resp *resource.ValidateConfigResponse,
) {
	defer r.provider.AddDestroyHint(&resp.Diagnostics)
	var m model
	resp.Diagnostics.Append(req.Config.Get(ctx, &m)...)
	if !resp.Diagnostics.HasError() {
		kind().CheckConfiguration(ctx, &m.Model, &resp.Diagnostics)
	}
}

// ModifyPlan reports invalid settings before the apply, warns about the dates of the version and of the review, and
// sets the attributes that are computed from the configuration. A plan without changes makes no request.
func (r *clusterResource) ModifyPlan(
	ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse,
) {
	if !r.provider.CheckConfigured(&resp.Diagnostics) {
		return
	}
	diags := &resp.Diagnostics
	if req.Plan.Raw.IsNull() {
		r.planDestroy(ctx, req, resp)
		return
	}
	defer r.provider.AddDestroyHint(diags)
	var plan model
	diags.Append(req.Plan.Get(ctx, &plan)...)
	if diags.HasError() {
		return
	}
	plan.FillTransfers(ctx, diags)
	if req.State.Raw.IsNull() {
		replaced := tfkit.HasFlag(ctx, req.Private, tfkit.FlagUnprotected, diags)
		if tfkit.HasFlag(ctx, req.Private, tfkit.FlagProtected, diags) {
			clusters.RefuseProtected("The cluster would be replaced", &plan.Model, diags)
			replaced = true
		}
		plan.PlanDefaultProject(ctx, r.provider, req.Config, diags)
		kind().CheckCreate(ctx, r.provider, &plan.Model, tfkit.NewPlanReporter(diags), diags)
		if !replaced { // on a replacement, CLIs drop the warnings of this second plan
			kind().CheckName(ctx, r.provider, &plan.Model, clusteraccess.ReadStorage, diags)
		}
	} else {
		var state model
		diags.Append(req.State.Get(ctx, &state)...)
		if diags.HasError() {
			return
		}
		plan.PlanComputed(&state.Model, tfkit.HasFlag(ctx, req.Private, tfkit.FlagUnfinished, diags))
		kind().CheckUpdate(ctx, r.provider, &plan.Model, &state.Model, diags,
			clusters.ImmutableAttribute{Attribute: "region", To: plan.Region, From: state.Region})
		r.warnNodesLoseAccess(ctx, &plan, &state, diags)
		plan.WarnAboutForcedUpgrade(state.VersionUsed.ValueString(), diags)
	}
	plan.checkReview(r.provider.Now(), diags)
	plan.WarnAboutVersionDates(ctx, r.provider.Now(), diags)
	diags.Append(resp.Plan.Set(ctx, &plan)...)
}

// Create creates the cluster, sets its allow-list and waits until it is ready. Once the cluster exists, Create adds no
// error, as Terraform would taint the cluster and destroy it: Create flags unfinished work, and Update completes it.
func (r *clusterResource) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	if !r.provider.CheckConfigured(&resp.Diagnostics) {
		return
	}
	diags := &resp.Diagnostics
	var plan model
	diags.Append(req.Plan.Get(ctx, &plan)...)
	timeout, found := plan.Timeouts.Create(ctx, clusters.CreateTimeout)
	diags.Append(found...)
	if diags.HasError() {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()

	kind().CheckConfiguration(ctx, &plan.Model, diags)
	planned := plan.VersionDates
	kind().CheckCreate(ctx, r.provider, &plan.Model, tfkit.NewApplyReporter(diags), diags)
	if clusters.HasValue(planned) {
		plan.VersionDates = planned
	}
	plan.FillTransfers(ctx, diags)
	desired := plan.desired(ctx, diags)
	if diags.HasError() {
		return
	}
	kind().Create(ctx, r.provider, desired, func(cluster *k8s.Cluster, unfinished bool) {
		created := plan
		created.FillComputed(cluster)
		created.SetFlags(ctx, resp.Private, unfinished, diags)
		save(ctx, &created, &resp.State, resp.Identity, diags)
	}, diags)
}

func (r *clusterResource) Read(ctx context.Context, req resource.ReadRequest, resp *resource.ReadResponse) {
	if !r.provider.CheckConfigured(&resp.Diagnostics) {
		return
	}
	diags := &resp.Diagnostics
	var m model
	diags.Append(req.State.Get(ctx, &m)...)
	if diags.HasError() {
		return
	}
	cluster, rules, err, denied := r.provider.API.ClusterAndAllowList(ctx, m.ClusterRegion(), m.UUID())
	if scaleway.IsNotFound(err) || err == nil && cluster.Status == k8s.ClusterStatusDeleted {
		m.SetIdentity(ctx, resp.Identity, diags) // Terraform 1.11 requires an identity of a deleted resource, too
		resp.State.RemoveResource(ctx)
		return
	}
	if err != nil {
		tfkit.AddAPIError(diags, "Unable to read the Kosmos cluster", err)
		return
	}
	checkIsKosmos(cluster, diags)
	if denied != nil {
		tfkit.AddAPIError(diags, "Unable to read the allow-list of the Kosmos cluster", denied)
	}
	if diags.HasError() {
		return
	}
	m.Refresh(ctx, cluster, diags)
	m.refreshAllowList(rules)
	r.provider.Clusters.Put(cluster.ID, m.ClusterState(""))
	kind().WarnAboutDeviations(cluster, rules, diags)
	m.RefreshVersionDates(ctx, r.provider.API, cluster.Version, diags)
	if !diags.HasError() {
		save(ctx, &m, &resp.State, resp.Identity, diags)
	}
}

// Update sends only what changed, as a needless PATCH costs minutes. It completes what Create left unfinished.
func (r *clusterResource) Update(ctx context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	if !r.provider.CheckConfigured(&resp.Diagnostics) {
		return
	}
	diags := &resp.Diagnostics
	var plan, state model
	diags.Append(req.Plan.Get(ctx, &plan)...)
	diags.Append(req.State.Get(ctx, &state)...)
	timeout, found := plan.Timeouts.Update(ctx, clusters.UpdateTimeout)
	diags.Append(found...)
	unfinished := tfkit.HasFlag(ctx, req.Private, tfkit.FlagUnfinished, diags)
	if diags.HasError() {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()

	desired, observed := plan.desired(ctx, diags), state.observed(ctx, diags)
	if diags.HasError() {
		return
	}
	updated, err := cluster.Update(ctx, r.provider.API, desired, observed, unfinished)
	if err != nil {
		tfkit.AddAPIError(diags, "Unable to update the Kosmos cluster", err)
	}
	if diags.HasError() {
		tfkit.SetFlag(ctx, resp.Private, tfkit.FlagUnfinished, unfinished || updated.Written, diags)
		return
	}
	clusters.WarnAboutPoolsBehind(updated.PoolsBehind, desired.Version, diags)
	if updated.Cluster != nil {
		plan.FillComputed(updated.Cluster)
	}
	plan.RestoreComputed(&state.Model)
	if plan.VersionDates.IsUnknown() {
		plan.RefreshVersionDates(ctx, r.provider.API, plan.VersionUsed.ValueString(), diags)
	}
	plan.SetFlags(ctx, resp.Private, false, diags)
	save(ctx, &plan, &resp.State, resp.Identity, diags)
}

func (r *clusterResource) Delete(ctx context.Context, req resource.DeleteRequest, resp *resource.DeleteResponse) {
	if !r.provider.CheckConfigured(&resp.Diagnostics) {
		return
	}
	diags := &resp.Diagnostics
	var m model
	diags.Append(req.State.Get(ctx, &m)...)
	timeout, found := m.Timeouts.Delete(ctx, clusters.DeleteTimeout)
	diags.Append(found...)
	if diags.HasError() {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	kind().Delete(ctx, r.provider, &m.Model, clusteraccess.ReadStorage, resp.Private, diags)
}

func (r *clusterResource) ImportState(
	ctx context.Context, req resource.ImportStateRequest, resp *resource.ImportStateResponse,
) {
	if !r.provider.CheckConfigured(&resp.Diagnostics) {
		return
	}
	diags := &resp.Diagnostics
	region, uuid, err := tfkit.ParseImportIDInRegion(ctx, req, r.provider.API.DefaultRegion(), diags)
	if err != nil {
		tfkit.AddError(diags, path.Empty(), tfkit.Problem{Summary: "Unable to import the Kosmos cluster", Cause: err})
		return
	}
	tfkit.SetAttributes(ctx, &resp.State, clusters.ImportedAttributes(region, uuid), diags)
	tfkit.SetProtectionFlags(ctx, resp.Private, true, diags)
	diags.Append(resp.Identity.SetAttribute(ctx, path.Root("region"), string(region))...)
	diags.Append(resp.Identity.SetAttribute(ctx, path.Root("id"), uuid)...)
}

func (r *clusterResource) planDestroy(
	ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse,
) {
	var m model
	diags := &resp.Diagnostics
	diags.Append(req.State.Get(ctx, &m)...)
	if diags.HasError() {
		return
	}
	kind().PlanDestroy(ctx, r.provider, &m.Model, "", clusteraccess.ReadStorage, resp.Private, diags)
}

// save sets state and identity together, as a missing identity is an error on some CLIs.
func save(
	ctx context.Context, m *model, state *tfsdk.State, identity *tfsdk.ResourceIdentity, diags *diag.Diagnostics,
) {
	diags.Append(state.Set(ctx, m)...)
	m.SetIdentity(ctx, identity, diags)
}
