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

// storedObject returns an object as the API server stores it after the guardrails have applied it and another manager
// has changed fields.
func storedObject(o guardrails.Object, other string, fields string) *unstructured.Unstructured {
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
		want   []Difference
	}{
		{name: "no change", object: policy, change: func(map[string]any) {}, want: []Difference{}},
		{name: "changed field", object: policy, fields: `{"f:spec":{"f:failurePolicy":{}}}`,
			change: func(o map[string]any) {
				o["spec"].(map[string]any)["failurePolicy"] = "Ignore" //nolint:forcetypeassert // a policy
			},
			want: []Difference{
				{
					Object: "ValidatingAdmissionPolicy/srm-claims", Field: "spec.failurePolicy", Found: `"Ignore"`,
					Owner: "kubectl-edit",
				},
			}},
		{name: "added condition", object: policy, fields: `{"f:spec":{"f:matchConditions":{".":{},` +
			`"k:{\"name\":\"never\"}":{}}}}`,
			change: func(o map[string]any) {
				o["spec"].(map[string]any)["matchConditions"] = []any{"never"} //nolint:forcetypeassert // a policy
			},
			want: []Difference{
				{
					Object: "ValidatingAdmissionPolicy/srm-claims", Field: "spec.matchConditions", Found: `["never"]`,
					Owner: "kubectl-edit",
				},
			}},
		{name: "removed label", object: class,
			change: func(o map[string]any) {
				delete(o["metadata"].(map[string]any), "labels") //nolint:forcetypeassert // a class
			},
			want: []Difference{
				{
					Object: "StorageClass/srm-encrypted", Field: "metadata.labels[app.kubernetes.io/managed-by]",
					Found: absent,
				},
			}},
		{name: "older value of the guardrails", object: class,
			change: func(o map[string]any) { o["reclaimPolicy"] = "Delete" },
			want: []Difference{
				{
					Object: "StorageClass/srm-encrypted", Field: "reclaimPolicy", Found: `"Delete"`,
					Owner: guardrails.FieldManager,
				},
			}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			other := ""
			if test.fields != "" {
				other = "kubectl-edit"
			}
			actual := storedObject(test.object, other, test.fields)
			test.change(actual.Object)
			if found := diffObject(test.object, actual); !slices.Equal(found, test.want) {
				t.Errorf("got  %+v\nwant %+v", found, test.want)
			}
		})
	}
	if found := diffObject(class, nil); len(found) != 1 || !found[0].IsAbsent() {
		t.Errorf("absent object: got %+v", found)
	}
}

func TestNotPlanned(t *testing.T) {
	t.Parallel()
	drift := Difference{Object: "StorageClass/x", Field: "parameters.iops", Found: `"1"`, Owner: "kubectl-edit"}
	for name, test := range map[string]struct {
		found, planned []Difference
		want           int
	}{
		"planned":     {[]Difference{drift}, []Difference{drift}, 0},
		"not planned": {[]Difference{drift}, nil, 1},
		"other owner": {
			[]Difference{drift}, []Difference{{Object: drift.Object, Field: drift.Field, Owner: "helm"}}, 1,
		},
		"other field": {
			[]Difference{drift}, []Difference{{Object: drift.Object, Field: "reclaimPolicy", Owner: "kubectl-edit"}}, 1,
		},
		"absent": {[]Difference{{Object: "StorageClass/x", Found: absent}}, nil, 0},
		"owned by the guardrails": {
			[]Difference{
				{Object: "StorageClass/x", Field: "reclaimPolicy", Found: `"Delete"`, Owner: guardrails.FieldManager},
			}, nil, 0,
		},
	} {
		if conflicts := notPlanned(test.found, test.planned); len(conflicts) != test.want {
			t.Errorf("%s: got %+v", name, conflicts)
		}
	}
}
