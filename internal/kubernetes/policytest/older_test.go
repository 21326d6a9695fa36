package policytest

import (
	"cmp"
	"context"
	"testing"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/wait"
	"k8s.io/client-go/dynamic"

	"github.com/terraform-srm/terraform-provider-srm/internal/acctest"
	"github.com/terraform-srm/terraform-provider-srm/internal/kubernetes/guardrails"
)

// TestOlderObjects changes and deletes objects that existed before the guardrails were created. The policies must only
// refuse changes of the fields that they validate.
func TestOlderObjects(t *testing.T) {
	t.Parallel()
	server := acctest.Kubernetes(t, nil)
	cluster := &cluster{server: server}
	client := cluster.clientFor(t, nil)
	createNamespaces(t, client, "web", "databases", "edge")
	installGateways(t, client)
	objects := append(olderObjects(), olderExposure()...)
	for _, o := range objects {
		createObject(t, client, parse(t, o.manifest))
	}
	applyGuardrails(t, server)

	table := table{}
	t.Log("object, step | policy | expected | actual | reason")
	for _, o := range objects {
		object := parse(t, o.manifest)
		resource := resourceClient(t, client, object)
		step := func(what string, want decision, request func(context.Context) error) {
			t.Helper()
			table.row(
				t, object, title(object)+", "+what, testedPolicy("", object), want, cluster.decide(
					func() error { return request(t.Context()) },
				), "The object is older than the guardrails.",
			)
		}
		patch := func(body string, options metav1.PatchOptions, subresource ...string) func(context.Context) error {
			return func(ctx context.Context) error {
				kind := types.MergePatchType
				if object.GetKind() == "Pod" {
					kind = types.StrategicMergePatchType
				}
				_, err := resource.Patch(ctx, object.GetName(), kind, []byte(body), options, subresource...)
				return err
			}
		}
		step("created again", o.recreate, func(ctx context.Context) error {
			copied := object.DeepCopy()
			copied.SetName(object.GetName() + "-again")
			removeNodePorts(copied)
			_, err := resource.Create(ctx, copied, metav1.CreateOptions{DryRun: []string{metav1.DryRunAll}})
			return err
		})
		step("label added", o.unrelated, patch(`{"metadata":{"labels":{"team":"records"}}}`, metav1.PatchOptions{}))
		step(
			"annotation added", o.unrelated, patch(
				`{"metadata":{"annotations":{"example.com/note":"older"}}}`, metav1.PatchOptions{},
			),
		)
		step("updated without changes", o.unrelated, replaceByItself(resource, object.GetName()))
		if o.status != "" {
			step("status updated", allow, patch(o.status, metav1.PatchOptions{}, "status"))
		}
		for _, c := range o.changes {
			step(c.what, c.expected, patch(c.patch, metav1.PatchOptions{DryRun: []string{metav1.DryRunAll}}))
		}
		step(
			"finalizer removed", o.unrelated, patch(
				`{"metadata":{"finalizers":null}}`, metav1.PatchOptions{DryRun: []string{metav1.DryRunAll}},
			),
		)
		step("deleted", cmp.Or(o.deleted, o.unrelated), func(ctx context.Context) error {
			zero := int64(0)
			return resource.Delete(ctx, object.GetName(), metav1.DeleteOptions{GracePeriodSeconds: &zero})
		})
		if err := awaitDeletionInCache(t.Context(), resource, object.GetName()); err != nil {
			t.Errorf("%s: the deletion does not reach the cache: %v", title(object), err)
			continue
		}
		step(
			"label added during deletion", allow, patch(
				`{"metadata":{"labels":{"team":"deleted"}}}`, metav1.PatchOptions{},
			),
		)
		step(
			"finalizers removed during deletion", allow, patch(
				`{"metadata":{"finalizers":null}}`, metav1.PatchOptions{},
			),
		)
		if _, err := resource.Get(t.Context(), object.GetName(), metav1.GetOptions{}); !apierrors.IsNotFound(err) {
			t.Errorf("%s still exists: %v", title(object), err)
		}
	}
	table.summary(t)
}

// removeNodePorts removes the node ports of a Service, because the older one already uses them.
func removeNodePorts(object *unstructured.Unstructured) {
	ports, _, _ := unstructured.NestedSlice(object.Object, "spec", "ports")
	for _, port := range ports {
		if fields, ok := port.(map[string]any); ok {
			delete(fields, "nodePort")
		}
	}
	if len(ports) > 0 {
		_ = unstructured.SetNestedSlice(object.Object, ports, "spec", "ports")
	}
}

// awaitDeletionInCache waits until an object in the API server's watch cache is being deleted. The API server evaluates
// a patch for the cached object first, and again for the stored one if it differs. Warnings of the first evaluation
// remain.
func awaitDeletionInCache(ctx context.Context, resource dynamic.ResourceInterface, name string) error {
	isDeleting := func(ctx context.Context) (bool, error) {
		found, err := resource.Get(ctx, name, metav1.GetOptions{ResourceVersion: "0"})
		return err == nil && found.GetDeletionTimestamp() != nil, err
	}
	return wait.PollUntilContextTimeout(ctx, 10*time.Millisecond, time.Minute, true, isDeleting)
}

