package kosmoscluster

import (
	"context"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/scaleway/scaleway-sdk-go/api/k8s/v1"

	"github.com/terraform-srm/terraform-provider-srm/internal/tfkit/clusters"
)

type model struct {
	clusters.Model

	ScalewayRanges types.Bool   `tfsdk:"scaleway_ranges"`
	NoHealthData   types.Object `tfsdk:"no_health_data"`
}

// rangesRule is the description that the rule for all of Scaleway's own ranges is given.
const rangesRule = "Scaleway's own ranges"

func admitsScaleway(rule *k8s.ACLRule) bool {
	return rule.ScalewayRanges != nil && *rule.ScalewayRanges
}

// refreshAllowList takes over the actual allow-list: the rule for Scaleway's own ranges has an attribute of its own.
func (m *model) refreshAllowList(rules []*k8s.ACLRule) {
	m.ScalewayRanges = types.BoolValue(slices.ContainsFunc(rules, admitsScaleway))
	m.RefreshAllowList(slices.DeleteFunc(slices.Clone(rules), admitsScaleway))
}

// rules is the whole allow-list as the API takes it.
func (m *model) rules(ctx context.Context, diags *diag.Diagnostics) []*k8s.ACLRuleRequest {
	rules := m.Rules(ctx, diags)
	if m.ScalewayRanges.ValueBool() {
		admit := true
		rules = append(rules, &k8s.ACLRuleRequest{ScalewayRanges: &admit, Description: rangesRule})
	}
	return rules
}
