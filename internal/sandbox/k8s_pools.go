package sandbox

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/scaleway/scaleway-sdk-go/api/k8s/v1"
	"github.com/scaleway/scaleway-sdk-go/scw"
)

// Recorded durations of a pool's transitions.
const (
	poolStartDelay      = 300 * time.Millisecond // until its first node is created, in a ready cluster
	firstPoolStartDelay = clusterStartDuration +
		28*time.Second // the same for the first pool of a mutualised Kapsule cluster
	poolShrinkDuration      = 5 * time.Second
	poolUpgradeStartDelay   = 8 * time.Second  // from the cluster's upgrade to that of the first node
	poolUpgradeEndDelay     = 24 * time.Second // from the creation of the last node to scaling
	emptyPoolDeleteDuration = 5 * time.Second
)

// externalNodeType is the node type of machines that Scaleway does not run.
const externalNodeType = "external"

// pool is a pool of nodes.
type pool struct {
	k8s.Pool

	// Srn hides the SDK's field, which is not in the API's responses.
	Srn string `json:"srn,omitempty"`
	// NewImagesEnabled is in recordings until October 2025.
	NewImagesEnabled bool `json:"new_images_enabled"`

	MaxTerminationGracePeriod apiDuration `json:"max_termination_grace_period"`

	userData    map[string][]byte
	unreachable bool // its nodes cannot reach the control plane
}

func (s *Server) touchPool(p *pool) { p.UpdatedAt = s.timestamp() }

func (s *Server) findPool(c *call) (*pool, error) {
	id := c.PathValue("id")
	found, ok := s.pools.get(id)
	if !ok || found.Region != c.region() {
		return nil, errNotFound("pool", id)
	}
	return found, nil
}

// checkStable returns an error if the state of the pool is transient.
func (p *pool) checkStable() error {
	switch p.Status {
	case k8s.PoolStatusReady, k8s.PoolStatusWarning:
		return nil
	}
	return errTransient("pool", p.ID, string(p.Status))
}

// findStablePool returns the pool in the path, and an error if its state or that of its cluster is transient.
func (s *Server) findStablePool(c *call) (*pool, error) {
	found, err := s.findPoolOfStableCluster(c)
	if err != nil {
		return nil, err
	}
	return found, found.checkStable()
}

// findUpdatablePool does the same, but also returns a pool that is scaling: the API accepts its update.
func (s *Server) findUpdatablePool(c *call) (*pool, error) {
	found, err := s.findPoolOfStableCluster(c)
	if err != nil || found.Status == k8s.PoolStatusScaling {
		return found, err
	}
	return found, found.checkStable()
}

// findPoolOfStableCluster returns the pool in the path, and an error if the state of its cluster is transient.
func (s *Server) findPoolOfStableCluster(c *call) (*pool, error) {
	found, err := s.findPool(c)
	if err != nil {
		return nil, err
	}
	if cl, ok := s.clusters.get(found.ClusterID); ok {
		if err := cl.checkStable(); err != nil {
			return nil, err
		}
	}
	return found, nil
}

// poolsOf returns the pools of a cluster, oldest first.
func (s *Server) poolsOf(clusterID string) []*pool {
	return s.pools.list(func(p *pool) bool { return p.ClusterID == clusterID })
}

