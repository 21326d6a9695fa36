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

// RegionValidator returns a validator of the name of a region.
func RegionValidator() validator.String {
	return StringValidator("The value must be a region.", func(value string) error {
		if scaleway.IsRegion(value) {
			return nil
		}
		return &compliance.Problem{Summary: "The value is not a region", Found: strconv.Quote(value),
			Allowed: "one of " + scaleway.Regions(), Fix: `Write a region, which has no number: "fr-par-1" is a zone.`}
	})
}

// StringValidator returns a validator that applies a check of the pure packages to a known string. A CLI does not show
// which element of a set a diagnostic is about, so that the validator adds the attribute of the set to Found.
func StringValidator(description string, check func(string) error) validator.String {
	return stringValidator{description: description, check: check}
}

type stringValidator struct {
	description string
	check       func(string) error
}

func (c stringValidator) Description(context.Context) string { return c.description }

func (c stringValidator) MarkdownDescription(context.Context) string { return c.description }

func (c stringValidator) ValidateString(
	_ context.Context,
	req validator.StringRequest,
	resp *validator.StringResponse,
) {
	if req.ConfigValue.IsNull() || req.ConfigValue.IsUnknown() {
		return
	}
	err := c.check(req.ConfigValue.ValueString())
	var found *compliance.Problem
	if set := enclosingSet(req.Path); set != "" && errors.As(err, &found) {
		named := *found
		named.Found += ", in " + set
		err = &named
	}
	AddCheckError(&resp.Diagnostics, req.Path, err)
}

// enclosingSet returns the attribute of the set that contains a path, such as "ingress.exemptions", or "".
func enclosingSet(at path.Path) string {
	steps := at.Steps()
	for i, step := range steps {
		if _, ok := step.(path.PathStepElementKeyValue); ok {
			return steps[:i].String()
		}
	}
	return ""
}
