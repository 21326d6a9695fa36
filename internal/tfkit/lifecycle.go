package tfkit

import (
	"fmt"
	"strconv"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/scaleway/scaleway-sdk-go/api/k8s/v1"

	"github.com/terraform-srm/terraform-provider-srm/internal/compliance"
	"github.com/terraform-srm/terraform-provider-srm/internal/lifecycle"
)

// AsOfAttribute returns the `as_of` attribute of a data source. statement completes the description "Date and time for
// which …", such as "`stage` is given".
func AsOfAttribute(statement string) schema.StringAttribute {
	return schema.StringAttribute{
		MarkdownDescription: "Date and time for which " + statement + " (RFC 3339), such as `2026-11-24T00:00:00Z`. " +
			"Default: today, 00:00 UTC.",
		Optional:   true,
		Computed:   true,
		Validators: []validator.String{StringValidator("The value must be a date and time of RFC 3339.", checkAsOf)},
	}
}

func checkAsOf(text string) error {
	if _, err := time.Parse(time.RFC3339, text); err == nil {
		return nil
	}
	return &compliance.Problem{Summary: "as_of is not a date and time", Found: strconv.Quote(text), Allowed: "a date " +
		"and time of RFC 3339",
		Fix: `Write a date and time such as "2026-11-24T00:00:00Z".`}
}

// ParseAsOf returns as_of as a time and as a value for the state. The default is the start of the current day in UTC,
// so that it changes once a day and not with every run.
func ParseAsOf(given types.String, now func() time.Time) (time.Time, types.String, error) {
	if given.IsNull() {
		today := now().UTC().Truncate(24 * time.Hour)
		return today, RFC3339Value(today), nil
	}
	at, err := time.Parse(time.RFC3339, given.ValueString())
	if err != nil {
		return time.Time{}, given, fmt.Errorf("parsing as_of: %w", err)
	}
	return at, given, nil
}

// DatesFromAPI returns the dates that the API has for the minor of a version.
func DatesFromAPI(api *k8s.Version) lifecycle.Dates {
	return lifecycle.Dates{
		ReleasedAt:     timeOrZero(api.ReleasedAt),
		DeprecatedAt:   timeOrZero(api.DeprecatedAt),
		EndOfSupportAt: timeOrZero(api.EndOfLifeAt),
	}
}

func timeOrZero(at *time.Time) time.Time {
	if at == nil {
		return time.Time{}
	}
	return *at
}

// ForcedUpgradeWindow is a forced-upgrade window as an attribute.
type ForcedUpgradeWindow struct {
	Start types.String `tfsdk:"start"`
	End   types.String `tfsdk:"end"`
}

// NewForcedUpgradeWindow returns the forced-upgrade window of a minor, or nil if the dates do not determine it.
func NewForcedUpgradeWindow(dates lifecycle.Dates) *ForcedUpgradeWindow {
	span, ok := dates.ForcedUpgradeWindow()
	if !ok {
		return nil
	}
	return &ForcedUpgradeWindow{Start: RFC3339Value(span.Start), End: RFC3339Value(span.End)}
}

// ForcedUpgradeWindowAttribute returns the schema of a forced-upgrade window in a data source.
func ForcedUpgradeWindowAttribute() schema.SingleNestedAttribute {
	return schema.SingleNestedAttribute{
		MarkdownDescription: "Period in which Scaleway upgrades clusters that still run the minor to the latest " +
			"patch of the next supported minor (clause `LIF-05`). Null if the end of support is unknown.",
		Computed: true,
		Attributes: map[string]schema.Attribute{
			"start": schema.StringAttribute{
				MarkdownDescription: "Start of the window: the end of support (RFC 3339, UTC).", Computed: true,
			},
			"end": schema.StringAttribute{MarkdownDescription: "End of the window, 30 days after its start (RFC " +
				"3339, UTC).", Computed: true},
		},
	}
}