// maxNodeCount returns the maximum number of nodes of a cluster's pools.
func (s *Server) maxNodeCount(clusterID string) uint32 {
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
	page, total := filterSortAndPaginate(c, s.poolsOf(cl.ID), func(p *pool) sortKey {
		return sortKey{
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
	cl, err := s.findStableCluster(c)
	if err != nil {
		return nil, err
	}
	var req k8s.CreatePoolRequest
	if err := c.decode(&req); err != nil {
		return nil, err
	}
	req.Zone = cmp.Or(req.Zone, firstZone(cl.Region))
	if err := s.checkPool(cl, &req); err != nil {
		return nil, err
	}
	return s.startPool(cl, &req), nil
}

// startPool creates a pool and schedules its nodes for when the control plane is ready.
func (s *Server) startPool(cl *cluster, req *k8s.CreatePoolRequest) *pool {
	wasAbsent := s.hasNoControlPlane(cl)
	p := s.newPool(cl, req)
	s.pools.put(p.ID, p)
	clusterID, poolID, delay := cl.ID, p.ID, poolStartDelay
	switch {
	case cl.Status == k8s.ClusterStatusCreating:
		delay = clusterCreateDurationDedicated + poolStartDelay
	case wasAbsent:
		cl.Status = k8s.ClusterStatusCreating
		s.touchCluster(cl)
		s.after(clusterStartDuration, func() {
			if c, ok := s.clusters.get(clusterID); ok && c.Status == k8s.ClusterStatusCreating {
				s.endClusterTransition(c)
			}
		})
		delay = firstPoolStartDelay
	}
	s.after(delay, func() { s.scalePool(poolID) })
	return p
}

// newPool returns a pool with the recorded defaults. The bounds of a pool without autoscaling are kept as sent; the API
// does not use them.
//
// [INFERRED k8s-pool-max-size] Every recorded request has a maximum size. Without one it is the size, and at least 1.
func (s *Server) newPool(cl *cluster, req *k8s.CreatePoolRequest) *pool {
	p := &pool{userData: req.UserData, NewImagesEnabled: true, Pool: k8s.Pool{
		ID: uuid.NewString(), ClusterID: cl.ID, CreatedAt: s.timestamp(), UpdatedAt: s.timestamp(), Name: req.Name,
		Status: k8s.PoolStatusScaling, Version: cl.Version, NodeType: normalizeNodeType(req.NodeType),
		Autoscaling: req.Autoscaling,
		Size:        req.Size, MinSize: deref32(req.MinSize), MaxSize: max(req.Size, 1),
		ContainerRuntime: k8s.RuntimeContainerd,
		Autohealing:      req.Autohealing, Tags: nonNilSlice(req.Tags), PlacementGroupID: req.PlacementGroupID,
		KubeletArgs: nonNilMap(req.KubeletArgs), UpgradePolicy: &k8s.PoolUpgradePolicy{MaxUnavailable: 1},
		Zone:           req.Zone,
		RootVolumeType: req.RootVolumeType, RootVolumeSize: req.RootVolumeSize, PublicIPDisabled: req.PublicIPDisabled,
		Labels: nonNilMap(req.Labels), Taints: reorder(req.Taints), StartupTaints: reorder(req.StartupTaints),
		Region:           cl.Region,
		PrivateNetworkID: req.PrivateNetworkID,
	}}
	setIfPresent(&p.MaxSize, req.MaxSize)
	if req.UpgradePolicy != nil {
		setIfPresent(&p.UpgradePolicy.MaxUnavailable, req.UpgradePolicy.MaxUnavailable)
		setIfPresent(&p.UpgradePolicy.MaxSurge, req.UpgradePolicy.MaxSurge)
	}
	p.MaxTerminationGracePeriod = apiDuration{scw.Duration{Seconds: 15 * 60}}
	if req.MaxTerminationGracePeriod != nil {
		p.MaxTerminationGracePeriod = apiDuration{*req.MaxTerminationGracePeriod}
	}
	if p.PrivateNetworkID == nil && cl.PrivateNetworkID != nil {
		id := *cl.PrivateNetworkID
		p.PrivateNetworkID = &id
	}
	if p.NodeType == externalNodeType {
		return p
	}
	volumeType, volumeSize := defaultRootVolume(p.NodeType)
	if p.RootVolumeType == "" || p.RootVolumeType == k8s.PoolVolumeTypeDefaultVolumeType {
		p.RootVolumeType = volumeType
	}
	if p.RootVolumeType != volumeType {
		volumeSize = minRootVolumeSize
	}
	if p.RootVolumeSize == nil || *p.RootVolumeSize == 0 {
		p.RootVolumeSize = &volumeSize
	}
	p.SecurityGroupID = cmp.Or(deref(req.SecurityGroupID), s.defaultSecurityGroup(cl, p.Zone))
	return p
}

// normalizeNodeType returns a node type in the format of the API's responses: DEV1-M becomes dev1_m.
func normalizeNodeType(name string) string {
	return strings.ReplaceAll(strings.ToLower(name), "-", "_")
}

func (s *Server) updatePool(c *call) (any, error) {
	p, err := s.findUpdatablePool(c)
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
	setIfPresent(&p.Autoscaling, req.Autoscaling)
	setIfPresent(&p.Size, req.Size)
	setIfPresent(&p.MinSize, req.MinSize)
	setIfPresent(&p.MaxSize, req.MaxSize)
	if p.Autoscaling && p.NodeType != externalNodeType {
		p.Size = min(max(p.Size, p.MinSize), p.MaxSize)
	}
	setIfPresent(&p.Autohealing, req.Autohealing)
	setListIfPresent(&p.Tags, req.Tags)
	if req.KubeletArgs != nil {
		p.KubeletArgs = nonNilMap(*req.KubeletArgs)
	}
	if req.UpgradePolicy != nil {
		setIfPresent(&p.UpgradePolicy.MaxUnavailable, req.UpgradePolicy.MaxUnavailable)
		setIfPresent(&p.UpgradePolicy.MaxSurge, req.UpgradePolicy.MaxSurge)
	}
	if req.SecurityGroupID != nil {
		s.setPoolSecurityGroup(p, *req.SecurityGroupID)
	}
	if req.MaxTerminationGracePeriod != nil {
		p.MaxTerminationGracePeriod = apiDuration{*req.MaxTerminationGracePeriod}
	}
	if p.Size != before {
		s.startScaling(p)
	}
	s.touchPool(p)
	return p, nil
}

// startScaling sets a pool to scaling and schedules the change of its nodes.
func (s *Server) startScaling(p *pool) {
	id := p.ID
	p.Status = k8s.PoolStatusScaling
	s.touchPool(p)
	s.after(poolStartDelay, func() { s.scalePool(id) })
}

func (s *Server) deletePool(c *call) (any, error) {
	p, err := s.findPool(c)
	if err != nil {
		return nil, err
	}
	if cl, ok := s.clusters.get(p.ClusterID); ok && cl.Status != k8s.ClusterStatusCreating {
		if err := cl.checkStable(); err != nil {
			return nil, err
		}
	}
	if p.Status == k8s.PoolStatusDeleting {
		return nil, errTransient("pool", p.ID, string(p.Status))
	}
	p.Status = k8s.PoolStatusDeleting
	s.touchPool(p)
	id, duration := p.ID, emptyPoolDeleteDuration
	for _, n := range s.nodesOf(p.ID) {
		s.setNodeStatus(n, k8s.NodeStatusDeleting)
		duration = nodeDeleteDuration
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
	if cl, ok := s.clusters.get(p.ClusterID); ok && cl.Status == k8s.ClusterStatusReady && s.hasNoControlPlane(cl) {
		s.endClusterTransition(cl)
	}
}

func (s *Server) upgradePool(c *call) (any, error) {
	p, err := s.findStablePool(c)
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
	s.after(poolUpgradeStartDelay, func() { s.replaceOutdatedNodes(id) })
	return p, nil
}

func (s *Server) setPoolLabels(c *call) (any, error) {
	var req k8s.SetPoolLabelsRequest
	return s.changePool(c, &req, func(p *pool) { p.Labels = nonNilMap(req.Labels) })
}

// reorder returns the taints in another order than they were sent in: the API keeps no order, and a client that expects
// one must fail here, too.
func reorder(taints []*k8s.CoreV1Taint) []*k8s.CoreV1Taint {
	reordered := nonNilSlice(slices.Clone(taints))
	slices.Reverse(reordered)
	return reordered
}

func (s *Server) setPoolTaints(c *call) (any, error) {
	var req k8s.SetPoolTaintsRequest
	return s.changePool(c, &req, func(p *pool) { p.Taints = reorder(req.Taints) })
}

func (s *Server) setPoolStartupTaints(c *call) (any, error) {
	var req k8s.SetPoolStartupTaintsRequest
	return s.changePool(c, &req, func(p *pool) { p.StartupTaints = reorder(req.StartupTaints) })
}

// changePool decodes the request into req, then applies it to the pool.
func (s *Server) changePool(c *call, req any, apply func(*pool)) (any, error) {
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
	return newFile(c.PathValue("key"), content), nil
}
