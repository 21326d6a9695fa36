package kubernetes

import (
	"context"
	"fmt"
	"slices"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/terraform-srm/terraform-provider-srm/internal/kubernetes/guardrails"
)

var (
	//nolint:gochecknoglobals // a constant
	clusterRoles = schema.GroupVersionResource{
		Group: "rbac.authorization.k8s.io", Version: "v1", Resource: "clusterroles",
	}
	//nolint:gochecknoglobals // a constant
	clusterRoleBindings = schema.GroupVersionResource{
		Group: "rbac.authorization.k8s.io", Version: "v1", Resource: "clusterrolebindings",
	}
)

// OpenLookupError says that the account of the policies' lookups may use names that its Role does not grant.
type OpenLookupError struct {
	// Named says that it may use single names, which the policies take for granted. It may use every name otherwise, so
	// that no lookup counts.
	Named bool
	// Account is the service account, as "namespace/name".
	Account string
	// Grants are the bindings that grant it, as far as the API key may list them. Unlisted says why it may not.
	Grants   []string
	Unlisted error
}

func (e *OpenLookupError) Error() string {
	if e.Named {
		return "RBAC grants the service account " + e.Account + " names in the lookups of the policies, beside those of " +
			"its Role: " + e.By()
	}
	return "RBAC grants the service account " + e.Account + " every name, so that the lookups of the policy " +
		guardrails.KnownVolumes + " do not count: " + e.By()
}

// By is what grants it.
func (e *OpenLookupError) By() string {
	switch {
	case len(e.Grants) > 0:
		return strings.Join(e.Grants, "; ")
	case e.Unlisted != nil:
		return "which binding does could not be read: " + e.Unlisted.Error()
	default:
		return "no binding of RBAC does, so that it is another authorizer of the API server"
	}
}

// Hint is the next step.
func (e *OpenLookupError) Hint() string {
	const list = "`kubectl get clusterrolebindings,rolebindings -A -o wide` lists all bindings. "
	if e.Named {
		return "Remove the binding, or the rule with these resourceNames from its role; then apply again. " + list +
			"Until then a PersistentVolume that such a name stands for passes without encryption, or with a Secret that does " +
			"not exist. Find out who made the binding."
	}
	return "Bind the role to the service accounts that need it in place of the group, or leave wildcards out of its " +
		"apiGroups, resources and verbs; then apply again. " + list +
		"Until then the policy refuses every PersistentVolume that needs a lookup: those of claims that are older than the " +
		"guardrails, and attested ones."
}

// lookupRights are the rights of the account of the policies' lookups. Its bindings are listed when the first question
// needs them.
type lookupRights struct {
	c        *Client
	s        guardrails.Settings
	listed   bool
	bindings []lookupBinding
	// unlisted says why a part of them could not be read.
	unlisted error
}

// lookupBinding is a binding of the account, as a text, and its role.
type lookupBinding struct {
	text string
	role *unstructured.Unstructured
}

// open asks the API server whether the account may use names that are never granted; nil is that it may not. known is
// false where the API key may neither ask nor read the bindings.
func (l *lookupRights) open(ctx context.Context) (found *OpenLookupError, known bool, err error) {
	for _, right := range guardrails.Canaries() {
		allowed, err := l.c.mayUse(ctx, l.s, right)
		switch {
		case Is(err, Forbidden), Is(err, NotFound):
			found = l.openedBy(ctx)
			if len(found.Grants) > 0 {
				return found, true, nil
			}
			return nil, found.Unlisted == nil, nil
		case err != nil:
			return nil, false, err
		case allowed:
			return l.openedBy(ctx), true, nil
		}
	}
	return nil, true, nil
}

// mayUse asks whether the account of the lookups has a right.
func (c *Client) mayUse(ctx context.Context, s guardrails.Settings, right guardrails.Right) (bool, error) {
	user, groups := s.KnownAccount()
	asked := []any{}
	for _, group := range groups {
		asked = append(asked, group)
	}
	review := &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": "authorization.k8s.io/v1", "kind": "SubjectAccessReview",
		"spec": map[string]any{"user": user, "groups": asked, "resourceAttributes": map[string]any{
			"group": right.Group, "resource": right.Resource, "namespace": s.Namespace, "name": right.Name, "verb": right.Verb,
		}},
	}}
	of := call{"ask for the rights of " + user + " at", accessReviews, "", ""}
	answer, err := retried(ctx, c, of, func(ctx context.Context) (*unstructured.Unstructured, error) {
		return c.at(accessReviews, "").Create(ctx, review.DeepCopy(), metav1.CreateOptions{})
	})
	if err != nil {
		return false, err
	}
	allowed, _, _ := unstructured.NestedBool(answer.Object, "status", "allowed")
	return allowed, nil
}

// openedBy are the bindings that open all lookups.
func (l *lookupRights) openedBy(ctx context.Context) *OpenLookupError { return l.grants(ctx, opens) }

