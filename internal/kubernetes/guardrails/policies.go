package guardrails

// Names of the policies; each has a binding of the same name.
const (
	Claims        = "srm-claims"
	Volumes       = "srm-volumes"
	KnownVolumes  = "srm-known-volumes"
	Classes       = "srm-storage-classes"
	Restores      = "srm-restores"
	LoadBalancers = "srm-load-balancers"
	BackendTLS    = "srm-backend-tls"
	Ingresses     = "srm-ingresses"
	Gateways      = "srm-gateways"
	NodeDisk      = "srm-node-disk"
	PodVolumes    = "srm-pod-volumes"
	Templates     = "srm-pod-templates"
	// ClaimTemplates warns of templates of claims.
	ClaimTemplates = "srm-claim-templates"
	Changes        = "srm-kube-system"
	NodePorts      = "srm-node-ports"
	HostPorts      = "srm-host-port-templates"
)

// policy is one ValidatingAdmissionPolicy and its binding, in the words that matter.
type policy struct {
	name       string
	resources  []resources
	excluded   []resources
	operations []any
	namespace  string // the only namespace that counts; "" is all
	conditions []named
	variables  []named
	checks     []check
	rule       Rule
	// refusedLater says that the policy warns of templates, and that another one refuses what is made from them.
	refusedLater bool
}

// resources are resources of one API group; "" is the core's.
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
		"apiGroups": []any{r.group}, "apiVersions": []any{"*"}, "operations": operations, "resources": names, "scope": "*",
	}
}

func only(group string, names ...string) []resources { return []resources{{group, names}} }

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
	return []policy{
		s.claimPolicy(), s.volumePolicy(), s.knownVolumePolicy(), s.classPolicy(), s.restorePolicy(),
		s.loadBalancerPolicy(), s.backendPolicy(), s.ingressPolicy(), s.gatewayPolicy(),
		s.nodeDiskPolicy(), s.podVolumePolicy(), s.templatePolicy(), s.claimTemplatePolicy(), s.kubeSystemPolicy(),
		s.nodePortPolicy(), s.hostPortPolicy(),
	}
}

// always is the rule of policies that cannot be loosened.
func always() Rule { return Rule{Action: Deny} }

func (p policy) object(annotations map[string]any) Object {
	validations := []any{}
	for _, c := range p.checks {
		validations = append(validations, map[string]any{
			"expression": c.expression, "messageExpression": c.message, "message": "Refused by the guardrails of this health " +
				"data cluster.",
		})
	}
	selector := map[string]any{}
	if p.namespace != "" {
		selector["matchLabels"] = map[string]any{"kubernetes.io/metadata.name": p.namespace}
	}
	matched := []any{}
	for _, r := range p.resources {
		matched = append(matched, r.rule(p.operations))
	}
	constraints := map[string]any{
		"matchPolicy": "Equivalent", "namespaceSelector": selector, "objectSelector": map[string]any{},
		"resourceRules": matched,
	}
	if len(p.excluded) > 0 {
		left := []any{}
		for _, r := range p.excluded {
			left = append(left, r.rule([]any{"*"}))
		}
		constraints["excludeResourceRules"] = left
	}
	spec := map[string]any{"failurePolicy": "Fail", "matchConstraints": constraints, "validations": validations}
	conditions := append(append([]named{}, p.conditions...), notExempt(p.rule)...)
	for field, list := range map[string][]named{"matchConditions": conditions, "variables": p.variables} {
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

func (p policy) binding() Object {
	actions := map[string][]any{Deny: {"Deny"}, Warn: {"Warn", "Audit"}, Audit: {"Audit"}}[p.rule.Action]
	return newObject("admissionregistration.k8s.io/v1", KindBinding, p.name, nil, map[string]any{
		"spec": map[string]any{"policyName": p.name, "validationActions": actions},
	})
}
