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

// OpenLookupError reports that RBAC grants the service account of the lookups more names than its Role does.
type OpenLookupError struct {
	// SingleNames reports that the account has additional single names, which the policies accept. Otherwise RBAC
	// grants it every name, and the policies ignore the lookups.
	SingleNames bool
	// Account is the "namespace/name" of the service account.
	Account string
	// Bindings describe the bindings that grant the names, as far as the API key is allowed to list them. ListErr is
	// the error of listing them.
	Bindings []string
	ListErr  error
}

func (e *OpenLookupError) Error() string {
	if e.SingleNames {
		return "RBAC grants the service account " + e.Account + " permissions for names that the policies look up, " +
			"in addition to those of its Role: " + e.GrantedBy()
	}
	return "RBAC grants the service account " + e.Account + " permissions for all names, so the policy " +
		guardrails.KnownVolumes + " ignores its lookups: " + e.GrantedBy()
}

// GrantedBy returns a text with the bindings that grant the names.
func (e *OpenLookupError) GrantedBy() string {
	switch {
	case len(e.Bindings) > 0:
		return strings.Join(e.Bindings, "; ")
	case e.ListErr != nil:
		return "the provider could not read the bindings: " + e.ListErr.Error()
	default:
		return "no RBAC binding grants them: another authorizer of the API server does"
	}
}

// Hint returns the next step for the user.
func (e *OpenLookupError) Hint() string {
	const listCommand = "`kubectl get clusterrolebindings,rolebindings -A -o wide` lists all bindings. "
	if e.SingleNames {
		return "Find out who created the binding. Remove it, or remove the rule with these resourceNames from its " +
			"role; then apply again. " + listCommand + "Until then, the policies accept a PersistentVolume for such " +
			"a name even if it is not encrypted or its Secret does not exist."
	}
	return "Bind the role to the service accounts that need it instead of the group, or remove wildcards from its " +
		"apiGroups, resources and verbs; then apply again. " + listCommand +
		"Until then, the policy refuses every PersistentVolume that needs a lookup: attested ones, and those of " +
		"claims that are older than the guardrails."
}

// lookupAccess checks what RBAC grants the service account of the lookups. The first check that needs the bindings
// lists them.
type lookupAccess struct {
	client   *Client
	settings guardrails.Settings
	listed   bool
	bindings []lookupBinding
	// listErr is the error of reading bindings or their roles.
	listErr error
}

// lookupBinding is the description of a binding of the account, and its role.
type lookupBinding struct {
	text string
	role *unstructured.Unstructured
}

// checkEveryName asks the API server whether RBAC grants the account canary names, which means every name. It returns
// nil if not. known is false if the API key is allowed neither to ask nor to read the bindings.
func (l *lookupAccess) checkEveryName(ctx context.Context) (found *OpenLookupError, known bool, err error) {
	for _, right := range guardrails.CanaryRights() {
		allowed, err := l.client.hasRight(ctx, l.settings, right)
		switch {
		case Is(err, Forbidden), Is(err, NotFound):
			found = l.findOpenBindings(ctx)
			if len(found.Bindings) > 0 {
				return found, true, nil
			}
			return nil, found.ListErr == nil, nil
		case err != nil:
			return nil, false, err
		case allowed:
			return l.findOpenBindings(ctx), true, nil
		}
	}
	return nil, true, nil
}

// hasRight asks the API server whether the account of the lookups has a right.
func (c *Client) hasRight(ctx context.Context, s guardrails.Settings, right guardrails.Right) (bool, error) {
	user, groups := s.LookupAccount()
	groupList := []any{}
	for _, group := range groups {
		groupList = append(groupList, group)
	}
	review := &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": "authorization.k8s.io/v1", "kind": "SubjectAccessReview",
		"spec": map[string]any{"user": user, "groups": groupList, "resourceAttributes": map[string]any{
			"group": right.Group, "resource": right.Resource, "namespace": s.Namespace, "name": right.Name,
			"verb": right.Verb,
		}},
	}}
	op := operation{"check the permissions of " + user + " with", subjectAccessReviews, "", ""}
	response, err := withRetry(ctx, c, op, func(ctx context.Context) (*unstructured.Unstructured, error) {
		return c.resourceClient(subjectAccessReviews, "").Create(ctx, review.DeepCopy(), metav1.CreateOptions{})
	})
	if err != nil {
		return false, err
	}
	allowed, _, _ := unstructured.NestedBool(response.Object, "status", "allowed")
	return allowed, nil
}

// findOpenBindings returns an error with the bindings that grant every name.
func (l *lookupAccess) findOpenBindings(ctx context.Context) *OpenLookupError {
	return l.findBindings(ctx, grantsCanary)
}

