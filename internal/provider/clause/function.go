// Package clause is the function clause: a clause of the Shared Responsibility Model, by its id.
package clause

import (
	"context"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/function"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-srm/terraform-provider-srm/internal/framework"
	"github.com/terraform-srm/terraform-provider-srm/internal/responsibility"
)

type clauseFunction struct{}

// NewFunction is clause.
func NewFunction() function.Function { return &clauseFunction{} }

func (*clauseFunction) Metadata(_ context.Context, _ function.MetadataRequest, resp *function.MetadataResponse) {
	resp.Name = "clause"
}

func (*clauseFunction) Definition(_ context.Context, _ function.DefinitionRequest, resp *function.DefinitionResponse) {
	list := types.ListType{ElemType: types.StringType}
	resp.Definition = function.Definition{
		Summary: "Gives a clause of the Shared Responsibility Model",
		MarkdownDescription: "Gives a clause of Scaleway's Shared Responsibility Model for managed Kubernetes by its id: what it says, whose it is, and how this " +
			"provider carries it. Texts are the provider's own words; the model's English text prevails. How a clause is carried in a given cluster, the data source " +
			"`srm_responsibilities` says.\n\nThe result is an object:\n\n" +
			"- `id` (String): the id.\n" +
			"- `part` (String): the heading above `section`, shortened; null where `section` is a top heading.\n" +
			"- `section` (String): the model's heading that the clause stands under.\n" +
			"- `title`, `title_fr` (String): the clause in a few words, in English and in French.\n" +
			"- `text` (String): the clause in full sentences.\n" +
			"- `citation` (String): id and section, as error messages cite the clause.\n" +
			"- `party` (String): who is responsible: " + quoted(responsibility.Parties()) + ".\n" +
			"- `applies_to` (String): the clusters or nodes that it concerns: " + quoted([]string{responsibility.ToAll, responsibility.ToKapsule, responsibility.ToKosmos,
			responsibility.ToManagedNodes, responsibility.ToKosmosManaged, responsibility.ToExternal, responsibility.ToHDS}) + ".\n" +
			"- `mechanism` (String): how it is carried once all its carriers exist, the weakest of those that cover its whole sentence: " +
			quoted(responsibility.Mechanisms()) + ".\n" +
			"- `planned` (Boolean): whether what carries it so is still to be built.\n" +
			"- `coverage` (String): `" + responsibility.InFull + "`, or `" + responsibility.InPart + "` where something of it is carried by nothing.\n" +
			"- `missing` (String): what that is; null where the clause is carried in full.\n" +
			"- `carriers` (List of Object): what carries it, the strongest first: `kind`, `name`, `does` and `mechanism` (String), `part` (Boolean: it carries a part of " +
			"the clause only), `where` (String: as `applies_to`, null: wherever the clause applies) and `planned` (Boolean: it does not exist yet).\n" +
			"- `hds`, `iso27001` (List of String): related requirements of the HDS framework, version 2, and controls of ISO/IEC 27001:2022, Annex A.\n" +
			"- `lines` (List of Number): lines of the model's text.",
		Parameters: []function.Parameter{function.StringParameter{
			Name:                "id",
			MarkdownDescription: "Id of the clause, in upper case, such as `HDS-RES-01`.",
		}},
		Return: function.ObjectReturn{AttributeTypes: map[string]attr.Type{
			"id": types.StringType, "part": types.StringType, "section": types.StringType, "title": types.StringType, "title_fr": types.StringType,
			"text": types.StringType, "citation": types.StringType, "party": types.StringType, "applies_to": types.StringType,
			"mechanism": types.StringType, "planned": types.BoolType, "coverage": types.StringType, "missing": types.StringType,
			"carriers": types.ListType{ElemType: types.ObjectType{AttrTypes: map[string]attr.Type{
				"kind": types.StringType, "name": types.StringType, "does": types.StringType, "mechanism": types.StringType, "part": types.BoolType,
				"where": types.StringType, "planned": types.BoolType,
			}}},
			"hds": list, "iso27001": list, "lines": types.ListType{ElemType: types.Int64Type},
		}},
	}
}

