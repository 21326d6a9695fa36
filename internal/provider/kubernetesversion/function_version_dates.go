package kubernetesversion

import (
	"context"
	"fmt"
	"maps"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/function"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-srm/terraform-provider-srm/internal/lifecycle"
	"github.com/terraform-srm/terraform-provider-srm/internal/tfkit"
)

type datesFunction struct{}

// NewDatesFunction returns the function version_dates.
func NewDatesFunction() function.Function { return &datesFunction{} }

func (*datesFunction) Metadata(_ context.Context, _ function.MetadataRequest, resp *function.MetadataResponse) {
	resp.Name = "version_dates"
}

func (*datesFunction) Definition(_ context.Context, _ function.DefinitionRequest, resp *function.DefinitionResponse) {
	attributeTypes := tfkit.VersionDatesTypes()
	maps.Copy(attributeTypes, map[string]attr.Type{
		"calendar_as_of": types.StringType, "calendar_source": types.StringType, "note": types.StringType,
		"reason": types.StringType,
	})
	resp.Definition = function.Definition{
		Summary: "Returns the dates of a Kubernetes minor from the bundled calendar",
		MarkdownDescription: "Returns the release, deprecation and end-of-support dates of a minor (clause `LIF-06`) " +
			"from the calendar bundled with the provider. The function sends no API requests. For the current dates " +
			"of the API, use the data source `srm_kubernetes_version` or `version_dates` of a cluster. The first " +
			"seven attributes have the names and types of `version_dates`, so that a module can use either.\n\nThe " +
			"result is an object:\n\n" +
			"- `minor` (String): the minor.\n" +
			"- `released_at`, `deprecated_at`, `end_of_support_at` (String): the dates, in RFC 3339 and UTC; null if " +
			"the calendar does not contain the minor.\n" +
			"- `source` (String): always `" + lifecycle.SourceCalendar + "`, or empty if the calendar does not " +
			"contain the minor.\n" +
			"- `data_quality` (String): always `" + string(
			lifecycle.QualityUnknown,
		) + "`, because it describes the dates of the API, which the function does not read.\n" +
			"- `conflicts` (List of String): contradictions between the calendar and the documentation, one sentence " +
			"each.\n" +
			"- `calendar_as_of` (String): the day on which the calendar's sources were last read.\n" +
			"- `calendar_source` (String): the sources of the calendar.\n" +
			"- `note` (String): uncertainties of the dates; null if there are none.\n" +
			"- `reason` (String): the source of the dates, or why there are none, for an error message.",
		Parameters: []function.Parameter{function.StringParameter{
			Name:                "minor",
			MarkdownDescription: "Minor, such as `1.35`.",
		}},
		Return: function.ObjectReturn{AttributeTypes: attributeTypes},
	}
}

// datesResult is the result of version_dates.
type datesResult struct {
	tfkit.VersionDates
	CalendarAsOf   string  `tfsdk:"calendar_as_of"`
	CalendarSource string  `tfsdk:"calendar_source"`
	Note           *string `tfsdk:"note"`
	Reason         string  `tfsdk:"reason"`
}

func (*datesFunction) Run(ctx context.Context, req function.RunRequest, resp *function.RunResponse) {
	var text string
	if resp.Error = req.Arguments.Get(ctx, &text); resp.Error != nil {
		return
	}
	minor, err := lifecycle.ParseMinor(text)
	if err != nil {
		resp.Error = tfkit.ArgumentError(0, err.Error())
		return
	}
	resp.Error = resp.Result.Set(ctx, newDatesResult(minor))
}

// newDatesResult returns the result of version_dates.
func newDatesResult(minor lifecycle.Minor) datesResult {
	result := datesResult{CalendarAsOf: lifecycle.CalendarAsOf, CalendarSource: lifecycle.CalendarSource}
	known := []string{}
	for _, entry := range lifecycle.Calendar() {
		known = append(known, entry.String())
		if entry.Minor != minor {
			continue
		}
		// With the calendar's own dates as input, the only possible conflicts are those with the documentation.
		found := lifecycle.Assess(minor, entry.Dates)
		found.Source, found.Quality = lifecycle.SourceCalendar, lifecycle.QualityUnknown
		result.VersionDates = tfkit.NewVersionDates(minor, found)
		result.Note = tfkit.NilIfEmpty(entry.Note)
		result.Reason = fmt.Sprintf("The dates of Kubernetes %s are from the calendar bundled with the provider, as "+
			"of %s, not from the API.",
			minor, lifecycle.CalendarAsOf)
		return result
	}
	result.VersionDates = tfkit.NewVersionDates(minor, lifecycle.Assessment{Quality: lifecycle.QualityUnknown})
	result.Reason = fmt.Sprintf("The calendar bundled with the provider, as of %s, does not contain Kubernetes %s. It "+
		"contains %s.",
		lifecycle.CalendarAsOf, minor, strings.Join(known, ", "))
	return result
}
