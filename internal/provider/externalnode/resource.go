// Package externalnode implements the resource srm_kosmos_external_node: a machine outside Scaleway that is enrolled in
// a Kosmos pool.
package externalnode

import (
	"context"
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
	if err = r.waitAndRead(ctx, &plan, pool, cluster, &resp.Diagnostics); err != nil {
		tfkit.AddAPIWarning(&resp.Diagnostics, "The external node is enrolled but not ready: the next apply "+
			"continues", err)
	}
	setPrivate(ctx, resp.Private, err != nil || plan.ID.IsUnknown() && !plan.enrolsItself(), &resp.Diagnostics)
	plan.nullUnknowns()
	save(ctx, &plan, pool.Region, &resp.State, resp.Identity, &resp.Diagnostics)
}

// enrol requests the node's credential and writes it into the programs before it makes other requests: the API returns
// the credential only once.
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
	enrolled, waiting, err := r.provider.API.EnrolExternalNode(ctx, pool)
	if err != nil {
		tfkit.AddAPIError(&resp.Diagnostics, unableToCreate, err)
		return false
	}
	r.warnAboutWaitingNodes(pool, waiting, &resp.Diagnostics)
	data.credential = enrolled
	if err := plan.setPrograms(data); err != nil {
		tfkit.AddAPIError(&resp.Diagnostics, unableToCreate, err)
		return false
	}
	if err := r.identifyNode(ctx, plan, pool.Region, enrolled); err != nil {
		tfkit.AddAPIWarning(&resp.Diagnostics, "The external node is enrolled, but its id could not be read: the "+
			"next plan reads it again", err)
	}
	return true
}

// warnAboutWaitingNodes warns about nodes of the pool that wait for their machine and were not enrolled by this
// process. A node whose apply was killed is one of them: its credential is lost.
func (r *nodeResource) warnAboutWaitingNodes(pool *k8s.Pool, waiting []scaleway.Candidate, diags *diag.Diagnostics) {
	found := []string{}
	for _, candidate := range waiting {
		if !r.provider.EnrolledNodes.Has(candidate.ID) {
			r.provider.EnrolledNodes.Add(candidate.ID) // one warning is enough
			found = append(found, scaleway.JoinID(pool.Region, candidate.ID)+", "+candidate.Status)
		}
	}
	if len(found) == 0 {
		return
	}
	tfkit.AddWarning(diags, path.Empty(), tfkit.Problem{
		Summary: "Nodes of the pool wait for a machine",
		Found:   strings.Join(found, "; ") + fmt.Sprintf(", in pool %q", pool.Name),
		Fix: "No action needed for a node whose id is that of a resource: its machine has not joined yet. Any other " +
			"node was left by an apply that was killed, and its credential is lost: delete it, for example with `scw " +
			"k8s node delete ID region=" + string(pool.Region) + "`.",
	})
}

// identifyNode reads the node of a credential from the API.
func (r *nodeResource) identifyNode(
	ctx context.Context,
	m *model,
	region scw.Region,
	enrolled scaleway.Enrolment,
) error {
	metadata, err := r.provider.API.NodeMetadata(ctx, region, enrolled)
	if err != nil {
		return err
	}
	r.provider.EnrolledNodes.Add(metadata.ID)
	m.ID = types.StringValue(scaleway.JoinID(region, metadata.ID))
	m.NodeName, m.VersionUsed = types.StringValue(metadata.Name), types.StringValue(metadata.PoolVersion)
	return nil
}

// waitAndRead reads the node, after waiting for it if the configuration requires that.
func (r *nodeResource) waitAndRead(
	ctx context.Context, m *model, pool *k8s.Pool, cluster *k8s.Cluster, diags *diag.Diagnostics,
) error {
	if !m.WaitForReady.ValueBool() {
		if m.uuid() == "" {
			return nil
		}
		node, err := r.provider.API.Node(ctx, pool.Region, m.uuid())
		if err != nil {
			return err
		}
		return r.readNode(ctx, m, node, cluster, diags)
	}
	if m.uuid() == "" && !m.enrolsItself() {
		return nil // only its credential is known
	}
	if m.uuid() == "" {
		found, err := r.provider.API.WaitExternalNodeByAddress(ctx, pool, m.Address.ValueString())
		if err != nil {
			return err
		}
		m.setFromNode(found)
	}
	node, err := r.provider.API.WaitNode(ctx, pool.Region, m.uuid())
	if node != nil {
		m.setFromNode(node)
	}
	if err != nil {
		return err
	}
	return r.readNode(ctx, m, node, cluster, diags)
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
	if resp.Diagnostics.HasError() {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	planned := plan
	err := r.update(ctx, &plan, &state, &resp.Diagnostics)
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

func (r *nodeResource) update(ctx context.Context, plan, state *model, diags *diag.Diagnostics) error {
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
	if plan.uuid() == "" && !plan.enrolsItself() {
		_, _, enrolled := parseEnrolment(state.Script.ValueString())
		if err := r.identifyNode(ctx, plan, pool.Region, enrolled); err != nil {
			return err
		}
	}
	if plan.uuid() == "" {
		found, err := r.provider.API.ExternalNodeByAddress(ctx, pool, plan.Address.ValueString())
		if err != nil {
			return err
		}
		if found != nil {
			plan.setFromNode(found)
		}
	}
	if plan.VersionUsed.IsUnknown() {
		plan.VersionUsed = state.VersionUsed
	}
	return r.waitAndRead(ctx, plan, pool, cluster, diags)
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

// Delete drains the node if the API server can be reached, deletes it, and warns about what stays on the machine.
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
	node, err := r.findNode(ctx, &state)
	switch {
	case scaleway.IsNotFound(err) || err == nil && node == nil:
		state.warnAboutMachine(&resp.Diagnostics)
		return
	case err != nil:
		tfkit.AddAPIError(&resp.Diagnostics, unableToDelete, err)
		return
	}
	deletion, readErr := r.newNodeDeletion(ctx, node)
	if !scaleway.IsDeleting(node) {
		deletion.drain(ctx, readErr, timeout, &resp.Diagnostics)
	}
	err = r.provider.API.DeleteNode(ctx, node.Region, node.ID)
	if err == nil {
		err = r.provider.API.WaitNodeDeleted(ctx, node.Region, node.ID)
	}
	if err != nil {
		tfkit.AddAPIError(&resp.Diagnostics, unableToDelete, err)
		return
	}
	deletion.deleteNodeObject(ctx)
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
