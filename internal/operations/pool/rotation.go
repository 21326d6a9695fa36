package pool

import (
	"context"

	"github.com/scaleway/scaleway-sdk-go/api/k8s/v1"

	"github.com/terraform-srm/terraform-provider-srm/internal/scaleway"
)

// Rotation replaces the nodes that a pool had when the rotation started. The resource keeps it between applies, so that
// an interrupted rotation continues, and does not replace the nodes that it already replaced.
type Rotation struct {
	// Nodes are the ids of the nodes that are not replaced yet.
	Nodes []string
	// Started is true once Nodes is filled.
	Started bool
}

// startRotation lists the nodes of the pool in a rotation that has not started.
func (u *update) startRotation(ctx context.Context, rotation *Rotation) error {
	if rotation.Started {
		return nil
	}
	filter := scaleway.NodeFilter{ClusterID: u.pool.ClusterID, PoolID: u.pool.ID}
	nodes, err := u.api.Nodes(ctx, u.desired.Region, filter)
	if err != nil {
		return err
	}
	rotation.Started = true
	for _, node := range nodes {
		rotation.Nodes = append(rotation.Nodes, node.ID)
	}
	return nil
}

// replaceNode replaces a node and waits until the pool has converged without it. A node that is deleted needs no
// replacement, but the node in its place may still be starting.
func (u *update) replaceNode(ctx context.Context, id string) error {
	region := u.desired.Region
	node, err := u.api.Node(ctx, region, id)
	if scaleway.IsNotFound(err) {
		_, err = WaitConverged(ctx, u.api, u.pool.ID, u.desired)
		return err
	}
	if err != nil {
		return err
	}
	if node.Status != k8s.NodeStatusDeleting && node.Status != k8s.NodeStatusDeleted {
		if _, err := u.api.ReplaceNode(ctx, region, id); err != nil && !scaleway.IsNotFound(err) {
			return err
		}
	}
	_, err = waitConverged(ctx, u.api, u.pool.ID, u.desired, outdatedNodes{id: updatedAt(node)})
	return err
}
