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
	// unprovenKey is the private key under which the policy is kept whose proof has failed, "" where none has.
	unprovenKey = "unproven"
	// pendingKey is the private key of the claims that need an exception, as the last refresh found them.
	pendingKey = "pending_claims"
	// fieldAccess is the field of the difference of an account that may use names that its Role does not grant: every
	// name, or single ones.
	fieldAccess = "access"
	openToAll   = "open: "
	openToNames = "open for names: "
)

// keepProof keeps which policy an apply could not prove, so that the next plan is not empty. nil is an apply that has
// proven all of them; another error leaves what is kept.
func keepProof(ctx context.Context, private privateWriter, err error, diags *diag.Diagnostics) {
	var failed *kubernetes.ProofError
	switch {
	case errors.As(err, &failed):
		keepPrivate(ctx, private, unprovenKey, failed.Policy, diags)
	case err == nil:
		keepPrivate(ctx, private, unprovenKey, "", diags)
	}
}

// readKnown adds what a refresh found of the policies' lookups to the differences, and returns the claims whose
// exception is in force, and those that need one.
func readKnown(
	ctx context.Context, private privateReader, seen *kubernetes.Seen, diags *diag.Diagnostics,
) (inForce, pending []guardrails.OlderClaim) {
	unproven := ""
	readPrivate(ctx, private, unprovenKey, &unproven, diags)
	if unproven != "" {
		seen.Differences = append(seen.Differences, kubernetes.Unproven(unproven))
	}
	if open := seen.OpenLookup; open != nil {
		found := openToAll
		if open.Named {
			found = openToNames
		}
		seen.Differences = append(seen.Differences, kubernetes.Difference{
			Object: "ServiceAccount/" + open.Account, Field: fieldAccess, Found: found + open.By(),
		})
	}
	inForce = seen.OlderClaims
	switch {
	case seen.PendingClaims != nil:
		pending = seen.PendingClaims
	case inForce != nil:
		pending = inForce
	default:
		readPrivate(ctx, private, pendingKey, &pending, diags)
	}
	if inForce == nil {
		inForce = pending
	}
	return inForce, pending
}

// openProblem is the problem of rights that open the lookups.
func openProblem(open *kubernetes.OpenLookupError) tfkit.Refusal {
	summary := "Rights in the cluster open the lookups of the guardrails"
	if open.Named {
		summary = "Rights in the cluster open names in the lookups of the guardrails"
	}
	return tfkit.Refusal{
		Summary: summary, Clause: "HDS-ENC-03", Found: open.By(),
		Allowed: "no right of the service account " + open.Account + " but those of its Role",
		Fix:     open.Hint(),
	}
}

// warnOfKnown warns of a difference that time or a right brings, and not a change of the guardrails. It says whether
// the difference is one.
func warnOfKnown(d kubernetes.Difference, diags *diag.Diagnostics) bool {
	problem := tfkit.Refusal{Clause: "HDS-ENC-03"}
	switch d.Field {
	case kubernetes.FieldProof:
		problem.Summary, problem.Found = "The last apply could not prove the policies", d.String()
		problem.Fix = "Apply: it proves that the policies are in force. They are not proven to be until then."
	case kubernetes.FieldOlderClaims:
		problem.Summary = "Exceptions of older claims are no longer needed"
		problem.Found = "claims that have their volume or are gone: " + d.Found
		problem.Fix = "Apply: it removes the exceptions. Until then each lets one volume of its claim pass."
	case fieldAccess:
		account, _ := strings.CutPrefix(d.Object, "ServiceAccount/")
		by, named := strings.CutPrefix(d.Found, openToNames)
		by, _ = strings.CutPrefix(by, openToAll)
		problem = openProblem(&kubernetes.OpenLookupError{Named: named, Account: account, Grants: []string{by}})
	default:
		return false
	}
	tfkit.Warn(diags, path.Root("drift"), problem)
	return true
}

// warnOfPending names the claims for which a create will make an exception.
func warnOfPending(pending []guardrails.OlderClaim, diags *diag.Diagnostics) {
	if len(pending) == 0 {
		return
	}
	names := []string{}
	for _, claim := range pending {
		names = append(names, claim.String())
	}
	slices.Sort(names)
	tfkit.Warn(diags, path.Root("older_claims"), tfkit.Refusal{
		Summary: "Older claims may still get a volume that is not encrypted", Clause: "HDS-ENC-03",
		Found: listed("claim", slices.Compact(names)) + " of another class that wait for a volume",
		Fix: "The guardrails accept one volume for each: the one that " + guardrails.Provisioner + " writes for it, as a " +
			"refusal would leave a volume behind that nothing shows, or an older one that reserves it. Delete the claims " +
			"first where they are not needed. Each shows in older_claims; a later apply drops those of claims that have their " +
			"volume or are gone.",
	})
}
