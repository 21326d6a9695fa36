package guardrails

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/terraform-srm/terraform-provider-srm/internal/kubernetes"
	"github.com/terraform-srm/terraform-provider-srm/internal/kubernetes/guardrails"
	operations "github.com/terraform-srm/terraform-provider-srm/internal/operations/guardrails"
	"github.com/terraform-srm/terraform-provider-srm/internal/tfkit"
)

const (
	// maxListedNames is the maximum number of names in a line of a warning, maxListedNamespaces the maximum number of
	// lines for a policy.
	maxListedNames      = 3
	maxListedNamespaces = 10
)

const (
	summaryNotCounted = "Existing objects that the policies will refuse were not counted"
	fixNotCounted     = "To see which existing objects the policies will refuse, correct the error and plan again."
)

// warnAboutExistingObjects warns about existing objects that the policies will refuse after an update, and about
// namespaces that an update lists and that do not exist.
func (r *guardrailsResource) warnAboutExistingObjects(
	ctx context.Context, clusterID string, desired operations.Desired, observed operations.Observed,
	diags *diag.Diagnostics,
) {
	changes := desired.RefusalChanges(observed)
	listed := newlyListedNamespaces(desired.Settings, observed.Settings)
	if len(changes) == 0 && len(listed) == 0 {
		return
	}
	client, err := r.connect(ctx, clusterID)
	if err != nil {
		if len(changes) > 0 {
			tfkit.AddWarning(
				diags, path.Empty(), tfkit.Problem{Summary: summaryNotCounted, Cause: err, Fix: fixNotCounted},
			)
		}
		return
	}
	warnAboutMissingNamespaces(ctx, client, listed, diags)
	if len(changes) > 0 {
		warnAboutRefusedObjects(ctx, client, desired, changes, diags)
	}
}

// warnAboutRefusedObjects warns about existing objects that the policies will refuse.
func warnAboutRefusedObjects(
	ctx context.Context, client *kubernetes.Client, desired operations.Desired, changes []guardrails.PolicyChange,
	diags *diag.Diagnostics,
) {
	count, err := operations.CountRefused(ctx, client, desired, changes)
	if err != nil {
		tfkit.AddWarning(diags, path.Empty(), tfkit.Problem{Summary: summaryNotCounted, Cause: err, Fix: fixNotCounted})
		return
	}
	lines := formatRefusals(count)
	if len(count.Pods) > 0 {
		lines = append(lines, fmt.Sprintf("%s in the namespace of the Secrets, whose NetworkPolicy %s will deny all "+
			"traffic",
			formatNames("pod", count.Pods), guardrails.NetworkPolicyName))
	}
	unread := formatUnread(count)
	switch {
	case len(lines) > 0:
		tfkit.AddWarning(diags, path.Empty(), tfkit.Problem{
			Summary: "The policies will refuse existing objects",
			Found:   "\n" + strings.Join(append(lines, unread...), "\n"),
			Fix: "Correct the objects before the apply, or set `action` of the policy, if it has one, to `warn` or " +
				"`audit` until they are corrected. The apply does not change them. Afterwards the policies refuse " +
				"each object when it is created again, such as a pod at its next start, and refuse changes that make " +
				"it worse.",
		})
	case slices.ContainsFunc(count.UnreadKinds, func(n kubernetes.UnreadKind) bool { return !n.NotServed }):
		tfkit.AddWarning(diags, path.Empty(), tfkit.Problem{
			Summary: summaryNotCounted,
			Found:   "\n" + strings.Join(unread, "\n"),
			Fix: "To check these objects, plan with an API key that is allowed to read them. The policies refuse " +
				"none of the objects that the provider could read.",
		})
	}
}

// formatRefusals returns a line for each policy and namespace and, after the lines of each policy, the policy's message
// about one of the objects.
func formatRefusals(count *kubernetes.RefusalCount) []string {
	lines := []string{}
	for at := 0; at < len(count.Refused); {
		policy, next := count.Refused[at].Policy, at
		for next < len(count.Refused) && count.Refused[next].Policy == policy {
			next++
		}
		message := ""
		for i, r := range count.Refused[at:next] {
			if message == "" {
				message = r.Message
			}
			if i == maxListedNamespaces {
				lines = append(lines, fmt.Sprintf("%s in %d more namespaces", policy, next-at-i))
				break
			}
			lines = append(lines, formatRefusal(r))
		}
		if message != "" {
			lines = append(lines, "  "+message)
		}
		at = next
	}
	return lines
}

func formatRefusal(r kubernetes.PolicyRefusals) string {
	scope, parts := "namespace "+r.Namespace, []string{}
	if r.Namespace == "" {
		scope = "cluster-scoped"
	}
	if len(r.Names) > 0 {
		parts = append(parts, formatNames("object", r.Names))
	}
	if len(r.Undecided) > 0 {
		parts = append(parts, formatNames("object", r.Undecided)+" whose result depends on what the plan cannot read")
	}
	return fmt.Sprintf("%s, %s: %s", r.Policy, scope, strings.Join(parts, ", and "))
}

// formatNames formats a count and the first names, such as "3 pods (a, b, c)".
func formatNames(what string, names []string) string {
	if len(names) != 1 {
		what += "s"
	}
	shown := names[:min(len(names), maxListedNames)]
	text := fmt.Sprintf("%d %s (%s", len(names), what, strings.Join(shown, ", "))
	if more := len(names) - len(shown); more > 0 {
		text += fmt.Sprintf(" and %d more", more)
	}
	return text + ")"
}

// formatUnread returns a line for each kind that could not be read and for each policy that was not evaluated.
func formatUnread(count *kubernetes.RefusalCount) []string {
	lines := []string{}
	for _, n := range count.UnreadKinds {
		lines = append(lines, fmt.Sprintf("not read: %s: %s", n.Kind, n.Err))
	}
	for _, policy := range count.NotEvaluated {
		lines = append(lines, fmt.Sprintf("not counted: %s checks who makes a request, not existing objects", policy))
	}
	return lines
}
