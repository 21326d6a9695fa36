package sandbox

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/scaleway/scaleway-sdk-go/api/instance/v1"
)

// server is an Instance: of a node, which the sandbox creates and deletes with the node, or one that a client created.
type server struct {
	instance.Server

	// Fields that the SDK does not have: always null, and always empty.
	Bootscript    *string     `json:"bootscript"`
	ExtraNetworks [0]struct{} `json:"extra_networks"`
	// PrivateNics replaces the SDK's field, see privateNIC.
	PrivateNics []*privateNIC `json:"private_nics"`
	// Volumes replaces the SDK's field, see withVolumes.
	Volumes map[string]any `json:"volumes"`

	slots    map[string]volumeSlot // the volumes by their index
	userData map[string][]byte
}

// privateNIC is the network interface of an Instance in a Private Network.
type privateNIC struct {
	instance.PrivateNIC

	ModificationDate *time.Time `json:"modification_date"` // not in the SDK
}

func (s *Server) routeServers(base string) {
	one := base + "/servers/{id}"
	s.route("GET "+base+"/servers", areaInstance, s.listServers)
	s.route("POST "+base+"/servers", areaInstance, s.createServer)
	s.route("GET "+one, areaInstance, s.withServer(s.getServer))
	s.route("PATCH "+one, areaInstance, s.withServer(s.updateServer))
	s.route("DELETE "+one, areaInstance, s.withServer(s.deleteServer))
	s.route("GET "+one+"/action", areaInstance, s.withServer(s.listServerActions))
	s.route("POST "+one+"/action", areaInstance, s.withServer(s.startServerAction))
	s.route("GET "+one+"/compatible-types", areaInstance, s.withServer(s.listCompatibleTypes))
	s.route("POST "+one+"/attach-volume", areaInstance, s.withServer(s.attachServerVolume))
	s.route("POST "+one+"/detach-volume", areaInstance, s.withServer(s.detachServerVolume))
	s.routeUserData(one + "/user_data")
	s.routePrivateNICs(one + "/private_nics")
}

// withServer returns a handler that calls handle with the Instance in the path.
func (s *Server) withServer(handle func(*call, *server) (any, error)) handler {
	return func(c *call) (any, error) {
		srv, err := s.findServer(c, c.PathValue("id"))
		if err != nil {
			return nil, err
		}
		return handle(c, srv)
	}
}

func (s *Server) findServer(c *call, id string) (*server, error) {
	srv, ok := s.servers.get(id)
	if !ok || srv.Zone != c.zone() {
		return nil, errNotFound("instance_server", id)
	}
	return srv, nil
}

// listServers lists Instances, by default the newest first.
func (s *Server) listServers(c *call) (any, error) {
	f := c.filters()
	found := s.servers.list(func(srv *server) bool {
		return srv.Zone == c.zone() && f.matches("project", srv.Project) && f.matches(
			"organization", srv.Organization,
		) && matchesAddresses(f, srv) && matchesNICs(f, srv) &&
			f.contains(
				"name",
				srv.Name,
			) && f.matches("commercial_type", srv.CommercialType) && f.hasAllTags(srv.Tags) &&
			f.matches("servers", srv.ID) &&
			f.matches("state", srv.State.String())
	})
	page, total := paginateWithDefault(c, sortServers(c, found), 50)
	for _, srv := range page {
		s.withVolumes(srv)
	}
	return listResponse{map[string]any{"servers": page}, total}, nil
}

// sortServers sorts Instances by the request's order.
func sortServers(c *call, found []*server) []*server {
	order := cmp.Or(c.URL.Query().Get("order"), "creation_date_desc")
	descending := strings.HasSuffix(order, "_desc")
	if descending {
		slices.Reverse(found)
	}
	slices.SortStableFunc(found, func(a, b *server) int {
		if descending {
			a, b = b, a
		}
		if strings.HasPrefix(order, "modification_date") {
			return compareTimes(a.ModificationDate, b.ModificationDate)
		}
		return compareTimes(a.CreationDate, b.CreationDate)
	})
	return found
}

// matchesAddresses reports whether an Instance matches the filters on its IPs. No Instance of the sandbox has a
// private_ip of the former kind.
func matchesAddresses(f filters, srv *server) bool {
	if len(f.values("private_ip")) > 0 {
		return false
	}
	hasAddress := len(f.values("with_ip")) == 0
	for _, ip := range srv.PublicIPs {
		hasAddress = hasAddress || f.matches("with_ip", ip.Address.String())
	}
	return hasAddress && f.matchesBool("without_ip", len(srv.PublicIPs) == 0)
}

// matchesNICs reports whether one network interface of an Instance matches the filters on them.
func matchesNICs(f filters, srv *server) bool {
	names := []string{"private_network", "private_networks", "private_nic_mac_address"}
	for _, name := range names {
		matches := len(f.values(name)) == 0
		for _, nic := range srv.PrivateNics {
			field := nic.PrivateNetworkID
			if name == "private_nic_mac_address" {
				field = nic.MacAddress
			}
			matches = matches || f.matches(name, field)
		}
		if !matches {
			return false
		}
	}
	return true
}

func (s *Server) getServer(_ *call, srv *server) (any, error) {
	return map[string]any{"server": s.withVolumes(srv)}, nil
}

// listCompatibleTypes lists the types that an Instance can change to.
//
// [INFERRED instance-compatible-types] No recording shows it: the types of the zone with the architecture of the
// Instance that are not retired.
func (s *Server) listCompatibleTypes(c *call, srv *server) (any, error) {
	names := []string{}
	for _, t := range newServerTypes() {
		if t.existsIn(c.zone()) && t.Arch == srv.Arch && !t.EndOfService && t.name != srv.CommercialType {
			names = append(names, t.name)
		}
	}
	return map[string]any{"compatible_types": names}, nil
}
