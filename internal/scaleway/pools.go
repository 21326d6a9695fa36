package scaleway

import (
	"context"
	"errors"
	"io"

	"github.com/scaleway/scaleway-sdk-go/api/k8s/v1"
	"github.com/scaleway/scaleway-sdk-go/scw"
)

// Pool reads a pool. Source: GET /k8s/v1/regions/{region}/pools/{id}.
func (c *Client) Pool(ctx context.Context, region scw.Region, id string) (*k8s.Pool, error) {
	ctx, call := startCall(ctx, "read", "pool", id, region)
	pool, err := c.k8s.GetPool(&k8s.GetPoolRequest{Region: region, PoolID: id}, scw.WithContext(ctx))
	return pool, call.wrapError(err)
}

// PoolOfCluster reads a pool from the list of its cluster's pools. Callers that read pools of one cluster at the same
// time share a request, and must not change the pool. A pool that is not in the list, or whose cluster does not exist,
// is read by itself. In the recordings, a pool in a list has the same fields as a pool that is read by itself. Source:
// GET …/clusters/{id}/pools.
func (c *Client) PoolOfCluster(ctx context.Context, region scw.Region, clusterID, id string) (*k8s.Pool, error) {
	pools, err := c.cached.pools.get(ctx, regionalKey{region, clusterID},
		func(ctx context.Context) ([]*k8s.Pool, error) { return c.Pools(ctx, region, clusterID) }, keepNever)
	if err != nil && !IsNotFound(err) {
		// The error is about the pool: this is what the caller reads, and other pools share the request.
		if failure, ok := errors.AsType[*APIError](err); ok {
			ofPool := *failure
			ofPool.Op, ofPool.Kind, ofPool.ID = "read", "pool", id
			return nil, &ofPool
		}
		return nil, err
	}
	for _, pool := range pools {
		if pool.ID == id {
			return pool, nil
		}
	}
	return c.Pool(ctx, region, id)
}

// Pools lists the pools of a cluster. Source: GET …/clusters/{id}/pools.
func (c *Client) Pools(ctx context.Context, region scw.Region, clusterID string) ([]*k8s.Pool, error) {
	ctx, call := startCall(ctx, "list the pools of", "cluster", clusterID, region)
	list, err := c.k8s.ListPools(&k8s.ListPoolsRequest{Region: region, ClusterID: clusterID}, allPages(ctx)...)
	if err != nil {
		return nil, call.wrapError(err)
	}
	return list.Pools, nil
}

// changePool sends a write to a pool. While the pool or its cluster is in a transient state, it retries until the
// context ends.
func changePool(
	ctx context.Context, c *Client, op string, region scw.Region, id string,
	write func(scw.RequestOption) (*k8s.Pool, error),
) (*k8s.Pool, error) {
	return retryWhileTransient(ctx, c, func(ctx context.Context) (*k8s.Pool, error) {
		ctx, call := startCall(ctx, op, "pool", id, region)
		pool, err := write(scw.WithContext(ctx))
		return pool, call.wrapError(err)
	})
}

// UpdatePool changes the fields that are set in the request. Source: PATCH /k8s/v1/regions/{region}/pools/{id}.
func (c *Client) UpdatePool(ctx context.Context, req *k8s.UpdatePoolRequest) (*k8s.Pool, error) {
	return changePool(ctx, c, "update", req.Region, req.PoolID, func(opt scw.RequestOption) (*k8s.Pool, error) {
		return c.k8s.UpdatePool(req, opt)
	})
}

// UpgradePool replaces a pool's nodes with nodes of a full version ("1.35.3"), at most that of the cluster. When the
// response is lost, it succeeds if the pool then has the version or is upgrading. Source: POST …/pools/{id}/upgrade.
func (c *Client) UpgradePool(ctx context.Context, region scw.Region, id, version string) (*k8s.Pool, error) {
	pool, err := changePool(ctx, c, "upgrade", region, id, func(opt scw.RequestOption) (*k8s.Pool, error) {
		return c.k8s.UpgradePool(&k8s.UpgradePoolRequest{Region: region, PoolID: id, Version: version}, opt)
	})
	if !IsUnknownOutcome(err) {
		return pool, err
	}
	now, readErr := readAfterLostAnswer(
		ctx,
		c,
		func(ctx context.Context) (*k8s.Pool, error) { return c.Pool(ctx, region, id) },
	)
	if readErr != nil {
		return nil, errors.Join(err, readErr)
	}
	if hasReachedVersion(now.Version, version) || now.Status == k8s.PoolStatusUpgrading {
		return now, nil
	}
	return nil, err
}

