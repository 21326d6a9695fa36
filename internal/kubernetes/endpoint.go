package kubernetes

import (
	"encoding/pem"
	"fmt"
	"net"
	"net/url"

	"sigs.k8s.io/yaml"
)

// Endpoint is the address of an API server and how to verify its certificate.
type Endpoint struct {
	// Server is the URL of the API server, "https://host:port".
	Server string
	// CA is the certificate of the cluster's certificate authority in PEM format.
	CA []byte
	// ServerName is the name that the certificate must be valid for. If it is empty, the certificate must be valid for
	// the host of Server.
	ServerName string
}

// kubeconfig holds the parts of a kubeconfig that are read. Users, tokens and exec commands are ignored.
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

// ParseKubeconfig returns the endpoint of the current context of a kubeconfig, or of its only cluster. A kubeconfig
// without the certificate of the cluster's authority is an error: the client could not verify the API server.
func ParseKubeconfig(file []byte) (Endpoint, error) {
	var parsed kubeconfig
	if err := yaml.Unmarshal(file, &parsed); err != nil {
		return Endpoint{}, fmt.Errorf("the kubeconfig is not valid YAML: %w", err)
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
			return Endpoint{}, fmt.Errorf("the kubeconfig has no certificate of the cluster's certificate authority, "+
				"which is needed to verify %q", cluster.Cluster.Server)
		}
		address, err := url.Parse(cluster.Cluster.Server)
		if err != nil || address.Scheme != "https" || address.Host == "" {
			return Endpoint{}, fmt.Errorf("the server %q in the kubeconfig is not an https URL", cluster.Cluster.Server)
		}
		return Endpoint{Server: cluster.Cluster.Server, CA: cluster.Cluster.CA}, nil
	}
	return Endpoint{}, fmt.Errorf("the kubeconfig has no cluster for its current context %q", parsed.CurrentContext)
}

// WithHost returns the endpoint with another host, such as a bastion, or the unchanged endpoint if host is empty. The
// default port of host is 6443. The certificate is still that of the cluster. It must be valid for serverName, or for
// host if serverName is empty.
func (e Endpoint) WithHost(host, serverName string) Endpoint {
	if host == "" {
		return e
	}
	if _, _, err := net.SplitHostPort(host); err != nil {
		host = net.JoinHostPort(host, "6443")
	}
	e.Server, e.ServerName = "https://"+host, serverName
	return e
}
