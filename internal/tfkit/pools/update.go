package pools

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/scaleway/scaleway-sdk-go/api/k8s/v1"
	"github.com/scaleway/scaleway-sdk-go/scw"

	"github.com/terraform-srm/terraform-provider-srm/internal/lifecycle"
	"github.com/terraform-srm/terraform-provider-srm/internal/scaleway"
)

// Operations creates, updates and deletes the pools of a region and waits for their nodes.
type Operations struct {
	API    *scaleway.Client
	Region scw.Region
}

// Create creates a pool. If a pool of the same name is being deleted, it first waits until that is deleted.
func (r Operations) Create(ctx context.Context, request *k8s.CreatePoolRequest) (*k8s.Pool, error) {
	for {
		pool, err := r.API.CreatePool(ctx, request)
		taken, ok := errors.AsType[*scaleway.NameTakenError](err)
		if !ok || taken.Status != string(k8s.PoolStatusDeleting) {
			return pool, err
		}
		if err := r.API.WaitPoolDeleted(ctx, r.Region, taken.ID); err != nil {
			return nil, err
		}
	}
}

// Delete deletes a pool and waits until it is deleted.
func (r Operations) Delete(ctx context.Context, id string) error {
	if err := r.API.DeletePool(ctx, r.Region, id); err != nil {
		return err
	}
	return r.API.WaitPoolDeleted(ctx, r.Region, id)
}

// Update changes the actual pool to the plan, and waits until its nodes run the plan. It can be interrupted at any
// point and repeated.
func (r Operations) Update(
	ctx context.Context, plan *Model, autohealing bool, rotation *Rotation, unfinished bool,
) (*k8s.Pool, error) {
	pool, err := r.API.Pool(ctx, r.Region, plan.UUID())
	if err != nil {
		return nil, err
	}
	target, err := r.targetVersion(ctx, plan, pool)
	if err != nil {
		return nil, err
	}
	if err := r.beginRotation(ctx, rotation, pool); err != nil {
		return nil, err
	}
	sent, err := r.sendChanges(ctx, plan.Changes(pool, autohealing), pool.ID)
	if err != nil {
		return nil, err
	}
	if target != "" {
		// The upgrade must be finished before a rotation replaces nodes.
		sent = true
		if pool, err = r.upgrade(ctx, plan, pool, target); err != nil {
			return nil, err
		}
	}
	for len(rotation.Nodes) > 0 {
		sent = true
		if err := r.replaceNode(ctx, plan, pool, rotation.Nodes[0]); err != nil {
			return nil, err
		}
		rotation.Nodes = rotation.Nodes[1:]
	}
	if sent || unfinished {
		return r.WaitConverged(ctx, plan, pool.ID, nil)
	}
	return pool, nil
}

// sendChanges sends the changes that do not replace nodes, and reports whether there were any.
func (r Operations) sendChanges(ctx context.Context, c Changes, id string) (sent bool, err error) {
	region := r.Region
	if c.Patch != nil {
		sent = true
		if _, err := r.API.UpdatePool(ctx, c.Patch); err != nil {
			return sent, err
		}
	}
	if c.Labels != nil {
		sent = true
		if _, err := r.API.SetPoolLabels(ctx, region, id, c.Labels); err != nil {
			return sent, err
		}
	}
	if c.Taints != nil {
		sent = true
		if _, err := r.API.SetPoolTaints(ctx, region, id, c.Taints); err != nil {
			return sent, err
		}
	}
	if c.StartupTaints != nil {
		sent = true
		if _, err := r.API.SetPoolStartupTaints(ctx, region, id, c.StartupTaints); err != nil {
			return sent, err
		}
	}
	return sent, nil
}

// outdatedNodes holds the nodes that a pool had before its upgrade: their last change, by id.
type outdatedNodes map[string]time.Time

// ClusterTooOldError means that the cluster runs an older minor than the one configured for the pool.
type ClusterTooOldError struct{ Cluster *k8s.Cluster }

// Error returns the version of the cluster in a sentence.
func (e *ClusterTooOldError) Error() string {
	return fmt.Sprintf("the cluster runs %s, which is older than the version of the pool", e.Cluster.Version)
}

// targetVersion returns the full version to upgrade the nodes to, or "" if they run the configured minor or a newer
// one.
func (r Operations) targetVersion(ctx context.Context, plan *Model, pool *k8s.Pool) (string, error) {
	region := r.Region
	minor, ok := plan.Minor()
	if !ok || !isOlder(pool.Version, minor) {
		return "", nil
	}
	// An upgrade of the cluster with its pools may be in progress.
	cluster, err := r.API.WaitCluster(ctx, region, pool.ClusterID)
	if err != nil {
		return "", err
	}
	pool, err = r.API.WaitPool(
		ctx, region, pool.ID, func(pool *k8s.Pool) bool { return pool.Status != k8s.PoolStatusUpgrading },
	)
	if err != nil || !isOlder(pool.Version, minor) {
		return "", err
	}
	if isOlder(cluster.Version, minor) {
		return "", &ClusterTooOldError{cluster}
	}
	if runs, err := lifecycle.ParseVersion(cluster.Version); err == nil && runs.Minor != minor {
		return r.highestPatch(ctx, minor)
	}
	return cluster.Version, nil
}

