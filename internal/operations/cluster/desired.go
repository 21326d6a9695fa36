// Package cluster creates, updates and destroys clusters. It works on plain structs: resource packages decode a plan
// into Desired, call an operation, and turn its result into state and diagnostics.
package cluster

import (
	"math"
	"net"
	"net/netip"
	"slices"
	"time"

	"github.com/scaleway/scaleway-sdk-go/api/k8s/v1"
	"github.com/scaleway/scaleway-sdk-go/scw"

	"github.com/terraform-srm/terraform-provider-srm/internal/lifecycle"
	"github.com/terraform-srm/terraform-provider-srm/internal/scaleway"
)

// Ref identifies a cluster.
type Ref struct {
	Region scw.Region
	UUID   string
}

// ID returns the id of the cluster in a configuration: "region/UUID".
func (r Ref) ID() string { return scaleway.JoinID(r.Region, r.UUID) }

// Desired is the planned configuration of a cluster. Every value is known.
type Desired struct {
	Settings

	Region    scw.Region
	ProjectID string
	CNI       k8s.CNI
	// PrivateNetworkID is a UUID, empty for a cluster without a Private Network.
	PrivateNetworkID string
	// PodCIDR, ServiceCIDR and ServiceDNSIP are zero where the API chooses them.
	PodCIDR, ServiceCIDR netip.Prefix
	ServiceDNSIP         netip.Addr

	Version   lifecycle.Minor
	AllowList []AllowRule
	// UpgradePools is true if an upgrade of the cluster upgrades its pools.
	UpgradePools bool
}

// Observed is what the state says about an existing cluster.
type Observed struct {
	Settings
	Ref

	// Version is the version that runs; zero where the state does not have it.
	Version   lifecycle.Version
	AllowList []AllowRule
}

// Settings are the attributes of a cluster that a PATCH changes, and its type. Lists of strings are sorted.
type Settings struct {
	Name, Type, Description      string
	Tags                         []string
	FeatureGates                 []string
	AdmissionPlugins, ServerSANs []string
	// MaintenanceWindow is nil where auto-upgrade is off.
	MaintenanceWindow *k8s.MaintenanceWindow
	// Autoscaler and OIDC are nil where they are not configured.
	Autoscaler *Autoscaler
	OIDC       *OIDC
}

// Autoscaler holds the settings of the cluster autoscaler. Durations are written as in Go, such as "10m".
type Autoscaler struct {
	ScaleDownDisabled             bool
	ScaleDownDelayAfterAdd        string
	ScaleDownUnneededTime         string
	ScaleDownUtilizationThreshold float32
	Estimator                     k8s.AutoscalerEstimator
	Expander                      k8s.AutoscalerExpander
	IgnoreDaemonsetsUtilization   bool
	BalanceSimilarNodeGroups      bool
	SkipNodesWithLocalStorage     bool
	ExpendablePodsPriorityCutoff  int32
	MaxGracefulTerminationSec     uint32
}

// DefaultAutoscaler returns the settings that the API uses where a request has none.
func DefaultAutoscaler() Autoscaler {
	return Autoscaler{
		ScaleDownDelayAfterAdd: "10m", ScaleDownUnneededTime: "10m", ScaleDownUtilizationThreshold: 0.5,
		Estimator: k8s.AutoscalerEstimatorBinpacking, Expander: k8s.AutoscalerExpanderRandom,
		SkipNodesWithLocalStorage: true, MaxGracefulTerminationSec: 600, ExpendablePodsPriorityCutoff: -10,
	}
}

// OIDC holds the settings of the OpenID Connect provider of a cluster.
type OIDC struct {
	IssuerURL, ClientID, UsernameClaim, UsernamePrefix, GroupsPrefix string
	GroupsClaim, RequiredClaim                                       []string
}

func (o *OIDC) equal(other *OIDC) bool {
	if o == nil || other == nil {
		return o == other
	}
	return o.IssuerURL == other.IssuerURL && o.ClientID == other.ClientID && o.UsernameClaim == other.UsernameClaim &&
		o.UsernamePrefix == other.UsernamePrefix && o.GroupsPrefix == other.GroupsPrefix &&
		slices.Equal(o.GroupsClaim, other.GroupsClaim) && slices.Equal(o.RequiredClaim, other.RequiredClaim)
}

