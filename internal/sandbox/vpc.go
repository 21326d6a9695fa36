package sandbox

import (
	"cmp"
	"strings"

	"github.com/google/uuid"
	"github.com/scaleway/scaleway-sdk-go/api/vpc/v2"
	"github.com/scaleway/scaleway-sdk-go/scw"
)

// vpcNetwork is a VPC. The count of its Private Networks is filled in by every answer.
type vpcNetwork struct {
	vpc.VPC

	// S3IntegrationEnabled is what recordings call ObjectStoragePrivateAccessEnabled.
	S3IntegrationEnabled bool `json:"s3_integration_enabled"`
}

func (s *Server) routeVPC() {
	const base = "/vpc/v2/regions/{region}"
	s.route("GET "+base+"/vpcs", areaVPC, s.listVPCs)
	s.route("POST "+base+"/vpcs", areaVPC, s.createVPC)
	s.route("GET "+base+"/vpcs/{id}", areaVPC, s.getVPC)
	s.route("PATCH "+base+"/vpcs/{id}", areaVPC, s.updateVPC)
	s.route("DELETE "+base+"/vpcs/{id}", areaVPC, s.deleteVPC)
	s.route(
		"POST "+base+"/vpcs/{id}/enable-routing", areaVPC, s.changeVPC(func(v *vpcNetwork) { v.RoutingEnabled = true }),
	)
	s.route("POST "+base+"/vpcs/{id}/enable-custom-routes-propagation", areaVPC,
		s.changeVPC(func(v *vpcNetwork) { v.CustomRoutesPropagationEnabled = true }))
	s.routePrivateNetworks(base)
}

func (s *Server) listVPCs(c *call) (any, error) {
	f := c.filters()
	found := s.vpcs.list(func(v *vpcNetwork) bool {
		return v.Region == c.region() && f.is("project_id", v.ProjectID) && f.is("organization_id", v.OrganizationID) &&
			f.contains("name", v.Name) && f.tagged(v.Tags) && f.flag("is_default", v.IsDefault) &&
			f.flag("routing_enabled", v.RoutingEnabled)
	})
	page, total := paged(c, ordered(c, found, "created_at_asc", func(v *vpcNetwork) sortable {
		return sortable{created: v.CreatedAt, updated: v.UpdatedAt, name: v.Name}
	}))
	for _, v := range page {
		s.withSubnetCount(v)
	}
	return map[string]any{"vpcs": page, "total_count": total}, nil
}

func (s *Server) createVPC(c *call) (any, error) {
	var asked vpc.CreateVPCRequest
	if err := c.decode(&asked); err != nil {
		return nil, err
	}
	projectID := c.projectID(&asked.ProjectID)
	if _, ok := s.projects.get(projectID); !ok {
		return nil, errNotFound("project_id", projectID)
	}
	// Routing and the propagation of custom routes are on in every VPC created since 2026, whatever the request says.
	v := s.newVPC(uuid.NewString(), cmp.Or(asked.Name, generatedName("vpc")), projectID, c.region())
	v.Tags, v.RoutingEnabled, v.CustomRoutesPropagationEnabled = tagList(asked.Tags), true, true
	v.TransitivityEnabled = asked.EnableTransitivity
	return v, nil
}

// newVPC keeps a VPC with the defaults of all.
func (s *Server) newVPC(id, name, projectID string, region scw.Region) *vpcNetwork {
	now := s.stamp()
	v := &vpcNetwork{VPC: vpc.VPC{
		ID: id, Name: name, OrganizationID: OrganizationID, ProjectID: projectID, Region: region,
		Tags: []string{}, CreatedAt: now, UpdatedAt: now,
	}}
	s.vpcs.put(id, v)
	return v
}

// defaultVPC is the VPC that a Private Network of a Project is created in unless another is named. Every Project has
// one in each region; where it is missing it is made.
func (s *Server) defaultVPC(projectID string, region scw.Region) *vpcNetwork {
	found := s.vpcs.list(func(v *vpcNetwork) bool { return v.IsDefault && v.ProjectID == projectID && v.Region == region })
	if len(found) > 0 {
		return found[0]
	}
	v := s.newVPC(uuid.NewString(), "default", projectID, region)
	v.IsDefault, v.Tags = true, []string{"default"}
	return v
}

// findVPC is the VPC of the path.
func (s *Server) findVPC(c *call) (*vpcNetwork, error) {
	id := c.PathValue("id")
	v, ok := s.vpcs.get(id)
	if !ok || v.Region != c.region() {
		return nil, errNotFound("vpc", id)
	}
	return v, nil
}

// withSubnetCount fills in how many Private Networks a VPC has.
func (s *Server) withSubnetCount(v *vpcNetwork) *vpcNetwork {
	v.PrivateNetworkCount = uint32(len(s.privateNetworksOf(v.ID)))
	return v
}

func (s *Server) getVPC(c *call) (any, error) {
	v, err := s.findVPC(c)
	if err != nil {
		return nil, err
	}
	return s.withSubnetCount(v), nil
}

func (s *Server) updateVPC(c *call) (any, error) {
	v, err := s.findVPC(c)
	if err != nil {
		return nil, err
	}
	var asked vpc.UpdateVPCRequest
	if err := c.decode(&asked); err != nil {
		return nil, err
	}
	if asked.Name != nil {
		v.Name = *asked.Name
	}
	if asked.Tags != nil {
		v.Tags = tagList(*asked.Tags)
	}
	v.UpdatedAt = s.stamp()
	return s.withSubnetCount(v), nil
}

// changeVPC is a handler that changes one thing of a VPC.
func (s *Server) changeVPC(change func(*vpcNetwork)) handler {
	return func(c *call) (any, error) {
		v, err := s.findVPC(c)
		if err != nil {
			return nil, err
		}
		change(v)
		v.UpdatedAt = s.stamp()
		return s.withSubnetCount(v), nil
	}
}

func (s *Server) deleteVPC(c *call) (any, error) {
	v, err := s.findVPC(c)
	if err != nil {
		return nil, err
	}
	if v.IsDefault {
		return nil, errPrecondition("unknown_precondition", "the default VPC of a Project cannot be deleted")
	}
	if held := s.privateNetworksOf(v.ID); len(held) > 0 {
		return nil, errInUse("the VPC still has Private Networks: " + strings.Join(held, ", "))
	}
	s.vpcs.remove(v.ID)
	return noContent{}, nil
}

// privateNetworksOf are the ids of a VPC's Private Networks.
func (s *Server) privateNetworksOf(vpcID string) []string {
	var ids []string
	for _, network := range s.privateNetworks.list(nil) {
		if network.VpcID == vpcID {
			ids = append(ids, network.ID)
		}
	}
	return ids
}

// generatedName is what the API calls an object that a request gives no name.
func generatedName(prefix string) string {
	return prefix + "-" + uuid.NewString()[:8]
}
