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

// NewStageFunction is lifecycle_stage.
func NewStageFunction() function.Function { return &stageFunction{} }

func (*stageFunction) Metadata(_ context.Context, _ function.MetadataRequest, resp *function.MetadataResponse) {
	resp.Name = "lifecycle_stage"
}

func (*stageFunction) Definition(_ context.Context, _ function.DefinitionRequest, resp *function.DefinitionResponse) {
	resp.Definition = function.Definition{
		Summary: "Tells the stage of a Kubernetes version at a moment, from its dates",
		MarkdownDescription: "Tells at which stage of its life a minor is (clauses `LIF-05` to `LIF-10`), from its dates " +
			"and a moment. It has no clock and asks no API: the same arguments give the same answer.\n\nThe result is an " +
			"object:\n\n" +
			"- `stage` (String): `" + string(
			lifecycle.StageNotReleased,
		) + "`, `" + string(lifecycle.StageRelease) + "`, `" + string(lifecycle.StageDeprecation) +
			"` (runs and is patched, but is offered no more), `" + string(
			lifecycle.StageEndOfSupport,
		) + "`, or `" + string(lifecycle.StageUnknown) +
			"` where the dates do not tell.\n" +
			"- `reason` (String): why, in a sentence, for an error message.\n" +
			"- `data_quality` (String): `" + string(lifecycle.QualityConsistent) + "` (all three dates are given, and in " +
			"order), `" +
			string(lifecycle.QualityInconsistent) + "` (they are out of order) or `" + string(lifecycle.QualityUnknown) + "` " +
			"(some or all are null). It judges the argument, not where the dates came from.\n" +
			"- `days_to_end_of_support` (Number): whole days from `as_of` to the end of support, rounded down, so that it is " +
			"negative after it; null where the end of support is unknown or the dates are out of order.\n" +
			"- `forced_upgrade_window` (Object): the time in which Scaleway upgrades clusters that still run the minor, " +
			"`start` and `end` (String), in RFC 3339 and UTC; null as `days_to_end_of_support` is.",
		Parameters: []function.Parameter{
			function.ObjectParameter{
				Name: "dates",
				MarkdownDescription: "Object with `released_at`, `deprecated_at` and `end_of_support_at`, each a date of RFC " +
					"3339 or `YYYY-MM-DD`, or null where it is unknown. Other attributes are ignored: `version_dates` of a cluster, " +
					"the data source `srm_kubernetes_version` and the result of the function `version_dates` all fit.",
				AttributeTypes: map[string]attr.Type{
					"released_at": types.StringType, "deprecated_at": types.StringType, "end_of_support_at": types.StringType,
				},
			},
			function.StringParameter{
				Name: "as_of",
				MarkdownDescription: "Moment that is asked for, in RFC 3339 or as `YYYY-MM-DD` for 00:00 UTC of that day. " +
					"`plantimestamp()` is now, and is known at plan; `timestamp()` is not.",
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

// stageDates is the argument, stageResult the answer of lifecycle_stage.
type stageDates struct {
	ReleasedAt     *string `tfsdk:"released_at"`
	DeprecatedAt   *string `tfsdk:"deprecated_at"`
	EndOfSupportAt *string `tfsdk:"end_of_support_at"`
}

type stageResult struct {
	Stage               string        `tfsdk:"stage"`
	Reason              string        `tfsdk:"reason"`
	DataQuality         string        `tfsdk:"data_quality"`
	DaysToEndOfSupport  *int64        `tfsdk:"days_to_end_of_support"`
	ForcedUpgradeWindow *tfkit.Window `tfsdk:"forced_upgrade_window"`
}

func (*stageFunction) Run(ctx context.Context, req function.RunRequest, resp *function.RunResponse) {
	var given stageDates
	var asOf string
	if resp.Error = req.Arguments.Get(ctx, &given, &asOf); resp.Error != nil {
		return
	}
	dates, err := given.read()
	if err != nil {
		resp.Error = tfkit.ArgumentError(0, err.Error())
		return
	}
	at, err := readMoment(asOf)
	if err != nil {
		resp.Error = tfkit.ArgumentError(1, err.Error())
		return
	}
	resp.Error = resp.Result.Set(ctx, stageAt(dates, at))
}

// read gives the dates; a null one is the zero time.
func (d stageDates) read() (lifecycle.Dates, error) {
	var dates lifecycle.Dates
	for _, one := range []struct {
		name  string
		given *string
		into  *time.Time
	}{
		{"released_at", d.ReleasedAt, &dates.ReleasedAt}, {"deprecated_at", d.DeprecatedAt, &dates.DeprecatedAt},
		{"end_of_support_at", d.EndOfSupportAt, &dates.EndOfSupportAt},
	} {
		if one.given == nil {
			continue
		}
		at, err := readMoment(*one.given)
		if err != nil {
			return dates, fmt.Errorf("%s: %w, or null where it is unknown", one.name, err)
		}
		*one.into = at
	}
	return dates, nil
}

// readMoment reads a moment of RFC 3339, or a day, which is its start in UTC.
func readMoment(text string) (time.Time, error) {
	for _, layout := range []string{time.RFC3339, time.DateOnly} {
		if at, err := time.Parse(layout, text); err == nil {
			return at.UTC(), nil
		}
	}
	return time.Time{}, fmt.Errorf(`%s is not a moment: write a date and time of RFC 3339, as in `+
		`"2026-11-24T00:00:00Z", or a day, as in "2026-11-24"`,
		strconv.Quote(text))
}

// stageAt is the answer for dates and a moment.
func stageAt(dates lifecycle.Dates, at time.Time) stageResult {
	stage := dates.StageAt(at)
	answer := stageResult{Stage: string(stage), Reason: because(dates, stage, at), DataQuality: string(
		lifecycle.QualityConsistent,
	),
		ForcedUpgradeWindow: tfkit.NewWindow(dates)}
	switch {
	case !dates.Ordered():
		answer.DataQuality = string(lifecycle.QualityInconsistent)
	case !dates.Complete():
		answer.DataQuality = string(lifecycle.QualityUnknown)
	}
	if span, ok := dates.ForcedUpgradeWindow(); ok {
		days := int64(math.Floor(span.Start.Sub(at).Hours() / 24))
		answer.DaysToEndOfSupport = &days
	}
	return answer
}

// because says in a sentence why a stage is the one at a moment.
func because(dates lifecycle.Dates, stage lifecycle.Stage, at time.Time) string {
	then := shown(at)
	switch stage {
	case lifecycle.StageNotReleased:
		return fmt.Sprintf("At %s the version is not released: it is from %s on.", then, shown(dates.ReleasedAt))
	case lifecycle.StageRelease:
		until := "its end of support is unknown"
		if !dates.EndOfSupportAt.IsZero() {
			until = "supported until " + shown(dates.EndOfSupportAt)
		}
		return fmt.Sprintf(
			"At %s the version is released and supported: it is deprecated from %s on, and %s.", then,
			shown(dates.DeprecatedAt), until,
		)
	case lifecycle.StageDeprecation:
		return fmt.Sprintf("At %s the version is deprecated, since %s: no cluster can be created with it, and its support "+
			"ends at %s.",
			then, shown(dates.DeprecatedAt), shown(dates.EndOfSupportAt))
	case lifecycle.StageEndOfSupport:
		span, _ := dates.ForcedUpgradeWindow()
		return fmt.Sprintf("At %s the version is out of support, since %s: Scaleway upgrades clusters that still run it "+
			"until %s.",
			then, shown(dates.EndOfSupportAt), shown(span.End))
	}
	if !dates.Ordered() {
		return fmt.Sprintf("The stage at %s is unknown: the dates are out of order (%s).", then, enumerated(dates))
	}
	return fmt.Sprintf("The stage at %s is unknown: the dates do not bound it (%s).", then, enumerated(dates))
}

// enumerated names the three dates.
func enumerated(dates lifecycle.Dates) string {
	return fmt.Sprintf(
		"released %s, deprecated %s, end of support %s", shown(dates.ReleasedAt), shown(dates.DeprecatedAt),
		shown(dates.EndOfSupportAt),
	)
}

// shown writes a moment in UTC, as a day where it is the start of one.
func shown(at time.Time) string {
	switch at = at.UTC(); {
	case at.IsZero():
		return "unknown"
	case at.Equal(at.Truncate(24 * time.Hour)):
		return at.Format(time.DateOnly)
	}
	return at.Format(time.RFC3339)
}
