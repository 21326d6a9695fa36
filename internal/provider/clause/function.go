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

	"github.com/terraform-srm/terraform-provider-srm/internal/responsibility"
	"github.com/terraform-srm/terraform-provider-srm/internal/tfkit"
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
		MarkdownDescription: "Gives a clause of Scaleway's Shared Responsibility Model for managed Kubernetes by its id: " +
			"what it says, who is responsible, and what covers each of its parts. It says nothing about whether a clause is " +
			"met. Texts are the provider's own words; the model's English text prevails. Who is responsible in a given " +
			"cluster is in the data source `srm_responsibilities`.\n\nThe result is an object:\n\n" +
			"- `id` (String): the id.\n" +
			"- `chapter` (String): the heading above `section`, shortened; null where `section` is a top heading.\n" +
			"- `section` (String): the model's heading of the clause.\n" +
			"- `title`, `title_fr` (String): the clause in a few words, in English and in French.\n" +
			"- `text`, `text_fr` (String): the clause in full sentences.\n" +
			"- `citation` (String): id and section, as error messages cite the clause.\n" +
			"- `party` (String): who is responsible: " + quoted(responsibility.Parties()) + ".\n" +
			"- `applies_to` (String): the clusters or nodes that it applies to: " + quoted(
			responsibility.Applicabilities(),
		) + ".\n" +
			"- `parts` (List of Object): what the clause demands: `key`, `text`, `text_fr` (String), `by` (String: what " +
			"covers it, " +
			quoted(responsibility.Coverages()) + "), `name` (String: the check, or the kind of the attestation; null for the " +
			"other two), `planned` (Boolean: what gives it a result does not exist yet), `applies_to` (String: as above, also " +
			"`" + responsibility.ToMutualised + "`, `" +
			responsibility.ToDedicated + "`, `" +
			responsibility.ToCustomNodes + "`, `" + responsibility.ToNotHDS + "`; null: wherever the clause applies), " +
			"`indicators` (List of String: checks beside an attestation, which can contradict it) and `needs` (List of " +
			"String: clauses without whose results it has none).\n" +
			"- `enforced_by` (List of Object): resources of this provider that refuse the opposite at plan or at admission: " +
			"`resource`, `refuses`, `refuses_fr`, `not_covered`, `not_covered_fr` (String), `applies_to` (String, as above). " +
			"It is a statement about the resource, not about a cluster.\n" +
			"- `interpretation` (Object): what of the clause is a reading of the model: `reading`, `reading_fr` (String), " +
			"`line` (Number) and `quote` (String) of the model's text on which it rests; null where there is none.\n" +
			"- `components` (List of String): what of this provider configures or shows what the clause is about, such as " +
			"`srm_hds_pool` or `data.srm_cluster`.\n" +
			"- `hds` (List of Object): related requirements of the HDS framework, version 2: `requirement` and `binds` " +
			"(String: `host`, the host of health data).\n" +
			"- `iso27001` (List of String): related controls of ISO/IEC 27001:2022, Annex A.\n" +
			"- `lines` (List of Number): lines of the model's text.",
		Parameters: []function.Parameter{function.StringParameter{
			Name:                "id",
			MarkdownDescription: "Id of the clause, in upper case, such as `HDS-RES-01`.",
		}},
		Return: function.ObjectReturn{AttributeTypes: map[string]attr.Type{
			"id": types.StringType, "chapter": types.StringType, "section": types.StringType, "title": types.StringType,
			"title_fr": types.StringType,
			"text":     types.StringType, "text_fr": types.StringType, "citation": types.StringType, "party": types.StringType,
			"applies_to": types.StringType,
			"parts": objects(map[string]attr.Type{
				"key": types.StringType, "text": types.StringType, "text_fr": types.StringType, "by": types.StringType,
				"name":    types.StringType,
				"planned": types.BoolType, "applies_to": types.StringType, "indicators": list, "needs": list,
			}),
			"enforced_by": objects(map[string]attr.Type{
				"resource": types.StringType, "refuses": types.StringType, "refuses_fr": types.StringType,
				"not_covered":    types.StringType,
				"not_covered_fr": types.StringType, "applies_to": types.StringType,
			}),
			"interpretation": types.ObjectType{AttrTypes: map[string]attr.Type{
				"reading": types.StringType, "reading_fr": types.StringType, "line": types.Int64Type, "quote": types.StringType,
			}},
			"components": list, "hds": objects(map[string]attr.Type{"requirement": types.StringType, "binds": types.StringType}),
			"iso27001": list, "lines": types.ListType{ElemType: types.Int64Type},
		}},
	}
}

func objects(of map[string]attr.Type) types.ListType {
	return types.ListType{ElemType: types.ObjectType{AttrTypes: of}}
}

func quoted(words []string) string { return "`" + strings.Join(words, "`, `") + "`" }

