package node

import (
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/scaleway/scaleway-sdk-go/api/k8s/v1"

	"github.com/terraform-srm/terraform-provider-srm/internal/tfkit"
)

// externalNodeType is the node type of pools whose machines Scaleway does not host.
const externalNodeType = "external"

// checkState adds an error if the status of the node or of its pool does not allow a replacement, because it is still
// changing or the replacement is already in progress.
func checkState(node *k8s.Node, pool *k8s.Pool, diags *diag.Diagnostics) {
	at := path.Root("node_id")
	if fix := nodeStateFix(node.Status); fix != "" {
		tfkit.AddError(diags, at, tfkit.Problem{
			Summary: "The node cannot be replaced in its current status",
			Found:   "node " + node.Name + " with status " + node.Status.String(),
			Allowed: "a node that is ready, not_ready or creation_error", Fix: fix,
		})
	}
	if fix := poolStateFix(pool.Status); fix != "" {
		tfkit.AddError(diags, at, tfkit.Problem{
			Summary: "The node cannot be replaced in the current status of its pool",
			Found:   "pool " + pool.Name + " with status " + pool.Status.String(),
			Allowed: "a pool that is ready, scaling or warning", Fix: fix,
		})
	}
}

// nodeStateFix returns what to do about the status of a node, or "" if the node can be replaced.
func nodeStateFix(status k8s.NodeStatus) string {
	switch status {
	case k8s.NodeStatusReady, k8s.NodeStatusNotReady, k8s.NodeStatusCreationError:
		return ""
	case k8s.NodeStatusDeleting, k8s.NodeStatusDeleted:
		return "No action needed: the node is being deleted, and its pool starts another node if one is missing."
	case k8s.NodeStatusCreating, k8s.NodeStatusStarting, k8s.NodeStatusRegistering:
		return "No action needed: the node is new. If it does not become ready, invoke the action again later."
	case k8s.NodeStatusRebooting, k8s.NodeStatusUpgrading:
		return "Wait until the node is ready, then invoke the action again."
	case k8s.NodeStatusLocked:
		return "Scaleway locked the node, for example because of abuse or a billing problem. Read the tickets of the " +
			"Organization in the console and solve the problem, then invoke the action again."
	default:
		return "Check the node in the Scaleway console, then invoke the action again."
	}
}

// poolStateFix returns what to do about the status of a pool, or "" if its nodes can be replaced.
func poolStateFix(status k8s.PoolStatus) string {
	switch status {
	case k8s.PoolStatusReady, k8s.PoolStatusScaling, k8s.PoolStatusWarning:
		return ""
	case k8s.PoolStatusUpgrading:
		return "No action needed if the upgrade replaces the node. Otherwise, wait for the end of the upgrade, then " +
			"invoke the action again."
	case k8s.PoolStatusDeleting, k8s.PoolStatusDeleted:
		return "No action needed: the node is deleted with its pool."
	case k8s.PoolStatusLocked:
		return "Scaleway locked the pool, for example because of abuse or a billing problem. Read the tickets of the " +
			"Organization in the console and solve the problem, then invoke the action again."
	default:
		return "Check the pool in the Scaleway console, then invoke the action again."
	}
}
