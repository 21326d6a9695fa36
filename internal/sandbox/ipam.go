package sandbox

import (
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/scaleway/scaleway-sdk-go/api/ipam/v1"
	"github.com/scaleway/scaleway-sdk-go/api/vpc/v2"
	"github.com/scaleway/scaleway-sdk-go/scw"
)

// ipamIP is an IP of IPAM, booked by a user or for a resource.
type ipamIP struct {
	ipam.IP

	reserved   bool // by a user: the IP is kept when the resource that it is attached to is deleted
	attachedAt *time.Time
}

func (s *Server) routeIPAM() {
	const base = "/ipam/v1/regions/{region}"
	s.route("GET "+base+"/ips", areaIPAM, s.listIPs)
	s.route("POST "+base+"/ips", areaIPAM, s.createIP)
	s.route("GET "+base+"/ips/{id}", areaIPAM, s.getIP)
	s.route("PATCH "+base+"/ips/{id}", areaIPAM, s.updateIP)
	s.route("DELETE "+base+"/ips/{id}", areaIPAM, s.deleteIP)
	s.routeCustomResources(base)
}

func (s *Server) listIPs(c *call) (any, error) {
	f := c.filters()
	found := s.ips.list(func(ip *ipamIP) bool {
		network, subnet := s.subnetOf(ip)
		return ip.Region == c.region() && f.matches(
			"project_id", ip.ProjectID,
		) && f.hasTag(ip.Tags) && f.matches("ip_ids", ip.ID) &&
			f.matchesBool("is_ipv6", ip.IsIPv6) && matchesIPSource(f, ip, network, subnet) &&
			matchesIPResource(f, ip.Resource)
	})
	page, total := paginate(c, sortItemsWith(c, found, "created_at_desc", func(ip *ipamIP) sortKey {
		return sortKey{created: ip.CreatedAt, updated: ip.UpdatedAt}
	}, map[string]func(a, b *ipamIP) int{
		"attached_at": func(a, b *ipamIP) int { return compareTimes(a.attachedAt, b.attachedAt) },
		"ip_address":  func(a, b *ipamIP) int { return compareRanges(a.Address, b.Address) },
		"mac_address": func(a, b *ipamIP) int { return strings.Compare(a.mac(), b.mac()) },
	}))
	return map[string]any{"ips": page, "total_count": total}, nil
}

// mac returns the MAC address of the resource that the IP is attached to.
func (ip *ipamIP) mac() string {
	if ip.Resource == nil {
		return ""
	}
	return deref(ip.Resource.MacAddress)
}

// matchesIPSource reports whether an IP matches the filters on its source. The public IPs of VPN gateways are zonal;
// all other IPs are private.
func matchesIPSource(f filters, ip *ipamIP, network *privateNetwork, subnet *vpc.Subnet) bool {
	matchesNetwork := func(name string, field func() string) bool {
		if len(f.values(name)) == 0 {
			return true
		}
		return network != nil && f.matches(name, field())
	}
	zone := ""
	if ip.Zone != nil {
		zone = ip.Zone.String()
	}
	return matchesNetwork(
		"private_network_id", func() string { return network.ID },
	) && matchesNetwork("subnet_id", func() string { return subnet.ID }) &&
		matchesNetwork(
			"vpc_id",
			func() string { return network.VpcID },
		) && matchesNetwork("source_vpc_id", func() string { return network.VpcID }) &&
		f.matches("organization_id", OrganizationID) &&
		f.matches("zonal", zone) && f.matchesBool("regional", ip.Source.Regional != nil)
}

