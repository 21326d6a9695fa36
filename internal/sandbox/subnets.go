package sandbox

import (
	"encoding/binary"
	"fmt"
	"net"
	"net/netip"
	"slices"

	"github.com/google/uuid"
	"github.com/scaleway/scaleway-sdk-go/api/vpc/v2"
	"github.com/scaleway/scaleway-sdk-go/scw"
)

// newSubnet returns a subnet for a Private Network. The caller adds it to the Private Network.
func (s *Server) newSubnet(network *privateNetwork, block scw.IPNet) *vpc.Subnet {
	now := s.timestamp()
	return &vpc.Subnet{
		ID: uuid.NewString(), Subnet: block, ProjectID: network.ProjectID, PrivateNetworkID: network.ID,
		VpcID: network.VpcID, Region: network.Region, CreatedAt: now, UpdatedAt: now,
	}
}

// anyVPC is the id to check a range against the subnets of all VPCs.
const anyVPC = ""

// chooseSubnets returns the address ranges of a new Private Network: the requested ones, and for an address family
// without a requested one a free range: a /22 of 172.16.0.0/12, or a /64 of the Organization's unique local prefix. As
// recorded, no two VPCs have the same /64.
func (s *Server) chooseSubnets(vpcID string, requested []scw.IPNet) ([]scw.IPNet, error) {
	var ipv4, ipv6 []scw.IPNet
	for _, block := range requested {
		prefix, err := toPrefix(block)
		if err != nil {
			return nil, errInvalid("subnets", "format", err.Error())
		}
		if err := s.checkNoOverlap(vpcID, prefix); err != nil {
			return nil, err
		}
		if prefix.Addr().Is4() {
			ipv4 = append(ipv4, block)
		} else {
			ipv6 = append(ipv6, block)
		}
	}
	if len(ipv4) > 1 || len(ipv6) > 1 {
		return nil, errInvalid("subnets", "constraint", "a Private Network has at most one IPv4 and one IPv6 subnet")
	}
	if len(ipv4) == 0 {
		ipv4 = []scw.IPNet{s.firstFreeRange(vpcID, netip.MustParsePrefix("172.16.0.0/22"), 1024)}
	}
	if len(ipv6) == 0 {
		ipv6 = []scw.IPNet{s.firstFreeRange(anyVPC, netip.MustParsePrefix("fd5f:519c:6d46::/64"), 1<<16)}
	}
	return slices.Concat(ipv4, ipv6), nil
}

// usedRange is the range of a subnet.
type usedRange struct {
	netip.Prefix

	networkID string
}

// usedRanges returns the ranges of the subnets of a VPC.
func (s *Server) usedRanges(vpcID string) []usedRange {
	var used []usedRange
	for _, network := range s.privateNetworks.list(nil) {
		if vpcID != anyVPC && network.VpcID != vpcID {
			continue
		}
		for _, subnet := range network.Subnets {
			if prefix, err := toPrefix(subnet.Subnet); err == nil {
				used = append(used, usedRange{prefix, network.ID})
			}
		}
	}
	return used
}

// checkNoOverlap returns an error if a range overlaps a subnet of the same VPC.
func (s *Server) checkNoOverlap(vpcID string, prefix netip.Prefix) error {
	for _, used := range s.usedRanges(vpcID) {
		if used.Overlaps(prefix) {
			return errInvalid("subnets", "constraint",
				fmt.Sprintf("%s overlaps %s of Private Network %s in the same VPC", prefix, used, used.networkID))
		}
	}
	return nil
}

