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
	"k8s.io/client-go/dynamic"
)

// Reset removes what a test may have left: policies first, so that they refuse nothing of the rest, then what is in the
// cluster's scope, then every namespace but Kubernetes' own, of which kube-system keeps what Kubernetes and Seed put
// there. No controller runs: what has finalizers loses them here.
func (s *Server) Reset(ctx context.Context) error {
	s.emptying.Lock()
	defer s.emptying.Unlock()
	client, err := s.client()
	if err != nil {
		return err
	}
	for _, of := range []schema.GroupVersionResource{
		resource("admissionregistration.k8s.io", "validatingadmissionpolicybindings"),
		resource("admissionregistration.k8s.io", "validatingadmissionpolicies"),
		resource("apiextensions.k8s.io", "customresourcedefinitions"),
		resource("storage.k8s.io", "storageclasses"),
		resource("", "persistentvolumes"),
	} {
		if err := removeAll(ctx, client, of, ""); err != nil {
			return err
		}
	}
	if err := outOfForce(ctx, client); err != nil {
		return err
	}
	namespaces, err := client.Resource(resource("", "namespaces")).List(ctx, metav1.ListOptions{})
	if err != nil {
		return err
	}
	for _, namespace := range namespaces.Items {
		name := namespace.GetName()
		if name == "kube-system" {
			if err := emptySystem(ctx, client); err != nil {
				return err
			}
		}
		if slices.Contains([]string{"kube-system", "kube-public", "kube-node-lease"}, name) {
			continue
		}
		if err := empty(ctx, client, name); err != nil {
			return err
		}
		if name == "default" {
			continue
		}
		if err := removeNamespace(ctx, client, name); err != nil {
			return err
		}
	}
	return nil
}

// outOfForce waits until policies that are deleted refuse nothing any more, which takes a moment: a plaintext class is
// what the guardrails refuse.
func outOfForce(ctx context.Context, client dynamic.Interface) error {
	class := &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": "storage.k8s.io/v1", "kind": "StorageClass", "metadata": map[string]any{"name": "srm-encrypted"},
		"provisioner": "csi.scaleway.com",
	}}
	ticker := time.NewTicker(50 * time.Millisecond)
	defer ticker.Stop()
	for {
		_, err := client.Resource(resource("storage.k8s.io", "storageclasses")).Create(
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

// empty removes what a namespace holds.
func empty(ctx context.Context, client dynamic.Interface, namespace string) error {
	for _, of := range []schema.GroupVersionResource{
		resource("", "secrets"), resource("", "configmaps"), resource("", "pods"), resource("", "persistentvolumeclaims"),
		resource("", "services"), resource("rbac.authorization.k8s.io", "roles"), resource(
			"rbac.authorization.k8s.io", "rolebindings",
		), resource("networking.k8s.io", "ingresses"),
		resource("networking.k8s.io", "networkpolicies"), resource("apps", "deployments"), resource("apps", "statefulsets"),
	} {
		if err := removeAll(ctx, client, of, namespace); err != nil {
			return err
		}
	}
	return nil
}

// emptySystem removes from kube-system what neither Kubernetes nor Seed puts there.
func emptySystem(ctx context.Context, client dynamic.Interface) error {
	for _, of := range []schema.GroupVersionResource{
		resource("", "pods"), resource("", "services"), resource(
			"", "persistentvolumeclaims",
		), resource("apps", "statefulsets"),
		resource("networking.k8s.io", "ingresses"), resource(
			"networking.k8s.io", "networkpolicies",
		), resource("policy", "poddisruptionbudgets"),
	} {
		if err := removeAll(ctx, client, of, "kube-system"); err != nil {
			return err
		}
	}
	return nil
}

func removeAll(ctx context.Context, client dynamic.Interface, of schema.GroupVersionResource, namespace string) error {
	found, err := in(client, of, namespace).List(ctx, metav1.ListOptions{})
	if err != nil {
		return fmt.Errorf("reset %s: %w", of.Resource, err)
	}
	now := int64(0)
	for _, item := range found.Items {
		if of.Resource == "services" && item.GetName() == "kubernetes" {
			continue
		}
		if err := in(client, of, namespace).Delete(
			ctx, item.GetName(), metav1.DeleteOptions{GracePeriodSeconds: &now},
		); err != nil && !apierrors.IsNotFound(err) {
			return fmt.Errorf("reset %s %s: %w", of.Resource, item.GetName(), err)
		}
		// A claim gets a finalizer by itself; an object that is gone needs nothing more.
		_, err := in(client, of, namespace).Patch(
			ctx, item.GetName(), types.MergePatchType, []byte(`{"metadata":{"finalizers":null}}`), metav1.PatchOptions{},
		)
		if err != nil && !apierrors.IsNotFound(err) && of.Resource != "customresourcedefinitions" {
			return fmt.Errorf("reset %s %s: %w", of.Resource, item.GetName(), err)
		}
	}
	return nil
}

// removeNamespace does what the namespace controller would: a namespace whose content is gone is finalized.
func removeNamespace(ctx context.Context, client dynamic.Interface, name string) error {
	at := client.Resource(resource("", "namespaces"))
	if err := at.Delete(
		ctx, name, metav1.DeleteOptions{},
	); err != nil && !apierrors.IsNotFound(err) && !apierrors.IsConflict(err) {
		return fmt.Errorf("reset namespace %s: %w", name, err)
	}
	current, err := at.Get(ctx, name, metav1.GetOptions{})
	if apierrors.IsNotFound(err) {
		return nil
	}
	if err != nil {
		return err
	}
	unstructured.RemoveNestedField(current.Object, "spec", "finalizers")
	if _, err := at.Update(ctx, current, metav1.UpdateOptions{}, "finalize"); err != nil && !apierrors.IsNotFound(err) {
		return fmt.Errorf("finalize namespace %s: %w", name, err)
	}
	return nil
}

// sweepInterval is how often namespaces that are being deleted are looked for.
const sweepInterval = 200 * time.Millisecond

// sweep replaces the namespace controller until the context ends: without it a deleted namespace would stay for ever,
// and could not be made again.
func (s *Server) sweep(ctx context.Context) {
	client, err := s.client()
	if err != nil {
		return // the address has been used already
	}
	ticker := time.NewTicker(sweepInterval)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		s.removeDeleted(ctx, client)
	}
}

// removeDeleted removes the namespaces that are being deleted. What fails, the next round tries again.
func (s *Server) removeDeleted(ctx context.Context, client dynamic.Interface) {
	s.emptying.Lock()
	defer s.emptying.Unlock()
	found, err := client.Resource(resource("", "namespaces")).List(ctx, metav1.ListOptions{})
	if err != nil {
		return
	}
	for _, namespace := range found.Items {
		if namespace.GetDeletionTimestamp() != nil && empty(ctx, client, namespace.GetName()) == nil {
			_ = removeNamespace(ctx, client, namespace.GetName())
		}
	}
}
