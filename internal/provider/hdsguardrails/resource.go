// Package hdsguardrails is the resource srm_hds_guardrails: what keeps the inside of a health data cluster to the
// model.
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

// NewResource returns the resource.
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
	r.provider = tfkit.Configured(req.ProviderData, &resp.Diagnostics)
}

// Create makes the guardrails. Unlike elsewhere an error after the first write is one, and taints: pools must not
// follow guardrails that are not in force. The replacement that follows loses nothing, as Delete keeps what volumes
// need.
func (r *guardrailsResource) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	if !r.provider.Ready(&resp.Diagnostics) {
		return
	}
	diags := &resp.Diagnostics
	var plan model
	diags.Append(req.Plan.Get(ctx, &plan)...)
	passphrase := passphraseOf(ctx, req.Config, diags)
	timeout, found := plan.Timeouts.Create(ctx, createTimeout)
	diags.Append(found...)
	settings, known := plan.settings()
	if !known || diags.HasError() {
		return
	}
	r.checkExemptions(&plan, plan.exemptions(), diags)
	checkPassphrase(nil, &settings, passphrase, guardrails.NewFingerprints(), diags)
	tfkit.RefuseError(diags, path.Root("cluster_id"), checkClusterID(plan.ClusterID.ValueString()))
	if diags.HasError() {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	cluster, err := r.provider.API.WaitCluster(ctx, scw.RegionFrPar, plan.uuid())
	report := tfkit.AtApply(diags)
	if err != nil {
		tfkit.ReportHDSClusterError(plan.uuid(), unableToCreate, err, report)
		return
	}
	tfkit.CheckHDSCluster(cluster, report)
	if rules, read := r.provider.CheckHDSSettings(ctx, cluster, report); read {
		r.reportIsolated(rules, report)
	}
	if diags.HasError() {
		return
	}
	client, err := r.connect(ctx, cluster.ID)
	if err != nil {
		tfkit.Failed(diags, unableToCreate, err)
		return
	}
	fingerprints := guardrails.NewFingerprints()
	plan.ID = types.StringValue(tfkit.GuardrailsID(cluster.ID))
	seen, err := client.Look(ctx, settings, fingerprints)
	if err == nil {
		if problem := occupied(
			seen.Mark, seen.Unmarked, settings, client.ServerTime(), plan.ID.ValueString(),
		); problem != nil {
			tfkit.Refuse(diags, path.Root("cluster_id"), *problem)
			return
		}
		if seen.OpenLookup != nil {
			tfkit.Refuse(diags, path.Root("cluster_id"), openProblem(seen.OpenLookup))
			return
		}
		err = cmp.Or(checkFound(seen, settings, passphrase.ValueString(), fingerprints), seen.Why, seen.ClaimsErr)
	}
	if err == nil {
		err = reportPods(ctx, client, settings, report)
	}
	if err != nil {
		tfkit.Failed(diags, unableToCreate, err)
	}
	if diags.HasError() {
		return
	}
	fingerprints.Keep(current(settings), passphrase.ValueString())
	plan.compute(ctx, settings, diags)
	plan.OlderClaims = olderClaimsOf(seen.PendingClaims)
	owner := guardrails.NewOwner()
	plan.OwnerID = types.StringValue(owner)
	keepPrivate(ctx, resp.Private, ownerKey, owner, diags)
	keepAddress(ctx, resp.Private, diags)
	keepPrivate(ctx, resp.Private, fingerprintsKey, fingerprints, diags)
	save(ctx, &plan, &resp.State, resp.Identity, diags)
	nothing, err := claim(ctx, client, seen, guardrails.Mark{
		Owner: owner, Phase: guardrails.Creating, Settings: settings.Encoded(),
		Started: client.ServerTime(), Timeout: timeout,
	})
	if err != nil {
		refuseOccupied(err, settings, client.ServerTime(), plan.ID.ValueString(), diags)
		if nothing {
			resp.State.RemoveResource(ctx)
		}
		return
	}
	notes, err := client.Apply(
		ctx, settings, kubernetes.Passphrase{Value: passphrase.ValueString(), Known: fingerprints}, nil,
	)
	if err == nil {
		err = client.SettleMark(ctx, owner)
	}
	if err != nil {
		tfkit.Failed(diags, unableToCreate, interrupted(err))
		return
	}
	warnNotes(notes, diags)
	plan.readOlderClaims(ctx, client, settings, seen.PendingClaims)
	save(ctx, &plan, &resp.State, resp.Identity, diags)
}

