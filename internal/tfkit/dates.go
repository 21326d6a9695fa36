package tfkit

import (
	"context"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-srm/terraform-provider-srm/internal/lifecycle"
)

// VersionDates is the version_dates attribute of a resource: the dates of a minor. It has no stage and no age, so that
// a plan does not change because time has passed.
type VersionDates struct {
	Minor          string       `tfsdk:"minor"`
	ReleasedAt     types.String `tfsdk:"released_at"`
	DeprecatedAt   types.String `tfsdk:"deprecated_at"`
	EndOfSupportAt types.String `tfsdk:"end_of_support_at"`
	Source         string       `tfsdk:"source"`
	DataQuality    string       `tfsdk:"data_quality"`
	Conflicts      []string     `tfsdk:"conflicts"`
}

// VersionDatesTypes returns the attribute types of VersionDates.
func VersionDatesTypes() map[string]attr.Type {
	return map[string]attr.Type{
		"minor": types.StringType, "released_at": types.StringType, "deprecated_at": types.StringType,
		"end_of_support_at": types.StringType, "source": types.StringType, "data_quality": types.StringType,
		"conflicts": types.ListType{ElemType: types.StringType},
	}
}

// NewVersionDates converts an assessment. Unknown dates become null.
func NewVersionDates(minor lifecycle.Minor, a lifecycle.Assessment) VersionDates {
	conflicts := a.Conflicts
	if conflicts == nil {
		conflicts = []string{}
	}
	return VersionDates{
		Minor:          minor.String(),
		ReleasedAt:     RFC3339Value(a.ReleasedAt),
		DeprecatedAt:   RFC3339Value(a.DeprecatedAt),
		EndOfSupportAt: RFC3339Value(a.EndOfSupportAt),
		Source:         a.Source,
		DataQuality:    string(a.Quality),
		Conflicts:      conflicts,
	}
}

// Object converts the dates to an attribute value.
func (d VersionDates) Object(ctx context.Context, diags *diag.Diagnostics) types.Object {
	object, found := types.ObjectValueFrom(ctx, VersionDatesTypes(), d)
	diags.Append(found...)
	return object
}

// Dates parses the dates. Null dates become zero.
func (d VersionDates) Dates() lifecycle.Dates {
	read := func(s types.String) time.Time {
		at, err := time.Parse(time.RFC3339, s.ValueString())
		if err != nil {
			return time.Time{}
		}
		return at
	}
	return lifecycle.Dates{
		ReleasedAt: read(d.ReleasedAt), DeprecatedAt: read(d.DeprecatedAt), EndOfSupportAt: read(d.EndOfSupportAt),
	}
}

// RFC3339Value returns a time in RFC 3339 and UTC, or null if it is zero.
func RFC3339Value(at time.Time) types.String {
	if at.IsZero() {
		return types.StringNull()
	}
	return types.StringValue(at.UTC().Format(time.RFC3339))
}

// RFC3339PointerValue is Date for an optional time of the API.
func RFC3339PointerValue(at *time.Time) types.String {
	if at == nil {
		return types.StringNull()
	}
	return RFC3339Value(*at)
}
