package tfkit

import (
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/terraform-srm/terraform-provider-srm/internal/responsibility"
)

// Problem is a problem that the provider reports as an error or a warning. Empty fields are left out of the diagnostic.
type Problem struct {
	// Summary is the problem in one line, without a full stop.
	Summary string
	// Cause is the error behind the problem; its text and next step come first.
	Cause error
	// Clause is the id of the clause of the Shared Responsibility Model that requires the rule.
	Clause string
	// Found is the value that was found. Allowed lists the accepted values. Fix is what the user has to do.
	Found, Allowed, Fix string
}

// Detail returns the text below the summary, one line for each field.
func (r Problem) Detail() string {
	lines := []string{}
	if r.Cause != nil {
		lines = append(lines, FormatError(r.Cause))
	}
	for _, line := range []struct{ label, text string }{
		{"Clause", responsibility.Citation(r.Clause)}, {"Found", r.Found}, {"Allowed", r.Allowed}, {"Fix", r.Fix},
	} {
		if line.text != "" {
			lines = append(lines, line.label+": "+line.text)
		}
	}
	return strings.Join(lines, "\n")
}

// AddError adds an error, at an attribute unless the path is empty.
func AddError(diags *diag.Diagnostics, at path.Path, r Problem) {
	if len(at.Steps()) == 0 {
		diags.AddError(r.Summary, r.Detail())
		return
	}
	diags.AddAttributeError(at, r.Summary, r.Detail())
}

// AddWarning adds a warning, at an attribute unless the path is empty.
func AddWarning(diags *diag.Diagnostics, at path.Path, r Problem) {
	if len(at.Steps()) == 0 {
		diags.AddWarning(r.Summary, r.Detail())
		return
	}
	diags.AddAttributeWarning(at, r.Summary, r.Detail())
}