// checkSingleNames returns an error with the bindings that grant single lookup names in addition to the Role, or nil if
// none is known. The API server cannot be asked for such grants, so this reads the bindings. It skips those that the
// API key is not allowed to list.
func (l *lookupAccess) checkSingleNames(ctx context.Context) (*OpenLookupError, error) {
	found := l.findBindings(ctx, grantsLookupNames)
	switch {
	case len(found.Bindings) > 0:
		found.SingleNames = true
		return found, nil
	case found.ListErr == nil || Is(found.ListErr, Forbidden):
		return nil, nil //nolint:nilnil // there is none, or none that the key is allowed to read
	default:
		return nil, found.ListErr
	}
}

// findBindings returns an error with the bindings to selected roles. Its Grants are empty if there are none.
func (l *lookupAccess) findBindings(
	ctx context.Context, selects func(role *unstructured.Unstructured) bool,
) *OpenLookupError {
	if !l.listed {
		l.listed = true
		l.listBindings(ctx)
	}
	found := &OpenLookupError{Account: l.settings.Namespace + "/" + guardrails.LookupRoleName, ListErr: l.listErr}
	for _, binding := range l.bindings {
		if selects(binding.role) {
			found.Bindings = append(found.Bindings, binding.text)
		}
	}
	return found
}

// listBindings reads the bindings of the account whose roles exist.
func (l *lookupAccess) listBindings(ctx context.Context) {
	for _, source := range []struct {
		resource        schema.GroupVersionResource
		kind, namespace string
	}{
		{clusterRoleBindings, "ClusterRoleBinding", ""}, {
			roleBindings, guardrails.KindRoleBinding, l.settings.Namespace,
		},
	} {
		items, err := l.client.list(ctx, source.resource, source.namespace)
		if err != nil {
			l.listErr = err
			continue
		}
		for i := range items {
			subject := lookupSubject(&items[i], l.settings)
			if subject == "" {
				continue
			}
			kind, _, _ := unstructured.NestedString(items[i].Object, "roleRef", "kind")
			name, _, _ := unstructured.NestedString(items[i].Object, "roleRef", "name")
			resource, namespace := clusterRoles, ""
			if kind == guardrails.KindRole {
				resource, namespace = roles, l.settings.Namespace
			}
			role, err := l.client.get(ctx, resource, namespace, name)
			if err != nil {
				l.listErr = err
				continue
			}
			if role != nil {
				binding := strings.TrimPrefix(source.namespace+"/"+items[i].GetName(), "/")
				text := fmt.Sprintf("%s %s binds the %s %s to %s", source.kind, binding, kind, name, subject)
				l.bindings = append(l.bindings, lookupBinding{text, role})
			}
		}
	}
}

// lookupSubject returns the subject of a binding that is the account of the lookups or one of its groups, or "".
func lookupSubject(binding *unstructured.Unstructured, s guardrails.Settings) string {
	subjects, _, _ := unstructured.NestedSlice(binding.Object, "subjects")
	user, groups := s.LookupAccount()
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
			if name == guardrails.LookupRoleName && subject["namespace"] == s.Namespace {
				return "the service account " + s.Namespace + "/" + name
			}
		}
	}
	return ""
}

// grantsCanary reports whether a role grants a canary name.
func grantsCanary(role *unstructured.Unstructured) bool {
	return hasLookupRule(role, func(names []string, r guardrails.Right) bool {
		return len(names) == 0 || slices.Contains(names, r.Name)
	})
}

// grantsLookupNames reports whether a role grants lookup names of the policies. It ignores the Role of the guardrails,
// whose rules are compared with the expected ones.
func grantsLookupNames(role *unstructured.Unstructured) bool {
	if role.GetNamespace() != "" && role.GetName() == guardrails.LookupRoleName {
		return false
	}
	return hasLookupRule(role, func(names []string, r guardrails.Right) bool {
		return slices.ContainsFunc(names, func(name string) bool { return guardrails.IsLookupName(r.Resource, name) })
	})
}

// hasLookupRule reports whether a role has a rule for a resource of the lookups whose resourceNames are selected.
func hasLookupRule(role *unstructured.Unstructured, selects func(names []string, r guardrails.Right) bool) bool {
	rules, _, _ := unstructured.NestedSlice(role.Object, "rules")
	return slices.ContainsFunc(rules, func(one any) bool {
		rule, _ := one.(map[string]any)
		covers := func(field string, value string) bool {
			values, _, _ := unstructured.NestedStringSlice(rule, field)
			return slices.Contains(values, value) || slices.Contains(values, "*")
		}
		names, _, _ := unstructured.NestedStringSlice(rule, "resourceNames")
		return slices.ContainsFunc(guardrails.CanaryRights(), func(r guardrails.Right) bool {
			return covers("apiGroups", r.Group) && covers("resources", r.Resource) && covers("verbs",
				r.Verb) && selects(names,
				r)
		})
	})
}
