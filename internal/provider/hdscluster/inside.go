package hdscluster

import (
	"context"
	"errors"
	"time"

	"github.com/terraform-srm/terraform-provider-srm/internal/framework/clusters"
	"github.com/terraform-srm/terraform-provider-srm/internal/kubernetes"
)

// patience is how long the plan of a destroy waits for the API server of the cluster.
const patience = 15 * time.Second

// disks are the volumes that the cluster itself knows.
func (r *clusterResource) disks(m *model) func(context.Context) ([]clusters.Disk, error) {
	return func(ctx context.Context) ([]clusters.Disk, error) {
		reach := r.provider.Kubernetes
		switch {
		case reach.Unknown:
			return nil, errors.New("the provider's `kubernetes` block depends on a value that is not known until apply")
		case r.provider.Silent.Has(m.UUID()):
			return nil, errors.New("the API server does not answer")
		}
		ctx, cancel := context.WithTimeout(ctx, patience)
		defer cancel()
		file, err := r.provider.API.Kubeconfig(ctx, m.Place(), m.UUID(), reach.VPC)
		if err != nil {
			return nil, err
		}
		client, err := kubernetes.FromKubeconfig(file, reach.Host, reach.TLSServerName, r.provider.API.SecretKey(), r.provider.UserAgent, reach.Interval)
		if err != nil {
			return nil, err
		}
		known, err := client.Disks(ctx)
		if kubernetes.IsUnreachable(err) {
			r.provider.Silent.Add(m.UUID())
		}
		found := []clusters.Disk{}
		for _, one := range known {
			found = append(found, clusters.Disk(one))
		}
		return found, err
	}
}
