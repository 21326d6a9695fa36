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

// listedNamespace is a namespace that an attribute lists.
type listedNamespace struct{ attribute, namespace string }

// listedNamespaces returns the namespaces that settings list, with the attribute that lists each.
func listedNamespaces(s guardrails.Settings) []listedNamespace {
	found := []listedNamespace{}
	for _, rule := range responsibilityRules(s) {
		for _, e := range rule.Exemptions {
			found = append(found, listedNamespace{rule.Name + ".exemptions", e.Namespace})
		}
		for _, e := range rule.Exceptions {
			found = append(found, listedNamespace{rule.Name, e.Namespace})
		}
	}
	return found
}

// newlyListedNamespaces returns the namespaces that planned settings list and earlier settings did not. The earlier
// settings are zero for a cluster without guardrails.
func newlyListedNamespaces(planned, before guardrails.Settings) []listedNamespace {
	old := listedNamespaces(before)
	return slices.DeleteFunc(listedNamespaces(planned), func(l listedNamespace) bool { return slices.Contains(old, l) })
}

// warnAboutMissingNamespaces warns about listed namespaces that do not exist: a misspelt name has no effect. It is not
// an error, because another resource may create the namespace in the same apply. There is no warning if the API key may
// not list namespaces.
func warnAboutMissingNamespaces(
	ctx context.Context,
	client *kubernetes.Client,
	listed []listedNamespace,
	diags *diag.Diagnostics,
) {
	if len(listed) == 0 {
		return
	}
	names := []string{}
	for _, l := range listed {
		names = append(names, l.namespace)
	}
	missing, err := operations.MissingNamespaces(ctx, client, names)
	if err != nil {
		return
	}
	lines := []string{}
	for _, l := range listed {
		similar, isMissing := missing[l.namespace]
		if !isMissing {
			continue
		}
		line := fmt.Sprintf("%s: %s", l.attribute, l.namespace)
		if similar != "" {
			line += fmt.Sprintf(" (the cluster has %s)", similar)
		}
		lines = append(lines, line)
	}
	if len(lines) == 0 {
		return
	}
	slices.Sort(lines)
	tfkit.AddWarning(diags, path.Empty(), tfkit.Problem{
		Summary: "The guardrails list namespaces that do not exist",
		Found:   "\n" + strings.Join(lines, "\n"),
		Fix: "No action needed for a namespace that is created later, for example by this apply. Correct the other " +
			"names: an entry with a wrong name has no effect, and the policies still apply to the intended namespace.",
	})
}
