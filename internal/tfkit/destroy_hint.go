package tfkit

import (
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
)

// destroyHint says how to destroy despite the error of a plan.
const destroyHint = "\nIf this blocks a destroy: `terraform destroy -refresh=false` (OpenTofu: `tofu destroy " +
	"-refresh=false`) plans only existing resources."

// AddDestroyHint appends a hint for `terraform destroy` to each error of a plan: a destroy that refreshes also plans
// the resources that do not exist yet, and such an error blocks it. There is no hint without a configured provider
// (nil): an error of the validation blocks every destroy. There is no hint for deletion protection either, which blocks
// a destroy on purpose.
func (p *Provider) AddDestroyHint(diags *diag.Diagnostics) {
	if p == nil {
		return
	}
	for i, diagnostic := range *diags {
		withPath, ok := diagnostic.(diag.DiagnosticWithPath)
		if diagnostic.Severity() != diag.SeverityError || ok && withPath.Path().Equal(
			path.Root("deletion_protection"),
		) {
			continue
		}
		withHint := diag.Diagnostic(diag.NewErrorDiagnostic(diagnostic.Summary(), diagnostic.Detail()+destroyHint))
		if ok {
			withHint = diag.WithPath(withPath.Path(), withHint)
		}
		(*diags)[i] = withHint
	}
}
