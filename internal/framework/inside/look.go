package inside

import (
	"context"

	"github.com/scaleway/scaleway-sdk-go/scw"

	"github.com/terraform-srm/terraform-provider-srm/internal/compliance"
	"github.com/terraform-srm/terraform-provider-srm/internal/framework"
	"github.com/terraform-srm/terraform-provider-srm/internal/kubernetes"
)

// look calls the API server of a cluster for at most patience. A cluster whose API server does not answer is waited for
// once in a process.
func look[T any](
	ctx context.Context, p *framework.Provider, region scw.Region, clusterID string, read func(context.Context, *kubernetes.Client) (T, error),
) (found T, err error) {
	if p.Silent.Has(clusterID) {
		return found, errSilent
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	client, err := Connect(ctx, p, region, clusterID)
	if err != nil {
		return found, err
	}
	found, err = read(ctx, client)
	if kubernetes.IsUnreachable(err) {
		p.Silent.Add(clusterID)
	}
	return found, err
}

// MissingGuardrails names the objects of the guardrails that are absent from a cluster of fr-par.
func MissingGuardrails(ctx context.Context, p *framework.Provider, clusterID string) ([]string, error) {
	return look(ctx, p, scw.Region(compliance.Region), clusterID, func(ctx context.Context, client *kubernetes.Client) ([]string, error) {
		return client.MissingGuardrails(ctx)
	})
}
