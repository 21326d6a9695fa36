package kubernetes

import (
	"slices"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/terraform-srm/terraform-provider-srm/internal/kubernetes/guardrails"
)

func settings() guardrails.Settings {
	deny := guardrails.Rule{Action: guardrails.Deny}
	return guardrails.Settings{
		ClassName: "srm-encrypted", Namespace: "srm-system", Version: 1, ReclaimPolicy: "Retain", IOPS: 5000,
		Zones:         []string{"fr-par-2", "fr-par-1"},
		LoadBalancers: deny, Ingress: deny, NodeDisk: guardrails.Rule{Action: guardrails.Audit},
		KubeSystem: guardrails.Rule{Action: guardrails.Warn},
		Users:      guardrails.DefaultUsers(), Groups: guardrails.DefaultGroups(),
	}
}

// stored is an object as an API server keeps it after one manager has applied it and another has changed a field.
func stored(o guardrails.Object, other string, fields string) *unstructured.Unstructured {
	actual := (&unstructured.Unstructured{Object: o.Content}).DeepCopy()
	entries := []metav1.ManagedFieldsEntry{{
		Manager: guardrails.FieldManager, Operation: metav1.ManagedFieldsOperationApply,
		FieldsV1: metav1.NewFieldsV1(`{"f:spec":{"f:failurePolicy":{},"f:validations":{},"f:matchConstraints":{}},` +
			`"f:reclaimPolicy":{}}`),
	}}
	if other != "" {
		entries = append(
			entries, metav1.ManagedFieldsEntry{
				Manager: other, Operation: metav1.ManagedFieldsOperationUpdate, FieldsV1: metav1.NewFieldsV1(fields),
			},
		)
	}
	actual.SetManagedFields(entries)
	return actual
}

func TestDifferences(t *testing.T) {
	t.Parallel()
	policy := settings().Objects()[0]
	class := settings().Class()
	for _, test := range []struct {
		name   string
		object guardrails.Object
		fields string
		change func(map[string]any)
		wanted []Difference
	}{
		{name: "nothing", object: policy, change: func(map[string]any) {}, wanted: []Difference{}},
		{name: "a changed field", object: policy, fields: `{"f:spec":{"f:failurePolicy":{}}}`,
			change: func(o map[string]any) {
				o["spec"].(map[string]any)["failurePolicy"] = "Ignore" //nolint:forcetypeassert // a policy
			},
			wanted: []Difference{
				{
					Object: "ValidatingAdmissionPolicy/srm-claims", Field: "spec.failurePolicy", Found: `"Ignore"`,
					Owner: "kubectl-edit",
				},
			}},
		{name: "a condition that somebody added", object: policy, fields: `{"f:spec":{"f:matchConditions":{".":{},` +
			`"k:{\"name\":\"never\"}":{}}}}`,
			change: func(o map[string]any) {
				o["spec"].(map[string]any)["matchConditions"] = []any{"never"} //nolint:forcetypeassert // a policy
			},
			wanted: []Difference{
				{
					Object: "ValidatingAdmissionPolicy/srm-claims", Field: "spec.matchConditions", Found: `["never"]`,
					Owner: "kubectl-edit",
				},
			}},
		{name: "a label that is gone", object: class,
			change: func(o map[string]any) {
				delete(o["metadata"].(map[string]any), "labels") //nolint:forcetypeassert // a class
			},
			wanted: []Difference{
				{Object: "StorageClass/srm-encrypted", Field: "metadata.labels[app.kubernetes.io/managed-by]", Found: absent},
			}},
		{name: "our own older value", object: class, change: func(o map[string]any) { o["reclaimPolicy"] = "Delete" },
			wanted: []Difference{
				{Object: "StorageClass/srm-encrypted", Field: "reclaimPolicy", Found: `"Delete"`, Owner: guardrails.FieldManager},
			}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			other := ""
			if test.fields != "" {
				other = "kubectl-edit"
			}
			actual := stored(test.object, other, test.fields)
			test.change(actual.Object)
			if found := differences(test.object, actual); !slices.Equal(found, test.wanted) {
				t.Errorf("found  %+v\nwanted %+v", found, test.wanted)
			}
		})
	}
	if found := differences(class, nil); len(found) != 1 || !found[0].IsAbsent() {
		t.Errorf("an absent object: %+v", found)
	}
}

func TestOnlyWhatWasShownIsTaken(t *testing.T) {
	t.Parallel()
	theirs := Difference{Object: "StorageClass/x", Field: "parameters.iops", Found: `"1"`, Owner: "kubectl-edit"}
	for name, test := range map[string]struct {
		found, shown []Difference
		refused      int
	}{
		"shown":     {[]Difference{theirs}, []Difference{theirs}, 0},
		"not shown": {[]Difference{theirs}, nil, 1},
		"another owner since": {
			[]Difference{theirs}, []Difference{{Object: theirs.Object, Field: theirs.Field, Owner: "helm"}}, 1,
		},
		"another field": {
			[]Difference{theirs}, []Difference{{Object: theirs.Object, Field: "reclaimPolicy", Owner: "kubectl-edit"}}, 1,
		},
		"absent": {[]Difference{{Object: "StorageClass/x", Found: absent}}, nil, 0},
		"ours of another time": {
			[]Difference{
				{Object: "StorageClass/x", Field: "reclaimPolicy", Found: `"Delete"`, Owner: guardrails.FieldManager},
			}, nil, 0,
		},
	} {
		if unseen := notShown(test.found, test.shown); len(unseen) != test.refused {
			t.Errorf("%s: %+v", name, unseen)
		}
	}
}
