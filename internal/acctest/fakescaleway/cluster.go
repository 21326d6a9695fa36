package fakescaleway

import (
	"context"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-sdk/v2/helper/schema"
	"github.com/scaleway/scaleway-sdk-go/api/k8s/v1"
	"github.com/scaleway/scaleway-sdk-go/scw"
)

func clusterResource() *schema.Resource {
	return &schema.Resource{
		Schema: clusterSchema(), ReadContext: withAPI(readCluster), CreateContext: unsupported("create clusters"),
		UpdateContext: withAPI(updateCluster), DeleteContext: withAPI(deleteCluster),
		Importer: &schema.ResourceImporter{StateContext: schema.ImportStatePassthroughContext},
		Timeouts: &schema.ResourceTimeout{
			Create: schema.DefaultTimeout(10 * time.Minute), Default: schema.DefaultTimeout(10 * time.Minute),
		},
	}
}

func readCluster(ctx context.Context, d *schema.ResourceData, api *k8s.API, region scw.Region, id string) error {
	c, err := api.GetCluster(&k8s.GetClusterRequest{Region: region, ClusterID: id}, scw.WithContext(ctx))
	return setAttributes(d, err, func() map[string]any {
		version, network := c.Version, ""
		if parts := strings.Split(version, "."); c.AutoUpgrade.Enabled {
			version = parts[0] + "." + parts[1]
		}
		if c.PrivateNetworkID != nil {
			network = *c.PrivateNetworkID
		}
		return map[string]any{
			"name": c.Name, "type": c.Type, "description": c.Description, "version": version, "cni": string(c.Cni),
			"tags":          c.Tags,
			"feature_gates": c.FeatureGates, "admission_plugins": c.AdmissionPlugins,
			"apiserver_cert_sans": c.ApiserverCertSans,
			"private_network_id":  network, "pod_cidr": c.PodCidr.String(), "service_cidr": c.ServiceCidr.String(),
			"service_dns_ip": c.ServiceDNSIP.String(),
			"region":         string(c.Region), "organization_id": c.OrganizationID, "project_id": c.ProjectID,
			"created_at": c.CreatedAt.Format(time.RFC3339),
			"updated_at": c.UpdatedAt.Format(time.RFC3339), "apiserver_url": c.ClusterURL,
			"wildcard_dns":      c.DNSWildcard,
			"upgrade_available": c.UpgradeAvailable, "status": string(c.Status),
			"auto_upgrade": []any{map[string]any{
				"enable": c.AutoUpgrade.Enabled, "maintenance_window_start_hour": int(
					c.AutoUpgrade.MaintenanceWindow.StartHour,
				),
				"maintenance_window_day": string(c.AutoUpgrade.MaintenanceWindow.Day),
			}},
			"autoscaler_config": []any{map[string]any{
				"disable_scale_down":         c.AutoscalerConfig.ScaleDownDisabled,
				"scale_down_delay_after_add": c.AutoscalerConfig.ScaleDownDelayAfterAdd,
				"scale_down_unneeded_time":   c.AutoscalerConfig.ScaleDownUnneededTime, "estimator": string(
					c.AutoscalerConfig.Estimator,
				),
				"expander": string(
					c.AutoscalerConfig.Expander,
				), "ignore_daemonsets_utilization": c.AutoscalerConfig.IgnoreDaemonsetsUtilization,
				"balance_similar_node_groups":      c.AutoscalerConfig.BalanceSimilarNodeGroups,
				"expendable_pods_priority_cutoff":  int(c.AutoscalerConfig.ExpendablePodsPriorityCutoff),
				"scale_down_utilization_threshold": float64(c.AutoscalerConfig.ScaleDownUtilizationThreshold),
				"max_graceful_termination_sec":     int(c.AutoscalerConfig.MaxGracefulTerminationSec),
			}},
			"open_id_connect_config": []any{map[string]any{
				"issuer_url": c.OpenIDConnectConfig.IssuerURL, "client_id": c.OpenIDConnectConfig.ClientID,
				"username_claim":  c.OpenIDConnectConfig.UsernameClaim,
				"username_prefix": c.OpenIDConnectConfig.UsernamePrefix,
				"groups_claim":    c.OpenIDConnectConfig.GroupsClaim,
				"groups_prefix":   c.OpenIDConnectConfig.GroupsPrefix,
				"required_claim":  c.OpenIDConnectConfig.RequiredClaim,
			}},
			// The official provider keeps the admin token in the state: a move must not copy it.
			"kubeconfig": []any{
				map[string]any{
					"config_file": "apiVersion: v1", "host": c.ClusterURL, "cluster_ca_certificate": "Y2E=",
					"token": AdminToken,
				},
			},
		}
	})
}

// AdminToken is the admin token that the stand-in keeps in the state of every cluster, as the official provider does.
const AdminToken = "admin-token-of-the-official-state"

// updateCluster only reads the cluster: tests update attributes of the state, not of the API.
func updateCluster(ctx context.Context, d *schema.ResourceData, api *k8s.API, region scw.Region, id string) error {
	return readCluster(ctx, d, api, region, id)
}

func deleteCluster(ctx context.Context, d *schema.ResourceData, api *k8s.API, region scw.Region, id string) error {
	additional, _ := d.Get("delete_additional_resources").(bool)
	_, err := api.DeleteCluster(
		&k8s.DeleteClusterRequest{
			Region: region, ClusterID: id, WithAdditionalResources: additional,
		}, scw.WithContext(ctx),
	)
	return err
}
