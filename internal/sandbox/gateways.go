package sandbox

import (
	"cmp"
	"fmt"
	"net"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/scaleway/scaleway-sdk-go/api/vpcgw/v2"
	"github.com/scaleway/scaleway-sdk-go/scw"
)

// gateway is a Public Gateway. Every response fills in its IP and its gateway networks. As in the API, the versions are
// omitted while they have no value.
type gateway struct {
	vpcgw.Gateway

	IPv4            *gatewayIP        `json:"ipv4"`
	GatewayNetworks []*gatewayNetwork `json:"gateway_networks"`
	Version         *string           `json:"version,omitempty"`
	CanUpgradeTo    *string           `json:"can_upgrade_to,omitempty"`
}

// Recorded durations of the transient states of a gateway, and the recorded version.
const (
	gatewayAllocateDuration  = 400 * time.Millisecond
	gatewayConfigureDuration = 9 * time.Second
	gatewayDeleteDuration    = time.Second
	gatewayVersion           = "0.7.8"
)

// gatewayTypes returns the offers with their bandwidth in Mbit/s. Only the bandwidth of VPC-GW-S is recorded.
func gatewayTypes() map[string]uint64 {
	return map[string]uint64{"VPC-GW-S": 100, "VPC-GW-M": 1000, "VPC-GW-L": 3000, "VPC-GW-XL": 10000}
}

// gatewayZones returns the zones with Public Gateways. fr-par-3 has none.
func gatewayZones() []scw.Zone {
	return []scw.Zone{
		scw.ZoneFrPar1, scw.ZoneFrPar2, scw.ZoneNlAms1, scw.ZoneNlAms2, scw.ZoneNlAms3,
		scw.ZonePlWaw1, scw.ZonePlWaw2, scw.ZonePlWaw3, scw.ZoneItMil1,
	}
}

func (s *Server) routeGateways() {
	const base = "/vpc-gw/v2/zones/{zone}"
	route := func(pattern string, handle handler) {
		s.route(pattern, areaGateway, func(c *call) (any, error) {
			if !slices.Contains(gatewayZones(), c.zone()) {
				return nil, errInvalid("zone", "constraint", fmt.Sprintf("Public Gateways are not available in %s: "+
					"use one of %s",
					c.zone(), strings.Join(zoneNames(gatewayZones()), ", ")))
			}
			return handle(c)
		})
	}
	route("GET "+base+"/gateway-types", s.listGatewayTypes)
	route("GET "+base+"/gateways", s.listGateways)
	route("POST "+base+"/gateways", s.createGateway)
	route("GET "+base+"/gateways/{id}", s.getGateway)
	route("PATCH "+base+"/gateways/{id}", s.updateGateway)
	route("DELETE "+base+"/gateways/{id}", s.deleteGateway)
	s.routeGatewayNetworks(base, route)
	s.routeGatewayIPs(base, route)
	s.routePATRules(base, route)
	s.routeGatewayBastion(base, route)
}

func (s *Server) listGatewayTypes(c *call) (any, error) {
	types := []*vpcgw.GatewayType{}
	for name, bandwidth := range gatewayTypes() {
		types = append(types, &vpcgw.GatewayType{Name: name, Bandwidth: bandwidth, Zone: c.zone()})
	}
	slices.SortFunc(types, func(a, b *vpcgw.GatewayType) int { return cmp.Compare(a.Bandwidth, b.Bandwidth) })
	return map[string]any{"types": types}, nil
}

func (s *Server) listGateways(c *call) (any, error) {
	f := c.filters()
	found := s.gateways.list(func(g *gateway) bool {
		attached := len(f.values("private_network_ids")) == 0
		for _, network := range s.gatewayNetworksOf(g.ID) {
			attached = attached || f.matches("private_network_ids", network.PrivateNetworkID)
		}
		status := slices.DeleteFunc(
			f.values("status"), func(value string) bool { return strings.HasPrefix(value, "unknown") },
		)
		return g.Zone == c.zone() && f.matches("project_id", g.ProjectID) && f.matches(
			"organization_id", g.OrganizationID,
		) &&
			f.contains("name", g.Name) && f.hasTag(g.Tags) && f.matches("types", g.Type) && attached &&
			(len(status) == 0 || slices.Contains(status, string(g.Status)))
	})
	page, total := paginate(c, sortItemsWith(c, found, "created_at_asc", func(g *gateway) sortKey {
		return sortKey{created: g.CreatedAt, updated: g.UpdatedAt, name: g.Name, status: string(g.Status)}
	}, map[string]func(a, b *gateway) int{
		"type": func(a, b *gateway) int { return cmp.Compare(a.Type, b.Type) },
	}))
	for _, g := range page {
		s.withNetworks(g)
	}
	return map[string]any{"gateways": page, "total_count": total}, nil
}

func (s *Server) createGateway(c *call) (any, error) {
	var req vpcgw.CreateGatewayRequest
	if err := c.decode(&req); err != nil {
		return nil, err
	}
	projectID := c.projectID(&req.ProjectID)
	if _, ok := s.projects.get(projectID); !ok {
		return nil, errNotFound("project_id", projectID)
	}
	offer := cmp.Or(req.Type, "VPC-GW-S")
	if _, ok := gatewayTypes()[offer]; !ok {
		return nil, errInvalid("type", "constraint", "unknown gateway type "+offer)
	}
	if err := checkBastionPort(req.BastionPort); err != nil {
		return nil, err
	}
	ip, err := s.gatewayIPFor(c, req.IPID, projectID)
	if err != nil {
		return nil, err
	}
	g := s.newGateway(uuid.NewString(), cmp.Or(req.Name, generatedName("gw")), offer, ip)
	g.Tags, g.SMTPEnabled, g.BastionEnabled = nonNilTags(req.Tags), req.EnableSMTP, req.EnableBastion
	if req.BastionPort != nil {
		g.BastionPort = *req.BastionPort
	}
	g.Status = vpcgw.GatewayStatusAllocating
	s.after(
		gatewayAllocateDuration,
		func() { s.transitionGateway(g.ID, vpcgw.GatewayStatusAllocating, vpcgw.GatewayStatusConfiguring) },
	)
	s.after(gatewayAllocateDuration+gatewayConfigureDuration, func() {
		s.transitionGateway(g.ID, vpcgw.GatewayStatusConfiguring, vpcgw.GatewayStatusRunning)
	})
	return s.withNetworks(g), nil
}

