package kubernetesversion

import (
	"context"
	"fmt"
	"math"
	"strconv"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/function"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-srm/terraform-provider-srm/internal/lifecycle"
	"github.com/terraform-srm/terraform-provider-srm/internal/tfkit"
)

type stageFunction struct{}

// NewStageFunction returns the function lifecycle_stage.
func NewStageFunction() function.Function { return &stageFunction{} }

func (*stageFunction) Metadata(_ context.Context, _ function.MetadataRequest, resp *function.MetadataResponse) {
	resp.Name = "lifecycle_stage"
}

func (*stageFunction) Definition(_ context.Context, _ function.DefinitionRequest, resp *function.DefinitionResponse) {
	resp.Definition = function.Definition{
		Summary: "Returns the lifecycle stage of a Kubernetes version at a given time",
		MarkdownDescription: "Returns the lifecycle stage of a minor at a given time (clauses `LIF-05` to `LIF-10`), " +
			"computed from its dates. The function uses neither the clock nor the API: the same arguments always " +
			"give the same result.\n\nThe result is an object:\n\n" +
			"- `stage` (String): `" + string(lifecycle.StageNotReleased) + "`, `" + string(
			lifecycle.StageRelease,
		) + "`, `" + string(lifecycle.StageDeprecation) +
			"` (still patched, but no longer offered), `" + string(lifecycle.StageEndOfSupport) + "`, or `" + string(
			lifecycle.StageUnknown,
		) +
			"` if the dates do not determine it.\n" +
			"- `reason` (String): the reason in a sentence, for an error message.\n" +
			"- `data_quality` (String): `" + string(lifecycle.QualityConsistent) + "` (complete and in order), `" +
			string(lifecycle.QualityInconsistent) + "` (out of order) or `" + string(
			lifecycle.QualityUnknown,
		) + "` (some or all are null). This describes the argument, not the source of the dates.\n" +
			"- `days_to_end_of_support` (Number): whole days from `as_of` to the end of support, rounded down and " +
			"negative afterwards; null if the end of support is unknown or the dates are out of order.\n" +
			"- `forced_upgrade_window` (Object): the time in which Scaleway upgrades clusters that still run the " +
			"minor, `start` and `end` (String), in RFC 3339 and UTC; null if `days_to_end_of_support` is null.",
		Parameters: []function.Parameter{
			function.ObjectParameter{
				Name: "dates",
				MarkdownDescription: "Object with `released_at`, `deprecated_at` and `end_of_support_at`, each a " +
					"date in RFC 3339 or as `YYYY-MM-DD`, or null if unknown. Other attributes are ignored. You can " +
					"pass `version_dates` of a cluster, the data source `srm_kubernetes_version`, or the result of " +
					"the function `version_dates`.",
				AttributeTypes: map[string]attr.Type{
					"released_at": types.StringType, "deprecated_at": types.StringType,
					"end_of_support_at": types.StringType,
				},
			},
			function.StringParameter{
				Name: "as_of",
				MarkdownDescription: "Date and time of the stage, in RFC 3339 or as `YYYY-MM-DD` for 00:00 UTC of " +
					"that day. Use `plantimestamp()` for the current time: it is known at plan, unlike `timestamp()`.",
			},
		},
		Return: function.ObjectReturn{AttributeTypes: map[string]attr.Type{
			"stage": types.StringType, "reason": types.StringType, "data_quality": types.StringType,
			"days_to_end_of_support": types.Int64Type,
			"forced_upgrade_window": types.ObjectType{
				AttrTypes: map[string]attr.Type{"start": types.StringType, "end": types.StringType},
			},
		}},
	}
}

// stageDates is the argument `dates` of lifecycle_stage.
type stageDates struct {
	ReleasedAt     *string `tfsdk:"released_at"`
	DeprecatedAt   *string `tfsdk:"deprecated_at"`
	EndOfSupportAt *string `tfsdk:"end_of_support_at"`
}

// stageResult is the result of lifecycle_stage.
type stageResult struct {
	Stage               string                     `tfsdk:"stage"`
	Reason              string                     `tfsdk:"reason"`
	DataQuality         string                     `tfsdk:"data_quality"`
	DaysToEndOfSupport  *int64                     `tfsdk:"days_to_end_of_support"`
	ForcedUpgradeWindow *tfkit.ForcedUpgradeWindow `tfsdk:"forced_upgrade_window"`
}

func (*stageFunction) Run(ctx context.Context, req function.RunRequest, resp *function.RunResponse) {
	var given stageDates
	var asOf string
	if resp.Error = req.Arguments.Get(ctx, &given, &asOf); resp.Error != nil {
		return
	}
	dates, err := given.parse()
	if err != nil {
		resp.Error = tfkit.ArgumentError(0, err.Error())
		return
	}
	at, err := parseMoment(asOf)
	if err != nil {
		resp.Error = tfkit.ArgumentError(1, err.Error())
		return
	}
	resp.Error = resp.Result.Set(ctx, newStageResult(dates, at))
}