// named are the bindings that grant names of lookups beside the Role; nil is that none is known to. Unlike a grant of
// every name, the API server cannot be asked for it. What the API key may not list is passed over.
func (l *lookupRights) named(ctx context.Context) (*OpenLookupError, error) {
	found := l.grants(ctx, opensNames)
	switch {
	case len(found.Grants) > 0:
		found.Named = true
		return found, nil
	case found.Unlisted == nil || Is(found.Unlisted, Forbidden):
		return nil, nil //nolint:nilnil // there is none, or none that the key may see
	default:
		return nil, found.Unlisted
	}
}

// grants are the bindings to roles that a function selects.
func (l *lookupRights) grants(
	ctx context.Context, selects func(role *unstructured.Unstructured) bool,
) *OpenLookupError {
	if !l.listed {
		l.listed = true
		l.list(ctx)
	}
	found := &OpenLookupError{Account: l.s.Namespace + "/" + guardrails.KnownName, Unlisted: l.unlisted}
	for _, binding := range l.bindings {
		if selects(binding.role) {
			found.Grants = append(found.Grants, binding.text)
		}
	}
	return found
}

// list lists the bindings of the account whose roles exist.
func (l *lookupRights) list(ctx context.Context) {
	for _, of := range []struct {
		resource        schema.GroupVersionResource
		kind, namespace string
	}{{clusterRoleBindings, "ClusterRoleBinding", ""}, {roleBindings, guardrails.KindRoleBinding, l.s.Namespace}} {
		items, err := l.c.list(ctx, of.resource, of.namespace)
		if err != nil {
			l.unlisted = err
			continue
		}
		for i := range items {
			subject := subjectOf(&items[i], l.s)
			if subject == "" {
				continue
			}
			kind, _, _ := unstructured.NestedString(items[i].Object, "roleRef", "kind")
			name, _, _ := unstructured.NestedString(items[i].Object, "roleRef", "name")
			resource, namespace := clusterRoles, ""
			if kind == guardrails.KindRole {
				resource, namespace = roles, l.s.Namespace
			}
			role, err := l.c.get(ctx, resource, namespace, name)
			if err != nil {
				l.unlisted = err
				continue
			}
			if role != nil {
				at := strings.TrimPrefix(of.namespace+"/"+items[i].GetName(), "/")
				text := fmt.Sprintf("%s %s binds the %s %s to %s", of.kind, at, kind, name, subject)
				l.bindings = append(l.bindings, lookupBinding{text, role})
			}
		}
	}
}

// subjectOf is the subject of a binding that is the account of the lookups, or a group that it is in; "" is none.
func subjectOf(binding *unstructured.Unstructured, s guardrails.Settings) string {
	subjects, _, _ := unstructured.NestedSlice(binding.Object, "subjects")
	user, groups := s.KnownAccount()
	for _, one := range subjects {
		subject, _ := one.(map[string]any)
		name, _ := subject["name"].(string)
		switch subject["kind"] {
		case "Group":
			if slices.Contains(groups, name) {
				return "the group " + name
			}
		case "User":
			if name == user {
				return "the user " + name
			}
		case "ServiceAccount":
			if name == guardrails.KnownName && subject["namespace"] == s.Namespace {
				return "the service account " + s.Namespace + "/" + name
			}
		}
	}
	return ""
}

// opens says whether a role grants a name that is never granted.
func opens(role *unstructured.Unstructured) bool {
	return grantsAny(role, func(names []string, r guardrails.Right) bool {
		return len(names) == 0 || slices.Contains(names, r.Name)
	})
}

// opensNames says whether a role grants names by which policies look something up. The rules of the guardrails' own
// Role are compared with those that it has to have.
func opensNames(role *unstructured.Unstructured) bool {
	if role.GetNamespace() != "" && role.GetName() == guardrails.KnownName {
		return false
	}
	return grantsAny(role, func(names []string, r guardrails.Right) bool {
		return slices.ContainsFunc(names, func(name string) bool { return guardrails.IsLookup(r.Resource, name) })
	})
}

// grantsAny says whether a role has a rule about a resource of the lookups with names that a function selects.
func grantsAny(role *unstructured.Unstructured, selects func(names []string, r guardrails.Right) bool) bool {
	rules, _, _ := unstructured.NestedSlice(role.Object, "rules")
	return slices.ContainsFunc(rules, func(one any) bool {
		rule, _ := one.(map[string]any)
		covers := func(field string, value string) bool {
			values, _, _ := unstructured.NestedStringSlice(rule, field)
			return slices.Contains(values, value) || slices.Contains(values, "*")
		}
		names, _, _ := unstructured.NestedStringSlice(rule, "resourceNames")
		return slices.ContainsFunc(guardrails.Canaries(), func(r guardrails.Right) bool {
			return covers("apiGroups", r.Group) && covers("resources", r.Resource) && covers("verbs", r.Verb) && selects(names,
				r)
		})
	})
}
