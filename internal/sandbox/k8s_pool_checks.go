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

const minRootVolumeSize = 20 * scw.GB

// checkPool returns the API's error for an invalid request to create a pool.
func (s *Server) checkPool(cl *cluster, req *k8s.CreatePoolRequest) error {
	if req.Name == "" {
		return errInvalid("name", "required", "")
	}
	for _, other := range s.poolsOf(cl.ID) {
		if other.Name == req.Name {
			return errInvalid("name", "constraint", "pool name must be unique across the cluster")
		}
	}
	if req.ContainerRuntime != "" && req.ContainerRuntime != k8s.RuntimeContainerd &&
		req.ContainerRuntime != k8s.RuntimeUnknownRuntime {
		return errInvalid("container_runtime", "constraint", "must be containerd")
	}
	if err := checkPoolSizes(req.Autoscaling, req.Size, req.MinSize, req.MaxSize); err != nil {
		return err
	}
	if policy := req.UpgradePolicy; policy != nil {
		if err := checkUpgradePolicy(
			k8s.PoolUpgradePolicy{MaxUnavailable: 1},
			policy.MaxUnavailable,
			policy.MaxSurge,
		); err != nil {
			return err
		}
	}
	if err := checkGracePeriod(req.MaxTerminationGracePeriod); err != nil {
		return err
	}
	if err := s.checkKubeletArgs(cl.Version, req.KubeletArgs); err != nil {
		return err
	}
	if normalizeNodeType(req.NodeType) == externalNodeType {
		if clusterFamily(cl.Type) != "multicloud" {
			return errInvalid("node_type", "constraint", "external nodes are only available in a Kosmos cluster")
		}
		return nil
	}
	if err := checkNodeType(req); err != nil {
		return err
	}
	if !slices.Contains(
		zonesOf(string(cl.Region)), string(req.Zone),
	) && (clusterFamily(cl.Type) != "multicloud" || req.Zone == "") {
		return errInvalid("zone", "constraint", fmt.Sprintf("zone %q is not in region %s", req.Zone, cl.Region))
	}
	if err := s.checkQuota(cl, 0, max(req.Size, deref32(req.MaxSize))); err != nil {
		return err
	}
	return s.checkPoolReferences(cl, req)
}

// deref32 returns the number, or 0 for nil.
func deref32(n *uint32) uint32 {
	if n == nil {
		return 0
	}
	return *n
}

func checkPoolSizes(autoscaling bool, size uint32, minSize, maxSize *uint32) error {
	if !autoscaling {
		return nil
	}
	if minSize != nil && maxSize != nil && *minSize > *maxSize {
		return errInvalid("min_size", "constraint", "min_size must be at most max_size")
	}
	if minSize != nil && size < *minSize || maxSize != nil && size > *maxSize {
		return errInvalid("size", "constraint", "size must be between min_size and max_size")
	}
	return nil
}

func checkUpgradePolicy(current k8s.PoolUpgradePolicy, unavailable, surge *uint32) error {
	setIfPresent(&current.MaxUnavailable, unavailable)
	setIfPresent(&current.MaxSurge, surge)
	if current.MaxUnavailable == 0 && current.MaxSurge == 0 {
		return errInvalid("upgrade_policy", "constraint", "max_unavailable and max_surge cannot both be 0")
	}
	return nil
}

