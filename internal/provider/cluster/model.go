package cluster

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/resource/timeouts"
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-framework/types/basetypes"
	"github.com/scaleway/scaleway-sdk-go/api/k8s/v1"
	"github.com/scaleway/scaleway-sdk-go/scw"

	"github.com/terraform-srm/terraform-provider-srm/internal/lifecycle"
	"github.com/terraform-srm/terraform-provider-srm/internal/scaleway"
	"github.com/terraform-srm/terraform-provider-srm/internal/tfkit"
)

// commonModel holds the attributes that all kinds of clusters share. The model of each kind embeds it.
type commonModel struct {
	Name                      types.String   `tfsdk:"name"`
	Version                   types.String   `tfsdk:"version"`
	Type                      types.String   `tfsdk:"type"`
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

	ID               types.String `tfsdk:"id"`
	Region           types.String `tfsdk:"region"`
	OrganizationID   types.String `tfsdk:"organization_id"`
	VersionUsed      types.String `tfsdk:"version_used"`
	VersionDates     types.Object `tfsdk:"version_dates"`
	Transfers        types.List   `tfsdk:"responsibility_transfers"`
	APIServerURL     types.String `tfsdk:"api_server_url"`
	WildcardDNS      types.String `tfsdk:"wildcard_dns"`
	CreatedAt        types.String `tfsdk:"created_at"`
	CommitmentEndsAt types.String `tfsdk:"commitment_ends_at"`
	IAMNodesGroupID  types.String `tfsdk:"iam_nodes_group_id"`
}

type maintenanceWindow struct {
	Day       types.String `tfsdk:"day"`
	StartHour types.Int64  `tfsdk:"start_hour"`
}

func maintenanceWindowTypes() map[string]attr.Type {
	return map[string]attr.Type{"day": types.StringType, "start_hour": tfkit.IntegerType{}}
}

// uuid returns the UUID of the cluster.
func (m *commonModel) uuid() string { return tfkit.BareID(m.ID.ValueString()) }

// clusterState returns the part of the state that the plan of a destroy needs. network is the Private Network, or "".
func (m *commonModel) clusterState(network string) tfkit.ClusterState {
	return tfkit.ClusterState{
		ID: m.ID.ValueString(), Name: m.Name.ValueString(), Network: network,
		Protected:                  m.DeletionProtection.ValueBool(),
		DeletesAdditionalResources: m.DeleteAdditionalResources.ValueBool(),
	}
}

// clusterRegion returns the region of the id, or the configured region if the id has none. It returns "" if neither is
// known.
func (m *commonModel) clusterRegion() scw.Region {
	configured := scw.Region(m.Region.ValueString())
	if region, _, err := scaleway.SplitID(m.ID.ValueString(), configured); err == nil {
		return region
	}
	return configured
}

// setIdentity sets the identity of the cluster.
func (m *commonModel) setIdentity(ctx context.Context, identity *tfsdk.ResourceIdentity, diags *diag.Diagnostics) {
	tfkit.SetIdentity(ctx, identity, m.clusterRegion(), m.uuid(), diags)
}

// decodeObject decodes an object into a struct. It returns false if the object is null or unknown.
func decodeObject[T any](ctx context.Context, value types.Object, diags *diag.Diagnostics) (T, bool) {
	var decoded T
	if value.IsNull() || value.IsUnknown() {
		return decoded, false
	}
	found := value.As(ctx, &decoded, basetypes.ObjectAsOptions{})
	diags.Append(found...)
	return decoded, !found.HasError()
}

// refresh sets all attributes to those of the actual cluster.
func (m *commonModel) refresh(ctx context.Context, cluster *k8s.Cluster, diags *diag.Diagnostics) {
	imported := m.Name.IsNull()
	m.refreshComputed(cluster)
	m.Name = types.StringValue(cluster.Name)
	m.Type = types.StringValue(cluster.Type)
	m.ProjectID = types.StringValue(cluster.ProjectID)
	m.Description = types.StringValue(cluster.Description)
	m.CNI = types.StringValue(string(cluster.Cni))
	m.Tags = tfkit.KeepStrings(m.Tags, cluster.Tags)
	m.FeatureGates = tfkit.KeepStrings(m.FeatureGates, cluster.FeatureGates)
	m.AdmissionPlugins = tfkit.KeepStrings(m.AdmissionPlugins, cluster.AdmissionPlugins)
	m.APIServerCertSANs = tfkit.KeepStrings(m.APIServerCertSANs, cluster.ApiserverCertSans)
	m.MaintenanceWindow = types.ObjectNull(maintenanceWindowTypes())
	if auto := cluster.AutoUpgrade; auto != nil && auto.Enabled && auto.MaintenanceWindow != nil {
		m.MaintenanceWindow = types.ObjectValueMust(maintenanceWindowTypes(), map[string]attr.Value{
			"day":        types.StringValue(string(auto.MaintenanceWindow.Day)),
			"start_hour": types.Int64Value(int64(auto.MaintenanceWindow.StartHour)),
		})
	}
	m.refreshAutoscaler(ctx, cluster.AutoscalerConfig, imported, diags)
	m.refreshOIDC(ctx, cluster.OpenIDConnectConfig, diags)
	m.refreshVersion(cluster)
}

// refreshComputed sets the computed attributes to those of the actual cluster, including optional ones that the API
// sets by default.
func (m *commonModel) refreshComputed(cluster *k8s.Cluster) {
	m.ID = types.StringValue(scaleway.JoinID(cluster.Region, cluster.ID))
	m.Region = types.StringValue(string(cluster.Region))
	m.OrganizationID = types.StringValue(cluster.OrganizationID)
	m.VersionUsed = types.StringValue(cluster.Version)
	m.APIServerURL = types.StringValue(cluster.ClusterURL)
	m.WildcardDNS = types.StringValue(cluster.DNSWildcard)
	m.CreatedAt = tfkit.RFC3339PointerValue(cluster.CreatedAt)
	m.CommitmentEndsAt = tfkit.RFC3339PointerValue(cluster.CommitmentEndsAt)
	m.IAMNodesGroupID = types.StringValue(cluster.IamNodesGroupID)
	m.PodCIDR = types.StringValue(cluster.PodCidr.String())
	m.ServiceCIDR = types.StringValue(cluster.ServiceCidr.String())
	m.ServiceDNSIP = types.StringValue(cluster.ServiceDNSIP.String())
	if m.ProjectID.IsUnknown() {
		m.ProjectID = types.StringValue(cluster.ProjectID)
	}
}

// refreshVersion keeps the configured minor if the actual one is newer: a forced upgrade is not drift, and is never
// reverted.
func (m *commonModel) refreshVersion(cluster *k8s.Cluster) {
	actual, err := lifecycle.ParseVersion(cluster.Version)
	if err != nil {
		return // version_used shows the actual version
	}
	configured, err := lifecycle.ParseMinor(m.Version.ValueString())
	if err != nil || configured.Compare(actual.Minor) > 0 {
		m.Version = types.StringValue(actual.Minor.String())
	}
}
