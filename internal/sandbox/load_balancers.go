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

// Recorded durations of Load Balancer operations.
const (
	balancerStartDuration  = 2 * time.Second
	balancerCreateDuration = 30 * time.Second
	balancerDeleteDuration = 20 * time.Second
)

// balancer is a Load Balancer. The names of those that the cloud controller manager of a cluster creates begin with the
// cluster's id.
type balancer struct {
	lb.LB

	Srn string `json:"srn,omitempty"` // not in recordings
}

// balancerIP is a public IP of a Load Balancer.
type balancerIP struct {
	lb.IP

	Srn string `json:"srn,omitempty"` // not in recordings
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
		"GET "+base+"/lbs/{id}", areaBalancer, s.withBalancer(
			func(_ *call, b *balancer) (any, error) { return b, nil },
		),
	)
	s.route("PUT "+base+"/lbs/{id}", areaBalancer, s.withBalancer(s.updateBalancer))
	s.route("DELETE "+base+"/lbs/{id}", areaBalancer, s.withBalancer(s.deleteBalancer))
	s.route("GET "+base+"/lbs/{id}/private-networks", areaBalancer, s.withBalancer(func(*call, *balancer) (any, error) {
		return map[string]any{"private_network": []any{}, "total_count": 0}, nil
	}))
}

// errLBNotFound returns a not-found error in the format of lb/v1.
func errLBNotFound(resource string) *apiError {
	return &apiError{status: http.StatusNotFound, body: map[string]any{"message": resource + " not Found"}}
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

// newBalancerIP creates a public IP. Its reverse DNS name is derived from the address.
func (s *Server) newBalancerIP(project string, zone scw.Zone) *balancerIP {
	address := s.nextPublicIP()
	region, _ := zone.Region() // cannot fail: zone is from the path of a zonal route
	ip := &balancerIP{IP: lb.IP{
		ID: uuid.NewString(), IPAddress: address.String(), OrganizationID: OrganizationID, ProjectID: project,
		Zone:   zone,
		Region: &region, Tags: []string{}, //nolint:staticcheck // deprecated, still in the API's responses
		Reverse: strings.ReplaceAll(address.String(), ".", "-") + ".lb." + string(region) + ".scw.cloud",
	}}
	s.balancerIPs.put(ip.ID, ip)
	return ip
}

func (s *Server) createBalancerIP(c *call) (any, error) {
	var req lb.ZonedAPICreateIPRequest
	if err := c.decode(&req); err != nil {
		return nil, err
	}
	ip := s.newBalancerIP(c.projectID(req.ProjectID), c.zone())
	ip.Tags = nonNilSlice(req.Tags)
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
		return b.Zone == c.zone() && f.matches(
			"project_id", b.ProjectID,
		) && f.contains("name", b.Name) && f.hasTag(b.Tags)
	})
	page, total := paginate(c, sortItems(c, found, "created_at_asc", func(b *balancer) sortKey {
		return sortKey{name: b.Name, created: b.CreatedAt, updated: b.UpdatedAt}
	}))
	return map[string]any{"lbs": page, "total_count": total}, nil
}

func (s *Server) createBalancer(c *call) (any, error) {
	var req lb.ZonedAPICreateLBRequest
	if err := c.decode(&req); err != nil {
		return nil, err
	}
	if req.Type == "" {
		return nil, errInvalid("type", "required", "")
	}
	project, zone := c.projectID(req.ProjectID), c.zone()
	var ip *balancerIP
	for _, id := range append(req.IPIDs, deref(req.IPID)) { //nolint:staticcheck // deprecated, but clients send it
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
	now := s.timestamp()
	region, _ := zone.Region()
	b := &balancer{LB: lb.LB{
		ID: uuid.NewString(), Name: req.Name, Description: req.Description, Status: lb.LBStatusToCreate,
		Instances: []*lb.Instance{}, OrganizationID: OrganizationID, ProjectID: project,
		Tags: nonNilSlice(req.Tags), Type: strings.ToLower(req.Type), CreatedAt: now, UpdatedAt: now,
		Region: &region, //nolint:staticcheck // as above
		Zone:   zone,
		SslCompatibilityLevel: cmp.Or(
			req.SslCompatibilityLevel, lb.SSLCompatibilityLevelSslCompatibilityLevelIntermediate,
		),
	}}
	ip.LBID = &b.ID
	b.IP = []*lb.IP{&ip.IP}
	s.balancers.put(b.ID, b)
	s.after(balancerStartDuration, func() {
		if b.Status == lb.LBStatusToCreate {
			b.Status = lb.LBStatusCreating
			b.Instances = []*lb.Instance{
				{
					ID: uuid.NewString(), Status: lb.InstanceStatusReady, CreatedAt: now, UpdatedAt: now,
					Region: &region, Zone: zone,
				},
			}
		}
	})
	s.after(balancerCreateDuration, func() {
		if b.Status == lb.LBStatusCreating {
			b.Status = lb.LBStatusReady
		}
	})
	return b, nil
}

func (s *Server) updateBalancer(c *call, b *balancer) (any, error) {
	var req lb.ZonedAPIUpdateLBRequest
	if err := c.decode(&req); err != nil {
		return nil, err
	}
	b.Name, b.Description, b.Tags, b.UpdatedAt = req.Name, req.Description, nonNilSlice(req.Tags), s.timestamp()
	b.SslCompatibilityLevel = cmp.Or(req.SslCompatibilityLevel, b.SslCompatibilityLevel)
	return b, nil
}

func (s *Server) deleteBalancer(c *call, b *balancer) (any, error) {
	b.Status, b.UpdatedAt = lb.LBStatusToDelete, s.timestamp()
	releaseIP := c.URL.Query().Get("release_ip") == "true"
	s.after(balancerDeleteDuration, func() { s.removeBalancer(b, releaseIP) })
	return noContent{}, nil
}

func (s *Server) removeBalancer(b *balancer, releaseIP bool) {
	s.balancers.remove(b.ID)
	for _, ip := range s.balancerIPs.list(func(ip *balancerIP) bool { return ip.LBID != nil && *ip.LBID == b.ID }) {
		if ip.LBID = nil; releaseIP {
			s.balancerIPs.remove(ip.ID)
		}
	}
}