// SetPoolLabels replaces the labels that Scaleway sets on a pool's nodes. Source: PUT …/pools/{id}/set-labels.
func (c *Client) SetPoolLabels(
	ctx context.Context, region scw.Region, id string, labels map[string]string,
) (*k8s.Pool, error) {
	if labels == nil {
		labels = map[string]string{}
	}
	return changePool(ctx, c, "set the labels of", region, id, func(opt scw.RequestOption) (*k8s.Pool, error) {
		return c.k8s.SetPoolLabels(&k8s.SetPoolLabelsRequest{Region: region, PoolID: id, Labels: labels}, opt)
	})
}

// SetPoolTaints replaces the taints that Scaleway sets and keeps on a pool's nodes. Source: PUT
// …/pools/{id}/set-taints.
func (c *Client) SetPoolTaints(
	ctx context.Context, region scw.Region, id string, taints []*k8s.CoreV1Taint,
) (*k8s.Pool, error) {
	if taints == nil {
		taints = []*k8s.CoreV1Taint{}
	}
	return changePool(ctx, c, "set the taints of", region, id, func(opt scw.RequestOption) (*k8s.Pool, error) {
		return c.k8s.SetPoolTaints(&k8s.SetPoolTaintsRequest{Region: region, PoolID: id, Taints: taints}, opt)
	})
}

// SetPoolStartupTaints replaces the taints with which new nodes of a pool start. Source: PUT
// …/pools/{id}/set-startup-taints.
func (c *Client) SetPoolStartupTaints(
	ctx context.Context, region scw.Region, id string, taints []*k8s.CoreV1Taint,
) (*k8s.Pool, error) {
	if taints == nil {
		taints = []*k8s.CoreV1Taint{}
	}
	return changePool(ctx, c, "set the startup taints of", region, id, func(opt scw.RequestOption) (*k8s.Pool, error) {
		return c.k8s.SetPoolStartupTaints(
			&k8s.SetPoolStartupTaintsRequest{Region: region, PoolID: id, StartupTaints: taints}, opt,
		)
	})
}

// PoolUserDataKeys lists the keys of a pool's user data, without the content. User data can only be set when a pool is
// created. Source: GET …/pools/{id}/user-data.
func (c *Client) PoolUserDataKeys(ctx context.Context, region scw.Region, id string) ([]string, error) {
	ctx, call := startCall(ctx, "list the user data of", "pool", id, region)
	list, err := c.k8s.ListUserData(&k8s.ListUserDataRequest{Region: region, PoolID: id}, scw.WithContext(ctx))
	if err != nil {
		return nil, call.wrapError(err)
	}
	keys := make([]string, len(list.UserData))
	for i, summary := range list.UserData {
		keys[i] = summary.Key
	}
	return keys, nil
}

// PoolUserData reads the content of one key of a pool's user data, which may be secret. Source: GET
// …/pools/{id}/user-data/{key}.
func (c *Client) PoolUserData(ctx context.Context, region scw.Region, id, key string) ([]byte, error) {
	ctx, call := startCall(ctx, "read the user data "+key+" of", "pool", id, region)
	file, err := c.k8s.GetUserData(&k8s.GetUserDataRequest{Region: region, PoolID: id, Key: key}, scw.WithContext(ctx))
	if err != nil {
		return nil, call.wrapError(err)
	}
	content, err := io.ReadAll(file.Content)
	return content, call.wrapError(err)
}

