package sandbox

import (
	"fmt"
	"time"

	"github.com/scaleway/scaleway-sdk-go/api/instance/v1"
)

// server is the Instance of a node. The sandbox creates and deletes it with the node.
type server struct {
	instance.Server

	// Fields that the SDK does not have: always null, and always empty.
	Bootscript    *string     `json:"bootscript"`
	ExtraNetworks [0]struct{} `json:"extra_networks"`
	// PrivateNics replaces the SDK's field, see privateNIC.
	PrivateNics []*privateNIC `json:"private_nics"`
}

// privateNIC is the network interface of an Instance in a Private Network.
type privateNIC struct {
	instance.PrivateNIC

	ModificationDate *time.Time `json:"modification_date"` // not in the SDK
}

func (s *Server) routeServers(base string) {
	s.route("GET "+base+"/servers", areaInstance, s.listServers)
	s.route("GET "+base+"/servers/{id}", areaInstance, s.getServer)
}

func (s *Server) listServers(c *call) (any, error) {
	f := c.filters()
	found := s.servers.list(func(srv *server) bool {
		inNetwork := len(f.values("private_network")) == 0
		for _, nic := range srv.PrivateNics {
			inNetwork = inNetwork || f.matches("private_network", nic.PrivateNetworkID)
		}
		return srv.Zone == c.zone() && f.matches("project", srv.Project) && f.matches(
			"organization", srv.Organization,
		) && inNetwork &&
			f.contains("name", srv.Name) && f.matches("commercial_type", srv.CommercialType) && f.hasTag(srv.Tags) &&
			f.matches("servers", srv.ID) &&
			f.matches("state", srv.State.String())
	})
	page, total := paginateWithDefault(c, found, 50)
	return listResponse{map[string]any{"servers": page}, total}, nil
}

func (s *Server) getServer(c *call) (any, error) {
	id := c.PathValue("id")
	srv, ok := s.servers.get(id)
	if !ok || srv.Zone != c.zone() {
		return nil, errInstanceNotFound("instance_server", id)
	}
	return map[string]any{"server": srv}, nil
}

// errInstanceNotFound returns a not-found error with the message of instance/v1.
func errInstanceNotFound(resource, id string) *apiError {
	notFound := errNotFound(resource, id)
	notFound.body["message"] = fmt.Sprintf("resource %s not found", id)
	return notFound
}
