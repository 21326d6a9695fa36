// Package externalnode implements the resource srm_kosmos_external_node: a machine outside Scaleway that is enrolled in
// a Kosmos pool.
package externalnode

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/scaleway/scaleway-sdk-go/api/k8s/v1"
	"github.com/scaleway/scaleway-sdk-go/scw"

	operations "github.com/terraform-srm/terraform-provider-srm/internal/operations/externalnode"
	"github.com/terraform-srm/terraform-provider-srm/internal/scaleway"
	"github.com/terraform-srm/terraform-provider-srm/internal/tfkit"
)

var (
	_ resource.ResourceWithConfigure      = (*nodeResource)(nil)
	_ resource.ResourceWithValidateConfig = (*nodeResource)(nil)
	_ resource.ResourceWithModifyPlan     = (*nodeResource)(nil)
	_ resource.ResourceWithImportState    = (*nodeResource)(nil)
	_ resource.ResourceWithIdentity       = (*nodeResource)(nil)
)

// operationTimeout is the default timeout of all operations.
const operationTimeout = 30 * time.Minute

const (
	unableToCreate = "Unable to enrol the external node"
	unableToRead   = "Unable to read the external node"
	unableToUpdate = "Unable to update the external node"
	unableToDelete = "Unable to delete the external node"
)

type nodeResource struct {
	provider *tfkit.Provider
}

// NewResource returns the resource srm_kosmos_external_node.
func NewResource() resource.Resource { return &nodeResource{} }

// Metadata makes the identity mutable: a machine that enrols itself has no node after the create, and another node
// after it was enrolled again out of band.
func (r *nodeResource) Metadata(_ context.Context, req resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_kosmos_external_node"
	resp.ResourceBehavior = resource.ResourceBehavior{MutableIdentity: true}
}

func (r *nodeResource) Configure(_ context.Context, req resource.ConfigureRequest, resp *resource.ConfigureResponse) {
	r.provider = tfkit.ProviderFromData(req.ProviderData, &resp.Diagnostics)
}

func (r *nodeResource) ValidateConfig(
	ctx context.Context, req resource.ValidateConfigRequest, resp *resource.ValidateConfigResponse,
) {
	defer r.provider.AddDestroyHint(&resp.Diagnostics)
	var m model
	resp.Diagnostics.Append(req.Config.Get(ctx, &m)...)
	if !resp.Diagnostics.HasError() {
		m.validate(&resp.Diagnostics)
		tfkit.CheckTimeouts(ctx, m.Timeouts, &resp.Diagnostics)
	}
}

// Create enrols the machine. Enrolments in one pool run one after the other, so that a node whose response was lost can
// be distinguished from the next node. After the node exists, problems are warnings, because an error would taint the
// resource. The next Update continues.
func (r *nodeResource) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	if !r.provider.CheckConfigured(&resp.Diagnostics) {
		return
	}
	var plan model
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	timeout, timeoutDiags := plan.Timeouts.Create(ctx, operationTimeout)
	resp.Diagnostics.Append(timeoutDiags...)
	plan.validate(&resp.Diagnostics)
	desired, ok := plan.desired()
	if !ok {
		addUnknownError(unableToCreate, &resp.Diagnostics)
	}
	if resp.Diagnostics.HasError() {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	pool, cluster := r.checkPrerequisites(
		ctx,
		&plan,
		unableToCreate,
		tfkit.NewApplyReporter(&resp.Diagnostics),
		&resp.Diagnostics,
	)
	if pool != nil {
		plan.checkVersion(pool, tfkit.NewApplyReporter(&resp.Diagnostics))
	}
	if resp.Diagnostics.HasError() {
		return
	}
	plan.AttestationExpiresAt = tfkit.AttestationExpiry(plan.Attestation)
	data := plan.bootstrapData(pool.ID, pool.Region)
	var err error
	if data.endpoints, err = apiServerEndpoints(cluster.ClusterURL); err != nil {
		tfkit.AddAPIError(&resp.Diagnostics, unableToCreate, err)
		return
	}
	data.apiURL, data.serial = r.provider.API.APIURL(), uuid.NewString()
	if plan.enrolsItself() {
		if err := plan.setPrograms(data); err != nil {
			tfkit.AddAPIError(&resp.Diagnostics, unableToCreate, err)
			return
		}
	} else if !r.enrol(ctx, &plan, pool, data, resp) {
		return
	}
	setPrivate(ctx, resp.Private, false, &resp.Diagnostics)
	reading, err := r.nodes().WaitAndRead(ctx, pool, cluster, desired, plan.uuid())
	plan.setReading(reading, &resp.Diagnostics)
	if err != nil {
		tfkit.AddAPIWarning(&resp.Diagnostics, "The external node is enrolled but not ready: the next apply "+
			"continues", err)
	}
	setPrivate(ctx, resp.Private, err != nil || plan.ID.IsUnknown() && !plan.enrolsItself(), &resp.Diagnostics)
	plan.nullUnknowns()
	save(ctx, &plan, pool.Region, &resp.State, resp.Identity, &resp.Diagnostics)
}

