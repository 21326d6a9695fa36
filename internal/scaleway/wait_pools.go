package scaleway

import (
	"context"
	"fmt"
	"strings"

	"github.com/scaleway/scaleway-sdk-go/api/k8s/v1"
	"github.com/scaleway/scaleway-sdk-go/scw"

	"github.com/terraform-srm/terraform-provider-srm/internal/lifecycle"
)

// idleIntervals is the number of PollIntervals without a change after which a wait for upgraded pools ends: 10 minutes
// at 1 s.
const idleIntervals = 600

// WaitPoolsUpgraded waits until the pools of a cluster are ready and run at least a minor version, after an upgrade
// that includes the pools. It returns the pools that do not: those that are locked or failed, and those that are still
// not ready with that version after ten minutes in which no pool changed or was upgrading. It ignores pools that are
// deleted.
func (c *Client) WaitPoolsUpgraded(
	ctx context.Context, region scw.Region, clusterID string, to lifecycle.Minor,
) ([]*k8s.Pool, error) {
	var behind []*k8s.Pool
	lastStates, changedAt := "", c.now()
	_, err := pollUntil(ctx, c, waitTarget{
		"cluster", clusterID, region, "to have its pools upgraded to " + to.String(),
	}, poolStates,
		func(ctx context.Context) ([]*k8s.Pool, error) { return c.Pools(ctx, region, clusterID) },
		func(now []*k8s.Pool) (bool, error) {
			var upgrading, pending bool
			behind = nil
			for _, pool := range now {
				switch pool.Status {
				case k8s.PoolStatusDeleting, k8s.PoolStatusDeleted:
				case k8s.PoolStatusUpgrading:
					upgrading = true
				case k8s.PoolStatusReady, k8s.PoolStatusScaling, k8s.PoolStatusWarning:
					if pool.Status != k8s.PoolStatusReady || !RunsAtLeast(pool.Version, to) {
						pending, behind = true, append(behind, pool)
					}
				default:
					behind = append(behind, pool) // this status does not change by itself
				}
			}
			if states := poolStates(now); upgrading || states != lastStates {
				lastStates, changedAt = states, c.now()
			}
			return !upgrading && (!pending || c.now().Sub(changedAt) >= idleIntervals*c.PollInterval), nil
		})
	return behind, err
}

// RunsAtLeast reports whether a full version belongs to a minor version or a newer one.
func RunsAtLeast(version string, minor lifecycle.Minor) bool {
	actual, err := lifecycle.ParseVersion(version)
	return err == nil && actual.Minor.Compare(minor) >= 0
}

// poolStates describes pools with their versions and states.
func poolStates(pools []*k8s.Pool) string {
	states := []string{}
	for _, pool := range pools {
		states = append(states, fmt.Sprintf("%s %s %s", pool.Name, pool.Version, poolState(pool)))
	}
	return strings.Join(states, ", ")
}

// hasReachedVersion reports whether a full version is the requested one or a newer patch of the same minor, which
// auto-upgrade may have applied since.
func hasReachedVersion(version, requested string) bool {
	if version == requested {
		return true
	}
	actual, actualErr := lifecycle.ParseVersion(version)
	target, targetErr := lifecycle.ParseVersion(requested)
	return actualErr == nil && targetErr == nil && actual.Minor == target.Minor && actual.Compare(target) > 0
}
