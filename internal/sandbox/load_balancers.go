package sandbox

import (
	"cmp"
	"net/http"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/scaleway/scaleway-sdk-go/api/lb/v1"
	"github.com/scaleway/scaleway-sdk-go/scw"
)

// How long a Load Balancer takes, as recorded.
const (
	balancerStarts  = 2 * time.Second
	balancerCreates = 30 * time.Second
	balancerDeletes = 20 * time.Second
)

// balancer is a Load Balancer. Those that the controller of a cluster makes are named after it: its id comes first.
type balancer struct {
	lb.LB

	Srn string `json:"srn,omitempty"` // in no recording
}

// balancerIP is an address of Load Balancers.
type balancerIP struct {
	lb.IP

	Srn string `json:"srn,omitempty"` // in no recording
}

func (s *Server) routeLoadBalancers() {
	const base = "/lb/v1/zones/{zone}"
	s.route(
		"GET "+base+"/ips/{id}", areaBalancer, s.withBalancerIP(
			func(_ *call, ip *balancerIP) (any, error) { return ip, nil },
		),
	)
	s.route("POST "+base+"/ips", areaBalancer, s.createBalancerIP)
	s.route("DELETE "+base+"/ips/{id}", areaBalancer, s.withBalancerIP(s.deleteBalancerIP))
	s.route("GET "+base+"/lbs", areaBalancer, s.listBalancers)
	s.route("POST "+base+"/lbs", areaBalancer, s.createBalancer)
	s.route(
		"GET "+base+"/lbs/{id}", areaBalancer, s.withBalancer(func(_ *call, b *balancer) (any, error) { return b, nil }),
	)
	s.route("PUT "+base+"/lbs/{id}", areaBalancer, s.withBalancer(s.updateBalancer))
	s.route("DELETE "+base+"/lbs/{id}", areaBalancer, s.withBalancer(s.deleteBalancer))
	s.route("GET "+base+"/lbs/{id}/private-networks", areaBalancer, s.withBalancer(func(*call, *balancer) (any, error) {
		return map[string]any{"private_network": []any{}, "total_count": 0}, nil
	}))
}

// errLBNotFound is the form that lb/v1 has of its own.
func errLBNotFound(what string) *apiError {
	return &apiError{status: http.StatusNotFound, body: map[string]any{"message": what + " not Found"}}
}

func (s *Server) withBalancer(handle func(*call, *balancer) (any, error)) handler {
	return func(c *call) (any, error) {
		b, ok := s.balancers.get(c.PathValue("id"))
		if !ok || b.Zone != c.zone() {
			return nil, errLBNotFound("lbs")
		}
		return handle(c, b)
	}
}

func (s *Server) withBalancerIP(handle func(*call, *balancerIP) (any, error)) handler {
	return func(c *call) (any, error) {
		ip, ok := s.balancerIPs.get(c.PathValue("id"))
		if !ok || ip.Zone != c.zone() {
			return nil, errLBNotFound("ips")
		}
		return handle(c, ip)
	}
}

// newBalancerIP books an address; its name in the DNS is made of it.
func (s *Server) newBalancerIP(project string, zone scw.Zone) *balancerIP {
	address := s.nextAddress()
	region, _ := zone.Region() // routes have zones only
	ip := &balancerIP{IP: lb.IP{
		ID: uuid.NewString(), IPAddress: address.String(), OrganizationID: OrganizationID, ProjectID: project, Zone: zone,
		Region: &region, Tags: []string{}, //nolint:staticcheck // deprecated, and still answered
		Reverse: strings.ReplaceAll(address.String(), ".", "-") + ".lb." + string(region) + ".scw.cloud",
	}}
	s.balancerIPs.put(ip.ID, ip)
	return ip
}

func (s *Server) createBalancerIP(c *call) (any, error) {
	var asked lb.ZonedAPICreateIPRequest
	if err := c.decode(&asked); err != nil {
		return nil, err
	}
	ip := s.newBalancerIP(c.projectID(asked.ProjectID), c.zone())
	ip.Tags = filled(asked.Tags)
	return ip, nil
}

