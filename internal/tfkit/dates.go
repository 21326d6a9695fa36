package tfkit

import (
	"context"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-srm/terraform-provider-srm/internal/lifecycle"
)

// VersionDates is how a resource shows the dates of a minor: dates only, no stage, no age, so that a plan does not
// change because the clock moved.
type VersionDates struct {
	Minor          string       `tfsdk:"minor"`
	ReleasedAt     types.String `tfsdk:"released_at"`
	DeprecatedAt   types.String `tfsdk:"deprecated_at"`
	EndOfSupportAt types.String `tfsdk:"end_of_support_at"`
	Source         string       `tfsdk:"source"`
	DataQuality    string       `tfsdk:"data_quality"`
	Conflicts      []string     `tfsdk:"conflicts"`
}

// VersionDatesTypes are the attribute types of VersionDates.
func VersionDatesTypes() map[string]attr.Type {
	return map[string]attr.Type{
		"minor": types.StringType, "released_at": types.StringType, "deprecated_at": types.StringType,
		"end_of_support_at": types.StringType, "source": types.StringType, "data_quality": types.StringType,
		"conflicts": types.ListType{ElemType: types.StringType},
	}
}

// NewVersionDates shows an assessment; unknown dates are null.
func NewVersionDates(minor lifecycle.Minor, a lifecycle.Assessment) VersionDates {
	conflicts := a.Conflicts
	if conflicts == nil {
		conflicts = []string{}
	}
	return VersionDates{
		Minor: minor.String(), ReleasedAt: Date(a.ReleasedAt), DeprecatedAt: Date(a.DeprecatedAt),
		EndOfSupportAt: Date(a.EndOfSupportAt), Source: a.Source, DataQuality: string(a.Quality), Conflicts: conflicts,
	}
}

// Object is the value as an attribute of a resource.
func (d VersionDates) Object(ctx context.Context, diags *diag.Diagnostics) types.Object {
	object, found := types.ObjectValueFrom(ctx, VersionDatesTypes(), d)
	diags.Append(found...)
	return object
}

// Dates reads the dates back.
func (d VersionDates) Dates() lifecycle.Dates {
	read := func(s types.String) time.Time {
		at, err := time.Parse(time.RFC3339, s.ValueString())
		if err != nil {
			return time.Time{} // null: unknown
		}
		return at
	}
	return lifecycle.Dates{
		ReleasedAt: read(d.ReleasedAt), DeprecatedAt: read(d.DeprecatedAt), EndOfSupportAt: read(d.EndOfSupportAt),
	}
}

// Date is a moment in RFC 3339 and UTC, null where it is unknown.
func Date(at time.Time) types.String {
	if at.IsZero() {
		return types.StringNull()
	}
	return types.StringValue(at.UTC().Format(time.RFC3339))
}

// DatePointer is Date of a moment that the API may leave out.
func DatePointer(at *time.Time) types.String {
	if at == nil {
		return types.StringNull()
	}
	return Date(*at)
}
