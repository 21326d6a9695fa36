package admission_test

import (
	"context"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apiserver/pkg/authorization/authorizer"

	"github.com/terraform-srm/terraform-provider-srm/internal/kubernetes/admission"
	"github.com/terraform-srm/terraform-provider-srm/internal/kubernetes/guardrails"
)

// policyOf is a policy on ConfigMaps; more are fields of its spec.
func policyOf(expression string, more map[string]any) map[string]any {
	spec := map[string]any{
		"matchConstraints": map[string]any{"resourceRules": []any{map[string]any{
			"apiGroups": []any{""}, "apiVersions": []any{"*"}, "operations": []any{"CREATE"}, "resources": []any{"configmaps"},
		}}, "namespaceSelector": map[string]any{}, "objectSelector": map[string]any{}},
		"validations": []any{map[string]any{"expression": expression, "messageExpression": `"no: " + object.metadata.name`}},
	}
	for name, value := range more {
		spec[name] = value
	}
	return map[string]any{
		"apiVersion": "admissionregistration.k8s.io/v1", "kind": "ValidatingAdmissionPolicy",
		"metadata": map[string]any{"name": "tried"}, "spec": spec,
	}
}

func request() admission.Request {
	object := &unstructured.Unstructured{Object: map[string]any{"apiVersion": "v1", "kind": "ConfigMap"}}
	object.SetName("settings")
	object.SetNamespace("web")
	return admission.Request{
		Object: object, Resource: schema.GroupVersionResource{Version: "v1", Resource: "configmaps"},
		Namespace: &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{
			Name: "web", Labels: map[string]string{corev1.LabelMetadataName: "web", "team": "records"},
		}},
	}
}

// TestVerdictOfWhatIsNotKnown tells a verdict that depends on what is not known from one that does not.
func TestVerdictOfWhatIsNotKnown(t *testing.T) {
	t.Parallel()
	const asks = `authorizer.group('example.com').resource('things').name(object.metadata.name).check('use').allowed()`
	answer := func(a admission.Answer) func(context.Context, authorizer.Attributes) admission.Answer {
		return func(context.Context, authorizer.Attributes) admission.Answer { return a }
	}
	condition := func(expression string) map[string]any {
		return map[string]any{"matchConditions": []any{map[string]any{"name": "met", "expression": expression}}}
	}
	selector := func(labels map[string]any) map[string]any {
		spec := policyOf("true", nil)["spec"].(map[string]any)   //nolint:forcetypeassert // as above
		constraints := spec["matchConstraints"].(map[string]any) //nolint:forcetypeassert // as above
		constraints["namespaceSelector"] = map[string]any{"matchLabels": labels}
		return map[string]any{"matchConstraints": constraints}
	}
	for name, test := range map[string]struct {
		policy           map[string]any
		change           func(*admission.Request)
		refused, unknown bool
	}{
		"refused":           {policyOf("false", nil), nil, true, false},
		"accepted":          {policyOf("object.metadata.name == 'settings'", nil), nil, false, false},
		"an error refuses":  {policyOf("object.data.x == 'y'", nil), nil, true, false},
		"an unknown lookup": {policyOf(asks, nil), nil, false, true},
		"a lookup": {
			policyOf(asks, nil), func(r *admission.Request) { r.Lookup = answer(admission.Yes) }, false, false,
		},
		"a lookup in vain": {
			policyOf(asks, nil), func(r *admission.Request) { r.Lookup = answer(admission.No) }, true, false,
		},
		"an unknown lookup that decides nothing": {policyOf("false && "+asks, nil), nil, true, false},
		"an unknown user":                        {policyOf("request.userInfo.username == 'anna'", nil), nil, true, false},
		"an unknown user, a component": {
			policyOf("'system:masters' in request.userInfo.groups", nil), nil, false, true,
		},
		"a known user": {
			policyOf("request.userInfo.username == 'anna'", nil), func(r *admission.Request) { r.User = "anna" }, false, false,
		},
		"a condition that is not met":   {policyOf("false", condition("request.namespace != 'web'")), nil, false, false},
		"a condition that is met":       {policyOf("false", condition("request.namespace == 'web'")), nil, true, false},
		"a condition that fails":        {policyOf("true", condition("object.data.x == 'y'")), nil, true, false},
		"a condition that is not known": {policyOf("false", condition(asks)), nil, false, true},
		"another namespace":             {policyOf("false", selector(map[string]any{"team": "shop"})), nil, false, false},
		"the namespace":                 {policyOf("false", selector(map[string]any{"team": "records"})), nil, true, false},
		"the object of the namespace": {
			policyOf("namespaceObject.metadata.labels['team'] == 'records'", nil), nil, false, false,
		},
		"no old object": {policyOf("oldObject != null", nil), nil, true, false},
	} {
		judge, err := admission.New([]map[string]any{test.policy})
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		r := request()
		if test.change != nil {
			test.change(&r)
		}
		verdicts := judge.Create(t.Context(), r)
		refused := len(verdicts) == 1 && verdicts[0].Refused
		if unknown := len(verdicts) == 1 && verdicts[0].Unknown; refused != test.refused || unknown != test.unknown {
			t.Errorf("%s: refused %t, unknown %t: %v", name, refused, unknown, verdicts)
		}
		if name == "refused" && verdicts[0].Message != "no: settings" {
			t.Errorf("the message is %q", verdicts[0].Message)
		}
	}
}

// TestPoliciesThatCannotBeJudged are errors, and no verdicts.
func TestPoliciesThatCannotBeJudged(t *testing.T) {
	t.Parallel()
	for name, policy := range map[string]map[string]any{
		"a syntax error": policyOf("object.", nil),
		"a wrong type":   policyOf("'text'", nil),
		"parameters": policyOf(
			"true", map[string]any{"paramKind": map[string]any{"apiVersion": "v1", "kind": "ConfigMap"}},
		),
		"a variable": policyOf(
			"true", map[string]any{"variables": []any{map[string]any{"name": "x", "expression": "nonsense"}}},
		),
		"a condition": policyOf("true", map[string]any{
			"matchConditions": []any{map[string]any{"name": "x", "expression": "nonsense"}},
		}),
	} {
		if _, err := admission.New([]map[string]any{policy}); err == nil {
			t.Errorf("%s is accepted", name)
		}
	}
}

// TestGuardrailsCanBeJudged compiles every policy of the guardrails.
func TestGuardrailsCanBeJudged(t *testing.T) {
	t.Parallel()
	deny := guardrails.Rule{Action: guardrails.Deny}
	s := guardrails.Settings{
		ClassName: "srm-encrypted", Namespace: "srm-system", Version: 1, LoadBalancers: deny, Ingress: deny, NodeDisk: deny,
		NodePorts: deny, KubeSystem: deny, BackendTLS: guardrails.Deny,
	}
	policies := []map[string]any{}
	for _, change := range s.Refusing(nil, nil) {
		policies = append(policies, change.Policy.Content)
	}
	judge, err := admission.New(policies)
	if err != nil {
		t.Fatal(err)
	}
	if judge.UsesNamespaces() {
		t.Error("a policy looks at namespaces: the plan lists them")
	}
	kinds, everything := judge.Resources()
	if len(policies) < 12 || len(kinds) < 9 || len(everything) != 1 {
		t.Errorf("%d policies, kinds %v, %v judges requests", len(policies), kinds, everything)
	}
}
