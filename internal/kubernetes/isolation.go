package kubernetes

import (
	"context"
	"fmt"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/terraform-srm/terraform-provider-srm/internal/kubernetes/guardrails"
)

var networkPolicies = schema.GroupVersionResource{ //nolint:gochecknoglobals // a constant
	Group: "networking.k8s.io", Version: "v1", Resource: "networkpolicies",
}

// ensureIsolation creates or updates the namespace of the guardrails and its NetworkPolicy. planned is as in Apply.
func (c *Client) ensureIsolation(ctx context.Context, s guardrails.Settings, planned []Difference) error {
	namespace, err := c.ensureNamespace(ctx, s)
	if err != nil {
		return err
	}
	if err := c.ensure(ctx, s.NamespaceObject(isManaged(namespace)), planned); err != nil {
		return err
	}
	return c.ensure(ctx, s.NetworkPolicyObject(), planned)
}

// isManaged reports whether this provider created an object.
func isManaged(object *unstructured.Unstructured) bool {
	return object.GetLabels()[guardrails.LabelManagedBy] == guardrails.FieldManager
}

// ensureNamespace returns the namespace of the guardrails, and creates it if it does not exist.
func (c *Client) ensureNamespace(ctx context.Context, s guardrails.Settings) (*unstructured.Unstructured, error) {
	for pause := c.Interval; ; pause = min(pause+pause/2, time.Second) {
		found, err := c.get(ctx, namespaces, "", s.Namespace)
		if err != nil || found != nil && found.GetDeletionTimestamp() == nil {
			return found, err
		}
		if found == nil {
			break
		}
		// A namespace that is being deleted, as in a replacement, accepts no new objects.
		if err := sleep(ctx, pause); err != nil {
			return nil, fmt.Errorf("the namespace %s is still being deleted: %w", s.Namespace, err)
		}
	}
	return c.apply(ctx, namespaces, &unstructured.Unstructured{Object: s.NamespaceObject(true).Content}, false)
}

// inspectIsolation adds the differences of the namespace and its NetworkPolicy.
func (c *Client) inspectIsolation(ctx context.Context, s guardrails.Settings, status *GuardrailStatus) error {
	for _, wanted := range s.IsolationObjects() {
		found, err := c.get(ctx, resourceForKind(wanted.Kind), wanted.Namespace(), wanted.Name)
		if Is(err, Forbidden) {
			continue // an API key with read-only permissions is not allowed to read it
		}
		if err != nil {
			return err
		}
		status.Differences = append(status.Differences, diffObject(wanted, found)...)
	}
	return nil
}

// removeIsolation deletes the NetworkPolicy. It deletes the namespace if this provider created it and it is empty.
// Otherwise it removes the labels that Apply added.
func (c *Client) removeIsolation(ctx context.Context, s guardrails.Settings) error {
	policy := s.NetworkPolicyObject()
	if err := c.remove(ctx, networkPolicies, policy.Namespace(), policy.Name, ""); err != nil {
		return err
	}
	namespace, err := c.get(ctx, namespaces, "", s.Namespace)
	if err != nil || namespace == nil || namespace.GetDeletionTimestamp() != nil {
		return err
	}
	// With the UID, the apply does not recreate a namespace that is deleted in the meantime.
	metadata := map[string]any{"name": s.Namespace, "uid": string(namespace.GetUID())}
	if isManaged(namespace) {
		empty, err := c.isNamespaceEmpty(ctx, s.Namespace)
		if err != nil {
			return err
		}
		if empty {
			return c.remove(ctx, namespaces, "", s.Namespace, namespace.GetUID())
		}
		metadata["labels"] = map[string]any{guardrails.LabelManagedBy: guardrails.FieldManager}
	}
	content := map[string]any{"apiVersion": "v1", "kind": guardrails.KindNamespace, "metadata": metadata}
	_, err = c.apply(ctx, namespaces, &unstructured.Unstructured{Object: content}, false)
	return err
}

// Namespaces lists the names of the namespaces of a cluster.
func (c *Client) Namespaces(ctx context.Context) ([]string, error) {
	items, err := c.list(ctx, namespaces, "")
	names := []string{}
	for _, item := range items {
		names = append(names, item.GetName())
	}
	return names, err
}
