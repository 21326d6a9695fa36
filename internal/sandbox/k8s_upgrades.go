package sandbox

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/scaleway/scaleway-sdk-go/api/k8s/v1"
)

func (s *Server) listClusterAvailableVersions(c *call) (any, error) {
	on, err := s.findCluster(c)
	if err != nil {
		return nil, err
	}
	return map[string]any{"versions": s.shownVersions(c, s.targets(on.Version))}, nil
}

func (s *Server) upgradeCluster(c *call) (any, error) {
	on, err := s.findSteadyCluster(c)
	if err != nil {
		return nil, err
	}
	var asked k8s.UpgradeClusterRequest
	if err := c.decode(&asked); err != nil {
		return nil, err
	}
	to, ok := s.versions.get(asked.Version)
	if !ok || !s.legal(on.Version, s.nextMinor(on.Version), to) {
		return nil, errInvalid("version", "constraint", fmt.Sprintf("version should either be a higher patch version of "+
			"the same minor version or the direct minor version after the current one, %s", on.Version))
	}
	// [INFERRED] no recording upgrades a cluster with a feature that the version lacks.
	if err := checkLists(to, on.FeatureGates, on.AdmissionPlugins); err != nil {
		return nil, err
	}
	if asked.UpgradePools {
		for _, p := range s.poolsOf(on.ID) {
			if err := p.steady(); err != nil {
				return nil, err
			}
		}
	}
	s.startUpgrade(on, to.Name, asked.UpgradePools)
	return s.shownCluster(on), nil
}

// startUpgrade gives a cluster, and its pools, the version at once; the pools' nodes follow when the control plane is
// up.
func (s *Server) startUpgrade(on *cluster, to string, pools bool) {
	on.Version = to
	lasts := clusterUpdates
	if s.absent(on) {
		lasts = clusterUpgradesAbsent
	}
	upgraded := []string{}
	if pools {
		for _, p := range s.poolsOf(on.ID) {
			if p.Status == k8s.PoolStatusDeleting || p.Version == to {
				continue
			}
			p.Version, p.Status = to, k8s.PoolStatusUpgrading
			s.touchPool(p)
			upgraded = append(upgraded, p.ID)
		}
	}
	s.busy(on, lasts, func(*cluster) {
		for _, id := range upgraded {
			s.after(poolUpgradeBegins, func() { s.renewNodes(id) })
		}
	})
}

func (s *Server) setClusterType(c *call) (any, error) {
	on, err := s.findSteadyCluster(c)
	if err != nil {
		return nil, err
	}
	var asked k8s.SetClusterTypeRequest
	if err := c.decode(&asked); err != nil {
		return nil, err
	}
	at := slices.IndexFunc(s.availableTypes(on), func(t *clusterType) bool { return t.Name == asked.Type })
	if at < 0 {
		return nil, errInvalid(
			"type", "constraint", fmt.Sprintf("cluster type %q is not available for this cluster", asked.Type),
		)
	}
	offer := s.availableTypes(on)[at]
	if offer.Availability == k8s.ClusterTypeAvailabilityShortage {
		return nil, errOutOfStock(offer.Name)
	}
	if size := s.sizeOf(on.ID); size > offer.MaxNodes {
		return nil, errInvalid(
			"type", "constraint", fmt.Sprintf("the cluster has %d nodes, %s at most %d", size, offer.Name, offer.MaxNodes),
		)
	}
	lasts := clusterSetsType
	if s.absent(on) {
		lasts = clusterSetsTypeAndStarts
	}
	if old, ok := s.clusterTypes.get(on.Type); offer.Dedicated && (!ok || offer.rank > old.rank) {
		ends := s.stamp().Add(commitment)
		on.CommitmentEndsAt = &ends
	}
	on.Type = offer.Name
	s.busy(on, lasts, nil)
	return s.shownCluster(on), nil
}

// upkeep finds what Scaleway does to clusters on its own until a moment, the earliest first: the forced upgrade of a
// minor out of support, the patch of an automatic upgrade, and the care for nodes. It returns nil where nothing is due.
func (s *Server) upkeep(until time.Time) (time.Time, func()) {
	s.sweep()
	var first time.Time
	var do func()
	consider := func(due time.Time, run func()) {
		if !due.After(until) && (do == nil || due.Before(first)) {
			first, do = due, run
		}
	}
	for _, c := range s.clusters.list(nil) {
		if c.steady() != nil || c.UpdatedAt == nil {
			continue
		}
		if due, to := s.forced(c); to != nil {
			consider(due, func() { s.startUpgrade(c, to.Name, true) })
		}
		if due, to := s.patch(c); to != nil {
			consider(due, func() { s.startUpgrade(c, to.Name, true) })
		}
	}
	for _, p := range s.pools.list(nil) {
		if due, heal := s.care(p, until); heal != nil {
			consider(due, heal)
		}
	}
	return first, do
}

// sweep removes the pools and nodes of what was deleted out of band.
func (s *Server) sweep() {
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

// forced is the forced upgrade of a cluster: to the latest patch of the next minor that is supported then. The
// documentation says within thirty days of the end of support; the sandbox does it at once, so that a clock set to that
// day shows it.
func (s *Server) forced(c *cluster) (time.Time, *version) {
	v, ok := s.versions.get(c.Version)
	if !ok || v.EndOfLifeAt == nil {
		return time.Time{}, nil
	}
	due := later(*v.EndOfLifeAt, *c.UpdatedAt)
	newer := s.highest(func(to *version) bool { return compareVersions(to.minor(), v.minor()) > 0 && to.supported(due) })
	if len(newer) == 0 {
		return due, nil
	}
	return due, newer[len(newer)-1]
}

// patch is the automatic upgrade of a cluster to the next patch of its minor, in the first maintenance window that
// begins after the patch came out.
func (s *Server) patch(c *cluster) (time.Time, *version) {
	if c.AutoUpgrade == nil || !c.AutoUpgrade.Enabled || c.AutoUpgrade.MaintenanceWindow == nil {
		return time.Time{}, nil
	}
	var first time.Time
	var to *version
	for _, v := range s.versions.list(nil) {
		if v.minor() != minorOf(c.Version) || compareVersions(v.Name, c.Version) <= 0 {
			continue
		}
		came := v.patched
		if v.ReleasedAt != nil {
			came = later(came, *v.ReleasedAt)
		}
		// Of two patches that fall into the same window, the higher.
		due := nextWindow(later(came, *c.UpdatedAt), c.AutoUpgrade.MaintenanceWindow)
		if to == nil || due.Before(first) || due.Equal(first) && compareVersions(v.Name, to.Name) > 0 {
			first, to = due, v
		}
	}
	return first, to
}

// nextWindow is when the first maintenance window after a moment begins, in UTC.
func nextWindow(after time.Time, window *k8s.MaintenanceWindow) time.Time {
	day := after.UTC().Truncate(24 * time.Hour)
	for range 9 {
		begins := day.Add(time.Duration(window.StartHour) * time.Hour)
		anyDay := window.Day == "" || window.Day == k8s.MaintenanceWindowDayOfTheWeekAny
		if begins.After(after) && (anyDay || strings.EqualFold(begins.Weekday().String(), string(window.Day))) {
			return begins
		}
		day = day.Add(24 * time.Hour)
	}
	return day
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}
