package sandbox

import (
	"cmp"
	"net"

	"github.com/google/uuid"
	"github.com/scaleway/scaleway-sdk-go/api/s2s_vpn/v1alpha1"
	"github.com/scaleway/scaleway-sdk-go/scw"
)

// customerGateway describes the device at the user's end of IPsec tunnels. Every response fills in the ids of its
// connections.
type customerGateway struct {
	s2s_vpn.CustomerGateway

	Srn string `json:"srn,omitempty"` // not in recordings
}

func (s *Server) routeCustomerGateways(base string) {
	base += "/customer-gateways"
	s.route("GET "+base, areaVPN, s.listCustomerGateways)
	s.route("POST "+base, areaVPN, s.createCustomerGateway)
	s.route("GET "+base+"/{id}", areaVPN, s.withCustomerGateway(
		func(_ *call, g *customerGateway) (any, error) { return g, nil },
	))
	s.route("PATCH "+base+"/{id}", areaVPN, s.withCustomerGateway(s.updateCustomerGateway))
	s.route("DELETE "+base+"/{id}", areaVPN, s.withCustomerGateway(
		func(_ *call, g *customerGateway) (any, error) {
			if len(g.ConnectionIDs) > 0 {
				return nil, errInUse("the customer gateway has connections") // [INFERRED vpn-in-use]
			}
			s.customerGateways.remove(g.ID)
			return noContent{}, nil
		},
	))
}

func (s *Server) findCustomerGateway(c *call, id string) (*customerGateway, error) {
	g, ok := s.customerGateways.get(id)
	if !ok || g.Region != c.region() {
		return nil, errNotFound("customer_gateway", id)
	}
	return s.withCustomerConnectionIDs(g), nil
}

func (s *Server) withCustomerGateway(handle func(*call, *customerGateway) (any, error)) handler {
	return func(c *call) (any, error) {
		g, err := s.findCustomerGateway(c, c.PathValue("id"))
		if err != nil {
			return nil, err
		}
		return handle(c, g)
	}
}

func (s *Server) withCustomerConnectionIDs(g *customerGateway) *customerGateway {
	g.ConnectionIDs = s.vpnConnectionIDs(func(one *vpnConnection) bool { return one.CustomerGatewayID == g.ID })
	return g
}

// refreshVPN fills in the ids of the connections of every VPN gateway and customer gateway.
func (s *Server) refreshVPN() {
	for _, g := range s.vpnGateways.list(nil) {
		s.withConnectionIDs(g)
	}
	for _, g := range s.customerGateways.list(nil) {
		s.withCustomerConnectionIDs(g)
	}
}

func (s *Server) listCustomerGateways(c *call) (any, error) {
	f := c.filters()
	found := s.customerGateways.list(func(g *customerGateway) bool {
		s.withCustomerConnectionIDs(g)
		return g.Region == c.region() && f.matches("project_id", g.ProjectID) &&
			f.matches("organization_id", g.OrganizationID) && f.contains("name", g.Name) && f.hasTag(g.Tags)
	})
	page, total := paginate(c, sortItems(c, found, "created_at_asc", func(g *customerGateway) sortKey {
		return sortKey{created: g.CreatedAt, updated: g.UpdatedAt, name: g.Name}
	}))
	return map[string]any{"gateways": page, "total_count": total}, nil
}

func (s *Server) createCustomerGateway(c *call) (any, error) {
	var req s2s_vpn.CreateCustomerGatewayRequest
	if err := c.decode(&req); err != nil {
		return nil, err
	}
	projectID := c.projectID(&req.ProjectID)
	if _, ok := s.projects.get(projectID); !ok {
		return nil, errNotFound("project_id", projectID)
	}
	if publicIP(req.IPv4Public) == nil && publicIP(req.IPv6Public) == nil {
		return nil, errInvalid("ipv4_public", "required", "a customer gateway needs a public IP")
	}
	if req.Asn == 0 {
		return nil, errInvalid("asn", "required", "")
	}
	now := s.timestamp()
	g := &customerGateway{CustomerGateway: s2s_vpn.CustomerGateway{
		ID: uuid.NewString(), ProjectID: projectID, OrganizationID: OrganizationID, CreatedAt: now, UpdatedAt: now,
		Name: cmp.Or(req.Name, generatedName("customer-gateway")), Tags: nonNilSlice(req.Tags), Asn: req.Asn,
		PublicIPv4: publicIP(req.IPv4Public), PublicIPv6: publicIP(req.IPv6Public), ConnectionIDs: []string{},
		Region: c.region(),
	}}
	s.customerGateways.put(g.ID, g)
	return g, nil
}

// publicIP returns the address of a request, whose type in the SDK is a network, or nil without one.
func publicIP(requested *scw.IPNet) *net.IP {
	if requested == nil || requested.IP == nil {
		return nil
	}
	return &requested.IP
}

func (s *Server) updateCustomerGateway(c *call, g *customerGateway) (any, error) {
	var req s2s_vpn.UpdateCustomerGatewayRequest
	if err := c.decode(&req); err != nil {
		return nil, err
	}
	setIfPresent(&g.Name, req.Name)
	setListIfPresent(&g.Tags, req.Tags)
	setIfPresent(&g.Asn, req.Asn)
	g.PublicIPv4 = cmp.Or(publicIP(req.IPv4Public), g.PublicIPv4)
	g.PublicIPv6 = cmp.Or(publicIP(req.IPv6Public), g.PublicIPv6)
	g.UpdatedAt = s.timestamp()
	return g, nil
}
