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
	diags *diag.Diagnostics
	warns bool
	// replaces is true in the plan of a replacement.
	replaces bool
	// note is appended to each problem of a plan.
	note string
}

// AtPlan returns the Reporter for a plan.
func AtPlan(diags *diag.Diagnostics) Reporter {
	return Reporter{diags: diags, warns: true, note: applyFails}
}

// AtCreatePlan returns the Reporter for a plan that creates an object. replaces is true if the plan replaces an
// existing object.
func AtCreatePlan(diags *diag.Diagnostics, replaces bool) Reporter {
	if !replaces {
		return AtPlan(diags)
	}
	return Reporter{diags: diags, replaces: true, note: removesFirst}
}

// Changeable returns the Reporter for problems that the same apply may fix first, such as an allow-list. In any plan
// they are warnings.
func (r Reporter) Changeable() Reporter {
	if r.replaces {
		return AtPlan(r.diags)
	}
	return r
}

// AtApply returns the Reporter for Create and Update.
func AtApply(diags *diag.Diagnostics) Reporter { return Reporter{diags: diags} }

// OnlyWarn returns a Reporter that reports every problem as a warning.
func OnlyWarn(diags *diag.Diagnostics) Reporter { return Reporter{diags: diags, warns: true} }

// applyFails is appended to each warning of a plan.
const applyFails = "\nThe apply fails with this error unless it is corrected before, or by the same apply."

// removesFirst is appended to each error of the plan of a replacement.
const removesFirst = "\nThe object exists and would be replaced: the apply would remove it and then fail with this " +
	"error."

// Report adds a problem, at an attribute unless the path is empty.
func (r Reporter) Report(at path.Path, problem Refusal) {
	var found diag.Diagnostics
	Refuse(&found, at, problem)
	r.ReportAll(found)
}

// Warn adds a warning, both at plan and at apply.
func (r Reporter) Warn(at path.Path, problem Refusal) { Warn(r.diags, at, problem) }

// ReportError adds the error of a check of the pure packages at an attribute. It ignores nil.
func (r Reporter) ReportError(at path.Path, err error) {
	var found diag.Diagnostics
	RefuseError(&found, at, err)
	r.ReportAll(found)
}

// ReportAll adds the diagnostics of a check.
func (r Reporter) ReportAll(found diag.Diagnostics) {
	for _, diagnostic := range found {
		if diagnostic.Severity() == diag.SeverityError && (r.warns || r.replaces) {
			withNote := diag.Diagnostic(diag.NewErrorDiagnostic(diagnostic.Summary(), diagnostic.Detail()+r.note))
			if r.warns {
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
	if (r.warns || r.replaces) && !scaleway.IsUnauthorized(err) {
		r.diags.AddWarning(summary, failure(summary, err)+applyFails)
		return
	}
	Failed(r.diags, summary, err)
}
