package hdsguardrails

import (
	"context"
	"encoding/json"

	"github.com/hashicorp/terraform-plugin-framework/diag"
)

type privateReader interface {
	GetKey(ctx context.Context, key string) ([]byte, diag.Diagnostics)
}

type privateWriter interface {
	SetKey(ctx context.Context, key string, value []byte) diag.Diagnostics
}

type privateStore interface {
	privateReader
	privateWriter
}

// readPrivate reads what is kept under a private key; nothing there leaves value as it is. It says whether there is
// something.
func readPrivate(ctx context.Context, private privateReader, key string, value any, diags *diag.Diagnostics) bool {
	raw, found := private.GetKey(ctx, key)
	diags.Append(found...)
	if len(raw) == 0 {
		return false
	}
	if err := json.Unmarshal(raw, value); err != nil {
		addDamaged(key, diags)
	}
	return true
}

func addDamaged(key string, diags *diag.Diagnostics) {
	diags.AddError("The private state of the guardrails cannot be read",
		"Its "+key+" is damaged. Remove the resource from the state and import it again.")
}

func keepPrivate(ctx context.Context, private privateWriter, key string, value any, diags *diag.Diagnostics) {
	raw, err := json.Marshal(value)
	if err != nil {
		diags.AddError("The private state of the guardrails cannot be kept", err.Error())
		return
	}
	diags.Append(private.SetKey(ctx, key, raw)...)
}
