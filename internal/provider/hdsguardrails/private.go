package hdsguardrails

import (
	"context"
	"encoding/json"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/terraform-srm/terraform-provider-srm/internal/tfkit"
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

// readPrivate reads the value of a private state key. If there is none, value stays unchanged. It reports whether there
// is one.
func readPrivate(ctx context.Context, private privateReader, key string, value any, diags *diag.Diagnostics) bool {
	raw, found := private.GetKey(ctx, key)
	diags.Append(found...)
	if len(raw) == 0 {
		return false
	}
	if err := json.Unmarshal(raw, value); err != nil {
		addDamagedPrivate(key, diags)
	}
	return true
}

func addDamagedPrivate(key string, diags *diag.Diagnostics) {
	tfkit.AddError(diags, path.Empty(), tfkit.Problem{
		Summary: "The private state of the guardrails cannot be read",
		Found:   "the value of " + key + " is not valid",
		Fix:     "Remove the resource from the state and import it again.",
	})
}

func writePrivate(ctx context.Context, private privateWriter, key string, value any, diags *diag.Diagnostics) {
	raw, err := json.Marshal(value)
	if err != nil {
		tfkit.AddAPIError(diags, "Unable to save the private state of the guardrails", err)
		return
	}
	diags.Append(private.SetKey(ctx, key, raw)...)
}
