package externalnode

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-log/tflog"
	"github.com/scaleway/scaleway-sdk-go/api/k8s/v1"

	"github.com/terraform-srm/terraform-provider-srm/internal/kubernetes"
	"github.com/terraform-srm/terraform-provider-srm/internal/tfkit"
	"github.com/terraform-srm/terraform-provider-srm/internal/tfkit/clusteraccess"
)

// maxDrainTime is the time limit for draining a node before it is deleted. Scaleway's API has the same limit.
const maxDrainTime = 15 * time.Minute

// deletionReserve is the part of a destroy's timeout that a drain leaves for the deletion.
const deletionReserve = 5 * time.Minute

// readKubernetesNode sets the attributes that the cluster's Kubernetes API provides. If it cannot be read, known values
// stay; that is an error only if the provider configuration says so. The provider tries an unreachable API server once
// for each process.
func (r *nodeResource) readKubernetesNode(ctx context.Context, m *model, node *k8s.Node) error {
	if m.KubeletVersion.IsUnknown() {
		m.KubeletVersion = types.StringNull()
	}
	if m.LastSeenAt.IsUnknown() {
		m.LastSeenAt = types.StringNull()
	}
	if r.provider.UnreachableClusters.Has(node.ClusterID) {
		return nil
	}
	if r.provider.Kubernetes.IsUnknown {
		return nil
	}
	client, err := clusteraccess.Connect(ctx, r.provider, node.Region, node.ClusterID)
	var object *kubernetes.Node
	if err == nil {
		object, err = client.Node(ctx, node.Name, node.ID)
	}
	switch {
	case err != nil && ctx.Err() != nil:
		return err
	case err != nil && kubernetes.IsUnreachable(err) && r.provider.Kubernetes.FailOnUnreachable:
		return err
	case err != nil:
		if kubernetes.IsUnreachable(err) {
			r.provider.UnreachableClusters.Add(node.ClusterID)
		}
		tflog.Info(
			ctx, "The external node was not read from the cluster's Kubernetes API", map[string]any{
				"node": node.ID, "reason": err.Error(),
			},
		)
	case object != nil: // nil if its machine has not joined the cluster yet
		if object.KubeletVersion != "" {
			m.KubeletVersion = types.StringValue(strings.TrimPrefix(object.KubeletVersion, "v"))
		}
		m.LastSeenAt = tfkit.RFC3339Value(object.LastSeen)
	}
	return nil //nolint:nilerr // an unreachable Kubernetes API is not an error: the values stay
}

// nodeDeletion is a node to delete, with its Node object in Kubernetes.
type nodeDeletion struct {
	node   *k8s.Node
	client *kubernetes.Client // nil if the API server cannot be reached
	object *kubernetes.Node   // nil if the machine never joined the cluster, or the object could not be read
}

// newNodeDeletion reads the Node object of a node to delete. The error explains why it could not be read.
func (r *nodeResource) newNodeDeletion(ctx context.Context, node *k8s.Node) (nodeDeletion, error) {
	client, err := clusteraccess.Connect(ctx, r.provider, node.Region, node.ClusterID)
	if err != nil {
		return nodeDeletion{node: node}, err
	}
	object, err := client.Node(ctx, node.Name, node.ID)
	return nodeDeletion{node: node, client: client, object: object}, err
}

// drain evicts the pods of a node before it is deleted, and warns about pods that it could not evict. readErr is the
// error of reading the Node object. The node is deleted in any case, as Scaleway does after the same time limit.
func (l nodeDeletion) drain(ctx context.Context, readErr error, timeout time.Duration, diags *diag.Diagnostics) {
	warnNotDrained := func(reason string) {
		tfkit.AddWarning(diags, path.Root("node_name"), tfkit.Problem{
			Summary: "The external node was not drained before it was deleted",
			Found:   fmt.Sprintf("node %s: %s", l.node.Name, reason),
			Fix: "No action needed: Kubernetes starts the pods on other nodes after it detects that the node is " +
				"absent. Their local data on the machine is lost.",
		})
	}
	if readErr != nil {
		warnNotDrained(tfkit.FormatError(readErr))
		return
	}
	if l.object == nil {
		return // the machine never joined the cluster: there are no pods
	}
	limit := min(maxDrainTime, max(timeout-deletionReserve, timeout/2))
	drained, err := l.client.Drain(ctx, l.object, limit)
	if err != nil {
		warnNotDrained(tfkit.FormatError(err))
		return
	}
	if len(drained.Remaining) > 0 {
		left := []string{}
		for _, pod := range slices.Sorted(maps.Keys(drained.Remaining)) {
			left = append(left, pod+" ("+drained.Remaining[pod]+")")
		}
		warnNotDrained(fmt.Sprintf("pods that are still running after %s: %s", limit, strings.Join(left, ", ")))
	}
}

// deleteNodeObject deletes the Node object of a deleted node. A failure is only logged: the machine may still run its
// kubelet.
func (l nodeDeletion) deleteNodeObject(ctx context.Context) {
	if l.object == nil {
		return
	}
	if err := l.client.DeleteNode(ctx, l.object.Name); err != nil {
		tflog.Info(
			ctx, "The Node object of the deleted external node could not be deleted", map[string]any{
				"node": l.node.Name, "reason": err.Error(),
			},
		)
	}
}
