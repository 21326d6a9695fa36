package guardrails

import (
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/terraform-srm/terraform-provider-srm/internal/kubernetes"
	"github.com/terraform-srm/terraform-provider-srm/internal/kubernetes/guardrails"
	operations "github.com/terraform-srm/terraform-provider-srm/internal/operations/guardrails"
	"github.com/terraform-srm/terraform-provider-srm/internal/tfkit"
)

// lookupAccessProblem returns the problem of rights that open the lookups of the policies.
func lookupAccessProblem(open *kubernetes.OpenLookupError) tfkit.Problem {
	summary := "RBAC grants the guardrails' service account permissions for all names"
	if open.SingleNames {
		summary = "RBAC grants the guardrails' service account permissions for additional names"
	}
	return tfkit.Problem{
		Summary: summary, Clause: "HDS-ENC-03", Found: open.GrantedBy(),
		Allowed: "for the service account " + open.Account + ", only the permissions of its own Role",
		Fix:     open.Hint(),
	}
}

// warnAboutLookupDrift warns about a difference that concerns the policies' lookups or their verification, and not a
// change of the guardrails' objects. It reports whether the difference is of that kind.
func warnAboutLookupDrift(d kubernetes.Difference, diags *diag.Diagnostics) bool {
	problem := tfkit.Problem{Clause: "HDS-ENC-03"}
	switch d.Field {
	case kubernetes.FieldEnforcement:
		problem.Summary, problem.Found = "The last apply could not verify that the policies are enforced", d.String()
		problem.Fix = "Apply again: the apply verifies that the API server enforces the policies."
	case kubernetes.FieldOlderClaims:
		problem.Summary = "Exceptions for older claims are no longer needed"
		problem.Found = "claims that have their volume or are deleted: " + d.Found
		problem.Fix = "Apply: the apply removes the exceptions. Until then, each exception allows one volume for its " +
			"claim."
	default:
		open, ok := operations.ParseOpenAccess(d)
		if !ok {
			return false
		}
		problem = lookupAccessProblem(open)
	}
	tfkit.AddWarning(diags, path.Root("drift"), problem)
	return true
}

// warnAboutOlderClaims warns about the claims for which a create will add an exception.
func warnAboutOlderClaims(pending []guardrails.OlderClaim, diags *diag.Diagnostics) {
	if len(pending) == 0 {
		return
	}
	names := []string{}
	for _, claim := range pending {
		names = append(names, claim.String())
	}
	slices.Sort(names)
	tfkit.AddWarning(diags, path.Root("older_claims"), tfkit.Problem{
		Summary: "Older claims may still get a volume that is not encrypted", Clause: "HDS-ENC-03",
		Found: formatNames("claim", slices.Compact(names)) + " of other StorageClasses, waiting for a volume",
		Fix: "Before the apply, delete the claims that are not needed. The guardrails accept one volume for each " +
			"remaining claim: either an older volume that reserves the claim, or the volume that " +
			guardrails.Provisioner +
			" creates for it. Refusing the PersistentVolume of the latter would leave an orphaned volume. " +
			"older_claims lists these claims. A later apply removes the exceptions for claims that have their volume " +
			"or are deleted.",
	})
}
