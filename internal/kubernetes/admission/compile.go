package admission

import (
	"encoding/json"
	"errors"
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

// ErrInvalidPolicy reports that a policy does not compile.
var ErrInvalidPolicy = errors.New("invalid policy")

// policy is a ValidatingAdmissionPolicy.
type policy struct {
	name              string
	spec              v1.ValidatingAdmissionPolicySpec
	namespaceSelector labels.Selector
	objectSelector    labels.Selector
	// program returns the compiled policy.
	program func() (*program, error)
}

// program is a compiled policy, which is safe for concurrent use.
type program struct {
	matchConditions matchconditions.Matcher // nil if the policy has none
	validations     plugin.ConditionEvaluator
	messages        plugin.ConditionEvaluator
}

// expression is a CEL expression with its allowed result types.
type expression struct {
	name, text string
	types      []*cel.Type
}

func (e expression) GetName() string          { return e.name }
func (e expression) GetExpression() string    { return e.text }
func (e expression) ReturnTypes() []*cel.Type { return e.types }

// parse reads a policy.
func parse(content map[string]any) (*policy, error) {
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
	p.program = sync.OnceValues(p.load)
	return p, nil
}

// programs holds the programs of this process by name and spec of their policies. Each plan evaluates the same
// policies, and to compile all of them takes half a second.
var programs sync.Map //nolint:gochecknoglobals // a cache

// load returns the program of the policy. It compiles the same policy only once.
func (p *policy) load() (*program, error) {
	key, err := json.Marshal([]any{p.name, p.spec})
	if err != nil {
		return nil, fmt.Errorf("the policy %s: %w", p.name, err)
	}
	if found, ok := programs.Load(string(key)); ok {
		return found.(*program), nil //nolint:forcetypeassert // this function alone stores values
	}
	compiled, err := p.compile()
	if err != nil {
		return nil, fmt.Errorf("%w: the policy %s: %w", ErrInvalidPolicy, p.name, err)
	}
	programs.Store(string(key), compiled)
	return compiled, nil
}

// compile compiles the policy like the API server's admission plugin.
func (p *policy) compile() (*program, error) {
	environments := environment.MustBaseEnvSet(environment.DefaultCompatibilityVersion())
	compiler, err := plugin.NewCompositedCompiler(environments)
	if err != nil {
		return nil, err
	}
	withAuthorizer := plugin.OptionalVariableDeclarations{HasAuthorizer: true}
	for _, v := range p.spec.Variables {
		variable := expression{v.Name, v.Expression, []*cel.Type{cel.AnyType, cel.DynType}}
		result := compiler.CompileAndStoreVariable(variable, withAuthorizer, environment.StoredExpressions)
		if result.Error != nil {
			return nil, fmt.Errorf("the variable %s: %w", v.Name, result.Error)
		}
	}
	var conditions, checks, messages []plugin.ExpressionAccessor
	for i := range p.spec.MatchConditions {
		conditions = append(conditions, (*matchconditions.MatchCondition)(&p.spec.MatchConditions[i]))
	}
	for _, v := range p.spec.Validations {
		checks = append(checks, expression{text: v.Expression, types: []*cel.Type{cel.BoolType}})
		message := v.MessageExpression
		if message == "" {
			message = "''"
		}
		messages = append(messages, expression{text: message, types: []*cel.Type{cel.StringType}})
	}
	matching := compiler.CompileCondition(conditions, withAuthorizer, environment.StoredExpressions)
	compiled := &program{
		validations: compiler.CompileCondition(checks, withAuthorizer, environment.StoredExpressions),
		// As in the API server, message expressions have no authorizer.
		messages: compiler.CompileCondition(
			messages, plugin.OptionalVariableDeclarations{}, environment.StoredExpressions,
		),
	}
	for _, evaluator := range []plugin.ConditionEvaluator{matching, compiled.validations, compiled.messages} {
		if errs := evaluator.CompilationErrors(); len(errs) > 0 {
			return nil, errs[0]
		}
	}
	if len(conditions) > 0 {
		compiled.matchConditions = matchconditions.NewMatcher(
			matching, p.spec.FailurePolicy, "policy", "validate", p.name,
		)
	}
	return compiled, nil
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
