package fakescaleway

import (
	"context"

	"github.com/hashicorp/terraform-plugin-sdk/v2/helper/schema"
	"github.com/scaleway/scaleway-sdk-go/api/k8s/v1"
	"github.com/scaleway/scaleway-sdk-go/scw"
)

func aclResource() *schema.Resource {
	return &schema.Resource{
		Schema: aclSchema(), ReadContext: on(readACL), CreateContext: on(createACL), UpdateContext: refused("change " +
			"allow-lists"), DeleteContext: on(openACL),
		Importer: &schema.ResourceImporter{StateContext: schema.ImportStatePassthroughContext},
	}
}

func readACL(ctx context.Context, d *schema.ResourceData, api *k8s.API, region scw.Region, id string) error {
	all, err := api.ListClusterACLRules(
		&k8s.ListClusterACLRulesRequest{Region: region, ClusterID: id}, scw.WithContext(ctx),
	)
	return fill(d, err, func() map[string]any {
		rules := []any{}
		for _, one := range all.Rules {
			rule := map[string]any{
				"id": one.ID, "description": one.Description, "scaleway_ranges": one.ScalewayRanges != nil && *one.ScalewayRanges,
			}
			if one.IP != nil {
				rule["ip"] = one.IP.String()
			}
			rules = append(rules, rule)
		}
		return map[string]any{"cluster_id": join(region, id), "region": string(region), "acl_rules": rules}
	})
}

// createACL is given none but the rules that stand: what a test needs of it is the destroy.
func createACL(ctx context.Context, d *schema.ResourceData, api *k8s.API, region scw.Region, id string) error {
	d.SetId(join(region, id))
	return readACL(ctx, d, api, region, id)
}

// openACL is what the official provider does at destroy: it opens the API server to everyone.
func openACL(ctx context.Context, _ *schema.ResourceData, api *k8s.API, region scw.Region, id string) error {
	_, err := api.SetClusterACLRules(&k8s.SetClusterACLRulesRequest{Region: region, ClusterID: id,
		ACLs: []*k8s.ACLRuleRequest{
			{IP: everyone(), Description: "Automatically generated after scaleway_k8s_acl resource deletion"},
		}}, scw.WithContext(ctx))
	return err
}
