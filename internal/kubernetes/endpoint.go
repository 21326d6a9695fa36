package kubernetes

import (
	"encoding/pem"
	"fmt"
	"net"
	"net/url"

	"sigs.k8s.io/yaml"
)

// Endpoint is where an API server is, and how it proves who it is.
type Endpoint struct {
	// Server is its address, "https://host:port".
	Server string
	// CA is the certificate of the cluster's own authority, PEM.
	CA []byte
	// ServerName is the name that the certificate is checked against; empty is the host of Server.
	ServerName string
}

// kubeconfig is what is read of the file: its users, their tokens and commands are passed over.
type kubeconfig struct {
	CurrentContext string `json:"current-context"`
	Clusters       []struct {
		Name    string `json:"name"`
		Cluster struct {
			Server string `json:"server"`
			CA     []byte `json:"certificate-authority-data"`
		} `json:"cluster"`
	} `json:"clusters"`
	Contexts []struct {
		Name    string `json:"name"`
		Context struct {
			Cluster string `json:"cluster"`
		} `json:"context"`
	} `json:"contexts"`
}

// ParseKubeconfig takes the endpoint from a kubeconfig: that of the current context, or of the only cluster. A file
// without the authority's certificate is an error, as the API server could not be verified.
func ParseKubeconfig(file []byte) (Endpoint, error) {
	var parsed kubeconfig
	if err := yaml.Unmarshal(file, &parsed); err != nil {
		return Endpoint{}, fmt.Errorf("the kubeconfig is not YAML of the expected form: %w", err)
	}
	name := ""
	for _, context := range parsed.Contexts {
		if context.Name == parsed.CurrentContext {
			name = context.Context.Cluster
		}
	}
	for _, cluster := range parsed.Clusters {
		if cluster.Name != name && len(parsed.Clusters) > 1 {
			continue
		}
		if block, _ := pem.Decode(cluster.Cluster.CA); block == nil {
			return Endpoint{}, fmt.Errorf("the kubeconfig holds no certificate of the cluster's authority, without which %q "+
				"cannot be verified", cluster.Cluster.Server)
		}
		address, err := url.Parse(cluster.Cluster.Server)
		if err != nil || address.Scheme != "https" || address.Host == "" {
			return Endpoint{}, fmt.Errorf("the kubeconfig's server %q is not an https address", cluster.Cluster.Server)
		}
		return Endpoint{Server: cluster.Cluster.Server, CA: cluster.Cluster.CA}, nil
	}
	return Endpoint{}, fmt.Errorf("the kubeconfig names no cluster for its context %q", parsed.CurrentContext)
}

// At is the endpoint behind another address, such as a bastion's; without a host it is the same. host may have a port,
// and has 6443 without one. The certificate is still that of the cluster: it is checked against serverName, or against
// host where that is empty.
func (e Endpoint) At(host, serverName string) Endpoint {
	if host == "" {
		return e
	}
	if _, _, err := net.SplitHostPort(host); err != nil {
		host = net.JoinHostPort(host, "6443")
	}
	e.Server, e.ServerName = "https://"+host, serverName
	return e
}
