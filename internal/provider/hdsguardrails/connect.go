package hdsguardrails

import (
	"context"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/scaleway/scaleway-sdk-go/api/k8s/v1"
	"github.com/scaleway/scaleway-sdk-go/scw"

	"github.com/terraform-srm/terraform-provider-srm/internal/kubernetes"
	"github.com/terraform-srm/terraform-provider-srm/internal/kubernetes/guardrails"
	"github.com/terraform-srm/terraform-provider-srm/internal/scaleway"
	"github.com/terraform-srm/terraform-provider-srm/internal/tfkit/clusteraccess"
)

// connect is a client of the cluster's API server.
func (r *guardrailsResource) connect(ctx context.Context, clusterID string) (*kubernetes.Client, error) {
	return clusteraccess.Connect(ctx, r.provider, scw.RegionFrPar, clusterID)
}

// isGone says whether the cluster of the guardrails does not exist any more, or is being deleted: they go with it.
func (r *guardrailsResource) isGone(ctx context.Context, clusterID string) bool {
	cluster, err := r.provider.API.Cluster(ctx, scw.RegionFrPar, clusterID)
	if err != nil {
		return scaleway.IsNotFound(err)
	}
	return cluster.Status == k8s.ClusterStatusDeleting || cluster.Status == k8s.ClusterStatusDeleted
}

// waysOn says how a destroy goes on where the guardrails cannot be removed from inside the cluster, so that they do
// not keep the cluster from being destroyed. A provider does not know the address of its resource: "example" stands
// for the name.
func waysOn(err error, id string) string {
	first := "Make the request above possible, then destroy again."
	if clusteraccess.Unreachable(err) {
		first = "Let this machine in: add its address to allowed_ip_ranges of the cluster, apply, then destroy again."
	}
	return strings.Join([]string{
		"Fix, one of:",
		"1. " + first,
		"2. Leave the guardrails inside the cluster, whose destroy takes them along: remove them from the state, then " +
			"destroy again.",
		"",
		"    terraform state rm srm_hds_guardrails.example",
		"",
		"Without access to the state, put this in place of the resource block, write the id in place of references to it " +
			"(" + id + "), and run `terraform apply -target=srm_hds_guardrails.example`, which creates nothing, then " +
			"destroy again:",
		"",
		removedBlock(),
		"",
		"Write the name of the resource in place of example, and tofu in place of terraform where you use OpenTofu.",
	}, "\n")
}

// removedBlock removes guardrails from a state and leaves them in the cluster.
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

// fingerprintsKey is the private key under which the fingerprints of the passphrases are kept.
const fingerprintsKey = "fingerprints"

// fingerprints are those that are kept, or new ones where none are.
func fingerprints(ctx context.Context, private privateReader, diags *diag.Diagnostics) guardrails.Fingerprints {
	var kept guardrails.Fingerprints
	if readPrivate(ctx, private, fingerprintsKey, &kept, diags) && kept.Of == nil && !diags.HasError() {
		addDamaged(fingerprintsKey, diags)
	}
	if kept.Of == nil {
		return guardrails.NewFingerprints()
	}
	return kept
}
