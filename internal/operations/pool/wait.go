package pool

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/scaleway/scaleway-sdk-go/api/k8s/v1"

	"github.com/terraform-srm/terraform-provider-srm/internal/scaleway"
)

// WaitConverged waits until the pool is as desired: it is ready and has the version, and all its nodes are ready, as
// many as desired. An external pool does not wait for its machines, which are enrolled later.
func WaitConverged(ctx context.Context, api *scaleway.Client, id string, desired Desired) (*k8s.Pool, error) {
	return waitConverged(ctx, api, id, desired, nil)
}

// waitConverged is WaitConverged where no node may be outdated.
func waitConverged(
	ctx context.Context, api *scaleway.Client, id string, desired Desired, outdated outdatedNodes,
) (*k8s.Pool, error) {
	missing, started := "", false
	pool, err := api.WaitPoolNodes(ctx, desired.Region, id, func(pool *k8s.Pool) (bool, error) {
		started = started || pool.Status == k8s.PoolStatusUpgrading
		missing = ""
		if desired.IsExternal() {
			return pool.Status != k8s.PoolStatusUpgrading, nil
		}
		if pool.Status != k8s.PoolStatusReady {
			return false, nil
		}
		filter := scaleway.NodeFilter{ClusterID: pool.ClusterID, PoolID: pool.ID}
		nodes, err := api.Nodes(ctx, desired.Region, filter)
		if err != nil {
			return false, err
		}
		missing = desired.Missing(pool, nodes)
		if missing == "" && !started && outdated.in(nodes) {
			missing = "its upgrade has not started"
		}
		return missing == "", nil
	})
	if err != nil && missing != "" {
		return nil, fmt.Errorf("%w (%s)", err, missing)
	}
	return pool, err
}

// in reports whether one of the nodes is unchanged.
func (o outdatedNodes) in(nodes []*k8s.Node) bool {
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

// Missing describes what a ready pool lacks; empty where it lacks nothing.
func (d Desired) Missing(pool *k8s.Pool, nodes []*k8s.Node) string {
	if d.Version != nil && isOlder(pool.Version, *d.Version) {
		return fmt.Sprintf("the pool runs %s, not %s", pool.Version, d.Version)
	}
	notReady := []string{}
	for _, node := range nodes {
		if node.Status == k8s.NodeStatusReady {
			continue
		}
		text := node.Name + " is " + string(node.Status)
		if node.ErrorMessage != nil && *node.ErrorMessage != "" {
			text += ": " + *node.ErrorMessage
		}
		notReady = append(notReady, text)
	}
	count, bounds := len(nodes), Bounds{d.Size, d.Size}
	if d.Autoscaling != nil {
		bounds = *d.Autoscaling
	}
	switch {
	case len(notReady) > 0:
		return fmt.Sprintf("%d of %d nodes are ready; %s", count-len(notReady), count, strings.Join(notReady, "; "))
	case count < int(bounds.Min):
		return fmt.Sprintf("the pool has %d nodes, fewer than %d", count, bounds.Min)
	case count > int(bounds.Max):
		return fmt.Sprintf("the pool has %d nodes, more than %d", count, bounds.Max)
	}
	return ""
}
