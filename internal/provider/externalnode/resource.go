// Package externalnode is the resource srm_kosmos_external_node: one machine outside Scaleway, enrolled in a Kosmos
// pool.
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

// How long the operations may take where the configuration does not say.
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

// NewResource returns the resource.
func NewResource() resource.Resource { return &nodeResource{} }

// Metadata lets the identity move: a machine that enrols itself has no node yet when it is created, and another one
// after it was enrolled again by hand.
func (r *nodeResource) Metadata(_ context.Context, req resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_kosmos_external_node"
	resp.ResourceBehavior = resource.ResourceBehavior{MutableIdentity: true}
}

func (r *nodeResource) Configure(_ context.Context, req resource.ConfigureRequest, resp *resource.ConfigureResponse) {
	r.provider = tfkit.Configured(req.ProviderData, &resp.Diagnostics)
}

func (r *nodeResource) ValidateConfig(
	ctx context.Context, req resource.ValidateConfigRequest, resp *resource.ValidateConfigResponse,
) {
	defer r.provider.AddDestroyHint(&resp.Diagnostics)
	var m model
	resp.Diagnostics.Append(req.Config.Get(ctx, &m)...)
	if !resp.Diagnostics.HasError() {
		m.check(&resp.Diagnostics)
		tfkit.CheckTimeouts(ctx, m.Timeouts, &resp.Diagnostics)
	}
}

// Create enrols the machine. Enrolments of one pool take turns, so that a node whose answer was lost can be told from
// the next one's. Once the node exists no error is added, as that would taint it: what remains undone warns, and Update
// goes on.
func (r *nodeResource) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	if !r.provider.Ready(&resp.Diagnostics) {
		return
	}
	var plan model
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	timeout, found := plan.Timeouts.Create(ctx, operationTimeout)
	resp.Diagnostics.Append(found...)
	plan.check(&resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	pool, cluster := r.ready(ctx, &plan, unableToCreate, tfkit.AtApply(&resp.Diagnostics), &resp.Diagnostics)
	if pool != nil {
		plan.checkVersion(pool, tfkit.AtApply(&resp.Diagnostics))
	}
	if resp.Diagnostics.HasError() {
		return
	}
	plan.AttestationExpiresAt = tfkit.AttestationEnd(plan.Attestation)
	paper := plan.documents(pool.ID, pool.Region)
	var err error
	if paper.endpoints, err = endpointsOf(cluster.ClusterURL); err != nil {
		tfkit.Failed(&resp.Diagnostics, unableToCreate, err)
		return
	}
	paper.apiURL, paper.serial = r.provider.API.APIURL(), uuid.NewString()
	if plan.enrolsItself() {
		if err := plan.write(paper); err != nil {
			tfkit.Failed(&resp.Diagnostics, unableToCreate, err)
			return
		}
	} else if !r.enrol(ctx, &plan, pool, paper, resp) {
		return
	}
	tfkit.Mark(ctx, resp.Private, tfkit.MarkUnprotected, true, &resp.Diagnostics)
	if err = r.finish(ctx, &plan, pool, cluster, &resp.Diagnostics); err != nil {
		tfkit.FailedLater(&resp.Diagnostics, "The external node is enrolled, and not ready: the next apply goes on", err)
	}
	tfkit.Mark(
		ctx, resp.Private, tfkit.MarkUnfinished, err != nil || plan.ID.IsUnknown() && !plan.enrolsItself(), &resp.Diagnostics,
	)
	plan.settle()
	save(ctx, &plan, pool.Region, &resp.State, resp.Identity, &resp.Diagnostics)
}

// enrol gets the node's credential and writes it into the programs before anything else is asked: it is not shown
// again.
func (r *nodeResource) enrol(
	ctx context.Context, plan *model, pool *k8s.Pool, paper documents, resp *resource.CreateResponse,
) bool {
	release, err := r.provider.Enrolments.Take(ctx, pool.ID)
	if err != nil {
		tfkit.Failed(&resp.Diagnostics, unableToCreate, err)
		return false
	}
	defer release()
	r.warnOfKey(ctx, &resp.Diagnostics)
	enrolled, waiting, err := r.provider.API.EnrolExternalNode(ctx, pool)
	if err != nil {
		tfkit.Failed(&resp.Diagnostics, unableToCreate, err)
		return false
	}
	r.warnOfWaiting(pool, waiting, &resp.Diagnostics)
	paper.credential = enrolled
	if err := plan.write(paper); err != nil {
		tfkit.Failed(&resp.Diagnostics, unableToCreate, err)
		return false
	}
	if err := r.identify(ctx, plan, pool.Region, enrolled); err != nil {
		tfkit.FailedLater(&resp.Diagnostics, "The external node is enrolled, and its id is not known: the next plan asks "+
			"again", err)
	}
	return true
}

