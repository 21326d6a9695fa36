package tfkit

import (
	"context"
	"maps"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
)

// GetAttributes reads root attributes into the targets, in the order of their names.
func GetAttributes[T any](ctx context.Context, from attributeReader, targets map[string]T, diags *diag.Diagnostics) {
	for _, name := range slices.Sorted(maps.Keys(targets)) {
		diags.Append(from.GetAttribute(ctx, path.Root(name), targets[name])...)
	}
}

// SetAttributes writes root attributes, in the order of their names.
func SetAttributes(ctx context.Context, to attributeWriter, values map[string]any, diags *diag.Diagnostics) {
	for _, name := range slices.Sorted(maps.Keys(values)) {
		diags.Append(to.SetAttribute(ctx, path.Root(name), values[name])...)
	}
}

type attributeReader interface {
	GetAttribute(ctx context.Context, at path.Path, target any) diag.Diagnostics
}

type attributeWriter interface {
	SetAttribute(ctx context.Context, at path.Path, value any) diag.Diagnostics
}
