package pools

import (
	"context"
	"encoding/json"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/scaleway/scaleway-sdk-go/api/k8s/v1"

	"github.com/terraform-srm/terraform-provider-srm/internal/scaleway"
)

// FlagImported flags a pool that was imported and not updated yet. Its last value of rotation is unknown.
const FlagImported = "imported"

// rotationKey is the key of the private state for an unfinished rotation.
const rotationKey = "rotation"

// Rotation replaces the nodes that a pool had when the rotation began. An interrupted rotation continues with the
// remaining nodes and does not replace its new ones.
type Rotation struct {
	// To is the value of the attribute. Nodes are the ids of the remaining nodes.
	To    string   `json:"to"`
	Nodes []string `json:"nodes"`

	wanted, begun bool
}

type privateState interface {
	GetKey(ctx context.Context, key string) ([]byte, diag.Diagnostics)
	SetKey(ctx context.Context, key string, value []byte) diag.Diagnostics
}

// NewRotation returns the rotation that the plan requires: none, a new one, or an interrupted one.
func NewRotation(ctx context.Context, private privateState, plan, state *Model, diags *diag.Diagnostics) *Rotation {
	imported, found := private.GetKey(ctx, FlagImported)
	diags.Append(found...)
	rotation := &Rotation{To: plan.Rotation.ValueString()}
	rotation.wanted = !plan.Rotation.IsNull() && !plan.Rotation.Equal(state.Rotation) && (len(imported) == 0 ||
		!state.Rotation.IsNull())
	saved, found := private.GetKey(ctx, rotationKey)
	diags.Append(found...)
	var savedRotation Rotation
	if rotation.wanted && len(saved) > 0 && json.Unmarshal(saved, &savedRotation) == nil &&
		savedRotation.To == rotation.To {
		rotation.Nodes, rotation.begun = savedRotation.Nodes, true
	}
	return rotation
}

// Save saves the remaining nodes of a rotation to the private state, or removes the entry once it is done.
func (r *Rotation) Save(ctx context.Context, private privateState, done bool, diags *diag.Diagnostics) {
	var value []byte
	if r.begun && !done {
		value, _ = json.Marshal(r) // strings cannot fail to marshal
	}
	diags.Append(private.SetKey(ctx, rotationKey, value)...)
}

// beginRotation lists the nodes that a new rotation replaces, oldest first.
func (r Operations) beginRotation(ctx context.Context, rotation *Rotation, pool *k8s.Pool) error {
	if !rotation.wanted || rotation.begun {
		return nil
	}
	nodes, err := r.API.Nodes(ctx, r.Region, scaleway.NodeFilter{ClusterID: pool.ClusterID, PoolID: pool.ID})
	if err != nil {
		return err
	}
	rotation.begun = true
	for _, node := range nodes {
		rotation.Nodes = append(rotation.Nodes, node.ID)
	}
	return nil
}

// replaceNode replaces one node and waits until the pool is complete again. A deleted node needs no replacement, but
// the node that replaces it may still be starting.
func (r Operations) replaceNode(ctx context.Context, plan *Model, pool *k8s.Pool, id string) error {
	region := r.Region
	node, err := r.API.Node(ctx, region, id)
	if scaleway.IsNotFound(err) {
		_, err = r.WaitConverged(ctx, plan, pool.ID, nil)
		return err
	}
	if err != nil {
		return err
	}
	if node.Status != k8s.NodeStatusDeleting && node.Status != k8s.NodeStatusDeleted {
		_, err = r.API.ReplaceNode(ctx, region, id)
		if err != nil && !scaleway.IsNotFound(err) {
			return err
		}
	}
	_, err = r.WaitConverged(ctx, plan, pool.ID, outdatedNodes{id: updatedAt(node)})
	return err
}
