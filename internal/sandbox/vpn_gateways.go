package sandbox

import (
	"cmp"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/scaleway/scaleway-sdk-go/api/ipam/v1"
	"github.com/scaleway/scaleway-sdk-go/api/s2s_vpn/v1alpha1"
	"github.com/scaleway/scaleway-sdk-go/scw"
)

// vpnGateway is a VPN gateway of Site-to-Site VPN: the end of IPsec tunnels in a Private Network. Every response fills
// in the ids of its connections.
type vpnGateway struct {
	s2s_vpn.VpnGateway

	Srn string `json:"srn,omitempty"` // not in recordings
}

const (
	vpnGatewayCreateDuration = 39 * time.Second // recorded
	vpnGatewayDeleteDuration = 10 * time.Second // [INFERRED vpn-gateway-deletion]
	vpnGatewayASN            = 12876            // recorded; Scaleway's public AS number
)

// vpnGatewayTypes returns the types of VPN gateways. Recordings only name VGW-S [INFERRED vpn-gateway-types].
func vpnGatewayTypes(region scw.Region) []*s2s_vpn.GatewayType {
	types := []*s2s_vpn.GatewayType{
		{Name: "VGW-S", Bandwidth: 100_000_000, AllowedConnections: 5},
		{Name: "VGW-M", Bandwidth: 500_000_000, AllowedConnections: 10},
		{Name: "VGW-L", Bandwidth: 1_000_000_000, AllowedConnections: 20},
	}
	for _, offer := range types {
		offer.Region, offer.Zones = region, zoneNames(region.GetZones())
	}
	return types
}

func (s *Server) routeVPN() {
	const base = "/s2s-vpn/v1alpha1/regions/{region}"
	s.route("GET "+base+"/vpn-gateway-types", areaVPN, func(c *call) (any, error) {
		page, total := paginate(c, vpnGatewayTypes(c.region()))
		return map[string]any{"gateway_types": page, "total_count": total}, nil
	})
	s.route("GET "+base+"/vpn-gateways", areaVPN, s.listVPNGateways)
	s.route("POST "+base+"/vpn-gateways", areaVPN, s.createVPNGateway)
	s.route("GET "+base+"/vpn-gateways/{id}", areaVPN, s.withVPNGateway(
		func(_ *call, g *vpnGateway) (any, error) { return g, nil },
	))
	s.route("PATCH "+base+"/vpn-gateways/{id}", areaVPN, s.withVPNGateway(s.updateVPNGateway))
	s.route("DELETE "+base+"/vpn-gateways/{id}", areaVPN, s.withVPNGateway(s.deleteVPNGateway))
	s.routeVPNConnections(base)
	s.routeCustomerGateways(base)
	s.routeRoutingPolicies(base)
}

func (s *Server) findVPNGateway(c *call, id string) (*vpnGateway, error) {
	g, ok := s.vpnGateways.get(id)
	if !ok || g.Region != c.region() {
		return nil, errNotFound("vpn_gateway", id)
	}
	return s.withConnectionIDs(g), nil
}

// findStableVPNGateway finds a VPN gateway, and returns an error if its state is transient.
func (s *Server) findStableVPNGateway(c *call, id string) (*vpnGateway, error) {
	g, err := s.findVPNGateway(c, id)
	if err != nil {
		return nil, err
	}
	switch g.Status {
	case s2s_vpn.VpnGatewayStatusProvisioning, s2s_vpn.VpnGatewayStatusConfiguring,
		s2s_vpn.VpnGatewayStatusDeprovisioning:
		return nil, errTransient("vpn_gateway", g.ID, string(g.Status))
	}
	return g, nil
}

func (s *Server) withVPNGateway(handle func(*call, *vpnGateway) (any, error)) handler {
	return func(c *call) (any, error) {
		g, err := s.findVPNGateway(c, c.PathValue("id"))
		if err != nil {
			return nil, err
		}
		return handle(c, g)
	}
}

// withConnectionIDs fills in the ids of the connections of a VPN gateway.
func (s *Server) withConnectionIDs(g *vpnGateway) *vpnGateway {
	g.ConnectionIDs = s.vpnConnectionIDs(func(one *vpnConnection) bool { return one.VpnGatewayID == g.ID })
	return g
}

func (s *Server) listVPNGateways(c *call) (any, error) {
	f := c.filters()
	found := s.vpnGateways.list(func(g *vpnGateway) bool {
		s.withConnectionIDs(g)
		return g.Region == c.region() && f.matches("project_id", g.ProjectID) &&
			f.matches("organization_id", g.OrganizationID) && f.contains("name", g.Name) && f.hasTag(g.Tags) &&
			f.matchesType("statuses", string(g.Status)) && f.matches("gateway_types", g.GatewayType) &&
			f.matches("private_network_ids", g.PrivateNetworkID)
	})
	page, total := paginate(c, sortItemsWith(c, found, "created_at_asc", func(g *vpnGateway) sortKey {
		return sortKey{created: g.CreatedAt, updated: g.UpdatedAt, name: g.Name, status: string(g.Status)}
	}, map[string]func(a, b *vpnGateway) int{
		"type": func(a, b *vpnGateway) int { return cmp.Compare(a.GatewayType, b.GatewayType) },
	}))
	return map[string]any{"gateways": page, "total_count": total}, nil
}

