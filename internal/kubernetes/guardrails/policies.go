package guardrails

import (
	"encoding/json"
	"fmt"
	"strings"
)

// Names of the policies; each has a binding of the same name.
const (
	Claims        = "srm-claims"
	Volumes       = "srm-volumes"
	Classes       = "srm-storage-classes"
	Restores      = "srm-restores"
	LoadBalancers = "srm-load-balancers"
	Ingresses     = "srm-ingresses"
	Gateways      = "srm-gateways"
	NodeDisk      = "srm-node-disk"
	Changes       = "srm-kube-system"
)

// policy is one ValidatingAdmissionPolicy and its binding, in the words that matter.
type policy struct {
	name       string
	group      string // API group; "" is the core's
	resource   string
	operations []any
	namespace  string // the only namespace that counts; "" is all
	conditions []named
	variables  []named
	checks     []check
	rule       Rule
}

type named struct{ name, expression string }

// check must be true; message is a CEL expression of the text that whoever is refused reads.
type check struct{ expression, message string }

// onCreate and onChange are when objects are judged.
func onCreate() []any { return []any{"CREATE"} }
func onChange() []any { return []any{"CREATE", "UPDATE"} }

// notDeleting lets finalizers of older objects be removed.
func notDeleting() named {
	return named{"not-being-deleted", "!has(object.metadata.deletionTimestamp)"}
}

// notExempt leaves out the namespaces of the exemptions; none is no condition.
func notExempt(rule Rule) []named {
	if len(rule.Exemptions) == 0 {
		return nil
	}
	namespaces := []string{}
	for _, exemption := range rule.Exemptions {
		namespaces = append(namespaces, exemption.Namespace)
	}
	return []named{{"not-exempt", "!(request.namespace in " + list(ordered(namespaces)) + ")"}}
}

// Objects are the policies, their bindings and the class, in the order in which they are applied.
func (s Settings) Objects() []Object {
	s = s.sorted()
	found := []Object{}
	for _, p := range s.policies() {
		annotations := map[string]any{}
		if p.name == Claims {
			annotations[AnnotationSettings] = s.Encoded()
		}
		found = append(found, p.object(annotations), p.binding())
	}
	return append(found, s.Class())
}

func (s Settings) policies() []policy {
	always := Rule{Action: Deny}
	return append([]policy{
		{name: Claims, resource: "persistentvolumeclaims", operations: onCreate(), rule: always, checks: s.claimChecks()},
		{name: Volumes, resource: "persistentvolumes", operations: onCreate(), rule: always, checks: s.volumeChecks()},
		{name: Classes, group: "storage.k8s.io", resource: "storageclasses", operations: onCreate(), rule: always, checks: s.classChecks()},
		{name: Restores, resource: "persistentvolumeclaims", operations: onCreate(), rule: always, checks: restoreChecks()},
	}, s.workloadPolicies()...)
}

func (p policy) object(annotations map[string]any) Object {
	validations := []any{}
	for _, c := range p.checks {
		validations = append(validations, map[string]any{
			"expression": c.expression, "messageExpression": c.message, "message": "Refused by the guardrails of this health data cluster.",
		})
	}
	selector := map[string]any{}
	if p.namespace != "" {
		selector["matchLabels"] = map[string]any{"kubernetes.io/metadata.name": p.namespace}
	}
	matched := map[string]any{
		"apiGroups": []any{p.group}, "apiVersions": []any{"*"}, "operations": p.operations, "resources": []any{p.resource}, "scope": "*",
	}
	constraints := map[string]any{
		"matchPolicy": "Equivalent", "namespaceSelector": selector, "objectSelector": map[string]any{}, "resourceRules": []any{matched},
	}
	if p.resource == "*" {
		// Changes that no object itself shows count; what clients write all the time and what creates nothing does not.
		matched["resources"] = []any{p.resource, "*/scale", "pods/ephemeralcontainers"}
		constraints["excludeResourceRules"] = []any{
			excluded("", "events"), excluded("events.k8s.io", "events"), excluded("coordination.k8s.io", "leases"), excluded("authorization.k8s.io", "*"),
		}
	}
	spec := map[string]any{"failurePolicy": "Fail", "matchConstraints": constraints, "validations": validations}
	for field, list := range map[string][]named{"matchConditions": append(append([]named{}, p.conditions...), notExempt(p.rule)...), "variables": p.variables} {
		if len(list) == 0 {
			continue
		}
		elements := []any{}
		for _, n := range list {
			elements = append(elements, map[string]any{"name": n.name, "expression": n.expression})
		}
		spec[field] = elements
	}
	return newObject("admissionregistration.k8s.io/v1", KindPolicy, p.name, annotations, map[string]any{"spec": spec})
}

func excluded(group, resource string) any {
	return map[string]any{"apiGroups": []any{group}, "apiVersions": []any{"*"}, "operations": []any{"*"}, "resources": []any{resource}, "scope": "*"}
}

func (p policy) binding() Object {
	actions := map[string][]any{Deny: {"Deny"}, Warn: {"Warn", "Audit"}, Audit: {"Audit"}}[p.rule.Action]
	return newObject("admissionregistration.k8s.io/v1", KindBinding, p.name, nil, map[string]any{
		"spec": map[string]any{"policyName": p.name, "validationActions": actions},
	})
}

// text is a CEL string.
func text(value string) string {
	raw, err := json.Marshal(value)
	if err != nil {
		return `""` // a string always encodes
	}
	return string(raw)
}

// list is a CEL list of strings.
func list(values []string) string {
	quoted := []string{}
	for _, value := range values {
		quoted = append(quoted, text(value))
	}
	return "[" + strings.Join(quoted, ", ") + "]"
}

// annotation is a CEL expression of the object's annotation, "" where it is absent.
func annotation(key string) string { return annotationOf("object", text(key)) }

// annotationOf is that of an object or the old one, with an expression as the key.
func annotationOf(object, key string) string {
	return fmt.Sprintf("(has(%[1]s.metadata.annotations) && %[2]s in %[1]s.metadata.annotations ? %[1]s.metadata.annotations[%[2]s] : '')", object, key)
}
