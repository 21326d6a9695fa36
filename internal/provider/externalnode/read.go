package externalnode

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/scaleway/scaleway-sdk-go/api/k8s/v1"

	"github.com/terraform-srm/terraform-provider-srm/internal/lifecycle"
	"github.com/terraform-srm/terraform-provider-srm/internal/scaleway"
	"github.com/terraform-srm/terraform-provider-srm/internal/tfkit"
)

func (r *nodeResource) Read(ctx context.Context, req resource.ReadRequest, resp *resource.ReadResponse) {
	if !r.provider.CheckConfigured(&resp.Diagnostics) {
		return
	}
	var state model
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	if resp.Diagnostics.HasError() {
		return
	}
	region := r.region(&state)
	isExpected := state.uuid() != "" || !state.enrolsItself()
	node, err := r.findNode(ctx, &state)
	switch {
	case scaleway.IsNotFound(err) || err == nil && node == nil && isExpected:
		// The framework requires an identity even when the resource is removed.
		save(ctx, &state, region, &resp.State, resp.Identity, &resp.Diagnostics)
		resp.State.RemoveResource(ctx)
		return
	case err != nil:
		tfkit.AddAPIError(&resp.Diagnostics, unableToRead, err)
		return
	case node == nil:
		// The machine has not run its program yet.
		save(ctx, &state, region, &resp.State, resp.Identity, &resp.Diagnostics)
		return
	}
	if known := state.uuid(); known != "" && known != node.ID {
		tfkit.AddWarning(&resp.Diagnostics, path.Empty(), tfkit.Problem{
			Summary: "The machine was enrolled again outside of this configuration",
			Found: fmt.Sprintf("node %s does not exist any more, and node %s has the address %s of %q",
				known, node.ID, state.Address.ValueString(), state.Name.ValueString()),
			Fix: "No action needed: the resource now manages the new node.",
		})
	}
	cluster, err := r.provider.API.Cluster(ctx, node.Region, node.ClusterID)
	if err != nil {
		tfkit.AddAPIError(&resp.Diagnostics, unableToRead, err)
		return
	}
	if err := r.readNode(ctx, &state, node, cluster, &resp.Diagnostics); err != nil {
		tfkit.AddAPIError(&resp.Diagnostics, unableToRead, err)
		return
	}
	warnAboutStatus(node, &state, &resp.Diagnostics)
	save(ctx, &state, node.Region, &resp.State, resp.Identity, &resp.Diagnostics)
}

// findNode finds the node of a state by its id. If the id is not known yet, or the machine enrolled itself again, it
// finds the node by its credential or its address. It returns nil if there is no node, or if the node is being deleted.
func (r *nodeResource) findNode(ctx context.Context, m *model) (*k8s.Node, error) {
	region := r.region(m)
	if m.uuid() == "" && !m.enrolsItself() {
		_, _, enrolled := parseEnrolment(m.Script.ValueString())
		if err := r.identifyNode(ctx, m, region, enrolled); err != nil {
			if !scaleway.IsForbidden(err) && !scaleway.IsNotFound(err) {
				return nil, err
			}
			return r.findNodeWithoutCredential(ctx, m, err)
		}
	}
	if m.uuid() != "" {
		node, err := r.provider.API.Node(ctx, region, m.uuid())
		if deleted := scaleway.IsNotFound(err) || err == nil && scaleway.IsDeleting(node); !deleted ||
			!m.enrolsItself() {
			if err == nil && scaleway.IsDeleting(node) {
				return nil, nil
			}
			return node, err
		}
	}
	pool, err := r.provider.API.Pool(ctx, region, tfkit.BareID(m.PoolID.ValueString()))
	if err != nil {
		return nil, err
	}
	return r.provider.API.ExternalNodeByAddress(ctx, pool, m.Address.ValueString())
}

