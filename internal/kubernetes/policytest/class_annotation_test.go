package policytest

import (
	"context"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/terraform-srm/terraform-provider-srm/internal/acctest"
	"github.com/terraform-srm/terraform-provider-srm/internal/kubernetes/guardrails"
)

// TestClassAnnotation writes the older annotation with a class to claims. Kubernetes takes it before
// spec.storageClassName, also where it is empty, so that the claim is bound to a PersistentVolume without a class.
func TestClassAnnotation(t *testing.T) {
	t.Parallel()
	server := acctest.Kubernetes(t, nil)
	cluster := &cluster{server: server}
	client := cluster.as(t, nil)
	createNamespaces(t, client, "databases")
	claim := func(name, annotations, spec string) string {
		return `{apiVersion: v1, kind: PersistentVolumeClaim, metadata: {name: ` + name + `, namespace: databases, ` +
			`annotations: {` + annotations + `}}, ` +
			`spec: {` + spec + `accessModes: [ReadWriteOnce], resources: {requests: {storage: 5Gi}}}}`
	}
	const (
		key               = "volume.beta.kubernetes.io/storage-class"
		encrypted         = "storageClassName: srm-encrypted, "
		denied    verdict = "deny srm-claims"
	)
	create(t, client, parse(t, claim("older", "", "storageClassName: nfs, ")))
	create(t, client, parse(t, claim("older-annotated", key+": nfs", "")))
	create(t, client, parse(t, claim("older-empty", key+`: ""`, encrypted)))
	guard(t, server)
	create(t, client, parse(t, claim("new", "", encrypted)))
	table := table{}
	t.Log("object, write | policy | expected | actual | reason")
	for what, annotations := range map[string]string{"empty": `""`, "another class": "nfs"} {
		object := parse(t, claim("annotated", key+": "+annotations, encrypted))
		table.row(t, object, what, guardrails.Claims, denied, cluster.try(t, nil, object), "The annotation wins.")
	}
	same := parse(t, claim("annotated", key+": srm-encrypted", encrypted))
	table.row(t, same, "the same class", guardrails.Claims, allow, cluster.try(t, nil, same), "It is the class.")
	annotate := func(value string) string { return `{"metadata":{"annotations":{"` + key + `":` + value + `}}}` }
	for _, test := range []struct {
		name, what, patch, subresource string
		expected                       verdict
	}{
		{"new", "empty", annotate(`""`), "", denied},
		{"new", "empty by the status", annotate(`""`), "status", denied},
		{"new", "another class by the status", annotate(`"nfs"`), "status", denied},
		{"new", "the same class by the status", annotate(`"srm-encrypted"`), "status", allow},
		{"new", "another annotation", `{"metadata":{"annotations":{"example.com/note":"x"}}}`, "", allow},
		{"new", "a volume", `{"spec":{"volumeName":"pvc-1"}}`, "", allow},
		{"new", "bound", `{"status":{"phase":"Bound"}}`, "status", allow},
		{"older", "a label", `{"metadata":{"labels":{"team":"records"}}}`, "", allow},
		{"older", "bound", `{"status":{"phase":"Bound"}}`, "status", allow},
		{"older", "another class by the status", annotate(`"sbs-default"`), "status", denied},
		{"older", "the encrypted class by the status", annotate(`"srm-encrypted"`), "status", allow},
		{"older-annotated", "a label", `{"metadata":{"labels":{"team":"records"}}}`, "", allow},
		{"older-annotated", "the class moves to the field", `{"metadata":{"annotations":{"` + key + `":null}},` +
			`"spec":{"storageClassName":"nfs"}}`, "", allow},
		{"older-empty", "a label", `{"metadata":{"labels":{"team":"records"}}}`, "", allow},
		{"older-empty", "the annotation goes", annotate("null"), "", allow},
	} {
		object := parse(t, claim(test.name, "", ""))
		subresources := []string{}
		if test.subresource != "" {
			subresources = append(subresources, test.subresource)
		}
		actual := cluster.judge(func() error {
			_, err := at(t, client,
				object).Patch(context.WithoutCancel(t.Context()), test.name, types.MergePatchType, []byte(test.patch),
				metav1.PatchOptions{DryRun: []string{metav1.DryRunAll}}, subresources...)
			return err
		})
		table.row(t, object, test.name+", "+test.what, guardrails.Claims, test.expected, actual, "It may not get worse.")
	}
	table.summary(t)
}
