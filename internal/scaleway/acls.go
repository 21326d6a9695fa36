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

// maxAllowListInterval is the longest pause between two attempts at setting a new cluster's allow-list: until it is
// set, the API server is open to the world.
const maxAllowListInterval = 2 * time.Second

// AllowList reads a cluster's allow-list, all pages. No rule at all isolates the API server. Source: GET
// …/clusters/{id}/acls.
func (c *Client) AllowList(ctx context.Context, region scw.Region, clusterID string) ([]*k8s.ACLRule, error) {
	ctx, called := begin(ctx, "read the allow-list of", "cluster", clusterID, region)
	list, err := c.k8s.ListClusterACLRules(&k8s.ListClusterACLRulesRequest{
		Region: region, ClusterID: clusterID,
	}, allPages(ctx)...)
	if err != nil {
		return nil, called.fail(err)
	}
	return list.Rules, nil
}

// ClusterAndAllowList reads both at once: it takes as long as one of them. err is of the cluster; where there is none,
// denied is of its allow-list.
func (c *Client) ClusterAndAllowList(
	ctx context.Context, region scw.Region, id string,
) (cluster *k8s.Cluster, rules []*k8s.ACLRule, err, denied error) {
	var reading sync.WaitGroup
	reading.Go(func() { rules, denied = c.AllowList(ctx, region, id) })
	cluster, err = c.Cluster(ctx, region, id)
	reading.Wait()
	return cluster, rules, err, denied
}

// SetAllowList replaces a cluster's allow-list; no rules isolate the API server. A refusal is returned as it is.
// Source: PUT …/clusters/{id}/acls.
func (c *Client) SetAllowList(
	ctx context.Context, region scw.Region, clusterID string, rules []*k8s.ACLRuleRequest,
) ([]*k8s.ACLRule, error) {
	if rules == nil {
		// nil would be sent as null, which is not an empty set.
		rules = []*k8s.ACLRuleRequest{}
	}
	ctx, called := begin(ctx, "set the allow-list of", "cluster", clusterID, region)
	set, err := c.k8s.SetClusterACLRules(
		&k8s.SetClusterACLRulesRequest{Region: region, ClusterID: clusterID, ACLs: rules}, scw.WithContext(ctx),
	)
	if err != nil {
		return nil, called.fail(err)
	}
	return set.Rules, nil
}

// SetAllowListWithRetry sets the allow-list at the first moment the API accepts it: at once, and again after every
// failure that may pass, such as the refusal while the cluster is being created, until the context ends, and then for
// the client's Grace: while it fails, the API server may be open to the world. waited is the time from the call to the
// acceptance, or to the error. When the context ends first, the error joins its error and the last failure.
func (c *Client) SetAllowListWithRetry(
	ctx context.Context, region scw.Region, clusterID string, rules []*k8s.ACLRuleRequest,
) (set []*k8s.ACLRule, waited time.Duration, err error) {
	start, failures := c.now(), 0
	var said error // by the API, or of the way to it
	rescue := c.rescue()
	defer rescue.release()
	for {
		early, pause := false, min(c.PollInterval, maxAllowListInterval)
		err = rescue.do(ctx, func(ctx context.Context) (err error) {
			set, err = c.SetAllowList(ctx, region, clusterID, rules)
			early = err != nil && c.isRetryable(ctx, region, clusterID, err)
			return err
		})
		switch {
		case err == nil:
			return set, c.now().Sub(start), nil
		case early:
			failures = 0
		case isPassing(err) || hasStatus(err, http.StatusConflict):
			pause = min(pause<<failures, longestPause*c.PollInterval)
			failures = min(failures+1, longestPause)
		default:
			return nil, c.now().Sub(start), err
		}
		if said == nil || !rescue.over(ctx) {
			said = err
		}
		rescue.sleep(ctx, pause)
		if rescue.over(ctx) {
			return nil, c.now().Sub(start), errors.Join(said, ctx.Err())
		}
	}
}

// SetAllowListOnceAccepted sets the allow-list, and again on a short interval while the API refuses it because the
// cluster is being created or updated.
func (c *Client) SetAllowListOnceAccepted(
	ctx context.Context, region scw.Region, clusterID string, rules []*k8s.ACLRuleRequest,
) error {
	for {
		_, err := c.SetAllowList(ctx, region, clusterID, rules)
		if err == nil || !c.isRetryable(ctx, region, clusterID, err) {
			return err
		}
		if ended := sleep(ctx, min(c.PollInterval, maxAllowListInterval)); ended != nil {
			return errors.Join(err, ended)
		}
	}
}

// isRetryable says whether a refusal will pass by itself: a transient state, or another conflict while the cluster is
// being created or updated, or while that cannot be read.
func (c *Client) isRetryable(ctx context.Context, region scw.Region, clusterID string, err error) bool {
	if IsTransient(err) {
		return true
	}
	if !IsConflict(err) {
		return false
	}
	cluster, look := c.Cluster(ctx, region, clusterID)
	if look != nil {
		return isPassing(look)
	}
	return cluster.Status == k8s.ClusterStatusCreating || cluster.Status == k8s.ClusterStatusUpdating
}
