package sandbox

import (
	"cmp"
	"net"
	"net/netip"
	"slices"

	"github.com/google/uuid"
	"github.com/scaleway/scaleway-sdk-go/api/ipam/v1"
	"github.com/scaleway/scaleway-sdk-go/api/vpc/v2"
	"github.com/scaleway/scaleway-sdk-go/scw"
)

// vpcRoute is a custom route of a VPC. The other routes are computed: those of subnets, and the default routes that
// Public Gateways advertise.
type vpcRoute struct {
	vpc.Route
}

func (s *Server) routeVPCRoutes(base string) {
	s.route("GET "+base+"/routes-with-nexthop", areaVPC, s.listRoutesWithNexthop)
	s.route("POST "+base+"/routes", areaVPC, s.createVPCRoute)
	s.route("GET "+base+"/routes/{id}", areaVPC, func(c *call) (any, error) { return s.findVPCRoute(c) })
	s.route("PATCH "+base+"/routes/{id}", areaVPC, s.updateVPCRoute)
	s.route("DELETE "+base+"/routes/{id}", areaVPC, s.deleteVPCRoute)
}

// findVPCRoute returns the route in the path. As recorded, the error for an unknown one does not contain its id.
func (s *Server) findVPCRoute(c *call) (*vpcRoute, error) {
	id := c.PathValue("id")
	for _, r := range slices.Concat(s.vpcRoutes.list(nil), s.defaultRoutes()) {
		if r.ID == id && r.Region == c.region() {
			return r, nil
		}
	}
	return nil, errNotFound("unknown", "")
}

func (s *Server) createVPCRoute(c *call) (any, error) {
	var req vpc.CreateRouteRequest
	if err := c.decode(&req); err != nil {
		return nil, err
	}
	v, ok := s.vpcs.get(req.VpcID)
	if !ok || v.Region != c.region() {
		return nil, errNotFound("vpc", req.VpcID)
	}
	now, custom := s.timestamp(), vpc.RouteTypeCustom
	r := &vpcRoute{Route: vpc.Route{
		ID: uuid.NewString(), Description: req.Description, Tags: nonNilSlice(req.Tags), VpcID: v.ID, CreatedAt: now,
		UpdatedAt: now, Type: &custom, Region: v.Region, Destination: req.Destination,
	}}
	err := s.setNexthop(r, req.NexthopResourceID, req.NexthopPrivateNetworkID, req.NexthopVpcConnectorID)
	if err != nil {
		return nil, err
	}
	if _, err := toPrefix(r.Destination); err != nil {
		return nil, errInvalid("destination", "required", "")
	}
	s.vpcRoutes.put(r.ID, r)
	return r, nil
}

// setNexthop sets the next hop of a route: a VPC connector, or a resource in a Private Network.
func (s *Server) setNexthop(r *vpcRoute, resource, networkID, connector *string) error {
	resource, networkID, connector = nonEmpty(resource), nonEmpty(networkID), nonEmpty(connector)
	if (connector == nil) == (resource == nil && networkID == nil) {
		return errInvalid("nexthop_resource_id", "constraint", "set a resource or a VPC connector as the next hop")
	}
	if connector != nil {
		if one, ok := s.vpcConnectors.get(*connector); !ok || one.VpcID != r.VpcID {
			return errNotFound("vpc_connector", *connector)
		}
	}
	if networkID != nil {
		if network, ok := s.privateNetworks.get(*networkID); !ok || network.VpcID != r.VpcID {
			return errNotFound("private_network", *networkID)
		}
	}
	r.NexthopResourceID, r.NexthopPrivateNetworkID, r.NexthopVpcConnectorID = resource, networkID, connector
	return nil
}

func (s *Server) updateVPCRoute(c *call) (any, error) {
	r, err := s.findVPCRoute(c)
	if err != nil {
		return nil, err
	}
	if r.IsReadOnly {
		return nil, errPrecondition("unknown_precondition", "the route is read-only")
	}
	var req vpc.UpdateRouteRequest
	if err := c.decode(&req); err != nil {
		return nil, err
	}
	if req.NexthopResourceID != nil || req.NexthopPrivateNetworkID != nil || req.NexthopVpcConnectorID != nil {
		resource, network, connector := req.NexthopResourceID, req.NexthopPrivateNetworkID, req.NexthopVpcConnectorID
		if nonEmpty(connector) == nil {
			resource = cmp.Or(resource, r.NexthopResourceID)
			network = cmp.Or(network, r.NexthopPrivateNetworkID)
		}
		if err := s.setNexthop(r, resource, network, connector); err != nil {
			return nil, err
		}
	}
	setIfPresent(&r.Description, req.Description)
	setListIfPresent(&r.Tags, req.Tags)
	setIfPresent(&r.Destination, req.Destination)
	r.UpdatedAt = s.timestamp()
	return r, nil
}

func (s *Server) deleteVPCRoute(c *call) (any, error) {
	r, err := s.findVPCRoute(c)
	if err != nil {
		return nil, err
	}
	if r.IsReadOnly {
		return nil, errPrecondition("unknown_precondition", "the route is read-only")
	}
	s.vpcRoutes.remove(r.ID)
	return noContent{}, nil
}

// removeRoutesTo removes the custom routes and the ingress rules with a next hop in a Private Network that is deleted
// [INFERRED vpc-route-private-network].
func (s *Server) removeRoutesTo(networkID string) {
	for _, r := range s.vpcRoutes.list(nil) {
		if deref(r.NexthopPrivateNetworkID) == networkID {
			s.vpcRoutes.remove(r.ID)
		}
	}
	for _, rule := range s.ingressRules.list(nil) {
		if rule.NexthopPrivateNetworkID == networkID {
			s.ingressRules.remove(rule.ID)
		}
	}
}

