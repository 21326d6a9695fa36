package admission_test

import (
	"context"
	"errors"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apiserver/pkg/authorization/authorizer"

	"github.com/terraform-srm/terraform-provider-srm/internal/kubernetes/admission"
	"github.com/terraform-srm/terraform-provider-srm/internal/kubernetes/guardrails"
)

// newPolicy returns a policy on ConfigMaps with additional fields in its spec.
func newPolicy(expression string, extra map[string]any) map[string]any {
	spec := map[string]any{
		"matchConstraints": map[string]any{"resourceRules": []any{map[string]any{
			"apiGroups": []any{""}, "apiVersions": []any{"*"}, "operations": []any{"CREATE"},
			"resources": []any{"configmaps"},
		}}, "namespaceSelector": map[string]any{}, "objectSelector": map[string]any{}},
		"validations": []any{
			map[string]any{"expression": expression, "messageExpression": `"no: " + object.metadata.name`},
		},
	}
	for name, value := range extra {
		spec[name] = value
	}
	return map[string]any{
		"apiVersion": "admissionregistration.k8s.io/v1", "kind": "ValidatingAdmissionPolicy",
		"metadata": map[string]any{"name": "tested"}, "spec": spec,
	}
}

func newRequest() admission.Request {
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

// TestDecisionWithUnknownInput checks that only decisions that depend on unknown data are Unknown.
func TestDecisionWithUnknownInput(t *testing.T) {
	t.Parallel()
	const check = `authorizer.group('example.com').resource('things').name(object.metadata.name).check('use').allowed()`
	answer := func(a admission.Answer) func(context.Context, authorizer.Attributes) admission.Answer {
		return func(context.Context, authorizer.Attributes) admission.Answer { return a }
	}
	condition := func(expression string) map[string]any {
		return map[string]any{"matchConditions": []any{map[string]any{"name": "met", "expression": expression}}}
	}
	selector := func(labels map[string]any) map[string]any {
		spec := newPolicy("true", nil)["spec"].(map[string]any)  //nolint:forcetypeassert // as above
		constraints := spec["matchConstraints"].(map[string]any) //nolint:forcetypeassert // as above
		constraints["namespaceSelector"] = map[string]any{"matchLabels": labels}
		return map[string]any{"matchConstraints": constraints}
	}
	for name, test := range map[string]struct {
		policy           map[string]any
		change           func(*admission.Request)
		refused, unknown bool
	}{
		"refused":          {newPolicy("false", nil), nil, true, false},
		"accepted":         {newPolicy("object.metadata.name == 'settings'", nil), nil, false, false},
		"an error refuses": {newPolicy("object.data.x == 'y'", nil), nil, true, false},
		"unknown lookup":   {newPolicy(check, nil), nil, false, true},
		"granted lookup": {
			newPolicy(check, nil), func(r *admission.Request) { r.Lookup = answer(admission.Yes) }, false, false,
		},
		"denied lookup": {
			newPolicy(check, nil), func(r *admission.Request) { r.Lookup = answer(admission.No) }, true, false,
		},
		"unknown lookup without effect": {newPolicy("false && "+check, nil), nil, true, false},
		"unknown user":                  {newPolicy("request.userInfo.username == 'anna'", nil), nil, true, false},
		"unknown user, may be a component": {
			newPolicy("'system:masters' in request.userInfo.groups", nil), nil, false, true,
		},
		"known user": {
			newPolicy(
				"request.userInfo.username == 'anna'", nil,
			), func(r *admission.Request) { r.User = "anna" }, false, false,
		},
		"false condition":    {newPolicy("false", condition("request.namespace != 'web'")), nil, false, false},
		"true condition":     {newPolicy("false", condition("request.namespace == 'web'")), nil, true, false},
		"failing condition":  {newPolicy("true", condition("object.data.x == 'y'")), nil, true, false},
		"unknown condition":  {newPolicy("false", condition(check)), nil, false, true},
		"other namespace":    {newPolicy("false", selector(map[string]any{"team": "shop"})), nil, false, false},
		"selected namespace": {newPolicy("false", selector(map[string]any{"team": "records"})), nil, true, false},
		"namespaceObject": {
			newPolicy("namespaceObject.metadata.labels['team'] == 'records'", nil), nil, false, false,
		},
		"no old object": {newPolicy("oldObject != null", nil), nil, true, false},
	} {
		evaluator, err := admission.New([]map[string]any{test.policy})
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		r := newRequest()
		if test.change != nil {
			test.change(&r)
		}
		decisions, err := evaluator.EvaluateCreate(t.Context(), r)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		refused := len(decisions) == 1 && decisions[0].Refused
		if unknown := len(decisions) == 1 && decisions[0].Unknown; refused != test.refused || unknown != test.unknown {
			t.Errorf("%s: refused %t, unknown %t: %v", name, refused, unknown, decisions)
		}
		if name == "refused" && decisions[0].Message != "no: settings" {
			t.Errorf("got message %q", decisions[0].Message)
		}
	}
}

// TestNewUnsupportedPolicy checks that New rejects unsupported policies, and EvaluateCreate invalid ones.
func TestNewUnsupportedPolicy(t *testing.T) {
	t.Parallel()
	for name, policy := range map[string]map[string]any{
		"syntax error": newPolicy("object.", nil),
		"wrong type":   newPolicy("'text'", nil),
		"parameters": newPolicy(
			"true", map[string]any{"paramKind": map[string]any{"apiVersion": "v1", "kind": "ConfigMap"}},
		),
		"invalid variable": newPolicy(
			"true", map[string]any{"variables": []any{map[string]any{"name": "x", "expression": "nonsense"}}},
		),
		"invalid condition": newPolicy("true", map[string]any{
			"matchConditions": []any{map[string]any{"name": "x", "expression": "nonsense"}},
		}),
	} {
		evaluator, err := admission.New([]map[string]any{policy})
		if err == nil {
			_, err = evaluator.EvaluateCreate(t.Context(), newRequest())
		}
		if err == nil || errors.Is(err, admission.ErrInvalidPolicy) != (name != "parameters") {
			t.Errorf("%s: got error %v", name, err)
		}
	}
}

// TestNewGuardrails checks that every policy of the guardrails compiles.
func TestNewGuardrails(t *testing.T) {
	t.Parallel()
	deny := guardrails.Rule{Action: guardrails.Deny}
	s := guardrails.Settings{
		ClassName: "srm-encrypted", Namespace: "srm-system", Version: 1, LoadBalancers: deny, Ingress: deny,
		NodeDisk:  deny,
		NodePorts: deny, KubeSystem: deny, BackendTLS: guardrails.Deny,
	}
	policies := []map[string]any{}
	for _, change := range s.RefusalChanges(nil, nil) {
		policies = append(policies, change.Policy.Content)
	}
	evaluator, err := admission.New(policies)
	if err != nil {
		t.Fatal(err)
	}
	if err := evaluator.CompileAll(); err != nil {
		t.Fatal(err)
	}
	if evaluator.UsesNamespaces() {
		t.Error("a policy uses namespace objects, so every plan has to list namespaces")
	}
	kinds, wildcards := evaluator.Resources()
	if len(policies) < 12 || len(kinds) < 9 || len(wildcards) != 1 {
		t.Errorf("got %d policies, kinds %v, policies on all resources %v", len(policies), kinds, wildcards)
	}
}
