package kubernetes

import (
	"context"

	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/terraform-srm/terraform-provider-srm/internal/kubernetes/guardrails"
)

// Remove deletes the policies. It also deletes the class and the Secrets if no volume needs them. Otherwise it keeps
// them and returns the volumes. It deletes the namespace if this provider created it and it is empty. The returned
// notes are sentences about default classes that could not be restored.
func (c *Client) Remove(ctx context.Context, s guardrails.Settings) ([]Volume, []string, error) {
	objects := s.Objects()
	for _, kind := range []string{guardrails.KindBinding, guardrails.KindPolicy} {
		for _, object := range objects {
			if object.Kind != kind {
				continue
			}
			if err := c.remove(ctx, resourceForKind(kind), "", object.Name, ""); err != nil {
				return nil, nil, err
			}
		}
	}
	if err := c.removeLookupData(ctx, s); err != nil {
		return nil, nil, err
	}
	notes := []string{}
	if s.VolumeSnapshots != nil {
		found, err := c.removeSnapshotClasses(ctx, "")
		if err != nil {
			return nil, nil, err
		}
		notes = append(notes, found...)
	}
	kept, err := c.Volumes(ctx, s)
	if err != nil || len(kept) > 0 {
		return kept, notes, err
	}
	restored, err := c.restoreDefaultClasses(ctx, storageClassKind())
	if err != nil {
		return nil, nil, err
	}
	notes = append(notes, restored...)
	if err := c.removeClasses(ctx, storageClasses, ""); err != nil {
		return nil, nil, err
	}
	// A claim may have been provisioned in the meantime. If not, no volume references a Secret.
	if kept, err = c.Volumes(ctx, s); err != nil || len(kept) > 0 {
		return kept, notes, err
	}
	items, err := c.list(ctx, secrets, s.Namespace)
	if err != nil {
		return nil, nil, err
	}
	for _, secret := range items {
		name := secret.GetName()
		if !guardrails.IsSecret(name) || secret.GetLabels()[guardrails.LabelManagedBy] != guardrails.FieldManager {
			continue
		}
		if err := c.remove(ctx, secrets, s.Namespace, name, secret.GetUID()); err != nil {
			return nil, nil, err
		}
	}
	return nil, notes, c.removeIsolation(ctx, s)
}

// isNamespaceEmpty reports whether a namespace has no objects of the kinds that users usually create.
func (c *Client) isNamespaceEmpty(ctx context.Context, name string) (bool, error) {
	for _, resource := range []schema.GroupVersionResource{
		secrets, configMaps, claims, {Version: "v1", Resource: "pods"},
		{Version: "v1", Resource: "services"}, {Group: "apps", Version: "v1", Resource: "deployments"},
		{
			Group: "apps", Version: "v1", Resource: "statefulsets",
		}, {
			Group: "apps", Version: "v1", Resource: "daemonsets",
		}, {Group: "batch", Version: "v1", Resource: "cronjobs"},
	} {
		items, err := c.list(ctx, resource, name)
		if err != nil {
			return false, err
		}
		for _, item := range items {
			if item.GetName() != "kube-root-ca.crt" { // Kubernetes creates it in every namespace
				return false, nil
			}
		}
	}
	return true, nil
}

// removeClasses deletes the classes that this provider created: the current one and those with former names. It keeps
// the class with the name keep.
func (c *Client) removeClasses(ctx context.Context, resource schema.GroupVersionResource, keep string) error {
	items, err := c.list(ctx, resource, "")
	if err != nil {
		return err
	}
	for _, class := range items {
		if class.GetLabels()[guardrails.LabelManagedBy] != guardrails.FieldManager || class.GetName() == keep {
			continue
		}
		if err := c.remove(ctx, resource, "", class.GetName(), class.GetUID()); err != nil {
			return err
		}
	}
	return nil
}

// RemoveOldClass deletes a class with a former name of the guardrails' class. It keeps the class if a volume needs it
// for expansion or a claim of it is pending. It reports whether the class is deleted.
func (c *Client) RemoveOldClass(ctx context.Context, name string) (bool, error) {
	items, err := c.list(ctx, volumes, "")
	if err != nil {
		return false, err
	}
	for i := range items {
		if storageClassName(&items[i]) == name {
			return false, nil
		}
	}
	pending, err := c.PendingClaims(ctx, guardrails.Settings{ClassName: name})
	if err != nil || len(pending) > 0 {
		return false, err
	}
	return true, c.remove(ctx, storageClasses, "", name, "")
}
