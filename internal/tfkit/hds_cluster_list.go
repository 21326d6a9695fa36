package tfkit

import (
	"slices"
	"strconv"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/scaleway/scaleway-sdk-go/api/k8s/v1"
	"github.com/scaleway/scaleway-sdk-go/validation"

	"github.com/terraform-srm/terraform-provider-srm/internal/compliance"
)

// ProjectIDValidator returns a validator of the id of a Project, which has no region.
func ProjectIDValidator() validator.String {
	return StringValidator("The value must be a UUID.", func(id string) error {
		if validation.IsUUID(id) {
			return nil
		}
		return &compliance.Problem{Summary: "The id of the Project is malformed", Found: strconv.Quote(id),
			Allowed: "a UUID, such as 00112233-4455-4677-8899-aabbccddeeff", Fix: "Copy it from the Project's " +
				"settings in the Scaleway console."}
	})
}

// IsImportableHDSCluster reports whether srm_hds_cluster can import a cluster: CheckHDSCluster accepts it, and it is
// not being deleted.
func IsImportableHDSCluster(cluster *k8s.Cluster) bool {
	var problems diag.Diagnostics
	CheckHDSCluster(cluster, NewApplyReporter(&problems))
	return !problems.HasError() && cluster.Status != k8s.ClusterStatusDeleting &&
		cluster.Status != k8s.ClusterStatusDeleted
}

// ContainsAll reports whether tags contains all wanted tags.
func ContainsAll(tags, wanted []string) bool {
	return !slices.ContainsFunc(wanted, func(tag string) bool { return !slices.Contains(tags, tag) })
}
