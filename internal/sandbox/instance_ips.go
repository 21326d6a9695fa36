package sandbox

import (
	"net"
	"slices"

	"github.com/google/uuid"
	"github.com/scaleway/scaleway-sdk-go/api/instance/v1"
	"github.com/scaleway/scaleway-sdk-go/scw"
)

// instanceIP is a public IP of instance/v1: a flexible one, or the dynamic one of an Instance.
//
// [INFERRED instance-ips] Recordings show IPs in the responses of their Instances only. The lists and the life of an IP
// are built from the SDK.
type instanceIP struct {
	instance.IP

	// Address and Prefix replace the SDK's fields: an IPv4 address has no prefix, and an IPv6 prefix no address.
	Address *net.IP    `json:"address"`
	Prefix  *scw.IPNet `json:"prefix"`

	isDynamic bool
}

func (s *Server) routeInstanceIPs(base string) {
	s.route("GET "+base+"/ips", areaInstance, s.listInstanceIPs)
	s.route("POST "+base+"/ips", areaInstance, s.createInstanceIP)
	s.route("GET "+base+"/ips/{id}", areaInstance, s.withInstanceIP(s.getInstanceIP))
	s.route("PATCH "+base+"/ips/{id}", areaInstance, s.withInstanceIP(s.updateInstanceIP))
	s.route("DELETE "+base+"/ips/{id}", areaInstance, s.withInstanceIP(s.deleteInstanceIP))
}

// withInstanceIP returns a handler that calls handle with the IP in the path: its id or its address.
func (s *Server) withInstanceIP(handle func(*call, *instanceIP) (any, error)) handler {
	return func(c *call) (any, error) {
		id := c.PathValue("id")
		for _, ip := range s.instanceIPs.list(nil) {
			if ip.Zone == c.zone() && (ip.ID == id || ip.Address != nil && ip.Address.String() == id) {
				return handle(c, ip)
			}
		}
		return nil, errNotFound("instance_ip", id)
	}
}

func (s *Server) listInstanceIPs(c *call) (any, error) {
	f := c.filters()
	found := s.instanceIPs.list(func(ip *instanceIP) bool {
		return ip.Zone == c.zone() && f.matches("project", ip.Project) && f.matches("organization", ip.Organization) &&
			f.hasAllTags(ip.Tags) && f.matches("type", ip.Type.String()) && f.contains("name", deref(ip.Reverse))
	})
	slices.Reverse(found)
	page, total := paginateWithDefault(c, found, 50)
	return listResponse{map[string]any{"ips": page}, total}, nil
}

func (s *Server) createInstanceIP(c *call) (any, error) {
	var req instance.CreateIPRequest
	if err := c.decode(&req); err != nil {
		return nil, err
	}
	ip := s.newInstanceIP(c.projectID(req.Project), c.zone(), req.Type == instance.IPTypeRoutedIPv6)
	ip.Tags = nonNilTags(req.Tags)
	if id := deref(req.Server); id != "" {
		srv, err := s.findServer(c, id)
		if err != nil {
			s.instanceIPs.remove(ip.ID)
			return nil, err
		}
		s.assignIP(ip, srv)
	}
	return created{map[string]any{"ip": ip}}, nil
}

// newInstanceIP creates an IP that is not attached.
func (s *Server) newInstanceIP(projectID string, zone scw.Zone, isIPv6 bool) *instanceIP {
	id := uuid.NewString()
	ip := &instanceIP{IP: instance.IP{
		ID: id, IpamID: id, Organization: s.organizationOf(projectID), Project: projectID, Tags: []string{}, Zone: zone,
		Type: instance.IPTypeRoutedIPv4, State: instance.IPStateDetached,
	}}
	if isIPv6 {
		_, address := publicAddresses(id)
		mask := net.CIDRMask(64, 128)
		ip.Type = instance.IPTypeRoutedIPv6
		ip.Prefix = &scw.IPNet{IPNet: net.IPNet{IP: address.Mask(mask), Mask: mask}}
	} else {
		address := s.nextPublicIP().To4()
		ip.Address = &address
	}
	s.instanceIPs.put(id, ip)
	return ip
}

func (s *Server) getInstanceIP(_ *call, ip *instanceIP) (any, error) {
	return map[string]any{"ip": ip}, nil
}

func (s *Server) updateInstanceIP(c *call, ip *instanceIP) (any, error) {
	var req struct {
		Reverse nullableText `json:"reverse"`
		Server  nullableText `json:"server"`
		Tags    *[]string    `json:"tags"`
	}
	if err := c.decode(&req); err != nil {
		return nil, err
	}
	if req.Server.isSet {
		s.unassignIP(ip)
	}
	if req.Server.value != "" {
		srv, err := s.findServer(c, req.Server.value)
		if err != nil {
			return nil, err
		}
		s.assignIP(ip, srv)
	}
	if req.Reverse.isSet {
		ip.Reverse = &req.Reverse.value
	}
	setListIfPresent(&ip.Tags, req.Tags)
	return s.getInstanceIP(c, ip)
}