// DeletePool requests the deletion of a pool and its nodes. It succeeds if the pool is already deleted or being
// deleted, and retries while the pool is in a transient state. Source: DELETE /k8s/v1/regions/{region}/pools/{id}.
func (c *Client) DeletePool(ctx context.Context, region scw.Region, id string) error {
	_, err := retryWhileTransient(ctx, c, func(ctx context.Context) (*k8s.Pool, error) {
		deleting, call := startCall(ctx, "delete", "pool", id, region)
		pool, err := c.k8s.DeletePool(&k8s.DeletePoolRequest{Region: region, PoolID: id}, scw.WithContext(deleting))
		failure := call.wrapError(err)
		if !IsConflict(failure) {
			return pool, failure
		}
		now, readErr := c.Pool(ctx, region, id)
		if readErr == nil && (now.Status == k8s.PoolStatusDeleting || now.Status == k8s.PoolStatusDeleted) ||
			IsNotFound(readErr) {
			return now, nil
		}
		return nil, failure
	})
	if IsNotFound(err) {
		return nil
	}
	return err
}

// WaitPool waits until settled returns true or, if settled is nil, until the pool is ready. It returns a *StateError if
// the pool is locked or being deleted, and a *WaitError when the context ends. The State of the *WaitError contains the
// pool's own error message.
func (c *Client) WaitPool(
	ctx context.Context, region scw.Region, id string, settled func(*k8s.Pool) bool,
) (*k8s.Pool, error) {
	if settled == nil {
		ready := func(pool *k8s.Pool) (bool, error) { return pool.Status == k8s.PoolStatusReady, nil }
		return c.waitPoolSettled(ctx, waitTarget{"pool", id, region, "to be ready"}, ready)
	}
	return c.WaitPoolUntil(ctx, region, id, func(pool *k8s.Pool) (bool, error) { return settled(pool), nil })
}

// WaitPoolUntil is WaitPool with a settled that may send requests, for example to list the pool's nodes. It treats an
// error of settled like an error of reading the pool.
func (c *Client) WaitPoolUntil(
	ctx context.Context, region scw.Region, id string, settled func(*k8s.Pool) (bool, error),
) (*k8s.Pool, error) {
	return c.waitPoolSettled(ctx, waitTarget{"pool", id, region, "to reach its planned state"}, settled)
}

func (c *Client) waitPoolSettled(
	ctx context.Context, target waitTarget, settled func(*k8s.Pool) (bool, error),
) (*k8s.Pool, error) {
	id, region := target.id, target.region
	return pollUntil(ctx, c, target, poolState, func(ctx context.Context) (*k8s.Pool, error) {
		return c.Pool(ctx, region, id)
	}, func(now *k8s.Pool) (bool, error) {
		switch now.Status {
		case k8s.PoolStatusReady, k8s.PoolStatusScaling, k8s.PoolStatusWarning, k8s.PoolStatusUpgrading:
			return settled(now)
		default:
			return false, newStateError("pool", now.ID, region, string(now.Status), poolMessage(now))
		}
	})
}

// WaitPoolDeleted waits until a pool no longer exists or has the status deleted.
func (c *Client) WaitPoolDeleted(ctx context.Context, region scw.Region, id string) error {
	_, err := pollUntil(ctx, c, waitTarget{
		"pool", id, region, "to be deleted",
	}, poolState, func(ctx context.Context) (*k8s.Pool, error) {
		now, err := c.Pool(ctx, region, id)
		if IsNotFound(err) {
			return nil, nil
		}
		return now, err
	}, func(now *k8s.Pool) (bool, error) {
		if now == nil || now.Status == k8s.PoolStatusDeleted {
			return true, nil
		}
		if now.Status == k8s.PoolStatusLocked {
			return false, newStateError("pool", now.ID, region, string(now.Status), poolMessage(now))
		}
		return false, nil
	})
	return err
}

// poolMessage returns a pool's own error message, or "".
func poolMessage(pool *k8s.Pool) string {
	if pool.ErrorMessage == nil {
		return ""
	}
	return *pool.ErrorMessage
}

// poolState returns a pool's status and its own error message, or "" if there is no pool.
func poolState(pool *k8s.Pool) string {
	if pool == nil {
		return ""
	}
	if message := poolMessage(pool); message != "" {
		return pool.Status.String() + " (" + message + ")"
	}
	return pool.Status.String()
}