// matchesIPResource reports whether the resource of an IP matches the filters. A nil resource means that the IP is not
// attached.
func matchesIPResource(f filters, resource *ipam.Resource) bool {
	attached := ipam.Resource{}
	if resource != nil {
		attached = *resource
	}
	var name, mac string
	if attached.Name != nil {
		name = *attached.Name
	}
	if attached.MacAddress != nil {
		mac = *attached.MacAddress
	}
	matchesType := func(parameter string) bool {
		wanted := slices.DeleteFunc(f.values(parameter), func(value string) bool {
			return value == string(ipam.ResourceTypeUnknownType)
		})
		return len(wanted) == 0 || slices.Contains(wanted, string(attached.Type))
	}
	macs := f.values("mac_address")
	return f.matchesBool(
		"attached", resource != nil,
	) && f.contains("resource_name", name) && f.matches("resource_id", attached.ID) &&
		f.matches("resource_ids", attached.ID) && matchesType("resource_type") &&
		matchesType("resource_types") &&
		(len(macs) == 0 || slices.ContainsFunc(
			macs, func(wanted string) bool { return strings.EqualFold(wanted, mac) },
		))
}

func (s *Server) createIP(c *call) (any, error) {
	var req ipam.BookIPRequest
	if err := c.decode(&req); err != nil {
		return nil, err
	}
	ip, err := s.bookRequestedIP(c, &req)
	if err != nil {
		return nil, err
	}
	ip.Tags, ip.reserved = nonNilTags(req.Tags), true
	if req.Resource != nil {
		if err := s.setCustomResource(ip, req.Resource); err != nil {
			s.ips.remove(ip.ID)
			return nil, err
		}
	}
	return ip, nil
}

// bookRequestedIP books the IP of a request: a public one in a zone, or a private one in a subnet.
func (s *Server) bookRequestedIP(c *call, req *ipam.BookIPRequest) (*ipamIP, error) {
	if source := req.Source; source != nil && nonEmpty(source.Zonal) != nil {
		if !strings.HasPrefix(*source.Zonal, string(c.region())+"-") {
			return nil, errInvalid("source.zonal", "constraint", *source.Zonal+" is not a zone of the region")
		}
		return s.bookPublicIP(c.projectID(&req.ProjectID), scw.Zone(*source.Zonal), req.IsIPv6), nil
	}
	if req.Source == nil || nonEmpty(req.Source.PrivateNetworkID) == nil && nonEmpty(req.Source.SubnetID) == nil {
		return nil, errInvalid("source", "constraint", "the sandbox books addresses of a private_network_id, a "+
			"subnet_id or a zone")
	}
	network, err := s.findSourceNetwork(c, req.Source)
	if err != nil {
		return nil, err
	}
	if projectID := c.projectID(&req.ProjectID); projectID != network.ProjectID {
		return nil, errInvalid("project_id", "constraint", "the Private Network belongs to another Project")
	}
	var address net.IP
	if req.Address != nil {
		address = *req.Address
	}
	return s.bookIP(network, req.IsIPv6, address)
}

// findSourceNetwork returns the Private Network of a source.
func (s *Server) findSourceNetwork(c *call, source *ipam.Source) (*privateNetwork, error) {
	for _, network := range s.privateNetworks.list(nil) {
		byNetwork := source.PrivateNetworkID != nil && *source.PrivateNetworkID == network.ID
		bySubnet := source.SubnetID != nil && slices.ContainsFunc(network.Subnets, func(subnet *vpc.Subnet) bool {
			return subnet.ID == *source.SubnetID
		})
		if network.Region == c.region() && (byNetwork || bySubnet) {
			return network, nil
		}
	}
	if nonEmpty(source.PrivateNetworkID) != nil {
		return nil, errNotFound("private_network", *source.PrivateNetworkID)
	}
	return nil, errNotFound("subnet", *source.SubnetID)
}

// bookIP books an IP of a Private Network: the requested address, or else the first free IPv4 address after the first
// host address, or a random IPv6 address. To book it for a resource, the caller attaches it with attachIP.
func (s *Server) bookIP(network *privateNetwork, isIPv6 bool, address net.IP) (*ipamIP, error) {
	var subnet *vpc.Subnet
	for _, candidate := range network.Subnets {
		if (candidate.Subnet.IP.To4() == nil) == isIPv6 {
			subnet = candidate
		}
	}
	if subnet == nil {
		return nil, errInvalid("is_ipv6", "constraint", "the Private Network has no subnet of that family")
	}
	prefix, err := toPrefix(subnet.Subnet)
	if err != nil {
		return nil, err
	}
	addr, err := s.pickAddress(subnet.ID, prefix, address)
	if err != nil {
		return nil, err
	}
	now := s.timestamp()
	ip := &ipamIP{IP: ipam.IP{
		ID: uuid.NewString(), Address: fromPrefix(netip.PrefixFrom(addr, prefix.Bits())), ProjectID: network.ProjectID,
		IsIPv6: isIPv6, CreatedAt: now, UpdatedAt: now, Source: &ipam.Source{SubnetID: &subnet.ID}, Tags: []string{},
		Reverses: []*ipam.Reverse{}, Region: network.Region,
	}}
	s.ips.put(ip.ID, ip)
	return ip, nil
}

