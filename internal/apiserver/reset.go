package apiserver

import (
	"context"
	"fmt"
	"slices"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/watch"
	"k8s.io/client-go/dynamic"
)

// Reset removes what a test may have created: policies first, so that they do not block the rest, then other
// cluster-scoped objects, then all namespaces except those of Kubernetes. kube-system keeps the objects that Kubernetes
// and Seed create. As no controllers run, Reset also removes finalizers.
func (s *Server) Reset(ctx context.Context) error {
	s.namespaceMu.Lock()
	defer s.namespaceMu.Unlock()
	client, err := s.adminClient()
	if err != nil {
		return err
	}
	for _, gvr := range []schema.GroupVersionResource{
		resourceV1("admissionregistration.k8s.io", "validatingadmissionpolicybindings"),
		resourceV1("admissionregistration.k8s.io", "validatingadmissionpolicies"),
		resourceV1("apiextensions.k8s.io", "customresourcedefinitions"),
		resourceV1("storage.k8s.io", "storageclasses"),
		resourceV1("", "persistentvolumes"),
	} {
		if err := deleteAll(ctx, client, gvr, ""); err != nil {
			return err
		}
	}
	if err := waitPoliciesInactive(ctx, client); err != nil {
		return err
	}
	namespaces, err := client.Resource(resourceV1("", "namespaces")).List(ctx, metav1.ListOptions{})
	if err != nil {
		return err
	}
	for _, namespace := range namespaces.Items {
		name := namespace.GetName()
		if name == "kube-system" {
			if err := emptyKubeSystem(ctx, client); err != nil {
				return err
			}
		}
		if slices.Contains([]string{"kube-system", "kube-public", "kube-node-lease"}, name) {
			continue
		}
		if err := emptyNamespace(ctx, client, name); err != nil {
			return err
		}
		if name == "default" {
			continue
		}
		if err := deleteNamespace(ctx, client, name); err != nil {
			return err
		}
	}
	return nil
}