// createRequest returns the request that creates a cluster with a full version and no pool.
func (d Desired) createRequest(version string) *k8s.CreateClusterRequest {
	request := &k8s.CreateClusterRequest{
		Region: d.Region, ProjectID: &d.ProjectID, Type: d.Type, Name: d.Name, Description: d.Description, Tags: d.Tags,
		Version: version, Cni: d.CNI, FeatureGates: d.FeatureGates, AdmissionPlugins: d.AdmissionPlugins,
		ApiserverCertSans: d.ServerSANs, PodCidr: ipNet(d.PodCIDR), ServiceCidr: ipNet(d.ServiceCIDR),
		AutoUpgrade: &k8s.CreateClusterRequestAutoUpgrade{Enable: true, MaintenanceWindow: d.MaintenanceWindow},
	}
	if d.ServiceDNSIP.IsValid() {
		address := net.IP(d.ServiceDNSIP.AsSlice())
		request.ServiceDNSIP = &address
	}
	if d.PrivateNetworkID != "" {
		request.PrivateNetworkID = &d.PrivateNetworkID
	}
	if d.Autoscaler != nil {
		config := k8s.CreateClusterRequestAutoscalerConfig(*d.Autoscaler.request())
		request.AutoscalerConfig = &config
	}
	if d.OIDC != nil {
		oidc := d.OIDC.request()
		request.OpenIDConnectConfig = &k8s.CreateClusterRequestOpenIDConnectConfig{
			IssuerURL: *oidc.IssuerURL, ClientID: *oidc.ClientID, UsernameClaim: oidc.UsernameClaim,
			UsernamePrefix: oidc.UsernamePrefix, GroupsClaim: oidc.GroupsClaim, GroupsPrefix: oidc.GroupsPrefix,
			RequiredClaim: oidc.RequiredClaim,
		}
	}
	return request
}

// patch returns the request that changes the settings of a cluster to s; nil where they are equal. The type has a
// request of its own.
func (s Settings) patch(ref Ref, from Settings) *k8s.UpdateClusterRequest {
	request, changed := &k8s.UpdateClusterRequest{Region: ref.Region, ClusterID: ref.UUID}, false
	if s.Name != from.Name {
		request.Name, changed = &s.Name, true
	}
	if s.Description != from.Description {
		request.Description, changed = &s.Description, true
	}
	for _, list := range []struct {
		to, from []string
		field    **[]string
	}{
		{s.Tags, from.Tags, &request.Tags}, {s.FeatureGates, from.FeatureGates, &request.FeatureGates},
		{s.AdmissionPlugins, from.AdmissionPlugins, &request.AdmissionPlugins},
		{s.ServerSANs, from.ServerSANs, &request.ApiserverCertSans},
	} {
		if to := nonNil(list.to); !slices.Equal(to, list.from) {
			*list.field, changed = &to, true
		}
	}
	if !equalOrNil(s.MaintenanceWindow, from.MaintenanceWindow) {
		enable := true
		request.AutoUpgrade = &k8s.UpdateClusterRequestAutoUpgrade{
			Enable: &enable, MaintenanceWindow: s.MaintenanceWindow,
		}
		changed = true
	}
	if !equalOrNil(s.Autoscaler, from.Autoscaler) {
		settings := s.Autoscaler
		if settings == nil {
			defaults := DefaultAutoscaler()
			settings = &defaults
		}
		request.AutoscalerConfig, changed = settings.request(), true
	}
	if !s.OIDC.equal(from.OIDC) {
		settings := s.OIDC
		if settings == nil {
			settings = &OIDC{}
		}
		request.OpenIDConnectConfig, changed = settings.request(), true
	}
	if !changed {
		return nil
	}
	return request
}

func (a *Autoscaler) request() *k8s.UpdateClusterRequestAutoscalerConfig {
	return &k8s.UpdateClusterRequestAutoscalerConfig{
		ScaleDownDisabled: &a.ScaleDownDisabled, ScaleDownDelayAfterAdd: &a.ScaleDownDelayAfterAdd,
		ScaleDownUnneededTime:         &a.ScaleDownUnneededTime,
		ScaleDownUtilizationThreshold: &a.ScaleDownUtilizationThreshold,
		Estimator:                     a.Estimator, Expander: a.Expander,
		IgnoreDaemonsetsUtilization:  &a.IgnoreDaemonsetsUtilization,
		BalanceSimilarNodeGroups:     &a.BalanceSimilarNodeGroups,
		SkipNodesWithLocalStorage:    &a.SkipNodesWithLocalStorage,
		ExpendablePodsPriorityCutoff: &a.ExpendablePodsPriorityCutoff,
		MaxGracefulTerminationSec:    &a.MaxGracefulTerminationSec,
	}
}

