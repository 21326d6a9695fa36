package kosmoscluster

import (
	"context"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/scaleway/scaleway-sdk-go/api/k8s/v1"

	"github.com/terraform-srm/terraform-provider-srm/internal/tfkit/clusters"
)

// model is the Terraform model of the resource.
type model struct {
	clusters.Model

	ScalewayRanges types.Bool   `tfsdk:"scaleway_ranges"`
	NoHealthData   types.Object `tfsdk:"no_health_data"`
}

// scalewayRangesDescription is the description of the rule that allows Scaleway's own ranges.
const scalewayRangesDescription = "Scaleway's own ranges"

// allowsScalewayRanges reports whether a rule allows all of Scaleway's own ranges.
func allowsScalewayRanges(rule *k8s.ACLRule) bool {
	return rule.ScalewayRanges != nil && *rule.ScalewayRanges
}

// refreshAllowList sets scaleway_ranges and allowed_ip_ranges from the rules of the allow-list.
func (m *model) refreshAllowList(rules []*k8s.ACLRule) {
	m.ScalewayRanges = types.BoolValue(slices.ContainsFunc(rules, allowsScalewayRanges))
	m.RefreshAllowList(slices.DeleteFunc(slices.Clone(rules), allowsScalewayRanges))
}

// allRules returns the rules of the whole allow-list for a request: allowed_ip_ranges and scaleway_ranges.
func (m *model) allRules(ctx context.Context, diags *diag.Diagnostics) []*k8s.ACLRuleRequest {
	rules := m.ACLRules(ctx, diags)
	if m.ScalewayRanges.ValueBool() {
		allow := true
		rules = append(rules, &k8s.ACLRuleRequest{ScalewayRanges: &allow, Description: scalewayRangesDescription})
	}
	return rules
}
