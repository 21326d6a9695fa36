package sandbox

import (
	"encoding/base64"
	"net"
	"net/http"

	"github.com/google/uuid"
	"github.com/scaleway/scaleway-sdk-go/api/k8s/v1"
)

// authExternalNode creates an external node on every call, and returns the credential for reading the node's metadata.
func (s *Server) authExternalNode(c *call) (any, error) {
	p, err := s.findPool(c)
	if err != nil {
		return nil, err
	}
	if p.NodeType != externalNodeType {
		return nil, errInvalid("pool_id", "constraint", "external nodes can only register in a pool of node type "+
			"external")
	}
	if p.Status == k8s.PoolStatusDeleting {
		return nil, errTransient("pool", p.ID, string(p.Status))
	}
	cl, ok := s.clusters.get(p.ClusterID)
	if !ok {
		return nil, errNotFound("cluster", p.ClusterID)
	}
	if err := s.checkQuota(cl, 0, 1); err != nil {
		return nil, err
	}
	noError, id := "", uuid.NewString()
	n := &node{
		version:      p.Version,
		secret:       uuid.NewString(),
		inTransition: true,
		Conditions:   map[string]string{},
		Node: k8s.Node{
			ID: id, PoolID: p.ID, ClusterID: p.ClusterID, Region: p.Region, Name: nodeName(cl.Name, p.Name, id),
			ProviderID: "scaleway://external/" + string(p.Region) + "/" + id,
			Status:     k8s.NodeStatusCreating, ErrorMessage: &noError, CreatedAt: s.timestamp(),
			UpdatedAt: s.timestamp(),
		},
	}
	s.nodes.put(id, n)
	return &k8s.ExternalNodeAuth{
		NodeSecretKey: n.secret,
		MetadataURL:   baseURL(c.Request) + "/k8s/v1/regions/" + string(p.Region) + "/node-metadata",
	}, nil
}

// baseURL returns the URL of the sandbox as the client of a request reaches it.
func baseURL(r *http.Request) string {
	if r.TLS != nil {
		return "https://" + r.Host
	}
	return "http://" + r.Host
}

// nodeMetadata returns the metadata of an external node. The token is the node's credential, not an API key.
func (s *Server) nodeMetadata(w http.ResponseWriter, r *http.Request) {
	s.answer(w, func() (any, error) {
		return s.metadataOf(r.Header.Get("X-Auth-Token"), r.PathValue("region"), baseURL(r))
	})
}

func (s *Server) metadataOf(secret, region, base string) (any, error) {
	found := s.nodes.list(
		func(n *node) bool { return n.secret != "" && n.secret == secret && string(n.Region) == region },
	)
	if len(found) == 0 {
		return nil, errUnauthenticated("not_found")
	}
	n := found[0]
	p, ok := s.pools.get(n.PoolID)
	if !ok {
		return nil, errNotFound("pool", n.PoolID)
	}
	cl, ok := s.clusters.get(n.ClusterID)
	if !ok {
		return nil, errNotFound("cluster", n.ClusterID)
	}
	reached, err := s.apiServerOf(cl)
	if err != nil {
		return nil, err
	}
	if n.Status == k8s.NodeStatusCreating {
		s.setNodeStatus(n, k8s.NodeStatusRegistering)
	}
	taints := []*k8s.NodeMetadataCoreV1Taint{}
	for _, taint := range p.Taints {
		taints = append(
			taints, &k8s.NodeMetadataCoreV1Taint{Key: taint.Key, Value: taint.Value, Effect: string(taint.Effect)},
		)
	}
	return &k8s.NodeMetadata{
		ID: n.ID, Name: n.Name, ClusterURL: reached.url,
		ClusterCa:   base64.StdEncoding.EncodeToString([]byte(reached.authority)),
		PoolVersion: p.Version, NodeLabels: p.Labels, NodeTaints: taints, ProviderID: n.ProviderID,
		ResolvconfPath: "/run/systemd/resolve/resolv.conf", TemplateArgs: map[string]string{},
		InstallerTags: []string{}, RepoURI: base + nodeRepositoryPath,
	}, nil
}

// heartbeat replaces the kubelet of an external node: a machine reports with the node's credential that it runs,
// and its node is ready until it reports otherwise. Without a heartbeat an external node never becomes ready: another
// program than the kubelet may read the metadata. In a real cluster, the kubelet reports to the Kubernetes API server.
func (s *Server) heartbeat(r *http.Request, body []byte) (any, error) {
	n, ok := s.nodes.get(r.PathValue("id"))
	switch {
	case !ok:
		return nil, errNotFound("node", r.PathValue("id"))
	case n.secret == "" || n.secret != r.Header.Get("X-Auth-Token"):
		return nil, errUnauthenticated("denied")
	case n.Status == k8s.NodeStatusDeleting:
		return nil, errTransient("node", n.ID, string(n.Status))
	}
	var req struct {
		Ready   *bool  `json:"ready"`
		Reason  string `json:"reason"`
		Address string `json:"address"`
	}
	if err := decodeStrict(body, &req); err != nil {
		return nil, errInvalid("body", "format", err.Error()+`: send {"ready": true, "address": "203.0.113.10"}, or `+
			`{"ready": false, "reason": "…"}`)
	}
	if req.Address != "" {
		address := net.ParseIP(req.Address)
		switch {
		case address == nil:
			return nil, errInvalid("address", "format", req.Address+" is not an IP address")
		case address.To4() != nil:
			n.PublicIPV4 = &address
		default:
			n.PublicIPV6 = &address
		}
	}
	n.ErrorMessage = &req.Reason
	if req.Ready != nil && !*req.Ready {
		s.setNodeStatus(n, k8s.NodeStatusNotReady)
		return n, nil
	}
	s.joinNode(n.ID)
	return n, nil
}
