package inside

import (
	"context"

	"github.com/terraform-srm/terraform-provider-srm/internal/framework"
	"github.com/terraform-srm/terraform-provider-srm/internal/framework/clusters"
	"github.com/terraform-srm/terraform-provider-srm/internal/kubernetes"
)

// Storage reads the volumes and the snapshots that a cluster itself knows. An API server that does not answer is
// waited for once in a process.
func Storage(ctx context.Context, p *framework.Provider, m *clusters.Model) (clusters.Storage, error) {
	found := clusters.Storage{}
	if p.Silent.Has(m.UUID()) {
		return found, errSilent
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	client, err := Connect(ctx, p, m.Place(), m.UUID())
	if err != nil {
		return found, err
	}
	disks, err := client.Disks(ctx)
	if kubernetes.IsUnreachable(err) {
		p.Silent.Add(m.UUID())
	}
	if err != nil {
		return found, err
	}
	for _, one := range disks {
		found.Disks = append(found.Disks, clusters.Disk(one))
	}
	snapshots, err := client.Snapshots(ctx)
	for _, one := range snapshots {
		found.Snapshots = append(found.Snapshots, clusters.DiskSnapshot(one))
	}
	found.SnapshotsErr = err
	return found, nil
}
