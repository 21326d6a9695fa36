package cluster

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

// scalewayRanges represents a rule that allows all of Scaleway's own addresses in the state of a kind of cluster
// without an argument for it. Only a change outside Terraform can set such a rule: it is drift, which the next apply
// removes.
const scalewayRanges = "scaleway_ranges"

type allowedRange struct {
	CIDR        types.String `tfsdk:"cidr"`
	Description types.String `tfsdk:"description"`
}

func rangeTypes() map[string]attr.Type {
	return map[string]attr.Type{"cidr": types.StringType, "description": types.StringType}
}

// refreshAllowList sets the allow-list to the actual one.
func (m *commonModel) refreshAllowList(rules []*k8s.ACLRule) {
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

// decodeAllowList decodes the allow-list. It returns false if a part of it is unknown.
func (m *commonModel) decodeAllowList(ctx context.Context, diags *diag.Diagnostics) ([]allowedRange, bool) {
	if m.AllowedIPRanges.IsNull() || m.AllowedIPRanges.IsUnknown() {
		return nil, false
	}
	for _, element := range m.AllowedIPRanges.Elements() {
		if element.IsUnknown() || element.IsNull() { // the attribute's validator reports null
			return nil, false
		}
	}
	var ranges []allowedRange
	found := m.AllowedIPRanges.ElementsAs(ctx, &ranges, false)
	diags.Append(found...)
	return ranges, !found.HasError()
}

func (v variant) checkAllowList(ranges []allowedRange, diags *diag.Diagnostics) {
	at := path.Root("allowed_ip_ranges")
	prefixes, seen := []netip.Prefix{}, map[string]bool{}
	for _, allowed := range ranges {
		if allowed.CIDR.IsUnknown() {
			return
		}
		prefix, err := compliance.ParseAllowRange(allowed.CIDR.ValueString())
		if err != nil {
			return // the attribute's validator reports it
		}
		if seen[prefix.String()] {
			tfkit.AddError(diags, at, tfkit.Problem{
				Summary: "The allow-list contains a range twice", Found: prefix.String() + " with two descriptions",
				Allowed: "each range once", Fix: "Remove one of the two entries.",
			})
		}
		seen[prefix.String()] = true
		prefixes = append(prefixes, prefix)
	}
	if open, why := compliance.IsOpenToWorld(prefixes); open {
		tfkit.AddError(diags, at, tfkit.Problem{
			Summary: "The API server would be open to the world", Clause: v.accessClause, Found: why,
			Allowed: "ranges that do not cover the whole address space, or an empty set, which isolates the API server",
			Fix:     "List the ranges from which the cluster is administered, such as an office, a VPN or a CI runner.",
		})
	} else if wide, what := compliance.IsWide(prefixes); wide {
		tfkit.AddWarning(diags, at, tfkit.Problem{
			Summary: "The allow-list allows a large part of the internet", Clause: v.accessClause, Found: what,
			Allowed: "the ranges from which the cluster is administered", Fix: "Restrict the ranges to an office, a " +
				"VPN or a CI runner.",
		})
	}
}
