package sandbox

import (
	"encoding/binary"
	"net"
	"strings"

	"github.com/google/uuid"
	"github.com/scaleway/scaleway-sdk-go/api/ipam/v1"
	"github.com/scaleway/scaleway-sdk-go/api/rdb/v1"
	"github.com/scaleway/scaleway-sdk-go/scw"
)

func (s *Server) routeDatabaseEndpoints(base string) {
	s.route("POST "+base+"/instances/{id}/endpoints", areaDatabase,
		withObject(s.findDatabaseInstance, s.createDatabaseEndpoint))
	s.route("GET "+base+"/endpoints/{id}", areaDatabase, func(c *call) (any, error) {
		_, endpoint, err := s.findDatabaseEndpoint(c)
		if err != nil {
			return nil, err
		}
		return endpoint, nil
	})
	s.route("DELETE "+base+"/endpoints/{id}", areaDatabase, s.deleteDatabaseEndpoint)
}

// addPublicEndpoint adds the public endpoint of an instance, which any address may reach until the access rules
// change [INFERRED rdb-new-instance].
func (s *Server) addPublicEndpoint(i *rdbInstance) {
	id, ip := uuid.New(), s.nextPublicIP()
	i.Endpoint = &rdb.Endpoint{
		ID: id.String(), IP: &ip, Port: 1024 + uint32(binary.BigEndian.Uint16(id[:]))%50000,
		LoadBalancer: &rdb.EndpointLoadBalancerDetails{},
	}
	i.Endpoints = append(i.Endpoints, i.Endpoint)
	if i.acls == nil {
		everywhere := scw.IPNet{IPNet: net.IPNet{IP: net.IPv4zero.To4(), Mask: net.CIDRMask(0, 32)}}
		i.setACLs([]*rdb.ACLRuleRequest{{IP: everywhere, Description: "Allow all"}})
	}
}

// addPrivateEndpoint adds an endpoint in a Private Network. Its address is that of the specification, or else one of
// IPAM.
func (s *Server) addPrivateEndpoint(i *rdbInstance, spec *rdb.EndpointSpecPrivateNetwork) error {
	network, ok := s.privateNetworks.get(spec.PrivateNetworkID)
	if !ok || network.Region != i.Region {
		return errNotFound("private_network", spec.PrivateNetworkID)
	}
	mode, address := rdb.EndpointPrivateNetworkDetailsProvisioningModeIpam, net.IP(nil)
	if spec.ServiceIP != nil && len(spec.ServiceIP.IP) > 0 {
		mode, address = rdb.EndpointPrivateNetworkDetailsProvisioningModeStatic, spec.ServiceIP.IP
	}
	ip, err := s.bookIP(network, false, address)
	if err != nil {
		return err
	}
	s.attachIP(ip, ipam.ResourceTypeRdbInstance, i.ID, i.Name, nil)
	port, host := uint32(5432), ip.Address.IP
	if strings.HasPrefix(i.Engine, "MySQL") {
		port = 3306
	}
	i.Endpoints = append(i.Endpoints, &rdb.Endpoint{
		ID: uuid.NewString(), IP: &host, Port: port, PrivateNetwork: &rdb.EndpointPrivateNetworkDetails{
			PrivateNetworkID: network.ID, ServiceIP: ip.Address, Zone: scw.Zone(i.Region.String() + "-1"),
			ProvisioningMode: mode,
		},
	})
	return nil
}

func (s *Server) createDatabaseEndpoint(c *call, i *rdbInstance) (any, error) {
	var req rdb.CreateEndpointRequest
	if err := c.decode(&req); err != nil {
		return nil, err
	}
	if err := i.requireReady(); err != nil {
		return nil, err
	}
	switch {
	case req.EndpointSpec != nil && req.EndpointSpec.PrivateNetwork != nil:
		if err := s.addPrivateEndpoint(i, req.EndpointSpec.PrivateNetwork); err != nil {
			return nil, err
		}
	case req.EndpointSpec != nil && req.EndpointSpec.LoadBalancer != nil:
		if i.Endpoint != nil {
			return nil, errPrecondition("unknown_precondition", "the instance has a public endpoint")
		}
		s.addPublicEndpoint(i)
	default:
		return nil, errInvalid("endpoint_spec", "required", "")
	}
	i.certificate = nil
	s.configure(i, rdb.InstanceStatusConfiguring)
	return i.Endpoints[len(i.Endpoints)-1], nil
}

// findDatabaseEndpoint returns an endpoint and its instance.
func (s *Server) findDatabaseEndpoint(c *call) (*rdbInstance, *rdb.Endpoint, error) {
	id := c.PathValue("id")
	for _, i := range s.rdbInstances.list(func(i *rdbInstance) bool { return i.Region == c.region() }) {
		for _, endpoint := range i.Endpoints {
			if endpoint.ID == id {
				return i, endpoint, nil
			}
		}
	}
	return nil, nil, errNotFound("endpoint", id)
}

func (s *Server) deleteDatabaseEndpoint(c *call) (any, error) {
	i, endpoint, err := s.findDatabaseEndpoint(c)
	if err != nil {
		return nil, err
	}
	if err := i.requireReady(); err != nil {
		return nil, err
	}
	left := []*rdb.Endpoint{}
	for _, other := range i.Endpoints {
		if other != endpoint {
			left = append(left, other)
		}
	}
	i.Endpoints, i.certificate = left, nil
	if i.Endpoint == endpoint {
		i.Endpoint = nil
	}
	if private := endpoint.PrivateNetwork; private != nil {
		for _, ip := range s.ips.list(func(ip *ipamIP) bool {
			return ip.Resource != nil && ip.Resource.ID == i.ID && ip.Address.String() == private.ServiceIP.String()
		}) {
			if ip.Resource = nil; !ip.reserved {
				s.ips.remove(ip.ID)
			}
		}
	}
	s.configure(i, rdb.InstanceStatusConfiguring)
	return noContent{}, nil
}
