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
	poolBegins        = 300 * time.Millisecond         // until its first node is created, in a ready cluster
	poolBeginsFirst   = clusterStarts + 28*time.Second // the same for the first pool of a mutualised Kapsule cluster
	poolShrinks       = 5 * time.Second
	poolUpgradeBegins = 8 * time.Second  // from the cluster's upgrade to that of the first node
	poolUpgradeEnds   = 24 * time.Second // from the creation of the last node to scaling
	poolDeletesEmpty  = 5 * time.Second
)

// external is the node type of machines that Scaleway does not run.
const external = "external"

// pool is a pool of nodes.
type pool struct {
	k8s.Pool

	// Srn hides the SDK's field, which is not in the API's responses.
	Srn string `json:"srn,omitempty"`
	// NewImagesEnabled is in recordings until October 2025.
	NewImagesEnabled bool `json:"new_images_enabled"`

	MaxTerminationGracePeriod span `json:"max_termination_grace_period"`

	userData map[string][]byte
	stranded bool // its nodes cannot reach the control plane
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

// steady returns an error if the state of the pool is transient.
func (p *pool) steady() error {
	switch p.Status {
	case k8s.PoolStatusReady, k8s.PoolStatusWarning:
		return nil
	}
	return errTransient("pool", p.ID, string(p.Status))
}

// findSteadyPool returns the pool in the path, and an error if its state or that of its cluster is transient.
func (s *Server) findSteadyPool(c *call) (*pool, error) {
	found, err := s.findPool(c)
	if err != nil {
		return nil, err
	}
	if cl, ok := s.clusters.get(found.ClusterID); ok {
		if err := cl.steady(); err != nil {
			return nil, err
		}
	}
	return found, found.steady()
}

// poolsOf returns the pools of a cluster, oldest first.
func (s *Server) poolsOf(clusterID string) []*pool {
	return s.pools.list(func(p *pool) bool { return p.ClusterID == clusterID })
}

// sizeOf returns the maximum number of nodes of a cluster's pools.
func (s *Server) sizeOf(clusterID string) uint32 {
	var size uint32
	for _, p := range s.poolsOf(clusterID) {
		size += max(p.Size, p.MaxSize)
	}
	return size
}

func (s *Server) listPools(c *call) (any, error) {
	cl, err := s.findCluster(c)
	if err != nil {
		return nil, err
	}
	page, total := rows(c, s.poolsOf(cl.ID), func(p *pool) sortable {
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
	cl, err := s.findSteadyCluster(c)
	if err != nil {
		return nil, err
	}
	var req k8s.CreatePoolRequest
	if err := c.decode(&req); err != nil {
		return nil, err
	}
	if err := s.checkPool(cl, &req); err != nil {
		return nil, err
	}
	return s.startPool(cl, &req), nil
}

// startPool creates a pool and schedules its nodes for when the control plane is ready.
func (s *Server) startPool(cl *cluster, req *k8s.CreatePoolRequest) *pool {
	wasAbsent := s.absent(cl)
	p := s.newPool(cl, req)
	s.pools.put(p.ID, p)
	clusterID, poolID, delay := cl.ID, p.ID, poolBegins
	switch {
	case cl.Status == k8s.ClusterStatusCreating:
		delay = clusterCreatesDedicated + poolBegins
	case wasAbsent:
		s.after(clusterStarts, func() {
			if c, ok := s.clusters.get(clusterID); ok && c.Status == k8s.ClusterStatusPoolRequired {
				s.settleCluster(c)
			}
		})
		delay = poolBeginsFirst
	case cl.Status == k8s.ClusterStatusPoolRequired:
		delay = poolBeginsFirst // another pool is already starting the control plane
	}
	s.after(delay, func() { s.scale(poolID) })
	return p
}

// newPool returns a pool with the recorded defaults.
func (s *Server) newPool(cl *cluster, req *k8s.CreatePoolRequest) *pool {
	p := &pool{userData: req.UserData, NewImagesEnabled: true, Pool: k8s.Pool{
		ID: uuid.NewString(), ClusterID: cl.ID, CreatedAt: s.stamp(), UpdatedAt: s.stamp(), Name: req.Name,
		Status: k8s.PoolStatusScaling, Version: cl.Version, NodeType: nodeType(req.NodeType),
		Autoscaling: req.Autoscaling,
		Size:        req.Size, MinSize: req.Size, MaxSize: req.Size, ContainerRuntime: k8s.RuntimeContainerd,
		Autohealing: req.Autohealing, Tags: filled(req.Tags), PlacementGroupID: req.PlacementGroupID,
		KubeletArgs: filledMap(req.KubeletArgs), UpgradePolicy: &k8s.PoolUpgradePolicy{MaxUnavailable: 1}, Zone: req.Zone,
		RootVolumeType: req.RootVolumeType, RootVolumeSize: req.RootVolumeSize, PublicIPDisabled: req.PublicIPDisabled,
		Labels: filledMap(req.Labels), Taints: filled(req.Taints), StartupTaints: filled(req.StartupTaints),
		Region:           cl.Region,
		PrivateNetworkID: req.PrivateNetworkID,
	}}
	if req.Autoscaling || p.NodeType == external {
		set(&p.MinSize, req.MinSize)
		set(&p.MaxSize, req.MaxSize)
	}
	if req.UpgradePolicy != nil {
		set(&p.UpgradePolicy.MaxUnavailable, req.UpgradePolicy.MaxUnavailable)
		set(&p.UpgradePolicy.MaxSurge, req.UpgradePolicy.MaxSurge)
	}
	p.MaxTerminationGracePeriod = span{scw.Duration{Seconds: 15 * 60}}
	if req.MaxTerminationGracePeriod != nil {
		p.MaxTerminationGracePeriod = span{*req.MaxTerminationGracePeriod}
	}
	if p.PrivateNetworkID == nil && cl.PrivateNetworkID != nil {
		id := *cl.PrivateNetworkID
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
	p.SecurityGroupID = cmp.Or(deref(req.SecurityGroupID), s.defaultSecurityGroup(cl, p.Zone))
	return p
}

// nodeType returns a node type in the format of the API's responses: DEV1-M becomes dev1_m.
func nodeType(name string) string {
	return strings.ReplaceAll(strings.ToLower(name), "-", "_")
}

func (s *Server) updatePool(c *call) (any, error) {
	p, err := s.findSteadyPool(c)
	if err != nil {
		return nil, err
	}
	var req k8s.UpdatePoolRequest
	if err := c.decode(&req); err != nil {
		return nil, err
	}
	if err := s.checkPoolUpdate(p, &req); err != nil {
		return nil, err
	}
	before := p.Size
	set(&p.Autoscaling, req.Autoscaling)
	set(&p.Size, req.Size)
	set(&p.MinSize, req.MinSize)
	set(&p.MaxSize, req.MaxSize)
	switch {
	case p.NodeType == external:
	case p.Autoscaling:
		p.Size = min(max(p.Size, p.MinSize), p.MaxSize)
	default:
		p.MinSize, p.MaxSize = p.Size, p.Size
	}
	set(&p.Autohealing, req.Autohealing)
	setList(&p.Tags, req.Tags)
	if req.KubeletArgs != nil {
		p.KubeletArgs = filledMap(*req.KubeletArgs)
	}
	if req.UpgradePolicy != nil {
		set(&p.UpgradePolicy.MaxUnavailable, req.UpgradePolicy.MaxUnavailable)
		set(&p.UpgradePolicy.MaxSurge, req.UpgradePolicy.MaxSurge)
	}
	if req.SecurityGroupID != nil {
		s.moveSecurityGroup(p, *req.SecurityGroupID)
	}
	if req.MaxTerminationGracePeriod != nil {
		p.MaxTerminationGracePeriod = span{*req.MaxTerminationGracePeriod}
	}
	if p.Size != before {
		s.rescale(p)
	}
	s.touchPool(p)
	return p, nil
}

// rescale sets a pool to scaling and schedules the change of its nodes.
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
	if cl, ok := s.clusters.get(p.ClusterID); ok && cl.Status != k8s.ClusterStatusCreating {
		if err := cl.steady(); err != nil {
			return nil, err
		}
	}
	if p.Status == k8s.PoolStatusDeleting {
		return nil, errTransient("pool", p.ID, string(p.Status))
	}
	p.Status = k8s.PoolStatusDeleting
	s.touchPool(p)
	id, duration := p.ID, poolDeletesEmpty
	for _, n := range s.nodesOf(p.ID) {
		s.setNode(n, k8s.NodeStatusDeleting)
		duration = nodeDeletes
	}
	s.after(duration, func() { s.removePool(id) })
	return p, nil
}

// removePool ends the deletion of a pool. Without pools, a mutualised Kapsule cluster becomes pool_required.
func (s *Server) removePool(id string) {
	p, ok := s.pools.get(id)
	if !ok {
		return
	}
	for _, n := range s.nodesOf(id) {
		s.removeNode(n)
	}
	s.pools.remove(id)
	if cl, ok := s.clusters.get(p.ClusterID); ok && cl.Status == k8s.ClusterStatusReady && s.absent(cl) {
		s.settleCluster(cl)
	}
}

func (s *Server) upgradePool(c *call) (any, error) {
	p, err := s.findSteadyPool(c)
	if err != nil {
		return nil, err
	}
	var req k8s.UpgradePoolRequest
	if err := c.decode(&req); err != nil {
		return nil, err
	}
	cl, ok := s.clusters.get(p.ClusterID)
	if !ok {
		return nil, errNotFound("cluster", p.ClusterID)
	}
	if req.Version != cl.Version {
		return nil, errInvalid(
			"version", "constraint", "a pool can only be upgraded to the version of its cluster, "+cl.Version,
		)
	}
	if req.Version == p.Version {
		return nil, errInvalid("version", "constraint", "the pool already has version "+p.Version)
	}
	p.Version, p.Status = req.Version, k8s.PoolStatusUpgrading
	s.touchPool(p)
	id := p.ID
	s.after(poolUpgradeBegins, func() { s.renewNodes(id) })
	return p, nil
}

func (s *Server) setPoolLabels(c *call) (any, error) {
	var req k8s.SetPoolLabelsRequest
	return s.setOnPool(c, &req, func(p *pool) { p.Labels = filledMap(req.Labels) })
}

func (s *Server) setPoolTaints(c *call) (any, error) {
	var req k8s.SetPoolTaintsRequest
	return s.setOnPool(c, &req, func(p *pool) { p.Taints = filled(req.Taints) })
}

func (s *Server) setPoolStartupTaints(c *call) (any, error) {
	var req k8s.SetPoolStartupTaintsRequest
	return s.setOnPool(c, &req, func(p *pool) { p.StartupTaints = filled(req.StartupTaints) })
}

// setOnPool decodes the request into req, then applies it to the pool.
func (s *Server) setOnPool(c *call, req any, apply func(*pool)) (any, error) {
	p, err := s.findPool(c)
	if err != nil {
		return nil, err
	}
	if p.Status == k8s.PoolStatusDeleting {
		return nil, errTransient("pool", p.ID, string(p.Status))
	}
	if err := c.decode(req); err != nil {
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
