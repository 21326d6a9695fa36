package kubernetes

import (
	"context"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/terraform-srm/terraform-provider-srm/internal/kubernetes/addons"
)

// InspectAddons finds changes to the add-ons that Scaleway installs in the cluster, and workloads that can change its
// nodes. It only reads: four requests, and one more for each further 500 objects of a kind.
func (c *Client) InspectAddons(ctx context.Context) (addons.Result, error) {
	objects := map[string][]unstructured.Unstructured{}
	for _, kind := range []struct {
		resource  schema.GroupVersionResource
		namespace string
	}{
		{schema.GroupVersionResource{Group: "apps", Version: "v1", Resource: "deployments"}, ""},
		{schema.GroupVersionResource{Group: "apps", Version: "v1", Resource: "daemonsets"}, ""},
		{schema.GroupVersionResource{Group: "apps", Version: "v1", Resource: "statefulsets"}, ""},
		{schema.GroupVersionResource{Version: "v1", Resource: "configmaps"}, addons.Namespace},
	} {
		items, err := c.list(ctx, kind.resource, kind.namespace)
		if err != nil {
			return addons.Result{}, err
		}
		objects[kind.resource.Resource] = items
	}
	return addons.Inspect(objects), nil
}