// parse parses the dates. A null date becomes the zero time.
func (d stageDates) parse() (lifecycle.Dates, error) {
	var dates lifecycle.Dates
	for _, date := range []struct {
		name   string
		text   *string
		target *time.Time
	}{
		{"released_at", d.ReleasedAt, &dates.ReleasedAt}, {"deprecated_at", d.DeprecatedAt, &dates.DeprecatedAt},
		{"end_of_support_at", d.EndOfSupportAt, &dates.EndOfSupportAt},
	} {
		if date.text == nil {
			continue
		}
		at, err := parseMoment(*date.text)
		if err != nil {
			return dates, fmt.Errorf("%s: %w, or null if it is unknown", date.name, err)
		}
		*date.target = at
	}
	return dates, nil
}

// parseMoment parses a time in RFC 3339, or a day, which means its start in UTC.
func parseMoment(text string) (time.Time, error) {
	for _, layout := range []string{time.RFC3339, time.DateOnly} {
		if at, err := time.Parse(layout, text); err == nil {
			return at.UTC(), nil
		}
	}
	return time.Time{}, fmt.Errorf(`%s is not a date: write a date and time in RFC 3339, such as `+
		`"2026-11-24T00:00:00Z", or a day, such as "2026-11-24"`,
		strconv.Quote(text))
}

// newStageResult returns the result of lifecycle_stage.
func newStageResult(dates lifecycle.Dates, at time.Time) stageResult {
	stage := dates.StageAt(at)
	result := stageResult{Stage: string(stage), Reason: stageReason(dates, stage, at), DataQuality: string(
		lifecycle.QualityConsistent,
	),
		ForcedUpgradeWindow: tfkit.NewForcedUpgradeWindow(dates)}
	switch {
	case !dates.IsOrdered():
		result.DataQuality = string(lifecycle.QualityInconsistent)
	case !dates.IsComplete():
		result.DataQuality = string(lifecycle.QualityUnknown)
	}
	if span, ok := dates.ForcedUpgradeWindow(); ok {
		days := int64(math.Floor(span.Start.Sub(at).Hours() / 24))
		result.DaysToEndOfSupport = &days
	}
	return result
}

// stageReason returns the reason for the stage at a given time, as a sentence.
func stageReason(dates lifecycle.Dates, stage lifecycle.Stage, at time.Time) string {
	day := formatMoment(at)
	switch stage {
	case lifecycle.StageNotReleased:
		return fmt.Sprintf(
			"At %s, the version is not released yet. Its release is on %s.",
			day,
			formatMoment(dates.ReleasedAt),
		)
	case lifecycle.StageRelease:
		end := "at an unknown date"
		if !dates.EndOfSupportAt.IsZero() {
			end = "on " + formatMoment(dates.EndOfSupportAt)
		}
		return fmt.Sprintf(
			"At %s, the version is released and supported. Its deprecation is on %s. Its support ends %s.", day,
			formatMoment(dates.DeprecatedAt), end,
		)
	case lifecycle.StageDeprecation:
		return fmt.Sprintf(
			"At %s, the version is deprecated (since %s): no cluster can be created with it. Its support ends on %s.",
			day,
			formatMoment(dates.DeprecatedAt),
			formatMoment(dates.EndOfSupportAt),
		)
	case lifecycle.StageEndOfSupport:
		window, _ := dates.ForcedUpgradeWindow()
		return fmt.Sprintf("At %s, the version is out of support (since %s): Scaleway upgrades clusters that still "+
			"run it until %s.",
			day, formatMoment(dates.EndOfSupportAt), formatMoment(window.End))
	}
	if !dates.IsOrdered() {
		return fmt.Sprintf("The stage at %s is unknown: the dates are out of order (%s).", day, formatDates(dates))
	}
	return fmt.Sprintf("The stage at %s is unknown: the dates do not determine it (%s).", day, formatDates(dates))
}

// formatDates returns the three dates as a phrase.
func formatDates(dates lifecycle.Dates) string {
	return fmt.Sprintf(
		"released %s, deprecated %s, end of support %s", formatMoment(dates.ReleasedAt),
		formatMoment(dates.DeprecatedAt),
		formatMoment(dates.EndOfSupportAt),
	)
}

// formatMoment formats a time in UTC, as a day if it is the start of that day.
func formatMoment(at time.Time) string {
	switch at = at.UTC(); {
	case at.IsZero():
		return "unknown"
	case at.Equal(at.Truncate(24 * time.Hour)):
		return at.Format(time.DateOnly)
	}
	return at.Format(time.RFC3339)
}
