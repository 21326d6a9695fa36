package hdscluster

import (
	"context"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/resource/timeouts"
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-framework/types/basetypes"
	"github.com/scaleway/scaleway-sdk-go/api/k8s/v1"
	"github.com/scaleway/scaleway-sdk-go/scw"

	"github.com/terraform-srm/terraform-provider-srm/internal/framework"
	"github.com/terraform-srm/terraform-provider-srm/internal/lifecycle"
	"github.com/terraform-srm/terraform-provider-srm/internal/scaleway"
)

type model struct {
	Name                      types.String   `tfsdk:"name"`
	Version                   types.String   `tfsdk:"version"`
	Type                      types.String   `tfsdk:"type"`
	PrivateNetworkID          types.String   `tfsdk:"private_network_id"`
	AllowedIPRanges           types.Set      `tfsdk:"allowed_ip_ranges"`
	MaintenanceWindow         types.Object   `tfsdk:"maintenance_window"`
	DeleteAdditionalResources types.Bool     `tfsdk:"delete_additional_resources"`
	ProjectID                 types.String   `tfsdk:"project_id"`
	Description               types.String   `tfsdk:"description"`
	Tags                      types.Set      `tfsdk:"tags"`
	CNI                       types.String   `tfsdk:"cni"`
	PodCIDR                   types.String   `tfsdk:"pod_cidr"`
	ServiceCIDR               types.String   `tfsdk:"service_cidr"`
	ServiceDNSIP              types.String   `tfsdk:"service_dns_ip"`
	Autoscaler                types.Object   `tfsdk:"autoscaler"`
	OIDC                      types.Object   `tfsdk:"oidc"`
	FeatureGates              types.Set      `tfsdk:"feature_gates"`
	AdmissionPlugins          types.Set      `tfsdk:"admission_plugins"`
	APIServerCertSANs         types.Set      `tfsdk:"apiserver_cert_sans"`
	UpgradePools              types.Bool     `tfsdk:"upgrade_pools"`
	DeletionProtection        types.Bool     `tfsdk:"deletion_protection"`
	AllowDisruptiveRename     types.Bool     `tfsdk:"allow_disruptive_rename"`
	Timeouts                  timeouts.Value `tfsdk:"timeouts"`

	ID                types.String `tfsdk:"id"`
	Region            types.String `tfsdk:"region"`
	OrganizationID    types.String `tfsdk:"organization_id"`
	VersionUsed       types.String `tfsdk:"version_used"`
	VersionDates      types.Object `tfsdk:"version_dates"`
	Transfers         types.List   `tfsdk:"transfers"`
	ContractReference types.String `tfsdk:"contract_reference"`
	APIServerURL      types.String `tfsdk:"api_server_url"`
	WildcardDNS       types.String `tfsdk:"wildcard_dns"`
	CreatedAt         types.String `tfsdk:"created_at"`
	CommitmentEndsAt  types.String `tfsdk:"commitment_ends_at"`
	IAMNodesGroupID   types.String `tfsdk:"iam_nodes_group_id"`
}

type window struct {
	Day       types.String `tfsdk:"day"`
	StartHour types.Int64  `tfsdk:"start_hour"`
}

type allowedRange struct {
	CIDR        types.String `tfsdk:"cidr"`
	Description types.String `tfsdk:"description"`
}

func windowTypes() map[string]attr.Type {
	return map[string]attr.Type{"day": types.StringType, "start_hour": types.Int64Type}
}

func rangeTypes() map[string]attr.Type {
	return map[string]attr.Type{"cidr": types.StringType, "description": types.StringType}
}

// scalewayRanges stands in the state for a rule that admits all of Scaleway's own addresses, which only a change out of
// band can set: it is drift, and the next apply removes it.
const scalewayRanges = "scaleway_ranges"

// uuid is the cluster's bare id.
func (m *model) uuid() string { return framework.BareID(m.ID.ValueString()) }

// object decodes a known object into a struct; false where it is null or unknown.
func object[T any](ctx context.Context, value types.Object, diags *diag.Diagnostics) (T, bool) {
	var decoded T
	if value.IsNull() || value.IsUnknown() {
		return decoded, false
	}
	found := value.As(ctx, &decoded, basetypes.ObjectAsOptions{})
	diags.Append(found...)
	return decoded, !found.HasError()
}

