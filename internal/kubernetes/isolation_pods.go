package kubernetes

import (
	"context"
	"slices"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/terraform-srm/terraform-provider-srm/internal/kubernetes/guardrails"
)

// PodsAffectedByIsolation lists the running pods in the namespace of the guardrails as "namespace/name" if this
// provider did not create the namespace. The NetworkPolicy denies their traffic. It returns nil if the API key is not
// allowed to read them.
func (c *Client) PodsAffectedByIsolation(ctx context.Context, s guardrails.Settings) ([]string, error) {
	namespace, err := c.get(ctx, namespaces, "", s.Namespace)
	if Is(err, Forbidden) {
		return nil, nil
	}
	if err != nil || namespace == nil || isManaged(namespace) {
		return nil, err
	}
	items, err := c.list(ctx, pods, s.Namespace)
	if Is(err, Forbidden) {
		return nil, nil
	}
	names := []string{}
	for _, item := range items {
		phase, _, _ := unstructured.NestedString(item.Object, "status", "phase")
		if !slices.Contains([]string{"Succeeded", "Failed"}, phase) {
			names = append(names, item.GetNamespace()+"/"+item.GetName())
		}
	}
	return names, err
}
