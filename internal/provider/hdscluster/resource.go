// Package hdscluster is the resource srm_hds_cluster: a dedicated Kapsule cluster for health data and the allow-list of
// its API server.
package hdscluster

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/scaleway/scaleway-sdk-go/api/k8s/v1"
	"github.com/scaleway/scaleway-sdk-go/scw"

	"github.com/terraform-srm/terraform-provider-srm/internal/compliance"
	"github.com/terraform-srm/terraform-provider-srm/internal/framework"
	"github.com/terraform-srm/terraform-provider-srm/internal/lifecycle"
	"github.com/terraform-srm/terraform-provider-srm/internal/scaleway"
)

var (
	_ resource.ResourceWithConfigure      = (*clusterResource)(nil)
	_ resource.ResourceWithValidateConfig = (*clusterResource)(nil)
	_ resource.ResourceWithModifyPlan     = (*clusterResource)(nil)
	_ resource.ResourceWithImportState    = (*clusterResource)(nil)
	_ resource.ResourceWithIdentity       = (*clusterResource)(nil)
)

const (
	createTimeout = 30 * time.Minute
	updateTimeout = 3 * time.Hour
	deleteTimeout = 30 * time.Minute
)

type clusterResource struct {
	provider *framework.Provider
}

// NewResource returns the resource.
func NewResource() resource.Resource { return &clusterResource{} }

func (r *clusterResource) Metadata(_ context.Context, req resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_hds_cluster"
}

func (r *clusterResource) Schema(ctx context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	resp.Schema = clusterSchema(ctx)
}

func (r *clusterResource) IdentitySchema(_ context.Context, _ resource.IdentitySchemaRequest, resp *resource.IdentitySchemaResponse) {
	resp.IdentitySchema = identitySchema()
}

func (r *clusterResource) Configure(_ context.Context, req resource.ConfigureRequest, resp *resource.ConfigureResponse) {
	r.provider = framework.Configured(req.ProviderData, &resp.Diagnostics)
}

func (r *clusterResource) ValidateConfig(ctx context.Context, req resource.ValidateConfigRequest, resp *resource.ValidateConfigResponse) {
	var m model
	resp.Diagnostics.Append(req.Config.Get(ctx, &m)...)
	if !resp.Diagnostics.HasError() {
		checkConfiguration(ctx, &m, &resp.Diagnostics)
	}
}

// ModifyPlan refuses what it can before anything happens, warns of what time brings, and fills what is computed from the
// configuration. A plan that changes nothing makes no request.
func (r *clusterResource) ModifyPlan(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	diags := &resp.Diagnostics
	if r.provider == nil {
		return // the provider's own configuration is not known yet
	}
	if req.Plan.Raw.IsNull() {
		r.planDestroy(ctx, req.State, diags)
		return
	}
	var plan model
	diags.Append(req.Plan.Get(ctx, &plan)...)
	if diags.HasError() {
		return
	}
	r.fillContract(&plan, diags)
	if req.State.Raw.IsNull() {
		replaced := framework.Marked(ctx, req.Private, framework.MarkUnprotected, diags)
		if framework.Marked(ctx, req.Private, framework.MarkProtected, diags) {
			refuseProtected("The cluster would be replaced", &plan, diags)
			replaced = true
		}
		r.checkCreate(ctx, &plan, diags)
		if !replaced {
			r.checkName(ctx, &plan, diags)
		}
	} else {
		var state model
		diags.Append(req.State.Get(ctx, &state)...)
		if diags.HasError() {
			return
		}
		if plan.VersionDates.IsUnknown() {
			plan.VersionDates = state.VersionDates
		}
		r.checkUpdate(ctx, &plan, &state, diags)
		plan.warnOfForcedUpgrade(state.VersionUsed.ValueString(), diags)
		plan.fillTransfers(ctx, diags)
		plan.warnOfTime(ctx, r.provider.Now(), diags)
		if framework.Marked(ctx, req.Private, framework.MarkUnfinished, diags) {
			plan.forget()
		} else {
			// What differs only in its spelling has made computed values unknown: without another change they stay.
			unchanged := plan
			unchanged.recall(&state)
			diags.Append(resp.Plan.Set(ctx, &unchanged)...)
			if resp.Plan.Raw.Equal(req.State.Raw) {
				return
			}
		}
		diags.Append(resp.Plan.Set(ctx, &plan)...)
		return
	}
	plan.warnOfTime(ctx, r.provider.Now(), diags)
	plan.fillTransfers(ctx, diags)
	diags.Append(resp.Plan.Set(ctx, &plan)...)
}

