package tfkit

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-srm/terraform-provider-srm/internal/responsibility"
)

// TransferTypes are the attribute types of one transfer.
func TransferTypes() map[string]attr.Type {
	return map[string]attr.Type{
		"key": types.StringType, "clause": types.StringType, "component": types.StringType, "from": types.StringType,
		"to": types.StringType, "reason": types.StringType, "how_to_revert": types.StringType,
		"interpretation": types.BoolType,
	}
}

// Transfer is how a transfer is shown.
type Transfer struct {
	Key            string `tfsdk:"key"`
	Clause         string `tfsdk:"clause"`
	Component      string `tfsdk:"component"`
	From           string `tfsdk:"from"`
	To             string `tfsdk:"to"`
	Because        string `tfsdk:"reason"`
	GiveBack       string `tfsdk:"how_to_revert"`
	Interpretation bool   `tfsdk:"interpretation"`
}

// Transfers is the value of a `responsibility_transfers` attribute: never null, in the order given.
func Transfers(ctx context.Context, found []responsibility.Transfer, diags *diag.Diagnostics) types.List {
	list, problems := types.ListValueFrom(ctx, types.ObjectType{AttrTypes: TransferTypes()}, ShowTransfers(found))
	diags.Append(problems...)
	return list
}

// ShowTransfers shows transfers in the order given, never nil.
func ShowTransfers(found []responsibility.Transfer) []Transfer {
	shown := make([]Transfer, 0, len(found))
	for _, t := range found {
		shown = append(shown, Transfer(t))
	}
	return shown
}

// TransfersAttribute is the `responsibility_transfers` attribute of a resource; what names the resource.
func TransfersAttribute(what string) schema.ListNestedAttribute {
	text := func(description string) schema.StringAttribute {
		return schema.StringAttribute{Computed: true, MarkdownDescription: description}
	}
	return schema.ListNestedAttribute{
		Computed: true,
		MarkdownDescription: "What the configuration of the " + what + " moves from Scaleway's responsibility to yours " +
			"(TRF-01), known at plan: a pull request shows it, and a `precondition` can gate on it.",
		NestedObject: schema.NestedAttributeObject{Attributes: map[string]schema.Attribute{
			"key":           text("Stable key of the transfer."),
			"clause":        text("Clause of the model."),
			"component":     text("What is transferred."),
			"from":          text("Who was responsible: `scaleway`, or `hardening` for what this provider adds by itself."),
			"to":            text("Who is responsible now."),
			"reason":        text("The fact of the configuration that moved it."),
			"how_to_revert": text("How to give it back."),
			"interpretation": schema.BoolAttribute{Computed: true,
				MarkdownDescription: "Whether this is our reading of the model rather than its own words."},
		}},
	}
}