// refresh takes over what the API says of the cluster, configured attributes included.
func (m *model) refresh(ctx context.Context, cluster *k8s.Cluster, diags *diag.Diagnostics) {
	imported := m.Name.IsNull()
	m.refreshComputed(cluster)
	m.Name = types.StringValue(cluster.Name)
	m.Type = types.StringValue(cluster.Type)
	m.ProjectID = types.StringValue(cluster.ProjectID)
	m.Description = types.StringValue(cluster.Description)
	m.CNI = types.StringValue(string(cluster.Cni))
	network := ""
	if cluster.PrivateNetworkID != nil {
		network = scaleway.JoinID(cluster.Region, *cluster.PrivateNetworkID)
	}
	m.PrivateNetworkID = framework.KeepSpelling(m.PrivateNetworkID, network, framework.BareID)
	m.Tags = framework.KeepStrings(m.Tags, cluster.Tags)
	m.FeatureGates = framework.KeepStrings(m.FeatureGates, cluster.FeatureGates)
	m.AdmissionPlugins = framework.KeepStrings(m.AdmissionPlugins, cluster.AdmissionPlugins)
	m.APIServerCertSANs = framework.KeepStrings(m.APIServerCertSANs, cluster.ApiserverCertSans)
	m.MaintenanceWindow = types.ObjectNull(windowTypes())
	if auto := cluster.AutoUpgrade; auto != nil && auto.Enabled && auto.MaintenanceWindow != nil {
		m.MaintenanceWindow = types.ObjectValueMust(windowTypes(), map[string]attr.Value{
			"day":        types.StringValue(string(auto.MaintenanceWindow.Day)),
			"start_hour": types.Int64Value(int64(auto.MaintenanceWindow.StartHour)),
		})
	}
	m.refreshAutoscaler(ctx, cluster.AutoscalerConfig, imported, diags)
	m.refreshOIDC(ctx, cluster.OpenIDConnectConfig, diags)
	m.refreshVersion(cluster)
}

// refreshComputed takes over what only the API decides. What the configuration leaves to the API's default is among it.
func (m *model) refreshComputed(cluster *k8s.Cluster) {
	m.ID = types.StringValue(scaleway.JoinID(cluster.Region, cluster.ID))
	m.Region = types.StringValue(string(cluster.Region))
	m.OrganizationID = types.StringValue(cluster.OrganizationID)
	m.VersionUsed = types.StringValue(cluster.Version)
	m.APIServerURL = types.StringValue(cluster.ClusterURL)
	m.WildcardDNS = types.StringValue(cluster.DNSWildcard)
	m.CreatedAt = framework.DatePointer(cluster.CreatedAt)
	m.CommitmentEndsAt = framework.DatePointer(cluster.CommitmentEndsAt)
	m.IAMNodesGroupID = types.StringValue(cluster.IamNodesGroupID)
	m.PodCIDR = types.StringValue(cluster.PodCidr.String())
	m.ServiceCIDR = types.StringValue(cluster.ServiceCidr.String())
	m.ServiceDNSIP = types.StringValue(cluster.ServiceDNSIP.String())
	if m.ProjectID.IsUnknown() {
		m.ProjectID = types.StringValue(cluster.ProjectID)
	}
}

// refreshVersion keeps the configured minor where the actual one is newer: a forced upgrade is no drift, and never a
// reason to go back.
func (m *model) refreshVersion(cluster *k8s.Cluster) {
	actual, err := lifecycle.ParseVersion(cluster.Version)
	if err != nil {
		return // version_used shows what the API says
	}
	configured, err := lifecycle.ParseMinor(m.Version.ValueString())
	if err != nil || configured.Compare(actual.Minor) > 0 {
		m.Version = types.StringValue(actual.Minor.String())
	}
}

