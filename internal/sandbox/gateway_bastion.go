package sandbox

import (
	"net/netip"
	"net/url"
	"slices"
	"time"

	"github.com/scaleway/scaleway-sdk-go/api/vpcgw/v2"
	"github.com/scaleway/scaleway-sdk-go/scw"
)

const (
	gatewayReloadDuration   = 450 * time.Millisecond // recorded of a change of the bastion
	gatewayUpgradeDuration  = 9 * time.Second        // as long as the first configuration [INFERRED gateway-upgrade]
	gatewayBastionPortFirst = 1024
	gatewayBastionPortLast  = 59999
	gatewayBastionPort      = 61000
)

func (s *Server) routeGatewayBastion(base string, route func(string, handler)) {
	route("POST "+base+"/gateways/{id}/refresh-ssh-keys", s.refreshSSHKeys)
	route("POST "+base+"/gateways/{id}/upgrade", s.upgradeGateway)
	route("POST "+base+"/gateways/{id}/bastion-allowed-ips", s.addBastionAllowedIPs)
	route("PUT "+base+"/gateways/{id}/bastion-allowed-ips", s.setBastionAllowedIPs)
	// The range in the path contains a slash, which some clients encode.
	route("DELETE "+base+"/gateways/{id}/bastion-allowed-ips/{range...}", s.deleteBastionAllowedIPs)
}

// configureGateway makes a running gateway load a changed configuration, and returns the gateway for the response to
// the change. As recorded of a change of the bastion, its status in that response is still running
// [INFERRED gateway-pat-reload].
func (s *Server) configureGateway(g *gateway) *gateway {
	view := *s.withNetworks(g)
	s.transitionGateway(g.ID, vpcgw.GatewayStatusRunning, vpcgw.GatewayStatusConfiguring)
	s.after(gatewayReloadDuration, func() {
		s.transitionGateway(g.ID, vpcgw.GatewayStatusConfiguring, vpcgw.GatewayStatusRunning)
	})
	return &view
}

func (s *Server) refreshSSHKeys(c *call) (any, error) {
	g, err := s.findStableGateway(c, c.PathValue("id"))
	if err != nil {
		return nil, err
	}
	return s.configureGateway(g), nil
}

// upgradeGateway changes the type of a gateway to a larger one, or only its version.
func (s *Server) upgradeGateway(c *call) (any, error) {
	g, err := s.findStableGateway(c, c.PathValue("id"))
	if err != nil {
		return nil, err
	}
	var req vpcgw.UpgradeGatewayRequest
	if err := c.decode(&req); err != nil {
		return nil, err
	}
	if offer := nonEmpty(req.Type); offer != nil {
		bandwidth, ok := gatewayTypes()[*offer]
		if !ok || bandwidth < g.Bandwidth {
			return nil, errInvalid("type", "constraint", "cannot upgrade from "+g.Type+" to "+*offer)
		}
		g.Type, g.Bandwidth = *offer, bandwidth
	}
	g.Version, g.CanUpgradeTo = scw.StringPtr(gatewayVersion), nil
	g.Status, g.UpdatedAt = vpcgw.GatewayStatusConfiguring, s.timestamp()
	s.after(gatewayUpgradeDuration, func() {
		s.transitionGateway(g.ID, vpcgw.GatewayStatusConfiguring, vpcgw.GatewayStatusRunning)
	})
	return s.withNetworks(g), nil
}

// checkBastionPort returns an error for a port that the documentation does not allow.
func checkBastionPort(port *uint32) error {
	if port == nil || *port == gatewayBastionPort ||
		*port >= gatewayBastionPortFirst && *port <= gatewayBastionPortLast {
		return nil
	}
	return errInvalid("bastion_port", "constraint", "must be between 1024 and 59999, or 61000")
}

func (s *Server) addBastionAllowedIPs(c *call) (any, error) {
	var req struct {
		IPRange string `json:"ip_range"`
	}
	return s.changeBastionAllowedIPs(c, &req, func(current []string) []string { return append(current, req.IPRange) })
}

func (s *Server) setBastionAllowedIPs(c *call) (any, error) {
	var req vpcgw.SetBastionAllowedIPsRequest
	return s.changeBastionAllowedIPs(c, &req, func([]string) []string { return req.IPRanges })
}

func (s *Server) deleteBastionAllowedIPs(c *call) (any, error) {
	text, err := url.PathUnescape(c.PathValue("range"))
	if err != nil {
		return nil, errInvalid("ip_range", "format", err.Error())
	}
	_, err = s.changeBastionAllowedIPs(c, nil, func(current []string) []string {
		return slices.DeleteFunc(current, func(one string) bool { return one == text || one == text+"/32" })
	})
	if err != nil {
		return nil, err
	}
	return noContent{}, nil
}

// changeBastionAllowedIPs changes the ranges of the addresses that may connect to the bastion. change returns the new
// ones, given the current ones, after the request is decoded into req.
func (s *Server) changeBastionAllowedIPs(c *call, req any, change func([]string) []string) (any, error) {
	g, err := s.findStableGateway(c, c.PathValue("id"))
	if err != nil {
		return nil, err
	}
	if req != nil {
		if err := c.decode(req); err != nil {
			return nil, err
		}
	}
	current := []string{}
	for _, block := range g.BastionAllowedIPs {
		current = append(current, block.String())
	}
	ranges := []scw.IPNet{}
	for _, text := range uniqueTexts(change(current)) {
		prefix, err := netip.ParsePrefix(text)
		if err != nil {
			address, err := netip.ParseAddr(text)
			if err != nil {
				return nil, errInvalid("ip_ranges", "format", text+" is not an address range")
			}
			prefix = netip.PrefixFrom(address, address.BitLen())
		}
		ranges = append(ranges, fromPrefix(prefix.Masked()))
	}
	g.BastionAllowedIPs, g.UpdatedAt = ranges, s.timestamp()
	s.configureGateway(g)
	return map[string]any{"ip_ranges": ranges}, nil
}