func (s *Server) deleteInstanceIP(_ *call, ip *instanceIP) (any, error) {
	s.unassignIP(ip)
	s.instanceIPs.remove(ip.ID)
	return noContent{}, nil
}

// assignIP attaches an IP to an Instance. A flexible IP replaces the dynamic one.
func (s *Server) assignIP(ip *instanceIP, srv *server) {
	if !ip.isDynamic {
		s.removeDynamicIPs(srv)
	}
	s.unassignIP(ip)
	ip.Server, ip.State = &instance.ServerSummary{ID: srv.ID, Name: srv.Name}, instance.IPStateAttached
	s.showIPs(srv.ID)
}

// unassignIP detaches an IP from its Instance, if it has one.
func (s *Server) unassignIP(ip *instanceIP) {
	if ip.Server != nil {
		id := ip.Server.ID
		ip.Server, ip.State = nil, instance.IPStateDetached
		s.showIPs(id)
	}
}

// ipsOf returns the IPs of an Instance.
func (s *Server) ipsOf(serverID string) []*instanceIP {
	return s.instanceIPs.list(func(ip *instanceIP) bool { return ip.Server != nil && ip.Server.ID == serverID })
}

// showIPs updates the IPs in the response of an Instance.
func (s *Server) showIPs(serverID string) {
	srv, ok := s.servers.get(serverID)
	if !ok {
		return
	}
	srv.PublicIPs, srv.PublicIP = []*instance.ServerIP{}, nil //nolint:staticcheck // deprecated, still in responses
	for _, ip := range s.ipsOf(serverID) {
		var shown *instance.ServerIP
		if ip.Address != nil {
			shown = newPublicIP(*ip.Address, "62.210.0.1", "32", instance.ServerIPIPFamilyInet,
				instance.ServerIPProvisioningModeDHCP, ip.Tags)
		} else {
			address := slices.Clone(ip.Prefix.IP)
			address[len(address)-1] = 1
			shown = newPublicIP(address, "fe80::1", "64", instance.ServerIPIPFamilyInet6,
				instance.ServerIPProvisioningModeSlaac, ip.Tags)
		}
		shown.ID, shown.IpamID, shown.Dynamic = ip.ID, ip.IpamID, ip.isDynamic
		srv.PublicIPs = append(srv.PublicIPs, shown)
		if srv.PublicIP == nil && ip.Address != nil { //nolint:staticcheck // as above
			srv.PublicIP = shown //nolint:staticcheck // as above
		}
	}
}

// setServerIPs replaces the flexible IPs of an Instance.
func (s *Server) setServerIPs(srv *server, ids []string) error {
	for _, id := range ids {
		if ip, ok := s.instanceIPs.get(id); !ok || ip.Zone != srv.Zone {
			return errNotFound("instance_ip", id)
		}
	}
	for _, ip := range s.ipsOf(srv.ID) {
		if !ip.isDynamic && !slices.Contains(ids, ip.ID) {
			s.unassignIP(ip)
		}
	}
	for _, id := range ids {
		if ip, ok := s.instanceIPs.get(id); ok {
			s.assignIP(ip, srv)
		}
	}
	return nil
}

// addMachineIP adds an IP in the response of a node's Instance to the IPs of instance/v1.
func (s *Server) addMachineIP(machine *server, shown *instance.ServerIP) {
	ip := &instanceIP{IP: instance.IP{
		ID: shown.ID, IpamID: shown.IpamID, Organization: machine.Organization, Project: machine.Project,
		Tags: shown.Tags, Zone: machine.Zone, Type: instance.IPTypeRoutedIPv4, State: instance.IPStateAttached,
		Server: &instance.ServerSummary{ID: machine.ID, Name: machine.Name},
	}}
	if shown.Family == instance.ServerIPIPFamilyInet6 {
		mask := net.CIDRMask(64, 128)
		ip.Type = instance.IPTypeRoutedIPv6
		ip.Prefix = &scw.IPNet{IPNet: net.IPNet{IP: shown.Address.Mask(mask), Mask: mask}}
	} else {
		ip.Address = &shown.Address
	}
	s.instanceIPs.put(ip.ID, ip)
}

// addDynamicIP gives an Instance an IP that it loses when it stops.
func (s *Server) addDynamicIP(srv *server) {
	ip := s.newInstanceIP(srv.Project, srv.Zone, false)
	ip.isDynamic = true
	s.assignIP(ip, srv)
}

func (s *Server) removeDynamicIPs(srv *server) {
	for _, ip := range s.ipsOf(srv.ID) {
		if ip.isDynamic {
			s.instanceIPs.remove(ip.ID)
		}
	}
	s.showIPs(srv.ID)
}

// releaseServerIPs detaches the IPs of an Instance that is being deleted.
func (s *Server) releaseServerIPs(srv *server) {
	s.removeDynamicIPs(srv)
	for _, ip := range s.ipsOf(srv.ID) {
		s.unassignIP(ip)
	}
}