// upgrade upgrades the nodes to a version, and waits for them.
func (r Operations) upgrade(ctx context.Context, plan *Model, pool *k8s.Pool, version string) (*k8s.Pool, error) {
	region := r.Region
	nodes, err := r.API.Nodes(ctx, region, scaleway.NodeFilter{ClusterID: pool.ClusterID, PoolID: pool.ID})
	if err != nil {
		return nil, err
	}
	old := outdatedNodes{}
	for _, node := range nodes {
		old[node.ID] = updatedAt(node)
	}
	upgraded, err := r.API.UpgradePool(ctx, region, pool.ID, version)
	overtaken := false
	if err != nil {
		if upgraded, overtaken, err = r.retryUpgrade(ctx, plan, pool, version, err); err != nil {
			return nil, err
		}
	}
	if overtaken || upgraded.Status == k8s.PoolStatusUpgrading {
		old = nil // the upgrade has begun: status ready then means that it is finished
	}
	return r.WaitConverged(ctx, plan, pool.ID, old)
}

// retryUpgrade handles a failed upgrade after auto-upgrade was faster. If the pool already runs the minor, it returns
// overtaken. If the cluster runs a newer patch, it upgrades to that, which is the only version that the API accepts.
func (r Operations) retryUpgrade(
	ctx context.Context, plan *Model, pool *k8s.Pool, version string, failure error,
) (upgraded *k8s.Pool, overtaken bool, err error) {
	now, err := r.API.Pool(ctx, r.Region, pool.ID)
	if err != nil {
		return nil, false, failure
	}
	minor, _ := plan.Minor()
	if scaleway.RunsAtLeast(now.Version, minor) {
		return now, true, nil
	}
	cluster, err := r.API.Cluster(ctx, r.Region, pool.ClusterID)
	if err != nil || cluster.Version == version || isOlder(cluster.Version, minor) {
		return nil, false, failure
	}
	upgraded, err = r.API.UpgradePool(ctx, r.Region, pool.ID, cluster.Version)
	return upgraded, false, err
}

func isOlder(version string, minor lifecycle.Minor) bool {
	actual, err := lifecycle.ParseVersion(version)
	return err == nil && actual.Minor.Compare(minor) < 0
}

// highestPatch returns the highest patch of a minor that the API offers. A pool gets it if its cluster already runs a
// newer minor.
func (r Operations) highestPatch(ctx context.Context, minor lifecycle.Minor) (string, error) {
	versions, err := r.API.Versions(ctx, r.Region)
	if err != nil {
		return "", err
	}
	names := make([]string, len(versions))
	for i, version := range versions {
		names[i] = version.Name
	}
	version, ok := lifecycle.HighestPatch(names, minor)
	if !ok {
		return "", fmt.Errorf("the API no longer offers a patch of Kubernetes %s: set version to the cluster's minor", minor)
	}
	return version, nil
}

// WaitConverged waits until the pool matches the plan: the pool is ready and runs the version, has the planned number
// of nodes, all of them are ready, and none is outdated. It does not wait for the nodes of an external pool, whose
// machines join at any time.
func (r Operations) WaitConverged(ctx context.Context, plan *Model, id string, old outdatedNodes) (*k8s.Pool, error) {
	missing := ""
	begun := false
	pool, err := r.API.WaitPoolUntil(ctx, r.Region, id, func(pool *k8s.Pool) (bool, error) {
		begun = begun || pool.Status == k8s.PoolStatusUpgrading
		missing = ""
		if plan.IsExternal() {
			return pool.Status != k8s.PoolStatusUpgrading, nil
		}
		if pool.Status != k8s.PoolStatusReady {
			return false, nil
		}
		nodes, err := r.API.Nodes(ctx, r.Region, scaleway.NodeFilter{ClusterID: pool.ClusterID, PoolID: pool.ID})
		if err != nil {
			return false, err
		}
		if missing = plan.DescribeMissing(pool, nodes); missing == "" && !begun && old.hasOutdatedNodes(nodes) {
			missing = "its upgrade has not begun"
		}
		return missing == "", nil
	})
	if err != nil && missing != "" {
		return nil, fmt.Errorf("%w (%s)", err, missing)
	}
	return pool, err
}

// hasOutdatedNodes reports whether a node is still unchanged.
func (o outdatedNodes) hasOutdatedNodes(nodes []*k8s.Node) bool {
	return slices.ContainsFunc(nodes, func(node *k8s.Node) bool {
		at, ok := o[node.ID]
		return ok && at.Equal(updatedAt(node))
	})
}

func updatedAt(node *k8s.Node) time.Time {
	if node.UpdatedAt == nil {
		return time.Time{}
	}
	return *node.UpdatedAt
}

// DescribeMissing describes how a ready pool differs from the plan, or returns "" if it matches.
func (m *Model) DescribeMissing(pool *k8s.Pool, nodes []*k8s.Node) string {
	if minor, ok := m.Minor(); ok && isOlder(pool.Version, minor) {
		return fmt.Sprintf("the pool runs %s, not %s", pool.Version, minor)
	}
	waiting := []string{}
	for _, node := range nodes {
		if node.Status == k8s.NodeStatusReady {
			continue
		}
		text := node.Name + " is " + string(node.Status)
		if node.ErrorMessage != nil && *node.ErrorMessage != "" {
			text += ": " + *node.ErrorMessage
		}
		waiting = append(waiting, text)
	}
	count := int64(len(nodes))
	least, most := m.Size.ValueInt64(), m.Size.ValueInt64()
	if !m.Autoscaling.IsNull() {
		least, most = Int64OrZero(m.Autoscaling, "min"), Int64OrZero(m.Autoscaling, "max")
	}
	switch {
	case len(waiting) > 0:
		return fmt.Sprintf("%d of %d nodes are ready; %s", len(nodes)-len(waiting), len(nodes), strings.Join(waiting, "; "))
	case count < least:
		return fmt.Sprintf("the pool has %d nodes, fewer than %d", count, least)
	case count > most:
		return fmt.Sprintf("the pool has %d nodes, more than %d", count, most)
	}
	return ""
}
