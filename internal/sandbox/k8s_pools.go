package sandbox

import (
	"cmp"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/scaleway/scaleway-sdk-go/api/k8s/v1"
	"github.com/scaleway/scaleway-sdk-go/scw"
)

// Recorded durations of a pool's transitions.
const (
	poolBegins        = 300 * time.Millisecond // to its first node, on a cluster that is ready
	poolBeginsFirst   = clusterStarts + 28*time.Second
	poolShrinks       = 5 * time.Second
	poolUpgradeBegins = 8 * time.Second  // from the cluster's upgrade to the first node's
	poolUpgradeEnds   = 24 * time.Second // from the last node's creation to scaling
	poolDeletesEmpty  = 5 * time.Second
)

// external is the node type of machines that are not Scaleway's.
const external = "external"

// pool is a pool of nodes.
type pool struct {
	k8s.Pool

	// Srn is not in the API's answers: the SDK makes it up.
	Srn string `json:"srn,omitempty"`
	// NewImagesEnabled is recorded until October 2025.
	NewImagesEnabled bool `json:"new_images_enabled"`

	MaxTerminationGracePeriod span `json:"max_termination_grace_period"`

	userData map[string][]byte
	stranded bool // its nodes have no way to the control plane
}

func (s *Server) touchPool(p *pool) { p.UpdatedAt = s.stamp() }

func (s *Server) findPool(c *call) (*pool, error) {
	id := c.PathValue("id")
	found, ok := s.pools.get(id)
	if !ok || found.Region != c.region() {
		return nil, errNotFound("pool", id)
	}
	return found, nil
}

func (p *pool) steady() error {
	switch p.Status {
	case k8s.PoolStatusReady, k8s.PoolStatusWarning:
		return nil
	}
	return errTransient("pool", p.ID, string(p.Status))
}

// findSteadyPool refuses a pool that is in a passing state, or whose cluster is.
func (s *Server) findSteadyPool(c *call) (*pool, error) {
	found, err := s.findPool(c)
	if err != nil {
		return nil, err
	}
	if on, ok := s.clusters.get(found.ClusterID); ok {
		if err := on.steady(); err != nil {
			return nil, err
		}
	}
	return found, found.steady()
}

// poolsOf are the pools of a cluster, oldest first.
func (s *Server) poolsOf(clusterID string) []*pool {
	return s.pools.list(func(p *pool) bool { return p.ClusterID == clusterID })
}

// sizeOf is the number of nodes that a cluster can come to have.
func (s *Server) sizeOf(clusterID string) uint32 {
	var size uint32
	for _, p := range s.poolsOf(clusterID) {
		size += max(p.Size, p.MaxSize)
	}
	return size
}

func (s *Server) listPools(c *call) (any, error) {
	on, err := s.findCluster(c)
	if err != nil {
		return nil, err
	}
	page, total := rows(c, s.poolsOf(on.ID), func(p *pool) sortable {
		return sortable{
			name: p.Name, status: string(p.Status), version: p.Version, created: p.CreatedAt, updated: p.UpdatedAt,
		}
	})
	return map[string]any{"pools": page, "total_count": total}, nil
}

func (s *Server) getPool(c *call) (any, error) {
	found, err := s.findPool(c)
	if err != nil {
		return nil, err
	}
	return found, nil
}

func (s *Server) createPool(c *call) (any, error) {
	on, err := s.findSteadyCluster(c)
	if err != nil {
		return nil, err
	}
	var asked k8s.CreatePoolRequest
	if err := c.decode(&asked); err != nil {
		return nil, err
	}
	if err := s.checkPool(on, &asked); err != nil {
		return nil, err
	}
	return s.startPool(on, &asked), nil
}

// startPool creates a pool; its nodes follow when the control plane is up.
func (s *Server) startPool(on *cluster, asked *k8s.CreatePoolRequest) *pool {
	wasAbsent := s.absent(on)
	p := s.newPool(on, asked)
	s.pools.put(p.ID, p)
	clusterID, poolID, begins := on.ID, p.ID, poolBegins
	switch {
	case on.Status == k8s.ClusterStatusCreating:
		begins = clusterCreatesDedicated + poolBegins
	case wasAbsent:
		s.after(clusterStarts, func() {
			if c, ok := s.clusters.get(clusterID); ok && c.Status == k8s.ClusterStatusPoolRequired {
				s.settleCluster(c)
			}
		})
		begins = poolBeginsFirst
	case on.Status == k8s.ClusterStatusPoolRequired:
		begins = poolBeginsFirst // another first pool is on its way
	}
	s.after(begins, func() { s.scale(poolID) })
	return p
}

