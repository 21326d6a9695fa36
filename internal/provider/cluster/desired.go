package cluster

import (
	"context"
	"net/netip"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/scaleway/scaleway-sdk-go/api/k8s/v1"

	"github.com/terraform-srm/terraform-provider-srm/internal/lifecycle"
	operations "github.com/terraform-srm/terraform-provider-srm/internal/operations/cluster"
	"github.com/terraform-srm/terraform-provider-srm/internal/tfkit"
)

// desired converts a plan, all of whose inputs are known. The caller adds what only one resource has: the Private
// Network, and a rule for Scaleway's own ranges.
func (m *commonModel) desired(ctx context.Context, diags *diag.Diagnostics) operations.Desired {
	minor, err := lifecycle.ParseMinor(m.Version.ValueString())
	tfkit.AddCheckError(diags, path.Root("version"), err)
	desired := operations.Desired{
		Settings: m.settings(ctx, diags), Region: m.clusterRegion(), ProjectID: m.ProjectID.ValueString(),
		CNI: k8s.CNI(m.CNI.ValueString()), PodCIDR: parsePrefix(m.PodCIDR), ServiceCIDR: parsePrefix(m.ServiceCIDR),
		Version: minor, AllowList: m.allowRules(ctx, diags), UpgradePools: m.UpgradePools.ValueBool(),
	}
	if tfkit.HasValue(m.ServiceDNSIP) {
		desired.ServiceDNSIP, _ = netip.ParseAddr(m.ServiceDNSIP.ValueString()) // validated before
	}
	return desired
}

// observed converts a state. The caller adds a rule for Scaleway's own ranges where the resource has an attribute for
// it.
func (m *commonModel) observed(ctx context.Context, diags *diag.Diagnostics) operations.Observed {
	version, _ := lifecycle.ParseVersion(m.VersionUsed.ValueString()) // zero where it is null: Update reads it
	return operations.Observed{
		Settings: m.settings(ctx, diags), Ref: m.ref(), Version: version, AllowList: m.allowRules(ctx, diags),
	}
}

// ref returns the region and the UUID of the cluster.
func (m *commonModel) ref() operations.Ref {
	return operations.Ref{Region: m.clusterRegion(), UUID: m.uuid()}
}

func (m *commonModel) settings(ctx context.Context, diags *diag.Diagnostics) operations.Settings {
	settings := operations.Settings{
		Name: m.Name.ValueString(), Type: m.Type.ValueString(), Description: m.Description.ValueString(),
		Tags: tfkit.StringsFromSet(m.Tags), FeatureGates: tfkit.StringsFromSet(m.FeatureGates),
		AdmissionPlugins: tfkit.StringsFromSet(m.AdmissionPlugins),
		ServerSANs:       tfkit.StringsFromSet(m.APIServerCertSANs),
	}
	if window, ok := decodeObject[maintenanceWindow](ctx, m.MaintenanceWindow, diags); ok {
		settings.MaintenanceWindow = &k8s.MaintenanceWindow{
			Day:       k8s.MaintenanceWindowDayOfTheWeek(window.Day.ValueString()),
			StartHour: uint32(window.StartHour.ValueInt64()), //nolint:gosec // validated to be an hour
		}
	}
	if config, ok := decodeObject[autoscaler](ctx, m.Autoscaler, diags); ok {
		settings.Autoscaler = config.settings()
	}
	if config, ok := decodeObject[oidc](ctx, m.OIDC, diags); ok {
		settings.OIDC = &operations.OIDC{
			IssuerURL: config.IssuerURL.ValueString(), ClientID: config.ClientID.ValueString(),
			UsernameClaim:  config.UsernameClaim.ValueString(),
			UsernamePrefix: config.UsernamePrefix.ValueString(), GroupsPrefix: config.GroupsPrefix.ValueString(),
			GroupsClaim: stringsFromList(config.GroupsClaim), RequiredClaim: stringsFromList(config.RequiredClaim),
		}
	}
	return settings
}

// allowRules converts the allow-list.
func (m *commonModel) allowRules(ctx context.Context, diags *diag.Diagnostics) []operations.AllowRule {
	ranges, _ := m.decodeAllowList(ctx, diags)
	rules := make([]operations.AllowRule, 0, len(ranges))
	for _, allowed := range ranges {
		if allowed.CIDR.ValueString() == scalewayRanges {
			rules = append(rules, operations.AllowRule{ScalewayRanges: true})
			continue
		}
		rules = append(rules, operations.AllowRule{
			Range: parsePrefix(allowed.CIDR), Description: allowed.Description.ValueString(),
		})
	}
	return rules
}

// parsePrefix parses a CIDR, which is validated before; zero where it is null or unknown.
func parsePrefix(cidr types.String) netip.Prefix {
	prefix, err := netip.ParsePrefix(cidr.ValueString())
	if err != nil {
		return netip.Prefix{}
	}
	return prefix.Masked()
}