// request sends every setting, empty where it is not configured, so that the API clears what was removed.
func (o *OIDC) request() *k8s.UpdateClusterRequestOpenIDConnectConfig {
	groups, required := nonNil(o.GroupsClaim), nonNil(o.RequiredClaim)
	return &k8s.UpdateClusterRequestOpenIDConnectConfig{
		IssuerURL: &o.IssuerURL, ClientID: &o.ClientID, UsernameClaim: &o.UsernameClaim,
		UsernamePrefix: &o.UsernamePrefix, GroupsClaim: &groups, GroupsPrefix: &o.GroupsPrefix,
		RequiredClaim: &required,
	}
}

// observe returns the settings of a cluster as the API has them. The autoscaler is nil where known does not have it, as
// its settings are then the API's; a duration keeps the spelling of known where it means the same.
func observe(cluster *k8s.Cluster, known *Autoscaler) Settings {
	found := Settings{
		Name: cluster.Name, Type: cluster.Type, Description: cluster.Description, Tags: sorted(cluster.Tags),
		FeatureGates: sorted(cluster.FeatureGates), AdmissionPlugins: sorted(cluster.AdmissionPlugins),
		ServerSANs: sorted(cluster.ApiserverCertSans),
	}
	if auto := cluster.AutoUpgrade; auto != nil && auto.Enabled {
		found.MaintenanceWindow = auto.MaintenanceWindow
	}
	if config := cluster.AutoscalerConfig; config != nil && known != nil {
		autoscaler := NewAutoscaler(config, *known)
		found.Autoscaler = &autoscaler
	}
	if config := cluster.OpenIDConnectConfig; config != nil && (config.IssuerURL != "" || config.ClientID != "") {
		found.OIDC = &OIDC{
			IssuerURL: config.IssuerURL, ClientID: config.ClientID, UsernameClaim: config.UsernameClaim,
			UsernamePrefix: config.UsernamePrefix, GroupsPrefix: config.GroupsPrefix,
			GroupsClaim: config.GroupsClaim, RequiredClaim: config.RequiredClaim,
		}
	}
	return found
}

// NewAutoscaler returns the autoscaler settings of the API, with the durations and the threshold of known where they
// mean the same.
func NewAutoscaler(config *k8s.ClusterAutoscalerConfig, known Autoscaler) Autoscaler {
	threshold := config.ScaleDownUtilizationThreshold
	if math.Abs(float64(threshold-known.ScaleDownUtilizationThreshold)) <= 1e-6 {
		threshold = known.ScaleDownUtilizationThreshold
	}
	return Autoscaler{
		ScaleDownDisabled:             config.ScaleDownDisabled,
		ScaleDownDelayAfterAdd:        keepDuration(known.ScaleDownDelayAfterAdd, config.ScaleDownDelayAfterAdd),
		ScaleDownUnneededTime:         keepDuration(known.ScaleDownUnneededTime, config.ScaleDownUnneededTime),
		ScaleDownUtilizationThreshold: threshold,
		Estimator:                     config.Estimator, Expander: config.Expander,
		IgnoreDaemonsetsUtilization:  config.IgnoreDaemonsetsUtilization,
		BalanceSimilarNodeGroups:     config.BalanceSimilarNodeGroups,
		SkipNodesWithLocalStorage:    config.SkipNodesWithLocalStorage,
		ExpendablePodsPriorityCutoff: config.ExpendablePodsPriorityCutoff,
		MaxGracefulTerminationSec:    config.MaxGracefulTerminationSec,
	}
}

// keepDuration returns the known spelling of a duration where it equals the actual one.
func keepDuration(known, actual string) string {
	first, err := time.ParseDuration(known)
	second, other := time.ParseDuration(actual)
	if err == nil && other == nil && first == second {
		return known
	}
	return actual
}

func equalOrNil[T comparable](a, b *T) bool {
	if a == nil || b == nil {
		return a == b
	}
	return *a == *b
}

func ipNet(prefix netip.Prefix) *scw.IPNet {
	if !prefix.IsValid() {
		return nil
	}
	bits := prefix.Addr().BitLen()
	return &scw.IPNet{IPNet: net.IPNet{IP: prefix.Addr().AsSlice(), Mask: net.CIDRMask(prefix.Bits(), bits)}}
}

func sorted(values []string) []string {
	return slices.Sorted(slices.Values(values))
}

func nonNil(values []string) []string {
	if values == nil {
		return []string{}
	}
	return values
}
