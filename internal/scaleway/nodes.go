package scaleway

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/scaleway/scaleway-sdk-go/api/k8s/v1"
	"github.com/scaleway/scaleway-sdk-go/scw"
)

// NodeFilter says whose nodes are listed. ClusterID is required, PoolID narrows to one pool; both are UUIDs.
type NodeFilter struct{ ClusterID, PoolID string }

// Nodes lists the nodes of a cluster or of one of its pools, all pages. Source: GET …/clusters/{id}/nodes.
func (c *Client) Nodes(ctx context.Context, region scw.Region, filter NodeFilter) ([]*k8s.Node, error) {
	ctx, called := begin(ctx, "list the nodes of", "cluster", filter.ClusterID, region)
	list, err := c.k8s.ListNodes(&k8s.ListNodesRequest{
		Region: region, ClusterID: filter.ClusterID, PoolID: optional(filter.PoolID),
	}, allPages(ctx)...)
	if err != nil {
		return nil, called.fail(err)
	}
	return list.Nodes, nil
}

// Node reads a node. Source: GET /k8s/v1/regions/{region}/nodes/{id}.
func (c *Client) Node(ctx context.Context, region scw.Region, id string) (*k8s.Node, error) {
	ctx, called := begin(ctx, "read", "node", id, region)
	node, err := c.k8s.GetNode(&k8s.GetNodeRequest{Region: region, NodeID: id}, scw.WithContext(ctx))
	return node, called.fail(err)
}

// ReplaceNode drains a node and replaces it by a new one, which gets another id. It waits while the API refuses for a
// transient state. An answer that was lost is made good where the node then is going, or gone, which is a nil node; the
// request is never sent again, as the first may still be on its way; it is looked for even after an interruption.
// Source: POST /k8s/v1/regions/{region}/nodes/{id}/replace.
func (c *Client) ReplaceNode(ctx context.Context, region scw.Region, id string) (*k8s.Node, error) {
	node, err := retryWhileTransient(ctx, c, func(ctx context.Context) (*k8s.Node, error) {
		ctx, called := begin(ctx, "replace", "node", id, region)
		node, err := c.k8s.ReplaceNode(&k8s.ReplaceNodeRequest{Region: region, NodeID: id}, scw.WithContext(ctx))
		return node, called.fail(err)
	})
	if !IsUnknownOutcome(err) {
		return node, err
	}
	now, look := afterLoss(ctx, c, func(ctx context.Context) (*k8s.Node, error) { return c.Node(ctx, region, id) })
	switch {
	case IsNotFound(look):
		return nil, nil
	case look != nil:
		return nil, errors.Join(err, look)
	case now.Status == k8s.NodeStatusDeleting || now.Status == k8s.NodeStatusDeleted:
		return now, nil
	}
	return nil, err
}

// Replacement is how far the replacement of a node is.
type Replacement struct {
	// Old is the node that goes, nil once it is gone.
	Old *k8s.Node
	// New are the nodes that its pool got since, in the order of their names.
	New []*k8s.Node
	// Pool is the pool of them all.
	Pool *k8s.Pool
}

// Ready are the new nodes that are ready.
func (r Replacement) Ready() []*k8s.Node {
	return slices.DeleteFunc(slices.Clone(r.New), func(node *k8s.Node) bool { return node.Status != k8s.NodeStatusReady })
}

// Done says whether the old node is gone, the pool is ready, and a new node is.
func (r Replacement) Done() bool {
	return r.Old == nil && r.Pool.Status == k8s.PoolStatusReady && len(r.Ready()) > 0
}

// State says it in words, as in "old node deleting, pool workers scaling, new node scw-c-workers-1a2b3c starting"; ""
// before the first look.
func (r Replacement) State() string {
	if r.Pool == nil {
		return ""
	}
	old := "old node gone"
	if r.Old != nil {
		old = "old node " + nodeState(r.Old)
	}
	parts := []string{old, "pool " + r.Pool.Name + " " + poolState(r.Pool)}
	for _, node := range r.New {
		parts = append(parts, "new node "+node.Name+" "+nodeState(node))
	}
	if len(r.New) == 0 {
		parts = append(parts, "no new node yet")
	}
	return strings.Join(parts, ", ")
}

// WaitReplaced waits until a node whose replacement was asked for is gone and its pool is ready with a new one. before
// are the nodes of the pool as they were when it was asked for; seen is called after each look. A pool that is locked,
// or deleted elsewhere, is a *StateError; the end of the context is a *WaitError whose State is that of the
// replacement.
func (c *Client) WaitReplaced(
	ctx context.Context, old *k8s.Node, before []*k8s.Node, seen func(Replacement),
) (Replacement, error) {
	known := map[string]bool{old.ID: true}
	for _, node := range before {
		known[node.ID] = true
	}
	return pollUntil(ctx, c, awaited{
		"replacement of node", old.ID, old.Region, "to be complete",
	}, Replacement.State, func(ctx context.Context) (Replacement, error) {
		pool, err := c.Pool(ctx, old.Region, old.PoolID)
		if err != nil {
			return Replacement{}, err
		}
		nodes, err := c.Nodes(ctx, old.Region, NodeFilter{ClusterID: old.ClusterID, PoolID: old.PoolID})
		if err != nil {
			return Replacement{}, err
		}
		now := Replacement{Pool: pool}
		for _, node := range nodes {
			switch {
			case node.ID == old.ID && node.Status != k8s.NodeStatusDeleted:
				now.Old = node
			case !known[node.ID]:
				now.New = append(now.New, node)
			}
		}
		slices.SortFunc(now.New, func(a, b *k8s.Node) int { return strings.Compare(a.Name, b.Name) })
		return now, nil
	}, func(now Replacement) (bool, error) {
		seen(now)
		switch now.Pool.Status {
		case k8s.PoolStatusReady, k8s.PoolStatusScaling, k8s.PoolStatusWarning, k8s.PoolStatusUpgrading:
			return now.Done(), nil
		default:
			return false, newStateError("pool", now.Pool.ID, old.Region, string(now.Pool.Status), poolMessage(now.Pool))
		}
	})
}

// nodeState is a node's status and its own error message; "" where there is no node.
func nodeState(node *k8s.Node) string {
	if node == nil {
		return ""
	}
	if node.ErrorMessage == nil || *node.ErrorMessage == "" {
		return node.Status.String()
	}
	return node.Status.String() + " (" + *node.ErrorMessage + ")"
}
