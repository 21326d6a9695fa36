package framework

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
)

// Checked is a validator of a known string by a check of the pure packages.
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
	RefuseError(&resp.Diagnostics, req.Path, c.check(req.ConfigValue.ValueString()))
}
