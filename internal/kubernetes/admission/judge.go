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

// Judge holds compiled policies.
type Judge struct{ policies []*policy }

// New compiles policies, which are ValidatingAdmissionPolicies as JSON values.
func New(policies []map[string]any) (*Judge, error) {
	j := &Judge{}
	for _, content := range policies {
		p, err := compile(content)
		if err != nil {
			return nil, err
		}
		j.policies = append(j.policies, p)
	}
	return j, nil
}

// Request is the creation of an object.
type Request struct {
	Object   *unstructured.Unstructured
	Resource schema.GroupVersionResource
	// Namespace is that of the object; nil is the cluster's scope.
	Namespace *corev1.Namespace
	// User and Groups make the request. An empty user is not known: a policy is asked about a component of the cluster
	// and about a user without rights.
	User   string
	Groups []string
	// Lookup answers what the policies ask the authorizer. One that is nil knows nothing.
	Lookup func(context.Context, authorizer.Attributes) Answer
}

// Answer is that of a lookup.
type Answer int

// The answers.
const (
	Unknown Answer = iota
	No
	Yes
)

// Verdict is that of one policy on one request.
type Verdict struct {
	Policy string
	// Refused says that a check of the policy fails. Unknown says that it depends on what is not known.
	Refused, Unknown bool
	// Message is that of the first check that fails.
	Message string
}

// Create judges a request. A policy that does not match it, and one that accepts it, have no verdict.
func (j *Judge) Create(ctx context.Context, r Request) []Verdict {
	found := []Verdict{}
	object := admission.NewLazyObject(r.Object)
	for _, p := range j.policies {
		if v := p.create(ctx, r, object); v.Refused || v.Unknown {
			found = append(found, v)
		}
	}
	return found
}

// unknownUsers are who may have made a request of which that is not known.
func unknownUsers() []user.Info {
	return []user.Info{
		&user.DefaultInfo{Name: user.Anonymous, Groups: []string{user.AllUnauthenticated}},
		&user.DefaultInfo{Name: user.APIServerUser, Groups: []string{user.SystemPrivilegedGroup, user.AllAuthenticated}},
	}
}

// create judges a request under each answer to what is not known: answers that differ are no verdict.
func (p *policy) create(ctx context.Context, r Request, object admission.LazyObject) Verdict {
	users := []user.Info{&user.DefaultInfo{Name: r.User, Groups: r.Groups}}
	if r.User == "" {
		if users = unknownUsers(); !p.mentions("userInfo") {
			users = users[:1]
		}
	}
	var first *Verdict
	for _, who := range users {
		attributes := r.attributes(who)
		if !p.matches(attributes, r.Namespace) {
			continue
		}
		for _, otherwise := range []bool{false, true} {
			lookup := &lookups{ask: r.Lookup, otherwise: otherwise}
			v := p.evaluate(ctx, attributes, object, r.Namespace, lookup)
			if first == nil {
				first = &v
			}
			if v.Refused != first.Refused {
				return Verdict{Policy: p.name, Unknown: true}
			}
			if !lookup.unknown {
				break
			}
		}
	}
	if first == nil {
		return Verdict{Policy: p.name}
	}
	return *first
}

func (r Request) attributes(who user.Info) admission.Attributes {
	o := r.Object
	return admission.NewAttributesRecord(o, nil, o.GroupVersionKind(), o.GetNamespace(), o.GetName(), r.Resource, "",
		admission.Create, &metav1.CreateOptions{}, false, who)
}

// matches says whether the constraints of a policy match a request.
func (p *policy) matches(attributes admission.Attributes, namespace *corev1.Namespace) bool {
	matched := func(of []v1.NamedRuleWithOperations) bool {
		return slices.ContainsFunc(of, func(r v1.NamedRuleWithOperations) bool {
			matcher := rules.Matcher{Rule: r.RuleWithOperations, Attr: attributes}
			return matcher.Matches() && (len(r.ResourceNames) == 0 || slices.Contains(r.ResourceNames, attributes.GetName()))
		})
	}
	constraints := p.spec.MatchConstraints
	if matched(constraints.ExcludeResourceRules) || !matched(constraints.ResourceRules) {
		return false
	}
	// The selector of namespaces lets everything of the cluster's scope through.
	if namespace != nil && !p.namespaces.Matches(labels.Set(namespace.Labels)) {
		return false
	}
	object, ok := attributes.GetObject().(*unstructured.Unstructured)
	return ok && p.objects.Matches(labels.Set(object.GetLabels()))
}

