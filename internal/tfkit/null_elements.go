package tfkit

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
)

// NoNulls is a validator of a list, a set or a map that reports null elements. Without it the provider would send a
// null string as "", and could not decode a null object.
type NoNulls struct{}

var (
	_ validator.List = NoNulls{}
	_ validator.Set  = NoNulls{}
	_ validator.Map  = NoNulls{}
)

// Description implements validator.Describer.
func (NoNulls) Description(context.Context) string { return "No element is null." }

// MarkdownDescription implements validator.Describer.
func (n NoNulls) MarkdownDescription(ctx context.Context) string { return n.Description(ctx) }

// ValidateList implements validator.List.
func (NoNulls) ValidateList(_ context.Context, req validator.ListRequest, resp *validator.ListResponse) {
	elements := req.ConfigValue.Elements()
	if number := slices.IndexFunc(elements, attr.Value.IsNull); number >= 0 {
		addNullError(&resp.Diagnostics, req.Path, fmt.Sprintf("null, element %d of %d", number+1, len(elements)),
			"[for element in var.elements : element if element != null]")
	}
}

// ValidateSet implements validator.Set.
func (NoNulls) ValidateSet(_ context.Context, req validator.SetRequest, resp *validator.SetResponse) {
	if slices.ContainsFunc(req.ConfigValue.Elements(), attr.Value.IsNull) {
		addNullError(&resp.Diagnostics, req.Path, "null", "[for element in var.elements : element if element != null]")
	}
}

// ValidateMap implements validator.Map.
func (NoNulls) ValidateMap(_ context.Context, req validator.MapRequest, resp *validator.MapResponse) {
	elements := req.ConfigValue.Elements()
	for _, key := range slices.Sorted(maps.Keys(elements)) {
		if elements[key].IsNull() {
			addNullError(&resp.Diagnostics, req.Path.AtMapKey(key), fmt.Sprintf("null for the key %q", key),
				"{ for key, value in var.elements : key => value if value != null }")
		}
	}
}

func addNullError(diags *diag.Diagnostics, at path.Path, found, filter string) {
	AddError(diags, at, Problem{Summary: "An element is null", Found: found, Allowed: "elements that have a value",
		Fix: "Remove the element. If a variable may contain null, filter it: `" + filter + "`."})
}
