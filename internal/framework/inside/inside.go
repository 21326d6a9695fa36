// Package inside is the nouns' way into a cluster, through its Kubernetes API: the provider's `kubernetes` block says which.
package inside

import (
	"context"
	"errors"
	"time"

	"github.com/scaleway/scaleway-sdk-go/scw"

	"github.com/terraform-srm/terraform-provider-srm/internal/framework"
	"github.com/terraform-srm/terraform-provider-srm/internal/kubernetes"
)

// ErrNotKnown is how a cluster is out of reach while the provider's own block depends on something that is not made yet.
var ErrNotKnown = errors.New("the provider's `kubernetes` block depends on a value that is not known until apply")

// errSilent is how an API server is out of reach that did not answer this process before.
var errSilent = errors.New("the API server of the cluster does not answer")

// Unreachable says whether nothing can be known of the inside of a cluster from here, or not yet.
func Unreachable(err error) bool { return kubernetes.IsUnreachable(err) || errors.Is(err, ErrNotKnown) }

// Connect is a client of a cluster's API server, which authenticates with the provider's own API key.
func Connect(ctx context.Context, p *framework.Provider, region scw.Region, clusterID string) (*kubernetes.Client, error) {
	reach := p.Kubernetes
	if reach.Unknown {
		return nil, ErrNotKnown
	}
	file, err := p.API.Kubeconfig(ctx, region, clusterID, reach.VPC)
	if err != nil {
		return nil, err
	}
	return kubernetes.FromKubeconfig(file, reach.Host, reach.TLSServerName, p.API.SecretKey(), p.UserAgent, reach.Interval)
}

// patience is how long the plan of a destroy waits for the API server of a cluster.
const patience = 15 * time.Second
