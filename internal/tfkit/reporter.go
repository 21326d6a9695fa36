package tfkit

import (
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/terraform-srm/terraform-provider-srm/internal/scaleway"
)

// Reporter reports what a check finds about another object than the resource itself. A plan warns of it: the same apply
// may change it first, and an error would block `terraform destroy`, which plans the resources that do not exist yet.
// Create and Update refuse it. The plan of a replacement refuses it, too: an apply would remove the existing object
// before it fails.
type Reporter struct {
	diags *diag.Diagnostics
	warns bool
	// replaces says that the plan is that of a replacement.
	replaces bool
	// note ends each warning.
	note string
}

// AtPlan returns the Reporter of a plan.
func AtPlan(diags *diag.Diagnostics) Reporter {
	return Reporter{diags: diags, warns: true, note: applyFails}
}

// AtCreatePlan returns the Reporter of a plan that creates an object; replaces says that one exists, which goes first.
func AtCreatePlan(diags *diag.Diagnostics, replaces bool) Reporter {
	if !replaces {
		return AtPlan(diags)
	}
	return Reporter{diags: diags, replaces: true, note: removesFirst}
}

// Changeable returns the Reporter for what the same apply may change first, such as an allow-list: a plan warns of it.
func (r Reporter) Changeable() Reporter {
	if r.replaces {
		return AtPlan(r.diags)
	}
	return r
}

// AtApply returns the Reporter of Create and Update.
func AtApply(diags *diag.Diagnostics) Reporter { return Reporter{diags: diags} }

// OnlyWarn returns a Reporter for what is worth a warning at any time.
func OnlyWarn(diags *diag.Diagnostics) Reporter { return Reporter{diags: diags, warns: true} }

// applyFails ends each warning of a plan.
const applyFails = "\nThe apply fails for this, unless it is corrected before or by the same apply."

// removesFirst ends each error of the plan of a replacement.
const removesFirst = "\nThe object exists and would be replaced: the apply would remove it, and fail for this."

// Report adds a problem at an attribute, or at none where the path is empty.
func (r Reporter) Report(at path.Path, problem Refusal) {
	var found diag.Diagnostics
	Refuse(&found, at, problem)
	r.ReportAll(found)
}

// Warn adds a warning, at apply, too.
func (r Reporter) Warn(at path.Path, problem Refusal) { Warn(r.diags, at, problem) }

// ReportError adds what a check of the pure packages found, at an attribute; nil adds nothing.
func (r Reporter) ReportError(at path.Path, err error) {
	var found diag.Diagnostics
	RefuseError(&found, at, err)
	r.ReportAll(found)
}

// ReportAll adds the errors that a check returned.
func (r Reporter) ReportAll(found diag.Diagnostics) {
	for _, one := range found {
		if one.Severity() == diag.SeverityError && (r.warns || r.replaces) {
			noted := diag.Diagnostic(diag.NewErrorDiagnostic(one.Summary(), one.Detail()+r.note))
			if r.warns {
				noted = diag.NewWarningDiagnostic(one.Summary(), one.Detail()+r.note)
			}
			if located, ok := one.(diag.DiagnosticWithPath); ok {
				noted = diag.WithPath(located.Path(), noted)
			}
			one = noted
		}
		r.diags.Append(one)
	}
}

// ReportAPIError adds an error of a request that reads another object. A key that the API does not accept is an error
// of the plan, too: nothing else works with it either, a destroy included.
func (r Reporter) ReportAPIError(summary string, err error) {
	if (r.warns || r.replaces) && !scaleway.IsUnauthorized(err) {
		r.diags.AddWarning(summary, failure(summary, err)+applyFails)
		return
	}
	Failed(r.diags, summary, err)
}
