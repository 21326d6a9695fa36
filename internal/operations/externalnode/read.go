package externalnode

import (
	"context"

	"github.com/scaleway/scaleway-sdk-go/api/k8s/v1"
)

// Read finds the node of a state, and reads it from the Scaleway API and the Kubernetes API of its cluster.
func (c Client) Read(ctx context.Context, observed Observed) (Reading, error) {
	reading, err := c.find(ctx, observed)
	if err != nil || reading.Node == nil {
		return reading, err
	}
	cluster, err := c.API.Cluster(ctx, reading.Node.Region, reading.Node.ClusterID)
	if err != nil {
		return reading, err
	}
	err = c.readObject(ctx, cluster, &reading)
	return reading, err
}

// WaitAndRead reads a new node, after waiting for it where desired. id is empty if the node is not known: then it waits
// for a machine that enrols itself, and reads nothing otherwise.
func (c Client) WaitAndRead(
	ctx context.Context, pool *k8s.Pool, cluster *k8s.Cluster, desired Desired, id string,
) (Reading, error) {
	reading := Reading{}
	err := c.waitAndRead(ctx, pool, cluster, desired, id, &reading)
	return reading, err
}

// Update finds the node of a state if its id is not known yet, and continues like WaitAndRead. An update of an external
// node writes nothing to the API.
func (c Client) Update(
	ctx context.Context, pool *k8s.Pool, cluster *k8s.Cluster, desired Desired, observed Observed,
) (Reading, error) {
	reading, id := Reading{}, observed.ID
	if id == "" && !desired.EnrolsItself {
		identity, err := c.identify(ctx, pool.Region, observed.Credential)
		if err != nil {
			return reading, err
		}
		reading.Identity, id = identity, identity.ID
	}
	if id == "" {
		found, err := c.API.ExternalNodeByAddress(ctx, pool, desired.Address)
		if err != nil {
			return reading, err
		}
		if found != nil {
			id = found.ID
		}
	}
	err := c.waitAndRead(ctx, pool, cluster, desired, id, &reading)
	return reading, err
}

// waitAndRead is WaitAndRead with a reading that may have something already.
func (c Client) waitAndRead(
	ctx context.Context, pool *k8s.Pool, cluster *k8s.Cluster, desired Desired, id string, reading *Reading,
) error {
	if id == "" && (!desired.WaitForReady || !desired.EnrolsItself) {
		return nil
	}
	if !desired.WaitForReady {
		node, err := c.API.Node(ctx, pool.Region, id)
		if err != nil {
			return err
		}
		reading.Node = node
		return c.readObject(ctx, cluster, reading)
	}
	if id == "" {
		found, err := c.API.WaitExternalNodeByAddress(ctx, pool, desired.Address)
		if err != nil {
			return err
		}
		reading.Node, id = found, found.ID
	}
	node, err := c.API.WaitNode(ctx, pool.Region, id)
	if node != nil {
		reading.Node = node
	}
	if err != nil {
		return err
	}
	return c.readObject(ctx, cluster, reading)
}