// findNodeWithoutCredential finds the node of a state whose id is not known yet and whose credential the API refuses. A
// refused credential does not prove that the node was deleted: a new credential may not be valid yet, and no recording
// shows the response for a deleted node. The node was deleted if its pool does not exist, or if no node of the pool can
// be this node. Otherwise it returns an error, because another enrolment would create a second node.
func (r *nodeResource) findNodeWithoutCredential(ctx context.Context, m *model, refused error) (*k8s.Node, error) {
	pool, err := r.provider.API.Pool(ctx, r.region(m), tfkit.BareID(m.PoolID.ValueString()))
	if err != nil {
		return nil, err
	}
	nodes, err := r.provider.API.Nodes(
		ctx, pool.Region, scaleway.NodeFilter{ClusterID: pool.ClusterID, PoolID: pool.ID},
	)
	if err != nil {
		return nil, err
	}
	if node := scaleway.NewestNodeByAddress(nodes, m.Address.ValueString()); node != nil {
		return node, nil
	}
	candidates := []string{}
	for _, node := range nodes {
		if !scaleway.IsDeleting(node) && !r.provider.EnrolledNodes.Has(node.ID) {
			candidates = append(candidates, scaleway.JoinID(node.Region, node.ID))
		}
	}
	if len(candidates) == 0 {
		return nil, nil
	}
	return nil, &unidentifiedError{
		name: m.Name.ValueString(), pool: pool.Name, candidates: candidates, refused: refused,
	}
}

// unidentifiedError is the error for a refused credential whose node cannot be identified among the nodes of a pool.
type unidentifiedError struct {
	name, pool string
	candidates []string
	refused    error
}

func (e *unidentifiedError) Error() string {
	return fmt.Sprintf("the API refused the credential of external node %q, whose id is not known yet; these nodes of "+
		"pool %q may be this node: %s; %s",
		e.name, e.pool, strings.Join(e.candidates, ", "), e.refused)
}

// Hint returns the next step.
func (e *unidentifiedError) Hint() string {
	return "Try again: a new credential may not be valid yet. If the API still refuses it, delete the node in the " +
		"Scaleway console, run `terraform state rm` with the address of this resource, and apply again. The provider " +
		"does not enrol the machine again by itself."
}

// readNode sets the attributes that the Scaleway API and the cluster's Kubernetes API provide.
func (r *nodeResource) readNode(
	ctx context.Context, m *model, node *k8s.Node, cluster *k8s.Cluster, diags *diag.Diagnostics,
) error {
	m.setFromNode(node)
	if err := r.readKubernetesNode(ctx, m, node); err != nil {
		return err
	}
	m.setVersionSkew(cluster.Version)
	if m.VersionSkew.ValueString() == string(lifecycle.SkewTooOld) {
		tfkit.AddWarning(diags, path.Root("version"), tfkit.Problem{
			Summary: "The kubelet of the external node is too old for its control plane", Clause: "KOS-04",
			Found: fmt.Sprintf(
				"node %s runs %s, the control plane %s", node.Name, strings.TrimPrefix(m.runningVersion(), "v"),
				cluster.Version,
			),
			Fix: "Upgrade the pool, then enrol the machine again: change `version` or `rotation`, apply, and run its " +
				"program.",
		})
	}
	return nil
}

// runningVersion returns the version of the kubelet, or else the version at enrolment.
func (m *model) runningVersion() string {
	if version := m.KubeletVersion.ValueString(); version != "" {
		return version
	}
	return m.VersionUsed.ValueString()
}

// warnAboutStatus warns about a node that does not work, with the reason. It does not warn about a node whose machine
// has not joined the cluster yet.
func warnAboutStatus(node *k8s.Node, m *model, diags *diag.Diagnostics) {
	reason := "the API returned no reason"
	if node.ErrorMessage != nil && *node.ErrorMessage != "" {
		reason = *node.ErrorMessage
	}
	switch node.Status {
	case k8s.NodeStatusNotReady, k8s.NodeStatusCreationError, k8s.NodeStatusLocked:
		tfkit.AddWarning(diags, path.Root("status"), tfkit.Problem{
			Summary: fmt.Sprintf("The external node %s has the status %s", m.Name.ValueString(), node.Status),
			Clause:  "KOS-04",
			Found: fmt.Sprintf(
				"node %s (%s) at %s: %s", node.Name, scaleway.JoinID(node.Region, node.ID), m.Address.ValueString(),
				reason,
			),
			Fix: "Check the machine, its kubelet and its connection to the API server. It is safe to run its program " +
				"again.",
		})
	}
}