// firstFreeRange returns the first range that is free in the VPC, of count ranges of the size of start. If none is
// free, it returns start.
func (s *Server) firstFreeRange(vpcID string, start netip.Prefix, count uint32) scw.IPNet {
	raw, used := start.Addr().AsSlice(), s.usedRanges(vpcID)
	// The number of a range is in the last bits of the prefix.
	low := start.Bits()/8 - 2
	shift := uint32(0)
	if start.Addr().Is4() {
		low, shift = 0, uint32(32-start.Bits())
	}
	for n := range count {
		candidate := slices.Clone(raw)
		if start.Addr().Is4() {
			binary.BigEndian.PutUint32(candidate, binary.BigEndian.Uint32(raw)+n<<shift)
		} else {
			// As recorded, the ranges of two Private Networks are not adjacent.
			binary.BigEndian.PutUint16(candidate[low:], uint16(n*40503+0x1eae))
		}
		addr, _ := netip.AddrFromSlice(candidate)
		prefix := netip.PrefixFrom(addr, start.Bits())
		if !slices.ContainsFunc(used, func(existing usedRange) bool { return existing.Overlaps(prefix) }) {
			return fromPrefix(prefix)
		}
	}
	return fromPrefix(start)
}

func toPrefix(block scw.IPNet) (netip.Prefix, error) {
	addr, ok := netip.AddrFromSlice(block.IP)
	ones, size := block.Mask.Size()
	if !ok || size == 0 {
		return netip.Prefix{}, fmt.Errorf("%q is not an address range", block.String())
	}
	return netip.PrefixFrom(addr.Unmap(), ones).Masked(), nil
}

func fromPrefix(prefix netip.Prefix) scw.IPNet {
	addr := prefix.Addr()
	return scw.IPNet{IPNet: net.IPNet{IP: addr.AsSlice(), Mask: net.CIDRMask(prefix.Bits(), addr.BitLen())}}
}

// subnetsRequest is the body of the requests to add and to delete subnets, which version 1.39 of the SDK does not have.
type subnetsRequest struct {
	Subnets []scw.IPNet `json:"subnets"`
}

func (s *Server) addSubnets(c *call) (any, error) {
	network, err := s.findPrivateNetwork(c)
	if err != nil {
		return nil, err
	}
	var req subnetsRequest
	if err := c.decode(&req); err != nil {
		return nil, err
	}
	for _, block := range req.Subnets {
		prefix, err := toPrefix(block)
		if err != nil {
			return nil, errInvalid("subnets", "format", err.Error())
		}
		if err := s.checkNoOverlap(network.VpcID, prefix); err != nil {
			return nil, err
		}
		network.Subnets = append(network.Subnets, s.newSubnet(network, block))
	}
	network.UpdatedAt = s.timestamp()
	return req, nil
}

func (s *Server) deleteSubnets(c *call) (any, error) {
	network, err := s.findPrivateNetwork(c)
	if err != nil {
		return nil, err
	}
	var req subnetsRequest
	if err := c.decode(&req); err != nil {
		return nil, err
	}
	for _, block := range req.Subnets {
		index := slices.IndexFunc(
			network.Subnets,
			func(existing *vpc.Subnet) bool { return existing.Subnet.String() == block.String() },
		)
		if index < 0 {
			return nil, errNotFound("subnet", block.String())
		}
		if s.countBookedIPs(network.Subnets[index].ID) > 0 {
			return nil, errInUse("the subnet " + block.String() + " still has addresses in use")
		}
		network.Subnets = slices.Delete(network.Subnets, index, index+1)
	}
	network.UpdatedAt = s.timestamp()
	return req, nil
}

func (s *Server) listSubnets(c *call) (any, error) {
	f := c.filters()
	found := []*vpc.Subnet{}
	for _, network := range s.privateNetworks.list(nil) {
		for _, subnet := range network.Subnets {
			if subnet.Region == c.region() && f.matches(
				"project_id", subnet.ProjectID,
			) && f.matches("subnet_ids", subnet.ID) &&
				f.matches("organization_id", network.OrganizationID) && f.matches("vpc_id", subnet.VpcID) {
				found = append(found, subnet)
			}
		}
	}
	page, total := paginate(c, sortItems(c, found, "created_at_asc", func(subnet *vpc.Subnet) sortKey {
		return sortKey{created: subnet.CreatedAt, updated: subnet.UpdatedAt}
	}))
	return map[string]any{"subnets": page, "total_count": total}, nil
}
