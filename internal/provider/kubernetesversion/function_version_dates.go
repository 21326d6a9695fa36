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

// NewDatesFunction is version_dates.
func NewDatesFunction() function.Function { return &datesFunction{} }

func (*datesFunction) Metadata(_ context.Context, _ function.MetadataRequest, resp *function.MetadataResponse) {
	resp.Name = "version_dates"
}

func (*datesFunction) Definition(_ context.Context, _ function.DefinitionRequest, resp *function.DefinitionResponse) {
	kinds := tfkit.VersionDatesTypes()
	maps.Copy(kinds, map[string]attr.Type{
		"calendar_as_of": types.StringType, "calendar_source": types.StringType, "note": types.StringType,
		"reason": types.StringType,
	})
	resp.Definition = function.Definition{
		Summary: "Gives the dates of a Kubernetes minor from the bundled calendar",
		MarkdownDescription: "Gives the release, deprecation and end-of-support dates of a minor (clause `LIF-06`) from " +
			"the calendar bundled with the provider. It asks no API, whose answer is newer: that is what the data source " +
			"`srm_kubernetes_version` and `version_dates` of a cluster are for. The first seven attributes have the names and " +
			"types of the latter, so that a module can use either.\n\nThe result is an object:\n\n" +
			"- `minor` (String): the minor.\n" +
			"- `released_at`, `deprecated_at`, `end_of_support_at` (String): the dates, in RFC 3339 and UTC; null where the " +
			"calendar does not have the minor.\n" +
			"- `source` (String): always `" + lifecycle.SourceCalendar + "`, or empty where the calendar does not have the " +
			"minor.\n" +
			"- `data_quality` (String): always `" + string(lifecycle.QualityUnknown) + "`, because it judges the API's dates, " +
			"and the API is not asked.\n" +
			"- `conflicts` (List of String): where the documentation prints another date, a sentence each.\n" +
			"- `calendar_as_of` (String): the day on which the calendar's sources were last read.\n" +
			"- `calendar_source` (String): what the calendar was read from.\n" +
			"- `note` (String): what is uncertain about the dates; null where nothing is.\n" +
			"- `reason` (String): where the dates come from, or why there are none, for an error message.",
		Parameters: []function.Parameter{function.StringParameter{
			Name:                "minor",
			MarkdownDescription: "Minor, such as `1.35`.",
		}},
		Return: function.ObjectReturn{AttributeTypes: kinds},
	}
}

// datesResult is the answer of version_dates.
type datesResult struct {
	tfkit.VersionDates
	CalendarAsOf   string  `tfsdk:"calendar_as_of"`
	CalendarSource string  `tfsdk:"calendar_source"`
	Note           *string `tfsdk:"note"`
	Reason         string  `tfsdk:"reason"`
}

func (*datesFunction) Run(ctx context.Context, req function.RunRequest, resp *function.RunResponse) {
	var given string
	if resp.Error = req.Arguments.Get(ctx, &given); resp.Error != nil {
		return
	}
	minor, err := lifecycle.ParseMinor(given)
	if err != nil {
		resp.Error = tfkit.ArgumentError(0, err.Error())
		return
	}
	resp.Error = resp.Result.Set(ctx, fromCalendar(minor))
}

// fromCalendar is what the bundled calendar says of a minor.
func fromCalendar(minor lifecycle.Minor) datesResult {
	answer := datesResult{CalendarAsOf: lifecycle.CalendarAsOf, CalendarSource: lifecycle.CalendarSource}
	known := []string{}
	for _, entry := range lifecycle.Calendar() {
		known = append(known, entry.String())
		if entry.Minor != minor {
			continue
		}
		// Assessed against itself, the calendar differs from the documentation alone.
		found := lifecycle.Assess(minor, entry.Dates)
		found.Source, found.Quality = lifecycle.SourceCalendar, lifecycle.QualityUnknown
		answer.VersionDates = tfkit.NewVersionDates(minor, found)
		answer.Note = tfkit.OrNull(entry.Note)
		answer.Reason = fmt.Sprintf("The dates of Kubernetes %s are those of the calendar bundled with the provider, as of "+
			"%s; the API was not asked.",
			minor, lifecycle.CalendarAsOf)
		return answer
	}
	answer.VersionDates = tfkit.NewVersionDates(minor, lifecycle.Assessment{Quality: lifecycle.QualityUnknown})
	answer.Reason = fmt.Sprintf("The calendar bundled with the provider, as of %s, does not have Kubernetes %s. It has "+
		"%s.",
		lifecycle.CalendarAsOf, minor, strings.Join(known, ", "))
	return answer
}
