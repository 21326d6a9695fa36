// Package clusteraccess is the nouns' way into a cluster, through its Kubernetes API: the provider's `kubernetes` block
// says which.
package clusteraccess

import (
	"context"
	"errors"
	"net/netip"
	"net/url"
	"time"

	"github.com/scaleway/scaleway-sdk-go/scw"

	"github.com/terraform-srm/terraform-provider-srm/internal/kubernetes"
	"github.com/terraform-srm/terraform-provider-srm/internal/tfkit"
)

// ErrNotKnown is how a cluster is out of reach while the provider's own block depends on something that is not made
// yet.
var ErrNotKnown = errors.New("the provider's `kubernetes` block depends on a value that is not known until apply")

// Unreachable says whether nothing can be known of the inside of a cluster from here, or not yet.
func Unreachable(err error) bool {
	return kubernetes.IsUnreachable(err) || errors.Is(err, ErrNotKnown) || errors.Is(err, unreachableError{})
}

// Connect is a client of a cluster's API server, which authenticates with the provider's own API key.
func Connect(ctx context.Context, p *tfkit.Provider, region scw.Region, clusterID string) (*kubernetes.Client, error) {
	reach := p.Kubernetes
	if reach.Unknown {
		return nil, ErrNotKnown
	}
	file, err := p.API.Kubeconfig(ctx, region, clusterID, reach.VPC)
	if err != nil {
		return nil, err
	}
	client, err := kubernetes.FromKubeconfig(
		file, reach.Host, reach.TLSServerName, p.API.SecretKey(), p.UserAgent, reach.Interval,
	)
	if err == nil && reach.Host == "" && isLocal(p.API.APIURL()) {
		client.UnreachableHint = "The provider's api_url is on this machine. If it is the sandbox's, its clusters have an " +
			"API server only where it was started with `-kubernetes` and a folder that holds kube-apiserver and etcd, or with " +
			"`-kubeconfig` of one " +
			"that runs."
	}
	return client, err
}

// isLocal says whether an endpoint is on the loopback of this machine, as the sandbox's is.
func isLocal(endpoint string) bool {
	address, err := url.Parse(endpoint)
	if err != nil {
		return false
	}
	ip, err := netip.ParseAddr(address.Hostname())
	return address.Hostname() == "localhost" || err == nil && ip.Unmap().IsLoopback()
}

// patience is how long a look into a cluster may take whose result is not needed to go on.
const patience = 15 * time.Second
