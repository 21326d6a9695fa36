package admission

import (
	"context"
	"slices"
	"strings"

	"github.com/google/cel-go/common/types"
	v1 "k8s.io/api/admissionregistration/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apiserver/pkg/admission"
	plugin "k8s.io/apiserver/pkg/admission/plugin/cel"
	"k8s.io/apiserver/pkg/admission/plugin/webhook/predicates/rules"
	celconfig "k8s.io/apiserver/pkg/apis/cel"
	"k8s.io/apiserver/pkg/authentication/user"
	"k8s.io/apiserver/pkg/authorization/authorizer"
)

// Evaluator evaluates policies.
type Evaluator struct{ policies []*policy }

// New reads ValidatingAdmissionPolicies, which are given as JSON values. A policy is compiled when a request first
// matches it.
func New(policies []map[string]any) (*Evaluator, error) {
	j := &Evaluator{}
	for _, content := range policies {
		p, err := parse(content)
		if err != nil {
			return nil, err
		}
		j.policies = append(j.policies, p)
	}
	return j, nil
}

// Request is a request to create an object.
type Request struct {
	Object   *unstructured.Unstructured
	Resource schema.GroupVersionResource
	// Namespace is the namespace of the object, or nil for cluster scope.
	Namespace *corev1.Namespace
	// User and Groups identify who sends the request. If User is empty, it is unknown: the policies are evaluated for a
	// cluster component and for a user without permissions.
	User   string
	Groups []string
	// Lookup answers the authorizer checks of the policies. If it is nil, every answer is Unknown.
	Lookup func(context.Context, authorizer.Attributes) Answer
}

// Answer is the answer of a lookup.
type Answer int

// The possible answers.
const (
	Unknown Answer = iota
	No
	Yes
)

// Decision is the decision of one policy on one request.
type Decision struct {
	Policy string
	// Refused reports that a validation fails. Unknown reports that the decision depends on unknown data.
	Refused, Unknown bool
	// Message is the message of the first validation that fails.
	Message string
}

// EvaluateCreate evaluates a create request. It returns the decisions of the policies that refuse it or are undecided.
// Its errors are ErrInvalidPolicy.
func (j *Evaluator) EvaluateCreate(ctx context.Context, r Request) ([]Decision, error) {
	decisions := []Decision{}
	object := admission.NewLazyObject(r.Object)
	for _, p := range j.policies {
		d, err := p.decide(ctx, r, object)
		if err != nil {
			return nil, err
		}
		if d.Refused || d.Unknown {
			decisions = append(decisions, d)
		}
	}
	return decisions, nil
}

// candidateUsers returns the users to evaluate a request for if its user is unknown.
func candidateUsers() []user.Info {
	return []user.Info{
		&user.DefaultInfo{Name: user.Anonymous, Groups: []string{user.AllUnauthenticated}},
		&user.DefaultInfo{
			Name: user.APIServerUser, Groups: []string{user.SystemPrivilegedGroup, user.AllAuthenticated},
		},
	}
}

// decide evaluates a request for every value of its unknown data. If the decisions differ, the decision is Unknown.
func (p *policy) decide(ctx context.Context, r Request, object admission.LazyObject) (Decision, error) {
	users := []user.Info{&user.DefaultInfo{Name: r.User, Groups: r.Groups}}
	if r.User == "" {
		if users = candidateUsers(); !p.mentions("userInfo") {
			users = users[:1]
		}
	}
	var first *Decision
	for _, u := range users {
		attributes := r.attributes(u)
		if !p.matches(attributes, r.Namespace) {
			continue
		}
		compiled, err := p.program()
		if err != nil {
			return Decision{}, err
		}
		for _, assumed := range []bool{false, true} {
			lookup := &lookupAuthorizer{lookup: r.Lookup, assumeYes: assumed}
			d := compiled.evaluate(ctx, p.name, attributes, object, r.Namespace, lookup)
			if first == nil {
				first = &d
			}
			if d.Refused != first.Refused {
				return Decision{Policy: p.name, Unknown: true}, nil
			}
			if !lookup.hasUnknown {
				break
			}
		}
	}
	if first == nil {
		return Decision{Policy: p.name}, nil
	}
	return *first, nil
}

func (r Request) attributes(u user.Info) admission.Attributes {
	o := r.Object
	return admission.NewAttributesRecord(o, nil, o.GroupVersionKind(), o.GetNamespace(), o.GetName(), r.Resource, "",
		admission.Create, &metav1.CreateOptions{}, false, u)
}