// replaceByItself updates an object without changes, as controllers do.
func replaceByItself(resource dynamic.ResourceInterface, name string) func(context.Context) error {
	return func(ctx context.Context) error {
		found, err := resource.Get(ctx, name, metav1.GetOptions{})
		if err != nil {
			return err
		}
		_, err = resource.Update(ctx, &unstructured.Unstructured{Object: found.Object}, metav1.UpdateOptions{})
		return err
	}
}

// TestManagedAddOns changes objects of Scaleway in kube-system as an administrator and as a component.
func TestManagedAddOns(t *testing.T) {
	t.Parallel()
	server := acctest.Kubernetes(t, nil)
	cluster := &cluster{server: server}
	reader := func(name, account string) *unstructured.Unstructured {
		object := parse(t, `{apiVersion: rbac.authorization.k8s.io/v1, kind: RoleBinding, metadata: {name: `+name+`, `+
			`namespace: kube-system}, `+
			`roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: `+
			`extension-apiserver-authentication-reader}, `+
			`subjects: [{kind: ServiceAccount, `+account+`}]}`)
		createObject(t, cluster.clientFor(t, nil), object)
		return object
	}
	shipped, added := reader("shipped-auth-reader", "name: metrics-server, namespace: kube-system"),
		reader("added-auth-reader", "name: adapter, namespace: metrics")
	applyGuardrails(t, server)
	const warn decision = "warn srm-kube-system"
	administrator, component := []string{}, []string{
		"system:serviceaccount:kube-system:kapsule", "system:serviceaccounts:kube-system", "scaleway:cluster-write",
	}
	dryRun := []string{metav1.DryRunAll}
	coredns := parse(t, "{apiVersion: apps/v1, kind: Deployment, metadata: {name: coredns, namespace: kube-system}}")
	daemon := parse(t, "{apiVersion: apps/v1, kind: DaemonSet, metadata: {name: cilium, namespace: kube-system}}")
	namespace := parse(t, "{apiVersion: v1, kind: Namespace, metadata: {name: kube-system}}")
	other := parse(t, "{apiVersion: v1, kind: Namespace, metadata: {name: default}}")
	patch := func(body string, subresource ...string) func(context.Context, dynamic.ResourceInterface, string) error {
		return func(ctx context.Context, resource dynamic.ResourceInterface, name string) error {
			_, err := resource.Patch(
				ctx,
				name,
				types.MergePatchType,
				[]byte(body),
				metav1.PatchOptions{DryRun: dryRun},
				subresource...)
			return err
		}
	}
	remove := func(ctx context.Context, resource dynamic.ResourceInterface, name string) error {
		return resource.Delete(ctx, name, metav1.DeleteOptions{DryRun: dryRun})
	}
	label := patch(`{"metadata":{"labels":{"team":"records"}}}`)
	table := table{}
	t.Log("object, step | policy | expected | actual | reason")
	for _, s := range []struct {
		what     string
		user     []string
		object   *unstructured.Unstructured
		expected decision
		request  func(context.Context, dynamic.ResourceInterface, string) error
	}{
		{"label added", administrator, coredns, warn, label},
		{"label added by a component", component, coredns, allow, label},
		{"other number of replicas", administrator, coredns, warn, patch(`{"spec":{"replicas":0}}`)},
		{
			"other number of replicas by kubectl scale", administrator, coredns, warn, patch(
				`{"spec":{"replicas":0}}`, "scale",
			),
		},
		{
			"other number of replicas by a component", component, coredns, allow, patch(
				`{"spec":{"replicas":3}}`, "scale",
			),
		},
		{
			"status updated by a component", component, coredns, allow, patch(
				`{"status":{"observedGeneration":1}}`, "status",
			),
		},
		{"deleted", administrator, coredns, warn, remove},
		{"deleted by a component", component, coredns, allow, remove},
		{"deleted", administrator, daemon, warn, remove},
		{
			"restarted by kubectl rollout", administrator, daemon, warn, patch(
				`{"spec":{"template":{"metadata":{"annotations":{` +
					`"kubectl.kubernetes.io/restartedAt":"2026-11-25T08:00:00Z"}}}}}`,
			),
		},
		{"deleted", administrator, shipped, warn, remove},
		{"subject changed to an account of another namespace", administrator, shipped, warn,
			patch(`{"subjects":[{"kind":"ServiceAccount","name":"adapter","namespace":"metrics"}]}`)},
		{"deleted", administrator, added, allow, remove},
		{"label added", administrator, added, allow, label},
		{"subject changed to an account of kube-system", administrator, added, warn,
			patch(`{"subjects":[{"kind":"ServiceAccount","name":"metrics-server","namespace":"kube-system"}]}`)},
		{"label added", administrator, namespace, warn, label},
		{"label added by a component", component, namespace, allow, label},
		{"label added", administrator, other, allow, label},
	} {
		resource := resourceClient(t, cluster.clientFor(t, s.user), s.object)
		got := cluster.decide(func() error { return s.request(t.Context(), resource, s.object.GetName()) })
		table.row(
			t,
			s.object,
			title(s.object)+", "+s.what,
			guardrails.KubeSystemChanges,
			s.expected,
			got,
			"kube-system must stay as Scaleway ships it.",
		)
	}
	table.summary(t)
}
