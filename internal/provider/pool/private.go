package pool

import (
	operations "github.com/terraform-srm/terraform-provider-srm/internal/operations/pool"
	"github.com/terraform-srm/terraform-provider-srm/internal/tfkit"
)

// private is the private state of a pool. It contains no secrets.
type private struct {
	tfkit.Existence

	// IsImported flags a pool that was imported and not updated yet. Its last value of rotation is unknown.
	IsImported bool `json:"imported,omitempty"`
	// IsMoved flags a pool that was moved from the official provider and not applied yet. Its first apply can change it
	// in place, but cannot replace it.
	IsMoved bool `json:"moved,omitempty"`
	// Rotation is an unfinished rotation.
	Rotation *savedRotation `json:"rotation,omitempty"`
}

// savedRotation is an unfinished rotation in the private state.
type savedRotation struct {
	// To is the value of the attribute. Nodes holds the ids of the remaining nodes.
	To    string   `json:"to"`
	Nodes []string `json:"nodes"`
}

// newRotation returns the rotation that the plan requires: nil for none, a new one, or an interrupted one.
func (p private) newRotation(plan, state *commonModel) *operations.Rotation {
	if plan.Rotation.IsNull() || plan.Rotation.Equal(state.Rotation) || p.IsImported && state.Rotation.IsNull() {
		return nil
	}
	if p.Rotation != nil && p.Rotation.To == plan.Rotation.ValueString() {
		return &operations.Rotation{Nodes: p.Rotation.Nodes, Started: true}
	}
	return &operations.Rotation{}
}

// setRotation keeps the remaining nodes of a rotation, or removes them once it is done.
func (p *private) setRotation(plan *commonModel, rotation *operations.Rotation, done bool) {
	p.Rotation = nil
	if rotation != nil && rotation.Started && !done {
		p.Rotation = &savedRotation{plan.Rotation.ValueString(), rotation.Nodes}
	}
}