// warnOfWaiting names the nodes of the pool whose machine has not come and that this process has not enrolled: one that
// an apply left which was killed is among them, and its credential is lost.
func (r *nodeResource) warnOfWaiting(pool *k8s.Pool, waiting []scaleway.Candidate, diags *diag.Diagnostics) {
	found := []string{}
	for _, one := range waiting {
		if !r.provider.Enrolled.Has(one.ID) {
			r.provider.Enrolled.Add(one.ID) // once is enough
			found = append(found, scaleway.JoinID(pool.Region, one.ID)+", "+one.Status)
		}
	}
	if len(found) == 0 {
		return
	}
	diags.AddWarning("Nodes of the pool wait for a machine", tfkit.Refusal{
		Found:   strings.Join(found, "; ") + fmt.Sprintf(", in pool %q", pool.Name),
		Allowed: "it, where a resource has that id: its machine has not come yet",
		Fix: "If none has, the node was left by an apply that was killed, and its credential is lost: delete it, as with " +
			"`scw k8s node delete ID region=" + string(pool.Region) + "`.",
	}.Detail())
}

// identify asks the API which node a credential is of.
func (r *nodeResource) identify(ctx context.Context, m *model, region scw.Region, enrolled scaleway.Enrolment) error {
	metadata, err := r.provider.API.NodeMetadata(ctx, region, enrolled)
	if err != nil {
		return err
	}
	r.provider.Enrolled.Add(metadata.ID)
	m.ID = types.StringValue(scaleway.JoinID(region, metadata.ID))
	m.NodeName, m.VersionUsed = types.StringValue(metadata.Name), types.StringValue(metadata.PoolVersion)
	return nil
}

// finish waits for the node where it shall, and reads it.
func (r *nodeResource) finish(
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
		return r.show(ctx, m, node, cluster, diags)
	}
	if m.uuid() == "" && !m.enrolsItself() {
		return nil // its credential is all that is known of it
	}
	if m.uuid() == "" {
		found, err := r.provider.API.WaitExternalNodeAt(ctx, pool, m.Address.ValueString())
		if err != nil {
			return err
		}
		m.refresh(found)
	}
	node, err := r.provider.API.WaitNode(ctx, pool.Region, m.uuid())
	if node != nil {
		m.refresh(node)
	}
	if err != nil {
		return err
	}
	return r.show(ctx, m, node, cluster, diags)
}

