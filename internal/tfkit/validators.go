package tfkit

import (
	"context"
	"errors"
	"strconv"

	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"

	"github.com/terraform-srm/terraform-provider-srm/internal/compliance"
	"github.com/terraform-srm/terraform-provider-srm/internal/scaleway"
)

// Region returns a validator of the name of a region.
func Region() validator.String {
	return Checked("The value must be a region.", func(value string) error {
		if scaleway.IsRegion(value) {
			return nil
		}
		return &compliance.Refusal{Summary: "The value is not a region", Found: strconv.Quote(value),
			Allowed: "one of " + scaleway.Regions(), Fix: `Write a region, which has no number: "fr-par-1" is a zone.`}
	})
}

// Checked returns a validator that applies a check of the pure packages to a known string. A CLI does not show which
// element of a set a diagnostic is about, so that the validator adds the attribute of the set to Found.
func Checked(description string, check func(string) error) validator.String {
	return checked{description: description, check: check}
}

type checked struct {
	description string
	check       func(string) error
}

func (c checked) Description(context.Context) string { return c.description }

func (c checked) MarkdownDescription(context.Context) string { return c.description }

func (c checked) ValidateString(_ context.Context, req validator.StringRequest, resp *validator.StringResponse) {
	if req.ConfigValue.IsNull() || req.ConfigValue.IsUnknown() {
		return
	}
	err := c.check(req.ConfigValue.ValueString())
	var found *compliance.Refusal
	if set := setOf(req.Path); set != "" && errors.As(err, &found) {
		named := *found
		named.Found += ", in " + set
		err = &named
	}
	RefuseError(&resp.Diagnostics, req.Path, err)
}

// setOf returns the attribute of the set that contains a path, such as "ingress.exemptions", or "".
func setOf(at path.Path) string {
	steps := at.Steps()
	for i, step := range steps {
		if _, ok := step.(path.PathStepElementKeyValue); ok {
			return steps[:i].String()
		}
	}
	return ""
}