// Create makes the cluster and finishes it. Once the cluster exists it adds no error, as that would taint it and a taint
// destroys: what remains undone is marked, and Update does it.
func (r *clusterResource) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	diags := &resp.Diagnostics
	var plan model
	diags.Append(req.Plan.Get(ctx, &plan)...)
	timeout, found := plan.Timeouts.Create(ctx, createTimeout)
	diags.Append(found...)
	if diags.HasError() {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()

	checkConfiguration(ctx, &plan, diags)
	r.fillContract(&plan, diags)
	planned := plan.VersionDates
	r.checkCreate(ctx, &plan, diags)
	if known(planned) {
		plan.VersionDates = planned
	}
	plan.fillTransfers(ctx, diags)
	rules := plan.rules(ctx, diags)
	version := r.patch(ctx, &plan, diags)
	request := plan.create(ctx, version, diags)
	if diags.HasError() {
		return
	}
	begun := r.provider.Now()
	cluster, err := r.provider.API.CreateCluster(ctx, request)
	var taken *scaleway.NameTakenError
	if errors.As(err, &taken) {
		refuseName(taken.Name, taken.ID, taken.Status, diags)
		return
	}
	if err != nil {
		framework.Failed(diags, "Unable to create the HDS cluster", err)
		return
	}
	plan.refreshComputed(cluster)
	r.markAll(ctx, resp.Private, &plan, true, diags)
	save(ctx, &plan, &resp.State, resp.Identity, diags)

	r.provider.AllowLists.Want(cluster.ID, texts(rules))
	_, _, err = r.provider.API.SetAllowListSoon(ctx, scw.RegionFrPar, cluster.ID, rules)
	closed := r.provider.Now()
	if err != nil {
		framework.FailedLater(diags, "The API server of the new cluster is still open to the world",
			fmt.Errorf("the allow-list could not be set: %w", err))
		unfinished(diags)
		return
	}
	diags.AddWarning("The API server was open until its allow-list was in force", framework.Refusal{
		Clause: "HDS-CTR-03", Found: fmt.Sprintf("%s between the create call and the accepted allow-list; the API offers none at creation", closed.Sub(begun).Round(time.Millisecond)),
		Fix: "Nothing is to be done. The cluster had no node and no data in that time.",
	}.Detail())
	if cluster, err = r.provider.API.WaitCluster(ctx, scw.RegionFrPar, cluster.ID); err != nil {
		framework.FailedLater(diags, "The HDS cluster is not ready yet", err)
		unfinished(diags)
		return
	}
	plan.refreshComputed(cluster)
	r.markAll(ctx, resp.Private, &plan, false, diags)
	save(ctx, &plan, &resp.State, resp.Identity, diags)
}

func (r *clusterResource) Read(ctx context.Context, req resource.ReadRequest, resp *resource.ReadResponse) {
	diags := &resp.Diagnostics
	var m model
	diags.Append(req.State.Get(ctx, &m)...)
	if diags.HasError() {
		return
	}
	cluster, err := r.provider.API.Cluster(ctx, scw.RegionFrPar, m.uuid())
	if scaleway.IsNotFound(err) {
		identify(ctx, &m, resp.Identity, diags) // Terraform 1.11 wants one of a resource that is gone, too
		resp.State.RemoveResource(ctx)
		return
	}
	if err != nil {
		framework.Failed(diags, "Unable to read the HDS cluster", err)
		return
	}
	if r.refresh(ctx, &m, cluster, diags); !diags.HasError() {
		save(ctx, &m, &resp.State, resp.Identity, diags)
	}
}

// refresh takes over what the API says of the cluster, its allow-list and the dates of its version.
func (r *clusterResource) refresh(ctx context.Context, m *model, cluster *k8s.Cluster, diags *diag.Diagnostics) {
	rules, err := r.provider.API.AllowList(ctx, scw.RegionFrPar, cluster.ID)
	if err != nil {
		framework.Failed(diags, "Unable to read the allow-list of the HDS cluster", err)
		return
	}
	m.refresh(ctx, cluster, diags)
	m.refreshAllowList(rules)
	r.refreshDates(ctx, m, cluster.Version, diags)
}

