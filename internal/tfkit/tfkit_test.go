package tfkit_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-srm/terraform-provider-srm/internal/compliance"
	"github.com/terraform-srm/terraform-provider-srm/internal/lifecycle"
	"github.com/terraform-srm/terraform-provider-srm/internal/scaleway"
	"github.com/terraform-srm/terraform-provider-srm/internal/tfkit"
)

func TestAddAPIError(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		err    error
		wanted string
	}{
		{&scaleway.APIError{Op: "read", Kind: "cluster", ID: "x", Region: "fr-par", Status: 403, Message: "no",
			Hint: "Ask for it."}, "\nAsk for it."},
		{
			fmt.Errorf(
				"around: %w", &scaleway.StateError{
					Kind: "cluster", ID: "x", State: "locked", Hint: "Read the tickets.",
				},
			), "\nRead the tickets.",
		},
		{
			&scaleway.LostCreateError{
				Kind: "cluster", Name: "n", Region: "fr-par", Err: errors.New("lost"),
			}, "apply again",
		},
		{errors.New("plain"), "Plain."},
	} {
		var diags diag.Diagnostics
		tfkit.AddAPIError(&diags, "Unable to do it", test.err)
		if len(diags.Errors()) != 1 || diags[0].Summary() != "Unable to do it" || !strings.HasSuffix(
			diags[0].Detail(), test.wanted,
		) && !strings.Contains(diags[0].Detail(), test.wanted) {
			t.Errorf("%v", diags)
		}
	}
}

func TestAddCheckError(t *testing.T) {
	t.Parallel()
	var diags diag.Diagnostics
	tfkit.AddCheckError(&diags, path.Root("type"), compliance.CheckClusterType("kapsule"))
	tfkit.AddCheckError(&diags, path.Root("type"), nil)
	if len(diags) != 1 {
		t.Fatal(diags)
	}
	lines := strings.Split(diags[0].Detail(), "\n")
	for i, label := range []string{"Clause: HDS-SCP-01 (", "Found: ", "Allowed: ", "Fix: "} {
		if i >= len(lines) || !strings.HasPrefix(lines[i], label) {
			t.Errorf("line %d is not %q: %q", i, label, lines)
		}
	}
}

func TestSpellingOfIDs(t *testing.T) {
	t.Parallel()
	known := types.StringValue("fr-par/ABC")
	if kept := tfkit.KeepSpelling(known, "abc", tfkit.BareID); !kept.Equal(known) {
		t.Error(kept)
	}
	if other := tfkit.KeepSpelling(known, "abd", tfkit.BareID); other.ValueString() != "abd" {
		t.Error(other)
	}
	for _, test := range []struct{ state, plan, wanted types.String }{
		{known, types.StringValue("abc"), known}, {known, types.StringValue("abd"), types.StringValue("abd")},
		{
			types.StringNull(), types.StringValue("abc"), types.StringValue("abc"),
		}, {known, types.StringUnknown(), types.StringUnknown()},
	} {
		resp := planmodifier.StringResponse{PlanValue: test.plan}
		tfkit.UseStateSpelling(tfkit.BareID, "object").PlanModifyString(
			t.Context(), planmodifier.StringRequest{StateValue: test.state, PlanValue: test.plan}, &resp,
		)
		if !resp.PlanValue.Equal(test.wanted) {
			t.Errorf("state %s, plan %s gives %s", test.state, test.plan, resp.PlanValue)
		}
	}
}

func TestKeepStrings(t *testing.T) {
	t.Parallel()
	set := func(texts ...string) types.Set {
		elements := []attr.Value{}
		for _, text := range texts {
			elements = append(elements, types.StringValue(text))
		}
		return types.SetValueMust(types.StringType, elements)
	}
	none := types.SetNull(types.StringType)
	for _, test := range []struct {
		known  types.Set
		actual []string
		wanted types.Set
	}{
		{
			set("b", "a"), []string{"a", "b"}, set("b", "a"),
		}, {none, nil, none}, {none, []string{}, none}, {set(), nil, set()},
		{set("a"), nil, none}, {none, []string{"a"}, set("a")}, {types.SetUnknown(types.StringType), nil, none},
	} {
		if got := tfkit.KeepStrings(test.known, test.actual); !got.Equal(test.wanted) {
			t.Errorf("%s and %q give %s", test.known, test.actual, got)
		}
	}
	if tfkit.StringsFromSet(none) == nil {
		t.Error("an empty set gives a nil slice")
	}
	if tfkit.Float64FromFloat32(0.33) != 0.33 || tfkit.Float64FromFloat32(99.5) != 99.5 {
		t.Error("a float32 is not converted to the decimal number that was written")
	}
}

func TestVersionDates(t *testing.T) {
	t.Parallel()
	minor := lifecycle.Minor{Major: 1, Minor: 35}
	dates := lifecycle.Dates{
		ReleasedAt: time.Date(
			2026, 1, 19, 0, 0, 0, 0, time.UTC,
		), DeprecatedAt: time.Date(2027, 1, 19, 0, 0, 0, 0, time.UTC),
	}
	converted := tfkit.NewVersionDates(
		minor, lifecycle.Assessment{Dates: dates, Source: lifecycle.SourceAPI, Quality: lifecycle.QualityUnknown},
	)
	if !converted.EndOfSupportAt.IsNull() || converted.Dates() != dates {
		t.Errorf("%+v", converted)
	}
	var diags diag.Diagnostics
	if object := converted.Object(t.Context(), &diags); diags.HasError() || object.IsUnknown() {
		t.Error(diags)
	}
}

func TestRegionValidator(t *testing.T) {
	t.Parallel()
	for value, refused := range map[string]bool{"fr-par": false, "nl-ams": false, "fr-par-1": true, "": true} {
		var resp validator.StringResponse
		tfkit.RegionValidator().ValidateString(
			t.Context(), validator.StringRequest{
				Path: path.Root("region"), ConfigValue: types.StringValue(value),
			}, &resp,
		)
		if resp.Diagnostics.HasError() != refused {
			t.Errorf("%q: %v", value, resp.Diagnostics)
		}
	}
}
