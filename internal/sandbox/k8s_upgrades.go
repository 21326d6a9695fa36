package sandbox

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/scaleway/scaleway-sdk-go/api/k8s/v1"
)

func (s *Server) listClusterAvailableVersions(c *call) (any, error) {
	cl, err := s.findCluster(c)
	if err != nil {
		return nil, err
	}
	return map[string]any{"versions": s.versionsForRegion(c, s.upgradeTargets(cl.Version))}, nil
}

func (s *Server) upgradeCluster(c *call) (any, error) {
	cl, err := s.findStableCluster(c)
	if err != nil {
		return nil, err
	}
	var req k8s.UpgradeClusterRequest
	if err := c.decode(&req); err != nil {
		return nil, err
	}
	to, ok := s.versions.get(req.Version)
	if !ok || !s.isUpgradeTarget(cl.Version, s.nextMinor(cl.Version), to) {
		return nil, errInvalid("version", "constraint", fmt.Sprintf("version should either be a higher patch version "+
			"of the same minor version or the direct minor version after the current one, %s", cl.Version))
	}
	// [INFERRED k8s-upgrade-gates] No recording has an upgrade of a cluster with a feature gate or an admission plugin
	// that the target version does not have.
	if err := checkGatesAndPlugins(to, cl.FeatureGates, cl.AdmissionPlugins); err != nil {
		return nil, err
	}
	if req.UpgradePools {
		for _, p := range s.poolsOf(cl.ID) {
			if err := p.checkStable(); err != nil {
				return nil, err
			}
		}
	}
	s.startUpgrade(cl, to.Name, req.UpgradePools)
	return s.withUpgradeAvailable(cl), nil
}

// startUpgrade sets the version of a cluster and, if pools is set, of its pools. The nodes are replaced once the
// control plane is upgraded.
func (s *Server) startUpgrade(cl *cluster, to string, pools bool) {
	cl.Version = to
	duration := clusterUpdateDuration
	if s.hasNoControlPlane(cl) {
		duration = clusterUpgradeDurationNoPool
	}
	upgraded := []string{}
	if pools {
		for _, p := range s.poolsOf(cl.ID) {
			if p.Status == k8s.PoolStatusDeleting || p.Version == to {
				continue
			}
			p.Version, p.Status = to, k8s.PoolStatusUpgrading
			s.touchPool(p)
			upgraded = append(upgraded, p.ID)
		}
	}
	s.startClusterUpdate(cl, duration, func(*cluster) {
		for _, id := range upgraded {
			s.after(poolUpgradeStartDelay, func() { s.replaceOutdatedNodes(id) })
		}
	})
}

func (s *Server) setClusterType(c *call) (any, error) {
	cl, err := s.findStableCluster(c)
	if err != nil {
		return nil, err
	}
	var req k8s.SetClusterTypeRequest
	if err := c.decode(&req); err != nil {
		return nil, err
	}
	index := slices.IndexFunc(s.availableTypes(cl), func(t *clusterType) bool { return t.Name == req.Type })
	if index < 0 {
		return nil, errInvalid(
			"type", "constraint", fmt.Sprintf("cluster type %q is not available for this cluster", req.Type),
		)
	}
	offer := s.availableTypes(cl)[index]
	if offer.Availability == k8s.ClusterTypeAvailabilityShortage {
		return nil, errOutOfStock(offer.Name)
	}
	if size := s.maxNodeCount(cl.ID); size > offer.MaxNodes {
		return nil, errInvalid(
			"type", "constraint", fmt.Sprintf(
				"the cluster has %d nodes, %s at most %d", size, offer.Name, offer.MaxNodes,
			),
		)
	}
	duration := setTypeDuration
	if s.hasNoControlPlane(cl) {
		duration = setTypeDurationNoPool
	}
	if old, ok := s.clusterTypes.get(cl.Type); offer.Dedicated && (!ok || offer.rank > old.rank) {
		commitmentEnd := s.timestamp().Add(commitmentPeriod)
		cl.CommitmentEndsAt = &commitmentEnd
	}
	cl.Type = offer.Name
	s.startClusterUpdate(cl, duration, nil)
	return s.withUpgradeAvailable(cl), nil
}

