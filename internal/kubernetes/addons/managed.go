package addons

import "k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

// IsManaged reports whether an object is an add-on that Scaleway installs, judged by its namespace and name. If drivers
// of customers have such names, too, an object whose fields only user tools have set does not count.
func IsManaged(object *unstructured.Unstructured) bool {
	c, ok := findComponent(object)
	if !ok {
		return false
	}
	hasUser, hasOther := false, false
	for _, entry := range object.GetManagedFields() {
		switch {
		case len(ownedPaths(entry)) == 0 || isKubernetesController(entry.Manager):
		case isUserTool(entry.Manager):
			hasUser = true
		default:
			hasOther = true
		}
	}
	return !c.sharedName || hasOther || !hasUser
}
