package sandbox

import (
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strings"

	"github.com/google/uuid"
	"github.com/scaleway/scaleway-sdk-go/api/ipam/v1"
	"github.com/scaleway/scaleway-sdk-go/api/vpc/v2"
	"github.com/scaleway/scaleway-sdk-go/scw"
)

// ipamIP is an address that IPAM knows: booked by a user, or held by a resource.
type ipamIP struct {
	ipam.IP

	reserved bool // by a user: it outlives the resource that it is attached to
}

func (s *Server) routeIPAM() {
	const base = "/ipam/v1/regions/{region}"
	s.route("GET "+base+"/ips", areaIPAM, s.listIPs)
	s.route("POST "+base+"/ips", areaIPAM, s.createIP)
	s.route("GET "+base+"/ips/{id}", areaIPAM, s.getIP)
	s.route("PATCH "+base+"/ips/{id}", areaIPAM, s.updateIP)
	s.route("DELETE "+base+"/ips/{id}", areaIPAM, s.deleteIP)
}

func (s *Server) listIPs(c *call) (any, error) {
	f := c.filters()
	found := s.ips.list(func(ip *ipamIP) bool {
		network, subnet := s.subnetOf(ip)
		return ip.Region == c.region() && f.is("project_id", ip.ProjectID) && f.tagged(ip.Tags) && f.is("ip_ids", ip.ID) &&
			f.flag("is_ipv6", ip.IsIPv6) && ipSource(f, ip, network, subnet) && ipResource(f, ip.Resource)
	})
	page, total := paged(c, ordered(c, found, "created_at_desc", func(ip *ipamIP) sortable {
		return sortable{created: ip.CreatedAt, updated: ip.UpdatedAt}
	}))
	return map[string]any{"ips": page, "total_count": total}, nil
}

// ipSource says whether an address passes the filters on where it is from. The sandbox's addresses are all private, so
// that none is zonal or regional.
func ipSource(f filters, ip *ipamIP, network *privateNetwork, subnet *vpc.Subnet) bool {
	of := func(name string, field func() string) bool {
		if len(f.values(name)) == 0 {
			return true
		}
		return network != nil && f.is(name, field())
	}
	zone := ""
	if ip.Zone != nil {
		zone = ip.Zone.String()
	}
	return of(
		"private_network_id", func() string { return network.ID },
	) && of("subnet_id", func() string { return subnet.ID }) &&
		of("vpc_id", func() string { return network.VpcID }) && of("source_vpc_id", func() string { return network.VpcID }) &&
		of("organization_id", func() string { return network.OrganizationID }) &&
		f.is("zonal", zone) && f.flag("regional", network == nil)
}

// ipResource says whether what an address is attached to passes the filters.
func ipResource(f filters, resource *ipam.Resource) bool {
	held := ipam.Resource{}
	if resource != nil {
		held = *resource
	}
	var name, mac string
	if held.Name != nil {
		name = *held.Name
	}
	if held.MacAddress != nil {
		mac = *held.MacAddress
	}
	kind := func(parameter string) bool {
		wanted := slices.DeleteFunc(f.values(parameter), func(value string) bool {
			return value == string(ipam.ResourceTypeUnknownType)
		})
		return len(wanted) == 0 || slices.Contains(wanted, string(held.Type))
	}
	macs := f.values("mac_address")
	return f.flag("attached", resource != nil) && f.contains("resource_name", name) && f.is("resource_id", held.ID) &&
		f.is("resource_ids", held.ID) && kind("resource_type") && kind("resource_types") &&
		(len(macs) == 0 || slices.ContainsFunc(macs, func(wanted string) bool { return strings.EqualFold(wanted, mac) }))
}

func (s *Server) createIP(c *call) (any, error) {
	var asked ipam.BookIPRequest
	if err := c.decode(&asked); err != nil {
		return nil, err
	}
	if asked.Source == nil || asked.Source.PrivateNetworkID == nil && asked.Source.SubnetID == nil {
		return nil, errInvalid("source", "constraint", "the sandbox books addresses of a private_network_id or a subnet_id")
	}
	if asked.Resource != nil {
		return nil, errInvalid("resource", "constraint", "the sandbox has no custom resources")
	}
	network, err := s.bookable(c, asked.Source)
	if err != nil {
		return nil, err
	}
	if projectID := c.projectID(&asked.ProjectID); projectID != network.ProjectID {
		return nil, errInvalid("project_id", "constraint", "the Private Network belongs to another Project")
	}
	var address net.IP
	if asked.Address != nil {
		address = *asked.Address
	}
	ip, err := s.bookIP(network, asked.IsIPv6, address)
	if err != nil {
		return nil, err
	}
	ip.Tags, ip.reserved = tagList(asked.Tags), true
	return ip, nil
}

// bookable is the Private Network that a source names.
func (s *Server) bookable(c *call, source *ipam.Source) (*privateNetwork, error) {
	for _, network := range s.privateNetworks.list(nil) {
		byNetwork := source.PrivateNetworkID != nil && *source.PrivateNetworkID == network.ID
		bySubnet := source.SubnetID != nil && slices.ContainsFunc(network.Subnets, func(subnet *vpc.Subnet) bool {
			return subnet.ID == *source.SubnetID
		})
		if network.Region == c.region() && (byNetwork || bySubnet) {
			return network, nil
		}
	}
	if source.PrivateNetworkID != nil {
		return nil, errNotFound("private_network", *source.PrivateNetworkID)
	}
	return nil, errNotFound("subnet", *source.SubnetID)
}

