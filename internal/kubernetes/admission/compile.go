package admission

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/google/cel-go/cel"
	v1 "k8s.io/api/admissionregistration/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime"
	plugin "k8s.io/apiserver/pkg/admission/plugin/cel"
	"k8s.io/apiserver/pkg/admission/plugin/webhook/matchconditions"
	"k8s.io/apiserver/pkg/cel/environment"
)

// policy is a compiled ValidatingAdmissionPolicy.
type policy struct {
	name              string
	spec              v1.ValidatingAdmissionPolicySpec
	namespaceSelector labels.Selector
	objectSelector    labels.Selector
	matchConditions   matchconditions.Matcher // nil if the policy has none
	validations       plugin.ConditionEvaluator
	messages          plugin.ConditionEvaluator
}

// expression is a CEL expression with its allowed result types.
type expression struct {
	name, text string
	types      []*cel.Type
}

func (e expression) GetName() string          { return e.name }
func (e expression) GetExpression() string    { return e.text }
func (e expression) ReturnTypes() []*cel.Type { return e.types }

// compiledPolicies holds the compiled policies of this process by their JSON. Every plan evaluates the same policies, and
// to compile them takes most of the processor time of a plan.
var compiledPolicies sync.Map //nolint:gochecknoglobals // a cache

// compileOnce returns the compiled policy, which is safe for concurrent use. It compiles each policy once.
func compileOnce(content map[string]any) (*policy, error) {
	key, err := json.Marshal(content)
	if err != nil {
		return nil, fmt.Errorf("unable to encode a policy: %w", err)
	}
	if found, ok := compiledPolicies.Load(string(key)); ok {
		return found.(*policy), nil //nolint:forcetypeassert // compileOnce alone stores values
	}
	p, err := compile(content)
	if err != nil {
		return nil, err
	}
	compiledPolicies.Store(string(key), p)
	return p, nil
}

// compile compiles a policy like the API server's admission plugin.
func compile(content map[string]any) (*policy, error) {
	var read v1.ValidatingAdmissionPolicy
	if err := runtime.DefaultUnstructuredConverter.FromUnstructured(content, &read); err != nil {
		return nil, fmt.Errorf("unable to read a policy: %w", err)
	}
	if read.Spec.ParamKind != nil || read.Spec.MatchConstraints == nil {
		return nil, fmt.Errorf(
			"the policy %s has a paramKind or no matchConstraints, which is not supported", read.Name,
		)
	}
	p := &policy{name: read.Name, spec: read.Spec}
	var err error
	if p.namespaceSelector, err = metav1.LabelSelectorAsSelector(
		read.Spec.MatchConstraints.NamespaceSelector,
	); err != nil {
		return nil, fmt.Errorf("the policy %s: %w", read.Name, err)
	}
	if p.objectSelector, err = metav1.LabelSelectorAsSelector(read.Spec.MatchConstraints.ObjectSelector); err != nil {
		return nil, fmt.Errorf("the policy %s: %w", read.Name, err)
	}
	environments := environment.MustBaseEnvSet(environment.DefaultCompatibilityVersion())
	compiler, err := plugin.NewCompositedCompiler(environments)
	if err != nil {
		return nil, fmt.Errorf("the policy %s: %w", read.Name, err)
	}
	withAuthorizer := plugin.OptionalVariableDeclarations{HasAuthorizer: true}
	for _, v := range read.Spec.Variables {
		variable := expression{v.Name, v.Expression, []*cel.Type{cel.AnyType, cel.DynType}}
		result := compiler.CompileAndStoreVariable(variable, withAuthorizer, environment.StoredExpressions)
		if result.Error != nil {
			return nil, fmt.Errorf("the variable %s in the policy %s: %w", v.Name, read.Name, result.Error)
		}
	}
	var conditions, checks, messages []plugin.ExpressionAccessor
	for i := range read.Spec.MatchConditions {
		conditions = append(conditions, (*matchconditions.MatchCondition)(&read.Spec.MatchConditions[i]))
	}
	for _, v := range read.Spec.Validations {
		checks = append(checks, expression{text: v.Expression, types: []*cel.Type{cel.BoolType}})
		message := v.MessageExpression
		if message == "" {
			message = "''"
		}
		messages = append(messages, expression{text: message, types: []*cel.Type{cel.StringType}})
	}
	matching := compiler.CompileCondition(conditions, withAuthorizer, environment.StoredExpressions)
	p.validations = compiler.CompileCondition(checks, withAuthorizer, environment.StoredExpressions)
	// As in the API server, message expressions have no authorizer.
	p.messages = compiler.CompileCondition(
		messages, plugin.OptionalVariableDeclarations{}, environment.StoredExpressions,
	)
	for _, evaluator := range []plugin.ConditionEvaluator{matching, p.validations, p.messages} {
		if errs := evaluator.CompilationErrors(); len(errs) > 0 {
			return nil, fmt.Errorf("the policy %s: %w", read.Name, errs[0])
		}
	}
	if len(conditions) > 0 {
		p.matchConditions = matchconditions.NewMatcher(
			matching, read.Spec.FailurePolicy, "policy", "validate", read.Name,
		)
	}
	return p, nil
}

// mentions reports whether an expression of the policy contains a name.
func (p *policy) mentions(name string) bool {
	texts := []string{}
	for _, v := range p.spec.MatchConditions {
		texts = append(texts, v.Expression)
	}
	for _, v := range p.spec.Variables {
		texts = append(texts, v.Expression)
	}
	for _, v := range p.spec.Validations {
		texts = append(texts, v.Expression)
	}
	return slices.ContainsFunc(texts, func(text string) bool { return strings.Contains(text, name) })
}