func quoted(words []string) string { return "`" + strings.Join(words, "`, `") + "`" }

func (*clauseFunction) Run(ctx context.Context, req function.RunRequest, resp *function.RunResponse) {
	var id string
	if resp.Error = req.Arguments.Get(ctx, &id); resp.Error != nil {
		return
	}
	found, ok := responsibility.Lookup(id)
	if !ok {
		resp.Error = framework.ArgumentError(0, unknown(id))
		return
	}
	resp.Error = resp.Result.Set(ctx, describe(found))
}

// clause and carrier are the result.
type clause struct {
	ID        string    `tfsdk:"id"`
	Part      *string   `tfsdk:"part"`
	Section   string    `tfsdk:"section"`
	Title     string    `tfsdk:"title"`
	TitleFR   string    `tfsdk:"title_fr"`
	Text      string    `tfsdk:"text"`
	Citation  string    `tfsdk:"citation"`
	Party     string    `tfsdk:"party"`
	AppliesTo string    `tfsdk:"applies_to"`
	Mechanism string    `tfsdk:"mechanism"`
	Planned   bool      `tfsdk:"planned"`
	Coverage  string    `tfsdk:"coverage"`
	Missing   *string   `tfsdk:"missing"`
	Carriers  []carrier `tfsdk:"carriers"`
	HDS       []string  `tfsdk:"hds"`
	ISO27001  []string  `tfsdk:"iso27001"`
	Lines     []int64   `tfsdk:"lines"`
}

type carrier struct {
	Kind      string  `tfsdk:"kind"`
	Name      string  `tfsdk:"name"`
	Does      string  `tfsdk:"does"`
	Mechanism string  `tfsdk:"mechanism"`
	Part      bool    `tfsdk:"part"`
	Where     *string `tfsdk:"where"`
	Planned   bool    `tfsdk:"planned"`
}

// describe shows a clause; no list of it is null.
func describe(c responsibility.Clause) clause {
	answer := clause{
		ID: c.ID, Part: framework.OrNull(c.Part), Section: c.Section, Title: c.Title, TitleFR: c.TitleFR, Text: c.Text, Citation: c.Citation(), Party: c.Party,
		AppliesTo: c.AppliesTo, Mechanism: c.Mechanism, Planned: c.Planned(), Coverage: c.Coverage(), Missing: framework.OrNull(c.Missing), Carriers: []carrier{},
		HDS: append([]string{}, c.HDS...), ISO27001: append([]string{}, c.ISO27001...), Lines: []int64{},
	}
	for _, one := range c.Carriers {
		answer.Carriers = append(answer.Carriers, carrier{Kind: one.Kind, Name: one.Name, Does: one.Does, Mechanism: one.Mechanism, Part: one.Part,
			Where: framework.OrNull(one.Where), Planned: one.Planned})
	}
	for _, line := range c.Lines {
		answer.Lines = append(answer.Lines, int64(line))
	}
	return answer
}

// unknown says why an id is none, and which ids are near it.
func unknown(id string) string {
	said := strconv.Quote(id) + " is no clause of the model"
	upper := strings.ToUpper(strings.TrimSpace(id))
	if _, ok := responsibility.Lookup(upper); ok {
		return fmt.Sprintf("%s: ids are upper case, without spaces around them. Write %q", said, upper)
	}
	prefix, shown := regexp.MustCompile(`-?\d*$`).ReplaceAllString(upper, ""), []string{}
	for _, c := range responsibility.TheCatalogue().Clauses {
		if c.SectionID() == prefix {
			shown = append(shown, c.ID)
		}
	}
	if len(shown) > 0 {
		return fmt.Sprintf("%s. Those that begin with %s are %s", said, prefix, strings.Join(shown, ", "))
	}
	return fmt.Sprintf(`%s. An id is upper case, as in "HDS-RES-01", and begins with one of %s`, said, strings.Join(responsibility.Sections(), ", "))
}
