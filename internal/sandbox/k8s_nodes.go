package sandbox

import (
	"net"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/scaleway/scaleway-sdk-go/api/k8s/v1"
)

// Recorded durations of a node's transitions. nodeRebootDuration and nodeUnreachableTimeout are the sandbox's choice;
// autohealingDelay is the documented delay.
const (
	nodeStartDurationBlock = 45 * time.Second // with a root volume on block storage
	nodeStartDurationLocal = 85 * time.Second // with a root volume on local storage
	nodeDeleteDuration     = 75 * time.Second
	nodeRebootDuration     = 60 * time.Second
	nodeUnreachableTimeout = 5 * time.Minute  // until the API reports a node that cannot reach the control plane
	autohealingDelay       = 15 * time.Minute // until autohealing reboots a node that is not ready
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

	version       string
	serverID      string
	secret        string    // credential of an external node, for reading its metadata
	inTransition  bool      // in a transition, which autohealing does not interrupt
	notReadySince time.Time // since when the node has not been ready; zero if it is ready or in a transition
}

func (s *Server) findNode(c *call) (*node, error) {
	id := c.PathValue("id")
	found, ok := s.nodes.get(id)
	if !ok || found.Region != c.region() {
		return nil, errNotFound("node", id)
	}
	return found, nil
}