// pickAddress returns the requested address if it is free, or else a free address of the subnet.
func (s *Server) pickAddress(subnetID string, prefix netip.Prefix, address net.IP) (netip.Addr, error) {
	used := map[netip.Addr]bool{}
	for _, ip := range s.ips.list(nil) {
		if addr, ok := netip.AddrFromSlice(ip.Address.IP); ok && ip.Source.SubnetID != nil &&
			*ip.Source.SubnetID == subnetID {
			used[addr.Unmap()] = true
		}
	}
	if address != nil {
		addr, ok := netip.AddrFromSlice(address)
		if addr = addr.Unmap(); !ok || !prefix.Contains(addr) {
			return addr, errInvalid("address", "constraint", fmt.Sprintf("%s is not in the subnet %s", address, prefix))
		}
		if used[addr] {
			return addr, errInvalid("address", "constraint", fmt.Sprintf("%s is already reserved", address))
		}
		return addr, nil
	}
	if prefix.Addr().Is6() {
		raw, random := prefix.Addr().As16(), uuid.New()
		copy(raw[8:], random[8:])
		return netip.AddrFrom16(raw), nil
	}
	for addr := prefix.Addr().Next().Next(); prefix.Contains(addr); addr = addr.Next() {
		if !used[addr] && prefix.Contains(addr.Next()) {
			return addr, nil
		}
	}
	return netip.Addr{}, errPrecondition("unknown_precondition", "the subnet "+prefix.String()+" has no free address")
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
	var req ipam.UpdateIPRequest
	if err := c.decode(&req); err != nil {
		return nil, err
	}
	if req.Tags != nil {
		ip.Tags = nonNilTags(*req.Tags)
	}
	if req.Reverses != nil {
		ip.Reverses = req.Reverses
	}
	ip.UpdatedAt = s.timestamp()
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

// attachIP attaches an IP to a resource.
func (s *Server) attachIP(ip *ipamIP, kind ipam.ResourceType, id, name string, mac *string) {
	ip.Resource = &ipam.Resource{Type: kind, ID: id, Name: scw.StringPtr(name), MacAddress: mac}
	now := s.timestamp()
	ip.UpdatedAt, ip.attachedAt = now, now
}

// releaseIPs detaches the IPs of a deleted resource, and deletes those that no user booked.
func (s *Server) releaseIPs(resourceID string) {
	for _, ip := range s.ips.list(func(ip *ipamIP) bool { return ip.Resource != nil && ip.Resource.ID == resourceID }) {
		s.releaseIP(ip)
	}
}

// releaseIP detaches an IP, and deletes it unless a user booked it.
func (s *Server) releaseIP(ip *ipamIP) {
	if ip.Resource = nil; !ip.reserved {
		s.ips.remove(ip.ID)
	}
}

// subnetOf returns the Private Network and the subnet of an IP, or nil if they were deleted.
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

func (s *Server) isInPrivateNetwork(ip *ipamIP, id string) bool {
	network, _ := s.subnetOf(ip)
	return network != nil && network.ID == id
}

// countBookedIPs returns the number of IPs booked in a subnet.
func (s *Server) countBookedIPs(subnetID string) int {
	return len(
		s.ips.list(func(ip *ipamIP) bool { return ip.Source.SubnetID != nil && *ip.Source.SubnetID == subnetID }),
	)
}

// newMAC returns a random MAC address in IPAM's format.
func newMAC() string {
	random := uuid.New()
	return fmt.Sprintf("02:00:00:%02X:%02X:%02X", random[0], random[1], random[2])
}