// bookIP keeps an address of a Private Network: the one asked for, else the first free IPv4 one from the second on, or
// an IPv6 one by chance. The caller that books it for a resource sets the Resource.
func (s *Server) bookIP(network *privateNetwork, six bool, asked net.IP) (*ipamIP, error) {
	var subnet *vpc.Subnet
	for _, held := range network.Subnets {
		if (held.Subnet.IP.To4() == nil) == six {
			subnet = held
		}
	}
	if subnet == nil {
		return nil, errInvalid("is_ipv6", "constraint", "the Private Network has no subnet of that family")
	}
	within, err := toPrefix(subnet.Subnet)
	if err != nil {
		return nil, err
	}
	addr, err := s.pick(subnet.ID, within, asked)
	if err != nil {
		return nil, err
	}
	now := s.stamp()
	ip := &ipamIP{IP: ipam.IP{
		ID: uuid.NewString(), Address: fromPrefix(netip.PrefixFrom(addr, within.Bits())), ProjectID: network.ProjectID,
		IsIPv6: six, CreatedAt: now, UpdatedAt: now, Source: &ipam.Source{SubnetID: &subnet.ID}, Tags: []string{},
		Reverses: []*ipam.Reverse{}, Region: network.Region,
	}}
	s.ips.put(ip.ID, ip)
	return ip, nil
}

func (s *Server) pick(subnetID string, within netip.Prefix, asked net.IP) (netip.Addr, error) {
	taken := map[netip.Addr]bool{}
	for _, ip := range s.ips.list(nil) {
		if addr, ok := netip.AddrFromSlice(ip.Address.IP); ok && ip.Source.SubnetID != nil &&
			*ip.Source.SubnetID == subnetID {
			taken[addr.Unmap()] = true
		}
	}
	if asked != nil {
		addr, ok := netip.AddrFromSlice(asked)
		if addr = addr.Unmap(); !ok || !within.Contains(addr) {
			return addr, errInvalid("address", "constraint", fmt.Sprintf("%s is not in the subnet %s", asked, within))
		}
		if taken[addr] {
			return addr, errInvalid("address", "constraint", fmt.Sprintf("%s is already reserved", asked))
		}
		return addr, nil
	}
	if within.Addr().Is6() {
		raw, chance := within.Addr().As16(), uuid.New()
		copy(raw[8:], chance[8:])
		return netip.AddrFrom16(raw), nil
	}
	for addr := within.Addr().Next().Next(); within.Contains(addr); addr = addr.Next() {
		if !taken[addr] && within.Contains(addr.Next()) {
			return addr, nil
		}
	}
	return netip.Addr{}, errPrecondition("unknown_precondition", "the subnet "+within.String()+" has no free address")
}

func (s *Server) findIP(c *call) (*ipamIP, error) {
	id := c.PathValue("id")
	ip, ok := s.ips.get(id)
	if !ok || ip.Region != c.region() {
		return nil, errNotFound("ip", id)
	}
	return ip, nil
}

func (s *Server) getIP(c *call) (any, error) {
	ip, err := s.findIP(c)
	if err != nil {
		return nil, err
	}
	return ip, nil
}

func (s *Server) updateIP(c *call) (any, error) {
	ip, err := s.findIP(c)
	if err != nil {
		return nil, err
	}
	var asked ipam.UpdateIPRequest
	if err := c.decode(&asked); err != nil {
		return nil, err
	}
	if asked.Tags != nil {
		ip.Tags = tagList(*asked.Tags)
	}
	if asked.Reverses != nil {
		ip.Reverses = asked.Reverses
	}
	ip.UpdatedAt = s.stamp()
	return ip, nil
}

func (s *Server) deleteIP(c *call) (any, error) {
	ip, err := s.findIP(c)
	if err != nil {
		return nil, err
	}
	if ip.Resource != nil {
		return nil, errInUse(fmt.Sprintf("the IP is attached to %s %s", ip.Resource.Type, ip.Resource.ID))
	}
	s.ips.remove(ip.ID)
	return noContent{}, nil
}

// attachIP puts an address on a resource of a kind.
func (s *Server) attachIP(ip *ipamIP, kind ipam.ResourceType, id, name string, mac *string) {
	ip.Resource = &ipam.Resource{Type: kind, ID: id, Name: scw.StringPtr(name), MacAddress: mac}
	ip.UpdatedAt = s.stamp()
}

// releaseIPs takes the addresses off a resource that is gone: those that it booked itself are gone too.
func (s *Server) releaseIPs(resourceID string) {
	for _, ip := range s.ips.list(func(ip *ipamIP) bool { return ip.Resource != nil && ip.Resource.ID == resourceID }) {
		if ip.Resource = nil; !ip.reserved {
			s.ips.remove(ip.ID)
		}
	}
}

// subnetOf are the Private Network and the subnet that an address is of; nil where they are gone.
func (s *Server) subnetOf(ip *ipamIP) (*privateNetwork, *vpc.Subnet) {
	for _, network := range s.privateNetworks.list(nil) {
		for _, subnet := range network.Subnets {
			if ip.Source != nil && ip.Source.SubnetID != nil && *ip.Source.SubnetID == subnet.ID {
				return network, subnet
			}
		}
	}
	return nil, nil
}

func (s *Server) inPrivateNetwork(ip *ipamIP, id string) bool {
	network, _ := s.subnetOf(ip)
	return network != nil && network.ID == id
}

// booked counts the addresses of a subnet.
func (s *Server) booked(subnetID string) int {
	return len(s.ips.list(func(ip *ipamIP) bool { return ip.Source.SubnetID != nil && *ip.Source.SubnetID == subnetID }))
}

// newMAC is an address of a network card, written as IPAM does.
func newMAC() string {
	chance := uuid.New()
	return fmt.Sprintf("02:00:00:%02X:%02X:%02X", chance[0], chance[1], chance[2])
}
