package externalnode

import (
	"context"
	"time"

	"github.com/hashicorp/terraform-plugin-log/tflog"
	"github.com/scaleway/scaleway-sdk-go/api/k8s/v1"
	"github.com/scaleway/scaleway-sdk-go/scw"

	"github.com/terraform-srm/terraform-provider-srm/internal/kubernetes"
)

// Kubernetes is how operations reach the Kubernetes API of clusters.
type Kubernetes struct {
	// Connect returns a client for the API server of a cluster.
	Connect func(ctx context.Context, region scw.Region, clusterID string) (NodeClient, error)
	// IsUnknown is true if the address of the API server is not known yet, as in a plan. Then reads do not use it.
	IsUnknown bool
	// FailOnUnreachable makes reads fail if no connection to the API server is possible.
	FailOnUnreachable bool
	// Unreachable are the ids of the clusters whose API server could not be connected to. Reads do not try them again.
	Unreachable Set
}

// NodeClient reads, drains and deletes the Node objects of a cluster: a *kubernetes.Client, or its replacement in a
// test.
type NodeClient interface {
	Node(ctx context.Context, name, uuid string) (*kubernetes.Node, error)
	Drain(ctx context.Context, node *kubernetes.Node, timeout time.Duration) (kubernetes.DrainResult, error)
	DeleteNode(ctx context.Context, name string) error
}

// readObject adds the Node object of a node, and its cluster, to a reading. An object that cannot be read is an error
// only if the context has ended, or if no connection is possible and FailOnUnreachable is set.
func (c Client) readObject(ctx context.Context, cluster *k8s.Cluster, reading *Reading) error {
	node := reading.Node
	if !c.Kubernetes.Unreachable.Has(node.ClusterID) && !c.Kubernetes.IsUnknown {
		object, err := c.connectAndRead(ctx, node)
		isUnreachable := kubernetes.IsUnreachable(err)
		if err != nil && (ctx.Err() != nil || isUnreachable && c.Kubernetes.FailOnUnreachable) {
			return err
		}
		if isUnreachable {
			c.Kubernetes.Unreachable.Add(node.ClusterID)
		}
		if err != nil {
			tflog.Info(ctx, "The external node was not read from the cluster's Kubernetes API", map[string]any{
				"node": node.ID, "reason": err.Error(),
			})
		}
		reading.Object = object
	}
	reading.Cluster = cluster
	return nil
}

func (c Client) connectAndRead(ctx context.Context, node *k8s.Node) (*kubernetes.Node, error) {
	client, err := c.Kubernetes.Connect(ctx, node.Region, node.ClusterID)
	if err != nil {
		return nil, err
	}
	return client.Node(ctx, node.Name, node.ID)
}
