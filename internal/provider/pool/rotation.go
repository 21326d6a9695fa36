package pool

import (
	"context"
	"encoding/json"

	"github.com/hashicorp/terraform-plugin-framework/diag"

	operations "github.com/terraform-srm/terraform-provider-srm/internal/operations/pool"
)

// flagImported flags a pool that was imported and not updated yet. Its last value of rotation is unknown.
const flagImported = "imported"

// rotationKey is the key of the private state for an unfinished rotation.
const rotationKey = "rotation"

// savedRotation is an unfinished rotation in the private state.
type savedRotation struct {
	// To is the value of the attribute. Nodes holds the ids of the remaining nodes.
	To    string   `json:"to"`
	Nodes []string `json:"nodes"`
}

type privateState interface {
	GetKey(ctx context.Context, key string) ([]byte, diag.Diagnostics)
	SetKey(ctx context.Context, key string, value []byte) diag.Diagnostics
}

// newRotation returns the rotation that the plan requires: nil for none, a new one, or an interrupted one.
func newRotation(
	ctx context.Context, private privateState, plan, state *commonModel, diags *diag.Diagnostics,
) *operations.Rotation {
	imported, found := private.GetKey(ctx, flagImported)
	diags.Append(found...)
	saved, found := private.GetKey(ctx, rotationKey)
	diags.Append(found...)
	if plan.Rotation.IsNull() || plan.Rotation.Equal(state.Rotation) || len(imported) > 0 && state.Rotation.IsNull() {
		return nil
	}
	var earlier savedRotation
	if len(saved) > 0 && json.Unmarshal(saved, &earlier) == nil && earlier.To == plan.Rotation.ValueString() {
		return &operations.Rotation{Nodes: earlier.Nodes, Started: true}
	}
	return &operations.Rotation{}
}

// saveRotation saves the remaining nodes of a rotation to the private state, or removes the entry once it is done.
func saveRotation(
	ctx context.Context, private privateState, plan *commonModel, rotation *operations.Rotation, done bool,
	diags *diag.Diagnostics,
) {
	var value []byte
	if rotation != nil && rotation.Started && !done {
		value, _ = json.Marshal(
			savedRotation{plan.Rotation.ValueString(), rotation.Nodes},
		) // strings cannot fail to marshal
	}
	diags.Append(private.SetKey(ctx, rotationKey, value)...)
}
