package hdsguardrails

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/terraform-srm/terraform-provider-srm/internal/kubernetes"
	"github.com/terraform-srm/terraform-provider-srm/internal/kubernetes/guardrails"
	"github.com/terraform-srm/terraform-provider-srm/internal/tfkit"
)

const (
	// fieldAccess is the drift field for a service account with rights that its Role does not grant. accessAllNames and
	// accessSingleNames start its value: the rights are for all names, or for single names.
	fieldAccess       = "access"
	accessAllNames    = "open: "
	accessSingleNames = "open for names: "
)

// saveUnverifiedPolicy saves the name of the policy whose enforcement an apply could not verify, so that the next plan
// is not empty. A nil error means that the apply verified all policies. Other errors leave the saved value unchanged.
func saveUnverifiedPolicy(ctx context.Context, in tfkit.PrivateState, err error, diags *diag.Diagnostics) {
	var failed *kubernetes.EnforcementError
	switch {
	case errors.As(err, &failed):
		tfkit.UpdatePrivate(ctx, in, diags, func(p *private) { p.UnverifiedPolicy = failed.Policy })
	case err == nil:
		tfkit.UpdatePrivate(ctx, in, diags, func(p *private) { p.UnverifiedPolicy = "" })
	}
}

// readLookups adds the problems of the policies' lookups to the differences that a refresh found. It returns the claims
// whose exception is active, and the claims that need an exception.
func readLookups(
	ctx context.Context, from tfkit.PrivateReader, status *kubernetes.GuardrailStatus, diags *diag.Diagnostics,
) (inForce, pending []guardrails.OlderClaim) {
	saved := tfkit.ReadPrivate[private](ctx, from, diags)
	if saved.UnverifiedPolicy != "" {
		status.Differences = append(status.Differences, kubernetes.NotEnforced(saved.UnverifiedPolicy))
	}
	if open := status.OpenLookup; open != nil {
		found := accessAllNames
		if open.SingleNames {
			found = accessSingleNames
		}
		status.Differences = append(status.Differences, kubernetes.Difference{
			Object: "ServiceAccount/" + open.Account, Field: fieldAccess, Found: found + open.GrantedBy(),
		})
	}
	inForce = status.OlderClaims
	switch {
	case status.PendingClaims != nil:
		pending = status.PendingClaims
	case inForce != nil:
		pending = inForce
	default:
		pending = saved.PendingClaims
	}
	if inForce == nil {
		inForce = pending
	}
	return inForce, pending
}

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
	case fieldAccess:
		account, _ := strings.CutPrefix(d.Object, "ServiceAccount/")
		by, named := strings.CutPrefix(d.Found, accessSingleNames)
		by, _ = strings.CutPrefix(by, accessAllNames)
		problem = lookupAccessProblem(
			&kubernetes.OpenLookupError{SingleNames: named, Account: account, Bindings: []string{by}},
		)
	default:
		return false
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
