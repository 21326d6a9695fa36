package tfkit

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/diag"
)

// Marks are what a resource keeps beside its state, where no user sees it.
const (
	// MarkUnfinished says that Create or Update left something undone; the next plan shows it, and Update finishes.
	MarkUnfinished = "unfinished"
	// MarkProtected and MarkUnprotected say that the object exists, and under which deletion protection it was applied.
	// A replacement is planned from a null state, as a first create is: the marks tell the two apart.
	MarkProtected   = "protected"
	MarkUnprotected = "unprotected"
)

type privateReader interface {
	GetKey(ctx context.Context, key string) ([]byte, diag.Diagnostics)
}

type privateWriter interface {
	SetKey(ctx context.Context, key string, value []byte) diag.Diagnostics
}

// Marked says whether a mark stands.
func Marked(ctx context.Context, private privateReader, mark string, diags *diag.Diagnostics) bool {
	value, found := private.GetKey(ctx, mark)
	diags.Append(found...)
	return len(value) > 0
}

// Mark sets or removes a mark.
func Mark(ctx context.Context, private privateWriter, mark string, on bool, diags *diag.Diagnostics) {
	var value []byte
	if on {
		value = []byte("true")
	}
	diags.Append(private.SetKey(ctx, mark, value)...)
}

// MarkProtection keeps the deletion protection under which an object was applied.
func MarkProtection(ctx context.Context, private privateWriter, protected bool, diags *diag.Diagnostics) {
	Mark(ctx, private, MarkProtected, protected, diags)
	Mark(ctx, private, MarkUnprotected, !protected, diags)
}
