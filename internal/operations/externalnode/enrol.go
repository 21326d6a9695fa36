package externalnode

import (
	"context"

	"github.com/scaleway/scaleway-sdk-go/api/k8s/v1"

	"github.com/terraform-srm/terraform-provider-srm/internal/scaleway"
)

// Enrolled is the result of Enrol.
type Enrolled struct {
	// Credential is the node's own credential, which is secret, and which the API returns only once.
	Credential scaleway.Enrolment
	// Identity is nil where Enrol returns a *NotIdentifiedError.
	Identity *Identity
	// Waiting are the other nodes of the pool that wait for a machine, and that this process has neither enrolled nor
	// returned before. A node whose apply was killed is one of them: its credential is lost.
	Waiting []scaleway.Candidate
}

// NotIdentifiedError is the error of a node that was enrolled, but whose id could not be read.
type NotIdentifiedError struct{ Err error }

// Error returns the text of the cause.
func (e *NotIdentifiedError) Error() string { return e.Err.Error() }

// Unwrap returns the cause.
func (e *NotIdentifiedError) Unwrap() error { return e.Err }

// Enrol creates a node in an external pool, and identifies it by its credential. The caller enrols one node of a pool
// after the other, so that a node whose response was lost can be distinguished from the next node. The error is a
// *scaleway.LostEnrolmentError if the response was lost, and a *NotIdentifiedError if the node exists and its
// credential is known.
func (c Client) Enrol(ctx context.Context, pool *k8s.Pool) (Enrolled, error) {
	credential, waiting, err := c.API.EnrolExternalNode(ctx, pool)
	if err != nil {
		return Enrolled{}, err
	}
	enrolled := Enrolled{Credential: credential}
	for _, node := range waiting {
		if c.EnrolledNodes.Add(node.ID) {
			enrolled.Waiting = append(enrolled.Waiting, node)
		}
	}
	if enrolled.Identity, err = c.identify(ctx, pool.Region, credential); err != nil {
		return enrolled, &NotIdentifiedError{err}
	}
	return enrolled, nil
}
