package tfkit

import (
	"errors"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/terraform-srm/terraform-provider-srm/internal/compliance"
	"github.com/terraform-srm/terraform-provider-srm/internal/scaleway"
)

// AddAPIError adds an error of the API layer. The summary names the failed operation ("Unable to create the HDS
// cluster"); the detail has the API's error, the object and the next step. If an earlier error of this process has the
// same cause, such as a wrong API key, the detail is one line that refers to it. The API client records the earlier
// errors.
func AddAPIError(diags *diag.Diagnostics, summary string, err error) {
	diags.AddError(summary, formatAPIError(summary, err))
}

// formatAPIError returns the detail of an error of the API layer.
func formatAPIError(summary string, err error) string {
	if firstSummary, repeated := scaleway.AlreadyReported(err, summary); repeated {
		return toSentence(err.Error()) + " This is the same error as in " + firstSummary + ", which says what to do."
	}
	return FormatError(err)
}

// AddAPIWarning adds an error of the API layer as a warning: Create uses it once its object exists.
func AddAPIWarning(diags *diag.Diagnostics, summary string, err error) {
	diags.AddWarning(summary, FormatError(err))
}

// FormatError returns the text of an error, followed by the next step if the API layer provides one.
func FormatError(err error) string {
	var api *scaleway.APIError
	if errors.As(err, &api) && api.Hint != "" {
		return toSentence(err.Error()) + "\n" + api.Hint
	}
	var state *scaleway.StateError
	if errors.As(err, &state) && state.Hint != "" {
		return toSentence(err.Error()) + "\n" + state.Hint
	}
	var hinted interface{ Hint() string }
	if errors.As(err, &hinted) && hinted.Hint() != "" {
		return toSentence(err.Error()) + "\n" + hinted.Hint()
	}
	return toSentence(err.Error())
}

// AddCheckError adds the error of a check of the pure packages at an attribute. It ignores nil.
func AddCheckError(diags *diag.Diagnostics, at path.Path, err error) {
	if err == nil {
		return
	}
	var found *compliance.Problem
	if errors.As(err, &found) {
		AddError(
			diags, at, Problem{
				Summary: found.Summary, Clause: found.Rule.Clause, Found: found.Found, Allowed: found.Allowed,
				Fix: found.Fix,
			},
		)
		return
	}
	summary, _, _ := strings.Cut(err.Error(), ":")
	diags.AddAttributeError(at, strings.ToUpper(summary[:1])+summary[1:], toSentence(err.Error()))
}

func toSentence(text string) string {
	if text == "" {
		return text
	}
	text = strings.ToUpper(text[:1]) + text[1:]
	if strings.HasSuffix(text, ".") {
		return text
	}
	return text + "."
}