// warnAboutMachine warns about what a destroy leaves on the machine.
func (m *model) warnAboutMachine(diags *diag.Diagnostics) {
	tfkit.AddWarning(diags, path.Root("cleanup_script"), tfkit.Problem{
		Summary: "The destroy does not change the machine", Clause: "EXT-01",
		Found: fmt.Sprintf("machine %q at %s, which keeps the kubelet, its containers, the agent, the node's "+
			"credential and the firewall rules of the node", m.Name.ValueString(), m.Address.ValueString()),
		Fix: "Run its cleanup_script on the machine, or erase the machine. Its data stay on the machine: the " +
			"customer keeps or destroys them.",
	})
}

// checkPrerequisites reads the pool and the cluster of a node, and checks that the machine can be enrolled. access
// reports an allow-list that does not contain the machine. summary names the failed operation. It returns nil if it
// could not read.
func (r *nodeResource) checkPrerequisites(
	ctx context.Context, m *model, summary string, access tfkit.Reporter, diags *diag.Diagnostics,
) (*k8s.Pool, *k8s.Cluster) {
	report := tfkit.NewApplyReporter(diags)
	region, id, err := scaleway.SplitID(m.PoolID.ValueString(), r.provider.API.DefaultRegion())
	if err != nil {
		tfkit.AddAPIError(diags, summary, err)
		return nil, nil
	}
	pool, err := r.provider.API.Pool(ctx, region, id)
	if err != nil {
		reportPoolError(region, id, summary, err, report)
		return nil, nil
	}
	checkPool(pool, report)
	cluster, err := r.provider.API.Cluster(ctx, region, pool.ClusterID)
	if err != nil {
		tfkit.AddAPIError(diags, summary, err)
		return nil, nil
	}
	rules, err := r.provider.API.AllowList(ctx, region, pool.ClusterID)
	if err != nil {
		tfkit.AddAPIError(diags, summary, err)
		return nil, nil
	}
	m.checkAllowList(rules, access)
	return pool, cluster
}

// neededPermissionSets returns the permission sets that are needed to enrol, read and delete external nodes.
func neededPermissionSets() []string {
	return []string{"KubernetesExternalNodeRegister", "KubernetesReadOnly", "KubernetesFullAccess"}
}

// warnAboutBroadKey warns, once in a process, that the provider's API key has more permissions than external nodes
// need, as far as the provider can read them.
func (r *nodeResource) warnAboutBroadKey(ctx context.Context, diags *diag.Diagnostics) {
	const warning = "the API key has more permissions than external nodes need"
	if !r.provider.WarnOnce.Add(warning) {
		return
	}
	permissions, err := r.provider.API.APIKeyPermissions(ctx)
	if err != nil {
		return // the key may not read IAM, so that its permissions are unknown
	}
	found := "an API key of a user, which has all permissions of the user"
	if permissions.UserID == "" {
		unneeded := []string{}
		for _, set := range permissions.PermissionSets {
			if !slices.Contains(neededPermissionSets(), set) {
				unneeded = append(unneeded, set)
			}
		}
		if len(unneeded) == 0 {
			return
		}
		found = "an API key with the permission sets " + strings.Join(unneeded, ", ")
	}
	tfkit.AddWarning(diags, path.Root("enrolment"), tfkit.Problem{
		Summary: "The API key has more permissions than external nodes need", Clause: "IAM-01", Found: found,
		Fix: "Use a separate provider configuration for external nodes, with an alias and the key of an IAM " +
			"application. Least privilege is KubernetesExternalNodeRegister to enrol, KubernetesReadOnly to refresh " +
			"and KubernetesFullAccess to destroy.",
	})
}