// subnetRoutes returns the routes to the subnets of all Private Networks. As recorded, they have no id.
func (s *Server) subnetRoutes() []*vpcRoute {
	found := []*vpcRoute{}
	for _, network := range s.privateNetworks.list(nil) {
		for _, subnet := range network.Subnets {
			kind := vpc.RouteTypeSubnet
			found = append(found, &vpcRoute{Route: vpc.Route{
				Description: "Local Private Network route", Tags: []string{"MANAGED"}, VpcID: network.VpcID,
				Destination: subnet.Subnet, NexthopPrivateNetworkID: &network.ID, CreatedAt: subnet.CreatedAt,
				UpdatedAt: subnet.UpdatedAt, IsReadOnly: true, Type: &kind, Region: network.Region,
			}})
		}
	}
	return found
}

// defaultRoutes returns the default routes that Public Gateways advertise in Private Networks.
func (s *Server) defaultRoutes() []*vpcRoute {
	found := []*vpcRoute{}
	for _, n := range s.gatewayNetworks.list(func(n *gatewayNetwork) bool { return n.PushDefaultRoute }) {
		network, ok := s.privateNetworks.get(n.PrivateNetworkID)
		if !ok {
			continue
		}
		kind := vpc.RouteTypeDefault
		found = append(found, &vpcRoute{Route: vpc.Route{
			ID: uuid.NewSHA1(uuid.NameSpaceOID, []byte(n.ID)).String(), Description: "Default route",
			Tags: []string{}, VpcID: network.VpcID, Destination: allAddresses(false), NexthopResourceID: &n.ID,
			NexthopPrivateNetworkID: &network.ID, CreatedAt: n.CreatedAt, UpdatedAt: n.CreatedAt, IsReadOnly: true,
			Type: &kind, Region: network.Region,
		}})
	}
	return found
}

// withNexthop returns a route with what is known of its next hop: the type and the name, and for a resource with an
// address in the Private Network also the address.
func (s *Server) withNexthop(r *vpcRoute) *vpc.RouteWithNexthop {
	found := &vpc.RouteWithNexthop{Route: &r.Route, NexthopResourceType: vpc.RouteWithNexthopResourceTypeUnknownType}
	if r.NexthopResourceID == nil {
		return found
	}
	for _, ip := range s.ips.list(nil) {
		if ip.Resource == nil || ip.Resource.ID != *r.NexthopResourceID {
			continue
		}
		found.NexthopName = ip.Resource.Name
		found.NexthopResourceType = vpc.RouteWithNexthopResourceType(ip.Resource.Type)
		if ip.Resource.Type != ipam.ResourceTypeVpcGatewayNetwork && ip.IsIPv6 == (r.Destination.IP.To4() == nil) {
			// Recordings show no address of a gateway network, and no other next hops [INFERRED vpc-route-nexthop].
			found.NexthopIP = &net.IP{}
			*found.NexthopIP = ip.Address.IP
		}
	}
	return found
}

func (s *Server) listRoutesWithNexthop(c *call) (any, error) {
	f, query := c.filters(), c.URL.Query()
	within, err := parseRange("contains", query.Get("contains"))
	if err != nil {
		return nil, err
	}
	found := []*vpc.RouteWithNexthop{}
	for _, r := range slices.Concat(s.subnetRoutes(), s.defaultRoutes(), s.vpcRoutes.list(nil)) {
		known := s.withNexthop(r)
		destination, err := toPrefix(r.Destination)
		if err != nil || r.Region != c.region() || !f.matches("vpc_id", r.VpcID) ||
			!f.matches("nexthop_resource_id", deref(r.NexthopResourceID)) ||
			!f.matches("nexthop_private_network_id", deref(r.NexthopPrivateNetworkID)) ||
			!f.matches("nexthop_vpc_connector_id", deref(r.NexthopVpcConnectorID)) || !f.hasTag(r.Tags) ||
			!f.matchesBool("is_ipv6", destination.Addr().Is6()) ||
			!f.matchesType("nexthop_resource_type", string(known.NexthopResourceType)) ||
			within.IsValid() && (!within.Contains(destination.Addr()) || destination.Bits() < within.Bits()) {
			continue
		}
		found = append(found, known)
	}
	page, total := paginate(c, sortItemsWith(c, found, "created_at_asc",
		func(r *vpc.RouteWithNexthop) sortKey { return sortKey{created: r.Route.CreatedAt} },
		map[string]func(a, b *vpc.RouteWithNexthop) int{
			"destination": func(a, b *vpc.RouteWithNexthop) int {
				return compareRanges(a.Route.Destination, b.Route.Destination)
			},
			"prefix_len": func(a, b *vpc.RouteWithNexthop) int {
				return compareLengths(a.Route.Destination, b.Route.Destination)
			},
		}))
	return map[string]any{"routes": page, "total_count": total}, nil
}

// parseRange parses the address range of a query parameter. An absent one is invalid, without an error.
func parseRange(name, text string) (netip.Prefix, error) {
	if text == "" {
		return netip.Prefix{}, nil
	}
	prefix, err := netip.ParsePrefix(text)
	if err != nil {
		return prefix, errInvalid(name, "format", text+" is not an address range")
	}
	return prefix.Masked(), nil
}

func compareRanges(a, b scw.IPNet) int {
	first, _ := toPrefix(a)
	second, _ := toPrefix(b)
	return first.Addr().Compare(second.Addr())
}

func compareLengths(a, b scw.IPNet) int {
	first, _ := a.Mask.Size()
	second, _ := b.Mask.Size()
	return cmp.Compare(first, second)
}
