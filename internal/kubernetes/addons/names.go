package addons

import "k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

// HasOwnName reports whether a name in a namespace is one that only an add-on of Scaleway has.
func HasOwnName(namespace, name string) bool {
	object := &unstructured.Unstructured{}
	object.SetNamespace(namespace)
	object.SetName(name)
	c, ok := findComponent(object)
	return ok && !c.sharedName
}