// findNodeAndPool returns the node in the path and its pool, and an error if the node is being deleted.
func (s *Server) findNodeAndPool(c *call) (*node, *pool, error) {
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

// remainingNodes returns the nodes of a pool that are not being deleted, oldest first.
func (s *Server) remainingNodes(poolID string) []*node {
	return s.nodes.list(func(n *node) bool { return n.PoolID == poolID && n.Status != k8s.NodeStatusDeleting })
}

func (s *Server) listNodes(c *call) (any, error) {
	cl, err := s.findCluster(c)
	if err != nil {
		return nil, err
	}
	f := c.filters()
	found := s.nodes.list(func(n *node) bool { return n.ClusterID == cl.ID && f.matches("pool_id", n.PoolID) })
	page, total := filterSortAndPaginate(c, found, func(n *node) sortKey {
		return sortKey{
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

// setNodeStatus changes the status of a node and its Ready condition.
func (s *Server) setNodeStatus(n *node, status k8s.NodeStatus) {
	n.Status, n.UpdatedAt = status, s.timestamp()
	switch status {
	case k8s.NodeStatusReady:
		n.Conditions = map[string]string{
			"DiskPressure": "False", "MemoryPressure": "False", "PIDPressure": "False", "Ready": "True",
		}
		if cl, ok := s.clusters.get(n.ClusterID); ok && cl.Cni != k8s.CNIKilo {
			n.Conditions["NetworkUnavailable"] = "False" // set by Cilium and Calico
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
	n := &node{version: p.Version, inTransition: true, Conditions: map[string]string{}, Node: k8s.Node{
		ID: id, PoolID: p.ID, ClusterID: p.ClusterID, Region: p.Region, Name: nodeName(cl.Name, p.Name, id),
		Status: k8s.NodeStatusCreating, ErrorMessage: &noError,
		CreatedAt: s.timestamp(), UpdatedAt: s.timestamp(),
	}}
	s.nodes.put(id, n)
	s.startMachine(cl, p, n)
	duration := nodeStartDuration(p)
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
				s.setNodeStatus(n, step.to)
			}
		})
	}
	s.after(duration, func() { s.joinNode(id) })
}

// nodeStartDuration returns how long a new node of the pool takes to become ready.
func nodeStartDuration(p *pool) time.Duration {
	if p.RootVolumeType == k8s.PoolVolumeTypeLSSD {
		return nodeStartDurationLocal
	}
	return nodeStartDurationBlock
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
	if p.PublicIPDisabled && !s.hasDefaultRoute(p) {
		s.setNodeStatus(n, k8s.NodeStatusNotReady)
		s.after(nodeUnreachableTimeout, func() { s.reportUnreachableNode(id) })
		return
	}
	n.inTransition = false
	s.setNodeStatus(n, k8s.NodeStatusReady)
	s.endPoolScaling(p)
}

// reportUnreachableNode sets the pool of a node that still cannot reach the control plane to the status warning.
func (s *Server) reportUnreachableNode(id string) {
	n, ok := s.nodes.get(id)
	if !ok || n.Status != k8s.NodeStatusNotReady || !n.inTransition {
		return
	}
	p, ok := s.pools.get(n.PoolID)
	if !ok || p.Status == k8s.PoolStatusDeleting {
		return
	}
	if s.hasDefaultRoute(p) {
		s.joinNode(id)
		return
	}
	reason := "node cannot reach the control plane: public IPs are disabled, and no Public Gateway advertises a " +
		"default route on its Private Network"
	n.ErrorMessage, n.UpdatedAt = &reason, s.timestamp()
	p.ErrorMessage, p.unreachable, p.Status = &reason, true, k8s.PoolStatusWarning
	s.touchPool(p)
}

// endPoolScaling sets a scaling pool to ready if it has its size and all of its nodes are ready. Nodes that are being
// deleted do not count.
func (s *Server) endPoolScaling(p *pool) {
	if p.Status != k8s.PoolStatusScaling && p.Status != k8s.PoolStatusWarning || p.unreachable {
		return
	}
	nodes := s.remainingNodes(p.ID)
	if p.NodeType != externalNodeType && len(nodes) != int(p.Size) {
		return
	}
	if slices.ContainsFunc(nodes, func(n *node) bool { return n.Status != k8s.NodeStatusReady }) {
		return
	}
	p.Status, p.ErrorMessage = k8s.PoolStatusReady, nil
	s.touchPool(p)
}

// scalePool creates the missing nodes of a pool, or deletes its newest nodes if it has too many.
func (s *Server) scalePool(id string) {
	p, ok := s.pools.get(id)
	if !ok || p.Status == k8s.PoolStatusDeleting || p.Status == k8s.PoolStatusUpgrading {
		return
	}
	nodes := s.remainingNodes(id)
	if p.NodeType == externalNodeType || len(nodes) == int(p.Size) {
		s.endPoolScaling(p)
		return
	}
	for range int(p.Size) - len(nodes) {
		s.startNode(p)
	}
	if len(nodes) > int(p.Size) {
		for _, n := range nodes[p.Size:] {
			s.startNodeDeletion(n)
		}
		s.after(poolShrinkDuration, func() { s.scalePool(id) })
	}
}

// startNodeDeletion starts the deletion of a node.
func (s *Server) startNodeDeletion(n *node) {
	id := n.ID
	s.setNodeStatus(n, k8s.NodeStatusDeleting)
	s.after(nodeDeleteDuration, func() {
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

// replaceOutdatedNodes replaces the nodes of a pool that do not have its version, as many at a time as its upgrade
// policy allows. For max_surge of them, the new node becomes ready before the old node is deleted.
func (s *Server) replaceOutdatedNodes(id string) {
	p, ok := s.pools.get(id)
	if !ok || p.Status != k8s.PoolStatusUpgrading && p.Status != k8s.PoolStatusScaling {
		return
	}
	outdated := slices.DeleteFunc(s.remainingNodes(id), func(n *node) bool { return n.version == p.Version })
	if len(outdated) == 0 || p.NodeType == externalNodeType { // existing external nodes keep their version
		p.Status = k8s.PoolStatusScaling
		s.scalePool(id)
		return
	}
	surge := int(p.UpgradePolicy.MaxSurge)
	batch := min(len(outdated), max(surge+int(p.UpgradePolicy.MaxUnavailable), 1))
	for i, n := range outdated[:batch] {
		s.startNode(p)
		if i >= surge {
			s.startNodeDeletion(n)
			continue
		}
		s.after(nodeStartDuration(p), func() {
			if old, ok := s.nodes.get(n.ID); ok && old.Status != k8s.NodeStatusDeleting {
				s.startNodeDeletion(old)
			}
		})
	}
	if batch == len(outdated) {
		s.after(poolUpgradeEndDelay, func() {
			if p, ok := s.pools.get(id); ok && p.Status == k8s.PoolStatusUpgrading {
				p.Status = k8s.PoolStatusScaling
				s.touchPool(p)
			}
		})
	}
	s.after(nodeStartDuration(p), func() { s.replaceOutdatedNodes(id) })
}

// deleteNode deletes a node and reduces the size of its pool by one.
func (s *Server) deleteNode(c *call) (any, error) {
	n, p, err := s.findNodeAndPool(c)
	if err != nil {
		return nil, err
	}
	if p.NodeType != externalNodeType {
		p.Size--
		s.startScaling(p)
	}
	s.startNodeDeletion(n)
	return n, nil
}

// replaceNode deletes a node; its pool creates another.
func (s *Server) replaceNode(c *call) (any, error) {
	n, p, err := s.findNodeAndPool(c)
	if err != nil {
		return nil, err
	}
	if p.NodeType == externalNodeType {
		return nil, errInvalid("node_id", "constraint", "an external node cannot be replaced")
	}
	s.startNodeDeletion(n)
	s.startScaling(p)
	return n, nil
}

func (s *Server) rebootNode(c *call) (any, error) {
	n, p, err := s.findNodeAndPool(c)
	if err != nil {
		return nil, err
	}
	if p.NodeType == externalNodeType {
		return nil, errInvalid("node_id", "constraint", "an external node cannot be rebooted")
	}
	if n.Status == k8s.NodeStatusRebooting {
		return nil, errTransient("node", n.ID, string(n.Status))
	}
	s.startReboot(n)
	return n, nil
}

// startReboot reboots a node, which then joins the cluster again.
func (s *Server) startReboot(n *node) {
	id := n.ID
	n.inTransition, n.notReadySince = true, time.Time{}
	s.setNodeStatus(n, k8s.NodeStatusRebooting)
	s.after(nodeRebootDuration, func() { s.joinNode(id) })
}

// nextNodeAction returns the next automatic action on the nodes of a pool and its time, or nil. Nodes that can now
// reach the control plane join it, and autohealing reboots a node that has not been ready for autohealingDelay. If it
// finds a node not ready for the first time, this delay starts at the time at.
func (s *Server) nextNodeAction(p *pool, nodes []*node, at time.Time) (time.Time, func()) {
	if p.unreachable && s.hasDefaultRoute(p) {
		return at, func() { s.rejoinNodes(p) }
	}
	if !p.Autohealing || p.NodeType == externalNodeType {
		return time.Time{}, nil
	}
	for _, n := range nodes {
		switch {
		case n.Status == k8s.NodeStatusDeleting:
		case n.inTransition || n.Status != k8s.NodeStatusNotReady:
			n.notReadySince = time.Time{}
		case n.notReadySince.IsZero():
			n.notReadySince = at
		default:
			due := n.notReadySince.Add(time.Duration(float64(autohealingDelay) / s.options.Speed))
			return due, func() { s.startReboot(n) }
		}
	}
	return time.Time{}, nil
}

// rejoinNodes schedules the nodes of a pool that can now reach the control plane to join it.
func (s *Server) rejoinNodes(p *pool) {
	noError := ""
	p.unreachable, p.ErrorMessage, p.Status = false, nil, k8s.PoolStatusScaling
	s.touchPool(p)
	for _, n := range s.remainingNodes(p.ID) {
		if n.Status == k8s.NodeStatusNotReady && n.inTransition {
			n.ErrorMessage = &noError
			s.after(nodeStartDurationBlock, func() { s.joinNode(n.ID) })
		}
	}
	id := p.ID
	s.after(nodeStartDurationBlock, func() { s.scalePool(id) })
}