func (*clauseFunction) Run(ctx context.Context, req function.RunRequest, resp *function.RunResponse) {
	var id string
	if resp.Error = req.Arguments.Get(ctx, &id); resp.Error != nil {
		return
	}
	found, ok := responsibility.Lookup(id)
	if !ok {
		resp.Error = tfkit.ArgumentError(0, unknown(id))
		return
	}
	resp.Error = resp.Result.Set(ctx, describe(found))
}

// clause is the result.
type clause struct {
	ID             string          `tfsdk:"id"`
	Chapter        *string         `tfsdk:"chapter"`
	Section        string          `tfsdk:"section"`
	Title          string          `tfsdk:"title"`
	TitleFR        string          `tfsdk:"title_fr"`
	Text           string          `tfsdk:"text"`
	TextFR         string          `tfsdk:"text_fr"`
	Citation       string          `tfsdk:"citation"`
	Party          string          `tfsdk:"party"`
	AppliesTo      string          `tfsdk:"applies_to"`
	Parts          []part          `tfsdk:"parts"`
	EnforcedBy     []enforcement   `tfsdk:"enforced_by"`
	Interpretation *interpretation `tfsdk:"interpretation"`
	Components     []string        `tfsdk:"components"`
	HDS            []requirement   `tfsdk:"hds"`
	ISO27001       []string        `tfsdk:"iso27001"`
	Lines          []int64         `tfsdk:"lines"`
}

type part struct {
	Key        string   `tfsdk:"key"`
	Text       string   `tfsdk:"text"`
	TextFR     string   `tfsdk:"text_fr"`
	By         string   `tfsdk:"by"`
	Name       *string  `tfsdk:"name"`
	Planned    bool     `tfsdk:"planned"`
	AppliesTo  *string  `tfsdk:"applies_to"`
	Indicators []string `tfsdk:"indicators"`
	Needs      []string `tfsdk:"needs"`
}

type enforcement struct {
	Resource     string  `tfsdk:"resource"`
	Refuses      string  `tfsdk:"refuses"`
	RefusesFR    string  `tfsdk:"refuses_fr"`
	NotCovered   string  `tfsdk:"not_covered"`
	NotCoveredFR string  `tfsdk:"not_covered_fr"`
	AppliesTo    *string `tfsdk:"applies_to"`
}

type interpretation struct {
	Reading   string `tfsdk:"reading"`
	ReadingFR string `tfsdk:"reading_fr"`
	Line      int64  `tfsdk:"line"`
	Quote     string `tfsdk:"quote"`
}

type requirement struct {
	Requirement string `tfsdk:"requirement"`
	Binds       string `tfsdk:"binds"`
}

// describe converts a clause to the result; no list of it is null.
func describe(c responsibility.Clause) clause {
	answer := clause{
		ID: c.ID, Chapter: tfkit.OrNull(c.Chapter), Section: c.Section, Title: c.Title.EN, TitleFR: c.Title.FR,
		Text: c.Text.EN, TextFR: c.Text.FR,
		Citation: c.Citation(), Party: c.Party, AppliesTo: c.AppliesTo, Parts: []part{}, EnforcedBy: []enforcement{},
		Components: append([]string{}, c.Components...),
		HDS:        []requirement{}, ISO27001: append([]string{}, c.ISO27001...), Lines: []int64{},
	}
	for _, p := range c.Parts {
		answer.Parts = append(answer.Parts, part{
			Key: p.Key, Text: p.Text.EN, TextFR: p.Text.FR, By: p.By, Name: tfkit.OrNull(p.Name), Planned: p.Planned(),
			AppliesTo:  tfkit.OrNull(p.AppliesTo),
			Indicators: append([]string{}, p.Indicators...), Needs: append([]string{}, p.Needs...),
		})
	}
	for _, e := range c.EnforcedBy {
		answer.EnforcedBy = append(answer.EnforcedBy, enforcement{
			Resource: e.Resource, Refuses: e.Refuses.EN, RefusesFR: e.Refuses.FR, NotCovered: e.NotCovered.EN,
			NotCoveredFR: e.NotCovered.FR,
			AppliesTo:    tfkit.OrNull(e.AppliesTo),
		})
	}
	if read := c.Interpretation; read != nil {
		answer.Interpretation = &interpretation{
			Reading: read.Reading.EN, ReadingFR: read.Reading.FR, Line: int64(read.Line), Quote: read.Quote,
		}
	}
	for _, r := range c.HDS {
		answer.HDS = append(answer.HDS, requirement{Requirement: r.ID, Binds: r.Binds})
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
	return fmt.Sprintf(
		`%s. An id is upper case, as in "HDS-RES-01", and begins with one of %s`, said, strings.Join(
			responsibility.Sections(), ", ",
		),
	)
}
