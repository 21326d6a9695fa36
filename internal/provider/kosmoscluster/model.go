package kosmoscluster

import (
	"context"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/scaleway/scaleway-sdk-go/api/k8s/v1"

	"github.com/terraform-srm/terraform-provider-srm/internal/operations/cluster"
	"github.com/terraform-srm/terraform-provider-srm/internal/tfkit/clusters"
)

// model is the Terraform model of the resource.
type model struct {
	clusters.Model

	ScalewayRanges types.Bool   `tfsdk:"scaleway_ranges"`
	NoHealthData   types.Object `tfsdk:"no_health_data"`
}

// allowsScalewayRanges reports whether a rule allows all of Scaleway's own ranges.
func allowsScalewayRanges(rule *k8s.ACLRule) bool {
	return rule.ScalewayRanges != nil && *rule.ScalewayRanges
}

// refreshAllowList sets scaleway_ranges and allowed_ip_ranges from the rules of the allow-list.
func (m *model) refreshAllowList(rules []*k8s.ACLRule) {
	m.ScalewayRanges = types.BoolValue(slices.ContainsFunc(rules, allowsScalewayRanges))
	m.RefreshAllowList(slices.DeleteFunc(slices.Clone(rules), allowsScalewayRanges))
}

// desired converts a plan, all of whose inputs are known.
func (m *model) desired(ctx context.Context, diags *diag.Diagnostics) cluster.Desired {
	desired := m.Desired(ctx, diags)
	if m.ScalewayRanges.ValueBool() {
		desired.AllowList = append(desired.AllowList, cluster.AllowRule{ScalewayRanges: true})
	}
	return desired
}

// observed converts a state.
func (m *model) observed(ctx context.Context, diags *diag.Diagnostics) cluster.Observed {
	observed := m.Observed(ctx, diags)
	if m.ScalewayRanges.ValueBool() {
		observed.AllowList = append(observed.AllowList, cluster.AllowRule{ScalewayRanges: true})
	}
	return observed
}
