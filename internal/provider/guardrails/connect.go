package guardrails

import (
	"context"
	"strings"

	"github.com/scaleway/scaleway-sdk-go/api/k8s/v1"
	"github.com/scaleway/scaleway-sdk-go/scw"

	"github.com/terraform-srm/terraform-provider-srm/internal/kubernetes"
	"github.com/terraform-srm/terraform-provider-srm/internal/scaleway"
	"github.com/terraform-srm/terraform-provider-srm/internal/tfkit/clusteraccess"
)

// connect returns a client of the cluster's API server.
func (r *guardrailsResource) connect(ctx context.Context, clusterID string) (*kubernetes.Client, error) {
	return clusteraccess.Connect(ctx, r.provider, scw.RegionFrPar, clusterID)
}

// isClusterDeleted reports whether the cluster of the guardrails does not exist or is being deleted. The guardrails are
// deleted with it.
func (r *guardrailsResource) isClusterDeleted(ctx context.Context, clusterID string) bool {
	cluster, err := r.provider.API.Cluster(ctx, scw.RegionFrPar, clusterID)
	if err != nil {
		return scaleway.IsNotFound(err)
	}
	return cluster.Status == k8s.ClusterStatusDeleting || cluster.Status == k8s.ClusterStatusDeleted
}

// destroyFix returns the steps that continue a destroy when the provider cannot delete the guardrails in the cluster,
// so that they do not block the destroy of the cluster. A provider cannot determine the address of its resource:
// "example" is a placeholder.
func destroyFix(err error, id string) string {
	first := "Solve the problem above, then destroy again."
	if clusteraccess.IsUnreachable(err) {
		first = "Allow this machine: add its address to allowed_ip_ranges of the cluster, apply, then destroy again."
	}
	return strings.Join([]string{
		"do one of the following:",
		"1. " + first,
		"2. Remove the guardrails from the state, then destroy again. The destroy of the cluster deletes them.",
		"",
		"    terraform state rm srm_hds_guardrails.example",
		"",
		"Without access to the state, replace the resource block with the block below, replace references to the " +
			"resource with its id (" + id + "), and run `terraform apply -target=srm_hds_guardrails.example`, which " +
			"creates nothing. Then destroy again:",
		"",
		removedBlock(),
		"",
		"Replace example with the name of the resource, and terraform with tofu if you use OpenTofu.",
	}, "\n")
}

// removedBlock returns a block that removes guardrails from a state and leaves them in the cluster.
func removedBlock() string {
	return strings.Join([]string{
		"    removed {",
		"      from = srm_hds_guardrails.example",
		"",
		"      lifecycle {",
		"        destroy = false",
		"      }",
		"    }",
	}, "\n")
}
