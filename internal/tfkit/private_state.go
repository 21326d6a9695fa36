package tfkit

import (
	"context"
	"encoding/json"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
)

// privateStateKey is the only key of a resource's private state. Its value is a JSON object: a struct of the resource.
const privateStateKey = "state"

// PrivateReader reads a resource's private state, which users do not see.
type PrivateReader interface {
	GetKey(ctx context.Context, key string) ([]byte, diag.Diagnostics)
}

// PrivateState reads and writes a resource's private state.
type PrivateState interface {
	PrivateReader
	SetKey(ctx context.Context, key string, value []byte) diag.Diagnostics
}

// Existence is the part of the private state that most resources have. With it, a plan tells a replacement from a first
// create: Terraform plans both from a null state.
type Existence struct {
	Exists bool `json:"exists,omitempty"`
	// IsProtected is true if a destroy or a replacement of the object is refused.
	IsProtected bool `json:"protected,omitempty"`
	// IsUnfinished flags an object whose Create or Update did not finish. The next plan shows an update, which finishes
	// it.
	IsUnfinished bool `json:"unfinished,omitempty"`
}

// ReadPrivate reads the private state of a resource: a zero T if there is none.
func ReadPrivate[T any](ctx context.Context, private PrivateReader, diags *diag.Diagnostics) T {
	var state T
	raw, found := private.GetKey(ctx, privateStateKey)
	diags.Append(found...)
	if len(raw) == 0 {
		return state
	}
	if err := json.Unmarshal(raw, &state); err != nil {
		AddError(diags, path.Empty(), Problem{
			Summary: "The private state of the resource cannot be read", Cause: err,
			Fix: "Remove the resource from the state and import it again.",
		})
	}
	return state
}

// UpdatePrivate changes the private state of a resource.
func UpdatePrivate[T any](ctx context.Context, private PrivateState, diags *diag.Diagnostics, change func(*T)) {
	state := ReadPrivate[T](ctx, private, diags)
	change(&state)
	raw, err := json.Marshal(state)
	if err != nil {
		AddError(diags, path.Empty(), Problem{
			Summary: "The private state of the resource cannot be saved", Cause: err,
			Fix: "Please report this error: it is a bug in the provider.",
		})
		return
	}
	diags.Append(private.SetKey(ctx, privateStateKey, raw)...)
}
