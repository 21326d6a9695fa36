// Package clusteraccess builds Kubernetes clients for clusters, as the provider's `kubernetes` block configures them,
// and reads in-cluster objects for the resource packages.
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

// ErrUnknownConfiguration is the error of a connection in a plan whose `kubernetes` block is not known yet.
var ErrUnknownConfiguration = errors.New(
	"the provider's `kubernetes` block depends on a value that is not known until apply",
)

// IsUnreachable reports whether an error means that the API server of a cluster cannot be connected to, or not yet.
func IsUnreachable(err error) bool {
	return kubernetes.IsUnreachable(err) || errors.Is(
		err, ErrUnknownConfiguration,
	) || errors.Is(err, unreachableError{})
}

// Connect returns a client for a cluster's API server. It authenticates with the provider's API key.
func Connect(ctx context.Context, p *tfkit.Provider, region scw.Region, clusterID string) (*kubernetes.Client, error) {
	config := p.Kubernetes
	if config.IsUnknown {
		return nil, ErrUnknownConfiguration
	}
	file, err := p.API.Kubeconfig(ctx, region, clusterID, config.UseVPC)
	if err != nil {
		return nil, err
	}
	client, err := kubernetes.FromKubeconfig(
		file, config.Host, config.TLSServerName, p.API.SecretKey(), p.UserAgent, config.RetryInterval,
	)
	if err == nil && config.Host == "" && isLocal(p.API.APIURL()) {
		client.UnreachableHint = "The provider's api_url is on this machine. If it is the sandbox: its clusters have " +
			"an API server only if it was started with `-kubernetes` and a folder with kube-apiserver and etcd, or " +
			"with the `-kubeconfig` of a running API server."
	}
	return client, err
}

// isLocal reports whether an endpoint is a loopback address, as the sandbox's is.
func isLocal(endpoint string) bool {
	address, err := url.Parse(endpoint)
	if err != nil {
		return false
	}
	ip, err := netip.ParseAddr(address.Hostname())
	return address.Hostname() == "localhost" || err == nil && ip.Unmap().IsLoopback()
}

// readTimeout limits a read of in-cluster objects whose failure does not stop the operation.
const readTimeout = 15 * time.Second
