package guardrails

import (
	"regexp"
	"slices"
)

// Names of the policies. Each policy has a binding with the same name.
const (
	Claims            = "srm-claims"
	Volumes           = "srm-volumes"
	KnownVolumes      = "srm-known-volumes"
	Classes           = "srm-storage-classes"
	Restores          = "srm-restores"
	LoadBalancers     = "srm-load-balancers"
	BackendTLS        = "srm-backend-tls"
	Ingresses         = "srm-ingresses"
	Gateways          = "srm-gateways"
	NodeDisk          = "srm-node-disk"
	PodVolumes        = "srm-pod-volumes"
	PodTemplates      = "srm-pod-templates"
	ClaimTemplates    = "srm-claim-templates"
	KubeSystemChanges = "srm-kube-system"
	NodePorts         = "srm-node-ports"
	HostPorts         = "srm-host-port-templates"
	Snapshots         = "srm-volume-snapshots"
)

// policy describes a ValidatingAdmissionPolicy and its binding.
type policy struct {
	name              string
	resources         []resources
	excludedResources []resources
	operations        []any
	namespace         string // the only namespace that the policy matches; "" matches all
	conditions        []namedExpression
	variables         []namedExpression
	validations       []validation
	rule              Rule
	// params is the kind of the objects with which the policy compares an object, one after the other. Nil: none.
	params *paramKind
	// refusedLater reports that the policy warns about templates whose objects another policy refuses.
	refusedLater bool
}

// paramKind is a cluster-scoped kind whose objects are the parameters of a policy.
type paramKind struct{ apiVersion, kind string }

// resources lists resources of one API group, where "" is the core group.
type resources struct {
	group string
	names []string
}

func (r resources) rule(operations []any) map[string]any {
	names := []any{}
	for _, name := range r.names {
		names = append(names, name)
	}
	return map[string]any{
		"apiGroups": []any{r.group}, "apiVersions": []any{"*"}, "operations": operations, "resources": names,
		"scope": "*",
	}
}

// inGroup returns resources of one API group.
func inGroup(group string, names ...string) []resources { return []resources{{group, names}} }

// namedExpression is a match condition or a variable of a policy.
type namedExpression struct{ name, expression string }

// validation is a CEL expression that must be true, and a CEL expression for the message if it is not.
type validation struct{ expression, message string }

// onCreate returns the operations of policies that only validate new objects.
func onCreate() []any { return []any{"CREATE"} }

// onChange returns the operations of policies that validate new objects and changes.
func onChange() []any { return []any{"CREATE", "UPDATE"} }

// notDeleting returns a condition that skips objects being deleted, so that clients can remove finalizers.
func notDeleting() namedExpression {
	return namedExpression{"not-being-deleted", "!has(object.metadata.deletionTimestamp)"}
}

// notExempt returns a condition that skips the namespaces of the exemptions, or nil if there are none.
func notExempt(rule Rule) []namedExpression {
	if len(rule.Exemptions) == 0 {
		return nil
	}
	namespaces := []string{}
	for _, exemption := range rule.Exemptions {
		namespaces = append(namespaces, exemption.Namespace)
	}
	return []namedExpression{{"not-exempt", "!(request.namespace in " + celList(sortedUnique(namespaces)) + ")"}}
}

// Objects returns the policies, their bindings and the class in the order in which they are applied.
func (s Settings) Objects() []Object {
	s = s.sorted()
	found := []Object{}
	for _, p := range s.policies() {
		annotations := map[string]any{}
		if p.name == Claims {
			annotations[AnnotationSettings] = s.Encode()
		}
		found = append(found, p.object(annotations), p.binding())
	}
	found = append(found, s.Class())
	if s.VolumeSnapshots != nil {
		found = append(found, s.snapshotClass())
	}
	return found
}

