package kubernetes

import (
	"context"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/terraform-srm/terraform-provider-srm/internal/kubernetes/guardrails"
)

var (
	claims       = schema.GroupVersionResource{Version: "v1", Resource: "persistentvolumeclaims"}
	configMaps   = schema.GroupVersionResource{Version: "v1", Resource: "configmaps"}
	roles        = schema.GroupVersionResource{Group: "rbac.authorization.k8s.io", Version: "v1", Resource: "roles"}
	roleBindings = schema.GroupVersionResource{Group: "rbac.authorization.k8s.io", Version: "v1", Resource: "rolebindings"}
)

// known looks up what policies need to know of a cluster.
func (c *Client) known(ctx context.Context, s guardrails.Settings) (guardrails.Known, error) {
	found := guardrails.Known{}
	items, err := c.list(ctx, claims, "")
	if err != nil {
		return found, err
	}
	for _, claim := range items {
		if isOlder(&claim, s) {
			found.Claims = append(found.Claims, string(claim.GetUID()))
		}
	}
	held, err := c.list(ctx, secrets, s.Namespace)
	if err != nil {
		return found, err
	}
	for _, secret := range held {
		if guardrails.IsSecret(secret.GetName()) {
			found.Secrets = append(found.Secrets, secret.GetName())
		}
	}
	return found, nil
}

// isOlder says whether a claim waits for a volume that the policies would refuse to a new claim.
func isOlder(claim *unstructured.Unstructured, s guardrails.Settings) bool {
	class, _, _ := unstructured.NestedString(claim.Object, "spec", "storageClassName")
	phase, _, _ := unstructured.NestedString(claim.Object, "status", "phase")
	return phase != "Bound" && phase != "Lost" && !s.IsClass(class, claim.GetAnnotations())
}

// ensureKnown writes the objects with what policies need to know.
func (c *Client) ensureKnown(ctx context.Context, s guardrails.Settings) error {
	known, err := c.known(ctx, s)
	if err != nil {
		return err
	}
	for _, wanted := range s.KnownObjects(known) {
		found, err := c.get(ctx, resourceOf(wanted.Kind), s.Namespace, wanted.Name)
		if err != nil {
			return err
		}
		if found != nil && len(differences(wanted, found)) == 0 {
			continue
		}
		if _, err := c.apply(ctx, resourceOf(wanted.Kind), &unstructured.Unstructured{Object: wanted.Content}, true); err != nil {
			return err
		}
	}
	return nil
}

// lookKnown adds such objects to the differences where they are absent. What they hold changes with the cluster, and is
// written at each apply.
func (c *Client) lookKnown(ctx context.Context, s guardrails.Settings, seen *Seen) error {
	for _, wanted := range s.KnownObjects(guardrails.Known{}) {
		found, err := c.get(ctx, resourceOf(wanted.Kind), s.Namespace, wanted.Name)
		if Is(err, Forbidden) {
			continue // an API key that may only plan may not look at it
		}
		if err != nil {
			return err
		}
		if found == nil {
			seen.Differences = append(seen.Differences, Difference{Object: wanted.Kind + "/" + wanted.Name, Found: absent})
		}
	}
	return nil
}

// removeKnown removes such objects.
func (c *Client) removeKnown(ctx context.Context, s guardrails.Settings) error {
	for _, object := range s.KnownObjects(guardrails.Known{}) {
		if err := c.remove(ctx, resourceOf(object.Kind), s.Namespace, object.Name, ""); err != nil {
			return err
		}
	}
	return nil
}