// enrol enrols the machine, and writes the node's credential into the programs: the API returns it only once.
func (r *nodeResource) enrol(
	ctx context.Context, plan *model, pool *k8s.Pool, data bootstrapData, resp *resource.CreateResponse,
) bool {
	release, err := r.provider.EnrolmentLocks.Lock(ctx, pool.ID)
	if err != nil {
		tfkit.AddAPIError(&resp.Diagnostics, unableToCreate, err)
		return false
	}
	defer release()
	r.warnAboutBroadKey(ctx, &resp.Diagnostics)
	enrolled, err := r.nodes().Enrol(ctx, pool)
	unidentified, isEnrolled := errors.AsType[*operations.NotIdentifiedError](err)
	if err != nil && !isEnrolled {
		tfkit.AddAPIError(&resp.Diagnostics, unableToCreate, err)
		return false
	}
	warnAboutWaitingNodes(pool, enrolled.Waiting, &resp.Diagnostics)
	data.credential = enrolled.Credential
	if err := plan.setPrograms(data); err != nil {
		tfkit.AddAPIError(&resp.Diagnostics, unableToCreate, err)
		return false
	}
	if unidentified != nil {
		tfkit.AddAPIWarning(&resp.Diagnostics, "The external node is enrolled, but its id could not be read: the "+
			"next plan reads it again", unidentified)
	}
	plan.setIdentity(enrolled.Identity)
	return true
}

// warnAboutWaitingNodes warns about other nodes of the pool that wait for their machine.
func warnAboutWaitingNodes(pool *k8s.Pool, waiting []scaleway.Candidate, diags *diag.Diagnostics) {
	if len(waiting) == 0 {
		return
	}
	found := []string{}
	for _, node := range waiting {
		found = append(found, scaleway.JoinID(pool.Region, node.ID)+", "+node.Status)
	}
	tfkit.AddWarning(diags, path.Empty(), tfkit.Problem{
		Summary: "Nodes of the pool wait for a machine",
		Found:   strings.Join(found, "; ") + fmt.Sprintf(", in pool %q", pool.Name),
		Fix: "No action needed for a node whose id is that of a resource: its machine has not joined yet. Any other " +
			"node was left by an apply that was killed, and its credential is lost: delete it, for example with `scw " +
			"k8s node delete ID region=" + string(pool.Region) + "`.",
	})
}