// newPool is a pool with the defaults that recordings show.
func (s *Server) newPool(on *cluster, asked *k8s.CreatePoolRequest) *pool {
	p := &pool{userData: asked.UserData, NewImagesEnabled: true, Pool: k8s.Pool{
		ID: uuid.NewString(), ClusterID: on.ID, CreatedAt: s.stamp(), UpdatedAt: s.stamp(), Name: asked.Name,
		Status: k8s.PoolStatusScaling, Version: on.Version, NodeType: nodeType(asked.NodeType),
		Autoscaling: asked.Autoscaling,
		Size:        asked.Size, MinSize: asked.Size, MaxSize: asked.Size, ContainerRuntime: k8s.RuntimeContainerd,
		Autohealing: asked.Autohealing, Tags: filled(asked.Tags), PlacementGroupID: asked.PlacementGroupID,
		KubeletArgs: filledMap(asked.KubeletArgs), UpgradePolicy: &k8s.PoolUpgradePolicy{MaxUnavailable: 1}, Zone: asked.Zone,
		RootVolumeType: asked.RootVolumeType, RootVolumeSize: asked.RootVolumeSize, PublicIPDisabled: asked.PublicIPDisabled,
		Labels: filledMap(asked.Labels), Taints: filled(asked.Taints), StartupTaints: filled(asked.StartupTaints),
		Region:           on.Region,
		PrivateNetworkID: asked.PrivateNetworkID,
	}}
	if asked.Autoscaling || p.NodeType == external {
		set(&p.MinSize, asked.MinSize)
		set(&p.MaxSize, asked.MaxSize)
	}
	if asked.UpgradePolicy != nil {
		set(&p.UpgradePolicy.MaxUnavailable, asked.UpgradePolicy.MaxUnavailable)
		set(&p.UpgradePolicy.MaxSurge, asked.UpgradePolicy.MaxSurge)
	}
	p.MaxTerminationGracePeriod = span{scw.Duration{Seconds: 15 * 60}}
	if asked.MaxTerminationGracePeriod != nil {
		p.MaxTerminationGracePeriod = span{*asked.MaxTerminationGracePeriod}
	}
	if p.PrivateNetworkID == nil && on.PrivateNetworkID != nil {
		id := *on.PrivateNetworkID
		p.PrivateNetworkID = &id
	}
	if p.NodeType == external {
		return p
	}
	volumeType, volumeSize := rootVolume(p.NodeType)
	if p.RootVolumeType == "" || p.RootVolumeType == k8s.PoolVolumeTypeDefaultVolumeType {
		p.RootVolumeType = volumeType
	}
	if p.RootVolumeType != volumeType {
		volumeSize = leastRootVolume
	}
	if p.RootVolumeSize == nil || *p.RootVolumeSize == 0 {
		p.RootVolumeSize = &volumeSize
	}
	p.SecurityGroupID = cmp.Or(deref(asked.SecurityGroupID), s.defaultSecurityGroup(on, p.Zone))
	return p
}

// nodeType is how the API reads a node type back: DEV1-M becomes dev1_m.
func nodeType(asked string) string {
	return strings.ReplaceAll(strings.ToLower(asked), "-", "_")
}

func (s *Server) updatePool(c *call) (any, error) {
	p, err := s.findSteadyPool(c)
	if err != nil {
		return nil, err
	}
	var asked k8s.UpdatePoolRequest
	if err := c.decode(&asked); err != nil {
		return nil, err
	}
	if err := s.checkPoolUpdate(p, &asked); err != nil {
		return nil, err
	}
	before := p.Size
	set(&p.Autoscaling, asked.Autoscaling)
	set(&p.Size, asked.Size)
	set(&p.MinSize, asked.MinSize)
	set(&p.MaxSize, asked.MaxSize)
	switch {
	case p.NodeType == external:
	case p.Autoscaling:
		p.Size = min(max(p.Size, p.MinSize), p.MaxSize)
	default:
		p.MinSize, p.MaxSize = p.Size, p.Size
	}
	set(&p.Autohealing, asked.Autohealing)
	setList(&p.Tags, asked.Tags)
	if asked.KubeletArgs != nil {
		p.KubeletArgs = filledMap(*asked.KubeletArgs)
	}
	if asked.UpgradePolicy != nil {
		set(&p.UpgradePolicy.MaxUnavailable, asked.UpgradePolicy.MaxUnavailable)
		set(&p.UpgradePolicy.MaxSurge, asked.UpgradePolicy.MaxSurge)
	}
	if asked.SecurityGroupID != nil {
		s.moveSecurityGroup(p, *asked.SecurityGroupID)
	}
	if asked.MaxTerminationGracePeriod != nil {
		p.MaxTerminationGracePeriod = span{*asked.MaxTerminationGracePeriod}
	}
	if p.Size != before {
		s.rescale(p)
	}
	s.touchPool(p)
	return p, nil
}

