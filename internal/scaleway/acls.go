package scaleway

import (
	"context"
	"errors"
	"net/http"
	"sync"
	"time"

	"github.com/scaleway/scaleway-sdk-go/api/k8s/v1"
	"github.com/scaleway/scaleway-sdk-go/scw"
)

// While the API creates a cluster, it does not accept the cluster's allow-list, and the API server may accept
// connections from everywhere. In the recordings a dedicated or Kosmos cluster is created after 76 to 112 s, seen by a
// client that reads every 5 s. So its status is read every one and a half PollIntervals at first, and every half from
// earliestIntervals on. After half of creationFraction intervals the pauses grow, up to PollInterval.
const (
	earliestIntervals = 70
	creationFraction  = 160
)

// AllowList reads all rules of a cluster's allow-list. An allow-list without rules isolates the API server. Source: GET
// …/clusters/{id}/acls.
func (c *Client) AllowList(ctx context.Context, region scw.Region, clusterID string) ([]*k8s.ACLRule, error) {
	ctx, call := startCall(ctx, "read the allow-list of", "cluster", clusterID, region)
	list, err := c.k8s.ListClusterACLRules(&k8s.ListClusterACLRulesRequest{
		Region: region, ClusterID: clusterID,
	}, allPages(ctx)...)
	if err != nil {
		return nil, call.wrapError(err)
	}
	return list.Rules, nil
}

// ClusterAndAllowList reads a cluster and its allow-list in parallel. aclErr is the error of reading the allow-list,
// err that of reading the cluster.
func (c *Client) ClusterAndAllowList(
	ctx context.Context, region scw.Region, id string,
) (cluster *k8s.Cluster, rules []*k8s.ACLRule, aclErr, err error) {
	var wg sync.WaitGroup
	wg.Go(func() { rules, aclErr = c.AllowList(ctx, region, id) })
	cluster, err = c.Cluster(ctx, region, id)
	wg.Wait()
	return cluster, rules, aclErr, err
}

// SetAllowList replaces a cluster's allow-list. An empty list isolates the API server. SetAllowList does not retry when
// the API rejects the request. Source: PUT …/clusters/{id}/acls.
func (c *Client) SetAllowList(
	ctx context.Context, region scw.Region, clusterID string, rules []*k8s.ACLRuleRequest,
) ([]*k8s.ACLRule, error) {
	if rules == nil {
		// The SDK sends nil as null, which the API does not read as an empty list.
		rules = []*k8s.ACLRuleRequest{}
	}
	ctx, call := startCall(ctx, "set the allow-list of", "cluster", clusterID, region)
	set, err := c.k8s.SetClusterACLRules(
		&k8s.SetClusterACLRulesRequest{Region: region, ClusterID: clusterID, ACLs: rules}, scw.WithContext(ctx),
	)
	if err != nil {
		return nil, call.wrapError(err)
	}
	return set.Rules, nil
}

// SetAllowListWithRetry sets the allow-list as soon as the API accepts it. Until then, the API server may accept
// connections from everywhere. status is the cluster's status if the caller has just read it, or else "". While it is
// transient, the API rejects the request: SetAllowListWithRetry reads the status until that is over. If the status is
// not known, it sends the request at once. It retries every temporary failure. After ctx ends, it continues for the
// client's Grace. When ctx ends first, the error joins the context's error and the last failure, if there was one.
func (c *Client) SetAllowListWithRetry(
	ctx context.Context, region scw.Region, clusterID string, status k8s.ClusterStatus, rules []*k8s.ACLRuleRequest,
) (set []*k8s.ACLRule, err error) {
	start, failures := c.now(), 0
	var lastErr error // of the API or the connection, not of the end of the grace period
	grace := c.newGracePeriod()
	defer grace.release()
	for {
		pause, passes := c.PollInterval, false
		err = grace.run(ctx, func(ctx context.Context) (err error) {
			if err := c.waitSettled(ctx, region, clusterID, status); err != nil {
				return err
			}
			set, err = c.SetAllowList(ctx, region, clusterID, rules)
			status, passes = c.rejection(ctx, region, clusterID, err)
			return err
		})
		waited := c.now().Sub(start)
		wait, interrupted := errors.AsType[*WaitError](err)
		switch {
		case err == nil:
			return set, nil
		case interrupted:
			wait.Waited, wait.Err = waited, errors.Join(ctx.Err(), lastErr)
			return nil, wait
		case passes:
			failures = 0
		case isTemporary(err) || hasStatus(err, http.StatusConflict):
			pause = min(pause<<failures, maxPauseIntervals*c.PollInterval)
			failures = min(failures+1, maxPauseIntervals)
		default:
			return nil, err
		}
		if lastErr == nil || !grace.isOver(ctx) {
			lastErr = err
		}
		grace.sleep(ctx, pause)
		if grace.isOver(ctx) {
			return nil, errors.Join(lastErr, ctx.Err())
		}
	}
}

