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

// setAutoscaler takes what is asked for over; an enum's unknown value, and null, leave a field as it is.
func setAutoscaler(config *k8s.ClusterAutoscalerConfig, asked *k8s.UpdateClusterRequestAutoscalerConfig) {
	set(&config.ScaleDownDisabled, asked.ScaleDownDisabled)
	set(&config.ScaleDownDelayAfterAdd, asked.ScaleDownDelayAfterAdd)
	if asked.Estimator != "" && asked.Estimator != k8s.AutoscalerEstimatorUnknownEstimator {
		config.Estimator = asked.Estimator
	}
	if asked.Expander != "" && asked.Expander != k8s.AutoscalerExpanderUnknownExpander {
		config.Expander = asked.Expander
	}
	set(&config.IgnoreDaemonsetsUtilization, asked.IgnoreDaemonsetsUtilization)
	set(&config.BalanceSimilarNodeGroups, asked.BalanceSimilarNodeGroups)
	set(&config.ExpendablePodsPriorityCutoff, asked.ExpendablePodsPriorityCutoff)
	set(&config.ScaleDownUnneededTime, asked.ScaleDownUnneededTime)
	set(&config.ScaleDownUtilizationThreshold, asked.ScaleDownUtilizationThreshold)
	set(&config.MaxGracefulTerminationSec, asked.MaxGracefulTerminationSec)
	set(&config.SkipNodesWithLocalStorage, asked.SkipNodesWithLocalStorage)
	set(&config.LogLevel, asked.LogLevel)
}

func setOIDC(config *k8s.ClusterOpenIDConnectConfig, asked *k8s.UpdateClusterRequestOpenIDConnectConfig) {
	set(&config.IssuerURL, asked.IssuerURL)
	set(&config.ClientID, asked.ClientID)
	set(&config.UsernameClaim, asked.UsernameClaim)
	set(&config.UsernamePrefix, asked.UsernamePrefix)
	setList(&config.GroupsClaim, asked.GroupsClaim)
	set(&config.GroupsPrefix, asked.GroupsPrefix)
	setList(&config.RequiredClaim, asked.RequiredClaim)
}

// poolOf turns a pool of a cluster's creation into the request that creates one later.
func poolOf(asked *k8s.CreateClusterRequestPoolConfig) *k8s.CreatePoolRequest {
	return &k8s.CreatePoolRequest{
		Name: asked.Name, NodeType: asked.NodeType, PlacementGroupID: asked.PlacementGroupID, Autoscaling: asked.Autoscaling,
		Size: asked.Size, MinSize: asked.MinSize, MaxSize: asked.MaxSize,
		ContainerRuntime: cmp.Or(asked.ContainerRuntime, k8s.RuntimeContainerd), Autohealing: asked.Autohealing,
		Tags: asked.Tags, KubeletArgs: asked.KubeletArgs,
		UpgradePolicy: (*k8s.CreatePoolRequestUpgradePolicy)(asked.UpgradePolicy),
		Zone:          asked.Zone, RootVolumeType: asked.RootVolumeType, RootVolumeSize: asked.RootVolumeSize,
		PublicIPDisabled: asked.PublicIPDisabled, SecurityGroupID: asked.SecurityGroupID, Labels: asked.Labels,
		Taints:        asked.Taints,
		StartupTaints: asked.StartupTaints, PrivateNetworkID: asked.PrivateNetworkID, UserData: asked.UserData,
		MaxTerminationGracePeriod: asked.MaxTerminationGracePeriod,
	}
}

// leavesOut says that an object of a JSON body has no such field, not even null.
func leavesOut(body []byte, object, field string) bool {
	var fields map[string]json.RawMessage
	var inner map[string]json.RawMessage
	if json.Unmarshal(body, &fields) != nil || json.Unmarshal(fields[object], &inner) != nil || inner == nil {
		return false
	}
	_, there := inner[field]
	return !there
}
