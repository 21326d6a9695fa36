package clusteraccess

import (
	"context"

	"github.com/terraform-srm/terraform-provider-srm/internal/kubernetes"
	"github.com/terraform-srm/terraform-provider-srm/internal/tfkit"
	"github.com/terraform-srm/terraform-provider-srm/internal/tfkit/clusters"
)

// ReadStorage lists the volumes and snapshots of a cluster from its Kubernetes API.
func ReadStorage(ctx context.Context, p *tfkit.Provider, m *clusters.Model) (clusters.Storage, error) {
	return readCluster(ctx, p, m.ClusterRegion(), m.UUID(), listStorage)
}

func listStorage(ctx context.Context, client *kubernetes.Client) (clusters.Storage, error) {
	found := clusters.Storage{}
	disks, err := client.Disks(ctx)
	if err != nil {
		return found, err
	}
	for _, disk := range disks {
		found.Disks = append(found.Disks, clusters.Disk(disk))
	}
	snapshots, err := client.Snapshots(ctx)
	for _, snapshot := range snapshots {
		found.Snapshots = append(found.Snapshots, clusters.DiskSnapshot(snapshot))
	}
	found.SnapshotsErr = err
	return found, nil
}
