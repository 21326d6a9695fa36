package sandbox

import (
	"cmp"
	"encoding/json"

	"github.com/scaleway/scaleway-sdk-go/api/k8s/v1"
)

func defaultAutoscaler() *k8s.ClusterAutoscalerConfig {
	return &k8s.ClusterAutoscalerConfig{
		ScaleDownDelayAfterAdd: "10m", Estimator: k8s.AutoscalerEstimatorBinpacking, Expander: k8s.AutoscalerExpanderRandom,
		ScaleDownUnneededTime: "10m", ScaleDownUtilizationThreshold: 0.5, MaxGracefulTerminationSec: 600,
		SkipNodesWithLocalStorage: true, LogLevel: 2,
	}
}

func defaultAutoUpgrade() *k8s.ClusterAutoUpgrade {
	return &k8s.ClusterAutoUpgrade{MaintenanceWindow: &k8s.MaintenanceWindow{Day: k8s.MaintenanceWindowDayOfTheWeekAny}}
}

// setAutoscaler sets the requested fields. Null, and the unknown value of an enum, leave a field unchanged.
func setAutoscaler(config *k8s.ClusterAutoscalerConfig, req *k8s.UpdateClusterRequestAutoscalerConfig) {
	set(&config.ScaleDownDisabled, req.ScaleDownDisabled)
	set(&config.ScaleDownDelayAfterAdd, req.ScaleDownDelayAfterAdd)
	if req.Estimator != "" && req.Estimator != k8s.AutoscalerEstimatorUnknownEstimator {
		config.Estimator = req.Estimator
	}
	if req.Expander != "" && req.Expander != k8s.AutoscalerExpanderUnknownExpander {
		config.Expander = req.Expander
	}
	set(&config.IgnoreDaemonsetsUtilization, req.IgnoreDaemonsetsUtilization)
	set(&config.BalanceSimilarNodeGroups, req.BalanceSimilarNodeGroups)
	set(&config.ExpendablePodsPriorityCutoff, req.ExpendablePodsPriorityCutoff)
	set(&config.ScaleDownUnneededTime, req.ScaleDownUnneededTime)
	set(&config.ScaleDownUtilizationThreshold, req.ScaleDownUtilizationThreshold)
	set(&config.MaxGracefulTerminationSec, req.MaxGracefulTerminationSec)
	set(&config.SkipNodesWithLocalStorage, req.SkipNodesWithLocalStorage)
	set(&config.LogLevel, req.LogLevel)
}

func setOIDC(config *k8s.ClusterOpenIDConnectConfig, req *k8s.UpdateClusterRequestOpenIDConnectConfig) {
	set(&config.IssuerURL, req.IssuerURL)
	set(&config.ClientID, req.ClientID)
	set(&config.UsernameClaim, req.UsernameClaim)
	set(&config.UsernamePrefix, req.UsernamePrefix)
	setList(&config.GroupsClaim, req.GroupsClaim)
	set(&config.GroupsPrefix, req.GroupsPrefix)
	setList(&config.RequiredClaim, req.RequiredClaim)
}

// poolOf converts a pool in a request to create a cluster into a request to create the pool.
func poolOf(req *k8s.CreateClusterRequestPoolConfig) *k8s.CreatePoolRequest {
	return &k8s.CreatePoolRequest{
		Name: req.Name, NodeType: req.NodeType, PlacementGroupID: req.PlacementGroupID, Autoscaling: req.Autoscaling,
		Size: req.Size, MinSize: req.MinSize, MaxSize: req.MaxSize,
		ContainerRuntime: cmp.Or(req.ContainerRuntime, k8s.RuntimeContainerd), Autohealing: req.Autohealing,
		Tags: req.Tags, KubeletArgs: req.KubeletArgs,
		UpgradePolicy: (*k8s.CreatePoolRequestUpgradePolicy)(req.UpgradePolicy),
		Zone:          req.Zone, RootVolumeType: req.RootVolumeType, RootVolumeSize: req.RootVolumeSize,
		PublicIPDisabled: req.PublicIPDisabled, SecurityGroupID: req.SecurityGroupID, Labels: req.Labels,
		Taints:        req.Taints,
		StartupTaints: req.StartupTaints, PrivateNetworkID: req.PrivateNetworkID, UserData: req.UserData,
		MaxTerminationGracePeriod: req.MaxTerminationGracePeriod,
	}
}

// leavesOut reports whether an object in a JSON body omits a field. A field with the value null is not omitted.
func leavesOut(body []byte, object, field string) bool {
	var fields map[string]json.RawMessage
	var inner map[string]json.RawMessage
	if json.Unmarshal(body, &fields) != nil || json.Unmarshal(fields[object], &inner) != nil || inner == nil {
		return false
	}
	_, there := inner[field]
	return !there
}