func (r *nodeResource) Update(ctx context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	if !r.provider.Ready(&resp.Diagnostics) {
		return
	}
	var plan, state model
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	timeout, found := plan.Timeouts.Update(ctx, operationTimeout)
	resp.Diagnostics.Append(found...)
	plan.check(&resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	planned := plan
	err := r.update(ctx, &plan, &state, &resp.Diagnostics)
	if err != nil {
		tfkit.Mark(ctx, resp.Private, tfkit.MarkUnfinished, true, &resp.Diagnostics)
		tfkit.Failed(&resp.Diagnostics, unableToUpdate, err)
	}
	if resp.Diagnostics.HasError() {
		return // what an earlier apply left undone stays undone
	}
	tfkit.Mark(ctx, resp.Private, tfkit.MarkUnfinished, false, &resp.Diagnostics)
	tfkit.Mark(ctx, resp.Private, tfkit.MarkUnprotected, true, &resp.Diagnostics)
	plan.restore(&planned)
	plan.settle()
	save(ctx, &plan, r.region(&plan), &resp.State, resp.Identity, &resp.Diagnostics)
}

func (r *nodeResource) update(ctx context.Context, plan, state *model, diags *diag.Diagnostics) error {
	// A node that is there already is no reason to refuse what does not concern its way in.
	access := tfkit.OnlyWarn(diags)
	if !plan.Address.Equal(state.Address) && !state.Address.IsNull() {
		access = tfkit.AtApply(diags)
	}
	pool, cluster := r.ready(ctx, plan, unableToUpdate, access, diags)
	if diags.HasError() {
		return nil
	}
	plan.AttestationExpiresAt = tfkit.AttestationEnd(plan.Attestation)
	if plan.Script.IsUnknown() {
		endpoints, err := endpointsOf(cluster.ClusterURL)
		if err != nil {
			return err
		}
		if err := r.rewrite(plan, state, pool.ID, pool.Region, endpoints); err != nil {
			return err
		}
	}
	if plan.uuid() == "" && !plan.enrolsItself() {
		_, _, enrolled := enrolmentOf(state.Script.ValueString())
		if err := r.identify(ctx, plan, pool.Region, enrolled); err != nil {
			return err
		}
	}
	if plan.uuid() == "" {
		found, err := r.provider.API.ExternalNodeAt(ctx, pool, plan.Address.ValueString())
		if err != nil {
			return err
		}
		if found != nil {
			plan.refresh(found)
		}
	}
	if plan.VersionUsed.IsUnknown() {
		plan.VersionUsed = state.VersionUsed
	}
	return r.finish(ctx, plan, pool, cluster, diags)
}

// rewrite fills in the programs of a node that is enrolled: the state's script says how. An imported node has none, and
// its machine has the credential.
func (r *nodeResource) rewrite(plan, state *model, poolID string, region scw.Region, endpoints string) error {
	paper := plan.documents(poolID, region)
	paper.apiURL, paper.endpoints = r.provider.API.APIURL(), endpoints
	var enrolment string
	enrolment, paper.serial, paper.credential = enrolmentOf(state.Script.ValueString())
	if paper.serial == "" {
		paper.serial = state.uuid()
	}
	if paper.enrolment == enrolledByProvider && (enrolment == "" || enrolment == enrolledKept) {
		paper.enrolment = enrolledKept
	}
	return plan.write(paper)
}

// Delete moves the pods away where the API server can be reached, deletes the node, and says what is left on the
// machine.
func (r *nodeResource) Delete(ctx context.Context, req resource.DeleteRequest, resp *resource.DeleteResponse) {
	if !r.provider.Ready(&resp.Diagnostics) {
		return
	}
	var state model
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	timeout, found := state.Timeouts.Delete(ctx, operationTimeout)
	resp.Diagnostics.Append(found...)
	if resp.Diagnostics.HasError() {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	node, err := r.look(ctx, &state)
	switch {
	case scaleway.IsNotFound(err) || err == nil && node == nil:
		state.warnOfMachine(&resp.Diagnostics)
		return
	case err != nil:
		tfkit.Failed(&resp.Diagnostics, unableToDelete, err)
		return
	}
	inside, look := r.inside(ctx, node)
	if !scaleway.IsDeleting(node) {
		inside.drain(ctx, look, timeout, &resp.Diagnostics)
	}
	err = r.provider.API.DeleteNode(ctx, node.Region, node.ID)
	if err == nil {
		err = r.provider.API.WaitNodeGone(ctx, node.Region, node.ID)
	}
	if err != nil {
		tfkit.Failed(&resp.Diagnostics, unableToDelete, err)
		return
	}
	inside.forget(ctx)
	state.warnOfMachine(&resp.Diagnostics)
}

// ImportState takes `region/UUID`, a UUID, or the identity {region, id}.
func (r *nodeResource) ImportState(
	ctx context.Context, req resource.ImportStateRequest, resp *resource.ImportStateResponse,
) {
	if !r.provider.Ready(&resp.Diagnostics) {
		return
	}
	region, id, err := tfkit.ImportedIDIn(ctx, req, r.provider.API.DefaultRegion(), &resp.Diagnostics)
	if err != nil {
		tfkit.Refuse(&resp.Diagnostics, path.Root("id"), tfkit.Refusal{
			Summary: "The id of the node is malformed", Found: err.Error(), Allowed: "region/UUID, or the UUID alone",
			Fix: "Write the id of the node.",
		})
		return
	}
	resp.Diagnostics.Append(resp.State.SetAttribute(ctx, path.Root("id"), scaleway.JoinID(region, id))...)
	identifyAs(ctx, region, types.StringValue(id), resp.Identity, &resp.Diagnostics)
	tfkit.Mark(ctx, resp.Private, tfkit.MarkUnprotected, true, &resp.Diagnostics)
}

// region is where the node's pool is, as its id says, else the provider's.
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
	identifyAs(ctx, region, id, identity, diags)
}

func identifyAs(
	ctx context.Context, region scw.Region, id types.String, identity *tfsdk.ResourceIdentity, diags *diag.Diagnostics,
) {
	diags.Append(identity.SetAttribute(ctx, path.Root("region"), string(region))...)
	diags.Append(identity.SetAttribute(ctx, path.Root("id"), id)...)
}