// nextAutomaticAction returns the earliest automatic action of Scaleway that is due by a time, or nil: the forced
// upgrade of a version out of support, an automatic upgrade to a patch, or a repair of nodes.
func (s *Server) nextAutomaticAction(until time.Time) (time.Time, func()) {
	s.removeOrphans()
	var first time.Time
	var action func()
	consider := func(due time.Time, run func()) {
		if !due.After(until) && (action == nil || due.Before(first)) {
			first, action = due, run
		}
	}
	for _, c := range s.clusters.list(nil) {
		if c.checkStable() != nil || c.UpdatedAt == nil {
			continue
		}
		if due, to := s.forcedUpgrade(c, until); to != nil {
			consider(due, func() { s.startUpgrade(c, to.Name, true) })
		}
		if due, to := s.autoUpgrade(c, until); to != nil {
			consider(due, func() { s.startUpgrade(c, to.Name, true) })
		}
	}
	nodes := map[string][]*node{} // by pool
	for _, n := range s.nodes.list(nil) {
		nodes[n.PoolID] = append(nodes[n.PoolID], n)
	}
	for _, p := range s.pools.list(nil) {
		if due, repair := s.nextNodeAction(p, nodes[p.ID], until); repair != nil {
			consider(due, repair)
		}
	}
	return first, action
}

// removeOrphans removes pools without a cluster and nodes without a pool, which an out-of-band deletion leaves behind.
func (s *Server) removeOrphans() {
	for _, p := range s.pools.list(nil) {
		if _, ok := s.clusters.get(p.ClusterID); !ok {
			s.removePool(p.ID)
		}
	}
	for _, n := range s.nodes.list(nil) {
		if _, ok := s.pools.get(n.PoolID); !ok {
			s.removeNode(n)
		}
	}
}

// forcedUpgrade returns the time and target of the forced upgrade of a cluster if it is due by a time: the latest patch
// of the next minor version that is supported when it is due. According to the documentation, it happens within thirty
// days after the end of support. The sandbox starts it immediately, so that tests can set the clock to that day.
func (s *Server) forcedUpgrade(c *cluster, until time.Time) (time.Time, *version) {
	v, ok := s.versions.get(c.Version)
	if !ok || v.EndOfLifeAt == nil {
		return time.Time{}, nil
	}
	due := later(*v.EndOfLifeAt, *c.UpdatedAt)
	if due.After(until) {
		return due, nil
	}
	newer := s.highestPatches(
		func(to *version) bool { return compareVersions(to.minor(), v.minor()) > 0 && to.isSupported(due) },
	)
	if len(newer) == 0 {
		return due, nil
	}
	return due, newer[len(newer)-1]
}

// autoUpgrade returns the time and target of the automatic upgrade of a cluster if it is due by a time: the next patch
// of its minor version, in the first maintenance window that starts after the release of the patch.
func (s *Server) autoUpgrade(c *cluster, until time.Time) (time.Time, *version) {
	if c.AutoUpgrade == nil || !c.AutoUpgrade.Enabled || c.AutoUpgrade.MaintenanceWindow == nil {
		return time.Time{}, nil
	}
	var first time.Time
	var to *version
	for _, v := range s.versions.list(nil) {
		if v.patchReleasedAt.After(until) || v.minor() != minorOf(c.Version) ||
			compareVersions(v.Name, c.Version) <= 0 {
			continue
		}
		available := v.patchReleasedAt
		if v.ReleasedAt != nil {
			available = later(available, *v.ReleasedAt)
		}
		// If two patches have the same window, the upgrade skips the lower one.
		due := nextMaintenanceWindow(later(available, *c.UpdatedAt), c.AutoUpgrade.MaintenanceWindow)
		if to == nil || due.Before(first) || due.Equal(first) && compareVersions(v.Name, to.Name) > 0 {
			first, to = due, v
		}
	}
	return first, to
}

// nextMaintenanceWindow returns the start, in UTC, of the first maintenance window that starts after the given time.
func nextMaintenanceWindow(after time.Time, window *k8s.MaintenanceWindow) time.Time {
	day := after.UTC().Truncate(24 * time.Hour)
	for range 9 {
		start := day.Add(time.Duration(window.StartHour) * time.Hour)
		anyDay := window.Day == "" || window.Day == k8s.MaintenanceWindowDayOfTheWeekAny
		if start.After(after) && (anyDay || strings.EqualFold(start.Weekday().String(), string(window.Day))) {
			return start
		}
		day = day.Add(24 * time.Hour)
	}
	return day
}

// later returns the later of two times.
func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}