// evaluate is what the API server's validator does: it fails closed.
func (p *policy) evaluate(
	ctx context.Context, attributes admission.Attributes, object admission.LazyObject, namespace *corev1.Namespace,
	lookup *lookups,
) Verdict {
	kind := attributes.GetKind()
	versioned := &admission.VersionedAttributes{Attributes: attributes, VersionedObject: object, VersionedKind: kind}
	refused := func(message string) Verdict { return Verdict{Policy: p.name, Refused: true, Message: message} }
	if p.conditions != nil {
		switch met := p.conditions.Match(ctx, versioned, nil, lookup); {
		case met.Error != nil:
			return refused(met.Error.Error())
		case !met.Matches:
			return Verdict{Policy: p.name}
		}
	}
	resource := metav1.GroupVersionResource(attributes.GetResource())
	request := plugin.CreateAdmissionRequest(attributes, resource, metav1.GroupVersionKind(kind))
	shown := plugin.CreateNamespaceObject(namespace)
	bindings := plugin.OptionalVariableBindings{Authorizer: lookup}
	results, left, err := p.checks.ForInput(ctx, versioned, request, bindings, shown, celconfig.RuntimeCELCostBudget)
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
		texts, _, err := p.messages.ForInput(ctx, versioned, request, plugin.OptionalVariableBindings{}, shown, left)
		if err == nil && texts[i].Error == nil {
			if text, ok := texts[i].EvalResult.Value().(string); ok {
				return refused(text)
			}
		}
		return refused("")
	}
	return Verdict{Policy: p.name}
}

// lookups answers the policies' authorizer.
type lookups struct {
	ask func(context.Context, authorizer.Attributes) Answer
	// otherwise is the answer where none is known, which unknown then says.
	otherwise, unknown bool
}

// Authorize answers one lookup.
func (l *lookups) Authorize(ctx context.Context, of authorizer.Attributes) (authorizer.Decision, string, error) {
	answer := Unknown
	if l.ask != nil {
		answer = l.ask(ctx, of)
	}
	if answer == Unknown {
		l.unknown = true
		if l.otherwise {
			answer = Yes
		}
	}
	if answer == Yes {
		return authorizer.DecisionAllow, "", nil
	}
	return authorizer.DecisionNoOpinion, "", nil
}

// UsesNamespaces says whether a policy looks at more of a namespace than its name.
func (j *Judge) UsesNamespaces() bool {
	return slices.ContainsFunc(j.policies, func(p *policy) bool {
		requirements, _ := p.namespaces.Requirements()
		return p.mentions("namespaceObject") || slices.ContainsFunc(requirements, func(r labels.Requirement) bool {
			return r.Key() != corev1.LabelMetadataName
		})
	})
}

// Resources are the kinds of objects whose creation the policies judge, without their version, in the policies' order.
// everything names policies that judge requests on every kind.
func (j *Judge) Resources() (found []schema.GroupResource, everything []string) {
	for _, p := range j.policies {
		for _, rule := range p.spec.MatchConstraints.ResourceRules {
			if !slices.Contains(rule.Operations, v1.Create) && !slices.Contains(rule.Operations, v1.OperationAll) {
				continue
			}
			if slices.Contains(rule.APIGroups, "*") || slices.Contains(rule.Resources, "*") {
				everything = append(everything, p.name)
				break
			}
			for _, group := range rule.APIGroups {
				for _, name := range rule.Resources {
					one := schema.GroupResource{Group: group, Resource: name}
					if !slices.Contains(found, one) && !strings.Contains(name, "/") {
						found = append(found, one)
					}
				}
			}
		}
	}
	return found, everything
}
