package cluster

import (
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/scaleway/scaleway-sdk-go/api/k8s/v1"

	"github.com/terraform-srm/terraform-provider-srm/internal/scaleway"
	"github.com/terraform-srm/terraform-provider-srm/internal/tfkit"
)

type dataModel struct {
	ID                           string             `tfsdk:"id"`
	Name                         string             `tfsdk:"name"`
	ProjectID                    string             `tfsdk:"project_id"`
	Region                       string             `tfsdk:"region"`
	OrganizationID               string             `tfsdk:"organization_id"`
	Type                         string             `tfsdk:"type"`
	Status                       string             `tfsdk:"status"`
	Version                      string             `tfsdk:"version"`
	UpgradeAvailable             bool               `tfsdk:"upgrade_available"`
	CNI                          string             `tfsdk:"cni"`
	Description                  string             `tfsdk:"description"`
	Tags                         []string           `tfsdk:"tags"`
	APIServerURL                 string             `tfsdk:"api_server_url"`
	WildcardDNS                  string             `tfsdk:"wildcard_dns"`
	PrivateNetworkID             *string            `tfsdk:"private_network_id"`
	PodCIDR                      *string            `tfsdk:"pod_cidr"`
	ServiceCIDR                  *string            `tfsdk:"service_cidr"`
	ServiceDNSIP                 *string            `tfsdk:"service_dns_ip"`
	AutoUpgrade                  *dataAutoUpgrade   `tfsdk:"auto_upgrade"`
	Autoscaler                   *dataAutoscaler    `tfsdk:"autoscaler"`
	OIDC                         *dataOIDC          `tfsdk:"oidc"`
	FeatureGates                 []string           `tfsdk:"feature_gates"`
	AdmissionPlugins             []string           `tfsdk:"admission_plugins"`
	APIServerCertSANs            []string           `tfsdk:"apiserver_cert_sans"`
	CommitmentEndsAt             types.String       `tfsdk:"commitment_ends_at"`
	IAMNodesGroupID              *string            `tfsdk:"iam_nodes_group_id"`
	IAMControlPlaneApplicationID *string            `tfsdk:"iam_control_plane_application_id"`
	CreatedAt                    types.String       `tfsdk:"created_at"`
	UpdatedAt                    types.String       `tfsdk:"updated_at"`
	ACLAvailable                 *bool              `tfsdk:"acl_available"`
	AllowList                    []dataAllowedRange `tfsdk:"allow_list"`
	Pools                        []dataPool         `tfsdk:"pools"`
}

type dataAutoUpgrade struct {
	Enabled           bool                   `tfsdk:"enabled"`
	MaintenanceWindow *dataMaintenanceWindow `tfsdk:"maintenance_window"`
}

type dataMaintenanceWindow struct {
	Day       string `tfsdk:"day"`
	StartHour int64  `tfsdk:"start_hour"`
}

type dataAutoscaler struct {
	ScaleDownDisabled             bool    `tfsdk:"scale_down_disabled"`
	ScaleDownDelayAfterAdd        string  `tfsdk:"scale_down_delay_after_add"`
	ScaleDownUnneededTime         string  `tfsdk:"scale_down_unneeded_time"`
	ScaleDownUtilizationThreshold float64 `tfsdk:"scale_down_utilization_threshold"`
	Estimator                     string  `tfsdk:"estimator"`
	Expander                      string  `tfsdk:"expander"`
	IgnoreDaemonsetsUtilization   bool    `tfsdk:"ignore_daemonsets_utilization"`
	BalanceSimilarNodeGroups      bool    `tfsdk:"balance_similar_node_groups"`
	ExpendablePodsPriorityCutoff  int64   `tfsdk:"expendable_pods_priority_cutoff"`
	MaxGracefulTerminationSec     int64   `tfsdk:"max_graceful_termination_sec"`
	SkipNodesWithLocalStorage     bool    `tfsdk:"skip_nodes_with_local_storage"`
	LogLevel                      int64   `tfsdk:"log_level"`
}

type dataOIDC struct {
	IssuerURL      string   `tfsdk:"issuer_url"`
	ClientID       string   `tfsdk:"client_id"`
	UsernameClaim  string   `tfsdk:"username_claim"`
	UsernamePrefix string   `tfsdk:"username_prefix"`
	GroupsClaim    []string `tfsdk:"groups_claim"`
	GroupsPrefix   string   `tfsdk:"groups_prefix"`
	RequiredClaim  []string `tfsdk:"required_claim"`
}

type dataAllowedRange struct {
	IP             *string `tfsdk:"ip"`
	ScalewayRanges bool    `tfsdk:"scaleway_ranges"`
	Description    string  `tfsdk:"description"`
}

