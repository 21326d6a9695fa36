package hdsguardrails

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/terraform-srm/terraform-provider-srm/internal/compliance"
	"github.com/terraform-srm/terraform-provider-srm/internal/kubernetes"
	"github.com/terraform-srm/terraform-provider-srm/internal/kubernetes/guardrails"
	"github.com/terraform-srm/terraform-provider-srm/internal/tfkit"
)

// listedNamespace is a namespace that an attribute lists.
type listedNamespace struct{ attribute, namespace string }

// listedNamespaces are those that settings list, by attribute.
func listedNamespaces(s guardrails.Settings) []listedNamespace {
	found := []listedNamespace{}
	for _, rule := range rules(s) {
		for _, e := range rule.Exemptions {
			found = append(found, listedNamespace{rule.Name + ".exemptions", e.Namespace})
		}
		for _, e := range rule.Exceptions {
			found = append(found, listedNamespace{rule.Name, e.Namespace})
		}
	}
	return found
}

// newlyListed are the namespaces that settings list and did not list before; nil is a cluster without guardrails.
func newlyListed(planned guardrails.Settings, before *guardrails.Settings) []listedNamespace {
	found := listedNamespaces(planned)
	if before == nil {
		return found
	}
	was := listedNamespaces(*before)
	return slices.DeleteFunc(found, func(l listedNamespace) bool { return slices.Contains(was, l) })
}

// warnOfAbsent warns of listed namespaces that do not exist, as a misspelt one has no effect. It is no error: another
// resource may create the namespace later in the same apply. A key that may not list namespaces gets no warning.
func warnOfAbsent(ctx context.Context, client *kubernetes.Client, listed []listedNamespace, diags *diag.Diagnostics) {
	if len(listed) == 0 {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, countTimeout)
	defer cancel()
	existing, err := client.Namespaces(ctx)
	if err != nil {
		return
	}
	lines := []string{}
	for _, l := range listed {
		if slices.Contains(existing, l.namespace) {
			continue
		}
		line := fmt.Sprintf("%s: %s", l.attribute, l.namespace)
		if near, ok := compliance.Nearest(l.namespace, existing); ok {
			line += fmt.Sprintf(" (the cluster has %s)", near)
		}
		lines = append(lines, line)
	}
	if len(lines) == 0 {
		return
	}
	slices.Sort(lines)
	diags.AddWarning("Namespaces that the guardrails list do not exist", tfkit.Refusal{
		Found: "\n" + strings.Join(lines, "\n"),
		Fix: "No action needed for a namespace that is created later, such as by this apply. Correct the name of every " +
			"other one: its entry has no effect, and the policies judge the namespace that was meant.",
	}.Detail())
}
