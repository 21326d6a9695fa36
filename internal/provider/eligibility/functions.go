// Package eligibility implements the functions node_type_eligibility and zone_eligibility, which return whether an
// Instance type or a zone is eligible for nodes with health data, and the source of that decision.
package eligibility

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/function"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-srm/terraform-provider-srm/internal/compliance"
	"github.com/terraform-srm/terraform-provider-srm/internal/tfkit"
)

// eligibilityFunction is a function that looks up a name in the catalogue of eligibility.
type eligibilityFunction struct {
	name       string
	definition function.Definition
	lookup     func(string) compliance.Eligibility
}

// NewNodeTypeFunction returns the function node_type_eligibility.
func NewNodeTypeFunction() function.Function {
	return &eligibilityFunction{
		name:   "node_type_eligibility",
		lookup: compliance.NodeTypeEligibility,
		definition: function.Definition{
			Summary: "Returns whether an Instance type is eligible for health data",
			MarkdownDescription: "Returns whether an Instance type is eligible for nodes with health data (clauses " +
				"`HDS-IDN-01` and `HDS-IDN-02`), according to the catalogue bundled with the provider. " +
				"`srm_hds_pool` uses the same catalogue. The function sends no API requests.\n\n" +
				resultDescription("the Instance family, such as `POP2-HC`"),
			Parameters: []function.Parameter{function.StringParameter{
				Name: "type",
				MarkdownDescription: "Instance type, such as `POP2-4C-16G`. The API's spelling, such as " +
					"`pop2_4c_16g`, is accepted, too. The status of a type that is not in the catalogue is `" +
					compliance.Undecided +
					"`.",
			}},
			Return: returnType(),
		},
	}
}

// NewZoneFunction returns the function zone_eligibility.
func NewZoneFunction() function.Function {
	return &eligibilityFunction{
		name:   "zone_eligibility",
		lookup: compliance.ZoneEligibility,
		definition: function.Definition{
			Summary: "Returns whether a zone is eligible for health data",
			MarkdownDescription: "Returns whether a zone is eligible for nodes with health data (clauses " +
				"`HDS-RES-01` and `HDS-RES-02`). `srm_hds_pool` applies the same rule. The function sends no API " +
				"requests.\n\n" +
				resultDescription("the region, `"+compliance.Region+"`"),
			Parameters: []function.Parameter{function.StringParameter{
				Name:                "zone",
				MarkdownDescription: "Zone, such as `fr-par-1`.",
			}},
			Return: returnType(),
		},
	}
}

// resultDescription returns the description of the result. family describes the attribute of that name.
func resultDescription(family string) string {
	return "The result is an object:\n\n" +
		"- `status` (String): `" + compliance.Eligible + "`, `" + compliance.Ineligible + "`, or `" +
		compliance.Undecided +
		"` if no public source decides it. Do not treat `" + compliance.Undecided + "` as eligible.\n" +
		"- `reason` (String): the reason in sentences, for an error message.\n" +
		"- `source` (String): the document that the status is based on.\n" +
		"- `as_of` (String): the date of that document, `YYYY-MM-DD`.\n" +
		"- `family` (String): " + family + "; null if unknown.\n" +
		"- `revision` (Number): revision of the status in the catalogue, starting at 1; 0 if the catalogue has none."
}

// functionResult is the result of both functions.
type functionResult struct {
	Status   string  `tfsdk:"status"`
	Reason   string  `tfsdk:"reason"`
	Source   string  `tfsdk:"source"`
	AsOf     string  `tfsdk:"as_of"`
	Family   *string `tfsdk:"family"`
	Revision int64   `tfsdk:"revision"`
}

func returnType() function.Return {
	return function.ObjectReturn{AttributeTypes: map[string]attr.Type{
		"status": types.StringType, "reason": types.StringType, "source": types.StringType, "as_of": types.StringType,
		"family": types.StringType, "revision": types.Int64Type,
	}}
}

func (v *eligibilityFunction) Metadata(_ context.Context, _ function.MetadataRequest, resp *function.MetadataResponse) {
	resp.Name = v.name
}

func (v *eligibilityFunction) Definition(
	_ context.Context,
	_ function.DefinitionRequest,
	resp *function.DefinitionResponse,
) {
	resp.Definition = v.definition
}

func (v *eligibilityFunction) Run(ctx context.Context, req function.RunRequest, resp *function.RunResponse) {
	var name string
	if resp.Error = req.Arguments.Get(ctx, &name); resp.Error != nil {
		return
	}
	found := v.lookup(name)
	resp.Error = resp.Result.Set(ctx, functionResult{Status: found.Status, Reason: found.Reason, Source: found.Source,
		AsOf:   found.AsOf,
		Family: tfkit.NilIfEmpty(found.Family), Revision: int64(found.Revision)})
}
