package sandbox

import (
	"net"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/scaleway/scaleway-sdk-go/api/k8s/v1"
)

// Recorded durations of a node's transitions. nodeReboots and nodeStrands are the sandbox's choice; nodeHeals is the
// documented delay.
const (
	nodeStarts      = 45 * time.Second // with a root volume on block storage
	nodeStartsLocal = 85 * time.Second // with a root volume on local storage
	nodeDeletes     = 75 * time.Second
	nodeReboots     = 60 * time.Second
	nodeStrands     = 5 * time.Minute  // until the API reports a node that cannot reach the control plane
	nodeHeals       = 15 * time.Minute // until autohealing reboots a node that is not ready
)

// node is a node of a pool.
type node struct {
	k8s.Node

	// Srn hides the SDK's field, which is not in the API's responses.
	Srn string `json:"srn,omitempty"`
	// PublicIPV4 and PublicIPV6 are null if the node has none, not omitted.
	PublicIPV4 *net.IP `json:"public_ip_v4"`
	PublicIPV6 *net.IP `json:"public_ip_v6"`
	// Conditions are deprecated in the SDK, but the API still returns them.
	Conditions map[string]string `json:"conditions"`

	version  string
	serverID string
	secret   string    // credential of an external node, for reading its metadata
	busy     bool      // in a transition, which autohealing does not interrupt
	sick     time.Time // since when the node has not been ready; zero if it is ready or in a transition
}

func (s *Server) findNode(c *call) (*node, error) {
	id := c.PathValue("id")
	found, ok := s.nodes.get(id)
	if !ok || found.Region != c.region() {
		return nil, errNotFound("node", id)
	}
	return found, nil
}

// findSteadyNode returns the node in the path and its pool, and an error if the node is being deleted.
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

// nodesOf returns the nodes of a pool, oldest first.
func (s *Server) nodesOf(poolID string) []*node {
	return s.nodes.list(func(n *node) bool { return n.PoolID == poolID })
}

// staying returns the nodes of a pool that are not being deleted, oldest first.
func (s *Server) staying(poolID string) []*node {
	return s.nodes.list(func(n *node) bool { return n.PoolID == poolID && n.Status != k8s.NodeStatusDeleting })
}

func (s *Server) listNodes(c *call) (any, error) {
	cl, err := s.findCluster(c)
	if err != nil {
		return nil, err
	}
	f := c.filters()
	found := s.nodes.list(func(n *node) bool { return n.ClusterID == cl.ID && f.is("pool_id", n.PoolID) })
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

// setNode changes the status of a node and its Ready condition.
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

// nodeName returns the name of a node as the API generates it: the names of the cluster and the pool, followed by the
// beginning of the node's id. Together these have at most 40 characters, of which at least six are of the id: if the
// names are too long, each loses the same number of characters.
func nodeName(clusterName, poolName, id string) string {
	const maxLength, minSuffix = 40, 6
	if excess := len(clusterName) + len(poolName) - (maxLength - minSuffix); excess > 0 {
		cut := min(excess/2, len(clusterName)-1)
		clusterName = clusterName[:len(clusterName)-cut]
		poolName = poolName[:max(len(poolName)-(excess-cut), 1)]
	}
	suffix := strings.ReplaceAll(id, "-", "")
	suffix = suffix[:min(len(suffix), max(maxLength-len(clusterName)-len(poolName), minSuffix))]
	return "scw-" + clusterName + "-" + poolName + "-" + suffix
}

// startNode creates a node of a pool and its Instance, and schedules its transitions to ready.
func (s *Server) startNode(p *pool) {
	cl, ok := s.clusters.get(p.ClusterID)
	if !ok {
		return
	}
	noError := ""
	id := uuid.NewString()
	n := &node{version: p.Version, busy: true, Conditions: map[string]string{}, Node: k8s.Node{
		ID: id, PoolID: p.ID, ClusterID: p.ClusterID, Region: p.Region, Name: nodeName(cl.Name, p.Name, id),
		Status: k8s.NodeStatusCreating, ErrorMessage: &noError,
		CreatedAt: s.stamp(), UpdatedAt: s.stamp(),
	}}
	s.nodes.put(id, n)
	s.startMachine(cl, p, n)
	duration := startsIn(p)
	for _, step := range []struct {
		after time.Duration
		from  k8s.NodeStatus
		to    k8s.NodeStatus
	}{
		{duration / 3, k8s.NodeStatusCreating, k8s.NodeStatusStarting}, {
			2 * duration / 3, k8s.NodeStatusStarting, k8s.NodeStatusNotReady,
		},
	} {
		s.after(step.after, func() {
			if n, ok := s.nodes.get(id); ok && n.Status == step.from {
				s.setNode(n, step.to)
			}
		})
	}
	s.after(duration, func() { s.joinNode(id) })
}

// startsIn returns how long a new node of the pool takes to become ready.
func startsIn(p *pool) time.Duration {
	if p.RootVolumeType == k8s.PoolVolumeTypeLSSD {
		return nodeStartsLocal
	}
	return nodeStarts
}

// joinNode sets a started node to ready. A node without a public IP needs a default route to reach the control plane:
// without one it stays not ready, and its pool later gets the status warning.
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

// strand sets the pool of a node that still cannot reach the control plane to the status warning.
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
	reason := "node cannot reach the control plane: public IPs are disabled, and no Public Gateway advertises a default " +
		"route on its Private Network"
	n.ErrorMessage, n.UpdatedAt = &reason, s.stamp()
	p.ErrorMessage, p.stranded, p.Status = &reason, true, k8s.PoolStatusWarning
	s.touchPool(p)
}

