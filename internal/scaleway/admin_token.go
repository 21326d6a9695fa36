package scaleway

import (
	"context"

	"github.com/scaleway/scaleway-sdk-go/api/k8s/v1"
	"github.com/scaleway/scaleway-sdk-go/scw"
)

// ResetAdminToken revokes the legacy admin token of a cluster, in favour of a new one, which is not answered here and
// not asked for. It waits while the API refuses for a transient state. Source: POST …/clusters/{id}/reset-admin-token.
func (c *Client) ResetAdminToken(ctx context.Context, region scw.Region, id string) error {
	_, err := retryWhileTransient(ctx, c, func(ctx context.Context) (struct{}, error) {
		ctx, called := begin(ctx, "reset the admin token of", "cluster", id, region)
		return struct{}{}, called.fail(
			c.k8s.ResetClusterAdminToken(
				&k8s.ResetClusterAdminTokenRequest{Region: region, ClusterID: id}, scw.WithContext(ctx),
			),
		)
	})
	return err
}
