package node

import (
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/scaleway/scaleway-sdk-go/api/k8s/v1"

	"github.com/terraform-srm/terraform-provider-srm/internal/tfkit"
)

// external is the node type of a pool whose machines Scaleway does not host.
const external = "external"

// refuseState refuses a node whose state, or whose pool's, does not allow it: what it changes to would be judged too
// early, or what is asked for is happening already.
func refuseState(node *k8s.Node, pool *k8s.Pool, diags *diag.Diagnostics) {
	at := path.Root("node_id")
	if fix := nodeInTheWay(node.Status); fix != "" {
		tfkit.Refuse(diags, at, tfkit.Refusal{
			Summary: "The node cannot be replaced in its present state", Found: "node " + node.Name + " with status " +
				node.Status.String(),
			Allowed: "a node that is ready, not_ready or creation_error", Fix: fix,
		})
	}
	if fix := poolInTheWay(pool.Status); fix != "" {
		tfkit.Refuse(diags, at, tfkit.Refusal{
			Summary: "The node cannot be replaced in the present state of its pool", Found: "pool " + pool.Name + " with " +
				"status " + pool.Status.String(),
			Allowed: "a pool that is ready, scaling or warning", Fix: fix,
		})
	}
}

// nodeInTheWay is what to do about the status of a node, "" where it may be replaced.
func nodeInTheWay(status k8s.NodeStatus) string {
	switch status {
	case k8s.NodeStatusReady, k8s.NodeStatusNotReady, k8s.NodeStatusCreationError:
		return ""
	case k8s.NodeStatusDeleting, k8s.NodeStatusDeleted:
		return "Nothing is to be done: it is going already, and its pool starts another where it lacks one."
	case k8s.NodeStatusCreating, k8s.NodeStatusStarting, k8s.NodeStatusRegistering:
		return "Nothing is to be done: it is new. Where it does not become ready, invoke the action again later."
	case k8s.NodeStatusRebooting, k8s.NodeStatusUpgrading:
		return "Wait until it is ready, then invoke the action again."
	case k8s.NodeStatusLocked:
		return "A lock comes from Scaleway (abuse, billing): read the tickets of the Organization in the console, then " +
			"invoke the action again."
	default:
		return "Look at it in the Scaleway console, then invoke the action again."
	}
}

// poolInTheWay is what to do about the status of a pool, "" where its nodes may be replaced.
func poolInTheWay(status k8s.PoolStatus) string {
	switch status {
	case k8s.PoolStatusReady, k8s.PoolStatusScaling, k8s.PoolStatusWarning:
		return ""
	case k8s.PoolStatusUpgrading:
		return "Nothing is to be done where the upgrade replaces the node; else wait until it is over, then invoke the " +
			"action again."
	case k8s.PoolStatusDeleting, k8s.PoolStatusDeleted:
		return "Nothing is to be done: the node goes with its pool."
	case k8s.PoolStatusLocked:
		return "A lock comes from Scaleway (abuse, billing): read the tickets of the Organization in the console, then " +
			"invoke the action again."
	default:
		return "Look at it in the Scaleway console, then invoke the action again."
	}
}
