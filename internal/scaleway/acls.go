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

// maxAllowListInterval is the longest pause between two attempts to set the allow-list of a new cluster. Until the
// allow-list is set, the API server accepts connections from everywhere.
const maxAllowListInterval = 2 * time.Second

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

// SetAllowListWithRetry sets the allow-list as soon as the API accepts it. Until the request succeeds, the API server
// may accept connections from everywhere, so the first attempt is immediate, and every temporary failure is retried,
// including the conflict that the API returns while it creates the cluster. After ctx ends, the retries continue for
// the client's Grace. waited is the time from the call to the success or to the returned error. When ctx ends first,
// the error joins the context's error and the last failure.
func (c *Client) SetAllowListWithRetry(
	ctx context.Context, region scw.Region, clusterID string, rules []*k8s.ACLRuleRequest,
) (set []*k8s.ACLRule, waited time.Duration, err error) {
	start, failures := c.now(), 0
	var lastErr error // of the API or the connection, not of the end of the grace period
	grace := c.newGracePeriod()
	defer grace.release()
	for {
		transient, pause := false, min(c.PollInterval, maxAllowListInterval)
		err = grace.run(ctx, func(ctx context.Context) (err error) {
			set, err = c.SetAllowList(ctx, region, clusterID, rules)
			transient = err != nil && c.isRetryable(ctx, region, clusterID, err)
			return err
		})
		switch {
		case err == nil:
			return set, c.now().Sub(start), nil
		case transient:
			failures = 0
		case isTemporary(err) || hasStatus(err, http.StatusConflict):
			pause = min(pause<<failures, maxPauseIntervals*c.PollInterval)
			failures = min(failures+1, maxPauseIntervals)
		default:
			return nil, c.now().Sub(start), err
		}
		if lastErr == nil || !grace.isOver(ctx) {
			lastErr = err
		}
		grace.sleep(ctx, pause)
		if grace.isOver(ctx) {
			return nil, c.now().Sub(start), errors.Join(lastErr, ctx.Err())
		}
	}
}

// SetAllowListWhenSettled sets the allow-list. While the API rejects it because the cluster is being created or
// updated, it retries at a short interval.
func (c *Client) SetAllowListWhenSettled(
	ctx context.Context, region scw.Region, clusterID string, rules []*k8s.ACLRuleRequest,
) error {
	for {
		_, err := c.SetAllowList(ctx, region, clusterID, rules)
		if err == nil || !c.isRetryable(ctx, region, clusterID, err) {
			return err
		}
		if ctxErr := sleep(ctx, min(c.PollInterval, maxAllowListInterval)); ctxErr != nil {
			return errors.Join(err, ctxErr)
		}
	}
}

// isRetryable reports whether the API rejected a request for a reason that passes by itself: a transient state, or any
// other conflict while the cluster is being created or updated, or while its status cannot be read.
func (c *Client) isRetryable(ctx context.Context, region scw.Region, clusterID string, err error) bool {
	if IsTransient(err) {
		return true
	}
	if !IsConflict(err) {
		return false
	}
	cluster, readErr := c.Cluster(ctx, region, clusterID)
	if readErr != nil {
		return isTemporary(readErr)
	}
	return cluster.Status == k8s.ClusterStatusCreating || cluster.Status == k8s.ClusterStatusUpdating
}
