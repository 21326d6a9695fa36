package scaleway

import (
	"context"
	"errors"
	"slices"

	"github.com/scaleway/scaleway-sdk-go/api/k8s/v1"
	"github.com/scaleway/scaleway-sdk-go/scw"
)

// ClusterFilter restricts a list of clusters. Empty fields have no effect.
type ClusterFilter struct {
	// Name is the exact name.
	Name string
	// ProjectID is a UUID.
	ProjectID string
}

// Cluster reads a cluster. Source: GET /k8s/v1/regions/{region}/clusters/{id}.
func (c *Client) Cluster(ctx context.Context, region scw.Region, id string) (*k8s.Cluster, error) {
	ctx, call := startCall(ctx, "read", "cluster", id, region)
	cluster, err := c.k8s.GetCluster(&k8s.GetClusterRequest{Region: region, ClusterID: id}, scw.WithContext(ctx))
	return cluster, call.wrapError(err)
}

// Clusters lists the clusters of a region. Source: GET /k8s/v1/regions/{region}/clusters.
func (c *Client) Clusters(ctx context.Context, region scw.Region, filter ClusterFilter) ([]*k8s.Cluster, error) {
	ctx, call := startCall(ctx, "list", "clusters", "", region)
	list, err := c.k8s.ListClusters(&k8s.ListClustersRequest{
		Region: region, Name: optionalString(filter.Name), ProjectID: optionalString(filter.ProjectID),
	}, allPages(ctx)...)
	if err != nil {
		return nil, call.wrapError(err)
	}
	// The API's name filter also matches parts of names.
	return slices.DeleteFunc(list.Clusters, func(cluster *k8s.Cluster) bool {
		return filter.Name != "" && cluster.Name != filter.Name || filter.ProjectID != "" &&
			cluster.ProjectID != filter.ProjectID
	}), nil
}

// UpdateCluster changes the fields that are set in the request. While the API rejects the request because the cluster
// is in a transient state, it retries until the context ends. Source: PATCH /k8s/v1/regions/{region}/clusters/{id}.
func (c *Client) UpdateCluster(ctx context.Context, req *k8s.UpdateClusterRequest) (*k8s.Cluster, error) {
	return retryWhileTransient(ctx, c, func(ctx context.Context) (*k8s.Cluster, error) {
		ctx, call := startCall(ctx, "update", "cluster", req.ClusterID, req.Region)
		cluster, err := c.k8s.UpdateCluster(req, scw.WithContext(ctx))
		return cluster, call.wrapError(err)
	})
}

// SetClusterType changes the control plane offer. It retries while the cluster is in a transient state. When the
// response is lost, it succeeds if the cluster then has the type. Source: POST …/clusters/{id}/set-type.
func (c *Client) SetClusterType(ctx context.Context, region scw.Region, id, typ string) (*k8s.Cluster, error) {
	cluster, err := retryWhileTransient(ctx, c, func(ctx context.Context) (*k8s.Cluster, error) {
		ctx, call := startCall(ctx, "change the type of", "cluster", id, region)
		cluster, err := c.k8s.SetClusterType(
			&k8s.SetClusterTypeRequest{Region: region, ClusterID: id, Type: typ}, scw.WithContext(ctx),
		)
		return cluster, call.wrapError(err)
	})
	return c.resolveLostClusterWrite(
		ctx, region, id, cluster, err, func(now *k8s.Cluster) bool { return now.Type == typ },
	)
}

// UpgradeCluster upgrades a cluster, and its pools if pools is set, to a full version ("1.35.3"). It retries while the
// cluster is in a transient state. When the response is lost, it succeeds if the cluster then has the version. Source:
// POST …/clusters/{id}/upgrade.
func (c *Client) UpgradeCluster(
	ctx context.Context, region scw.Region, id, version string, pools bool,
) (*k8s.Cluster, error) {
	cluster, err := retryWhileTransient(ctx, c, func(ctx context.Context) (*k8s.Cluster, error) {
		ctx, call := startCall(ctx, "upgrade", "cluster", id, region)
		cluster, err := c.k8s.UpgradeCluster(
			&k8s.UpgradeClusterRequest{
				Region: region, ClusterID: id, Version: version, UpgradePools: pools,
			}, scw.WithContext(ctx),
		)
		return cluster, call.wrapError(err)
	})
	return c.resolveLostClusterWrite(
		ctx, region, id, cluster, err, func(now *k8s.Cluster) bool { return hasReachedVersion(now.Version, version) },
	)
}

// resolveLostClusterWrite reads a cluster after a write whose response was lost, and reports success if happened
// returns true. The API shows a new type or version at once, while the cluster is still updating.
func (c *Client) resolveLostClusterWrite(
	ctx context.Context, region scw.Region, id string, cluster *k8s.Cluster, err error,
	happened func(*k8s.Cluster) bool,
) (*k8s.Cluster, error) {
	if !IsUnknownOutcome(err) {
		return cluster, err
	}
	now, readErr := readAfterLostAnswer(ctx, c, func(ctx context.Context) (*k8s.Cluster, error) {
		return c.Cluster(ctx, region, id)
	})
	if readErr != nil {
		return nil, errors.Join(err, readErr)
	}
	if happened(now) {
		return now, nil
	}
	return nil, err
}

