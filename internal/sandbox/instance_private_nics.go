package sandbox

import (
	"slices"
	"strings"
	"time"

	"github.com/scaleway/scaleway-sdk-go/api/instance/v1"
	v2alpha1 "github.com/scaleway/scaleway-sdk-go/api/instance/v2alpha1"
	"github.com/scaleway/scaleway-sdk-go/api/ipam/v1"
)

// nicSyncDuration is the recorded time until a private NIC is available.
const nicSyncDuration = 100 * time.Millisecond

// networkInterface is a private NIC in v2alpha1.
type networkInterface struct {
	v2alpha1.PrivateNetworkInterface

	Srn string `json:"srn,omitempty"` // not in recordings
}

// routePrivateNICs registers the private NICs of instance/v1.
//
// [INFERRED instance-private-nics] Recordings show private NICs in the responses of their Instances only, and empty
// lists of v2alpha1. Their life is built from the SDK. The dates of recorded NICs show a change 0.1 seconds after the
// creation: until then, a NIC is syncing.
func (s *Server) routePrivateNICs(base string) {
	s.route("GET "+base, areaInstance, s.withServer(s.listPrivateNICs))
	s.route("POST "+base, areaInstance, s.withServer(s.createPrivateNIC))
	s.route("GET "+base+"/{nic}", areaInstance, s.withPrivateNIC(s.getPrivateNIC))
	s.route("PATCH "+base+"/{nic}", areaInstance, s.withPrivateNIC(s.updatePrivateNIC))
	s.route("DELETE "+base+"/{nic}", areaInstance, s.withPrivateNIC(s.deletePrivateNIC))
}

// withPrivateNIC returns a handler that calls handle with the Instance and the private NIC in the path.
func (s *Server) withPrivateNIC(handle func(*call, *server, *privateNIC) (any, error)) handler {
	return s.withServer(func(c *call, srv *server) (any, error) {
		for _, nic := range srv.PrivateNics {
			if nic.ID == c.PathValue("nic") {
				return handle(c, srv, nic)
			}
		}
		return nil, errNotFound("instance_private_nic", c.PathValue("nic"))
	})
}

func (s *Server) listPrivateNICs(c *call, srv *server) (any, error) {
	found := []*privateNIC{}
	for _, nic := range srv.PrivateNics {
		if c.filters().hasAllTags(nic.Tags) {
			found = append(found, nic)
		}
	}
	page, total := paginateWithDefault(c, found, 50)
	return listResponse{map[string]any{"private_nics": page}, total}, nil
}

func (s *Server) createPrivateNIC(c *call, srv *server) (any, error) {
	var req instance.CreatePrivateNICRequest
	if err := c.decode(&req); err != nil {
		return nil, err
	}
	nic, err := s.addPrivateNIC(srv, req.PrivateNetworkID, req.IpamIPIDs)
	if err != nil {
		return nil, err
	}
	nic.Tags = nonNilTags(req.Tags)
	return created{map[string]any{"private_nic": nic}}, nil
}

// addPrivateNIC attaches an Instance to a Private Network, with the given IPs of IPAM or with new ones.
func (s *Server) addPrivateNIC(srv *server, networkID string, ipIDs []string) (*privateNIC, error) {
	region, err := srv.Zone.Region()
	network, ok := s.privateNetworks.get(networkID)
	if err != nil || !ok || network.Region != region {
		return nil, errNotFound("private_network", networkID)
	}
	if slices.ContainsFunc(srv.PrivateNics, func(nic *privateNIC) bool { return nic.PrivateNetworkID == networkID }) {
		return nil, errPrecondition("unknown_precondition", "the Instance is already in the Private Network")
	}
	for _, id := range ipIDs {
		ip, ok := s.ips.get(id)
		if !ok || !s.isInPrivateNetwork(ip, networkID) {
			return nil, errNotFound("ip", id)
		}
		if ip.Resource != nil {
			return nil, errPrecondition("unknown_precondition", "the IP is attached to "+ip.Resource.ID)
		}
	}
	nic := s.attachPrivateNIC(network, srv)
	if len(ipIDs) > 0 {
		s.releaseIPs(nic.ID)
		mac := strings.ToUpper(nic.MacAddress)
		for _, id := range ipIDs {
			if ip, ok := s.ips.get(id); ok {
				s.attachIP(ip, ipam.ResourceTypeInstancePrivateNic, nic.ID, srv.Name, &mac)
			}
		}
		nic.IpamIPIDs = ipIDs
	}
	srv.PrivateNics = append(srv.PrivateNics, nic)
	nic.State = instance.PrivateNICStateSyncing
	s.afterState(nicSyncDuration, func() {
		if nic.State == instance.PrivateNICStateSyncing {
			nic.State, nic.ModificationDate = instance.PrivateNICStateAvailable, s.timestamp()
		}
	})
	return nic, nil
}

func (s *Server) getPrivateNIC(_ *call, _ *server, nic *privateNIC) (any, error) {
	return map[string]any{"private_nic": nic}, nil
}