func (r *nodeResource) Update(ctx context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	if !r.provider.CheckConfigured(&resp.Diagnostics) {
		return
	}
	var plan, state model
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	timeout, timeoutDiags := plan.Timeouts.Update(ctx, operationTimeout)
	resp.Diagnostics.Append(timeoutDiags...)
	plan.validate(&resp.Diagnostics)
	desired, ok := plan.desired()
	if !ok {
		addUnknownError(unableToUpdate, &resp.Diagnostics)
	}
	if resp.Diagnostics.HasError() {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	planned := plan
	err := r.update(ctx, &plan, &state, desired, &resp.Diagnostics)
	if err != nil {
		setPrivate(ctx, resp.Private, true, &resp.Diagnostics)
		tfkit.AddAPIError(&resp.Diagnostics, unableToUpdate, err)
	}
	if resp.Diagnostics.HasError() {
		return // keep the flag of an unfinished earlier apply
	}
	setPrivate(ctx, resp.Private, false, &resp.Diagnostics)
	plan.restorePlanned(&planned)
	plan.nullUnknowns()
	save(ctx, &plan, r.region(&plan), &resp.State, resp.Identity, &resp.Diagnostics)
}

func (r *nodeResource) update(
	ctx context.Context, plan, state *model, desired operations.Desired, diags *diag.Diagnostics,
) error {
	// An update of an existing node that does not change its address must not fail because of the allow-list.
	access := tfkit.NewWarningReporter(diags)
	if !plan.Address.Equal(state.Address) && !state.Address.IsNull() {
		access = tfkit.NewApplyReporter(diags)
	}
	pool, cluster := r.checkPrerequisites(ctx, plan, unableToUpdate, access, diags)
	if diags.HasError() {
		return nil
	}
	plan.AttestationExpiresAt = tfkit.AttestationExpiry(plan.Attestation)
	if plan.Script.IsUnknown() {
		endpoints, err := apiServerEndpoints(cluster.ClusterURL)
		if err != nil {
			return err
		}
		if err := r.rewritePrograms(plan, state, pool.ID, pool.Region, endpoints); err != nil {
			return err
		}
	}
	if plan.VersionUsed.IsUnknown() {
		plan.VersionUsed = state.VersionUsed
	}
	reading, err := r.nodes().Update(ctx, pool, cluster, desired, state.observed(r.region(state)))
	plan.setReading(reading, diags)
	return err
}

// rewritePrograms sets the programs of an enrolled node, with the enrolment data of the state's script. An imported
// node has no script, and its machine already has the credential.
func (r *nodeResource) rewritePrograms(plan, state *model, poolID string, region scw.Region, endpoints string) error {
	data := plan.bootstrapData(poolID, region)
	data.apiURL, data.endpoints = r.provider.API.APIURL(), endpoints
	var enrolment string
	enrolment, data.serial, data.credential = parseEnrolment(state.Script.ValueString())
	if data.serial == "" {
		data.serial = state.uuid()
	}
	if data.enrolment == enrolledByProvider && (enrolment == "" || enrolment == enrolledKept) {
		data.enrolment = enrolledKept
	}
	return plan.setPrograms(data)
}

// Delete drains and deletes the node, and warns about what stays on the machine.
func (r *nodeResource) Delete(ctx context.Context, req resource.DeleteRequest, resp *resource.DeleteResponse) {
	if !r.provider.CheckConfigured(&resp.Diagnostics) {
		return
	}
	var state model
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	timeout, timeoutDiags := state.Timeouts.Delete(ctx, operationTimeout)
	resp.Diagnostics.Append(timeoutDiags...)
	if resp.Diagnostics.HasError() {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	deleted, err := r.nodes().Delete(ctx, state.observed(r.region(&state)), timeout)
	warnAboutDrain(deleted, &resp.Diagnostics)
	if err != nil {
		tfkit.AddAPIError(&resp.Diagnostics, unableToDelete, err)
		return
	}
	state.warnAboutMachine(&resp.Diagnostics)
}

// ImportState accepts `region/UUID`, a UUID, or the identity {region, id}.
func (r *nodeResource) ImportState(
	ctx context.Context, req resource.ImportStateRequest, resp *resource.ImportStateResponse,
) {
	if !r.provider.CheckConfigured(&resp.Diagnostics) {
		return
	}
	region, id, err := tfkit.ParseImportIDInRegion(ctx, req, r.provider.API.DefaultRegion(), &resp.Diagnostics)
	if err != nil {
		tfkit.AddError(&resp.Diagnostics, path.Root("id"), tfkit.Problem{
			Summary: "The id of the node is malformed", Found: err.Error(), Allowed: "region/UUID, or the UUID alone",
			Fix: "Set the id of the node.",
		})
		return
	}
	resp.Diagnostics.Append(resp.State.SetAttribute(ctx, path.Root("id"), scaleway.JoinID(region, id))...)
	tfkit.SetIdentity(ctx, resp.Identity, region, types.StringValue(id), &resp.Diagnostics)
	setPrivate(ctx, resp.Private, false, &resp.Diagnostics)
}

// addUnknownError adds an error for a planned value that is unknown at apply. CLIs never plan this.
func addUnknownError(summary string, diags *diag.Diagnostics) {
	tfkit.AddError(diags, path.Empty(), tfkit.Problem{
		Summary: summary, Found: "a planned value that is not known at apply",
		Fix: "Please report this, with the name and the version of the CLI.",
	})
}

// region returns the region of the node or its pool from their ids, or else the provider's region.
func (r *nodeResource) region(m *model) scw.Region {
	for _, id := range []types.String{m.ID, m.PoolID} {
		if region, _, err := scaleway.SplitID(
			id.ValueString(), r.provider.API.DefaultRegion(),
		); err == nil && id.ValueString() != "" {
			return region
		}
	}
	return r.provider.API.DefaultRegion()
}

// save writes state and identity together.
func save(
	ctx context.Context, m *model, region scw.Region, state *tfsdk.State, identity *tfsdk.ResourceIdentity,
	diags *diag.Diagnostics,
) {
	diags.Append(state.Set(ctx, m)...)
	id := types.StringNull()
	if m.uuid() != "" {
		id = types.StringValue(m.uuid())
	}
	tfkit.SetIdentity(ctx, identity, region, id, diags)
}

// setPrivate sets the private state of a node that exists.
func setPrivate(ctx context.Context, in tfkit.PrivateState, unfinished bool, diags *diag.Diagnostics) {
	tfkit.UpdatePrivate(ctx, in, diags, func(node *tfkit.Existence) {
		node.Exists, node.IsUnfinished = true, unfinished
	})
}
