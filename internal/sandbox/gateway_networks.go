package sandbox

import (
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/scaleway/scaleway-sdk-go/api/ipam/v1"
	"github.com/scaleway/scaleway-sdk-go/api/vpcgw/v2"
)

// gatewayNetwork attaches a Public Gateway to a Private Network. As in the API, its MAC address is omitted, not null,
// until it has one.
type gatewayNetwork struct {
	vpcgw.GatewayNetwork

	MacAddress *string `json:"mac_address,omitempty"`
}

// Recorded durations of the transient states of a gateway network.
const (
	gatewayNetworkAttachDuration    = 13 * time.Second
	gatewayNetworkConfigureDuration = 5 * time.Second
	gatewayNetworkDetachDuration    = 5 * time.Second
)

func (s *Server) routeGatewayNetworks(base string, route func(string, handler)) {
	route("GET "+base+"/gateway-networks", s.listGatewayNetworks)
	route("POST "+base+"/gateway-networks", s.createGatewayNetwork)
	route("GET "+base+"/gateway-networks/{id}", s.getGatewayNetwork)
	route("PATCH "+base+"/gateway-networks/{id}", s.updateGatewayNetwork)
	route("DELETE "+base+"/gateway-networks/{id}", s.deleteGatewayNetwork)
}

// gatewayNetworksOf returns the gateway networks of a gateway.
func (s *Server) gatewayNetworksOf(gatewayID string) []*gatewayNetwork {
	return s.gatewayNetworks.list(func(n *gatewayNetwork) bool { return n.GatewayID == gatewayID })
}

func (s *Server) listGatewayNetworks(c *call) (any, error) {
	f := c.filters()
	status := slices.DeleteFunc(
		f.values("status"), func(value string) bool { return strings.HasPrefix(value, "unknown") },
	)
	found := s.gatewayNetworks.list(func(n *gatewayNetwork) bool {
		return n.Zone == c.zone() && f.matches("gateway_ids", n.GatewayID) && f.matches(
			"private_network_ids", n.PrivateNetworkID,
		) &&
			f.matchesBool("masquerade_enabled", n.MasqueradeEnabled) &&
			(len(status) == 0 || slices.Contains(status, string(n.Status)))
	})
	page, total := paginate(c, sortItems(c, found, "created_at_asc", func(n *gatewayNetwork) sortKey {
		return sortKey{created: n.CreatedAt, updated: n.UpdatedAt, status: string(n.Status)}
	}))
	return map[string]any{"gateway_networks": page, "total_count": total}, nil
}

func (s *Server) createGatewayNetwork(c *call) (any, error) {
	var req vpcgw.CreateGatewayNetworkRequest
	if err := c.decode(&req); err != nil {
		return nil, err
	}
	g, err := s.findStableGateway(c, req.GatewayID)
	if err != nil {
		return nil, err
	}
	network, ok := s.privateNetworks.get(req.PrivateNetworkID)
	if !ok || !strings.HasPrefix(string(g.Zone), string(network.Region)+"-") {
		return nil, errNotFound("private_network", req.PrivateNetworkID)
	}
	if slices.ContainsFunc(
		s.gatewayNetworksOf(g.ID),
		func(n *gatewayNetwork) bool { return n.PrivateNetworkID == network.ID },
	) {
		return nil, errInvalid("private_network_id", "constraint", "the gateway is already attached to this Private "+
			"Network")
	}
	ip, err := s.findOrBookGatewayIP(network, req.IpamIPID)
	if err != nil {
		return nil, err
	}
	n := s.newGatewayNetwork(uuid.NewString(), g, network.ID, ip)
	// A default route requires masquerading, so the API enables it.
	n.PushDefaultRoute, n.MasqueradeEnabled = req.PushDefaultRoute, req.EnableMasquerade || req.PushDefaultRoute
	n.Status, n.MacAddress = vpcgw.GatewayNetworkStatusCreated, nil
	g.Status, g.UpdatedAt = vpcgw.GatewayStatusConfiguring, s.timestamp()
	answer := *n
	s.after(gatewayNetworkAttachDuration, func() {
		s.transitionGateway(g.ID, vpcgw.GatewayStatusConfiguring, vpcgw.GatewayStatusRunning)
		s.markGatewayNetworkReady(n.ID)
	})
	return &answer, nil
}

// findOrBookGatewayIP returns the IP of a gateway in a Private Network: the booked one with the given id, or a new one
// without an id.
func (s *Server) findOrBookGatewayIP(network *privateNetwork, id *string) (*ipamIP, error) {
	if id == nil || *id == "" {
		return s.bookIP(network, false, nil)
	}
	ip, ok := s.ips.get(*id)
	if !ok {
		return nil, errNotFound("ip", *id)
	}
	if !s.isInPrivateNetwork(ip, network.ID) {
		return nil, errInvalid("ipam_ip_id", "constraint", "the IP is not of this Private Network")
	}
	if ip.Resource != nil {
		return nil, errInvalid("ipam_ip_id", "constraint", "the IP is attached to "+ip.Resource.ID)
	}
	return ip, nil
}