// settlePool sets a scaling pool to ready if it has its size and all of its nodes are ready. Nodes that are being
// deleted do not count.
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

// scale creates the missing nodes of a pool, or deletes its newest nodes if it has too many.
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

// dropNode starts the deletion of a node.
func (s *Server) dropNode(n *node) {
	id := n.ID
	s.setNode(n, k8s.NodeStatusDeleting)
	s.after(nodeDeletes, func() {
		if current, ok := s.nodes.get(id); ok {
			s.removeNode(current)
		}
	})
}

// removeNode removes a node and its Instance.
func (s *Server) removeNode(n *node) {
	s.stopMachine(n)
	s.nodes.remove(n.ID)
}

// renewNodes replaces the nodes of a pool that do not have its version, as many at a time as its upgrade policy allows.
// For max_surge of them, the new node becomes ready before the old node is deleted.
func (s *Server) renewNodes(id string) {
	p, ok := s.pools.get(id)
	if !ok || p.Status != k8s.PoolStatusUpgrading && p.Status != k8s.PoolStatusScaling {
		return
	}
	outdated := slices.DeleteFunc(s.staying(id), func(n *node) bool { return n.version == p.Version })
	if len(outdated) == 0 || p.NodeType == external { // existing external nodes keep their version
		p.Status = k8s.PoolStatusScaling
		s.scale(id)
		return
	}
	surge := int(p.UpgradePolicy.MaxSurge)
	batch := min(len(outdated), max(surge+int(p.UpgradePolicy.MaxUnavailable), 1))
	for i, n := range outdated[:batch] {
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
	if batch == len(outdated) {
		s.after(poolUpgradeEnds, func() {
			if p, ok := s.pools.get(id); ok && p.Status == k8s.PoolStatusUpgrading {
				p.Status = k8s.PoolStatusScaling
				s.touchPool(p)
			}
		})
	}
	s.after(startsIn(p), func() { s.renewNodes(id) })
}

// deleteNode deletes a node and reduces the size of its pool by one.
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

// replaceNode deletes a node; its pool creates another.
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

// reboot reboots a node, which then joins the cluster again.
func (s *Server) reboot(n *node) {
	id := n.ID
	n.busy, n.sick = true, time.Time{}
	s.setNode(n, k8s.NodeStatusRebooting)
	s.after(nodeReboots, func() { s.joinNode(id) })
}

// care returns the next automatic action on the nodes of a pool and its time, or nil. Nodes that can now reach the
// control plane join it, and autohealing reboots a node that has not been ready for nodeHeals. If it finds a node
// not ready for the first time, this delay starts at the time at.
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

// rescue schedules the nodes of a pool that can now reach the control plane to join it.
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