// AvailableVersions lists the versions to which a cluster can be upgraded. Source: GET
// …/clusters/{id}/available-versions.
func (c *Client) AvailableVersions(ctx context.Context, region scw.Region, id string) ([]*k8s.Version, error) {
	ctx, call := startCall(ctx, "list the available versions of", "cluster", id, region)
	list, err := c.k8s.ListClusterAvailableVersions(
		&k8s.ListClusterAvailableVersionsRequest{Region: region, ClusterID: id}, scw.WithContext(ctx),
	)
	if err != nil {
		return nil, call.wrapError(err)
	}
	return list.Versions, nil
}

// AvailableTypes lists the control plane offers to which a cluster can be changed. Source: GET
// …/clusters/{id}/available-types.
func (c *Client) AvailableTypes(ctx context.Context, region scw.Region, id string) ([]*k8s.ClusterType, error) {
	ctx, call := startCall(ctx, "list the available types of", "cluster", id, region)
	list, err := c.k8s.ListClusterAvailableTypes(
		&k8s.ListClusterAvailableTypesRequest{Region: region, ClusterID: id}, scw.WithContext(ctx),
	)
	if err != nil {
		return nil, call.wrapError(err)
	}
	return list.ClusterTypes, nil
}

// DeleteCluster requests the deletion of a cluster. With withAdditionalResources the API also deletes every volume
// (those with the reclaim policy Retain included), the Load Balancers named after the cluster, and the Private Network
// once it is empty. DeleteCluster succeeds if the cluster is already deleted or being deleted, and retries while it is
// in a transient state. Source: DELETE …/clusters/{id}.
func (c *Client) DeleteCluster(ctx context.Context, region scw.Region, id string, withAdditionalResources bool) error {
	_, err := retryWhileTransient(ctx, c, func(ctx context.Context) (*k8s.Cluster, error) {
		deleting, call := startCall(ctx, "delete", "cluster", id, region)
		cluster, err := c.k8s.DeleteCluster(
			&k8s.DeleteClusterRequest{
				Region: region, ClusterID: id, WithAdditionalResources: withAdditionalResources,
			}, scw.WithContext(deleting),
		)
		failure := call.wrapError(err)
		if !IsConflict(failure) {
			return cluster, failure
		}
		// The conflict may come from an earlier request that started the deletion.
		now, readErr := c.Cluster(ctx, region, id)
		if readErr == nil && (now.Status == k8s.ClusterStatusDeleting || now.Status == k8s.ClusterStatusDeleted) ||
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

// WaitCluster waits until a cluster is ready or, for a mutualised cluster without a pool, has the status pool_required.
// It returns a *StateError for a status that does not change by itself, and a *WaitError when the context ends.
func (c *Client) WaitCluster(ctx context.Context, region scw.Region, id string) (*k8s.Cluster, error) {
	return pollUntil(ctx, c, waitTarget{
		"cluster", id, region, "to be ready",
	}, clusterState, func(ctx context.Context) (*k8s.Cluster, error) {
		return c.Cluster(ctx, region, id)
	}, func(now *k8s.Cluster) (bool, error) {
		switch now.Status {
		case k8s.ClusterStatusReady, k8s.ClusterStatusPoolRequired:
			return true, nil
		case k8s.ClusterStatusCreating, k8s.ClusterStatusUpdating:
			return false, nil
		default:
			return false, newStateError("cluster", now.ID, region, string(now.Status), "")
		}
	})
}

// WaitClusterDeleted waits until a cluster no longer exists or has the status deleted.
func (c *Client) WaitClusterDeleted(ctx context.Context, region scw.Region, id string) error {
	_, err := pollUntil(ctx, c, waitTarget{
		"cluster", id, region, "to be deleted",
	}, clusterState, func(ctx context.Context) (*k8s.Cluster, error) {
		now, err := c.Cluster(ctx, region, id)
		if IsNotFound(err) {
			return nil, nil
		}
		return now, err
	}, func(now *k8s.Cluster) (bool, error) {
		if now == nil || now.Status == k8s.ClusterStatusDeleted {
			return true, nil
		}
		if now.Status == k8s.ClusterStatusLocked {
			return false, newStateError("cluster", now.ID, region, string(now.Status), "")
		}
		return false, nil
	})
	return err
}

// clusterState returns the status of a cluster, or "" if there is no cluster.
func clusterState(cluster *k8s.Cluster) string {
	if cluster == nil {
		return ""
	}
	return cluster.Status.String()
}

// optionalString returns a pointer to text, or nil for "".
func optionalString(text string) *string {
	if text == "" {
		return nil
	}
	return &text
}
