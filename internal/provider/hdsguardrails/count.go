package hdsguardrails

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/terraform-srm/terraform-provider-srm/internal/kubernetes"
	"github.com/terraform-srm/terraform-provider-srm/internal/kubernetes/guardrails"
	"github.com/terraform-srm/terraform-provider-srm/internal/tfkit"
)

const (
	// countTimeout bounds the reads of a plan whose result it only warns of.
	countTimeout = 30 * time.Second
	// shownNames and shownNamespaces are how many names a line of the warning has, and how many lines a policy has.
	shownNames      = 3
	shownNamespaces = 10
)

const notCounted = "Existing objects that the policies will refuse are not counted"

// planCount warns of objects that exist and that an update makes the policies refuse, and of namespaces that an update
// lists and that do not exist.
func (r *guardrailsResource) planCount(
	ctx context.Context, state *model, planned guardrails.Settings, diags *diag.Diagnostics,
) {
	var before *guardrails.Settings
	if settings, known := state.settings(); known {
		before = &settings
	}
	changes, listed := planned.Refusing(before, state.notInForce()), newlyListed(planned, before)
	if len(changes) == 0 && len(listed) == 0 {
		return
	}
	client, err := r.connect(ctx, state.uuid())
	if err != nil {
		if len(changes) > 0 {
			diags.AddWarning(notCounted, tfkit.Explain(err))
		}
		return
	}
	warnOfAbsent(ctx, client, listed, diags)
	if len(changes) > 0 {
		warnOfRefused(ctx, client, planned, changes, diags)
	}
}

// notInForce are the names of the policies that the last refresh found changed or without their binding.
func (m *model) notInForce() []string {
	names := []string{}
	for _, d := range m.shown() {
		kind, name, _ := strings.Cut(d.Object, "/")
		isPolicy := kind == guardrails.KindPolicy || kind == guardrails.KindBinding
		if isPolicy && (d.IsAbsent() || strings.HasPrefix(d.Field, "spec")) {
			names = append(names, name)
		}
	}
	return names
}

// warnOfRefused warns of objects that exist and that policies will refuse.
func warnOfRefused(
	ctx context.Context, client *kubernetes.Client, planned guardrails.Settings, changes []guardrails.Change,
	diags *diag.Diagnostics,
) {
	ctx, cancel := context.WithTimeout(ctx, countTimeout)
	defer cancel()
	count, err := client.CountRefused(ctx, planned, changes)
	if err != nil {
		diags.AddWarning(notCounted, tfkit.Explain(err))
		return
	}
	isNew := slices.ContainsFunc(changes, func(c guardrails.Change) bool {
		return c.Before == nil && c.Policy.Name == guardrails.Claims
	})
	lines := refusedLines(count)
	if isNew && len(count.Pods) > 0 {
		lines = append(lines, fmt.Sprintf("%s in the namespace of the Secrets, whose NetworkPolicy %s will deny all traffic",
			listed("pod", count.Pods), guardrails.IsolationName))
	}
	unread := unreadLines(count)
	switch {
	case len(lines) > 0:
		diags.AddWarning("The policies will refuse existing objects", tfkit.Refusal{
			Found: "\n" + strings.Join(append(lines, unread...), "\n"),
			Fix: "The apply changes none of them. The policies refuse each one when it is created again, such as a pod at its " +
				"next start, and refuse changes that make it worse. Correct them first, or set `action` of the policy, where it " +
				"has one, to `warn` or `audit` until they are corrected.",
		}.Detail())
	case slices.ContainsFunc(count.NotRead, func(n kubernetes.NotRead) bool { return !n.Absent }):
		diags.AddWarning(notCounted, tfkit.Refusal{
			Found: "\n" + strings.Join(unread, "\n"),
			Fix: "In what could be read, the policies refuse nothing. Plan with a key that may read the rest to know " +
				"whether they refuse any of it.",
		}.Detail())
	}
}

// refusedLines are a line for each policy and namespace, and after those of a policy what it says of one of the
// objects.
func refusedLines(count *kubernetes.Count) []string {
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
			if i == shownNamespaces {
				lines = append(lines, fmt.Sprintf("%s in %d more namespaces", policy, next-at-i))
				break
			}
			lines = append(lines, refusedLine(r))
		}
		if message != "" {
			lines = append(lines, "  "+message)
		}
		at = next
	}
	return lines
}

func refusedLine(r kubernetes.Refusals) string {
	place, parts := "namespace "+r.Namespace, []string{}
	if r.Namespace == "" {
		place = "scope of the cluster"
	}
	if len(r.Names) > 0 {
		parts = append(parts, listed("object", r.Names))
	}
	if len(r.Unknown) > 0 {
		parts = append(parts, listed("object", r.Unknown)+" whose verdict depends on what the plan cannot read")
	}
	return fmt.Sprintf("%s, %s: %s", r.Policy, place, strings.Join(parts, ", and "))
}

// listed is a number of things and some of their names.
func listed(what string, names []string) string {
	if len(names) != 1 {
		what += "s"
	}
	shown := names[:min(len(names), shownNames)]
	text := fmt.Sprintf("%d %s (%s", len(names), what, strings.Join(shown, ", "))
	if more := len(names) - len(shown); more > 0 {
		text += fmt.Sprintf(" and %d more", more)
	}
	return text + ")"
}

// unreadLines say what was not looked at.
func unreadLines(count *kubernetes.Count) []string {
	lines := []string{}
	for _, n := range count.NotRead {
		lines = append(lines, fmt.Sprintf("not looked at: %s: %s", n.Kind, n.Err))
	}
	for _, policy := range count.NotJudged {
		lines = append(lines, fmt.Sprintf("not counted: %s judges who makes a request, not what exists", policy))
	}
	return lines
}
