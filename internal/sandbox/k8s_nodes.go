package sandbox

import (
	"net"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/scaleway/scaleway-sdk-go/api/k8s/v1"
)

// Recorded durations of a node's transitions. How long a node may be without a way to the control plane, and how long a
// reboot takes, is the sandbox's own choice; autohealing is as documented.
const (
	nodeStarts      = 45 * time.Second // on block storage
	nodeStartsLocal = 85 * time.Second // on local storage
	nodeDeletes     = 75 * time.Second
	nodeReboots     = 60 * time.Second
	nodeStrands     = 5 * time.Minute
	nodeHeals       = 15 * time.Minute
)

// node is a node of a pool.
type node struct {
	k8s.Node

	// Srn is not in the API's answers: the SDK makes it up.
	Srn string `json:"srn,omitempty"`
	// The addresses are null, not left out, where there is none.
	PublicIPV4 *net.IP `json:"public_ip_v4"`
	PublicIPV6 *net.IP `json:"public_ip_v6"`
	// Conditions are deprecated in the SDK, and answered by the API.
	Conditions map[string]string `json:"conditions"`

	version  string
	serverID string
	secret   string // of an external node: what its metadata are read with
	busy     bool   // its status changes on its own
	sick     time.Time
}

func (s *Server) findNode(c *call) (*node, error) {
	id := c.PathValue("id")
	found, ok := s.nodes.get(id)
	if !ok || found.Region != c.region() {
		return nil, errNotFound("node", id)
	}
	return found, nil
}

// findSteadyNode returns a node that is not going, and its pool.
func (s *Server) findSteadyNode(c *call) (*node, *pool, error) {
	n, err := s.findNode(c)
	if err != nil {
		return nil, nil, err
	}
	if n.Status == k8s.NodeStatusDeleting {
		return nil, nil, errTransient("node", n.ID, string(n.Status))
	}
	p, ok := s.pools.get(n.PoolID)
	if !ok {
		return nil, nil, errNotFound("pool", n.PoolID)
	}
	return n, p, nil
}

// nodesOf are the nodes of a pool, oldest first.
func (s *Server) nodesOf(poolID string) []*node {
	return s.nodes.list(func(n *node) bool { return n.PoolID == poolID })
}

// staying are the nodes of a pool that are not being deleted.
func (s *Server) staying(poolID string) []*node {
	return s.nodes.list(func(n *node) bool { return n.PoolID == poolID && n.Status != k8s.NodeStatusDeleting })
}

func (s *Server) listNodes(c *call) (any, error) {
	on, err := s.findCluster(c)
	if err != nil {
		return nil, err
	}
	f := c.filters()
	found := s.nodes.list(func(n *node) bool { return n.ClusterID == on.ID && f.is("pool_id", n.PoolID) })
	page, total := rows(c, found, func(n *node) sortable {
		return sortable{
			name: n.Name, status: string(n.Status), version: n.version, created: n.CreatedAt, updated: n.UpdatedAt,
		}
	})
	return map[string]any{"nodes": page, "total_count": total}, nil
}

func (s *Server) getNode(c *call) (any, error) {
	n, err := s.findNode(c)
	if err != nil {
		return nil, err
	}
	return n, nil
}

// setNode changes the status of a node, and the condition that follows from it.
func (s *Server) setNode(n *node, status k8s.NodeStatus) {
	n.Status, n.UpdatedAt = status, s.stamp()
	switch status {
	case k8s.NodeStatusReady:
		n.Conditions = map[string]string{
			"DiskPressure": "False", "MemoryPressure": "False", "PIDPressure": "False", "Ready": "True",
		}
	case k8s.NodeStatusNotReady, k8s.NodeStatusRebooting:
		if _, known := n.Conditions["Ready"]; known {
			n.Conditions["Ready"] = "False"
		}
	}
}

// nodeName is how the API names a node: the names of the cluster and the pool, of 40 characters with the beginning of
// the node's id, of which at least six stand; of longer names both lose the same number of characters.
func nodeName(clusterName, poolName, id string) string {
	const room, least = 40, 6
	if excess := len(clusterName) + len(poolName) - (room - least); excess > 0 {
		cut := min(excess/2, len(clusterName)-1)
		clusterName = clusterName[:len(clusterName)-cut]
		poolName = poolName[:max(len(poolName)-(excess-cut), 1)]
	}
	digits := strings.ReplaceAll(id, "-", "")
	digits = digits[:min(len(digits), max(room-len(clusterName)-len(poolName), least))]
	return "scw-" + clusterName + "-" + poolName + "-" + digits
}

