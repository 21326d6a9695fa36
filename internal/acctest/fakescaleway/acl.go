package fakescaleway

import (
	"context"

	"github.com/hashicorp/terraform-plugin-sdk/v2/helper/schema"
	"github.com/scaleway/scaleway-sdk-go/api/k8s/v1"
	"github.com/scaleway/scaleway-sdk-go/scw"
)

func aclResource() *schema.Resource {
	return &schema.Resource{
		Schema:        aclSchema(),
		ReadContext:   withAPI(readACL),
		CreateContext: withAPI(createACL),
		UpdateContext: unsupported("change allow-lists"),
		DeleteContext: withAPI(deleteACL),
		Importer:      &schema.ResourceImporter{StateContext: schema.ImportStatePassthroughContext},
	}
}

func readACL(ctx context.Context, d *schema.ResourceData, api *k8s.API, region scw.Region, id string) error {
	all, err := api.ListClusterACLRules(
		&k8s.ListClusterACLRulesRequest{Region: region, ClusterID: id}, scw.WithContext(ctx),
	)
	return setAttributes(d, err, func() map[string]any {
		rules := []any{}
		for _, rule := range all.Rules {
			attributes := map[string]any{
				"id": rule.ID, "description": rule.Description,
				"scaleway_ranges": rule.ScalewayRanges != nil && *rule.ScalewayRanges,
			}
			if rule.IP != nil {
				attributes["ip"] = rule.IP.String()
			}
			rules = append(rules, attributes)
		}
		return map[string]any{"cluster_id": joinID(region, id), "region": string(region), "acl_rules": rules}
	})
}

// createACL writes no rules: tests configure the existing ones.
func createACL(ctx context.Context, d *schema.ResourceData, api *k8s.API, region scw.Region, id string) error {
	d.SetId(joinID(region, id))
	return readACL(ctx, d, api, region, id)
}

// deleteACL allows 0.0.0.0/0, as the official provider does at destroy.
func deleteACL(ctx context.Context, _ *schema.ResourceData, api *k8s.API, region scw.Region, id string) error {
	_, err := api.SetClusterACLRules(&k8s.SetClusterACLRulesRequest{Region: region, ClusterID: id,
		ACLs: []*k8s.ACLRuleRequest{
			{IP: allIPv4(), Description: "Automatically generated after scaleway_k8s_acl resource deletion"},
		}}, scw.WithContext(ctx))
	return err
}
