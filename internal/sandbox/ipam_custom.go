package sandbox

import (
	"net"
	"strings"

	"github.com/scaleway/scaleway-sdk-go/api/ipam/v1"
)

func (s *Server) routeCustomResources(base string) {
	s.route("POST "+base+"/ips/{id}/attach", areaIPAM, s.attachCustomResource)
	s.route("POST "+base+"/ips/{id}/detach", areaIPAM, s.detachCustomResource)
	s.route("POST "+base+"/ips/{id}/move", areaIPAM, s.moveCustomResource)
	s.route("POST "+base+"/ip-sets/release", areaIPAM, s.releaseIPSet)
}

// setCustomResource attaches an IP to a resource that is not an object of the API, such as a virtual machine on an
// Elastic Metal server. As recorded, the id of the resource is that of the IP, and the MAC address is in upper case.
func (s *Server) setCustomResource(ip *ipamIP, resource *ipam.CustomResource) error {
	if resource == nil {
		return errInvalid("resource", "required", "")
	}
	mac, err := net.ParseMAC(resource.MacAddress)
	if err != nil {
		return errInvalid("resource.mac_address", "format", resource.MacAddress+" is not a MAC address")
	}
	text := strings.ToUpper(mac.String())
	ip.Resource = &ipam.Resource{
		Type: ipam.ResourceTypeCustom, ID: ip.ID, MacAddress: &text, Name: nonEmpty(resource.Name),
	}
	now := s.timestamp()
	ip.UpdatedAt, ip.attachedAt = now, now
	return nil
}

// checkCustomResource returns an error unless the IP is attached to the custom resource
// [INFERRED ipam-custom-resource].
func checkCustomResource(ip *ipamIP, resource *ipam.CustomResource) error {
	if ip.Resource == nil || ip.Resource.Type != ipam.ResourceTypeCustom || resource == nil ||
		!strings.EqualFold(deref(ip.Resource.MacAddress), resource.MacAddress) {
		return errInvalid("resource", "constraint", "the IP is not attached to this custom resource")
	}
	return nil
}

func (s *Server) attachCustomResource(c *call) (any, error) {
	ip, err := s.findIP(c)
	if err != nil {
		return nil, err
	}
	var req ipam.AttachIPRequest
	if err := c.decode(&req); err != nil {
		return nil, err
	}
	if ip.Resource != nil {
		return nil, errInUse("the IP is attached to " + string(ip.Resource.Type) + " " + ip.Resource.ID)
	}
	if err := s.setCustomResource(ip, req.Resource); err != nil {
		return nil, err
	}
	return ip, nil
}

func (s *Server) detachCustomResource(c *call) (any, error) {
	ip, err := s.findIP(c)
	if err != nil {
		return nil, err
	}
	var req ipam.DetachIPRequest
	if err := c.decode(&req); err != nil {
		return nil, err
	}
	if err := checkCustomResource(ip, req.Resource); err != nil {
		return nil, err
	}
	ip.Resource, ip.UpdatedAt = nil, s.timestamp()
	return ip, nil
}

// moveCustomResource moves an IP to another custom resource, or detaches it if the request has none.
func (s *Server) moveCustomResource(c *call) (any, error) {
	ip, err := s.findIP(c)
	if err != nil {
		return nil, err
	}
	var req ipam.MoveIPRequest
	if err := c.decode(&req); err != nil {
		return nil, err
	}
	if err := checkCustomResource(ip, req.FromResource); err != nil {
		return nil, err
	}
	if req.ToResource == nil {
		ip.Resource, ip.UpdatedAt = nil, s.timestamp()
		return ip, nil
	}
	if err := s.setCustomResource(ip, req.ToResource); err != nil {
		return nil, err
	}
	return ip, nil
}

// releaseIPSet releases several IPs, or none of them if one cannot be released.
func (s *Server) releaseIPSet(c *call) (any, error) {
	var req ipam.ReleaseIPSetRequest
	if err := c.decode(&req); err != nil {
		return nil, err
	}
	for _, id := range req.IPIDs {
		ip, ok := s.ips.get(id)
		if !ok || ip.Region != c.region() {
			return nil, errNotFound("ip", id)
		}
		if ip.Resource != nil {
			return nil, errInUse("the IP is attached to " + string(ip.Resource.Type) + " " + ip.Resource.ID)
		}
	}
	for _, id := range req.IPIDs {
		s.ips.remove(id)
	}
	return noContent{}, nil
}