// newGateway creates a running gateway in the Project and zone of its IP.
func (s *Server) newGateway(id, name, offer string, ip *gatewayIP) *gateway {
	now := s.timestamp()
	ip.GatewayID = &id
	g := &gateway{Gateway: vpcgw.Gateway{
		ID: id, Name: name, OrganizationID: OrganizationID, ProjectID: ip.ProjectID, Zone: ip.Zone, CreatedAt: now,
		UpdatedAt: now, Type: offer, Bandwidth: gatewayTypes()[offer], Status: vpcgw.GatewayStatusRunning,
		Tags:        []string{},
		BastionPort: gatewayBastionPort, BastionAllowedIPs: []scw.IPNet{
			{IPNet: net.IPNet{IP: net.IPv4zero.To4(), Mask: net.CIDRMask(0, 32)}},
		},
	}}
	s.gateways.put(id, g)
	return g
}

// transitionGateway changes the status of a gateway if its current status is from.
func (s *Server) transitionGateway(id string, from, to vpcgw.GatewayStatus) {
	g, ok := s.gateways.get(id)
	if !ok || g.Status != from {
		return
	}
	g.Status, g.UpdatedAt = to, s.timestamp()
	if g.Version == nil {
		g.Version = scw.StringPtr(gatewayVersion)
	}
}

// withNetworks fills in a gateway's IP and its gateway networks.
func (s *Server) withNetworks(g *gateway) *gateway {
	g.GatewayNetworks, g.IPv4 = s.gatewayNetworksOf(g.ID), nil
	for _, ip := range s.gatewayIPs.list(nil) {
		if ip.GatewayID != nil && *ip.GatewayID == g.ID {
			g.IPv4 = ip
		}
	}
	if g.Version == nil && g.Status == vpcgw.GatewayStatusRunning {
		g.Version = scw.StringPtr(gatewayVersion)
	}
	return g
}

func (s *Server) findGateway(c *call, id string) (*gateway, error) {
	g, ok := s.gateways.get(id)
	if !ok || g.Zone != c.zone() {
		return nil, errNotFound("gateway", id)
	}
	return g, nil
}

// findStableGateway finds a gateway, and returns an error if its state is transient.
func (s *Server) findStableGateway(c *call, id string) (*gateway, error) {
	g, err := s.findGateway(c, id)
	if err != nil {
		return nil, err
	}
	switch g.Status {
	case vpcgw.GatewayStatusRunning, vpcgw.GatewayStatusStopped, vpcgw.GatewayStatusFailed:
		return g, nil
	}
	return nil, errTransient("gateway", g.ID, string(g.Status))
}

func (s *Server) getGateway(c *call) (any, error) {
	g, err := s.findGateway(c, c.PathValue("id"))
	if err != nil {
		return nil, err
	}
	return s.withNetworks(g), nil
}

func (s *Server) updateGateway(c *call) (any, error) {
	g, err := s.findStableGateway(c, c.PathValue("id"))
	if err != nil {
		return nil, err
	}
	var req vpcgw.UpdateGatewayRequest
	if err := c.decode(&req); err != nil {
		return nil, err
	}
	if err := checkBastionPort(req.BastionPort); err != nil {
		return nil, err
	}
	setIfPresent(&g.Name, req.Name)
	setListIfPresent(&g.Tags, req.Tags)
	setIfPresent(&g.BastionEnabled, req.EnableBastion)
	setIfPresent(&g.BastionPort, req.BastionPort)
	setIfPresent(&g.SMTPEnabled, req.EnableSMTP)
	g.UpdatedAt = s.timestamp()
	if req.EnableBastion != nil || req.BastionPort != nil || req.EnableSMTP != nil {
		return s.configureGateway(g), nil
	}
	return s.withNetworks(g), nil
}

func (s *Server) deleteGateway(c *call) (any, error) {
	g, err := s.findStableGateway(c, c.PathValue("id"))
	if err != nil {
		return nil, err
	}
	if len(s.gatewayNetworksOf(g.ID)) > 0 {
		return nil, errInUse("the gateway is still attached to Private Networks")
	}
	withIP, _ := strconv.ParseBool(c.URL.Query().Get("delete_ip"))
	g.Status, g.UpdatedAt = vpcgw.GatewayStatusDeleting, s.timestamp()
	s.after(gatewayDeleteDuration, func() {
		if current, ok := s.gateways.get(g.ID); ok && current.Status == vpcgw.GatewayStatusDeleting {
			s.gateways.remove(g.ID)
			s.removePATRules(g.ID)
			s.detachGatewayIPs(g.ID, withIP)
		}
	})
	return s.withNetworks(g), nil
}

func zoneNames(zones []scw.Zone) []string {
	names := make([]string, len(zones))
	for i, zone := range zones {
		names[i] = zone.String()
	}
	return names
}
