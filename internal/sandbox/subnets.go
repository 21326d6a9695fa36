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

// newSubnet is a subnet of a Private Network, not yet among its subnets.
func (s *Server) newSubnet(network *privateNetwork, block scw.IPNet) *vpc.Subnet {
	now := s.stamp()
	return &vpc.Subnet{
		ID: uuid.NewString(), Subnet: block, ProjectID: network.ProjectID, PrivateNetworkID: network.ID,
		VpcID: network.VpcID, Region: network.Region, CreatedAt: now, UpdatedAt: now,
	}
}

// blocks are the address ranges of a new Private Network: those asked for, and an automatic one of each family that is
// not: a /22 of 172.16.0.0/12 and a /64 of the Organization's unique local prefix.
func (s *Server) blocks(vpcID string, asked []scw.IPNet) ([]scw.IPNet, error) {
	var four, six []scw.IPNet
	for _, block := range asked {
		prefix, err := toPrefix(block)
		if err != nil {
			return nil, errInvalid("subnets", "format", err.Error())
		}
		if err := s.free(vpcID, prefix); err != nil {
			return nil, err
		}
		if prefix.Addr().Is4() {
			four = append(four, block)
		} else {
			six = append(six, block)
		}
	}
	if len(four) > 1 || len(six) > 1 {
		return nil, errInvalid("subnets", "constraint", "a Private Network has at most one IPv4 and one IPv6 subnet")
	}
	if len(four) == 0 {
		four = []scw.IPNet{s.automatic(vpcID, netip.MustParsePrefix("172.16.0.0/22"), 1024)}
	}
	if len(six) == 0 {
		six = []scw.IPNet{s.automatic(vpcID, netip.MustParsePrefix("fd5f:519c:6d46::/64"), 1<<16)}
	}
	return slices.Concat(four, six), nil
}

// free refuses a range that overlaps a subnet of the same VPC.
func (s *Server) free(vpcID string, prefix netip.Prefix) error {
	for _, network := range s.privateNetworks.list(nil) {
		for _, subnet := range network.Subnets {
			taken, err := toPrefix(subnet.Subnet)
			if network.VpcID == vpcID && err == nil && taken.Overlaps(prefix) {
				return errInvalid("subnets", "constraint",
					fmt.Sprintf("%s overlaps %s of Private Network %s in the same VPC", prefix, taken, network.ID))
			}
		}
	}
	return nil
}

// automatic is the first range like start, of at most count that follow each other, which is free in the VPC.
func (s *Server) automatic(vpcID string, start netip.Prefix, count uint32) scw.IPNet {
	raw := start.Addr().AsSlice()
	// The bits that number the ranges end where the prefix does.
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
			// Spread, so that two Private Networks do not have neighbouring ranges, as recorded.
			binary.BigEndian.PutUint16(candidate[low:], uint16(n*40503+0x1eae))
		}
		addr, _ := netip.AddrFromSlice(candidate)
		if prefix := netip.PrefixFrom(addr, start.Bits()); s.free(vpcID, prefix) == nil {
			return fromPrefix(prefix)
		}
	}
	return fromPrefix(start)
}

func toPrefix(block scw.IPNet) (netip.Prefix, error) {
	addr, ok := netip.AddrFromSlice(block.IP)
	ones, size := block.Mask.Size()
	if !ok || size == 0 {
		return netip.Prefix{}, fmt.Errorf("%q is no address range", block.String())
	}
	return netip.PrefixFrom(addr.Unmap(), ones).Masked(), nil
}

func fromPrefix(prefix netip.Prefix) scw.IPNet {
	addr := prefix.Addr()
	return scw.IPNet{IPNet: net.IPNet{IP: addr.AsSlice(), Mask: net.CIDRMask(prefix.Bits(), addr.BitLen())}}
}

// subnetsRequest is the body of adding and deleting subnets, which version 1.39 of the SDK no longer has.
type subnetsRequest struct {
	Subnets []scw.IPNet `json:"subnets"`
}

func (s *Server) addSubnets(c *call) (any, error) {
	network, err := s.findPrivateNetwork(c)
	if err != nil {
		return nil, err
	}
	var asked subnetsRequest
	if err := c.decode(&asked); err != nil {
		return nil, err
	}
	for _, block := range asked.Subnets {
		prefix, err := toPrefix(block)
		if err != nil {
			return nil, errInvalid("subnets", "format", err.Error())
		}
		if err := s.free(network.VpcID, prefix); err != nil {
			return nil, err
		}
		network.Subnets = append(network.Subnets, s.newSubnet(network, block))
	}
	network.UpdatedAt = s.stamp()
	return asked, nil
}

func (s *Server) deleteSubnets(c *call) (any, error) {
	network, err := s.findPrivateNetwork(c)
	if err != nil {
		return nil, err
	}
	var asked subnetsRequest
	if err := c.decode(&asked); err != nil {
		return nil, err
	}
	for _, block := range asked.Subnets {
		at := slices.IndexFunc(network.Subnets, func(held *vpc.Subnet) bool { return held.Subnet.String() == block.String() })
		if at < 0 {
			return nil, errNotFound("subnet", block.String())
		}
		if s.booked(network.Subnets[at].ID) > 0 {
			return nil, errInUse("the subnet " + block.String() + " still has addresses in use")
		}
		network.Subnets = slices.Delete(network.Subnets, at, at+1)
	}
	network.UpdatedAt = s.stamp()
	return asked, nil
}

func (s *Server) listSubnets(c *call) (any, error) {
	f := c.filters()
	found := []*vpc.Subnet{}
	for _, network := range s.privateNetworks.list(nil) {
		for _, subnet := range network.Subnets {
			if subnet.Region == c.region() && f.is("project_id", subnet.ProjectID) && f.is("subnet_ids", subnet.ID) &&
				f.is("organization_id", network.OrganizationID) && f.is("vpc_id", subnet.VpcID) {
				found = append(found, subnet)
			}
		}
	}
	page, total := paged(c, ordered(c, found, "created_at_asc", func(subnet *vpc.Subnet) sortable {
		return sortable{created: subnet.CreatedAt, updated: subnet.UpdatedAt}
	}))
	return map[string]any{"subnets": page, "total_count": total}, nil
}
