package tfkit

import (
	"context"
	"time"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/resource/timeouts"
	"github.com/hashicorp/terraform-plugin-framework-validators/setvalidator"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-srm/terraform-provider-srm/internal/compliance"
)

// NameValidator returns a validator of the name of an object. label names the object in messages, such as "pool".
func NameValidator(label string) validator.String {
	return StringValidator(
		"The value must be a name of printable characters.", func(name string) error {
			return compliance.CheckName(label, name)
		},
	)
}

// TextValidator returns a validator of free text of one or more lines.
func TextValidator() validator.String {
	return StringValidator("The value must not contain control characters.", compliance.CheckText)
}

// SingleLineValidator returns a validator of a single line of text that is not empty. subject names the text in
// messages, such as "The client id".
func SingleLineValidator(subject string) validator.String {
	return StringValidator(
		"The value must be a single line of text.",
		func(text string) error { return compliance.CheckSingleLine(subject, text) },
	)
}

// TagsValidator returns a validator of tags.
func TagsValidator() validator.Set {
	return setvalidator.ValueStringsAre(StringValidator("The value must be a tag.", compliance.CheckTag))
}

// CheckTimeouts adds an error for each timeout that is not positive.
func CheckTimeouts(ctx context.Context, configured timeouts.Value, diags *diag.Diagnostics) {
	for _, name := range []string{"create", "read", "update", "delete"} {
		text, ok := configured.Attributes()[name].(types.String)
		if !ok || text.IsNull() || text.IsUnknown() {
			continue
		}
		// The attribute's own validator reports a malformed duration.
		if d, err := time.ParseDuration(text.ValueString()); err == nil && d <= 0 {
			AddError(diags, path.Root("timeouts").AtName(name), Problem{Summary: "The timeout is not positive",
				Found: name + " = \"" + text.ValueString() + "\"", Allowed: `a positive duration, such as "30m"`,
				Fix: "Set how long the operation may take, or remove the timeout to use the default."})
		}
	}
}