// newGatewayNetwork creates a gateway network that is ready and advertises a default route.
func (s *Server) newGatewayNetwork(id string, g *gateway, privateNetworkID string, ip *ipamIP) *gatewayNetwork {
	now, mac := s.timestamp(), newMAC()
	n := &gatewayNetwork{MacAddress: &mac, GatewayNetwork: vpcgw.GatewayNetwork{
		ID: id, CreatedAt: now, UpdatedAt: now, GatewayID: g.ID, PrivateNetworkID: privateNetworkID, Zone: g.Zone,
		Status: vpcgw.GatewayNetworkStatusReady, MasqueradeEnabled: true, PushDefaultRoute: true, IpamIPID: ip.ID,
	}}
	s.gatewayNetworks.put(id, n)
	s.attachIP(ip, ipam.ResourceTypeVpcGatewayNetwork, id, g.Name, &mac)
	return n
}

// markGatewayNetworkReady ends the creation or the update of a gateway network.
func (s *Server) markGatewayNetworkReady(id string) {
	n, ok := s.gatewayNetworks.get(id)
	if !ok || n.Status == vpcgw.GatewayNetworkStatusDetaching || n.Status == vpcgw.GatewayNetworkStatusReady {
		return
	}
	n.Status, n.UpdatedAt = vpcgw.GatewayNetworkStatusReady, s.timestamp()
	if ip, ok := s.ips.get(n.IpamIPID); ok && n.MacAddress == nil && ip.Resource != nil {
		n.MacAddress = ip.Resource.MacAddress
	}
}

func (s *Server) findGatewayNetwork(c *call) (*gatewayNetwork, error) {
	id := c.PathValue("id")
	n, ok := s.gatewayNetworks.get(id)
	if !ok || n.Zone != c.zone() {
		return nil, errNotFound("gateway_network", id)
	}
	return n, nil
}

func (s *Server) getGatewayNetwork(c *call) (any, error) {
	n, err := s.findGatewayNetwork(c)
	if err != nil {
		return nil, err
	}
	return n, nil
}

func (s *Server) updateGatewayNetwork(c *call) (any, error) {
	n, err := s.findGatewayNetwork(c)
	if err != nil {
		return nil, err
	}
	var req vpcgw.UpdateGatewayNetworkRequest
	if err := c.decode(&req); err != nil {
		return nil, err
	}
	if n.Status != vpcgw.GatewayNetworkStatusReady {
		return nil, errTransient("gateway_network", n.ID, string(n.Status))
	}
	if req.IpamIPID != nil && *req.IpamIPID != n.IpamIPID {
		if err := s.changeGatewayAddress(n, *req.IpamIPID); err != nil {
			return nil, err
		}
	}
	if req.PushDefaultRoute != nil {
		n.PushDefaultRoute = *req.PushDefaultRoute
	}
	if req.EnableMasquerade != nil {
		n.MasqueradeEnabled = *req.EnableMasquerade
	}
	n.MasqueradeEnabled = n.MasqueradeEnabled || n.PushDefaultRoute
	n.Status, n.UpdatedAt = vpcgw.GatewayNetworkStatusConfiguring, s.timestamp()
	s.after(gatewayNetworkConfigureDuration, func() { s.markGatewayNetworkReady(n.ID) })
	return n, nil
}

// changeGatewayAddress replaces the IP of a gateway network by another booked one.
func (s *Server) changeGatewayAddress(n *gatewayNetwork, ipID string) error {
	network, ok := s.privateNetworks.get(n.PrivateNetworkID)
	if !ok {
		return errNotFound("private_network", n.PrivateNetworkID)
	}
	ip, err := s.findOrBookGatewayIP(network, &ipID)
	if err != nil {
		return err
	}
	s.releaseIPs(n.ID)
	name := ""
	if g, ok := s.gateways.get(n.GatewayID); ok {
		name = g.Name
	}
	s.attachIP(ip, ipam.ResourceTypeVpcGatewayNetwork, n.ID, name, nil)
	n.IpamIPID = ip.ID
	return nil
}

func (s *Server) deleteGatewayNetwork(c *call) (any, error) {
	n, err := s.findGatewayNetwork(c)
	if err != nil {
		return nil, err
	}
	if n.Status != vpcgw.GatewayNetworkStatusReady {
		return nil, errTransient("gateway_network", n.ID, string(n.Status))
	}
	n.Status, n.UpdatedAt = vpcgw.GatewayNetworkStatusDetaching, s.timestamp()
	s.after(gatewayNetworkDetachDuration, func() {
		if current, ok := s.gatewayNetworks.get(n.ID); ok && current.Status == vpcgw.GatewayNetworkStatusDetaching {
			s.gatewayNetworks.remove(n.ID)
			s.releaseIPs(n.ID)
		}
	})
	return n, nil
}
