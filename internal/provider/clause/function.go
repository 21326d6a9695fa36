// Package clause implements the function clause, which returns a clause of the Shared Responsibility Model by its id.
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

// NewFunction returns the function clause.
func NewFunction() function.Function { return &clauseFunction{} }

func (*clauseFunction) Metadata(_ context.Context, _ function.MetadataRequest, resp *function.MetadataResponse) {
	resp.Name = "clause"
}

func (*clauseFunction) Definition(_ context.Context, _ function.DefinitionRequest, resp *function.DefinitionResponse) {
	list := types.ListType{ElemType: types.StringType}
	resp.Definition = function.Definition{
		Summary: "Returns a clause of the Shared Responsibility Model",
		MarkdownDescription: "Returns a clause of Scaleway's Shared Responsibility Model for managed Kubernetes by " +
			"its id: its text, the responsible party, and what covers each of its parts. The result does not say " +
			"whether a clause is met. The texts are the provider's own words; the model's English text prevails. The " +
			"data source `srm_responsibilities` shows who is responsible in a given cluster.\n\nThe result is an " +
			"object:\n\n" +
			"- `id` (String): id of the clause.\n" +
			"- `chapter` (String): heading above `section`, shortened; null if `section` is a top-level heading.\n" +
			"- `section` (String): heading of the clause in the model.\n" +
			"- `title`, `title_fr` (String): short title in English and French.\n" +
			"- `text`, `text_fr` (String): full text in English and French.\n" +
			"- `citation` (String): id and section, as cited in error messages.\n" +
			"- `party` (String): responsible party: " + quoted(responsibility.Parties()) + ".\n" +
			"- `applies_to` (String): clusters or nodes that the clause applies to: " + quoted(
			responsibility.Applicabilities(),
		) + ".\n" +
			"- `parts` (List of Object): requirements of the clause.\n" +
			"  - `key` (String): stable key of the part.\n" +
			"  - `text`, `text_fr` (String): the requirement in English and French.\n" +
			"  - `by` (String): what covers the part: " + quoted(responsibility.Coverages()) + ".\n" +
			"  - `name` (String): id of the check or kind of the attestation; null for the other two values of " +
			"`by`.\n" +
			"  - `planned` (Boolean): whether that check or attestation does not exist yet.\n" +
			"  - `applies_to` (String): as above, and also `" + responsibility.AppliesToMutualised + "`, `" +
			responsibility.AppliesToDedicated + "`, `" + responsibility.AppliesToCustomNodes + "`, `" +
			responsibility.AppliesToNotHDS + "`; null if the part applies wherever the clause applies.\n" +
			"  - `indicators` (List of String): checks that can contradict the attestation.\n" +
			"  - `needs` (List of String): clauses whose results the part depends on.\n" +
			"- `enforced_by` (List of Object): resources of this provider that refuse deviations from the clause at " +
			"plan or at admission. The objects describe the resource, not a given cluster.\n" +
			"  - `resource` (String): the resource.\n" +
			"  - `refuses`, `refuses_fr` (String): what it refuses, in English and French.\n" +
			"  - `not_covered`, `not_covered_fr` (String): what it does not cover, in English and French.\n" +
			"  - `applies_to` (String): as above.\n" +
			"- `interpretation` (Object): interpretation that goes beyond the words of the model; null if there is " +
			"none.\n" +
			"  - `reading`, `reading_fr` (String): the interpretation in English and French.\n" +
			"  - `line` (Number), `quote` (String): line and words of the model that it is based on.\n" +
			"- `components` (List of String): resources, data sources and actions of this provider that configure or " +
			"show the subject of the clause, such as `srm_hds_pool` or `data.srm_cluster`.\n" +
			"- `hds` (List of Object): related requirements of the HDS framework, version 2: `requirement` and " +
			"`binds` (String: `host`, the host of health data).\n" +
			"- `iso27001` (List of String): related controls of ISO/IEC 27001:2022, Annex A.\n" +
			"- `lines` (List of Number): line numbers in the model's text.",
		Parameters: []function.Parameter{function.StringParameter{
			Name:                "id",
			MarkdownDescription: "Id of the clause, in upper case, such as `HDS-RES-01`.",
		}},
		Return: function.ObjectReturn{AttributeTypes: map[string]attr.Type{
			"id":         types.StringType,
			"chapter":    types.StringType,
			"section":    types.StringType,
			"title":      types.StringType,
			"title_fr":   types.StringType,
			"text":       types.StringType,
			"text_fr":    types.StringType,
			"citation":   types.StringType,
			"party":      types.StringType,
			"applies_to": types.StringType,
			"parts": objectList(map[string]attr.Type{
				"key": types.StringType, "text": types.StringType, "text_fr": types.StringType, "by": types.StringType,
				"name":    types.StringType,
				"planned": types.BoolType, "applies_to": types.StringType, "indicators": list, "needs": list,
			}),
			"enforced_by": objectList(map[string]attr.Type{
				"resource": types.StringType, "refuses": types.StringType, "refuses_fr": types.StringType,
				"not_covered":    types.StringType,
				"not_covered_fr": types.StringType, "applies_to": types.StringType,
			}),
			"interpretation": types.ObjectType{AttrTypes: map[string]attr.Type{
				"reading": types.StringType, "reading_fr": types.StringType, "line": types.Int64Type,
				"quote": types.StringType,
			}},
			"components": list,
			"hds":        objectList(map[string]attr.Type{"requirement": types.StringType, "binds": types.StringType}),
			"iso27001":   list,
			"lines":      types.ListType{ElemType: types.Int64Type},
		}},
	}
}

