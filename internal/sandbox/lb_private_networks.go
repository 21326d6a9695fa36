package sandbox

import (
	"slices"
	"strings"
	"time"

	"github.com/scaleway/scaleway-sdk-go/api/ipam/v1"
	"github.com/scaleway/scaleway-sdk-go/api/lb/v1"
)

// lbAttachDuration is the recorded duration of the attachment of a Load Balancer to a Private Network.
const lbAttachDuration = 2 * time.Second

// lbPrivateNetwork attaches a Load Balancer to a Private Network. Every response fills in the Load Balancer.
type lbPrivateNetwork struct {
	lb.PrivateNetwork

	LB *balancer `json:"lb"`

	lbID string
}

// key returns the key of an attachment in its collection: the API gives it no id.
func (n *lbPrivateNetwork) key() string { return n.lbID + "." + n.PrivateNetworkID }

func (s *Server) routeLBPrivateNetworks(base string) {
	s.route("GET "+base+"/lbs/{id}/private-networks", areaBalancer, s.withBalancer(s.listLBPrivateNetworks))
	s.route("POST "+base+"/lbs/{id}/attach-private-network", areaBalancer, s.withBalancer(s.attachLBPrivateNetwork))
	s.route("POST "+base+"/lbs/{id}/detach-private-network", areaBalancer, s.withBalancer(
		func(c *call, b *balancer) (any, error) {
			var req struct {
				PrivateNetworkID string `json:"private_network_id"`
			}
			if err := c.decode(&req); err != nil {
				return nil, err
			}
			attached, ok := s.lbPrivateNetworks.get((&lbPrivateNetwork{
				lbID: b.ID, PrivateNetwork: lb.PrivateNetwork{PrivateNetworkID: req.PrivateNetworkID},
			}).key())
			if !ok {
				return nil, errLBNotFound("private_network")
			}
			s.detachLBPrivateNetwork(attached)
			s.reloadBalancer(b.ID)
			return noContent{}, nil
		},
	))
}

// lbPrivateNetworksOf returns the attachments of a Load Balancer to Private Networks.
func (s *Server) lbPrivateNetworksOf(lbID string) []*lbPrivateNetwork {
	return s.lbPrivateNetworks.list(func(n *lbPrivateNetwork) bool { return n.lbID == lbID })
}

// lbPrivateNetworkView returns a copy of an attachment for a response.
func (s *Server) lbPrivateNetworkView(n *lbPrivateNetwork, withInstances bool) *lbPrivateNetwork {
	view := *n
	view.LB = s.balancerView(n.lbID, withInstances)
	return &view
}

func (s *Server) listLBPrivateNetworks(c *call, b *balancer) (any, error) {
	found := []*lbPrivateNetwork{}
	for _, n := range s.lbPrivateNetworksOf(b.ID) {
		found = append(found, s.lbPrivateNetworkView(n, false))
	}
	page, total := paginate(c, sortItems(c, found, "created_at_asc", func(n *lbPrivateNetwork) sortKey {
		return sortKey{created: n.CreatedAt, updated: n.UpdatedAt}
	}))
	return map[string]any{"private_network": page, "total_count": total}, nil
}

// attachLBPrivateNetwork attaches a Load Balancer to a Private Network, with the requested IP of IPAM or with a new
// one.
func (s *Server) attachLBPrivateNetwork(c *call, b *balancer) (any, error) {
	var req lb.ZonedAPIAttachPrivateNetworkRequest
	if err := c.decode(&req); err != nil {
		return nil, err
	}
	network, ok := s.privateNetworks.get(req.PrivateNetworkID)
	if !ok || !strings.HasPrefix(string(b.Zone), string(network.Region)+"-") {
		return nil, errLBNotFound("private_network")
	}
	n := &lbPrivateNetwork{lbID: b.ID, PrivateNetwork: lb.PrivateNetwork{PrivateNetworkID: network.ID}}
	if s.lbPrivateNetworks.has(n.key()) {
		return nil, errInvalid(
			"private_network_id",
			"constraint",
			"it is already attached",
		) // [INFERRED lb-attach-twice]
	}
	ip, err := s.chooseLBPrivateIP(network, &req)
	if err != nil {
		return nil, err
	}
	mac := newMAC()
	s.attachIP(ip, ipam.ResourceTypeLBServer, b.ID, b.Name, &mac)
	now := s.timestamp()
	n.IpamIDs, n.CreatedAt, n.UpdatedAt, n.Status = []string{ip.ID}, now, now, lb.PrivateNetworkStatusPending
	n.DHCPConfig = &lb.PrivateNetworkDHCPConfig{IPID: &ip.ID} //nolint:staticcheck // still in the API's responses
	s.lbPrivateNetworks.put(n.key(), n)
	view := s.lbPrivateNetworkView(n, true)
	s.after(lbAttachDuration, func() {
		if n.Status == lb.PrivateNetworkStatusPending {
			n.Status, n.UpdatedAt = lb.PrivateNetworkStatusReady, s.timestamp()
		}
	})
	return view, nil
}

// chooseLBPrivateIP returns the IP of a Load Balancer in a Private Network: the requested one of IPAM, or a new one.
func (s *Server) chooseLBPrivateIP(
	network *privateNetwork, req *lb.ZonedAPIAttachPrivateNetworkRequest,
) (*ipamIP, error) {
	ids := slices.DeleteFunc(req.IpamIDs, func(id string) bool { return id == "" })
	if len(ids) == 0 {
		return s.bookIP(network, false, nil)
	}
	if len(ids) > 1 {
		return nil, errInvalid("ipam_ids", "constraint", "at most one IP can be set")
	}
	ip, ok := s.ips.get(ids[0])
	if !ok || !s.isInPrivateNetwork(ip, network.ID) {
		return nil, errLBNotFound("ip")
	}
	if ip.Resource != nil {
		return nil, errInvalid("ipam_ids", "constraint", "the IP is attached to "+ip.Resource.ID)
	}
	return ip, nil
}

// detachLBPrivateNetwork removes an attachment, and releases its IP unless a user booked it.
func (s *Server) detachLBPrivateNetwork(n *lbPrivateNetwork) {
	s.lbPrivateNetworks.remove(n.key())
	for _, id := range n.IpamIDs {
		if ip, ok := s.ips.get(id); ok && ip.Resource != nil && ip.Resource.ID == n.lbID {
			s.releaseIP(ip)
		}
	}
}
