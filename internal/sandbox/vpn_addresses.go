package sandbox

import (
	"github.com/scaleway/scaleway-sdk-go/api/s2s_vpn/v1alpha1"
)

// vpnAddress is a wish for an address of a VPN gateway: the IP with the id, or else a new one.
type vpnAddress struct {
	argument string // of the request, for errors
	id       *string
	isIPv6   bool
}

// privateVPNAddresses returns the IPv4 address and the IPv6 address of a new VPN gateway in its Private Network.
func (s *Server) privateVPNAddresses(g *vpnGateway, req *s2s_vpn.CreateVpnGatewayRequest) ([]*ipamIP, error) {
	network, _ := s.privateNetworks.get(g.PrivateNetworkID)
	return s.vpnAddresses([]vpnAddress{
		{argument: "ipam_private_ipv4_id", id: req.IpamPrivateIPv4ID},
		{argument: "ipam_private_ipv6_id", id: req.IpamPrivateIPv6ID, isIPv6: true},
	}, func(ip *ipamIP) bool { return s.isInPrivateNetwork(ip, network.ID) }, func(isIPv6 bool) (*ipamIP, error) {
		return s.bookIP(network, isIPv6, nil)
	})
}

// publicVPNConfig returns the public addresses that a request asks for: without any configuration, as recorded, an IPv4
// address and an IPv6 address.
func publicVPNConfig(req *s2s_vpn.CreateVpnGatewayRequest) []vpnAddress {
	config := s2s_vpn.CreateVpnGatewayRequestPublicConfig{}
	if tunnel := req.PublicTunnelConfig; tunnel != nil {
		switch {
		case tunnel.SingleIPv4Tunnel != nil:
			return []vpnAddress{{
				argument: "public_tunnel_config.single_ipv4_tunnel.ipam_id", id: tunnel.SingleIPv4Tunnel.IpamID,
			}}
		case tunnel.SingleIPv6Tunnel != nil:
			return []vpnAddress{{
				argument: "public_tunnel_config.single_ipv6_tunnel.ipam_id", id: tunnel.SingleIPv6Tunnel.IpamID,
				isIPv6: true,
			}}
		case tunnel.DualIPv4v6Tunnel != nil:
			config = s2s_vpn.CreateVpnGatewayRequestPublicConfig(*tunnel.DualIPv4v6Tunnel)
		}
	}
	if deprecated := req.PublicConfig; deprecated != nil { //nolint:staticcheck // deprecated, but clients send it
		config = *deprecated
	}
	return []vpnAddress{
		{argument: "public_config.ipam_ipv4_id", id: config.IpamIPv4ID},
		{argument: "public_config.ipam_ipv6_id", id: config.IpamIPv6ID, isIPv6: true},
	}
}

func (s *Server) publicVPNAddresses(g *vpnGateway, wanted []vpnAddress) ([]*ipamIP, error) {
	return s.vpnAddresses(wanted, func(ip *ipamIP) bool {
		return ip.Zone != nil && *ip.Zone == g.Zone
	}, func(isIPv6 bool) (*ipamIP, error) {
		return s.bookPublicIP(g.ProjectID, g.Zone, isIPv6), nil
	})
}

// vpnAddresses returns the wanted addresses: IPs that fit and are not attached, or new ones from book. It books none if
// it returns an error.
func (s *Server) vpnAddresses(
	wanted []vpnAddress, fits func(*ipamIP) bool, book func(isIPv6 bool) (*ipamIP, error),
) ([]*ipamIP, error) {
	found := []*ipamIP{}
	for _, address := range wanted {
		ip, err := s.vpnAddress(address, fits, book)
		if err != nil {
			for _, previous := range found {
				s.releaseIP(previous)
			}
			return nil, err
		}
		found = append(found, ip)
	}
	return found, nil
}

func (s *Server) vpnAddress(
	wanted vpnAddress, fits func(*ipamIP) bool, book func(isIPv6 bool) (*ipamIP, error),
) (*ipamIP, error) {
	id := nonEmpty(wanted.id)
	if id == nil {
		return book(wanted.isIPv6)
	}
	ip, ok := s.ips.get(*id)
	switch {
	case !ok:
		return nil, errNotFound("ip", *id)
	case ip.IsIPv6 != wanted.isIPv6 || !fits(ip):
		return nil, errInvalid(wanted.argument, "constraint", "the IP does not suit the VPN gateway")
	case ip.Resource != nil:
		return nil, errInvalid(wanted.argument, "constraint", "the IP is attached to "+ip.Resource.ID)
	}
	return ip, nil
}
