package externalnode

import (
	"context"
	"fmt"
	"strings"

	"github.com/scaleway/scaleway-sdk-go/api/k8s/v1"

	"github.com/terraform-srm/terraform-provider-srm/internal/scaleway"
)

// find finds the node of a state, and whether it is gone.
func (c Client) find(ctx context.Context, observed Observed) (Reading, error) {
	reading, err := c.lookUp(ctx, observed)
	isExpected := observed.ID != "" || !observed.EnrolsItself
	if scaleway.IsNotFound(err) || err == nil && reading.Node == nil && isExpected {
		reading.IsGone = true
		return reading, nil
	}
	return reading, err
}

// lookUp finds the node of a state by its id. If the id is not known yet, or the machine enrolled itself again, it
// finds the node by its credential or its address. It returns no node if there is none, or if the node is being
// deleted.
func (c Client) lookUp(ctx context.Context, observed Observed) (Reading, error) {
	reading, id := Reading{}, observed.ID
	if id == "" && !observed.EnrolsItself {
		identity, err := c.identify(ctx, observed.Region, observed.Credential)
		if scaleway.IsForbidden(err) || scaleway.IsNotFound(err) {
			reading.Node, err = c.findWithoutCredential(ctx, observed, err)
			return reading, err
		}
		if err != nil {
			return reading, err
		}
		reading.Identity, id = identity, identity.ID
	}
	if id != "" {
		node, err := c.API.Node(ctx, observed.Region, id)
		if err == nil && !scaleway.IsDeleting(node) {
			reading.Node = node
			return reading, nil
		}
		if err != nil && !scaleway.IsNotFound(err) || !observed.EnrolsItself {
			return reading, err
		}
	}
	pool, err := c.API.Pool(ctx, observed.Region, observed.PoolID)
	if err != nil {
		return reading, err
	}
	reading.Node, err = c.API.ExternalNodeByAddress(ctx, pool, observed.Address)
	return reading, err
}

// findWithoutCredential finds the node of a state whose id is not known yet and whose credential the API refuses. A
// refused credential does not prove that the node was deleted: a new credential may not be valid yet, and no recording
// shows the response for a deleted node. The node was deleted if its pool does not exist, or if no node of the pool can
// be this node. Otherwise it returns an error, because another enrolment would create a second node.
func (c Client) findWithoutCredential(ctx context.Context, observed Observed, refused error) (*k8s.Node, error) {
	pool, err := c.API.Pool(ctx, observed.Region, observed.PoolID)
	if err != nil {
		return nil, err
	}
	nodes, err := c.API.Nodes(ctx, pool.Region, scaleway.NodeFilter{ClusterID: pool.ClusterID, PoolID: pool.ID})
	if err != nil {
		return nil, err
	}
	if node := scaleway.NewestNodeByAddress(nodes, observed.Address); node != nil {
		return node, nil
	}
	candidates := []string{}
	for _, node := range nodes {
		if !scaleway.IsDeleting(node) && !c.EnrolledNodes.Has(node.ID) {
			candidates = append(candidates, scaleway.JoinID(node.Region, node.ID))
		}
	}
	if len(candidates) == 0 {
		return nil, nil
	}
	return nil, &UnidentifiedError{Name: observed.Name, Pool: pool.Name, Candidates: candidates, Refused: refused}
}

// UnidentifiedError is the error for a refused credential whose node cannot be identified among the nodes of a pool. It
// does not unwrap the refusal, which may be a "not found": the node may exist.
type UnidentifiedError struct {
	// Name is the name of the machine, Pool that of its pool.
	Name, Pool string
	// Candidates are the ids of the nodes that may be the node of the machine, with their region.
	Candidates []string
	// Refused is the API's refusal of the credential.
	Refused error
}

// Error names the candidates.
func (e *UnidentifiedError) Error() string {
	return fmt.Sprintf("the API refused the credential of external node %q, whose id is not known yet; these nodes of "+
		"pool %q may be this node: %s; %s",
		e.Name, e.Pool, strings.Join(e.Candidates, ", "), e.Refused)
}

// Hint returns the next step.
func (e *UnidentifiedError) Hint() string {
	return "Try again: a new credential may not be valid yet. If the API still refuses it, delete the node in the " +
		"Scaleway console, run `terraform state rm` with the address of this resource, and apply again. The provider " +
		"does not enrol the machine again by itself."
}