// refreshAllowList takes over the actual allow-list.
func (m *model) refreshAllowList(rules []*k8s.ACLRule) {
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
func (m *model) ranges(ctx context.Context, diags *diag.Diagnostics) ([]allowedRange, bool) {
	if m.AllowedIPRanges.IsNull() || m.AllowedIPRanges.IsUnknown() {
		return nil, false
	}
	for _, element := range m.AllowedIPRanges.Elements() {
		if element.IsUnknown() {
			return nil, false
		}
	}
	var ranges []allowedRange
	found := m.AllowedIPRanges.ElementsAs(ctx, &ranges, false)
	diags.Append(found...)
	return ranges, !found.HasError()
}

// rules is the allow-list as the API takes it.
func (m *model) rules(ctx context.Context, diags *diag.Diagnostics) []*k8s.ACLRuleRequest {
	ranges, _ := m.ranges(ctx, diags)
	rules := make([]*k8s.ACLRuleRequest, 0, len(ranges))
	for _, allowed := range ranges {
		rules = append(rules, &k8s.ACLRuleRequest{IP: ipNet(allowed.CIDR), Description: allowed.Description.ValueString()})
	}
	return rules
}

// texts are the ranges of rules.
func texts(rules []*k8s.ACLRuleRequest) []string {
	ranges := make([]string, 0, len(rules))
	for _, rule := range rules {
		ranges = append(ranges, rule.IP.String())
	}
	return ranges
}

// create is the request that creates the cluster, with a full version of the planned minor and no pool.
func (m *model) create(ctx context.Context, version string, diags *diag.Diagnostics) *k8s.CreateClusterRequest {
	network, project := framework.BareID(m.PrivateNetworkID.ValueString()), m.ProjectID.ValueString()
	request := &k8s.CreateClusterRequest{
		Region: scw.RegionFrPar, ProjectID: &project, Type: m.Type.ValueString(), Name: m.Name.ValueString(),
		Description: m.Description.ValueString(), Tags: framework.Strings(m.Tags), Version: version, Cni: k8s.CNI(m.CNI.ValueString()),
		FeatureGates: framework.Strings(m.FeatureGates), AdmissionPlugins: framework.Strings(m.AdmissionPlugins),
		ApiserverCertSans: framework.Strings(m.APIServerCertSANs), PrivateNetworkID: &network,
		PodCidr: ipNet(m.PodCIDR), ServiceCidr: ipNet(m.ServiceCIDR), ServiceDNSIP: ip(m.ServiceDNSIP),
		AutoUpgrade:      &k8s.CreateClusterRequestAutoUpgrade{Enable: true, MaintenanceWindow: m.window(ctx, diags)},
		AutoscalerConfig: m.createAutoscaler(ctx, diags), OpenIDConnectConfig: m.createOIDC(ctx, diags),
	}
	return request
}

func (m *model) window(ctx context.Context, diags *diag.Diagnostics) *k8s.MaintenanceWindow {
	planned, _ := object[window](ctx, m.MaintenanceWindow, diags)
	return &k8s.MaintenanceWindow{
		Day:       k8s.MaintenanceWindowDayOfTheWeek(planned.Day.ValueString()),
		StartHour: uint32(planned.StartHour.ValueInt64()), //nolint:gosec // validated to be an hour
	}
}

// changes is the PATCH that leads from another model to this one; nil where there is nothing to send.
func (m *model) changes(ctx context.Context, from *model, diags *diag.Diagnostics) *k8s.UpdateClusterRequest {
	request, changed := &k8s.UpdateClusterRequest{Region: scw.RegionFrPar, ClusterID: from.uuid()}, false
	if !m.Name.Equal(from.Name) {
		request.Name, changed = m.Name.ValueStringPointer(), true
	}
	if !m.Description.Equal(from.Description) {
		request.Description, changed = m.Description.ValueStringPointer(), true
	}
	for _, set := range []struct {
		to, from types.Set
		field    **[]string
	}{
		{m.Tags, from.Tags, &request.Tags}, {m.FeatureGates, from.FeatureGates, &request.FeatureGates},
		{m.AdmissionPlugins, from.AdmissionPlugins, &request.AdmissionPlugins},
		{m.APIServerCertSANs, from.APIServerCertSANs, &request.ApiserverCertSans},
	} {
		if to := framework.Strings(set.to); !slices.Equal(to, framework.Strings(set.from)) {
			*set.field, changed = &to, true
		}
	}
	if !m.MaintenanceWindow.Equal(from.MaintenanceWindow) {
		enable := true
		request.AutoUpgrade = &k8s.UpdateClusterRequestAutoUpgrade{Enable: &enable, MaintenanceWindow: m.window(ctx, diags)}
		changed = true
	}
	if !m.Autoscaler.Equal(from.Autoscaler) {
		request.AutoscalerConfig, changed = m.updateAutoscaler(ctx, diags), true
	}
	if !m.OIDC.Equal(from.OIDC) {
		request.OpenIDConnectConfig, changed = m.updateOIDC(ctx, diags), true
	}
	if !changed {
		return nil
	}
	return request
}
