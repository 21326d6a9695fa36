package clusteraccess

import (
	"context"

	"github.com/scaleway/scaleway-sdk-go/scw"

	"github.com/terraform-srm/terraform-provider-srm/internal/kubernetes"
	"github.com/terraform-srm/terraform-provider-srm/internal/tfkit"
)

// ReadStorage lists the volumes and snapshots of a cluster from its Kubernetes API.
func ReadStorage(
	ctx context.Context, p *tfkit.Provider, region scw.Region, clusterID string,
) (kubernetes.Storage, error) {
	return readCluster(ctx, p, region, clusterID, func(
		ctx context.Context, client *kubernetes.Client,
	) (kubernetes.Storage, error) {
		return client.Storage(ctx)
	})
}