// updatePrivateNIC changes the tags of a private NIC. Its response is not wrapped, as in the SDK.
func (s *Server) updatePrivateNIC(c *call, _ *server, nic *privateNIC) (any, error) {
	var req instance.UpdatePrivateNICRequest
	if err := c.decode(&req); err != nil {
		return nil, err
	}
	setListIfPresent(&nic.Tags, req.Tags)
	nic.ModificationDate = s.timestamp()
	return nic, nil
}

func (s *Server) deletePrivateNIC(_ *call, srv *server, nic *privateNIC) (any, error) {
	s.releaseIPs(nic.ID)
	srv.PrivateNics = slices.DeleteFunc(srv.PrivateNics, func(other *privateNIC) bool { return other == nic })
	return noContent{}, nil
}

// routeNetworkInterfaces registers the private NICs of instance/v2alpha1.
func (s *Server) routeNetworkInterfaces(base string) {
	one := base + "/private-network-interfaces/{nic}"
	s.route("GET "+base+"/private-network-interfaces", areaInstance, s.listNetworkInterfaces)
	s.route("POST "+base+"/private-network-interfaces", areaInstance, s.createNetworkInterface)
	s.route("GET "+one, areaInstance, s.withNetworkInterface(
		func(_ *call, srv *server, nic *privateNIC) (any, error) { return nic.toV2(srv), nil },
	))
	s.route("PATCH "+one, areaInstance, s.withNetworkInterface(s.updateNetworkInterface))
	s.route("DELETE "+one, areaInstance, s.withNetworkInterface(s.deletePrivateNIC))
	s.route("POST "+one+"/detach-and-delete", areaInstance, s.withNetworkInterface(
		func(c *call, srv *server, nic *privateNIC) (any, error) {
			_, err := s.deletePrivateNIC(c, srv, nic)
			return nic.toV2(srv), err
		},
	))
}

func (s *Server) withNetworkInterface(handle func(*call, *server, *privateNIC) (any, error)) handler {
	return func(c *call) (any, error) {
		for _, srv := range s.servers.list(func(srv *server) bool { return srv.Zone == c.zone() }) {
			for _, nic := range srv.PrivateNics {
				if nic.ID == c.PathValue("nic") {
					return handle(c, srv, nic)
				}
			}
		}
		return nil, errNotFound("private_network_interface", c.PathValue("nic"))
	}
}

// toV2 converts a private NIC to v2alpha1.
func (nic *privateNIC) toV2(srv *server) *networkInterface {
	return &networkInterface{PrivateNetworkInterface: v2alpha1.PrivateNetworkInterface{
		ID: nic.ID, PrivateNetworkID: nic.PrivateNetworkID, ProjectID: srv.Project, ServerID: srv.ID,
		MacAddress: nic.MacAddress, Status: v2alpha1.PrivateNetworkInterfaceStatus(nic.State), IPIDs: nic.IpamIPIDs,
		Tags: nic.Tags, CreatedAt: nic.CreationDate, UpdatedAt: nic.ModificationDate, Zone: nic.Zone,
	}}
}

// listNetworkInterfaces returns all private NICs on one page. As recorded, there is no token of a next page.
func (s *Server) listNetworkInterfaces(c *call) (any, error) {
	f, found := c.filters(), []*networkInterface{}
	for _, srv := range s.servers.list(func(srv *server) bool {
		return srv.Zone == c.zone() && f.matches("project_id", srv.Project) && f.matches("server_ids", srv.ID)
	}) {
		for _, nic := range srv.PrivateNics {
			if f.matches("private_network_ids", nic.PrivateNetworkID) && f.hasTag(nic.Tags) {
				found = append(found, nic.toV2(srv))
			}
		}
	}
	found = sortItems(c, found, "created_at_desc", func(nic *networkInterface) sortKey {
		return sortKey{created: nic.CreatedAt, updated: nic.UpdatedAt}
	})
	return map[string]any{"private_network_interfaces": found, "total_count": len(found)}, nil
}

func (s *Server) createNetworkInterface(c *call) (any, error) {
	var req v2alpha1.CreatePrivateNetworkInterfaceRequest
	if err := c.decode(&req); err != nil {
		return nil, err
	}
	if deref(req.ServerID) == "" {
		return nil, errInvalid("server_id", "required", "the sandbox has no private NIC without an Instance")
	}
	srv, err := s.findServer(c, *req.ServerID)
	if err != nil {
		return nil, err
	}
	nic, err := s.addPrivateNIC(srv, req.PrivateNetworkID, req.IPIDs)
	if err != nil {
		return nil, err
	}
	nic.Tags = nonNilTags(req.Tags)
	return nic.toV2(srv), nil
}

func (s *Server) updateNetworkInterface(c *call, srv *server, nic *privateNIC) (any, error) {
	if _, err := s.updatePrivateNIC(c, srv, nic); err != nil {
		return nil, err
	}
	return nic.toV2(srv), nil
}
