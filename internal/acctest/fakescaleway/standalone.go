package fakescaleway

import (
	"context"

	"github.com/hashicorp/terraform-plugin-sdk/v2/diag"
	"github.com/hashicorp/terraform-plugin-sdk/v2/helper/schema"
	"github.com/scaleway/scaleway-sdk-go/api/ipam/v1"
	"github.com/scaleway/scaleway-sdk-go/api/k8s/v1"
	"github.com/scaleway/scaleway-sdk-go/scw"
)

// Standalone returns the stand-in for a process of its own. It is configured by the variables SCW_*, and its reads send
// as many requests as those of the official provider. Source of these requests: ResourceK8SClusterRead and
// ResourceK8SPoolRead in https://github.com/scaleway/terraform-provider-scaleway, internal/services/k8s.
func Standalone() *schema.Provider {
	client, err := scw.NewClient(scw.WithEnv())
	provider := providerOf(func() (*scw.Client, error) { return client, err })
	for name, also := range map[string]func(context.Context, *schema.ResourceData, *scw.Client) error{
		"scaleway_k8s_cluster": alsoReadKubeconfig, "scaleway_k8s_pool": alsoReadNodes,
	} {
		resource := provider.ResourcesMap[name]
		read := resource.ReadContext
		resource.ReadContext = func(ctx context.Context, d *schema.ResourceData, meta any) diag.Diagnostics {
			diags := read(ctx, d, meta)
			if err != nil || diags.HasError() || d.Id() == "" {
				return append(diags, diag.FromErr(err)...)
			}
			return append(diags, diag.FromErr(also(ctx, d, client))...)
		}
	}
	return provider
}

// alsoReadKubeconfig reads the kubeconfig of a cluster.
func alsoReadKubeconfig(ctx context.Context, d *schema.ResourceData, client *scw.Client) error {
	region, id := splitID(d.Id())
	_, err := k8s.NewAPI(client).GetClusterKubeConfig(
		&k8s.GetClusterKubeConfigRequest{Region: region, ClusterID: id}, scw.WithContext(ctx),
	)
	return err
}

// alsoReadNodes reads the nodes of a pool, their cluster for its Project, and the addresses of each node.
func alsoReadNodes(ctx context.Context, d *schema.ResourceData, client *scw.Client) error {
	api := k8s.NewAPI(client)
	region, id := splitID(d.Id())
	_, clusterID := splitID(d.Get("cluster_id").(string)) //nolint:forcetypeassert // the schema says so
	nodes, err := api.ListNodes(
		&k8s.ListNodesRequest{Region: region, ClusterID: clusterID, PoolID: &id}, scw.WithContext(ctx),
		scw.WithAllPages(),
	)
	if err != nil {
		return err
	}
	cluster, err := api.GetCluster(
		&k8s.GetClusterRequest{Region: region, ClusterID: clusterID}, scw.WithContext(ctx),
	)
	if err != nil {
		return err
	}
	for _, node := range nodes.Nodes {
		_, err := ipam.NewAPI(client).ListIPs(
			&ipam.ListIPsRequest{Region: region, ProjectID: &cluster.ProjectID, ResourceName: &node.Name},
			scw.WithContext(ctx), scw.WithAllPages(),
		)
		if err != nil {
			return err
		}
	}
	return nil
}
