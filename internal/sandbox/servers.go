package sandbox

import (
	"fmt"

	"github.com/scaleway/scaleway-sdk-go/api/instance/v1"
)

// server is an Instance: the machine of a node, which is made and deleted with it.
type server struct {
	instance.Server

	// What the SDK leaves out: always null, and always empty.
	Bootscript    *string     `json:"bootscript"`
	ExtraNetworks [0]struct{} `json:"extra_networks"`
}

func (s *Server) routeServers(base string) {
	s.route("GET "+base+"/servers", areaInstance, s.listServers)
	s.route("GET "+base+"/servers/{id}", areaInstance, s.getServer)
}

func (s *Server) listServers(c *call) (any, error) {
	f := c.filters()
	found := s.servers.list(func(one *server) bool {
		private := len(f.values("private_network")) == 0
		for _, card := range one.PrivateNics {
			private = private || f.is("private_network", card.PrivateNetworkID)
		}
		return one.Zone == c.zone() && f.is("project", one.Project) && f.is("organization", one.Organization) && private &&
			f.contains("name", one.Name) && f.is("commercial_type", one.CommercialType) && f.tagged(one.Tags) &&
			f.is("servers", one.ID) && f.is("state", one.State.String())
	})
	page, total := pagedBy(c, found, 50)
	return listAnswer{map[string]any{"servers": page}, total}, nil
}

func (s *Server) getServer(c *call) (any, error) {
	id := c.PathValue("id")
	one, ok := s.servers.get(id)
	if !ok || one.Zone != c.zone() {
		return nil, errUnknown("instance_server", id)
	}
	return map[string]any{"server": one}, nil
}

// errUnknown is how instance/v1 says not found.
func errUnknown(resource, id string) *apiError {
	unknown := errNotFound(resource, id)
	unknown.body["message"] = fmt.Sprintf("resource %s not found", id)
	return unknown
}
