package sandbox

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/scaleway/scaleway-sdk-go/api/k8s/v1"
	"github.com/scaleway/scaleway-sdk-go/scw"
)

const leastRootVolume = 20 * scw.GB

// checkPool refuses what the API does not create in a cluster.
func (s *Server) checkPool(on *cluster, asked *k8s.CreatePoolRequest) error {
	if asked.Name == "" {
		return errInvalid("name", "required", "")
	}
	for _, other := range s.poolsOf(on.ID) {
		if other.Name == asked.Name {
			return errInvalid("name", "constraint", "pool name must be unique across the cluster")
		}
	}
	if asked.ContainerRuntime != "" && asked.ContainerRuntime != k8s.RuntimeContainerd &&
		asked.ContainerRuntime != k8s.RuntimeUnknownRuntime {
		return errInvalid("container_runtime", "constraint", "must be containerd")
	}
	if err := checkSizes(asked.Autoscaling, asked.Size, asked.MinSize, asked.MaxSize); err != nil {
		return err
	}
	if policy := asked.UpgradePolicy; policy != nil {
		if err := checkPolicy(k8s.PoolUpgradePolicy{MaxUnavailable: 1}, policy.MaxUnavailable, policy.MaxSurge); err != nil {
			return err
		}
	}
	if err := checkGrace(asked.MaxTerminationGracePeriod); err != nil {
		return err
	}
	if err := s.checkKubeletArgs(on.Version, asked.KubeletArgs); err != nil {
		return err
	}
	if nodeType(asked.NodeType) == external {
		if family(on.Type) != "multicloud" {
			return errInvalid("node_type", "constraint", "external nodes are only available in a Kosmos cluster")
		}
		return nil
	}
	if err := checkNodeType(asked); err != nil {
		return err
	}
	if !slices.Contains(
		zonesOf(string(on.Region)), string(asked.Zone),
	) && (family(on.Type) != "multicloud" || asked.Zone == "") {
		return errInvalid("zone", "constraint", fmt.Sprintf("zone %q is not in region %s", asked.Zone, on.Region))
	}
	if err := s.checkQuota(on, 0, max(asked.Size, deref32(asked.MaxSize))); err != nil {
		return err
	}
	return s.checkPoolReferences(on, asked)
}

func deref32(n *uint32) uint32 {
	if n == nil {
		return 0
	}
	return *n
}

func checkSizes(autoscaling bool, size uint32, least, most *uint32) error {
	if !autoscaling {
		return nil
	}
	if least != nil && most != nil && *least > *most {
		return errInvalid("min_size", "constraint", "min_size must be at most max_size")
	}
	if least != nil && size < *least || most != nil && size > *most {
		return errInvalid("size", "constraint", "size must be between min_size and max_size")
	}
	return nil
}

func checkPolicy(current k8s.PoolUpgradePolicy, unavailable, surge *uint32) error {
	set(&current.MaxUnavailable, unavailable)
	set(&current.MaxSurge, surge)
	if current.MaxUnavailable == 0 && current.MaxSurge == 0 {
		return errInvalid("upgrade_policy", "constraint", "max_unavailable and max_surge cannot both be 0")
	}
	return nil
}

func checkGrace(period *scw.Duration) error {
	if period != nil && (*period.ToTimeDuration() < 0 || *period.ToTimeDuration() > time.Hour) {
		return errInvalid("max_termination_grace_period", "constraint", "must be at most 1 hour")
	}
	return nil
}

func (s *Server) checkKubeletArgs(versionName string, args map[string]string) error {
	v, ok := s.versions.get(versionName)
	if !ok {
		return nil
	}
	for _, name := range slices.Sorted(maps.Keys(args)) {
		if _, known := v.AvailableKubeletArgs[name]; !known {
			return errInvalid(
				"kubelet_args", "constraint", fmt.Sprintf("version %s has no kubelet argument %q", versionName, name),
			)
		}
	}
	return nil
}

// checkNodeType refuses types of too little memory, and root volumes that are too small or that the type cannot have.
func checkNodeType(asked *k8s.CreatePoolRequest) error {
	name := nodeType(asked.NodeType)
	switch name {
	case "":
		return errInvalid("node_type", "required", "")
	case "dev1_s", "play2_pico", "stardust1_s":
		return errInvalid("node_type", "constraint", fmt.Sprintf("node type %q has not enough memory", asked.NodeType))
	}
	if !knownNodeType(name) {
		return errInvalid("node_type", "constraint", fmt.Sprintf("node type %q does not exist", asked.NodeType))
	}
	if asked.RootVolumeSize != nil && *asked.RootVolumeSize != 0 && *asked.RootVolumeSize < leastRootVolume {
		return errInvalid("root_volume_size", "constraint", "the root volume must have at least 20 GB")
	}
	standard, _ := rootVolume(name)
	switch {
	case asked.RootVolumeType == k8s.PoolVolumeTypeBSSD:
		return errInvalid("root_volume_type", "constraint", "b_ssd is not available for new pools, use sbs_5k or sbs_15k")
	case asked.RootVolumeType == k8s.PoolVolumeTypeLSSD && standard != k8s.PoolVolumeTypeLSSD:
		return errInvalid("root_volume_type", "constraint", fmt.Sprintf("l_ssd is not available for node type %s", name))
	}
	return nil
}

