package scaleway

import (
	"context"

	"github.com/scaleway/scaleway-sdk-go/api/k8s/v1"
	"github.com/scaleway/scaleway-sdk-go/scw"
)

// NodeFilter says whose nodes are listed. ClusterID is required, PoolID narrows to one pool; both are UUIDs.
type NodeFilter struct{ ClusterID, PoolID string }

// Nodes lists the nodes of a cluster or of one of its pools, all pages. Source: GET …/clusters/{id}/nodes.
func (c *Client) Nodes(ctx context.Context, region scw.Region, filter NodeFilter) ([]*k8s.Node, error) {
	ctx, called := begin(ctx, "list the nodes of", "cluster", filter.ClusterID, region)
	list, err := c.k8s.ListNodes(&k8s.ListNodesRequest{Region: region, ClusterID: filter.ClusterID, PoolID: optional(filter.PoolID)}, allPages(ctx)...)
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
// transient state. Source: POST /k8s/v1/regions/{region}/nodes/{id}/replace.
func (c *Client) ReplaceNode(ctx context.Context, region scw.Region, id string) (*k8s.Node, error) {
	return whileTransient(ctx, c, func(ctx context.Context) (*k8s.Node, error) {
		ctx, called := begin(ctx, "replace", "node", id, region)
		node, err := c.k8s.ReplaceNode(&k8s.ReplaceNodeRequest{Region: region, NodeID: id}, scw.WithContext(ctx))
		return node, called.fail(err)
	})
}
