package tfkit

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-srm/terraform-provider-srm/internal/responsibility"
)

// TransferTypes returns the attribute types of a responsibility transfer.
func TransferTypes() map[string]attr.Type {
	return map[string]attr.Type{
		"key": types.StringType, "clause": types.StringType, "component": types.StringType, "from": types.StringType,
		"to": types.StringType, "reason": types.StringType, "how_to_revert": types.StringType,
		"interpretation": types.BoolType,
	}
}

// Transfer is a responsibility transfer as an attribute.
type Transfer struct {
	Key            string `tfsdk:"key"`
	Clause         string `tfsdk:"clause"`
	Component      string `tfsdk:"component"`
	From           string `tfsdk:"from"`
	To             string `tfsdk:"to"`
	Reason         string `tfsdk:"reason"`
	HowToRevert    string `tfsdk:"how_to_revert"`
	Interpretation bool   `tfsdk:"interpretation"`
}

// NewTransfersList returns the value of a `responsibility_transfers` attribute, in the given order, never null.
func NewTransfersList(ctx context.Context, found []responsibility.Transfer, diags *diag.Diagnostics) types.List {
	list, problems := types.ListValueFrom(ctx, types.ObjectType{AttrTypes: TransferTypes()}, NewTransfers(found))
	diags.Append(problems...)
	return list
}

// NewTransfers converts transfers, in the given order. The result is never nil.
func NewTransfers(found []responsibility.Transfer) []Transfer {
	converted := make([]Transfer, 0, len(found))
	for _, t := range found {
		converted = append(converted, Transfer(t))
	}
	return converted
}

// TransfersAttribute returns the `responsibility_transfers` attribute of a resource. label names the object in the
// description, such as "cluster".
func TransfersAttribute(label string) schema.ListNestedAttribute {
	text := func(description string) schema.StringAttribute {
		return schema.StringAttribute{Computed: true, MarkdownDescription: description}
	}
	return schema.ListNestedAttribute{
		Computed: true,
		MarkdownDescription: "Responsibilities that the configuration of the " + label + " shifts from Scaleway to " +
			"the customer (TRF-01). Known at plan, so that a `precondition` can check them.",
		NestedObject: schema.NestedAttributeObject{Attributes: map[string]schema.Attribute{
			"key":       text("Stable key of the responsibility transfer."),
			"clause":    text("Clause of the Shared Responsibility Model."),
			"component": text("Component whose responsibility is shifted."),
			"from": text("Who was responsible: `scaleway`, or `hardening` for protections that this provider adds to " +
				"the model."),
			"to":            text("Who is responsible now."),
			"reason":        text("Setting of the configuration that shifts the responsibility."),
			"how_to_revert": text("How to revert the shift."),
			"interpretation": schema.BoolAttribute{Computed: true,
				MarkdownDescription: "Whether this is this provider's interpretation of the model, not its wording."},
		}},
	}
}
