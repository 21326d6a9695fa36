package sandbox

import (
	"net"
	"slices"
	"strings"

	"github.com/google/uuid"
	"github.com/scaleway/scaleway-sdk-go/api/lb/v1"
	"github.com/scaleway/scaleway-sdk-go/scw"
)

// balancerIP is a public IP of a Load Balancer.
type balancerIP struct {
	lb.IP

	Srn string `json:"srn,omitempty"` // not in recordings
}

// isIPv6 reports whether an IP is an IPv6 address.
func (ip *balancerIP) isIPv6() bool { return strings.Contains(ip.IPAddress, ":") }

func (s *Server) routeBalancerIPs(base string) {
	s.route("GET "+base+"/ips", areaBalancer, s.listBalancerIPs)
	s.route("POST "+base+"/ips", areaBalancer, s.createBalancerIP)
	s.route("GET "+base+"/ips/{id}", areaBalancer, s.withBalancerIP(func(_ *call, ip *balancerIP) (any, error) {
		return ip, nil
	}))
	s.route("PATCH "+base+"/ips/{id}", areaBalancer, s.withBalancerIP(s.updateBalancerIP))
	s.route("DELETE "+base+"/ips/{id}", areaBalancer, s.withBalancerIP(s.deleteBalancerIP))
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

// ipsOfBalancer returns the public IPs of a Load Balancer.
func (s *Server) ipsOfBalancer(id string) []*balancerIP {
	return s.balancerIPs.list(func(ip *balancerIP) bool { return ip.LBID != nil && *ip.LBID == id })
}

func (s *Server) listBalancerIPs(c *call) (any, error) {
	f := c.filters()
	found := s.balancerIPs.list(func(ip *balancerIP) bool {
		family := "ipv4"
		if ip.isIPv6() {
			family = "ipv6"
		}
		return ip.Zone == c.zone() && f.matches("ip_address", ip.IPAddress) && f.matches("project_id", ip.ProjectID) &&
			f.matches("organization_id", ip.OrganizationID) && f.hasTag(ip.Tags) &&
			(f.matches("ip_type", family) || f.matches("ip_type", "all"))
	})
	page, total := paginate(c, found)
	return map[string]any{"ips": page, "total_count": total}, nil
}

// newBalancerIP creates a public IP. Its reverse DNS name is derived from the address.
func (s *Server) newBalancerIP(project string, zone scw.Zone, isIPv6 bool) *balancerIP {
	address := s.nextPublicIP().String()
	label := strings.ReplaceAll(address, ".", "-")
	if isIPv6 {
		address, label = s.nextPublicIPv6()
	}
	region, _ := zone.Region() // cannot fail: zone is from the path of a zonal route
	ip := &balancerIP{IP: lb.IP{
		ID: uuid.NewString(), IPAddress: address, OrganizationID: OrganizationID, ProjectID: project, Zone: zone,
		Region: &region, Tags: []string{}, //nolint:staticcheck // deprecated, still in the API's responses
		Reverse: label + ".lb." + string(region) + ".scw.cloud",
	}}
	s.balancerIPs.put(ip.ID, ip)
	return ip
}

func (s *Server) createBalancerIP(c *call) (any, error) {
	var req lb.ZonedAPICreateIPRequest
	if err := c.decode(&req); err != nil {
		return nil, err
	}
	ip := s.newBalancerIP(c.projectID(req.ProjectID), c.zone(), req.IsIPv6)
	ip.Tags = nonNilSlice(req.Tags)
	setIfPresent(&ip.Reverse, nonEmpty(req.Reverse))
	return ip, nil
}

// updateBalancerIP changes an IP, or attaches it to a Load Balancer without an IP of its family.
func (s *Server) updateBalancerIP(c *call, ip *balancerIP) (any, error) {
	var req lb.ZonedAPIUpdateIPRequest
	if err := c.decode(&req); err != nil {
		return nil, err
	}
	if id := nonEmpty(req.LBID); id != nil && *id != deref(ip.LBID) {
		if !s.isBalancerInZone(*id, c.zone()) {
			return nil, errLBNotFound("lbs")
		}
		if ip.LBID != nil {
			return nil, errLBIPInUse()
		}
		if slices.ContainsFunc(s.ipsOfBalancer(*id), func(other *balancerIP) bool {
			return other.isIPv6() == ip.isIPv6()
		}) {
			return nil, errInvalid("lb_id", "constraint", "the Load Balancer already has an IP of this family")
		}
		ip.LBID = id
		s.reloadBalancer(*id)
	}
	setIfPresent(&ip.Reverse, nonEmpty(req.Reverse))
	setListIfPresent(&ip.Tags, req.Tags)
	return ip, nil
}

// errLBIPInUse refuses a change of an IP that a Load Balancer uses [INFERRED lb-ip-in-use].
func errLBIPInUse() *apiError {
	return errInvalid("ip_id", "constraint", "the IP is used by a Load Balancer")
}

func (s *Server) deleteBalancerIP(_ *call, ip *balancerIP) (any, error) {
	if ip.LBID != nil {
		return nil, errLBIPInUse()
	}
	s.balancerIPs.remove(ip.ID)
	return noContent{}, nil
}

// chooseBalancerIPs returns the public IPs of a new Load Balancer: the requested ones, or new ones. A Load Balancer
// whose request has assign_flexible_ip false has none.
func (s *Server) chooseBalancerIPs(
	c *call, req *lb.ZonedAPICreateLBRequest, project string,
) ([]*balancerIP, error) {
	var ips []*balancerIP
	for _, id := range append(req.IPIDs, deref(req.IPID)) { //nolint:staticcheck // deprecated, but clients send it
		if id == "" || slices.ContainsFunc(ips, func(ip *balancerIP) bool { return ip.ID == id }) {
			continue
		}
		ip, ok := s.balancerIPs.get(id)
		if !ok || ip.Zone != c.zone() {
			return nil, errLBNotFound("ips")
		}
		if ip.LBID != nil {
			return nil, errLBIPInUse()
		}
		ips = append(ips, ip)
	}
	hasIPv4 := slices.ContainsFunc(ips, func(ip *balancerIP) bool { return !ip.isIPv6() })
	if len(ips) > 0 && !hasIPv4 {
		// As the cloud controller manager of Scaleway says in a comment [INFERRED lb-ipv4].
		return nil, errInvalid("ip_ids", "constraint", "a public Load Balancer needs an IPv4 address")
	}
	if len(ips) == 0 && (req.AssignFlexibleIP == nil || *req.AssignFlexibleIP) {
		ips = append(ips, s.newBalancerIP(project, c.zone(), false))
	}
	if req.AssignFlexibleIPv6 != nil && *req.AssignFlexibleIPv6 {
		ips = append(ips, s.newBalancerIP(project, c.zone(), true))
	}
	return ips, nil
}

// parseIPs returns an error unless every text is an IP address.
func parseIPs(argument string, texts []string) error {
	for _, text := range texts {
		if net.ParseIP(text) == nil {
			return errInvalid(argument, "format", text+" is not an IP address")
		}
	}
	return nil
}
