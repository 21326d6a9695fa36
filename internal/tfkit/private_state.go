package tfkit

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/diag"
)

// Flags in a resource's private state, which users do not see.
const (
	// FlagUnfinished flags an object whose Create or Update did not finish. The next plan shows an update, which
	// finishes it.
	FlagUnfinished = "unfinished"
	// FlagProtected and FlagUnprotected flag an object that exists, with or without deletion protection. Terraform
	// plans a replacement from a null state, like a first create: these flags tell the two apart.
	FlagProtected   = "protected"
	FlagUnprotected = "unprotected"
)

type privateReader interface {
	GetKey(ctx context.Context, key string) ([]byte, diag.Diagnostics)
}

type privateWriter interface {
	SetKey(ctx context.Context, key string, value []byte) diag.Diagnostics
}

// HasFlag reports whether a flag is set.
func HasFlag(ctx context.Context, private privateReader, mark string, diags *diag.Diagnostics) bool {
	value, found := private.GetKey(ctx, mark)
	diags.Append(found...)
	return len(value) > 0
}

// SetFlag sets or clears a flag.
func SetFlag(ctx context.Context, private privateWriter, mark string, on bool, diags *diag.Diagnostics) {
	var value []byte
	if on {
		value = []byte("true")
	}
	diags.Append(private.SetKey(ctx, mark, value)...)
}

// SetProtectionFlags sets the flags of an object with or without deletion protection.
func SetProtectionFlags(ctx context.Context, private privateWriter, protected bool, diags *diag.Diagnostics) {
	SetFlag(ctx, private, FlagProtected, protected, diags)
	SetFlag(ctx, private, FlagUnprotected, !protected, diags)
}
