package sandbox

import (
	"cmp"
	"strings"

	"github.com/google/uuid"
	"github.com/scaleway/scaleway-sdk-go/api/vpc/v2"
	"github.com/scaleway/scaleway-sdk-go/scw"
)

// vpcNetwork is a VPC. Every response fills in the number of its Private Networks.
type vpcNetwork struct {
	vpc.VPC

	// S3IntegrationEnabled is what the recordings call the field ObjectStoragePrivateAccessEnabled of the SDK.
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
	s.route("GET "+base+"/vpcs/{id}/acl-rules", areaVPC, s.getVPCACL)
	s.route("PUT "+base+"/vpcs/{id}/acl-rules", areaVPC, s.setVPCACL)
	s.routePrivateNetworks(base)
	s.routeVPCRoutes(base)
	s.routeVPCConnectors(base)
	s.routeIngressRules(base)
	s.routeObjectStorageAccess(base)
}

func (s *Server) listVPCs(c *call) (any, error) {
	f := c.filters()
	found := s.vpcs.list(func(v *vpcNetwork) bool {
		return v.Region == c.region() && f.matches("project_id", v.ProjectID) && f.matches(
			"organization_id", v.OrganizationID,
		) &&
			f.contains("name", v.Name) && f.hasTag(v.Tags) &&
			f.matchesBool("is_default", v.IsDefault) &&
			f.matchesBool("routing_enabled", v.RoutingEnabled) &&
			f.matchesBool("object_storage_private_access_enabled", v.ObjectStoragePrivateAccessEnabled)
	})
	page, total := paginate(c, sortItems(c, found, "created_at_asc", func(v *vpcNetwork) sortKey {
		return sortKey{created: v.CreatedAt, updated: v.UpdatedAt, name: v.Name}
	}))
	for _, v := range page {
		s.withPrivateNetworkCount(v)
	}
	return map[string]any{"vpcs": page, "total_count": total}, nil
}

func (s *Server) createVPC(c *call) (any, error) {
	var req vpc.CreateVPCRequest
	if err := c.decode(&req); err != nil {
		return nil, err
	}
	projectID := c.projectID(&req.ProjectID)
	if _, ok := s.projects.get(projectID); !ok {
		return nil, errNotFound("project_id", projectID)
	}
	// Since 2026, every new VPC has routing and the propagation of custom routes, even if the request disables them.
	v := s.newVPC(uuid.NewString(), cmp.Or(req.Name, generatedName("vpc")), projectID, c.region())
	v.Tags, v.RoutingEnabled, v.CustomRoutesPropagationEnabled = nonNilTags(req.Tags), true, true
	v.TransitivityEnabled = req.EnableTransitivity
	return v, nil
}

// newVPC creates a VPC with the default values.
func (s *Server) newVPC(id, name, projectID string, region scw.Region) *vpcNetwork {
	now := s.timestamp()
	v := &vpcNetwork{VPC: vpc.VPC{
		ID: id, Name: name, OrganizationID: OrganizationID, ProjectID: projectID, Region: region,
		Tags: []string{}, CreatedAt: now, UpdatedAt: now,
	}}
	s.vpcs.put(id, v)
	return v
}

// defaultVPC returns the default VPC of a Project in a region, in which Private Networks are created unless the request
// names a VPC. It creates the VPC if it is missing.
func (s *Server) defaultVPC(projectID string, region scw.Region) *vpcNetwork {
	found := s.vpcs.list(
		func(v *vpcNetwork) bool { return v.IsDefault && v.ProjectID == projectID && v.Region == region },
	)
	if len(found) > 0 {
		return found[0]
	}
	v := s.newVPC(uuid.NewString(), "default", projectID, region)
	v.IsDefault, v.Tags = true, []string{"default"}
	return v
}

// findVPC returns the VPC in the path.
func (s *Server) findVPC(c *call) (*vpcNetwork, error) {
	id := c.PathValue("id")
	v, ok := s.vpcs.get(id)
	if !ok || v.Region != c.region() {
		return nil, errNotFound("vpc", id)
	}
	return v, nil
}

// withPrivateNetworkCount fills in the number of Private Networks of a VPC.
func (s *Server) withPrivateNetworkCount(v *vpcNetwork) *vpcNetwork {
	v.PrivateNetworkCount = uint32(len(s.privateNetworksOf(v.ID)))
	return v
}

func (s *Server) getVPC(c *call) (any, error) {
	v, err := s.findVPC(c)
	if err != nil {
		return nil, err
	}
	return s.withPrivateNetworkCount(v), nil
}

func (s *Server) updateVPC(c *call) (any, error) {
	v, err := s.findVPC(c)
	if err != nil {
		return nil, err
	}
	var req vpc.UpdateVPCRequest
	if err := c.decode(&req); err != nil {
		return nil, err
	}
	if req.Name != nil {
		v.Name = *req.Name
	}
	if req.Tags != nil {
		v.Tags = nonNilTags(*req.Tags)
	}
	v.UpdatedAt = s.timestamp()
	return s.withPrivateNetworkCount(v), nil
}

// changeVPC returns a handler that applies a change to the VPC in the path.
func (s *Server) changeVPC(change func(*vpcNetwork)) handler {
	return func(c *call) (any, error) {
		v, err := s.findVPC(c)
		if err != nil {
			return nil, err
		}
		change(v)
		v.UpdatedAt = s.timestamp()
		return s.withPrivateNetworkCount(v), nil
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
	if networks := s.privateNetworksOf(v.ID); len(networks) > 0 {
		return nil, errInUse("the VPC still has Private Networks: " + strings.Join(networks, ", "))
	}
	for _, one := range s.vpcConnectors.list(func(one *vpcConnector) bool { return one.VpcID == v.ID }) {
		return nil, errInUse("the VPC still has the VPC connector " + one.ID) // [INFERRED vpc-connector-in-use]
	}
	for _, r := range s.vpcRoutes.list(func(r *vpcRoute) bool { return r.VpcID == v.ID }) {
		s.vpcRoutes.remove(r.ID)
	}
	s.vpcACLs.remove(vpcACLKey(v.ID, false))
	s.vpcACLs.remove(vpcACLKey(v.ID, true))
	s.vpcs.remove(v.ID)
	return noContent{}, nil
}

// privateNetworksOf returns the ids of the Private Networks of a VPC.
func (s *Server) privateNetworksOf(vpcID string) []string {
	var ids []string
	for _, network := range s.privateNetworks.list(nil) {
		if network.VpcID == vpcID {
			ids = append(ids, network.ID)
		}
	}
	return ids
}

// generatedName returns the name of an object that is created without one.
func generatedName(prefix string) string {
	return prefix + "-" + uuid.NewString()[:8]
}
