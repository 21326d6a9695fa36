package kubernetes

import (
	"context"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/terraform-srm/terraform-provider-srm/internal/kubernetes/addons"
)

// InspectAddons finds changes to the add-ons that Scaleway installs in the cluster, and workloads that can change its
// nodes. It only reads, of ConfigMaps only the metadata: four requests, and one more for each further 500 objects of a
// kind.
func (c *Client) InspectAddons(ctx context.Context) (addons.Result, error) {
	objects := map[string][]unstructured.Unstructured{}
	for _, plural := range []string{"deployments", "daemonsets", "statefulsets"} {
		resource := schema.GroupVersionResource{Group: "apps", Version: "v1", Resource: plural}
		items, err := c.list(ctx, resource, "")
		if err != nil {
			return addons.Result{}, err
		}
		objects[plural] = items
	}
	err := c.listMetadata(ctx, configMaps, addons.Namespace, func(o *metav1.PartialObjectMetadata) {
		object := unstructured.Unstructured{}
		object.SetNamespace(o.Namespace)
		object.SetName(o.Name)
		object.SetLabels(o.Labels)
		object.SetManagedFields(o.ManagedFields)
		objects[configMaps.Resource] = append(objects[configMaps.Resource], object)
	})
	if err != nil {
		return addons.Result{}, err
	}
	return addons.Inspect(objects), nil
}
