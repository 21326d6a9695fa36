package pool

import (
	"context"
	"fmt"
	"time"

	"github.com/scaleway/scaleway-sdk-go/api/k8s/v1"

	"github.com/terraform-srm/terraform-provider-srm/internal/lifecycle"
	"github.com/terraform-srm/terraform-provider-srm/internal/scaleway"
)

// ClusterTooOldError is a pool whose desired minor is newer than that of its cluster.
type ClusterTooOldError struct{ Cluster *k8s.Cluster }

// Error names the version of the cluster.
func (e *ClusterTooOldError) Error() string {
	return fmt.Sprintf("the cluster runs %s, which is older than the version of the pool", e.Cluster.Version)
}

// versionToUpgradeTo returns the full version to upgrade the nodes to; empty where they have the desired minor or a
// newer one.
func (u *update) versionToUpgradeTo(ctx context.Context) (string, error) {
	minor, region := u.desired.Version, u.desired.Region
	if minor == nil || !isOlder(u.pool.Version, *minor) {
		return "", nil
	}
	// An upgrade of the cluster that upgrades its pools may be under way.
	cluster, err := u.api.WaitCluster(ctx, region, u.pool.ClusterID)
	if err != nil {
		return "", err
	}
	notUpgrading := func(pool *k8s.Pool) bool { return pool.Status != k8s.PoolStatusUpgrading }
	if u.pool, err = u.api.WaitPool(ctx, region, u.pool.ID, notUpgrading); err != nil {
		return "", err
	}
	if !isOlder(u.pool.Version, *minor) {
		return "", nil
	}
	runs, err := lifecycle.ParseVersion(cluster.Version)
	switch {
	case err == nil && runs.Minor.Compare(*minor) < 0:
		return "", &ClusterTooOldError{cluster}
	case err == nil && runs.Minor != *minor:
		return u.highestPatch(ctx, *minor)
	}
	return cluster.Version, nil
}

// highestPatch returns the version for a pool whose cluster is already a minor ahead.
func (u *update) highestPatch(ctx context.Context, minor lifecycle.Minor) (string, error) {
	versions, err := u.api.Versions(ctx, u.desired.Region)
	if err != nil {
		return "", err
	}
	version := scaleway.HighestPatch(versions, minor)
	if version == nil {
		return "", fmt.Errorf(
			"the API no longer offers a patch of Kubernetes %s: set version to the cluster's minor", minor,
		)
	}
	return version.Name, nil
}

// upgrade upgrades the pool, which replaces its nodes, and waits for the new nodes.
func (u *update) upgrade(ctx context.Context, version string) error {
	filter := scaleway.NodeFilter{ClusterID: u.pool.ClusterID, PoolID: u.pool.ID}
	nodes, err := u.api.Nodes(ctx, u.desired.Region, filter)
	if err != nil {
		return err
	}
	outdated := outdatedNodes{}
	for _, node := range nodes {
		outdated[node.ID] = updatedAt(node)
	}
	upgraded, err := u.api.UpgradePool(ctx, u.desired.Region, u.pool.ID, version)
	alreadyUpgraded := false
	if err != nil {
		if upgraded, alreadyUpgraded, err = u.retryUpgrade(ctx, version, err); err != nil {
			return err
		}
	}
	if alreadyUpgraded || upgraded.Status == k8s.PoolStatusUpgrading {
		outdated = nil // the upgrade has started: a ready pool means that it has ended
	}
	u.pool, err = waitConverged(ctx, u.api, u.pool.ID, u.desired, outdated)
	return err
}

// retryUpgrade continues after a failed upgrade request where auto-upgrade came first: the pool has the minor already,
// or the cluster has a newer patch, the only version that the API accepts.
func (u *update) retryUpgrade(
	ctx context.Context, version string, failure error,
) (upgraded *k8s.Pool, alreadyUpgraded bool, err error) {
	region, minor := u.desired.Region, *u.desired.Version
	now, err := u.api.Pool(ctx, region, u.pool.ID)
	if err != nil {
		return nil, false, failure
	}
	if scaleway.RunsAtLeast(now.Version, minor) {
		return now, true, nil
	}
	cluster, err := u.api.Cluster(ctx, region, u.pool.ClusterID)
	if err != nil || cluster.Version == version || isOlder(cluster.Version, minor) {
		return nil, false, failure
	}
	upgraded, err = u.api.UpgradePool(ctx, region, u.pool.ID, cluster.Version)
	return upgraded, false, err
}

func isOlder(version string, minor lifecycle.Minor) bool {
	actual, err := lifecycle.ParseVersion(version)
	return err == nil && actual.Minor.Compare(minor) < 0
}

// outdatedNodes are the nodes of a pool before a change that replaces them: the time of their last update, by id.
type outdatedNodes map[string]time.Time
