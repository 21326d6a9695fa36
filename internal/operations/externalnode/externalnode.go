// Package externalnode enrols machines outside Scaleway in a Kosmos pool, and finds, reads, drains and deletes their
// nodes. It works on plain structs: the resource package decodes a plan into Desired and a state into Observed, calls
// an operation, and turns its result into state and diagnostics.
package externalnode

import (
	"context"

	"github.com/scaleway/scaleway-sdk-go/api/k8s/v1"
	"github.com/scaleway/scaleway-sdk-go/scw"

	"github.com/terraform-srm/terraform-provider-srm/internal/kubernetes"
	"github.com/terraform-srm/terraform-provider-srm/internal/scaleway"
)

// Client runs the operations of a process.
type Client struct {
	API        *scaleway.Client
	Kubernetes Kubernetes
	// EnrolledNodes are the ids of the nodes that this process has enrolled, or has found waiting for a machine.
	EnrolledNodes Set
}

// Set is a set of ids that is safe for concurrent use.
type Set interface {
	Has(id string) bool
	// Add adds an id, and reports whether it is new.
	Add(id string) bool
}

// Desired is the planned configuration of a node, as far as operations depend on it. Every value is known.
type Desired struct {
	// Address is the public IP address of the machine.
	Address string
	// EnrolsItself is true if the machine enrols itself, so that its node is found by its address.
	EnrolsItself bool
	// WaitForReady is true if operations wait until the node is ready.
	WaitForReady bool
}

// Observed is what the state says about a node. Ids are UUIDs.
type Observed struct {
	Region scw.Region
	PoolID string
	// ID is empty while it is not known.
	ID string
	// Name is the name of the machine, for messages.
	Name string
	// Address and EnrolsItself are as in Desired.
	Address      string
	EnrolsItself bool
	// Credential is the node's own credential; zero if the provider did not enrol the node.
	Credential scaleway.Enrolment
}

// Reading is what an operation has read of a node. It is also valid where the operation then failed.
type Reading struct {
	// Identity is nil unless the operation had to identify the node by its credential.
	Identity *Identity
	// Node is the node in the Scaleway API, or nil if it was not read or does not exist.
	Node *k8s.Node
	// IsGone is true if the node was deleted or is being deleted. A node that its machine has not enrolled yet is not
	// gone.
	IsGone bool
	// Object is the Node object in Kubernetes. It is nil if it was not read, or if the machine has not joined the
	// cluster yet.
	Object *kubernetes.Node
	// Cluster is the cluster of the node, or nil if the operation failed before it had read everything.
	Cluster *k8s.Cluster
}

// Identity is a node as its own credential identifies it.
type Identity struct {
	Region   scw.Region
	ID, Name string
	// PoolVersion is the version of the pool when the node was enrolled.
	PoolVersion string
}

// identify reads the node of a credential.
func (c Client) identify(ctx context.Context, region scw.Region, credential scaleway.Enrolment) (*Identity, error) {
	metadata, err := c.API.NodeMetadata(ctx, region, credential)
	if err != nil {
		return nil, err
	}
	c.EnrolledNodes.Add(metadata.ID)
	return &Identity{region, metadata.ID, metadata.Name, metadata.PoolVersion}, nil
}
