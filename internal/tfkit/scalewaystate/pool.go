package scalewaystate

import (
	"github.com/scaleway/scaleway-sdk-go/api/k8s/v1"
	"github.com/scaleway/scaleway-sdk-go/scw"

	"github.com/terraform-srm/terraform-provider-srm/internal/tfkit"
)

// poolState holds the attributes of a scaleway_k8s_pool that describe the pool.
type poolState struct {
	ID               string            `json:"id"`
	Region           string            `json:"region"`
	ClusterID        string            `json:"cluster_id"`
	Name             string            `json:"name"`
	NodeType         string            `json:"node_type"`
	Zone             string            `json:"zone"`
	Version          string            `json:"version"`
	Autoscaling      bool              `json:"autoscaling"`
	Autohealing      bool              `json:"autohealing"`
	Size             uint32            `json:"size"`
	MinSize          uint32            `json:"min_size"`
	MaxSize          uint32            `json:"max_size"`
	Tags             []string          `json:"tags"`
	Labels           map[string]string `json:"labels"`
	Taints           []taintState      `json:"taints"`
	StartupTaints    []taintState      `json:"startup_taints"`
	KubeletArgs      map[string]string `json:"kubelet_args"`
	PlacementGroupID string            `json:"placement_group_id"`
	SecurityGroupID  string            `json:"security_group_id"`
	RootVolumeType   string            `json:"root_volume_type"`
	RootVolumeGB     uint64            `json:"root_volume_size_in_gb"`
	PublicIPDisabled bool              `json:"public_ip_disabled"`
	UpgradePolicy    []struct {
		MaxUnavailable uint32 `json:"max_unavailable"`
		MaxSurge       uint32 `json:"max_surge"`
	} `json:"upgrade_policy"`
}

type taintState struct {
	Key    string `json:"key"`
	Value  string `json:"value"`
	Effect string `json:"effect"`
}

// ParsePool decodes the state of a scaleway_k8s_pool.
func ParsePool(state []byte) (*k8s.Pool, error) {
	var s poolState
	if err := decode(state, &s); err != nil {
		return nil, err
	}
	region, uuid, err := splitID(s.ID, s.Region)
	if err != nil {
		return nil, err
	}
	pool := &k8s.Pool{
		ID: uuid, Region: region, ClusterID: tfkit.BareID(s.ClusterID), Name: s.Name, NodeType: s.NodeType,
		Zone: scw.Zone(s.Zone), Version: s.Version,
		Autoscaling: s.Autoscaling, Autohealing: s.Autohealing, Size: s.Size, MinSize: s.MinSize, MaxSize: s.MaxSize,
		Tags: s.Tags, Labels: s.Labels, Taints: convertTaints(s.Taints), StartupTaints: convertTaints(s.StartupTaints),
		KubeletArgs:      s.KubeletArgs,
		PlacementGroupID: bareIDOrNil(s.PlacementGroupID), SecurityGroupID: tfkit.BareID(s.SecurityGroupID),
		RootVolumeType: k8s.PoolVolumeType(s.RootVolumeType), PublicIPDisabled: s.PublicIPDisabled,
	}
	if s.RootVolumeGB > 0 {
		size := scw.Size(s.RootVolumeGB) * scw.GB
		pool.RootVolumeSize = &size
	}
	if len(s.UpgradePolicy) == 1 {
		pool.UpgradePolicy = &k8s.PoolUpgradePolicy{
			MaxUnavailable: s.UpgradePolicy[0].MaxUnavailable, MaxSurge: s.UpgradePolicy[0].MaxSurge,
		}
	}
	return pool, nil
}

func convertTaints(states []taintState) []*k8s.CoreV1Taint {
	found := []*k8s.CoreV1Taint{}
	for _, state := range states {
		found = append(
			found,
			&k8s.CoreV1Taint{Key: state.Key, Value: state.Value, Effect: k8s.CoreV1TaintEffect(state.Effect)},
		)
	}
	return found
}
