package clusters

import (
	"context"
	"net/netip"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/scaleway/scaleway-sdk-go/api/k8s/v1"

	"github.com/terraform-srm/terraform-provider-srm/internal/compliance"
	"github.com/terraform-srm/terraform-provider-srm/internal/tfkit"
)

// scalewayRanges represents, in the state, a rule that admits all of Scaleway's own addresses, where the kind of
// cluster has no argument for it and only a change out of band can set it: it is drift, and the next apply removes it.
const scalewayRanges = "scaleway_ranges"

type allowedRange struct {
	CIDR        types.String `tfsdk:"cidr"`
	Description types.String `tfsdk:"description"`
}

func rangeTypes() map[string]attr.Type {
	return map[string]attr.Type{"cidr": types.StringType, "description": types.StringType}
}

// RefreshAllowList takes over the actual allow-list.
func (m *Model) RefreshAllowList(rules []*k8s.ACLRule) {
	elements := []attr.Value{}
	for _, rule := range rules {
		cidr := scalewayRanges
		if rule.IP != nil {
			cidr = rule.IP.String()
		}
		element := types.ObjectValueMust(rangeTypes(), map[string]attr.Value{
			"cidr": types.StringValue(cidr), "description": types.StringValue(rule.Description),
		})
		if !slices.ContainsFunc(elements, func(other attr.Value) bool { return other.Equal(element) }) {
			elements = append(elements, element)
		}
	}
	m.AllowedIPRanges = types.SetValueMust(types.ObjectType{AttrTypes: rangeTypes()}, elements)
}

// ranges decodes the allow-list; false where a part of it is not known yet.
func (m *Model) ranges(ctx context.Context, diags *diag.Diagnostics) ([]allowedRange, bool) {
	if m.AllowedIPRanges.IsNull() || m.AllowedIPRanges.IsUnknown() {
		return nil, false
	}
	for _, element := range m.AllowedIPRanges.Elements() {
		if element.IsUnknown() || element.IsNull() { // the validator of the attribute refuses null
			return nil, false
		}
	}
	var ranges []allowedRange
	found := m.AllowedIPRanges.ElementsAs(ctx, &ranges, false)
	diags.Append(found...)
	return ranges, !found.HasError()
}

// Rules is the allow-list as the API takes it.
func (m *Model) Rules(ctx context.Context, diags *diag.Diagnostics) []*k8s.ACLRuleRequest {
	ranges, _ := m.ranges(ctx, diags)
	rules := make([]*k8s.ACLRuleRequest, 0, len(ranges))
	for _, allowed := range ranges {
		rules = append(rules, &k8s.ACLRuleRequest{IP: ipNet(allowed.CIDR), Description: allowed.Description.ValueString()})
	}
	return rules
}

// texts are the ranges of rules, without the one that admits all of Scaleway's own.
func texts(rules []*k8s.ACLRuleRequest) []string {
	ranges := make([]string, 0, len(rules))
	for _, rule := range rules {
		if rule.IP != nil {
			ranges = append(ranges, rule.IP.String())
		}
	}
	return ranges
}

func (k Kind) checkAllowList(ranges []allowedRange, diags *diag.Diagnostics) {
	at := path.Root("allowed_ip_ranges")
	prefixes, seen := []netip.Prefix{}, map[string]bool{}
	for _, allowed := range ranges {
		if allowed.CIDR.IsUnknown() {
			return
		}
		prefix, err := compliance.ParseAllowRange(allowed.CIDR.ValueString())
		if err != nil {
			return // the validator of the attribute says so
		}
		if seen[prefix.String()] {
			tfkit.Refuse(diags, at, tfkit.Refusal{
				Summary: "The allow-list names a range twice", Found: prefix.String() + " with two descriptions",
				Allowed: "each range once", Fix: "Remove one of the two.",
			})
		}
		seen[prefix.String()] = true
		prefixes = append(prefixes, prefix)
	}
	if open, why := compliance.OpenToWorld(prefixes); open {
		tfkit.Refuse(diags, at, tfkit.Refusal{
			Summary: "The API server would be open to the world", Clause: k.Access, Found: why,
			Allowed: "ranges that do not cover the whole address space, or an empty set, which isolates the API server",
			Fix:     "List the ranges of those who administer the cluster: an office, a VPN, a CI runner.",
		})
	} else if wide, what := compliance.Wide(prefixes); wide {
		tfkit.Warn(diags, at, tfkit.Refusal{
			Summary: "The allow-list lets in a large part of the internet", Clause: k.Access, Found: what,
			Allowed: "the ranges that administrators come from", Fix: "Narrow the ranges to an office, a VPN or a CI runner.",
		})
	}
}
