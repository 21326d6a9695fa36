// Package hdsguardrails implements the resource srm_hds_guardrails: the admission policies and encryption settings in a
// health data cluster that enforce the Shared Responsibility Model.
package hdsguardrails

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/scaleway/scaleway-sdk-go/scw"

	"github.com/terraform-srm/terraform-provider-srm/internal/compliance"
	"github.com/terraform-srm/terraform-provider-srm/internal/kubernetes"
	"github.com/terraform-srm/terraform-provider-srm/internal/kubernetes/guardrails"
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
	settings, known := plan.settings()
	if !known || diags.HasError() {
		return
	}
	r.checkExemptions(&plan, plan.exemptions(), diags)
	checkPassphrase(nil, &settings, passphrase, guardrails.NewFingerprints(), diags)
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
	fingerprints := guardrails.NewFingerprints()
	plan.ID = types.StringValue(tfkit.GuardrailsID(cluster.ID))
	status, err := client.Inspect(ctx, settings, fingerprints)
	if err == nil {
		if problem := occupiedProblem(
			status.OwnerRecord, status.HasNoOwnerRecord, settings, client.ServerTime(), plan.ID.ValueString(),
		); problem != nil {
			tfkit.AddError(diags, path.Root("cluster_id"), *problem)
			return
		}
		if status.OpenLookup != nil {
			tfkit.AddError(diags, path.Root("cluster_id"), lookupAccessProblem(status.OpenLookup))
			return
		}
		err = cmp.Or(
			checkExistingObjects(status, settings, passphrase.ValueString(), fingerprints),
			status.UnreadableErr,
			status.ClaimsErr,
		)
	}
	if err == nil {
		err = reportNamespacePods(ctx, client, settings, report)
	}
	if err != nil {
		tfkit.AddAPIError(diags, unableToCreate, err)
	}
	if diags.HasError() {
		return
	}
	fingerprints.Set(currentSecret(settings), passphrase.ValueString())
	plan.compute(ctx, settings, diags)
	plan.OlderClaims = olderClaimsList(status.PendingClaims)
	owner := guardrails.NewOwnerID()
	plan.OwnerID = types.StringValue(owner)
	tfkit.UpdatePrivate(ctx, resp.Private, diags, func(p *private) { p.Owner = owner })
	ensureAddressToken(ctx, resp.Private, diags)
	tfkit.UpdatePrivate(ctx, resp.Private, diags, func(p *private) { p.Fingerprints = &fingerprints })
	save(ctx, &plan, &resp.State, resp.Identity, diags)
	isUnwritten, err := claimOwnership(ctx, client, status, guardrails.OwnerRecord{
		Owner: owner, Phase: guardrails.Creating, Settings: settings.Encode(),
		Started: client.ServerTime(), Timeout: timeout,
	})
	if err != nil {
		addOwnershipError(err, settings, client.ServerTime(), plan.ID.ValueString(), diags)
		if isUnwritten {
			resp.State.RemoveResource(ctx)
		}
		return
	}
	notes, err := client.Apply(
		ctx, settings, kubernetes.Passphrase{Value: passphrase.ValueString(), Fingerprints: fingerprints}, nil,
	)
	if err == nil {
		err = client.CompleteOwnerRecord(ctx, owner)
	}
	if err != nil {
		tfkit.AddAPIError(diags, unableToCreate, withInterruptHint(err))
		return
	}
	warnAboutNotes(notes, diags)
	plan.readOlderClaims(ctx, client, settings, status.PendingClaims)
	save(ctx, &plan, &resp.State, resp.Identity, diags)
}

