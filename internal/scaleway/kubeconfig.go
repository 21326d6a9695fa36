package scaleway

import (
	"context"

	"github.com/scaleway/scaleway-sdk-go/api/k8s/v1"
	"github.com/scaleway/scaleway-sdk-go/scw"
)

// Kubeconfig returns the kubeconfig of a cluster in YAML. It requests the file without the cluster's admin token. The
// server is the public address or, if vpc is set, the address on the cluster's Private Network. Source: GET
// …/clusters/{id}/kubeconfig?redacted=true.
func (c *Client) Kubeconfig(ctx context.Context, region scw.Region, id string, vpc bool) ([]byte, error) {
	endpoint := k8s.GetClusterKubeConfigRequestEndpointPublic
	if vpc {
		endpoint = k8s.GetClusterKubeConfigRequestEndpointVpc
	}
	redacted := true
	ctx, call := startCall(ctx, "read the kubeconfig of", "cluster", id, region)
	file, err := c.k8s.GetClusterKubeConfig(
		&k8s.GetClusterKubeConfigRequest{
			Region: region, ClusterID: id, Redacted: &redacted, Endpoint: endpoint,
		}, scw.WithContext(ctx),
	)
	if err != nil {
		return nil, call.wrapError(err)
	}
	return file.GetRaw(), nil
}