// offerOf is the Instance offer of a node type as it is read back; nil where the catalogue has none.
func offerOf(name string) *serverType {
	for _, offer := range newServerTypes() {
		if nodeType(offer.name) == name {
			return offer
		}
	}
	return nil
}

// knownNodeType says whether a node type is an Instance offer. The catalogue, of three zones, lacks some families.
func knownNodeType(name string) bool {
	if offerOf(name) != nil {
		return true
	}
	return slices.ContainsFunc([]string{"ent1_", "gpu_", "l40s_", "h100_", "b300_"}, func(family string) bool {
		return strings.HasPrefix(name, family)
	})
}

// rootVolume is the default one of a node type: the local storage that is part of the offer, else 20 GB of block
// storage.
func rootVolume(name string) (k8s.PoolVolumeType, scw.Size) {
	if offer := offerOf(name); offer != nil && offer.VolumesConstraint.MaxSize > 0 {
		return k8s.PoolVolumeTypeLSSD, offer.VolumesConstraint.MaxSize
	}
	return k8s.PoolVolumeTypeSbs5k, leastRootVolume
}

// checkQuota refuses more nodes than the offer of the cluster takes; instead are the nodes that the new ones replace.
func (s *Server) checkQuota(on *cluster, instead, more uint32) error {
	offer, ok := s.clusterTypes.get(on.Type)
	if current := s.sizeOf(on.ID) - instead; ok && current+more > offer.MaxNodes {
		return errQuota("kapsule_nodes", int(offer.MaxNodes), int(current))
	}
	return nil
}

// checkPoolReferences refuses a placement group, security group or Private Network that the nodes cannot have.
func (s *Server) checkPoolReferences(on *cluster, asked *k8s.CreatePoolRequest) error {
	if id := deref(asked.PlacementGroupID); id != "" {
		if group, ok := s.placementGroups.get(id); !ok || group.Zone != asked.Zone {
			return errNotFound("placement_group", id)
		}
	}
	if id := deref(asked.SecurityGroupID); id != "" {
		if group, ok := s.securityGroups.get(id); !ok || group.Zone != asked.Zone {
			return errNotFound("security_group", id)
		}
	}
	id := deref(asked.PrivateNetworkID)
	if id == "" {
		asked.PrivateNetworkID = nil
		return nil
	}
	network, ok := s.privateNetworks.get(id)
	if !ok || network.Region != on.Region {
		return errNotFound("private_network", id)
	}
	if own, ok := s.privateNetworks.get(deref(on.PrivateNetworkID)); !ok || own.VpcID != network.VpcID {
		return errInvalid("private_network_id", "constraint", "the Private Network must be in the VPC of the cluster's one")
	}
	return nil
}

// checkPoolUpdate refuses what a PATCH of a pool does not change.
func (s *Server) checkPoolUpdate(p *pool, asked *k8s.UpdatePoolRequest) error {
	autoscaling, size, least, most := p.Autoscaling, p.Size, p.MinSize, p.MaxSize
	set(&autoscaling, asked.Autoscaling)
	set(&size, asked.Size)
	set(&least, asked.MinSize)
	set(&most, asked.MaxSize)
	if autoscaling && least > most {
		return errInvalid("min_size", "constraint", "min_size must be at most max_size")
	}
	if autoscaling && asked.Size != nil && (size < least || size > most) {
		return errInvalid("size", "constraint", "size must be between min_size and max_size")
	}
	if autoscaling {
		size = max(size, most)
	}
	if on, ok := s.clusters.get(p.ClusterID); ok && p.NodeType != external {
		if err := s.checkQuota(on, max(p.Size, p.MaxSize), size); err != nil {
			return err
		}
		if asked.KubeletArgs != nil {
			if err := s.checkKubeletArgs(on.Version, *asked.KubeletArgs); err != nil {
				return err
			}
		}
	}
	if policy := asked.UpgradePolicy; policy != nil {
		if err := checkPolicy(*p.UpgradePolicy, policy.MaxUnavailable, policy.MaxSurge); err != nil {
			return err
		}
	}
	if id := deref(asked.SecurityGroupID); id != "" {
		if group, ok := s.securityGroups.get(id); !ok || group.Zone != p.Zone {
			return errNotFound("security_group", id)
		}
	}
	return checkGrace(asked.MaxTerminationGracePeriod)
}
