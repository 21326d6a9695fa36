package scalewaystate

import (
	"net"

	"github.com/scaleway/scaleway-sdk-go/api/k8s/v1"
)

// clusterState holds the attributes of a scaleway_k8s_cluster that describe the cluster, without its kubeconfig.
type clusterState struct {
	ID               string   `json:"id"`
	Region           string   `json:"region"`
	Name             string   `json:"name"`
	Type             string   `json:"type"`
	Description      string   `json:"description"`
	Version          string   `json:"version"`
	CNI              string   `json:"cni"`
	Tags             []string `json:"tags"`
	FeatureGates     []string `json:"feature_gates"`
	AdmissionPlugins []string `json:"admission_plugins"`
	CertSANs         []string `json:"apiserver_cert_sans"`
	PrivateNetworkID string   `json:"private_network_id"`
	PodCIDR          string   `json:"pod_cidr"`
	ServiceCIDR      string   `json:"service_cidr"`
	ServiceDNSIP     string   `json:"service_dns_ip"`
	OrganizationID   string   `json:"organization_id"`
	ProjectID        string   `json:"project_id"`
	CreatedAt        string   `json:"created_at"`
	URL              string   `json:"apiserver_url"`
	WildcardDNS      string   `json:"wildcard_dns"`
	AutoUpgrade      []struct {
		Enable bool   `json:"enable"`
		Hour   uint32 `json:"maintenance_window_start_hour"`
		Day    string `json:"maintenance_window_day"`
	} `json:"auto_upgrade"`
	Autoscaler []struct {
		Disabled    bool    `json:"disable_scale_down"`
		AfterAdd    string  `json:"scale_down_delay_after_add"`
		Unneeded    string  `json:"scale_down_unneeded_time"`
		Estimator   string  `json:"estimator"`
		Expander    string  `json:"expander"`
		Daemonsets  bool    `json:"ignore_daemonsets_utilization"`
		Balance     bool    `json:"balance_similar_node_groups"`
		Cutoff      int32   `json:"expendable_pods_priority_cutoff"`
		Utilization float32 `json:"scale_down_utilization_threshold"`
		Graceful    uint32  `json:"max_graceful_termination_sec"`
	} `json:"autoscaler_config"`
	OIDC []struct {
		IssuerURL      string   `json:"issuer_url"`
		ClientID       string   `json:"client_id"`
		UsernameClaim  string   `json:"username_claim"`
		UsernamePrefix string   `json:"username_prefix"`
		GroupsClaim    []string `json:"groups_claim"`
		GroupsPrefix   string   `json:"groups_prefix"`
		RequiredClaim  []string `json:"required_claim"`
	} `json:"open_id_connect_config"`
}

// ParseCluster decodes the state of a scaleway_k8s_cluster. The version is a minor if auto-upgrade sets the patch.
func ParseCluster(state []byte) (*k8s.Cluster, error) {
	var s clusterState
	if err := decode(state, &s); err != nil {
		return nil, err
	}
	region, uuid, err := splitID(s.ID, s.Region)
	if err != nil {
		return nil, err
	}
	cluster := &k8s.Cluster{
		ID:                uuid,
		Region:            region,
		Name:              s.Name,
		Type:              s.Type,
		Description:       s.Description,
		Version:           s.Version,
		Cni:               k8s.CNI(s.CNI),
		Tags:              s.Tags,
		FeatureGates:      s.FeatureGates,
		AdmissionPlugins:  s.AdmissionPlugins,
		ApiserverCertSans: s.CertSANs,
		PrivateNetworkID:  bareIDOrNil(s.PrivateNetworkID),
		PodCidr:           parseNetwork(s.PodCIDR),
		ServiceCidr:       parseNetwork(s.ServiceCIDR),
		ServiceDNSIP:      net.ParseIP(s.ServiceDNSIP),
		OrganizationID:    s.OrganizationID,
		ProjectID:         s.ProjectID,
		CreatedAt:         parseTime(s.CreatedAt),
		ClusterURL:        s.URL,
		DNSWildcard:       s.WildcardDNS,
	}
	if len(s.AutoUpgrade) == 1 {
		one := s.AutoUpgrade[0]
		cluster.AutoUpgrade = &k8s.ClusterAutoUpgrade{Enabled: one.Enable, MaintenanceWindow: &k8s.MaintenanceWindow{
			StartHour: one.Hour, Day: k8s.MaintenanceWindowDayOfTheWeek(one.Day),
		}}
	}
	if len(s.Autoscaler) == 1 {
		one := s.Autoscaler[0]
		cluster.AutoscalerConfig = &k8s.ClusterAutoscalerConfig{
			ScaleDownDisabled: one.Disabled, ScaleDownDelayAfterAdd: one.AfterAdd, ScaleDownUnneededTime: one.Unneeded,
			Estimator: k8s.AutoscalerEstimator(one.Estimator), Expander: k8s.AutoscalerExpander(one.Expander),
			IgnoreDaemonsetsUtilization: one.Daemonsets, BalanceSimilarNodeGroups: one.Balance,
			ExpendablePodsPriorityCutoff:  one.Cutoff,
			ScaleDownUtilizationThreshold: one.Utilization, MaxGracefulTerminationSec: one.Graceful,
			SkipNodesWithLocalStorage: true, // the API's default: the official provider has no such attribute
		}
	}
	if len(s.OIDC) == 1 {
		one := s.OIDC[0]
		cluster.OpenIDConnectConfig = &k8s.ClusterOpenIDConnectConfig{
			IssuerURL: one.IssuerURL, ClientID: one.ClientID, UsernameClaim: one.UsernameClaim,
			UsernamePrefix: one.UsernamePrefix,
			GroupsClaim:    one.GroupsClaim, GroupsPrefix: one.GroupsPrefix, RequiredClaim: one.RequiredClaim,
		}
	}
	return cluster, nil
}
