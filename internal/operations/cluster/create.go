package cluster

import (
	"context"
	"fmt"
	"time"

	"github.com/scaleway/scaleway-sdk-go/api/k8s/v1"

	"github.com/terraform-srm/terraform-provider-srm/internal/scaleway"
)

// Created is the result of Create.
type Created struct {
	// Cluster is the cluster as the API last had it; nil where none was created.
	Cluster *k8s.Cluster
	// OpenFor is the time between the create request and the accepted allow-list: the API offers none at creation, so
	// that every address reaches the API server in that time.
	OpenFor time.Duration
}

// Create creates a cluster, sets its allow-list as soon as the API accepts it, and waits until the cluster is ready. It
// calls save once the cluster exists, before any wait. After that an error leaves an unfinished cluster, which Update
// finishes: *OpenError where the API server still allows every address.
func Create(
	ctx context.Context, api *scaleway.Client, now func() time.Time, desired Desired, save func(*k8s.Cluster),
) (Created, error) {
	versions, err := api.Versions(ctx, desired.Region)
	if err != nil {
		return Created{}, err
	}
	version := scaleway.HighestPatch(versions, desired.Version)
	if version == nil {
		return Created{}, fmt.Errorf("the API offers no patch of Kubernetes %s", desired.Version)
	}
	started := now()
	cluster, err := api.CreateCluster(ctx, desired.createRequest(version.Name))
	if err != nil {
		return Created{}, err
	}
	created := Created{Cluster: cluster}
	save(cluster)
	rules := allowRequests(desired.AllowList)
	_, err = api.SetAllowListWithRetry(ctx, cluster.Region, cluster.ID, cluster.Status, rules)
	created.OpenFor = now().Sub(started)
	if err != nil {
		ref := Ref{Region: cluster.Region, UUID: cluster.ID}
		return created, &OpenError{Ref: ref, Name: cluster.Name, Open: []string{"every address"}, Err: err}
	}
	ready, err := api.WaitCluster(ctx, cluster.Region, cluster.ID)
	if err != nil {
		return created, err
	}
	created.Cluster = ready
	return created, nil
}