// matches reports whether the matchConstraints of a policy match a request.
func (p *policy) matches(attributes admission.Attributes, namespace *corev1.Namespace) bool {
	matchesAny := func(ruleSet []v1.NamedRuleWithOperations) bool {
		return slices.ContainsFunc(ruleSet, func(r v1.NamedRuleWithOperations) bool {
			matcher := rules.Matcher{Rule: r.RuleWithOperations, Attr: attributes}
			return matcher.Matches() && (len(r.ResourceNames) == 0 || slices.Contains(
				r.ResourceNames, attributes.GetName(),
			))
		})
	}
	constraints := p.spec.MatchConstraints
	if matchesAny(constraints.ExcludeResourceRules) || !matchesAny(constraints.ResourceRules) {
		return false
	}
	// The namespaceSelector matches all cluster-scoped objects.
	if namespace != nil && !p.namespaceSelector.Matches(labels.Set(namespace.Labels)) {
		return false
	}
	object, ok := attributes.GetObject().(*unstructured.Unstructured)
	return ok && p.objectSelector.Matches(labels.Set(object.GetLabels()))
}

// evaluate runs the match conditions and validations like the API server's validator. Errors refuse the request.
func (p *program) evaluate(
	ctx context.Context,
	name string,
	attributes admission.Attributes,
	object admission.LazyObject,
	namespace *corev1.Namespace,
	lookup *lookupAuthorizer,
) Decision {
	kind := attributes.GetKind()
	versioned := &admission.VersionedAttributes{Attributes: attributes, VersionedObject: object, VersionedKind: kind}
	refused := func(message string) Decision { return Decision{Policy: name, Refused: true, Message: message} }
	if p.matchConditions != nil {
		switch met := p.matchConditions.Match(ctx, versioned, nil, lookup); {
		case met.Error != nil:
			return refused(met.Error.Error())
		case !met.Matches:
			return Decision{Policy: name}
		}
	}
	resource := metav1.GroupVersionResource(attributes.GetResource())
	request := plugin.CreateAdmissionRequest(attributes, resource, metav1.GroupVersionKind(kind))
	namespaceObject := plugin.CreateNamespaceObject(namespace)
	bindings := plugin.OptionalVariableBindings{Authorizer: lookup}
	results, left, err := p.validations.ForInput(
		ctx,
		versioned,
		request,
		bindings,
		namespaceObject,
		celconfig.RuntimeCELCostBudget,
	)
	if err != nil {
		return refused(err.Error())
	}
	for i, result := range results {
		switch {
		case result.Error != nil:
			return refused(result.Error.Error())
		case result.EvalResult == types.True:
			continue
		}
		texts, _, err := p.messages.ForInput(
			ctx,
			versioned,
			request,
			plugin.OptionalVariableBindings{},
			namespaceObject,
			left,
		)
		if err == nil && texts[i].Error == nil {
			if text, ok := texts[i].EvalResult.Value().(string); ok {
				return refused(text)
			}
		}
		return refused("")
	}
	return Decision{Policy: name}
}

// lookupAuthorizer is the authorizer of the policies. It answers checks with a lookup function.
type lookupAuthorizer struct {
	lookup func(context.Context, authorizer.Attributes) Answer
	// assumeYes is the result of checks whose answer is Unknown. hasUnknown reports that there was one.
	assumeYes, hasUnknown bool
}

// Authorize answers one check.
func (l *lookupAuthorizer) Authorize(
	ctx context.Context,
	a authorizer.Attributes,
) (authorizer.Decision, string, error) {
	answer := Unknown
	if l.lookup != nil {
		answer = l.lookup(ctx, a)
	}
	if answer == Unknown {
		l.hasUnknown = true
		if l.assumeYes {
			answer = Yes
		}
	}
	if answer == Yes {
		return authorizer.DecisionAllow, "", nil
	}
	return authorizer.DecisionNoOpinion, "", nil
}

// UsesNamespaces reports whether a policy depends on more of a namespace than its name.
func (j *Evaluator) UsesNamespaces() bool {
	return slices.ContainsFunc(j.policies, func(p *policy) bool {
		requirements, _ := p.namespaceSelector.Requirements()
		return p.mentions("namespaceObject") || slices.ContainsFunc(requirements, func(r labels.Requirement) bool {
			return r.Key() != corev1.LabelMetadataName
		})
	})
}

// Resources returns the resources whose creation the policies match, in the order of the policies. wildcards are the
// names of policies that match all resources.
func (j *Evaluator) Resources() (found []schema.GroupResource, wildcards []string) {
	for _, p := range j.policies {
		for _, rule := range p.spec.MatchConstraints.ResourceRules {
			if !slices.Contains(rule.Operations, v1.Create) && !slices.Contains(rule.Operations, v1.OperationAll) {
				continue
			}
			if slices.Contains(rule.APIGroups, "*") || slices.Contains(rule.Resources, "*") {
				wildcards = append(wildcards, p.name)
				break
			}
			for _, group := range rule.APIGroups {
				for _, name := range rule.Resources {
					resource := schema.GroupResource{Group: group, Resource: name}
					if !slices.Contains(found, resource) && !strings.Contains(name, "/") {
						found = append(found, resource)
					}
				}
			}
		}
	}
	return found, wildcards
}
