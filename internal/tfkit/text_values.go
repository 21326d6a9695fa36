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

// Name is a validator of the name of an object: "pool".
func Name(what string) validator.String {
	return Checked(
		"The value must be a name that can be seen.", func(name string) error { return compliance.CheckName(what, name) },
	)
}

// Text is a validator of free text, of one or more lines.
func Text() validator.String {
	return Checked("The value must be a text without control characters.", compliance.CheckText)
}

// Word is a validator of a text of one line that is not empty. what names it in messages: "The client id".
func Word(what string) validator.String {
	return Checked(
		"The value must be a text of one line.", func(text string) error { return compliance.CheckWord(what, text) },
	)
}

// Tags is a validator of tags.
func Tags() validator.Set {
	return setvalidator.ValueStringsAre(Checked("The value must be a tag.", compliance.CheckTag))
}

// CheckTimeouts refuses timeouts that are over at once.
func CheckTimeouts(ctx context.Context, configured timeouts.Value, diags *diag.Diagnostics) {
	for _, name := range []string{"create", "read", "update", "delete"} {
		text, ok := configured.Attributes()[name].(types.String)
		if !ok || text.IsNull() || text.IsUnknown() {
			continue
		}
		// What is no duration is refused by the attribute itself.
		if d, err := time.ParseDuration(text.ValueString()); err == nil && d <= 0 {
			Refuse(diags, path.Root("timeouts").AtName(name), Refusal{Summary: "The timeout is not longer than zero",
				Found: name + " = \"" + text.ValueString() + "\"", Allowed: `a positive duration, such as "30m"`,
				Fix: "Write how long the operation may wait, or leave it out for the default."})
		}
	}
}
