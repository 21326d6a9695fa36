package clusteraccess

import (
	"context"

	"github.com/scaleway/scaleway-sdk-go/scw"

	"github.com/terraform-srm/terraform-provider-srm/internal/compliance"
	"github.com/terraform-srm/terraform-provider-srm/internal/kubernetes"
	"github.com/terraform-srm/terraform-provider-srm/internal/tfkit"
)

// unreachableError is returned if an earlier request of this process could not connect to the API server of the
// cluster.
type unreachableError struct{}

func (unreachableError) Error() string {
	return "the API server of the cluster does not respond: an earlier request of this process timed out"
}

// Hint returns the next step.
func (unreachableError) Hint() string {
	return "Add the address of this machine to `allowed_ip_ranges` of the cluster, or reach the API server another " +
		"way, with `endpoint` or `host` in the provider's `kubernetes` block."
}

// readCluster reads objects from the API server of a cluster within the time of patience. After a failed connection it
// returns an error for that cluster at once, for the rest of the process. It calls an API server that answered with an
// error again.
func readCluster[T any](
	ctx context.Context, p *tfkit.Provider, region scw.Region, clusterID string, read func(
		context.Context, *kubernetes.Client,
	) (T, error),
) (found T, err error) {
	if p.UnreachableClusters.Has(clusterID) {
		return found, unreachableError{}
	}
	client, err := Connect(ctx, p, region, clusterID)
	if err != nil {
		return found, err
	}
	ctx, cancel := context.WithTimeout(ctx, readTimeout)
	defer cancel()
	found, err = read(ctx, client)
	if kubernetes.IsUnreachable(err) {
		p.UnreachableClusters.Add(clusterID)
	}
	return found, err
}

// MissingGuardrails returns the names of the guardrails objects that are missing in a cluster in fr-par.
func MissingGuardrails(ctx context.Context, p *tfkit.Provider, clusterID string) ([]string, error) {
	return readCluster(ctx, p, scw.Region(compliance.Region), clusterID, func(
		ctx context.Context, client *kubernetes.Client,
	) ([]string, error) {
		return client.MissingGuardrails(ctx)
	})
}
