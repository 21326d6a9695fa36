package tfkit

import (
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
)

// destroyHint is how a destroy gets past the error of a plan.
const destroyHint = "\nIf this blocks a destroy: `terraform destroy -refresh=false` (OpenTofu: `tofu destroy " +
	"-refresh=false`) plans only " +
	"what exists."

// AddDestroyHint ends each error of a plan with the way on for `terraform destroy`, which plans the whole
// configuration, with the resources that do not exist yet, unless it does not refresh. A plan validates known values
// again; a validation before it, with no configured provider (nil), sees what is written in the configuration, which
// blocks every destroy: no hint. Deletion protection is meant to block a destroy: no hint either.
func (p *Provider) AddDestroyHint(diags *diag.Diagnostics) {
	if p == nil {
		return
	}
	for i, one := range *diags {
		located, ok := one.(diag.DiagnosticWithPath)
		if one.Severity() != diag.SeverityError || ok && located.Path().Equal(path.Root("deletion_protection")) {
			continue
		}
		hinted := diag.Diagnostic(diag.NewErrorDiagnostic(one.Summary(), one.Detail()+destroyHint))
		if ok {
			hinted = diag.WithPath(located.Path(), hinted)
		}
		(*diags)[i] = hinted
	}
}