func (r *guardrailsResource) Read(ctx context.Context, req resource.ReadRequest, resp *resource.ReadResponse) {
	if !r.provider.CheckConfigured(&resp.Diagnostics) {
		return
	}
	diags := &resp.Diagnostics
	var state model
	diags.Append(req.State.Get(ctx, &state)...)
	fingerprints, owner := readFingerprints(ctx, req.Private, diags), savedOwner(ctx, req.Private, &state, diags)
	ensureAddressToken(ctx, resp.Private, diags)
	if diags.HasError() {
		return
	}
	imported := state.VolumeEncryption.IsNull()
	client, err := r.connect(ctx, state.uuid())
	if scaleway.IsNotFound(err) {
		setIdentity(ctx, &state, resp.Identity, diags)
		resp.State.RemoveResource(ctx)
		return
	}
	if err == nil && imported {
		var found bool
		var settings guardrails.Settings
		if settings, found, err = client.ReadSettings(ctx); err == nil {
			if !found {
				tfkit.AddError(diags, path.Root("cluster_id"), tfkit.Problem{
					Summary: "The cluster has no guardrails to import",
					Found:   "no policy " + guardrails.Claims + " with settings of this provider in the cluster",
					Fix:     "Create the resource instead of importing it.",
				})
				return
			}
			state.setFrom(ctx, settings)
		}
	}
	var status *kubernetes.GuardrailStatus
	settings, _ := state.settings()
	if err == nil {
		status, err = client.Inspect(ctx, settings, fingerprints)
	}
	if err == nil {
		err = status.ClaimsErr
	}
	switch {
	case clusteraccess.IsUnreachable(err) && !imported && !r.provider.Kubernetes.FailOnUnreachable:
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
		for _, known := range state.plannedDrift() {
			if slices.Contains(status.UnreadableSecrets, known.Object) {
				status.Differences = append(status.Differences, known)
			}
		}
	}
	owner = reconcileOwner(owner, imported, status, tfkit.GuardrailsID(state.uuid()), diags)
	tfkit.UpdatePrivate(ctx, resp.Private, diags, func(p *private) { p.Owner = owner })
	state.OwnerID = types.StringValue(owner)
	if status.OwnerRecord != nil && status.OwnerRecord.Phase == guardrails.Creating &&
		!hasOtherOwner(status.OwnerRecord, owner) {
		r.provider.UnfinishedGuardrails.Add(owner)
	}
	inForce, pending := readLookups(ctx, req.Private, status, diags)
	tfkit.UpdatePrivate(ctx, resp.Private, diags, func(p *private) { p.PendingClaims = pending })
	state.compute(ctx, settings, diags)
	state.OlderClaims = olderClaimsList(inForce)
	state.Drift, state.PolicyDigest = driftList(status.Differences), types.StringValue(status.Digest)
	warnAboutDefaults(status.OtherDefaults, settings.ClassName, diags)
	tfkit.UpdatePrivate(ctx, resp.Private, diags, func(p *private) { p.Fingerprints = &fingerprints })
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
	fingerprints, owner := readFingerprints(ctx, req.Private, diags), savedOwner(ctx, req.Private, &state, diags)
	timeout, timeoutDiags := plan.Timeouts.Update(ctx, updateTimeout)
	diags.Append(timeoutDiags...)
	settings, known := plan.settings()
	if !known || diags.HasError() {
		return
	}
	r.checkExemptions(&plan, plan.exemptions(), diags)
	checkPassphrase(&state, &settings, passphrase, fingerprints, diags)
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
	owner = cmp.Or(owner, guardrails.NewOwnerID())
	tfkit.UpdatePrivate(ctx, resp.Private, diags, func(p *private) { p.Owner = owner })
	isUnfinished, ok := ensureOwnership(ctx, client, owner, tfkit.GuardrailsID(plan.uuid()), diags)
	if !ok {
		return
	}
	planned := state.plannedDrift()
	if before, known := state.settings(); known {
		planned = append(planned, kubernetes.OverwritableFields(before)...)
	}
	written := isSecretWritten(&state, settings, fingerprints)
	notes, err := client.Apply(
		ctx,
		settings,
		kubernetes.Passphrase{Value: passphrase.ValueString(), Written: written, Fingerprints: fingerprints},
		planned,
	)
	saveUnverifiedPolicy(ctx, resp.Private, err, diags)
	if err != nil {
		tfkit.AddAPIError(diags, unableToUpdate, err)
		return
	}
	if old := stringValue(state.VolumeEncryption, "class_name"); old != settings.ClassName {
		removed, err := client.RemoveOldClass(ctx, old)
		switch {
		case err != nil:
			tfkit.AddAPIError(diags, unableToUpdate, err)
			return
		case !removed:
			notes = append(notes, "The StorageClass "+old+" stays in the cluster, because volumes or claims use it. "+
				"New claims cannot use it.")
		}
	}
	if isUnfinished {
		if err := client.CompleteOwnerRecord(ctx, owner); err != nil {
			tfkit.AddAPIError(diags, unableToUpdate, err)
			return
		}
	}
	warnAboutNotes(notes, diags)
	tfkit.UpdatePrivate(ctx, resp.Private, diags, func(p *private) { p.Fingerprints = &fingerprints })
	plan.ID, plan.OwnerID = state.ID, types.StringValue(owner)
	pending := append([]guardrails.OlderClaim{}, tfkit.ReadPrivate[private](ctx, req.Private, diags).PendingClaims...)
	plan.compute(ctx, settings, diags)
	plan.readOlderClaims(ctx, client, settings, pending)
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
	owner := savedOwner(ctx, req.Private, &state, diags)
	settings, _ := state.settings()
	if diags.HasError() {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	client, err := r.connect(ctx, state.uuid())
	var kept []kubernetes.Volume
	var notes []string
	var record *kubernetes.OwnerRecord
	if err == nil {
		record, err = client.ReadOwnerRecord(ctx)
	}
	if err == nil && hasOtherOwner(record, owner) {
		warnAboutSkippedDestroy(
			"The guardrails stay in the cluster: they belong to another owner", record, owner, diags,
		)
		return
	}
	if err == nil {
		kept, notes, err = client.Remove(ctx, settings)
	}
	if err == nil {
		// The ownership record is deleted last, so that its owner can repeat an interrupted destroy.
		err = client.DeleteOwnerRecord(ctx, owner)
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
	if len(notes) > 0 {
		tfkit.AddWarning(diags, path.Empty(), tfkit.Problem{
			Summary: "The destroy could not restore a default StorageClass", Found: strings.Join(notes, "\n"),
			Fix: "Mark one StorageClass as default if claims without a class have to get a volume. If another " +
				"admission policy refuses the change, correct that policy first.",
		})
	}
	if len(kept) > 0 {
		tfkit.AddWarning(diags, path.Empty(), tfkit.Problem{
			Summary: "The encrypted StorageClass and its Secrets stay in the cluster",
			Clause:  "HDS-ENC-03", Found: "volumes that need them: " + formatVolumes(kept),
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

// checkExistingObjects checks the objects that exist in a cluster before its guardrails are created. It refuses objects
// of others that have the names of the guardrails, and accepts objects that this provider left. An empty passphrase is
// one that is not known yet.
func checkExistingObjects(
	status *kubernetes.GuardrailStatus,
	s guardrails.Settings,
	passphrase string,
	kept guardrails.Fingerprints,
) error {
	if passphrase != "" && kept.Differs(currentSecret(s), passphrase) {
		return &kubernetes.PassphraseMismatchError{Namespace: s.Namespace, Name: guardrails.SecretName(s.Version)}
	}
	return status.ForeignConflicts()
}

// currentSecret returns the key, in the fingerprints, of the Secret of the settings' version.
func currentSecret(s guardrails.Settings) string {
	return s.Namespace + "/" + guardrails.SecretName(s.Version)
}

// configuredPassphrase returns the passphrase from the configuration, the only place that holds a write-only value. It
// is unknown if all of volume_encryption is unknown.
func configuredPassphrase(ctx context.Context, config tfsdk.Config, diags *diag.Diagnostics) types.String {
	var encryption types.Object
	diags.Append(config.GetAttribute(ctx, path.Root("volume_encryption"), &encryption)...)
	if encryption.IsUnknown() {
		return types.StringUnknown()
	}
	return tfkit.StringAttribute(encryption, "passphrase_wo")
}
