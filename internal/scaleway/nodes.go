package scaleway

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/scaleway/scaleway-sdk-go/api/k8s/v1"
	"github.com/scaleway/scaleway-sdk-go/scw"
)

// NodeFilter selects the nodes of a cluster or, with a PoolID, of one of its pools. Both fields are UUIDs; ClusterID is
// required.
type NodeFilter struct{ ClusterID, PoolID string }

// Nodes lists the nodes of a cluster or of one of its pools. Source: GET …/clusters/{id}/nodes.
func (c *Client) Nodes(ctx context.Context, region scw.Region, filter NodeFilter) ([]*k8s.Node, error) {
	ctx, call := startCall(ctx, "list the nodes of", "cluster", filter.ClusterID, region)
	list, err := c.k8s.ListNodes(&k8s.ListNodesRequest{
		Region: region, ClusterID: filter.ClusterID, PoolID: optionalString(filter.PoolID),
	}, allPages(ctx)...)
	if err != nil {
		return nil, call.wrapError(err)
	}
	return list.Nodes, nil
}

// Node reads a node. Source: GET /k8s/v1/regions/{region}/nodes/{id}.
func (c *Client) Node(ctx context.Context, region scw.Region, id string) (*k8s.Node, error) {
	ctx, call := startCall(ctx, "read", "node", id, region)
	node, err := c.k8s.GetNode(&k8s.GetNodeRequest{Region: region, NodeID: id}, scw.WithContext(ctx))
	return node, call.wrapError(err)
}

// ReplaceNode requests that Scaleway drains a node and replaces it with a new one, which has another id. It retries
// while the node is in a transient state. When the response is lost, it never sends the request again, because the API
// may still process the first one. It then reads the node, for the client's Grace even after ctx has ended, and
// succeeds if the node is being deleted, or is deleted, for which it returns nil. Source: POST
// /k8s/v1/regions/{region}/nodes/{id}/replace.
func (c *Client) ReplaceNode(ctx context.Context, region scw.Region, id string) (*k8s.Node, error) {
	node, err := retryWhileTransient(ctx, c, func(ctx context.Context) (*k8s.Node, error) {
		ctx, call := startCall(ctx, "replace", "node", id, region)
		node, err := c.k8s.ReplaceNode(&k8s.ReplaceNodeRequest{Region: region, NodeID: id}, scw.WithContext(ctx))
		return node, call.wrapError(err)
	})
	if !IsUnknownOutcome(err) {
		return node, err
	}
	now, readErr := readAfterLostAnswer(
		ctx,
		c,
		func(ctx context.Context) (*k8s.Node, error) { return c.Node(ctx, region, id) },
	)
	switch {
	case IsNotFound(readErr):
		return nil, nil
	case readErr != nil:
		return nil, errors.Join(err, readErr)
	case now.Status == k8s.NodeStatusDeleting || now.Status == k8s.NodeStatusDeleted:
		return now, nil
	}
	return nil, err
}

// Replacement is the progress of the replacement of a node.
type Replacement struct {
	// Old is the node to be replaced, or nil once it is deleted.
	Old *k8s.Node
	// New are the nodes that appeared in the pool since the request, sorted by name.
	New []*k8s.Node
	// Pool is the pool of these nodes.
	Pool *k8s.Pool
}

// ReadyNodes returns the new nodes that are ready.
func (r Replacement) ReadyNodes() []*k8s.Node {
	return slices.DeleteFunc(
		slices.Clone(r.New), func(node *k8s.Node) bool { return node.Status != k8s.NodeStatusReady },
	)
}

// IsComplete reports whether the old node is deleted, the pool is ready, and at least one new node is ready.
func (r Replacement) IsComplete() bool {
	return r.Old == nil && r.Pool.Status == k8s.PoolStatusReady && len(r.ReadyNodes()) > 0
}

// State describes the progress, as in "old node deleting, pool workers scaling, new node scw-c-workers-1a2b3c
// starting". It returns "" before the first read.
func (r Replacement) State() string {
	if r.Pool == nil {
		return ""
	}
	old := "old node deleted"
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

// WaitNodeReplaced waits until the replacement of a node is complete. before are the nodes of the pool at the time of
// the request; onRead is called after each read. It returns a *StateError if the pool is locked or being deleted, and a
// *WaitError when the context ends. The State of the *WaitError is that of the replacement.
func (c *Client) WaitNodeReplaced(
	ctx context.Context, old *k8s.Node, before []*k8s.Node, onRead func(Replacement),
) (Replacement, error) {
	known := map[string]bool{old.ID: true}
	for _, node := range before {
		known[node.ID] = true
	}
	reader, lastState := &poolReader{client: c, region: old.Region, id: old.PoolID}, ""
	return pollUntil(ctx, c, waitTarget{
		"replacement of node", old.ID, old.Region, "to be complete",
	}, Replacement.State, func(ctx context.Context) (Replacement, error) {
		pool, err := reader.read(ctx)
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
		// A change of the nodes may come with one of the pool.
		if reader.isReused() && now.State() != lastState {
			if now.Pool, err = reader.readAgain(ctx); err != nil {
				return Replacement{}, err
			}
		}
		lastState = now.State()
		return now, nil
	}, func(now Replacement) (bool, error) {
		onRead(now)
		return now.IsComplete(), checkPoolStatus(now.Pool, old.Region)
	})
}

// nodeState returns a node's status and its own error message, or "" if there is no node.
func nodeState(node *k8s.Node) string {
	if node == nil {
		return ""
	}
	if node.ErrorMessage == nil || *node.ErrorMessage == "" {
		return node.Status.String()
	}
	return node.Status.String() + " (" + *node.ErrorMessage + ")"
}
