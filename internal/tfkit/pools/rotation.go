package pools

import (
	"context"
	"encoding/json"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/scaleway/scaleway-sdk-go/api/k8s/v1"

	"github.com/terraform-srm/terraform-provider-srm/internal/scaleway"
)

// MarkImported is the private mark of a pool that was imported and not yet updated: what it was rotated by is not
// known.
const MarkImported = "imported"

// rotationKey is where private state keeps a rotation that is under way.
const rotationKey = "rotation"

// Rotation is the replacement of the nodes that a pool had when it began, so that one that was interrupted goes on
// where it stopped and spares the nodes that it already made.
type Rotation struct {
	// To is the value of the attribute; Nodes are the ids that remain.
	To    string   `json:"to"`
	Nodes []string `json:"nodes"`

	wanted, begun bool
}

type privateState interface {
	GetKey(ctx context.Context, key string) ([]byte, diag.Diagnostics)
	SetKey(ctx context.Context, key string, value []byte) diag.Diagnostics
}

// NewRotation is the rotation that the plan asks for: none, a new one, or one that was interrupted.
func NewRotation(ctx context.Context, private privateState, plan, state *Model, diags *diag.Diagnostics) *Rotation {
	imported, found := private.GetKey(ctx, MarkImported)
	diags.Append(found...)
	turn := &Rotation{To: plan.Rotation.ValueString()}
	turn.wanted = !plan.Rotation.IsNull() && !plan.Rotation.Equal(state.Rotation) && (len(imported) == 0 ||
		!state.Rotation.IsNull())
	kept, found := private.GetKey(ctx, rotationKey)
	diags.Append(found...)
	var earlier Rotation
	if turn.wanted && len(kept) > 0 && json.Unmarshal(kept, &earlier) == nil && earlier.To == turn.To {
		turn.Nodes, turn.begun = earlier.Nodes, true
	}
	return turn
}

// Keep remembers what remains of a rotation, nothing once it is done.
func (t *Rotation) Keep(ctx context.Context, private privateState, done bool, diags *diag.Diagnostics) {
	var value []byte
	if t.begun && !done {
		value, _ = json.Marshal(t) // strings always marshal
	}
	diags.Append(private.SetKey(ctx, rotationKey, value)...)
}

// begin lists the nodes that a new rotation replaces, oldest first.
func (r Nodes) begin(ctx context.Context, turn *Rotation, pool *k8s.Pool) error {
	if !turn.wanted || turn.begun {
		return nil
	}
	nodes, err := r.API.Nodes(ctx, r.Region, scaleway.NodeFilter{ClusterID: pool.ClusterID, PoolID: pool.ID})
	if err != nil {
		return err
	}
	turn.begun = true
	for _, node := range nodes {
		turn.Nodes = append(turn.Nodes, node.ID)
	}
	return nil
}

// replace replaces one node and waits until the pool is whole again without it. One that is gone needs no replacement,
// but what takes its place may still be starting.
func (r Nodes) replace(ctx context.Context, plan *Model, pool *k8s.Pool, id string) error {
	region := r.Region
	node, err := r.API.Node(ctx, region, id)
	if scaleway.IsNotFound(err) {
		_, err = r.Settle(ctx, plan, pool.ID, nil)
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
	_, err = r.Settle(ctx, plan, pool.ID, outdated{id: changedAt(node)})
	return err
}