func (s *Server) deleteBalancerIP(_ *call, ip *balancerIP) (any, error) {
	if ip.LBID != nil {
		return nil, errInvalid("ip_id", "constraint", "the IP is used by a Load Balancer")
	}
	s.balancerIPs.remove(ip.ID)
	return noContent{}, nil
}

func (s *Server) listBalancers(c *call) (any, error) {
	f := c.filters()
	found := s.balancers.list(func(b *balancer) bool {
		return b.Zone == c.zone() && f.is("project_id", b.ProjectID) && f.contains("name", b.Name) && f.tagged(b.Tags)
	})
	page, total := paged(c, ordered(c, found, "created_at_asc", func(b *balancer) sortable {
		return sortable{name: b.Name, created: b.CreatedAt, updated: b.UpdatedAt}
	}))
	return map[string]any{"lbs": page, "total_count": total}, nil
}

func (s *Server) createBalancer(c *call) (any, error) {
	var asked lb.ZonedAPICreateLBRequest
	if err := c.decode(&asked); err != nil {
		return nil, err
	}
	if asked.Type == "" {
		return nil, errInvalid("type", "required", "")
	}
	project, zone := c.projectID(asked.ProjectID), c.zone()
	var ip *balancerIP
	for _, id := range append(asked.IPIDs, deref(asked.IPID)) { //nolint:staticcheck // deprecated, and still sent
		if id == "" {
			continue
		}
		found, ok := s.balancerIPs.get(id)
		if !ok || found.Zone != zone {
			return nil, errLBNotFound("ips")
		}
		ip = found
	}
	if ip == nil {
		ip = s.newBalancerIP(project, zone)
	}
	now := s.stamp()
	region, _ := zone.Region()
	b := &balancer{LB: lb.LB{
		ID: uuid.NewString(), Name: asked.Name, Description: asked.Description, Status: lb.LBStatusToCreate,
		Instances: []*lb.Instance{}, OrganizationID: OrganizationID, ProjectID: project,
		Tags: filled(asked.Tags), Type: strings.ToLower(asked.Type), CreatedAt: now, UpdatedAt: now,
		Region:                &region, //nolint:staticcheck // as above
		Zone:                  zone,
		SslCompatibilityLevel: cmp.Or(asked.SslCompatibilityLevel, lb.SSLCompatibilityLevelSslCompatibilityLevelIntermediate),
	}}
	ip.LBID = &b.ID
	b.IP = []*lb.IP{&ip.IP}
	s.balancers.put(b.ID, b)
	s.after(balancerStarts, func() {
		if b.Status == lb.LBStatusToCreate {
			b.Status = lb.LBStatusCreating
			b.Instances = []*lb.Instance{
				{ID: uuid.NewString(), Status: lb.InstanceStatusReady, CreatedAt: now, UpdatedAt: now, Region: &region, Zone: zone},
			}
		}
	})
	s.after(balancerCreates, func() {
		if b.Status == lb.LBStatusCreating {
			b.Status = lb.LBStatusReady
		}
	})
	return b, nil
}

func (s *Server) updateBalancer(c *call, b *balancer) (any, error) {
	var asked lb.ZonedAPIUpdateLBRequest
	if err := c.decode(&asked); err != nil {
		return nil, err
	}
	b.Name, b.Description, b.Tags, b.UpdatedAt = asked.Name, asked.Description, filled(asked.Tags), s.stamp()
	b.SslCompatibilityLevel = cmp.Or(asked.SslCompatibilityLevel, b.SslCompatibilityLevel)
	return b, nil
}

func (s *Server) deleteBalancer(c *call, b *balancer) (any, error) {
	b.Status, b.UpdatedAt = lb.LBStatusToDelete, s.stamp()
	release := c.URL.Query().Get("release_ip") == "true"
	s.after(balancerDeletes, func() { s.removeBalancer(b, release) })
	return noContent{}, nil
}

func (s *Server) removeBalancer(b *balancer, release bool) {
	s.balancers.remove(b.ID)
	for _, ip := range s.balancerIPs.list(func(ip *balancerIP) bool { return ip.LBID != nil && *ip.LBID == b.ID }) {
		if ip.LBID = nil; release {
			s.balancerIPs.remove(ip.ID)
		}
	}
}
