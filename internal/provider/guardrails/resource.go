// Package guardrails implements the resource srm_hds_guardrails: the admission policies and encryption settings in a
// health data cluster that enforce the Shared Responsibility Model.
package guardrails

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/scaleway/scaleway-sdk-go/scw"

	"github.com/terraform-srm/terraform-provider-srm/internal/compliance"
	"github.com/terraform-srm/terraform-provider-srm/internal/kubernetes/guardrails"
	operations "github.com/terraform-srm/terraform-provider-srm/internal/operations/guardrails"
	"github.com/terraform-srm/terraform-provider-srm/internal/scaleway"
	"github.com/terraform-srm/terraform-provider-srm/internal/tfkit"
	"github.com/terraform-srm/terraform-provider-srm/internal/tfkit/clusteraccess"
)

var (
	_ resource.ResourceWithConfigure      = (*guardrailsResource)(nil)
	_ resource.ResourceWithValidateConfig = (*guardrailsResource)(nil)
	_ resource.ResourceWithModifyPlan     = (*guardrailsResource)(nil)
	_ resource.ResourceWithImportState    = (*guardrailsResource)(nil)
	_ resource.ResourceWithIdentity       = (*guardrailsResource)(nil)
)

const (
	createTimeout = 30 * time.Minute
	updateTimeout = 15 * time.Minute
	deleteTimeout = 15 * time.Minute
)

const (
	unableToCreate = "Unable to create the guardrails"
	unableToUpdate = "Unable to update the guardrails"
)

type guardrailsResource struct {
	provider *tfkit.Provider
}

// NewResource returns the resource srm_hds_guardrails.
func NewResource() resource.Resource { return &guardrailsResource{} }

func (r *guardrailsResource) Metadata(
	_ context.Context, req resource.MetadataRequest, resp *resource.MetadataResponse,
) {
	resp.TypeName = req.ProviderTypeName + "_hds_guardrails"
}

func (r *guardrailsResource) Schema(ctx context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	resp.Schema = guardrailsSchema(ctx)
}

func (r *guardrailsResource) IdentitySchema(
	_ context.Context, _ resource.IdentitySchemaRequest, resp *resource.IdentitySchemaResponse,
) {
	resp.IdentitySchema = identitySchema()
}

func (r *guardrailsResource) Configure(
	_ context.Context, req resource.ConfigureRequest, resp *resource.ConfigureResponse,
) {
	r.provider = tfkit.ProviderFromData(req.ProviderData, &resp.Diagnostics)
}

// Create creates the guardrails. Unlike in other resources, an error after the first write is reported as an error and
// taints the resource: pools must not be created after guardrails that are not enforced. The replacement loses no data,
// because Delete keeps what volumes need.
func (r *guardrailsResource) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	if !r.provider.CheckConfigured(&resp.Diagnostics) {
		return
	}
	diags := &resp.Diagnostics
	var plan model
	diags.Append(req.Plan.Get(ctx, &plan)...)
	passphrase := configuredPassphrase(ctx, req.Config, diags)
	timeout, timeoutDiags := plan.Timeouts.Create(ctx, createTimeout)
	diags.Append(timeoutDiags...)
	desired, known := plan.desired(passphrase)
	if !known || diags.HasError() {
		return
	}
	r.checkExemptions(&plan, plan.exemptions(), diags)
	checkPassphrase(desired, operations.Observed{}, passphrase, diags)
	tfkit.AddCheckError(diags, path.Root("cluster_id"), checkClusterID(plan.ClusterID.ValueString()))
	if diags.HasError() {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	cluster, err := r.provider.API.WaitCluster(ctx, scw.RegionFrPar, plan.uuid())
	report := tfkit.NewApplyReporter(diags)
	if err != nil {
		tfkit.ReportHDSClusterReadError(plan.uuid(), unableToCreate, err, report)
		return
	}
	tfkit.CheckHDSCluster(cluster, report)
	if rules, ok := r.provider.CheckHDSSettings(ctx, cluster, report); ok {
		r.reportIsolated(rules, report)
	}
	if diags.HasError() {
		return
	}
	client, err := r.connect(ctx, cluster.ID)
	if err != nil {
		tfkit.AddAPIError(diags, unableToCreate, err)
		return
	}
	plan.ID = types.StringValue(tfkit.GuardrailsID(cluster.ID))
	created, err := operations.Create(ctx, client, desired, timeout, func(started operations.Created) {
		plan.compute(ctx, desired.Settings, diags)
		plan.OlderClaims, plan.OwnerID = olderClaimsList(started.OlderClaims), types.StringValue(started.Owner)
		tfkit.UpdatePrivate(ctx, resp.Private, diags, func(p *private) {
			p.Owner, p.Fingerprints = started.Owner, &started.Fingerprints
		})
		ensureAddressToken(ctx, resp.Private, diags)
		save(ctx, &plan, &resp.State, resp.Identity, diags)
	})
	if err != nil {
		addCreateError(err, plan.ID.ValueString(), diags)
		if ownership, ok := errors.AsType[*operations.OwnershipError](err); ok && ownership.Unwritten {
			resp.State.RemoveResource(ctx)
		}
		return
	}
	warnAboutNotes(created.Notes, diags)
	plan.OlderClaims = olderClaimsList(created.OlderClaims)
	save(ctx, &plan, &resp.State, resp.Identity, diags)
}