func objectList(attributes map[string]attr.Type) types.ListType {
	return types.ListType{ElemType: types.ObjectType{AttrTypes: attributes}}
}

func quoted(words []string) string { return "`" + strings.Join(words, "`, `") + "`" }

func (*clauseFunction) Run(ctx context.Context, req function.RunRequest, resp *function.RunResponse) {
	var id string
	if resp.Error = req.Arguments.Get(ctx, &id); resp.Error != nil {
		return
	}
	found, ok := responsibility.Lookup(id)
	if !ok {
		resp.Error = tfkit.ArgumentError(0, unknownIDMessage(id))
		return
	}
	resp.Error = resp.Result.Set(ctx, newClause(found))
}

// clause is the result of the function.
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

// newClause converts a clause to the result of the function. None of its lists is nil.
func newClause(c responsibility.Clause) clause {
	result := clause{
		ID: c.ID, Chapter: tfkit.NilIfEmpty(c.Chapter), Section: c.Section, Title: c.Title.EN, TitleFR: c.Title.FR,
		Text: c.Text.EN, TextFR: c.Text.FR,
		Citation: c.Citation(), Party: c.Party, AppliesTo: c.AppliesTo, Parts: []part{}, EnforcedBy: []enforcement{},
		Components: append([]string{}, c.Components...),
		HDS:        []requirement{}, ISO27001: append([]string{}, c.ISO27001...), Lines: []int64{},
	}
	for _, p := range c.Parts {
		result.Parts = append(result.Parts, part{
			Key: p.Key, Text: p.Text.EN, TextFR: p.Text.FR, By: p.By, Name: tfkit.NilIfEmpty(p.Name),
			Planned:    p.IsPlanned(),
			AppliesTo:  tfkit.NilIfEmpty(p.AppliesTo),
			Indicators: append([]string{}, p.Indicators...), Needs: append([]string{}, p.Needs...),
		})
	}
	for _, e := range c.EnforcedBy {
		result.EnforcedBy = append(result.EnforcedBy, enforcement{
			Resource: e.Resource, Refuses: e.Refuses.EN, RefusesFR: e.Refuses.FR, NotCovered: e.NotCovered.EN,
			NotCoveredFR: e.NotCovered.FR,
			AppliesTo:    tfkit.NilIfEmpty(e.AppliesTo),
		})
	}
	if i := c.Interpretation; i != nil {
		result.Interpretation = &interpretation{
			Reading: i.Reading.EN, ReadingFR: i.Reading.FR, Line: int64(i.Line), Quote: i.Quote,
		}
	}
	for _, r := range c.HDS {
		result.HDS = append(result.HDS, requirement{Requirement: r.ID, Binds: r.Binds})
	}
	for _, line := range c.Lines {
		result.Lines = append(result.Lines, int64(line))
	}
	return result
}

// unknownIDMessage returns the error message for an id that does not exist, with similar ids.
func unknownIDMessage(id string) string {
	problem := strconv.Quote(id) + " is not a clause of the model"
	upper := strings.ToUpper(strings.TrimSpace(id))
	if _, ok := responsibility.Lookup(upper); ok {
		return fmt.Sprintf("%s: ids are upper case, without surrounding spaces. Write %q", problem, upper)
	}
	prefix, similar := regexp.MustCompile(`-?\d*$`).ReplaceAllString(upper, ""), []string{}
	for _, c := range responsibility.EmbeddedCatalogue().Clauses {
		if c.SectionID() == prefix {
			similar = append(similar, c.ID)
		}
	}
	if len(similar) > 0 {
		return fmt.Sprintf("%s. Ids that begin with %s: %s", problem, prefix, strings.Join(similar, ", "))
	}
	return fmt.Sprintf(
		`%s. Ids are upper case, such as "HDS-RES-01", and begin with one of %s`, problem, strings.Join(
			responsibility.Sections(), ", ",
		),
	)
}
