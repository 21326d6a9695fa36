package inventory

import "github.com/terraform-srm/terraform-provider-srm/internal/assessment"

// Outside are resources outside the cluster that it uses, or that belong to its Project.
type Outside struct {
	Resources []ResourceList `json:"resources"` // One list for each kind, in the order of a report.
}

// ResourceList is the list of the resources of a kind.
type ResourceList struct {
	Kind string `json:"kind"` // "load_balancer".
	assessment.Collection[Resource]
}

// Resource is a resource outside the cluster.
type Resource struct {
	ID       string `json:"id"`
	Name     string `json:"name,omitempty"`
	Locality string `json:"locality,omitempty"` // Region or zone.
	// UsedBy is the object of the cluster that uses it: "Service/shop/web". Empty: none is known to.
	UsedBy string `json:"used_by,omitempty"`
	Detail string `json:"detail,omitempty"`
}
