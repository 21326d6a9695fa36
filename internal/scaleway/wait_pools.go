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

// maxPoolReuses is the number of reads of a wait that use the pool of an earlier read.
const maxPoolReuses = 3

// poolReader reads the pool of a wait that also reads the pool's nodes. While the wait is only for the nodes of a ready
// pool, it reads the pool at every fourth read, which halves the requests of long waits.
type poolReader struct {
	client *Client
	region scw.Region
	id     string
	last   *k8s.Pool
	reuses int
}

// read returns the pool, which may be that of an earlier read.
func (r *poolReader) read(ctx context.Context) (*k8s.Pool, error) {
	if r.last != nil && r.last.Status == k8s.PoolStatusReady && r.reuses < maxPoolReuses {
		r.reuses++
		return r.last, nil
	}
	return r.readAgain(ctx)
}

// readAgain reads the pool.
func (r *poolReader) readAgain(ctx context.Context) (*k8s.Pool, error) {
	pool, err := r.client.Pool(ctx, r.region, r.id)
	if err == nil {
		r.last, r.reuses = pool, 0
	}
	return pool, err
}

// isReused reports whether the last read returned the pool of an earlier read.
func (r *poolReader) isReused() bool { return r.reuses > 0 }

// checkPoolStatus returns a *StateError for a pool that is locked or being deleted.
func checkPoolStatus(pool *k8s.Pool, region scw.Region) error {
	switch pool.Status {
	case k8s.PoolStatusReady, k8s.PoolStatusScaling, k8s.PoolStatusWarning, k8s.PoolStatusUpgrading:
		return nil
	default:
		return newStateError("pool", pool.ID, region, string(pool.Status), poolMessage(pool))
	}
}

// WaitPoolNodes is WaitPoolUntil with a settled that lists the pool's nodes once the pool is ready. It then reads the
// pool less often, and again before it ends.
func (c *Client) WaitPoolNodes(
	ctx context.Context, region scw.Region, id string, settled func(*k8s.Pool) (bool, error),
) (*k8s.Pool, error) {
	reader := &poolReader{client: c, region: region, id: id}
	check := func(pool *k8s.Pool) (bool, error) {
		if err := checkPoolStatus(pool, region); err != nil {
			return false, err
		}
		return settled(pool)
	}
	_, err := pollUntil(
		ctx, c, waitTarget{"pool", id, region, "to reach its planned state"}, poolState, reader.read,
		func(now *k8s.Pool) (bool, error) {
			isSettled, err := check(now)
			if err != nil || !isSettled || !reader.isReused() {
				return isSettled, err
			}
			if now, err = reader.readAgain(ctx); err != nil {
				return false, err
			}
			return check(now)
		})
	return reader.last, err
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