// SetAllowListWhenSettled sets the allow-list. If the API rejects it because the cluster is being created or updated,
// it waits for the end of that.
func (c *Client) SetAllowListWhenSettled(
	ctx context.Context, region scw.Region, clusterID string, rules []*k8s.ACLRuleRequest,
) error {
	for {
		_, err := c.SetAllowList(ctx, region, clusterID, rules)
		status, passes := c.rejection(ctx, region, clusterID, err)
		if !passes {
			return err
		}
		waitErr := sleep(ctx, c.PollInterval)
		if waitErr == nil {
			waitErr = c.waitSettled(ctx, region, clusterID, status)
		}
		if waitErr != nil {
			return errors.Join(err, waitErr)
		}
	}
}

// waitSettled waits while a cluster is being created or updated. status is the last known status. It also returns when
// the status cannot be read: then only a write shows whether the API accepts it. The error is a *WaitError.
func (c *Client) waitSettled(ctx context.Context, region scw.Region, id string, status k8s.ClusterStatus) error {
	if !isTransientStatus(status) {
		return nil
	}
	pause := func(time.Duration, time.Duration) time.Duration { return c.PollInterval }
	if status == k8s.ClusterStatusCreating {
		pause = c.creationPause
	}
	_, err := pollUntilWithPauses(
		ctx, c, pause, waitTarget{"cluster", id, region, "to accept its allow-list"}, clusterState,
		func(ctx context.Context) (*k8s.Cluster, error) {
			cluster, err := c.Cluster(ctx, region, id)
			if err != nil && ctx.Err() == nil {
				return nil, nil
			}
			return cluster, err
		},
		func(now *k8s.Cluster) (bool, error) { return now == nil || !isTransientStatus(now.Status), nil },
	)
	return err
}

// creationPause returns the pause before the next read of a cluster that is being created. It subtracts the duration of
// the last read from the later pauses: the slower the API, the longer the write takes after the read that permits it.
func (c *Client) creationPause(waited, read time.Duration) time.Duration {
	if waited < earliestIntervals*c.PollInterval {
		return c.PollInterval + c.PollInterval/2
	}
	between := min(max(waited/creationFraction, c.PollInterval/2), c.PollInterval)
	return max(between-read, c.PollInterval/minPauses)
}

func isTransientStatus(status k8s.ClusterStatus) bool {
	return status == k8s.ClusterStatusCreating || status == k8s.ClusterStatusUpdating
}

// rejection reports whether the API rejected a request for a reason that passes by itself: a transient state, or any
// other conflict while the cluster is being created or updated, or while its status cannot be read. status is the
// transient status, or "" if it is not known.
func (c *Client) rejection(
	ctx context.Context, region scw.Region, clusterID string, err error,
) (status k8s.ClusterStatus, passes bool) {
	if state, ok := errors.AsType[*scw.TransientStateError](err); ok {
		return k8s.ClusterStatus(state.CurrentState), true
	}
	if !IsConflict(err) {
		return "", false
	}
	cluster, readErr := c.Cluster(ctx, region, clusterID)
	if readErr != nil {
		return "", isTemporary(readErr)
	}
	return cluster.Status, isTransientStatus(cluster.Status)
}
