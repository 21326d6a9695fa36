package scaleway

import (
	"context"
	"errors"
	"slices"

	"github.com/scaleway/scaleway-sdk-go/api/k8s/v1"
	"github.com/scaleway/scaleway-sdk-go/scw"
)

// ClusterFilter narrows a list of clusters; an empty field does not.
type ClusterFilter struct {
	// Name is the exact name.
	Name string
	// ProjectID is a UUID.
	ProjectID string
}

// Cluster reads a cluster. Source: GET /k8s/v1/regions/{region}/clusters/{id}.
func (c *Client) Cluster(ctx context.Context, region scw.Region, id string) (*k8s.Cluster, error) {
	ctx, called := begin(ctx, "read", "cluster", id, region)
	cluster, err := c.k8s.GetCluster(&k8s.GetClusterRequest{Region: region, ClusterID: id}, scw.WithContext(ctx))
	return cluster, called.fail(err)
}

// Clusters lists the clusters of a region, all pages. Source: GET /k8s/v1/regions/{region}/clusters.
func (c *Client) Clusters(ctx context.Context, region scw.Region, filter ClusterFilter) ([]*k8s.Cluster, error) {
	ctx, called := begin(ctx, "list", "clusters", "", region)
	list, err := c.k8s.ListClusters(&k8s.ListClustersRequest{
		Region: region, Name: optional(filter.Name), ProjectID: optional(filter.ProjectID),
	}, allPages(ctx)...)
	if err != nil {
		return nil, called.fail(err)
	}
	// The API's filter finds the name within longer ones.
	return slices.DeleteFunc(list.Clusters, func(cluster *k8s.Cluster) bool {
		return filter.Name != "" && cluster.Name != filter.Name || filter.ProjectID != "" &&
			cluster.ProjectID != filter.ProjectID
	}), nil
}

// UpdateCluster changes what the request sets. Where the API refuses because the cluster is in a transient state, it
// waits, until the context ends, and tries again. Source: PATCH /k8s/v1/regions/{region}/clusters/{id}.
func (c *Client) UpdateCluster(ctx context.Context, req *k8s.UpdateClusterRequest) (*k8s.Cluster, error) {
	return retryWhileTransient(ctx, c, func(ctx context.Context) (*k8s.Cluster, error) {
		ctx, called := begin(ctx, "update", "cluster", req.ClusterID, req.Region)
		cluster, err := c.k8s.UpdateCluster(req, scw.WithContext(ctx))
		return cluster, called.fail(err)
	})
}

// SetClusterType changes the control plane offer; it waits for a transient state as UpdateCluster does. An answer that
// was lost is made good where the cluster then has the type. Source: POST …/clusters/{id}/set-type.
func (c *Client) SetClusterType(ctx context.Context, region scw.Region, id, typ string) (*k8s.Cluster, error) {
	cluster, err := retryWhileTransient(ctx, c, func(ctx context.Context) (*k8s.Cluster, error) {
		ctx, called := begin(ctx, "change the type of", "cluster", id, region)
		cluster, err := c.k8s.SetClusterType(
			&k8s.SetClusterTypeRequest{Region: region, ClusterID: id, Type: typ}, scw.WithContext(ctx),
		)
		return cluster, called.fail(err)
	})
	return c.verifyCluster(ctx, region, id, cluster, err, func(now *k8s.Cluster) bool { return now.Type == typ })
}

// UpgradeCluster moves a cluster, and its pools where pools is true, to a full version ("1.35.3"); it waits for a
// transient state as UpdateCluster does. An answer that was lost is made good where the cluster then has the version.
// Source: POST …/clusters/{id}/upgrade.
func (c *Client) UpgradeCluster(
	ctx context.Context, region scw.Region, id, version string, pools bool,
) (*k8s.Cluster, error) {
	cluster, err := retryWhileTransient(ctx, c, func(ctx context.Context) (*k8s.Cluster, error) {
		ctx, called := begin(ctx, "upgrade", "cluster", id, region)
		cluster, err := c.k8s.UpgradeCluster(
			&k8s.UpgradeClusterRequest{
				Region: region, ClusterID: id, Version: version, UpgradePools: pools,
			}, scw.WithContext(ctx),
		)
		return cluster, called.fail(err)
	})
	return c.verifyCluster(
		ctx, region, id, cluster, err, func(now *k8s.Cluster) bool { return atLeastVersion(now.Version, version) },
	)
}

