package guardrails

import (
	"context"
	"slices"
	"time"

	"github.com/terraform-srm/terraform-provider-srm/internal/compliance"
	"github.com/terraform-srm/terraform-provider-srm/internal/kubernetes"
	"github.com/terraform-srm/terraform-provider-srm/internal/kubernetes/guardrails"
)

// countTimeout is the time limit for reads of a plan that only lead to warnings.
const countTimeout = 30 * time.Second

// RefusalChanges returns the policies that newly refuse objects, and those whose rules change. The Observed is zero for
// a cluster without guardrails.
func (d Desired) RefusalChanges(observed Observed) []guardrails.PolicyChange {
	if !observed.hasSettings() {
		return d.Settings.RefusalChanges(nil, observed.changedPolicies())
	}
	return d.Settings.RefusalChanges(&observed.Settings, observed.changedPolicies())
}

// CountRefused counts the existing objects that changed policies will refuse. It counts the pods in the namespace of
// the Secrets only if the guardrails are new, since only then the NetworkPolicy is.
func CountRefused(
	ctx context.Context, client *kubernetes.Client, desired Desired, changes []guardrails.PolicyChange,
) (*kubernetes.RefusalCount, error) {
	ctx, cancel := context.WithTimeout(ctx, countTimeout)
	defer cancel()
	count, err := client.CountRefused(ctx, desired.Settings, changes)
	if err != nil {
		return nil, err
	}
	if !slices.ContainsFunc(changes, func(c guardrails.PolicyChange) bool {
		return c.Before == nil && c.Policy.Name == guardrails.Claims
	}) {
		count.Pods = nil
	}
	return count, nil
}

// MissingNamespaces returns those of the namespaces that a cluster does not have, each with the most similar existing
// name, or "".
func MissingNamespaces(
	ctx context.Context, client *kubernetes.Client, names []string,
) (similar map[string]string, err error) {
	ctx, cancel := context.WithTimeout(ctx, countTimeout)
	defer cancel()
	existing, err := client.Namespaces(ctx)
	if err != nil {
		return nil, err
	}
	similar = map[string]string{}
	for _, name := range names {
		if !slices.Contains(existing, name) {
			similar[name], _ = compliance.Nearest(name, existing)
		}
	}
	return similar, nil
}
