package externalnode

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/scaleway/scaleway-sdk-go/api/k8s/v1"

	"github.com/terraform-srm/terraform-provider-srm/internal/lifecycle"
	operations "github.com/terraform-srm/terraform-provider-srm/internal/operations/externalnode"
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
	observed := state.observed(region)
	reading, err := r.nodes().Read(ctx, observed)
	state.setIdentity(reading.Identity)
	if reading.IsGone {
		// The framework requires an identity even when the resource is removed.
		save(ctx, &state, region, &resp.State, resp.Identity, &resp.Diagnostics)
		resp.State.RemoveResource(ctx)
		return
	}
	node := reading.Node // nil if the machine has not run its program yet
	if known := observed.ID; known != "" && node != nil && known != node.ID {
		tfkit.AddWarning(&resp.Diagnostics, path.Empty(), tfkit.Problem{
			Summary: "The machine was enrolled again outside of this configuration",
			Found: fmt.Sprintf("node %s does not exist any more, and node %s has the address %s of %q",
				known, node.ID, state.Address.ValueString(), state.Name.ValueString()),
			Fix: "No action needed: the resource now manages the new node.",
		})
	}
	if err != nil {
		tfkit.AddAPIError(&resp.Diagnostics, unableToRead, err)
		return
	}
	if node != nil {
		state.setReading(reading, &resp.Diagnostics)
		warnAboutStatus(node, &state, &resp.Diagnostics)
	}
	save(ctx, &state, r.region(&state), &resp.State, resp.Identity, &resp.Diagnostics)
}

// setReading sets the attributes that an operation has read, and warns about a kubelet that is too old. Values of the
// Kubernetes API that were not read stay.
func (m *model) setReading(reading operations.Reading, diags *diag.Diagnostics) {
	m.setIdentity(reading.Identity)
	if reading.Node != nil {
		m.setFromNode(reading.Node)
	}
	if reading.Cluster == nil {
		return
	}
	m.setFromObject(reading.Object)
	m.setVersionSkew(reading.Cluster.Version)
	if m.VersionSkew.ValueString() == string(lifecycle.SkewTooOld) {
		tfkit.AddWarning(diags, path.Root("version"), tfkit.Problem{
			Summary: "The kubelet of the external node is too old for its control plane", Clause: "KOS-04",
			Found: fmt.Sprintf(
				"node %s runs %s, the control plane %s", reading.Node.Name, strings.TrimPrefix(m.runningVersion(), "v"),
				reading.Cluster.Version,
			),
			Fix: "Upgrade the pool, then enrol the machine again: change `version` or `rotation`, apply, and run its " +
				"program.",
		})
	}
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

// warnAboutDrain warns about a node that was not drained before it was deleted.
func warnAboutDrain(deleted operations.Deleted, diags *diag.Diagnostics) {
	if deleted.DrainErr == nil {
		return
	}
	reason := tfkit.FormatError(deleted.DrainErr)
	if remaining, ok := errors.AsType[*operations.RemainingPodsError](deleted.DrainErr); ok {
		reason = remaining.Error()
	}
	tfkit.AddWarning(diags, path.Root("node_name"), tfkit.Problem{
		Summary: "The external node was not drained before it was deleted",
		Found:   fmt.Sprintf("node %s: %s", deleted.Node.Name, reason),
		Fix: "No action needed: Kubernetes starts the pods on other nodes after it detects that the node is " +
			"absent. Their local data on the machine is lost.",
	})
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