// startNode creates a node of a pool and its machine; it becomes ready on its own.
func (s *Server) startNode(p *pool) {
	on, ok := s.clusters.get(p.ClusterID)
	if !ok {
		return
	}
	noError := ""
	id := uuid.NewString()
	n := &node{version: p.Version, busy: true, Conditions: map[string]string{}, Node: k8s.Node{
		ID: id, PoolID: p.ID, ClusterID: p.ClusterID, Region: p.Region, Name: nodeName(on.Name, p.Name, id),
		Status: k8s.NodeStatusCreating, ErrorMessage: &noError,
		CreatedAt: s.stamp(), UpdatedAt: s.stamp(),
	}}
	s.nodes.put(id, n)
	s.startMachine(on, p, n)
	lasts := startsIn(p)
	for _, step := range []struct {
		after time.Duration
		from  k8s.NodeStatus
		to    k8s.NodeStatus
	}{
		{lasts / 3, k8s.NodeStatusCreating, k8s.NodeStatusStarting}, {
			2 * lasts / 3, k8s.NodeStatusStarting, k8s.NodeStatusNotReady,
		},
	} {
		s.after(step.after, func() {
			if n, ok := s.nodes.get(id); ok && n.Status == step.from {
				s.setNode(n, step.to)
			}
		})
	}
	s.after(lasts, func() { s.joinNode(id) })
}

// startsIn is how long a new node of the pool takes to be ready.
func startsIn(p *pool) time.Duration {
	if p.RootVolumeType == k8s.PoolVolumeTypeLSSD {
		return nodeStartsLocal
	}
	return nodeStarts
}

// joinNode makes a node that has started ready. Without a public IP it needs a default route to reach the control
// plane: where there is none, it stays not ready and its pool comes to warn.
func (s *Server) joinNode(id string) {
	n, ok := s.nodes.get(id)
	if !ok || n.Status == k8s.NodeStatusDeleting {
		return
	}
	p, ok := s.pools.get(n.PoolID)
	if !ok {
		return
	}
	if p.PublicIPDisabled && !s.routed(p) {
		s.setNode(n, k8s.NodeStatusNotReady)
		s.after(nodeStrands, func() { s.strand(id) })
		return
	}
	n.busy = false
	s.setNode(n, k8s.NodeStatusReady)
	s.settlePool(p)
}

// strand ends the wait for a node that cannot reach the control plane.
func (s *Server) strand(id string) {
	n, ok := s.nodes.get(id)
	if !ok || n.Status != k8s.NodeStatusNotReady || !n.busy {
		return
	}
	p, ok := s.pools.get(n.PoolID)
	if !ok || p.Status == k8s.PoolStatusDeleting {
		return
	}
	if s.routed(p) {
		s.joinNode(id)
		return
	}
	why := "node cannot reach the control plane: public IPs are disabled, and no Public Gateway advertises a default " +
		"route on its Private Network"
	n.ErrorMessage, n.UpdatedAt = &why, s.stamp()
	p.ErrorMessage, p.stranded, p.Status = &why, true, k8s.PoolStatusWarning
	s.touchPool(p)
}

// settlePool ends scaling when the pool has its nodes and all of them are ready; those being deleted no longer count.
func (s *Server) settlePool(p *pool) {
	if p.Status != k8s.PoolStatusScaling && p.Status != k8s.PoolStatusWarning || p.stranded {
		return
	}
	nodes := s.staying(p.ID)
	if p.NodeType != external && len(nodes) != int(p.Size) {
		return
	}
	if slices.ContainsFunc(nodes, func(n *node) bool { return n.Status != k8s.NodeStatusReady }) {
		return
	}
	p.Status, p.ErrorMessage = k8s.PoolStatusReady, nil
	s.touchPool(p)
}

// scale gives a pool the nodes that it lacks, and deletes its newest where it has too many.
func (s *Server) scale(id string) {
	p, ok := s.pools.get(id)
	if !ok || p.Status == k8s.PoolStatusDeleting || p.Status == k8s.PoolStatusUpgrading {
		return
	}
	nodes := s.staying(id)
	if p.NodeType == external || len(nodes) == int(p.Size) {
		s.settlePool(p)
		return
	}
	for range int(p.Size) - len(nodes) {
		s.startNode(p)
	}
	if len(nodes) > int(p.Size) {
		for _, n := range nodes[p.Size:] {
			s.dropNode(n)
		}
		s.after(poolShrinks, func() { s.scale(id) })
	}
}

// dropNode drains a node and deletes it.
func (s *Server) dropNode(n *node) {
	id := n.ID
	s.setNode(n, k8s.NodeStatusDeleting)
	s.after(nodeDeletes, func() {
		if gone, ok := s.nodes.get(id); ok {
			s.removeNode(gone)
		}
	})
}