// rescale brings the nodes of a pool to its size.
func (s *Server) rescale(p *pool) {
	id := p.ID
	p.Status = k8s.PoolStatusScaling
	s.touchPool(p)
	s.after(poolBegins, func() { s.scale(id) })
}

func (s *Server) deletePool(c *call) (any, error) {
	p, err := s.findPool(c)
	if err != nil {
		return nil, err
	}
	if on, ok := s.clusters.get(p.ClusterID); ok && on.Status != k8s.ClusterStatusCreating {
		if err := on.steady(); err != nil {
			return nil, err
		}
	}
	if p.Status == k8s.PoolStatusDeleting {
		return nil, errTransient("pool", p.ID, string(p.Status))
	}
	p.Status = k8s.PoolStatusDeleting
	s.touchPool(p)
	id, lasts := p.ID, poolDeletesEmpty
	for _, n := range s.nodesOf(p.ID) {
		s.setNode(n, k8s.NodeStatusDeleting)
		lasts = nodeDeletes
	}
	s.after(lasts, func() { s.removePool(id) })
	return p, nil
}

// removePool ends the deletion of a pool: without its last one, a mutualised Kapsule cluster is shut down.
func (s *Server) removePool(id string) {
	p, ok := s.pools.get(id)
	if !ok {
		return
	}
	for _, n := range s.nodesOf(id) {
		s.removeNode(n)
	}
	s.pools.remove(id)
	if on, ok := s.clusters.get(p.ClusterID); ok && on.Status == k8s.ClusterStatusReady && s.absent(on) {
		s.settleCluster(on)
	}
}

func (s *Server) upgradePool(c *call) (any, error) {
	p, err := s.findSteadyPool(c)
	if err != nil {
		return nil, err
	}
	var asked k8s.UpgradePoolRequest
	if err := c.decode(&asked); err != nil {
		return nil, err
	}
	on, ok := s.clusters.get(p.ClusterID)
	if !ok {
		return nil, errNotFound("cluster", p.ClusterID)
	}
	if asked.Version != on.Version {
		return nil, errInvalid(
			"version", "constraint", "a pool can only be upgraded to the version of its cluster, "+on.Version,
		)
	}
	if asked.Version == p.Version {
		return nil, errInvalid("version", "constraint", "the pool already has version "+p.Version)
	}
	p.Version, p.Status = asked.Version, k8s.PoolStatusUpgrading
	s.touchPool(p)
	id := p.ID
	s.after(poolUpgradeBegins, func() { s.renewNodes(id) })
	return p, nil
}

func (s *Server) setPoolLabels(c *call) (any, error) {
	var asked k8s.SetPoolLabelsRequest
	return s.setOnPool(c, &asked, func(p *pool) { p.Labels = filledMap(asked.Labels) })
}

func (s *Server) setPoolTaints(c *call) (any, error) {
	var asked k8s.SetPoolTaintsRequest
	return s.setOnPool(c, &asked, func(p *pool) { p.Taints = filled(asked.Taints) })
}

func (s *Server) setPoolStartupTaints(c *call) (any, error) {
	var asked k8s.SetPoolStartupTaintsRequest
	return s.setOnPool(c, &asked, func(p *pool) { p.StartupTaints = filled(asked.StartupTaints) })
}

func (s *Server) setOnPool(c *call, asked any, apply func(*pool)) (any, error) {
	p, err := s.findPool(c)
	if err != nil {
		return nil, err
	}
	if p.Status == k8s.PoolStatusDeleting {
		return nil, errTransient("pool", p.ID, string(p.Status))
	}
	if err := c.decode(asked); err != nil {
		return nil, err
	}
	apply(p)
	s.touchPool(p)
	return p, nil
}

func (s *Server) listUserData(c *call) (any, error) {
	p, err := s.findPool(c)
	if err != nil {
		return nil, err
	}
	summaries := []*k8s.UserDataSummary{}
	for _, key := range sortedKeys(p.userData) {
		summaries = append(summaries, &k8s.UserDataSummary{Key: key})
	}
	return map[string]any{"user_data": summaries}, nil
}

func (s *Server) getUserData(c *call) (any, error) {
	p, err := s.findPool(c)
	if err != nil {
		return nil, err
	}
	content, ok := p.userData[c.PathValue("key")]
	if !ok {
		return nil, errNotFound("user_data", c.PathValue("key"))
	}
	return file(c.PathValue("key"), content), nil
}