func (s *Server) createVPNGateway(c *call) (any, error) {
	var req s2s_vpn.CreateVpnGatewayRequest
	if err := c.decode(&req); err != nil {
		return nil, err
	}
	g, err := s.newVPNGateway(c, &req)
	if err != nil {
		return nil, err
	}
	private, err := s.privateVPNAddresses(g, &req)
	if err != nil {
		return nil, err
	}
	public, err := s.publicVPNAddresses(g, publicVPNConfig(&req))
	if err != nil {
		for _, ip := range private {
			s.releaseIP(ip)
		}
		return nil, err
	}
	g.IpamPrivateIPv4ID, g.IpamPrivateIPv6ID = private[0].ID, private[1].ID
	g.PublicConfig = &s2s_vpn.VpnGatewayPublicConfig{}
	for _, ip := range public {
		if ip.IsIPv6 {
			g.PublicConfig.IpamIPv6ID = &ip.ID
		} else {
			g.PublicConfig.IpamIPv4ID = &ip.ID
		}
	}
	for _, ip := range append(private, public...) {
		s.attachIP(ip, ipam.ResourceTypeVpnGateway, g.ID, g.Name, nil)
	}
	s.vpnGateways.put(g.ID, g)
	s.after(vpnGatewayCreateDuration, func() {
		if current, ok := s.vpnGateways.get(g.ID); ok && current.Status == s2s_vpn.VpnGatewayStatusProvisioning {
			current.Status, current.UpdatedAt = s2s_vpn.VpnGatewayStatusActive, s.timestamp()
		}
	})
	return g, nil
}

// newVPNGateway checks a request and returns the VPN gateway for it, without addresses.
func (s *Server) newVPNGateway(c *call, req *s2s_vpn.CreateVpnGatewayRequest) (*vpnGateway, error) {
	offer, zone := "", scw.Zone("")
	for _, known := range vpnGatewayTypes(c.region()) {
		if known.Name == strings.ToUpper(req.GatewayType) {
			offer, zone = known.Name, scw.Zone(known.Zones[0])
		}
	}
	if offer == "" {
		return nil, errInvalid("gateway_type", "constraint", "unknown gateway type "+req.GatewayType)
	}
	if req.Zone != nil && *req.Zone != "" {
		zone = *req.Zone
	}
	if !strings.HasPrefix(string(zone), string(c.region())+"-") {
		return nil, errInvalid("zone", "constraint", string(zone)+" is not a zone of "+string(c.region()))
	}
	network, ok := s.privateNetworks.get(req.PrivateNetworkID)
	if !ok || network.Region != c.region() {
		return nil, errNotFound("private_network", req.PrivateNetworkID)
	}
	projectID := c.projectID(&req.ProjectID)
	if projectID != network.ProjectID {
		return nil, errInvalid("project_id", "constraint", "the Private Network belongs to another Project")
	}
	now := s.timestamp()
	return &vpnGateway{VpnGateway: s2s_vpn.VpnGateway{
		ID: uuid.NewString(), Name: cmp.Or(req.Name, generatedName("vpn-gateway")), OrganizationID: OrganizationID,
		ProjectID: projectID, Tags: nonNilSlice(req.Tags), CreatedAt: now, UpdatedAt: now,
		Status: s2s_vpn.VpnGatewayStatusProvisioning, GatewayType: offer, PrivateNetworkID: network.ID,
		Asn: vpnGatewayASN, ConnectionIDs: []string{}, Zone: zone, Region: c.region(),
	}}, nil
}

func (s *Server) updateVPNGateway(c *call, g *vpnGateway) (any, error) {
	var req s2s_vpn.UpdateVpnGatewayRequest
	if err := c.decode(&req); err != nil {
		return nil, err
	}
	setIfPresent(&g.Name, req.Name)
	setListIfPresent(&g.Tags, req.Tags)
	g.UpdatedAt = s.timestamp()
	return g, nil
}

func (s *Server) deleteVPNGateway(c *call, g *vpnGateway) (any, error) {
	if _, err := s.findStableVPNGateway(c, g.ID); err != nil {
		return nil, err
	}
	if len(g.ConnectionIDs) > 0 {
		return nil, errInUse("the VPN gateway has connections") // [INFERRED vpn-in-use]
	}
	g.Status, g.UpdatedAt = s2s_vpn.VpnGatewayStatusDeprovisioning, s.timestamp()
	s.after(vpnGatewayDeleteDuration, func() {
		if current, ok := s.vpnGateways.get(g.ID); ok &&
			current.Status == s2s_vpn.VpnGatewayStatusDeprovisioning {
			s.vpnGateways.remove(g.ID)
			s.releaseIPs(g.ID)
		}
	})
	return g, nil
}
