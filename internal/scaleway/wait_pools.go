package scaleway

import (
	"context"
	"fmt"
	"strings"

	"github.com/scaleway/scaleway-sdk-go/api/k8s/v1"
	"github.com/scaleway/scaleway-sdk-go/scw"

	"github.com/terraform-srm/terraform-provider-srm/internal/lifecycle"
)

// idleIntervals is how many poll intervals a wait for upgraded pools lasts while none of them changes: ten minutes.
const idleIntervals = 600

// WaitPoolsUpgraded waits until the pools of a cluster that an upgrade takes along run at least a minor and are ready.
// It returns the pools that did not follow: those that are locked or failed, and those that are not ready with that
// minor while no pool of the cluster changes for ten minutes and none is upgrading. A pool that is deleted meanwhile is
// not waited for.
func (c *Client) WaitPoolsUpgraded(
	ctx context.Context, region scw.Region, clusterID string, to lifecycle.Minor,
) ([]*k8s.Pool, error) {
	var behind []*k8s.Pool
	seen, since := "", c.now()
	_, err := pollUntil(ctx, c, awaited{
		"cluster", clusterID, region, "to have its pools upgraded to " + to.String(),
	}, poolStates,
		func(ctx context.Context) ([]*k8s.Pool, error) { return c.Pools(ctx, region, clusterID) },
		func(now []*k8s.Pool) (bool, error) {
			var moving, pending bool
			behind = nil
			for _, pool := range now {
				switch pool.Status {
				case k8s.PoolStatusDeleting, k8s.PoolStatusDeleted:
				case k8s.PoolStatusUpgrading:
					moving = true
				case k8s.PoolStatusReady, k8s.PoolStatusScaling, k8s.PoolStatusWarning:
					if pool.Status != k8s.PoolStatusReady || !RunsAtLeast(pool.Version, to) {
						pending, behind = true, append(behind, pool)
					}
				default:
					behind = append(behind, pool) // nothing brings it back by itself
				}
			}
			if state := poolStates(now); moving || state != seen {
				seen, since = state, c.now()
			}
			return !moving && (!pending || c.now().Sub(since) >= idleIntervals*c.PollInterval), nil
		})
	return behind, err
}

// RunsAtLeast says whether a full version is of a minor or a newer one.
func RunsAtLeast(version string, minor lifecycle.Minor) bool {
	actual, err := lifecycle.ParseVersion(version)
	return err == nil && actual.Minor.Compare(minor) >= 0
}

// poolStates is what pools are at, in words.
func poolStates(pools []*k8s.Pool) string {
	states := []string{}
	for _, pool := range pools {
		states = append(states, fmt.Sprintf("%s %s %s", pool.Name, pool.Version, poolState(pool)))
	}
	return strings.Join(states, ", ")
}

// atLeastVersion says whether a full version is another one or a newer patch of its minor: auto-upgrade may have gone
// on.
func atLeastVersion(version, wanted string) bool {
	if version == wanted {
		return true
	}
	actual, err := lifecycle.ParseVersion(version)
	asked, other := lifecycle.ParseVersion(wanted)
	return err == nil && other == nil && actual.Minor == asked.Minor && actual.Compare(asked) > 0
}