func (r *guardrailsResource) Read(ctx context.Context, req resource.ReadRequest, resp *resource.ReadResponse) {
	if !r.provider.Ready(&resp.Diagnostics) {
		return
	}
	diags := &resp.Diagnostics
	var state model
	diags.Append(req.State.Get(ctx, &state)...)
	fingerprints, owner := fingerprints(ctx, req.Private, diags), ownerOf(ctx, req.Private, &state, diags)
	keepAddress(ctx, resp.Private, diags)
	if diags.HasError() {
		return
	}
	imported := state.VolumeEncryption.IsNull()
	client, err := r.connect(ctx, state.uuid())
	if scaleway.IsNotFound(err) {
		identify(ctx, &state, resp.Identity, diags)
		resp.State.RemoveResource(ctx)
		return
	}
	if err == nil && imported {
		var found bool
		var settings guardrails.Settings
		if settings, found, err = client.ReadSettings(ctx); err == nil {
			if !found {
				diags.AddError("The cluster has no guardrails to import", "No policy "+guardrails.Claims+" with the settings of "+
					"this provider is in the cluster. Create the resource instead.")
				return
			}
			state.take(ctx, settings)
		}
	}
	var seen *kubernetes.Seen
	settings, _ := state.settings()
	if err == nil {
		seen, err = client.Look(ctx, settings, fingerprints)
	}
	if err == nil {
		err = seen.ClaimsErr
	}
	switch {
	case clusteraccess.Unreachable(err) && !imported && !r.provider.Kubernetes.FailUnreachable:
		diags.AddWarning("The guardrails could not be looked at", tfkit.Explain(err)+"\nThe state is kept as it is. Set "+
			"`on_unreachable = \"error\"` in the provider's `kubernetes` block to fail instead.")
		save(ctx, &state, &resp.State, resp.Identity, diags)
		return
	case err != nil:
		tfkit.Failed(diags, "Unable to read the guardrails", err)
		return
	}
	if len(seen.Unseen) > 0 {
		diags.AddWarning("Passphrases of the guardrails could not be looked at", strings.Join(seen.Unseen, ", ")+". "+
			tfkit.Explain(seen.Why)+
			"\nA key that may only look at a cluster may not read Secrets, and need not: the state keeps what is known of them.")
		for _, known := range state.shown() {
			if slices.Contains(seen.Unseen, known.Object) {
				seen.Differences = append(seen.Differences, known)
			}
		}
	}
	owner = readOwner(owner, imported, seen, tfkit.GuardrailsID(state.uuid()), diags)
	keepPrivate(ctx, resp.Private, ownerKey, owner, diags)
	state.OwnerID = types.StringValue(owner)
	if seen.Mark != nil && seen.Mark.Phase == guardrails.Creating && !isForeign(seen.Mark, owner) {
		r.provider.Unfinished.Add(owner)
	}
	inForce, pending := readKnown(ctx, req.Private, seen, diags)
	keepPrivate(ctx, resp.Private, pendingKey, pending, diags)
	state.compute(ctx, settings, diags)
	state.OlderClaims = olderClaimsOf(inForce)
	state.Drift, state.PolicyDigest = driftOf(seen.Differences), types.StringValue(seen.Digest)
	warnOfDefaults(seen.OtherDefaults, settings.ClassName, diags)
	keepPrivate(ctx, resp.Private, fingerprintsKey, fingerprints, diags)
	save(ctx, &state, &resp.State, resp.Identity, diags)
}

