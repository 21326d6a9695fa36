package policytest

import (
	"context"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/terraform-srm/terraform-provider-srm/internal/acctest"
	"github.com/terraform-srm/terraform-provider-srm/internal/kubernetes/guardrails"
)

// TestClassAnnotation sets the older annotation with a class on claims. Kubernetes uses it instead of
// spec.storageClassName, even if it is empty. The claim could then be bound to a PersistentVolume without a class.
func TestClassAnnotation(t *testing.T) {
	t.Parallel()
	server := acctest.Kubernetes(t, nil)
	cluster := &cluster{server: server}
	client := cluster.clientFor(t, nil)
	createNamespaces(t, client, "databases")
	claim := func(name, annotations, spec string) string {
		return `{apiVersion: v1, kind: PersistentVolumeClaim, metadata: {name: ` + name + `, namespace: databases, ` +
			`annotations: {` + annotations + `}}, ` +
			`spec: {` + spec + `accessModes: [ReadWriteOnce], resources: {requests: {storage: 5Gi}}}}`
	}
	const (
		key                = "volume.beta.kubernetes.io/storage-class"
		encrypted          = "storageClassName: srm-encrypted, "
		denied    decision = "deny srm-claims"
	)
	createObject(t, client, parse(t, claim("older", "", "storageClassName: nfs, ")))
	createObject(t, client, parse(t, claim("older-annotated", key+": nfs", "")))
	createObject(t, client, parse(t, claim("older-empty", key+`: ""`, encrypted)))
	applyGuardrails(t, server)
	createObject(t, client, parse(t, claim("new", "", encrypted)))
	table := table{}
	t.Log("object, write | policy | expected | actual | reason")
	for what, annotations := range map[string]string{"empty": `""`, "other class": "nfs"} {
		object := parse(t, claim("annotated", key+": "+annotations, encrypted))
		table.row(
			t,
			object,
			what,
			guardrails.Claims,
			denied,
			cluster.dryRunCreate(t, nil, object),
			"Kubernetes uses the annotation.",
		)
	}
	same := parse(t, claim("annotated", key+": srm-encrypted", encrypted))
	table.row(
		t,
		same,
		"the same class",
		guardrails.Claims,
		allow,
		cluster.dryRunCreate(t, nil, same),
		"It is the encrypted class.",
	)
	annotate := func(value string) string { return `{"metadata":{"annotations":{"` + key + `":` + value + `}}}` }
	for _, test := range []struct {
		name, what, patch, subresource string
		expected                       decision
	}{
		{"new", "empty", annotate(`""`), "", denied},
		{"new", "empty through the status", annotate(`""`), "status", denied},
		{"new", "other class through the status", annotate(`"nfs"`), "status", denied},
		{"new", "same class through the status", annotate(`"srm-encrypted"`), "status", allow},
		{"new", "other annotation", `{"metadata":{"annotations":{"example.com/note":"x"}}}`, "", allow},
		{"new", "volumeName", `{"spec":{"volumeName":"pvc-1"}}`, "", allow},
		{"new", "bound", `{"status":{"phase":"Bound"}}`, "status", allow},
		{"older", "label", `{"metadata":{"labels":{"team":"records"}}}`, "", allow},
		{"older", "bound", `{"status":{"phase":"Bound"}}`, "status", allow},
		{"older", "other class through the status", annotate(`"sbs-default"`), "status", denied},
		{"older", "encrypted class through the status", annotate(`"srm-encrypted"`), "status", allow},
		{"older-annotated", "label", `{"metadata":{"labels":{"team":"records"}}}`, "", allow},
		{"older-annotated", "class moved to the field", `{"metadata":{"annotations":{"` + key + `":null}},` +
			`"spec":{"storageClassName":"nfs"}}`, "", allow},
		{"older-empty", "label", `{"metadata":{"labels":{"team":"records"}}}`, "", allow},
		{"older-empty", "annotation removed", annotate("null"), "", allow},
	} {
		object := parse(t, claim(test.name, "", ""))
		subresources := []string{}
		if test.subresource != "" {
			subresources = append(subresources, test.subresource)
		}
		got := cluster.decide(func() error {
			_, err := resourceClient(t, client,
				object).Patch(context.WithoutCancel(t.Context()), test.name, types.MergePatchType, []byte(test.patch),
				metav1.PatchOptions{DryRun: []string{metav1.DryRunAll}}, subresources...)
			return err
		})
		table.row(t, object, test.name+", "+test.what, guardrails.Claims, test.expected, got, "The claim must not "+
			"get worse.")
	}
	table.summary(t)
}
