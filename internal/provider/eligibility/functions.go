// Package eligibility is the functions node_type_eligibility and zone_eligibility: whether nodes for health data may be
// of an Instance type, or in a zone, and who says so.
package eligibility

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/function"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-srm/terraform-provider-srm/internal/compliance"
	"github.com/terraform-srm/terraform-provider-srm/internal/tfkit"
)

// verdict is a function that looks a name up in the catalogue.
type verdict struct {
	name       string
	definition function.Definition
	look       func(string) compliance.Eligibility
}

// NewNodeTypeFunction is node_type_eligibility.
func NewNodeTypeFunction() function.Function {
	return &verdict{
		name: "node_type_eligibility",
		look: compliance.NodeType,
		definition: function.Definition{
			Summary: "Tells whether nodes for health data may be of an Instance type",
			MarkdownDescription: "Looks an Instance type up in the dated catalogue of the provider (clauses `HDS-IDN-01` and " +
				"`HDS-IDN-02`), the one that `srm_hds_pool` refuses node types by. It asks no API.\n\n" + answer("the Instance "+
				"family, such as `POP2-HC`"),
			Parameters: []function.Parameter{function.StringParameter{
				Name: "type",
				MarkdownDescription: "Instance type, such as `POP2-4C-16G`, in any spelling: `pop2_4c_16g`, as the API reads it " +
					"back, is the same. A type that the catalogue does not name is `" + compliance.Undecided + "`.",
			}},
			Return: result(),
		},
	}
}

// NewZoneFunction is zone_eligibility.
func NewZoneFunction() function.Function {
	return &verdict{
		name: "zone_eligibility",
		look: compliance.Zone,
		definition: function.Definition{
			Summary: "Tells whether nodes for health data may be in a zone",
			MarkdownDescription: "Tells whether nodes for health data may be in a zone (clauses `HDS-RES-01` and " +
				"`HDS-RES-02`), as `srm_hds_pool` judges it. It asks no API.\n\n" + answer("the region, `"+compliance.Region+"`"),
			Parameters: []function.Parameter{function.StringParameter{
				Name:                "zone",
				MarkdownDescription: "Zone, such as `fr-par-1`.",
			}},
			Return: result(),
		},
	}
}

// answer describes the result; family says what that attribute holds.
func answer(family string) string {
	return "The result is an object:\n\n" +
		"- `status` (String): `" + compliance.Eligible + "`, `" + compliance.Ineligible + "`, or `" + compliance.Undecided +
		"` where nothing public says it. Undecided is never a pass.\n" +
		"- `reason` (String): why, in sentences, for an error message.\n" +
		"- `source` (String): the document that says so.\n" +
		"- `as_of` (String): the date of that document, `YYYY-MM-DD`.\n" +
		"- `family` (String): " + family + "; null where unknown.\n" +
		"- `revision` (Number): how often the catalogue changed its verdict, from 1; 0 where it has none."
}

// object is the result.
type object struct {
	Status   string  `tfsdk:"status"`
	Reason   string  `tfsdk:"reason"`
	Source   string  `tfsdk:"source"`
	AsOf     string  `tfsdk:"as_of"`
	Family   *string `tfsdk:"family"`
	Revision int64   `tfsdk:"revision"`
}

func result() function.Return {
	return function.ObjectReturn{AttributeTypes: map[string]attr.Type{
		"status": types.StringType, "reason": types.StringType, "source": types.StringType, "as_of": types.StringType,
		"family": types.StringType, "revision": types.Int64Type,
	}}
}

func (v *verdict) Metadata(_ context.Context, _ function.MetadataRequest, resp *function.MetadataResponse) {
	resp.Name = v.name
}

func (v *verdict) Definition(_ context.Context, _ function.DefinitionRequest, resp *function.DefinitionResponse) {
	resp.Definition = v.definition
}

func (v *verdict) Run(ctx context.Context, req function.RunRequest, resp *function.RunResponse) {
	var name string
	if resp.Error = req.Arguments.Get(ctx, &name); resp.Error != nil {
		return
	}
	found := v.look(name)
	resp.Error = resp.Result.Set(ctx, object{Status: found.Status, Reason: found.Reason, Source: found.Source,
		AsOf:   found.AsOf,
		Family: tfkit.OrNull(found.Family), Revision: int64(found.Revision)})
}
