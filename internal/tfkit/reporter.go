package tfkit

import (
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/terraform-srm/terraform-provider-srm/internal/scaleway"
)

// Reporter reports problems of objects other than the resource itself. In a plan a problem is a warning: the same apply
// may fix it first, and an error would block `terraform destroy`, which also plans resources that do not exist yet. In
// Create and Update it is an error. It is also an error in the plan of a replacement, as the apply would remove the
// existing object before it fails.
type Reporter struct {
	diags      *diag.Diagnostics
	asWarnings bool
	// isReplacement is true in the plan of a replacement.
	isReplacement bool
	// note is appended to each problem of a plan.
	note string
}

// NewPlanReporter returns the Reporter for a plan.
func NewPlanReporter(diags *diag.Diagnostics) Reporter {
	return Reporter{diags: diags, asWarnings: true, note: applyFailsNote}
}

// NewCreatePlanReporter returns the Reporter for a plan that creates an object. replaces is true if the plan replaces
// an existing object.
func NewCreatePlanReporter(diags *diag.Diagnostics, replaces bool) Reporter {
	if !replaces {
		return NewPlanReporter(diags)
	}
	return Reporter{diags: diags, isReplacement: true, note: replacementFailsNote}
}

// ForMutable returns the Reporter for problems that the same apply may fix first, such as an allow-list. In any plan
// they are warnings.
func (r Reporter) ForMutable() Reporter {
	if r.isReplacement {
		return NewPlanReporter(r.diags)
	}
	return r
}

// NewApplyReporter returns the Reporter for Create and Update.
func NewApplyReporter(diags *diag.Diagnostics) Reporter { return Reporter{diags: diags} }

// NewWarningReporter returns a Reporter that reports every problem as a warning.
func NewWarningReporter(diags *diag.Diagnostics) Reporter {
	return Reporter{diags: diags, asWarnings: true}
}

// applyFailsNote is appended to each warning of a plan.
const applyFailsNote = "\nThe apply fails unless this is corrected before, or by the same apply."

// replacementFailsNote is appended to each error of the plan of a replacement.
const replacementFailsNote = "\nThe object exists and would be replaced: the apply would remove it, then fail."

// Report adds a problem, at an attribute unless the path is empty.
func (r Reporter) Report(at path.Path, problem Problem) {
	var found diag.Diagnostics
	AddError(&found, at, problem)
	r.ReportDiagnostics(found)
}

// AddWarning adds a warning, both at plan and at apply.
func (r Reporter) AddWarning(at path.Path, problem Problem) { AddWarning(r.diags, at, problem) }

// ReportCheckError adds the error of a check of the pure packages at an attribute. It ignores nil.
func (r Reporter) ReportCheckError(at path.Path, err error) {
	var found diag.Diagnostics
	AddCheckError(&found, at, err)
	r.ReportDiagnostics(found)
}

// ReportDiagnostics adds the diagnostics of a check.
func (r Reporter) ReportDiagnostics(found diag.Diagnostics) {
	for _, diagnostic := range found {
		if diagnostic.Severity() == diag.SeverityError && (r.asWarnings || r.isReplacement) {
			withNote := diag.Diagnostic(diag.NewErrorDiagnostic(diagnostic.Summary(), diagnostic.Detail()+r.note))
			if r.asWarnings {
				withNote = diag.NewWarningDiagnostic(diagnostic.Summary(), diagnostic.Detail()+r.note)
			}
			if withPath, ok := diagnostic.(diag.DiagnosticWithPath); ok {
				withNote = diag.WithPath(withPath.Path(), withNote)
			}
			diagnostic = withNote
		}
		r.diags.Append(diagnostic)
	}
}

// ReportAPIError adds the error of a request that reads another object. An API key that the API rejects is an error in
// a plan as well: no other request would succeed, not even for a destroy.
func (r Reporter) ReportAPIError(summary string, err error) {
	if (r.asWarnings || r.isReplacement) && !scaleway.IsUnauthorized(err) {
		r.diags.AddWarning(summary, formatAPIError(summary, err)+applyFailsNote)
		return
	}
	AddAPIError(r.diags, summary, err)
}