func (s *Server) removeNode(n *node) {
	s.stopMachine(n)
	s.nodes.remove(n.ID)
}

// renewNodes replaces the nodes of a pool that do not have its version, as many at a time as its upgrade policy says:
// for max_surge of them the new node is ready before the old one goes.
func (s *Server) renewNodes(id string) {
	p, ok := s.pools.get(id)
	if !ok || p.Status != k8s.PoolStatusUpgrading && p.Status != k8s.PoolStatusScaling {
		return
	}
	old := slices.DeleteFunc(s.staying(id), func(n *node) bool { return n.version == p.Version })
	if len(old) == 0 || p.NodeType == external { // external nodes keep their version: the upgrade reaches new ones only
		p.Status = k8s.PoolStatusScaling
		s.scale(id)
		return
	}
	surge := int(p.UpgradePolicy.MaxSurge)
	batch := min(len(old), max(surge+int(p.UpgradePolicy.MaxUnavailable), 1))
	for i, n := range old[:batch] {
		s.startNode(p)
		if i >= surge {
			s.dropNode(n)
			continue
		}
		s.after(startsIn(p), func() {
			if old, ok := s.nodes.get(n.ID); ok && old.Status != k8s.NodeStatusDeleting {
				s.dropNode(old)
			}
		})
	}
	if batch == len(old) {
		s.after(poolUpgradeEnds, func() {
			if p, ok := s.pools.get(id); ok && p.Status == k8s.PoolStatusUpgrading {
				p.Status = k8s.PoolStatusScaling
				s.touchPool(p)
			}
		})
	}
	s.after(startsIn(p), func() { s.renewNodes(id) })
}

// deleteNode takes a node away: its pool is one smaller.
func (s *Server) deleteNode(c *call) (any, error) {
	n, p, err := s.findSteadyNode(c)
	if err != nil {
		return nil, err
	}
	if p.NodeType != external {
		p.Size--
		if !p.Autoscaling {
			p.MinSize, p.MaxSize = p.Size, p.Size
		}
		s.rescale(p)
	}
	s.dropNode(n)
	return n, nil
}

// replaceNode drains a node and deletes it; its pool starts another.
func (s *Server) replaceNode(c *call) (any, error) {
	n, p, err := s.findSteadyNode(c)
	if err != nil {
		return nil, err
	}
	if p.NodeType == external {
		return nil, errInvalid("node_id", "constraint", "an external node cannot be replaced")
	}
	s.dropNode(n)
	s.rescale(p)
	return n, nil
}

func (s *Server) rebootNode(c *call) (any, error) {
	n, p, err := s.findSteadyNode(c)
	if err != nil {
		return nil, err
	}
	if p.NodeType == external {
		return nil, errInvalid("node_id", "constraint", "an external node cannot be rebooted")
	}
	if n.Status == k8s.NodeStatusRebooting {
		return nil, errTransient("node", n.ID, string(n.Status))
	}
	s.reboot(n)
	return n, nil
}

func (s *Server) reboot(n *node) {
	id := n.ID
	n.busy, n.sick = true, time.Time{}
	s.setNode(n, k8s.NodeStatusRebooting)
	s.after(nodeReboots, func() { s.joinNode(id) })
}

// care finds what the nodes of a pool need: those that got a way to the control plane join it, and autohealing reboots
// one that has not been ready for fifteen minutes. What was not seen before happens at the moment given.
func (s *Server) care(p *pool, at time.Time) (time.Time, func()) {
	if p.stranded && s.routed(p) {
		return at, func() { s.rescue(p) }
	}
	if !p.Autohealing || p.NodeType == external {
		return time.Time{}, nil
	}
	for _, n := range s.staying(p.ID) {
		switch {
		case n.busy || n.Status != k8s.NodeStatusNotReady:
			n.sick = time.Time{}
		case n.sick.IsZero():
			n.sick = at
		default:
			due := n.sick.Add(time.Duration(float64(nodeHeals) / s.options.Speed))
			return due, func() { s.reboot(n) }
		}
	}
	return time.Time{}, nil
}

// rescue lets the nodes of a pool join that now have a way to the control plane.
func (s *Server) rescue(p *pool) {
	noError := ""
	p.stranded, p.ErrorMessage, p.Status = false, nil, k8s.PoolStatusScaling
	s.touchPool(p)
	for _, n := range s.staying(p.ID) {
		if n.Status == k8s.NodeStatusNotReady && n.busy {
			n.ErrorMessage = &noError
			s.after(nodeStarts, func() { s.joinNode(n.ID) })
		}
	}
	id := p.ID
	s.after(nodeStarts, func() { s.scale(id) })
}