// verifyCluster looks whether a write whose answer was lost has happened: the API shows a new type and a new version at
// once, while the cluster is still updating.
func (c *Client) verifyCluster(
	ctx context.Context, region scw.Region, id string, cluster *k8s.Cluster, err error, happened func(*k8s.Cluster) bool,
) (*k8s.Cluster, error) {
	if !IsUnknownOutcome(err) {
		return cluster, err
	}
	now, look := afterLoss(ctx, c, func(ctx context.Context) (*k8s.Cluster, error) { return c.Cluster(ctx, region, id) })
	if look != nil {
		return nil, errors.Join(err, look)
	}
	if happened(now) {
		return now, nil
	}
	return nil, err
}

// AvailableVersions lists the versions that a cluster can be upgraded to. Source: GET
// …/clusters/{id}/available-versions.
func (c *Client) AvailableVersions(ctx context.Context, region scw.Region, id string) ([]*k8s.Version, error) {
	ctx, called := begin(ctx, "list the available versions of", "cluster", id, region)
	list, err := c.k8s.ListClusterAvailableVersions(
		&k8s.ListClusterAvailableVersionsRequest{Region: region, ClusterID: id}, scw.WithContext(ctx),
	)
	if err != nil {
		return nil, called.fail(err)
	}
	return list.Versions, nil
}

// AvailableTypes lists the types that a cluster can be changed to. Source: GET …/clusters/{id}/available-types.
func (c *Client) AvailableTypes(ctx context.Context, region scw.Region, id string) ([]*k8s.ClusterType, error) {
	ctx, called := begin(ctx, "list the available types of", "cluster", id, region)
	list, err := c.k8s.ListClusterAvailableTypes(
		&k8s.ListClusterAvailableTypesRequest{Region: region, ClusterID: id}, scw.WithContext(ctx),
	)
	if err != nil {
		return nil, called.fail(err)
	}
	return list.ClusterTypes, nil
}

// DeleteCluster asks for the deletion of a cluster. With additional resources the API also deletes every volume (Retain
// included), Load Balancers named after the cluster, and the private network once it is empty. A cluster that is gone
// or going is a success; a transient state is waited for. Source: DELETE …/clusters/{id}.
func (c *Client) DeleteCluster(ctx context.Context, region scw.Region, id string, withAdditionalResources bool) error {
	_, err := retryWhileTransient(ctx, c, func(ctx context.Context) (*k8s.Cluster, error) {
		deleting, called := begin(ctx, "delete", "cluster", id, region)
		cluster, err := c.k8s.DeleteCluster(
			&k8s.DeleteClusterRequest{
				Region: region, ClusterID: id, WithAdditionalResources: withAdditionalResources,
			}, scw.WithContext(deleting),
		)
		failure := called.fail(err)
		if !IsConflict(failure) {
			return cluster, failure
		}
		// A repeated request finds a cluster that the first one has begun to delete.
		now, look := c.Cluster(ctx, region, id)
		if look == nil && (now.Status == k8s.ClusterStatusDeleting || now.Status == k8s.ClusterStatusDeleted) ||
			IsNotFound(look) {
			return now, nil
		}
		return nil, failure
	})
	if IsNotFound(err) {
		return nil
	}
	return err
}

// WaitCluster waits until a cluster has settled: ready, or pool_required, which is how a mutualised cluster without a
// pool is. A state that does not end by itself is a *StateError; the end of the context is a *WaitError.
func (c *Client) WaitCluster(ctx context.Context, region scw.Region, id string) (*k8s.Cluster, error) {
	return pollUntil(ctx, c, awaited{
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

// WaitClusterGone waits until a cluster no longer exists, or has the status deleted.
func (c *Client) WaitClusterGone(ctx context.Context, region scw.Region, id string) error {
	_, err := pollUntil(ctx, c, awaited{
		"cluster", id, region, "to be gone",
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

func clusterState(cluster *k8s.Cluster) string {
	if cluster == nil {
		return ""
	}
	return cluster.Status.String()
}

// optional is nil for an empty text.
func optional(text string) *string {
	if text == "" {
		return nil
	}
	return &text
}
