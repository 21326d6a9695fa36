package sandbox

import (
	"bytes"
	"cmp"
	"fmt"
	"net"

	"github.com/google/uuid"
	"github.com/scaleway/scaleway-sdk-go/api/vpcgw/v2"
	"github.com/scaleway/scaleway-sdk-go/scw"
)

// gatewayIP is the public address of a Public Gateway.
type gatewayIP struct {
	vpcgw.IP
}

func (s *Server) routeGatewayIPs(base string, route func(string, handler)) {
	route("GET "+base+"/ips", s.listGatewayIPs)
	route("POST "+base+"/ips", s.createGatewayIP)
	route("GET "+base+"/ips/{id}", s.getGatewayIP)
	route("PATCH "+base+"/ips/{id}", s.updateGatewayIP)
	route("DELETE "+base+"/ips/{id}", s.deleteGatewayIP)
}

// nextPublicIP returns the next public IP. It is in a range reserved for documentation, so that clients cannot reach a
// real host.
func (s *Server) nextPublicIP() net.IP {
	s.publicIPCount++
	return net.IPv4(203, 0, 113, byte(s.publicIPCount%254+1))
}

// newGatewayIP creates a gateway IP that is not attached.
func (s *Server) newGatewayIP(id, projectID string, zone scw.Zone) *gatewayIP {
	now := s.timestamp()
	ip := &gatewayIP{IP: vpcgw.IP{
		ID: id, OrganizationID: OrganizationID, ProjectID: projectID, CreatedAt: now, UpdatedAt: now, Tags: []string{},
		Address: s.nextPublicIP(), Zone: zone,
	}}
	ip.resetReverse()
	s.gatewayIPs.put(id, ip)
	return ip
}

// resetReverse sets the reverse DNS name that the API derives from the address.
func (ip *gatewayIP) resetReverse() {
	a := ip.Address.To4()
	ip.Reverse = scw.StringPtr(fmt.Sprintf("%d-%d-%d-%d.instances.scw.cloud", a[3], a[2], a[1], a[0]))
}

// gatewayIPFor returns the IP for a new gateway: the one with the given id, or a new one without an id.
func (s *Server) gatewayIPFor(c *call, id *string, projectID string) (*gatewayIP, error) {
	if id == nil || *id == "" {
		return s.newGatewayIP(uuid.NewString(), projectID, c.zone()), nil
	}
	ip, ok := s.gatewayIPs.get(*id)
	if !ok || ip.Zone != c.zone() {
		return nil, errNotFound("ip", *id)
	}
	if ip.GatewayID != nil {
		return nil, errInUse("the IP is attached to gateway " + *ip.GatewayID)
	}
	return ip, nil
}

// detachGatewayIPs detaches the IPs of a deleted gateway, and deletes them if deleteIP is set.
func (s *Server) detachGatewayIPs(gatewayID string, deleteIP bool) {
	for _, ip := range s.gatewayIPs.list(
		func(ip *gatewayIP) bool { return ip.GatewayID != nil && *ip.GatewayID == gatewayID },
	) {
		if ip.GatewayID = nil; deleteIP {
			s.gatewayIPs.remove(ip.ID)
		}
	}
}

func (s *Server) listGatewayIPs(c *call) (any, error) {
	f := c.filters()
	found := s.gatewayIPs.list(func(ip *gatewayIP) bool {
		return ip.Zone == c.zone() && f.matches("project_id", ip.ProjectID) && f.matches(
			"organization_id", ip.OrganizationID,
		) &&
			f.hasTag(ip.Tags) && f.contains("reverse", deref(ip.Reverse)) &&
			f.matchesBool("is_free", ip.GatewayID == nil)
	})
	page, total := paginate(c, sortItemsWith(c, found, "created_at_asc", func(ip *gatewayIP) sortKey {
		return sortKey{created: ip.CreatedAt, updated: ip.UpdatedAt}
	}, map[string]func(a, b *gatewayIP) int{
		"address": func(a, b *gatewayIP) int { return bytes.Compare(a.Address.To16(), b.Address.To16()) },
		"reverse": func(a, b *gatewayIP) int { return cmp.Compare(deref(a.Reverse), deref(b.Reverse)) },
	}))
	return map[string]any{"ips": page, "total_count": total}, nil
}

func (s *Server) createGatewayIP(c *call) (any, error) {
	var req vpcgw.CreateIPRequest
	if err := c.decode(&req); err != nil {
		return nil, err
	}
	projectID := c.projectID(&req.ProjectID)
	if _, ok := s.projects.get(projectID); !ok {
		return nil, errNotFound("project_id", projectID)
	}
	ip := s.newGatewayIP(uuid.NewString(), projectID, c.zone())
	ip.Tags = nonNilTags(req.Tags)
	return ip, nil
}

func (s *Server) findGatewayIP(c *call) (*gatewayIP, error) {
	id := c.PathValue("id")
	ip, ok := s.gatewayIPs.get(id)
	if !ok || ip.Zone != c.zone() {
		return nil, errNotFound("ip", id)
	}
	return ip, nil
}

func (s *Server) getGatewayIP(c *call) (any, error) {
	ip, err := s.findGatewayIP(c)
	if err != nil {
		return nil, err
	}
	return ip, nil
}

func (s *Server) updateGatewayIP(c *call) (any, error) {
	ip, err := s.findGatewayIP(c)
	if err != nil {
		return nil, err
	}
	var req vpcgw.UpdateIPRequest
	if err := c.decode(&req); err != nil {
		return nil, err
	}
	if id := nonEmpty(req.GatewayID); id != nil && *id != deref(ip.GatewayID) {
		if err := s.moveGatewayIP(c, ip, *id); err != nil {
			return nil, err
		}
	}
	setListIfPresent(&ip.Tags, req.Tags)
	switch {
	case req.Reverse == nil:
	case *req.Reverse == "":
		ip.resetReverse()
	default:
		ip.Reverse = req.Reverse
	}
	ip.UpdatedAt = s.timestamp()
	return ip, nil
}

// moveGatewayIP attaches an IP to a gateway, whose current IP it replaces [INFERRED gateway-ip-move].
func (s *Server) moveGatewayIP(c *call, ip *gatewayIP, gatewayID string) error {
	g, err := s.findStableGateway(c, gatewayID)
	if err != nil {
		return err
	}
	if ip.GatewayID != nil {
		return errInUse("the IP is attached to gateway " + *ip.GatewayID)
	}
	s.detachGatewayIPs(g.ID, false)
	ip.GatewayID = &g.ID
	s.configureGateway(g)
	return nil
}

func (s *Server) deleteGatewayIP(c *call) (any, error) {
	ip, err := s.findGatewayIP(c)
	if err != nil {
		return nil, err
	}
	if ip.GatewayID != nil {
		return nil, errInUse("the IP is attached to gateway " + *ip.GatewayID)
	}
	s.gatewayIPs.remove(ip.ID)
	return noContent{}, nil
}
