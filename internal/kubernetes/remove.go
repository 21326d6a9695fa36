package kubernetes

import (
	"context"

	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/terraform-srm/terraform-provider-srm/internal/kubernetes/guardrails"
)

// Remove takes the policies away. The class and the Secrets go with them where no volume needs them; otherwise they
// stay, and the volumes are returned. The namespace goes where this provider made it and nothing else is in it. It also
// returns what could not be done of the default class, as sentences.
func (c *Client) Remove(ctx context.Context, s guardrails.Settings) ([]Volume, []string, error) {
	objects := s.Objects()
	for _, kind := range []string{guardrails.KindBinding, guardrails.KindPolicy} {
		for _, object := range objects {
			if object.Kind != kind {
				continue
			}
			if err := c.remove(ctx, resourceOf(kind), "", object.Name, ""); err != nil {
				return nil, nil, err
			}
		}
	}
	if err := c.removeKnown(ctx, s); err != nil {
		return nil, nil, err
	}
	kept, err := c.Volumes(ctx, s)
	if err != nil || len(kept) > 0 {
		return kept, nil, err
	}
	notes, err := c.restoreDefault(ctx)
	if err != nil {
		return nil, nil, err
	}
	if err := c.removeClasses(ctx); err != nil {
		return nil, nil, err
	}
	// A claim may have been provisioned in between. Where none was, no volume references a Secret.
	if kept, err = c.Volumes(ctx, s); err != nil || len(kept) > 0 {
		return kept, notes, err
	}
	held, err := c.list(ctx, secrets, s.Namespace)
	if err != nil {
		return nil, nil, err
	}
	for _, secret := range held {
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

// isEmpty says whether nothing of what people put into a namespace is in it.
func (c *Client) isEmpty(ctx context.Context, name string) (bool, error) {
	for _, resource := range []schema.GroupVersionResource{
		secrets, configMaps, claims, {Version: "v1", Resource: "pods"},
		{Version: "v1", Resource: "services"}, {Group: "apps", Version: "v1", Resource: "deployments"},
		{
			Group: "apps", Version: "v1", Resource: "statefulsets",
		}, {Group: "apps", Version: "v1", Resource: "daemonsets"}, {Group: "batch", Version: "v1", Resource: "cronjobs"},
	} {
		items, err := c.list(ctx, resource, name)
		if err != nil {
			return false, err
		}
		for _, item := range items {
			if item.GetName() != "kube-root-ca.crt" { // Kubernetes puts it into every namespace
				return false, nil
			}
		}
	}
	return true, nil
}

// removeClasses removes the classes that this provider made: that of the settings, and those that were renamed.
func (c *Client) removeClasses(ctx context.Context) error {
	items, err := c.list(ctx, storageClasses, "")
	if err != nil {
		return err
	}
	for _, class := range items {
		if class.GetLabels()[guardrails.LabelManagedBy] != guardrails.FieldManager {
			continue
		}
		if err := c.remove(ctx, storageClasses, "", class.GetName(), class.GetUID()); err != nil {
			return err
		}
	}
	return nil
}

// RemoveOldClass removes a class that the guardrails had under another name, unless a volume is of it, which may be
// expanded, or a claim of it waits for a volume. It says whether the class is gone.
func (c *Client) RemoveOldClass(ctx context.Context, name string) (bool, error) {
	items, err := c.list(ctx, volumes, "")
	if err != nil {
		return false, err
	}
	for i := range items {
		if classOf(&items[i]) == name {
			return false, nil
		}
	}
	waiting, err := c.WaitingClaims(ctx, guardrails.Settings{ClassName: name})
	if err != nil || len(waiting) > 0 {
		return false, err
	}
	return true, c.remove(ctx, storageClasses, "", name, "")
}