func (s Settings) policies() []policy {
	all := []policy{
		s.claimPolicy(), s.volumePolicy(), s.knownVolumePolicy(), s.classPolicy(), s.restorePolicy(),
		s.loadBalancerPolicy(), s.backendPolicy(), s.ingressPolicy(), s.gatewayPolicy(),
		s.nodeDiskPolicy(), s.podVolumePolicy(), s.templatePolicy(), s.claimTemplatePolicy(), s.kubeSystemPolicy(),
		s.nodePortPolicy(), s.hostPortPolicy(),
	}
	if s.VolumeSnapshots != nil {
		all = append(all, s.snapshotPolicy())
	}
	return all
}

// alwaysDeny returns the rule of policies whose action cannot be changed.
func alwaysDeny() Rule { return Rule{Action: Deny} }

func (p policy) object(annotations map[string]any) Object {
	validations := []any{}
	for _, c := range p.validations {
		validations = append(validations, map[string]any{
			"expression": c.expression, "messageExpression": c.message, "message": "Refused by the guardrails of " +
				"this health data cluster.",
		})
	}
	selector := map[string]any{}
	if p.namespace != "" {
		selector["matchLabels"] = map[string]any{"kubernetes.io/metadata.name": p.namespace}
	}
	rules := []any{}
	for _, r := range p.resources {
		rules = append(rules, r.rule(p.operations))
	}
	constraints := map[string]any{
		"matchPolicy": "Equivalent", "namespaceSelector": selector, "objectSelector": map[string]any{},
		"resourceRules": rules,
	}
	if len(p.excludedResources) > 0 {
		excluded := []any{}
		for _, r := range p.excludedResources {
			excluded = append(excluded, r.rule([]any{"*"}))
		}
		constraints["excludeResourceRules"] = excluded
	}
	spec := map[string]any{"failurePolicy": "Fail", "matchConstraints": constraints, "validations": validations}
	if p.params != nil {
		spec["paramKind"] = map[string]any{"apiVersion": p.params.apiVersion, "kind": p.params.kind}
	}
	conditions := append(append([]namedExpression{}, p.conditions...), notExempt(p.rule)...)
	for field, expressions := range map[string][]namedExpression{
		"matchConditions": conditions, "variables": p.usedVariables(),
	} {
		if len(expressions) == 0 {
			continue
		}
		elements := []any{}
		for _, n := range expressions {
			elements = append(elements, map[string]any{"name": n.name, "expression": n.expression})
		}
		spec[field] = elements
	}
	return newObject("admissionregistration.k8s.io/v1", KindPolicy, p.name, annotations, map[string]any{"spec": spec})
}

// variablePattern matches the use of a variable in a CEL expression.
var variablePattern = regexp.MustCompile(`variables\.(\w+)`) //nolint:gochecknoglobals // a constant

// usedVariables returns the variables that the conditions, the validations and their messages use, directly or through
// other variables. An API server compiles every variable at each write of the policy, whether it is used or not.
func (p policy) usedVariables() []namedExpression {
	isUsed := map[string]bool{}
	use := func(text string) {
		for _, found := range variablePattern.FindAllStringSubmatch(text, -1) {
			isUsed[found[1]] = true
		}
	}
	for _, c := range p.conditions {
		use(c.expression)
	}
	for _, v := range p.validations {
		use(v.expression)
		use(v.message)
	}
	used := []namedExpression{}
	// A variable uses only variables before it.
	for _, v := range slices.Backward(p.variables) {
		if isUsed[v.name] {
			used = append(used, v)
			use(v.expression)
		}
	}
	slices.Reverse(used)
	return used
}

func (p policy) binding() Object {
	actions := map[string][]any{Deny: {"Deny"}, Warn: {"Warn", "Audit"}, Audit: {"Audit"}}[p.rule.Action]
	spec := map[string]any{"policyName": p.name, "validationActions": actions}
	if p.params != nil {
		spec["paramRef"] = map[string]any{"selector": map[string]any{}, "parameterNotFoundAction": "Deny"}
	}
	return newObject("admissionregistration.k8s.io/v1", KindBinding, p.name, nil, map[string]any{"spec": spec})
}