func (r *guardrailsResource) Read(ctx context.Context, req resource.ReadRequest, resp *resource.ReadResponse) {
	if !r.provider.CheckConfigured(&resp.Diagnostics) {
		return
	}
	diags := &resp.Diagnostics
	var state model
	diags.Append(req.State.Get(ctx, &state)...)
	observed := state.observed(ctx, req.Private, diags)
	ensureAddressToken(ctx, resp.Private, diags)
	if diags.HasError() {
		return
	}
	isImport := state.VolumeEncryption.IsNull()
	client, err := r.connect(ctx, state.uuid())
	if scaleway.IsNotFound(err) {
		setIdentity(ctx, &state, resp.Identity, diags)
		resp.State.RemoveResource(ctx)
		return
	}
	var status *operations.Status
	if err == nil {
		status, err = operations.Read(ctx, client, observed)
	}
	switch {
	case errors.Is(err, operations.ErrNoGuardrails):
		tfkit.AddError(diags, path.Root("cluster_id"), tfkit.Problem{
			Summary: "The cluster has no guardrails to import",
			Found:   "no policy " + guardrails.Claims + " with settings of this provider in the cluster",
			Fix:     "Create the resource instead of importing it.",
		})
		return
	case clusteraccess.IsUnreachable(err) && !isImport && !r.provider.Kubernetes.FailOnUnreachable:
		tfkit.AddWarning(diags, path.Empty(), tfkit.Problem{
			Summary: "The guardrails could not be read", Cause: err,
			Fix: "No action needed: the state stays unchanged, and a later refresh reads the guardrails. To fail " +
				"instead, set `on_unreachable = \"error\"` in the provider's `kubernetes` block.",
		})
		save(ctx, &state, &resp.State, resp.Identity, diags)
		return
	case err != nil:
		tfkit.AddAPIError(diags, "Unable to read the guardrails", err)
		return
	}
	if len(status.UnreadableSecrets) > 0 {
		tfkit.AddWarning(diags, path.Root("volume_encryption"), tfkit.Problem{
			Summary: "Secrets with passphrases of the guardrails could not be read", Cause: status.UnreadableErr,
			Found: strings.Join(status.UnreadableSecrets, ", "),
			Fix:   "No action needed: a read-only API key cannot read Secrets. The state keeps the last known values.",
		})
	}
	if status.OtherOwner != nil {
		problem := otherOwnerProblem(status.OtherOwner, tfkit.GuardrailsID(state.uuid()))
		tfkit.AddWarning(diags, path.Root("cluster_id"), problem)
	}
	if status.IsUnfinished {
		r.provider.UnfinishedGuardrails.Add(status.Owner)
	}
	if isImport {
		state.setFrom(ctx, status.Settings)
	}
	state.refresh(ctx, status, diags)
	warnAboutDefaults(status, diags)
	tfkit.UpdatePrivate(ctx, resp.Private, diags, func(p *private) {
		p.Owner, p.PendingClaims, p.Fingerprints = status.Owner, status.PendingClaims, &status.Fingerprints
	})
	save(ctx, &state, &resp.State, resp.Identity, diags)
}