func checkGracePeriod(period *scw.Duration) error {
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

// checkNodeType returns an error for types with too little memory, and for root volumes that are too small or not
// available for the type.
func checkNodeType(req *k8s.CreatePoolRequest) error {
	name := normalizeNodeType(req.NodeType)
	switch name {
	case "":
		return errInvalid("node_type", "required", "")
	case "dev1_s", "play2_pico", "stardust1_s":
		return errInvalid("node_type", "constraint", fmt.Sprintf("node type %q has not enough memory", req.NodeType))
	}
	if !isKnownNodeType(name) {
		return errInvalid("node_type", "constraint", fmt.Sprintf("node type %q does not exist", req.NodeType))
	}
	if req.RootVolumeSize != nil && *req.RootVolumeSize != 0 && *req.RootVolumeSize < minRootVolumeSize {
		return errInvalid("root_volume_size", "constraint", "the root volume must have at least 20 GB")
	}
	defaultType, _ := defaultRootVolume(name)
	switch {
	case req.RootVolumeType == k8s.PoolVolumeTypeBSSD:
		return errInvalid("root_volume_type", "constraint", "b_ssd is not available for new pools, use sbs_5k or "+
			"sbs_15k")
	case req.RootVolumeType == k8s.PoolVolumeTypeLSSD && defaultType != k8s.PoolVolumeTypeLSSD:
		return errInvalid(
			"root_volume_type", "constraint", fmt.Sprintf("l_ssd is not available for node type %s", name),
		)
	}
	return nil
}

// findOffer returns the Instance offer of a normalized node type, or nil if the catalogue does not have it.
func findOffer(name string) *serverType {
	for _, offer := range newServerTypes() {
		if normalizeNodeType(offer.name) == name {
			return offer
		}
	}
	return nil
}

// isKnownNodeType reports whether a node type is an Instance offer. The catalogue has the offers of three zones only,
// so the families that it lacks are listed here.
func isKnownNodeType(name string) bool {
	if findOffer(name) != nil {
		return true
	}
	return slices.ContainsFunc([]string{"ent1_", "gpu_", "l40s_", "h100_", "b300_"}, func(family string) bool {
		return strings.HasPrefix(name, family)
	})
}

// defaultRootVolume returns the default root volume of a node type: the local storage of the offer, or else 20 GB of
// block storage.
func defaultRootVolume(name string) (k8s.PoolVolumeType, scw.Size) {
	if offer := findOffer(name); offer != nil && offer.VolumesConstraint.MaxSize > 0 {
		return k8s.PoolVolumeTypeLSSD, offer.VolumesConstraint.MaxSize
	}
	return k8s.PoolVolumeTypeSbs5k, minRootVolumeSize
}

// checkQuota returns an error if added nodes exceed the maximum of the cluster's offer, after replaced ones are
// deducted.
func (s *Server) checkQuota(cl *cluster, replaced, added uint32) error {
	offer, ok := s.clusterTypes.get(cl.Type)
	if current := s.maxNodeCount(cl.ID) - replaced; ok && current+added > offer.MaxNodes {
		return errQuota("kapsule_nodes", int(offer.MaxNodes), int(current))
	}
	return nil
}

// checkPoolReferences checks the placement group, the security group and the Private Network of a pool.
func (s *Server) checkPoolReferences(cl *cluster, req *k8s.CreatePoolRequest) error {
	if id := deref(req.PlacementGroupID); id != "" {
		if group, ok := s.placementGroups.get(id); !ok || group.Zone != req.Zone {
			return errNotFound("placement_group", id)
		}
	}
	if id := deref(req.SecurityGroupID); id != "" {
		if group, ok := s.securityGroups.get(id); !ok || group.Zone != req.Zone {
			return errNotFound("security_group", id)
		}
	}
	id := deref(req.PrivateNetworkID)
	if id == "" {
		req.PrivateNetworkID = nil
		return nil
	}
	network, ok := s.privateNetworks.get(id)
	if !ok || network.Region != cl.Region {
		return errNotFound("private_network", id)
	}
	if own, ok := s.privateNetworks.get(deref(cl.PrivateNetworkID)); !ok || own.VpcID != network.VpcID {
		return errInvalid(
			"private_network_id",
			"constraint",
			"the Private Network must be in the same VPC as that of the cluster",
		)
	}
	return nil
}

// checkPoolUpdate returns the API's error for an invalid PATCH of a pool.
func (s *Server) checkPoolUpdate(p *pool, req *k8s.UpdatePoolRequest) error {
	autoscaling, size, minSize, maxSize := p.Autoscaling, p.Size, p.MinSize, p.MaxSize
	setIfPresent(&autoscaling, req.Autoscaling)
	setIfPresent(&size, req.Size)
	setIfPresent(&minSize, req.MinSize)
	setIfPresent(&maxSize, req.MaxSize)
	if autoscaling && minSize > maxSize {
		return errInvalid("min_size", "constraint", "min_size must be at most max_size")
	}
	if autoscaling && req.Size != nil && (size < minSize || size > maxSize) {
		return errInvalid("size", "constraint", "size must be between min_size and max_size")
	}
	if autoscaling {
		size = max(size, maxSize)
	}
	if cl, ok := s.clusters.get(p.ClusterID); ok && p.NodeType != externalNodeType {
		if err := s.checkQuota(cl, max(p.Size, p.MaxSize), size); err != nil {
			return err
		}
		if req.KubeletArgs != nil {
			if err := s.checkKubeletArgs(cl.Version, *req.KubeletArgs); err != nil {
				return err
			}
		}
	}
	if policy := req.UpgradePolicy; policy != nil {
		if err := checkUpgradePolicy(*p.UpgradePolicy, policy.MaxUnavailable, policy.MaxSurge); err != nil {
			return err
		}
	}
	if id := deref(req.SecurityGroupID); id != "" {
		if group, ok := s.securityGroups.get(id); !ok || group.Zone != p.Zone {
			return errNotFound("security_group", id)
		}
	}
	return checkGracePeriod(req.MaxTerminationGracePeriod)
}
