package tfkit

import (
	"errors"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/terraform-srm/terraform-provider-srm/internal/compliance"
	"github.com/terraform-srm/terraform-provider-srm/internal/scaleway"
)

// Failed adds an error of the API layer: the summary says what was tried ("Unable to create HDS cluster"), the detail
// what the API said, of which object, and the next step. Where an error of this provider process has the same cause,
// such as a wrong API key, the detail is one line that points to it. The API client of Provider keeps what was said.
func Failed(diags *diag.Diagnostics, summary string, err error) {
	diags.AddError(summary, failure(summary, err))
}

// failure is the detail of an error of the API layer.
func failure(summary string, err error) string {
	if first, again := scaleway.Repeats(err, summary); again {
		return sentence(strings.TrimSuffix(err.Error(), ".")) + " It is the same as in " + first + ", which says what to do."
	}
	return Explain(err)
}

// FailedLater is Failed as a warning, for what Create leaves undone once its object exists.
func FailedLater(diags *diag.Diagnostics, summary string, err error) {
	diags.AddWarning(summary, Explain(err))
}

// Explain is an error's text and the next step where the API layer knows one.
func Explain(err error) string {
	var api *scaleway.APIError
	if errors.As(err, &api) && api.Hint != "" {
		return sentence(err.Error()) + "\n" + api.Hint
	}
	var state *scaleway.StateError
	if errors.As(err, &state) && state.Hint != "" {
		return sentence(err.Error()) + "\n" + state.Hint
	}
	var hinted interface{ Hint() string }
	if errors.As(err, &hinted) && hinted.Hint() != "" {
		return sentence(err.Error()) + "\n" + hinted.Hint()
	}
	return sentence(err.Error())
}

// RefuseError adds what a check of the pure packages found, at the attribute; nil adds nothing.
func RefuseError(diags *diag.Diagnostics, at path.Path, err error) {
	if err == nil {
		return
	}
	var found *compliance.Refusal
	if errors.As(err, &found) {
		Refuse(
			diags, at, Refusal{
				Summary: found.Summary, Clause: found.Rule.Clause, Found: found.Found, Allowed: found.Allowed, Fix: found.Fix,
			},
		)
		return
	}
	summary, _, _ := strings.Cut(err.Error(), ":")
	diags.AddAttributeError(at, strings.ToUpper(summary[:1])+summary[1:], sentence(err.Error()))
}

func sentence(text string) string {
	if text == "" {
		return text
	}
	text = strings.ToUpper(text[:1]) + text[1:]
	if strings.HasSuffix(text, ".") {
		return text
	}
	return text + "."
}