func (r *guardrailsResource) Update(ctx context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	if !r.provider.Ready(&resp.Diagnostics) {
		return
	}
	diags := &resp.Diagnostics
	var plan, state model
	diags.Append(req.Plan.Get(ctx, &plan)...)
	diags.Append(req.State.Get(ctx, &state)...)
	passphrase := passphraseOf(ctx, req.Config, diags)
	fingerprints, owner := fingerprints(ctx, req.Private, diags), ownerOf(ctx, req.Private, &state, diags)
	timeout, found := plan.Timeouts.Update(ctx, updateTimeout)
	diags.Append(found...)
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
	if r.checkReachable(ctx, plan.uuid(), tfkit.AtApply(diags)); diags.HasError() {
		return
	}
	client, err := r.connect(ctx, plan.uuid())
	if err != nil {
		tfkit.Failed(diags, unableToUpdate, err)
		return
	}
	owner = cmp.Or(owner, guardrails.NewOwner())
	keepPrivate(ctx, resp.Private, ownerKey, owner, diags)
	finish, ok := holdMark(ctx, client, owner, tfkit.GuardrailsID(plan.uuid()), diags)
	if !ok {
		return
	}
	shown := state.shown()
	if before, known := state.settings(); known {
		shown = append(shown, kubernetes.Unchanged(before)...)
	}
	written := isWritten(&state, settings, fingerprints)
	notes, err := client.Apply(
		ctx, settings, kubernetes.Passphrase{Value: passphrase.ValueString(), Written: written, Known: fingerprints}, shown,
	)
	keepProof(ctx, resp.Private, err, diags)
	if err != nil {
		tfkit.Failed(diags, unableToUpdate, err)
		return
	}
	if old := text(state.VolumeEncryption, "class_name"); old != settings.ClassName {
		gone, err := client.RemoveOldClass(ctx, old)
		switch {
		case err != nil:
			tfkit.Failed(diags, unableToUpdate, err)
			return
		case !gone:
			notes = append(notes, "The StorageClass "+old+" stays, as volumes or claims are of it. No new claim can use it.")
		}
	}
	if finish {
		if err := client.SettleMark(ctx, owner); err != nil {
			tfkit.Failed(diags, unableToUpdate, err)
			return
		}
	}
	warnNotes(notes, diags)
	keepPrivate(ctx, resp.Private, fingerprintsKey, fingerprints, diags)
	plan.ID, plan.OwnerID = state.ID, types.StringValue(owner)
	pending := []guardrails.OlderClaim{}
	readPrivate(ctx, req.Private, pendingKey, &pending, diags)
	plan.compute(ctx, settings, diags)
	plan.readOlderClaims(ctx, client, settings, pending)
	save(ctx, &plan, &resp.State, resp.Identity, diags)
}

