package sandbox

import (
	"cmp"
	"encoding/json"

	"github.com/scaleway/scaleway-sdk-go/api/k8s/v1"
	"github.com/scaleway/scaleway-sdk-go/scw"
)

func defaultAutoscaler() *k8s.ClusterAutoscalerConfig {
	return &k8s.ClusterAutoscalerConfig{
		ScaleDownDelayAfterAdd: "10m", Estimator: k8s.AutoscalerEstimatorBinpacking,
		Expander:              k8s.AutoscalerExpanderRandom,
		ScaleDownUnneededTime: "10m", ScaleDownUtilizationThreshold: 0.5, MaxGracefulTerminationSec: 600,
		SkipNodesWithLocalStorage: true, LogLevel: 2, ExpendablePodsPriorityCutoff: -10,
	}
}

func defaultAutoUpgrade() *k8s.ClusterAutoUpgrade {
	return &k8s.ClusterAutoUpgrade{MaintenanceWindow: &k8s.MaintenanceWindow{Day: k8s.MaintenanceWindowDayOfTheWeekAny}}
}

// setAutoscaler sets the requested fields. Null, and the unknown value of an enum, leave a field unchanged.
func setAutoscaler(config *k8s.ClusterAutoscalerConfig, req *k8s.UpdateClusterRequestAutoscalerConfig) {
	setIfPresent(&config.ScaleDownDisabled, req.ScaleDownDisabled)
	setIfPresent(&config.ScaleDownDelayAfterAdd, req.ScaleDownDelayAfterAdd)
	if req.Estimator != "" && req.Estimator != k8s.AutoscalerEstimatorUnknownEstimator {
		config.Estimator = req.Estimator
	}
	if req.Expander != "" && req.Expander != k8s.AutoscalerExpanderUnknownExpander {
		config.Expander = req.Expander
	}
	setIfPresent(&config.IgnoreDaemonsetsUtilization, req.IgnoreDaemonsetsUtilization)
	setIfPresent(&config.BalanceSimilarNodeGroups, req.BalanceSimilarNodeGroups)
	setIfPresent(&config.ExpendablePodsPriorityCutoff, req.ExpendablePodsPriorityCutoff)
	setIfPresent(&config.ScaleDownUnneededTime, req.ScaleDownUnneededTime)
	setIfPresent(&config.ScaleDownUtilizationThreshold, req.ScaleDownUtilizationThreshold)
	setIfPresent(&config.MaxGracefulTerminationSec, req.MaxGracefulTerminationSec)
	setIfPresent(&config.SkipNodesWithLocalStorage, req.SkipNodesWithLocalStorage)
	setIfPresent(&config.LogLevel, req.LogLevel)
}

func setOIDC(config *k8s.ClusterOpenIDConnectConfig, req *k8s.UpdateClusterRequestOpenIDConnectConfig) {
	setIfPresent(&config.IssuerURL, req.IssuerURL)
	setIfPresent(&config.ClientID, req.ClientID)
	setIfPresent(&config.UsernameClaim, req.UsernameClaim)
	setIfPresent(&config.UsernamePrefix, req.UsernamePrefix)
	setListIfPresent(&config.GroupsClaim, req.GroupsClaim)
	setIfPresent(&config.GroupsPrefix, req.GroupsPrefix)
	setListIfPresent(&config.RequiredClaim, req.RequiredClaim)
}

// toCreatePoolRequest converts a pool in a request to create a cluster into a request to create the pool.
func toCreatePoolRequest(region scw.Region, req *k8s.CreateClusterRequestPoolConfig) *k8s.CreatePoolRequest {
	return &k8s.CreatePoolRequest{
		Name:             req.Name,
		NodeType:         req.NodeType,
		PlacementGroupID: req.PlacementGroupID,
		Autoscaling:      req.Autoscaling,
		Size:             req.Size,
		MinSize:          req.MinSize,
		MaxSize:          req.MaxSize,
		ContainerRuntime: cmp.Or(req.ContainerRuntime, k8s.RuntimeContainerd),
		Autohealing:      req.Autohealing,
		Tags:             req.Tags,
		KubeletArgs:      req.KubeletArgs,
		UpgradePolicy:    (*k8s.CreatePoolRequestUpgradePolicy)(req.UpgradePolicy),
		Zone: cmp.Or(
			req.Zone,
			firstZone(region),
		),
		RootVolumeType:            req.RootVolumeType,
		RootVolumeSize:            req.RootVolumeSize,
		PublicIPDisabled:          req.PublicIPDisabled,
		SecurityGroupID:           req.SecurityGroupID,
		Labels:                    req.Labels,
		Taints:                    req.Taints,
		StartupTaints:             req.StartupTaints,
		PrivateNetworkID:          req.PrivateNetworkID,
		UserData:                  req.UserData,
		MaxTerminationGracePeriod: req.MaxTerminationGracePeriod,
	}
}

// omitsField reports whether an object in a JSON body omits a field. A field with the value null is not omitted.
func omitsField(body []byte, object, field string) bool {
	var fields map[string]json.RawMessage
	var inner map[string]json.RawMessage
	if json.Unmarshal(body, &fields) != nil || json.Unmarshal(fields[object], &inner) != nil || inner == nil {
		return false
	}
	_, there := inner[field]
	return !there
}