// newDataModel converts a cluster of the API to the model, without the allow-list and the pools.
func newDataModel(c *k8s.Cluster) *dataModel {
	m := &dataModel{
		ID:                           scaleway.JoinID(c.Region, c.ID),
		Name:                         c.Name,
		ProjectID:                    c.ProjectID,
		Region:                       c.Region.String(),
		OrganizationID:               c.OrganizationID,
		Type:                         c.Type,
		Status:                       c.Status.String(),
		Version:                      c.Version,
		UpgradeAvailable:             c.UpgradeAvailable,
		CNI:                          c.Cni.String(),
		Description:                  c.Description,
		Tags:                         nonNilList(c.Tags),
		APIServerURL:                 c.ClusterURL,
		WildcardDNS:                  c.DNSWildcard,
		PrivateNetworkID:             regionalID(c.Region, c.PrivateNetworkID),
		FeatureGates:                 nonNilList(c.FeatureGates),
		AdmissionPlugins:             nonNilList(c.AdmissionPlugins),
		APIServerCertSANs:            nonNilList(c.ApiserverCertSans),
		CommitmentEndsAt:             tfkit.RFC3339PointerValue(c.CommitmentEndsAt),
		IAMNodesGroupID:              tfkit.NilIfEmpty(c.IamNodesGroupID),
		IAMControlPlaneApplicationID: tfkit.NilIfEmpty(c.IamControlPlaneApplicationID),
		CreatedAt:                    tfkit.RFC3339PointerValue(c.CreatedAt),
		UpdatedAt:                    tfkit.RFC3339PointerValue(c.UpdatedAt),
		ACLAvailable:                 aclAvailable(c),
	}
	if c.PodCidr.IP != nil {
		m.PodCIDR = tfkit.NilIfEmpty(c.PodCidr.String())
	}
	if c.ServiceCidr.IP != nil {
		m.ServiceCIDR = tfkit.NilIfEmpty(c.ServiceCidr.String())
	}
	if c.ServiceDNSIP != nil {
		m.ServiceDNSIP = tfkit.NilIfEmpty(c.ServiceDNSIP.String())
	}
	if u := c.AutoUpgrade; u != nil {
		m.AutoUpgrade = &dataAutoUpgrade{Enabled: u.Enabled}
		if w := u.MaintenanceWindow; w != nil {
			m.AutoUpgrade.MaintenanceWindow = &dataMaintenanceWindow{Day: w.Day.String(), StartHour: int64(w.StartHour)}
		}
	}
	m.Autoscaler = newDataAutoscaler(c.AutoscalerConfig)
	m.OIDC = newDataOIDC(c.OpenIDConnectConfig)
	return m
}

func newDataAutoscaler(c *k8s.ClusterAutoscalerConfig) *dataAutoscaler {
	if c == nil {
		return nil
	}
	return &dataAutoscaler{
		ScaleDownDisabled: c.ScaleDownDisabled, ScaleDownDelayAfterAdd: c.ScaleDownDelayAfterAdd,
		ScaleDownUnneededTime: c.ScaleDownUnneededTime,
		ScaleDownUtilizationThreshold: tfkit.Float64FromFloat32(
			c.ScaleDownUtilizationThreshold,
		), Estimator: c.Estimator.String(), Expander: c.Expander.String(),
		IgnoreDaemonsetsUtilization: c.IgnoreDaemonsetsUtilization,
		BalanceSimilarNodeGroups:    c.BalanceSimilarNodeGroups,
		ExpendablePodsPriorityCutoff: int64(
			c.ExpendablePodsPriorityCutoff,
		), MaxGracefulTerminationSec: int64(c.MaxGracefulTerminationSec),
		SkipNodesWithLocalStorage: c.SkipNodesWithLocalStorage, LogLevel: int64(c.LogLevel),
	}
}

// newDataOIDC returns nil for an empty configuration, which the API sends for a cluster without OIDC.
func newDataOIDC(c *k8s.ClusterOpenIDConnectConfig) *dataOIDC {
	if c == nil || c.IssuerURL == "" {
		return nil
	}
	return &dataOIDC{
		IssuerURL: c.IssuerURL, ClientID: c.ClientID, UsernameClaim: c.UsernameClaim, UsernamePrefix: c.UsernamePrefix,
		GroupsClaim: nonNilList(c.GroupsClaim), GroupsPrefix: c.GroupsPrefix,
		RequiredClaim: nonNilList(c.RequiredClaim),
	}
}

// newDataAllowList never returns nil: an empty allow-list isolates the API server, whereas null means that the cluster
// cannot have an allow-list.
func newDataAllowList(rules []*k8s.ACLRule) []dataAllowedRange {
	ranges := make([]dataAllowedRange, 0, len(rules))
	for _, rule := range rules {
		one := dataAllowedRange{
			Description: rule.Description, ScalewayRanges: rule.ScalewayRanges != nil && *rule.ScalewayRanges,
		}
		if rule.IP != nil && rule.IP.IP != nil {
			one.IP = tfkit.NilIfEmpty(rule.IP.String())
		}
		ranges = append(ranges, one)
	}
	return ranges
}

// aclAvailable returns a field that the SDK marks as deprecated. The API still sends it and offers no replacement.
func aclAvailable(c *k8s.Cluster) *bool { return c.ACLAvailable } //nolint:staticcheck

// hasAllowList reports whether a cluster can have an allow-list. It is true if the API does not say, so that the
// allow-list is requested.
func hasAllowList(c *k8s.Cluster) bool {
	available := aclAvailable(c)
	return available == nil || *available
}