func (r *guardrailsResource) Update(ctx context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	if !r.provider.CheckConfigured(&resp.Diagnostics) {
		return
	}
	diags := &resp.Diagnostics
	var plan, state model
	diags.Append(req.Plan.Get(ctx, &plan)...)
	diags.Append(req.State.Get(ctx, &state)...)
	passphrase := configuredPassphrase(ctx, req.Config, diags)
	observed := state.observed(ctx, req.Private, diags)
	timeout, timeoutDiags := plan.Timeouts.Update(ctx, updateTimeout)
	diags.Append(timeoutDiags...)
	desired, known := plan.desired(passphrase)
	if !known || diags.HasError() {
		return
	}
	r.checkExemptions(&plan, plan.exemptions(), diags)
	checkPassphrase(desired, observed, passphrase, diags)
	if diags.HasError() {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	if r.checkReachable(ctx, plan.uuid(), tfkit.NewApplyReporter(diags)); diags.HasError() {
		return
	}
	client, err := r.connect(ctx, plan.uuid())
	if err != nil {
		tfkit.AddAPIError(diags, unableToUpdate, err)
		return
	}
	updated, err := operations.Update(ctx, client, desired, observed)
	tfkit.UpdatePrivate(ctx, resp.Private, diags, func(p *private) {
		p.Owner, p.UnverifiedPolicy = updated.Owner, updated.UnverifiedPolicy
	})
	if other, ok := errors.AsType[*operations.OtherOwnerError](err); ok {
		tfkit.AddError(diags, path.Root("cluster_id"), otherOwnerProblem(other, tfkit.GuardrailsID(plan.uuid())))
		return
	}
	if err != nil {
		tfkit.AddAPIError(diags, unableToUpdate, err)
		return
	}
	warnAboutNotes(updated.Notes, diags)
	tfkit.UpdatePrivate(ctx, resp.Private, diags, func(p *private) { p.Fingerprints = &updated.Fingerprints })
	plan.ID, plan.OwnerID = state.ID, types.StringValue(updated.Owner)
	plan.compute(ctx, desired.Settings, diags)
	plan.OlderClaims = olderClaimsList(updated.OlderClaims)
	save(ctx, &plan, &resp.State, resp.Identity, diags)
}

func (r *guardrailsResource) Delete(ctx context.Context, req resource.DeleteRequest, resp *resource.DeleteResponse) {
	if !r.provider.CheckConfigured(&resp.Diagnostics) {
		return
	}
	diags := &resp.Diagnostics
	var state model
	diags.Append(req.State.Get(ctx, &state)...)
	timeout, timeoutDiags := state.Timeouts.Delete(ctx, deleteTimeout)
	diags.Append(timeoutDiags...)
	observed := state.observed(ctx, req.Private, diags)
	if diags.HasError() {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	client, err := r.connect(ctx, state.uuid())
	var removed operations.Removed
	if err == nil {
		removed, err = operations.Delete(ctx, client, observed)
	}
	if other, ok := errors.AsType[*operations.OtherOwnerError](err); ok {
		warnAboutSkippedDestroy("The guardrails stay in the cluster: they belong to another owner", other, diags)
		return
	}
	if err != nil {
		if !r.isClusterDeleted(ctx, state.uuid()) {
			tfkit.AddError(diags, path.Empty(), tfkit.Problem{
				Summary: "Unable to remove the guardrails", Cause: err, Fix: destroyFix(
					err, tfkit.GuardrailsID(state.uuid()),
				),
			})
		}
		return
	}
	if len(removed.Notes) > 0 {
		tfkit.AddWarning(diags, path.Empty(), tfkit.Problem{
			Summary: "The destroy could not restore a default StorageClass", Found: strings.Join(removed.Notes, "\n"),
			Fix: "Mark one StorageClass as default if claims without a class have to get a volume. If another " +
				"admission policy refuses the change, correct that policy first.",
		})
	}
	if len(removed.Kept) > 0 {
		tfkit.AddWarning(diags, path.Empty(), tfkit.Problem{
			Summary: "The encrypted StorageClass and its Secrets stay in the cluster",
			Clause:  "HDS-ENC-03", Found: "volumes that need them: " + formatVolumes(removed.Kept),
			Fix: "The policies are deleted. Either create the guardrails again, or delete the class and the Secrets " +
				"by hand after the data of these volumes is deleted (DEL-01), and make another class the default.",
		})
	}
}

// ImportState accepts the id `fr-par/UUID/guardrails`, the id of the cluster (`fr-par/UUID` or the UUID alone), or the
// identity {region, id}.
func (r *guardrailsResource) ImportState(
	ctx context.Context, req resource.ImportStateRequest, resp *resource.ImportStateResponse,
) {
	if !r.provider.CheckConfigured(&resp.Diagnostics) {
		return
	}
	diags := &resp.Diagnostics
	if uuid, err := tfkit.ParseGuardrailsID(req.ID); err == nil {
		req.ID = uuid
	}
	region, uuid, err := tfkit.ParseImportID(ctx, req, diags)
	if err != nil {
		tfkit.AddError(diags, path.Root("id"), tfkit.Problem{
			Summary: "Unable to import the guardrails", Found: err.Error(),
			Allowed: "fr-par/UUID/guardrails, or the id of the cluster: fr-par/UUID or the UUID alone",
			Fix:     "Set the id of the guardrails or of their cluster.",
		})
		return
	}
	if err := compliance.CheckRegion(string(region)); err != nil {
		tfkit.AddCheckError(diags, path.Root("id"), err)
		return
	}
	diags.Append(resp.State.SetAttribute(ctx, path.Root("id"), tfkit.GuardrailsID(uuid))...)
	diags.Append(resp.State.SetAttribute(ctx, path.Root("cluster_id"), scaleway.JoinID(region, uuid))...)
	tfkit.SetIdentity(ctx, resp.Identity, region, uuid, diags)
}

// save writes state and identity together.
func save(
	ctx context.Context, m *model, state *tfsdk.State, identity *tfsdk.ResourceIdentity, diags *diag.Diagnostics,
) {
	diags.Append(state.Set(ctx, m)...)
	setIdentity(ctx, m, identity, diags)
}

func setIdentity(ctx context.Context, m *model, identity *tfsdk.ResourceIdentity, diags *diag.Diagnostics) {
	tfkit.SetIdentity(ctx, identity, scw.RegionFrPar, m.uuid(), diags)
}