// waitPoliciesInactive waits until the API server no longer enforces deleted policies, which takes a moment. It tries
// to create an unencrypted StorageClass, which the guardrails refuse, with a dry run.
func waitPoliciesInactive(ctx context.Context, client dynamic.Interface) error {
	class := &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": "storage.k8s.io/v1", "kind": "StorageClass", "metadata": map[string]any{"name": "srm-encrypted"},
		"provisioner": "csi.scaleway.com",
	}}
	ticker := time.NewTicker(50 * time.Millisecond)
	defer ticker.Stop()
	for {
		_, err := client.Resource(resourceV1("storage.k8s.io", "storageclasses")).Create(
			ctx, class.DeepCopy(), metav1.CreateOptions{DryRun: []string{metav1.DryRunAll}},
		)
		if !apierrors.IsForbidden(err) && !apierrors.IsInvalid(err) {
			return err
		}
		select {
		case <-ticker.C:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// emptyNamespace deletes the objects in a namespace.
func emptyNamespace(ctx context.Context, client dynamic.Interface, namespace string) error {
	for _, gvr := range []schema.GroupVersionResource{
		resourceV1("", "secrets"), resourceV1("", "configmaps"), resourceV1("", "pods"), resourceV1(
			"", "persistentvolumeclaims",
		),
		resourceV1("", "services"), resourceV1("rbac.authorization.k8s.io", "roles"), resourceV1(
			"rbac.authorization.k8s.io", "rolebindings",
		), resourceV1("networking.k8s.io", "ingresses"),
		resourceV1(
			"networking.k8s.io", "networkpolicies",
		), resourceV1("apps", "deployments"), resourceV1("apps", "statefulsets"), resourceV1("apps", "daemonsets"),
		resourceV1("batch", "cronjobs"), resourceV1("batch", "jobs"), // the API server adds a finalizer to them
		resourceV1("policy", "poddisruptionbudgets"), resourceV1("apps", "replicasets"),
		resourceV1("", "replicationcontrollers"), resourceV1("autoscaling", "horizontalpodautoscalers"),
		resourceV1("", "resourcequotas"), resourceV1("", "limitranges"), resourceV1("", "serviceaccounts"),
		resourceV1("", "endpoints"), resourceV1("", "events"),
	} {
		if err := deleteAll(ctx, client, gvr, namespace); err != nil {
			return err
		}
	}
	return nil
}

// emptyKubeSystem deletes the objects in kube-system that neither Kubernetes nor Seed creates.
func emptyKubeSystem(ctx context.Context, client dynamic.Interface) error {
	for _, gvr := range []schema.GroupVersionResource{
		resourceV1("", "pods"), resourceV1("", "services"), resourceV1(
			"", "persistentvolumeclaims",
		), resourceV1("apps", "statefulsets"),
		resourceV1("networking.k8s.io", "ingresses"), resourceV1(
			"networking.k8s.io", "networkpolicies",
		), resourceV1("policy", "poddisruptionbudgets"),
	} {
		if err := deleteAll(ctx, client, gvr, "kube-system"); err != nil {
			return err
		}
	}
	return nil
}

// deleteAll deletes all objects of a resource in a namespace, or in the cluster, and removes their finalizers.
func deleteAll(ctx context.Context, client dynamic.Interface, gvr schema.GroupVersionResource, namespace string) error {
	list, err := resourceClient(client, gvr, namespace).List(ctx, metav1.ListOptions{})
	if err != nil {
		return fmt.Errorf("reset %s: %w", gvr.Resource, err)
	}
	gracePeriod := int64(0)
	for _, item := range list.Items {
		if gvr.Resource == "services" && item.GetName() == "kubernetes" {
			continue
		}
		if err := resourceClient(client, gvr, namespace).Delete(
			ctx, item.GetName(), metav1.DeleteOptions{GracePeriodSeconds: &gracePeriod},
		); err != nil && !apierrors.IsNotFound(err) {
			return fmt.Errorf("reset %s %s: %w", gvr.Resource, item.GetName(), err)
		}
		// The API server adds a finalizer to each PersistentVolumeClaim. An object without finalizers is deleted by
		// now.
		_, err := resourceClient(client, gvr, namespace).Patch(
			ctx, item.GetName(), types.MergePatchType, []byte(
				`{"metadata":{"finalizers":null}}`,
			), metav1.PatchOptions{},
		)
		if err != nil && !apierrors.IsNotFound(err) && gvr.Resource != "customresourcedefinitions" {
			return fmt.Errorf("reset %s %s: %w", gvr.Resource, item.GetName(), err)
		}
	}
	return nil
}

// deleteNamespace deletes an empty namespace and finalizes it, which the namespace controller does in a real cluster.
func deleteNamespace(ctx context.Context, client dynamic.Interface, name string) error {
	namespaces := client.Resource(resourceV1("", "namespaces"))
	if err := namespaces.Delete(
		ctx, name, metav1.DeleteOptions{},
	); err != nil && !apierrors.IsNotFound(err) && !apierrors.IsConflict(err) {
		return fmt.Errorf("reset namespace %s: %w", name, err)
	}
	current, err := namespaces.Get(ctx, name, metav1.GetOptions{})
	if apierrors.IsNotFound(err) {
		return nil
	}
	if err != nil {
		return err
	}
	unstructured.RemoveNestedField(current.Object, "spec", "finalizers")
	_, err = namespaces.Update(ctx, current, metav1.UpdateOptions{}, "finalize")
	if err != nil && !apierrors.IsNotFound(err) {
		return fmt.Errorf("finalize namespace %s: %w", name, err)
	}
	return nil
}

// namespaceRetry is the pause before the namespace controller tries again after a failure.
const namespaceRetry = 200 * time.Millisecond

// runNamespaceController replaces the namespace controller until the context ends. Without it a deleted namespace would
// never disappear, and could not be created again.
func (s *Server) runNamespaceController(ctx context.Context) {
	client, err := s.adminClient()
	if err != nil {
		return // cannot happen: other clients have used the same configuration
	}
	for {
		s.finalizeWatchedNamespaces(ctx, client)
		select {
		case <-ctx.Done():
			return
		case <-time.After(namespaceRetry):
		}
	}
}

// finalizeWatchedNamespaces finalizes namespaces that are deleted until the watch ends or a namespace cannot be
// finalized. A new watch begins with all namespaces, so that it misses none.
func (s *Server) finalizeWatchedNamespaces(ctx context.Context, client dynamic.Interface) {
	watched, err := client.Resource(resourceV1("", "namespaces")).Watch(ctx, metav1.ListOptions{})
	if err != nil {
		return
	}
	defer watched.Stop()
	for event := range watched.ResultChan() {
		namespace, ok := event.Object.(*unstructured.Unstructured)
		if !ok || event.Type == watch.Deleted || namespace.GetDeletionTimestamp() == nil {
			continue
		}
		if s.finalizeDeletedNamespaces(ctx, client) != nil {
			return
		}
	}
}

// finalizeDeletedNamespaces finalizes the namespaces that are being deleted.
func (s *Server) finalizeDeletedNamespaces(ctx context.Context, client dynamic.Interface) error {
	s.namespaceMu.Lock()
	defer s.namespaceMu.Unlock()
	list, err := client.Resource(resourceV1("", "namespaces")).List(ctx, metav1.ListOptions{})
	if err != nil {
		return err
	}
	for _, namespace := range list.Items {
		if namespace.GetDeletionTimestamp() == nil {
			continue
		}
		if err := emptyNamespace(ctx, client, namespace.GetName()); err != nil {
			return err
		}
		if err := deleteNamespace(ctx, client, namespace.GetName()); err != nil {
			return err
		}
	}
	return nil
}