// Update sends what changed and nothing else: a needless PATCH costs minutes. It finishes what Create left undone.
func (r *clusterResource) Update(ctx context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	diags := &resp.Diagnostics
	var plan, state model
	diags.Append(req.Plan.Get(ctx, &plan)...)
	diags.Append(req.State.Get(ctx, &state)...)
	timeout, found := plan.Timeouts.Update(ctx, updateTimeout)
	diags.Append(found...)
	unfinished := framework.Marked(ctx, req.Private, framework.MarkUnfinished, diags)
	if diags.HasError() {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()

	u := update{api: r.provider.API, plan: &plan, from: &state, diags: diags}
	cluster, err := u.run(ctx, unfinished)
	if err != nil {
		framework.Failed(diags, "Unable to update the HDS cluster", err)
	}
	if diags.HasError() {
		framework.Mark(ctx, resp.Private, framework.MarkUnfinished, unfinished || u.written, diags)
		return
	}
	plan.recall(&state)
	if cluster != nil {
		plan.refreshComputed(cluster)
	}
	r.markAll(ctx, resp.Private, &plan, false, diags)
	save(ctx, &plan, &resp.State, resp.Identity, diags)
}

func (r *clusterResource) Delete(ctx context.Context, req resource.DeleteRequest, resp *resource.DeleteResponse) {
	diags := &resp.Diagnostics
	var m model
	diags.Append(req.State.Get(ctx, &m)...)
	timeout, found := m.Timeouts.Delete(ctx, deleteTimeout)
	diags.Append(found...)
	if diags.HasError() {
		return
	}
	if m.DeletionProtection.ValueBool() {
		refuseProtected("The cluster would be destroyed", &m, diags)
		return
	}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	if err := r.provider.API.DeleteCluster(ctx, scw.RegionFrPar, m.uuid(), m.DeleteAdditionalResources.ValueBool()); err != nil {
		framework.Failed(diags, "Unable to delete the HDS cluster", err)
		return
	}
	if err := r.provider.API.WaitClusterGone(ctx, scw.RegionFrPar, m.uuid()); err != nil {
		framework.Failed(diags, "The HDS cluster is not gone yet", err)
	}
}

func (r *clusterResource) ImportState(ctx context.Context, req resource.ImportStateRequest, resp *resource.ImportStateResponse) {
	diags := &resp.Diagnostics
	region, uuid, err := framework.ImportedID(ctx, req, diags)
	if err != nil {
		diags.AddError("Unable to import the HDS cluster", framework.Explain(err))
		return
	}
	if err := compliance.CheckRegion(string(region)); err != nil {
		framework.RefuseError(diags, path.Root("id"), err)
		return
	}
	for name, value := range imported(region, uuid) {
		diags.Append(resp.State.SetAttribute(ctx, path.Root(name), value)...)
	}
	framework.MarkProtection(ctx, resp.Private, true, diags)
	diags.Append(resp.Identity.SetAttribute(ctx, path.Root("region"), string(region))...)
	diags.Append(resp.Identity.SetAttribute(ctx, path.Root("id"), uuid)...)
}

// imported are the attributes of a cluster that the API does not know, as an import sets them.
func imported(region scw.Region, uuid string) map[string]any {
	return map[string]any{"id": scaleway.JoinID(region, uuid), "deletion_protection": true, "upgrade_pools": true, "allow_disruptive_rename": false}
}

// save writes state and identity together: an identity that is missing is an error on some CLIs.
func save(ctx context.Context, m *model, state *tfsdk.State, identity *tfsdk.ResourceIdentity, diags *diag.Diagnostics) {
	diags.Append(state.Set(ctx, m)...)
	identify(ctx, m, identity, diags)
}

func identify(ctx context.Context, m *model, identity *tfsdk.ResourceIdentity, diags *diag.Diagnostics) {
	if identity != nil {
		diags.Append(identity.SetAttribute(ctx, path.Root("region"), string(scw.RegionFrPar))...)
		diags.Append(identity.SetAttribute(ctx, path.Root("id"), m.uuid())...)
	}
}

// patch is the full version that a create sends: the highest patch of the minor that the API offers.
func (r *clusterResource) patch(ctx context.Context, m *model, diags *diag.Diagnostics) string {
	minor, err := lifecycle.ParseMinor(m.Version.ValueString())
	if err != nil {
		framework.RefuseError(diags, path.Root("version"), err)
		return ""
	}
	versions, err := r.provider.API.Versions(ctx, scw.RegionFrPar)
	if offered := pick(versions, minor); err == nil && offered != nil {
		return offered.Name
	}
	return "" // checkCreate has said so
}
