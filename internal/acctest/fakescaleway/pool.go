package fakescaleway

import (
	"context"
	"time"

	"github.com/hashicorp/terraform-plugin-sdk/v2/helper/schema"
	"github.com/scaleway/scaleway-sdk-go/api/k8s/v1"
	"github.com/scaleway/scaleway-sdk-go/scw"
)

func poolResource() *schema.Resource {
	return &schema.Resource{
		Schema: poolSchema(), ReadContext: withAPI(readPool), CreateContext: unsupported("create pools"),
		UpdateContext: withAPI(readPool), DeleteContext: withAPI(deletePool),
		Importer: &schema.ResourceImporter{StateContext: schema.ImportStatePassthroughContext},
	}
}

func readPool(ctx context.Context, d *schema.ResourceData, api *k8s.API, region scw.Region, id string) error {
	p, err := api.GetPool(&k8s.GetPoolRequest{Region: region, PoolID: id}, scw.WithContext(ctx))
	return setAttributes(d, err, func() map[string]any {
		values := map[string]any{
			"cluster_id": joinID(region, p.ClusterID), "name": p.Name, "node_type": p.NodeType,
			"autoscaling": p.Autoscaling,
			"autohealing": p.Autohealing,
			"size":        int(p.Size), "current_size": int(p.Size), "min_size": int(p.MinSize),
			"max_size":          int(p.MaxSize),
			"tags":              p.Tags,
			"container_runtime": string(p.ContainerRuntime), "kubelet_args": p.KubeletArgs,
			"root_volume_type":   string(p.RootVolumeType),
			"public_ip_disabled": p.PublicIPDisabled, "labels": p.Labels, "zone": string(p.Zone),
			"region":  string(region),
			"version": p.Version, "status": string(p.Status),
			"created_at": p.CreatedAt.Format(time.RFC3339), "updated_at": p.UpdatedAt.Format(time.RFC3339),
			"upgrade_policy": []any{
				map[string]any{
					"max_unavailable": int(p.UpgradePolicy.MaxUnavailable), "max_surge": int(p.UpgradePolicy.MaxSurge),
				},
			},
			"taints": flattenTaints(p.Taints), "startup_taints": flattenTaints(p.StartupTaints), "nodes": []any{},
		}
		if p.RootVolumeSize != nil {
			values["root_volume_size_in_gb"] = int(*p.RootVolumeSize / scw.GB)
		}
		if p.PlacementGroupID != nil {
			values["placement_group_id"] = string(p.Zone) + "/" + *p.PlacementGroupID
		}
		if p.SecurityGroupID != "" {
			values["security_group_id"] = string(p.Zone) + "/" + p.SecurityGroupID
		}
		return values
	})
}

// flattenTaints converts taints to state values.
func flattenTaints(list []*k8s.CoreV1Taint) []any {
	found := []any{}
	for _, taint := range list {
		found = append(found, map[string]any{"key": taint.Key, "value": taint.Value, "effect": string(taint.Effect)})
	}
	return found
}

func deletePool(ctx context.Context, _ *schema.ResourceData, api *k8s.API, region scw.Region, id string) error {
	_, err := api.DeletePool(&k8s.DeletePoolRequest{Region: region, PoolID: id}, scw.WithContext(ctx))
	return err
}
