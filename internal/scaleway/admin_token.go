package scaleway

import (
	"context"

	"github.com/scaleway/scaleway-sdk-go/api/k8s/v1"
	"github.com/scaleway/scaleway-sdk-go/scw"
)

// ResetAdminToken replaces the legacy admin token of a cluster, which revokes the old one. It neither returns nor reads
// the new token. It retries while the API rejects the request because the cluster is in a transient state. Source: POST
// …/clusters/{id}/reset-admin-token.
func (c *Client) ResetAdminToken(ctx context.Context, region scw.Region, id string) error {
	_, err := retryWhileTransient(ctx, c, func(ctx context.Context) (struct{}, error) {
		ctx, call := startCall(ctx, "reset the admin token of", "cluster", id, region)
		return struct{}{}, call.wrapError(
			c.k8s.ResetClusterAdminToken(
				&k8s.ResetClusterAdminTokenRequest{Region: region, ClusterID: id}, scw.WithContext(ctx),
			),
		)
	})
	return err
}