func (r *guardrailsResource) Delete(ctx context.Context, req resource.DeleteRequest, resp *resource.DeleteResponse) {
	if !r.provider.Ready(&resp.Diagnostics) {
		return
	}
	diags := &resp.Diagnostics
	var state model
	diags.Append(req.State.Get(ctx, &state)...)
	timeout, found := state.Timeouts.Delete(ctx, deleteTimeout)
	diags.Append(found...)
	owner := ownerOf(ctx, req.Private, &state, diags)
	settings, _ := state.settings()
	if diags.HasError() {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	client, err := r.connect(ctx, state.uuid())
	var kept []kubernetes.Volume
	var notes []string
	var mark *kubernetes.Mark
	if err == nil {
		mark, err = client.ReadMark(ctx)
	}
	if err == nil && isForeign(mark, owner) {
		warnForeignDestroy("The guardrails stay in the cluster: they belong to another owner", mark, owner, diags)
		return
	}
	if err == nil {
		kept, notes, err = client.Remove(ctx, settings)
	}
	if err == nil {
		// The mark goes last, so that a destroy that breaks off is repeated by its owner.
		err = client.RemoveMark(ctx, owner)
	}
	if err != nil {
		if !r.isGone(ctx, state.uuid()) {
			diags.AddError("Unable to remove the "+
				"guardrails", tfkit.Explain(err)+"\n"+waysOn(err, tfkit.GuardrailsID(state.uuid())))
		}
		return
	}
	if len(notes) > 0 {
		diags.AddWarning("The cluster has no default StorageClass", strings.Join(notes, "\n"))
	}
	if len(kept) > 0 {
		diags.AddWarning("The encrypted StorageClass and its Secrets stay in the cluster", tfkit.Refusal{
			Clause: "HDS-ENC-03", Found: "volumes that need them: " + volumeList(kept),
			Fix: "The policies are gone. Remove the class and the Secrets by hand once the data of these volumes is deleted " +
				"(DEL-01), and mark another class default, or create the guardrails again.",
		}.Detail())
	}
}

// ImportState takes the id `fr-par/UUID/guardrails`, that of the cluster (`fr-par/UUID`, or the UUID alone), or the
// identity {region, id}.
func (r *guardrailsResource) ImportState(
	ctx context.Context, req resource.ImportStateRequest, resp *resource.ImportStateResponse,
) {
	if !r.provider.Ready(&resp.Diagnostics) {
		return
	}
	diags := &resp.Diagnostics
	if uuid, err := tfkit.ParseGuardrailsID(req.ID); err == nil {
		req.ID = uuid
	}
	region, uuid, err := tfkit.ImportedID(ctx, req, diags)
	if err != nil {
		tfkit.Refuse(diags, path.Root("id"), tfkit.Refusal{
			Summary: "Unable to import the guardrails", Found: err.Error(),
			Allowed: "fr-par/UUID/guardrails, or the id of the cluster: fr-par/UUID, or the UUID alone",
		})
		return
	}
	if err := compliance.CheckRegion(string(region)); err != nil {
		tfkit.RefuseError(diags, path.Root("id"), err)
		return
	}
	diags.Append(resp.State.SetAttribute(ctx, path.Root("id"), tfkit.GuardrailsID(uuid))...)
	diags.Append(resp.State.SetAttribute(ctx, path.Root("cluster_id"), scaleway.JoinID(region, uuid))...)
	diags.Append(resp.Identity.SetAttribute(ctx, path.Root("region"), string(region))...)
	diags.Append(resp.Identity.SetAttribute(ctx, path.Root("id"), uuid)...)
}

// save writes state and identity together.
func save(
	ctx context.Context, m *model, state *tfsdk.State, identity *tfsdk.ResourceIdentity, diags *diag.Diagnostics,
) {
	diags.Append(state.Set(ctx, m)...)
	identify(ctx, m, identity, diags)
}

func identify(ctx context.Context, m *model, identity *tfsdk.ResourceIdentity, diags *diag.Diagnostics) {
	if identity != nil {
		diags.Append(identity.SetAttribute(ctx, path.Root("region"), string(scw.RegionFrPar))...)
		diags.Append(identity.SetAttribute(ctx, path.Root("id"), m.uuid())...)
	}
}

// checkFound judges what is in a cluster before its guardrails are created: what others made under their names is
// refused, what this provider left is taken over. An empty passphrase is one that is not known yet.
func checkFound(seen *kubernetes.Seen, s guardrails.Settings, passphrase string, kept guardrails.Fingerprints) error {
	if passphrase != "" && kept.Differs(current(s), passphrase) {
		return &kubernetes.PassphraseError{Namespace: s.Namespace, Name: guardrails.SecretName(s.Version)}
	}
	return seen.Foreign()
}

// current is the Secret of the settings' version, as fingerprints name it.
func current(s guardrails.Settings) string {
	return s.Namespace + "/" + guardrails.SecretName(s.Version)
}

// passphraseOf takes the passphrase from the configuration, the only place where a write-only value is. It is unknown
// where all of volume_encryption is.
func passphraseOf(ctx context.Context, config tfsdk.Config, diags *diag.Diagnostics) types.String {
	var encryption types.Object
	diags.Append(config.GetAttribute(ctx, path.Root("volume_encryption"), &encryption)...)
	if encryption.IsUnknown() {
		return types.StringUnknown()
	}
	return tfkit.TextOf(encryption, "passphrase_wo")
}
