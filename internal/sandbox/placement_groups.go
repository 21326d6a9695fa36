package sandbox

import (
	"cmp"
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/scaleway/scaleway-sdk-go/api/instance/v1"
	v2alpha1 "github.com/scaleway/scaleway-sdk-go/api/instance/v2alpha1"
	"github.com/scaleway/scaleway-sdk-go/scw"
)

// placementGroup is a placement group of instance/v1, with the fields that only v2alpha1 returns.
type placementGroup struct {
	instance.PlacementGroup

	createdAt, updatedAt *time.Time
}

// placementGroupV2 is a placement group of instance/v2alpha1.
type placementGroupV2 struct {
	v2alpha1.PlacementGroup

	Srn string `json:"srn,omitempty"` // not in recordings
}

// toV2 converts the placement group to v2alpha1.
func (g *placementGroup) toV2() *placementGroupV2 {
	return &placementGroupV2{PlacementGroup: v2alpha1.PlacementGroup{
		ID: g.ID, ProjectID: g.Project, Name: g.Name, PolicyType: v2alpha1.PlacementGroupPolicyType(g.PolicyType),
		Tags:      g.Tags,
		CreatedAt: g.createdAt, UpdatedAt: g.updatedAt, Zone: g.Zone,
	}}
}

func (s *Server) routePlacementGroups(v1, v2 string) {
	s.route("GET "+v1+"/placement_groups", areaInstance, s.listPlacementGroups)
	s.route("POST "+v1+"/placement_groups", areaInstance, s.createPlacementGroup)
	s.route("GET "+v1+"/placement_groups/{id}", areaInstance, s.withPlacement(s.getPlacementGroup))
	s.route("PATCH "+v1+"/placement_groups/{id}", areaInstance, s.withPlacement(s.updatePlacementGroup))
	s.route("DELETE "+v1+"/placement_groups/{id}", areaInstance, s.withPlacement(s.deletePlacementGroup))
	s.route("GET "+v1+"/placement_groups/{id}/servers", areaInstance, s.withPlacement(s.listPlacedServers))
	s.route("PUT "+v1+"/placement_groups/{id}/servers", areaInstance, s.withPlacement(s.setPlacedServers))
	s.route("PATCH "+v1+"/placement_groups/{id}/servers", areaInstance, s.withPlacement(s.setPlacedServers))

	s.route("GET "+v2+"/placement-groups", areaInstance, s.listPlacementGroupsV2)
	s.route("POST "+v2+"/placement-groups", areaInstance, s.createPlacementGroupV2)
	s.route("GET "+v2+"/placement-groups/{id}", areaInstance, s.withPlacement(s.getPlacementGroupV2))
	s.route("PATCH "+v2+"/placement-groups/{id}", areaInstance, s.withPlacement(s.updatePlacementGroupV2))
	s.route("DELETE "+v2+"/placement-groups/{id}", areaInstance, s.withPlacement(s.deletePlacementGroup))
}

// withPlacement returns a handler that calls handle with the placement group in the path.
func (s *Server) withPlacement(handle func(*call, *placementGroup) (any, error)) handler {
	return func(c *call) (any, error) {
		id := c.PathValue("id")
		g, ok := s.placementGroups.get(id)
		if !ok || g.Zone != c.zone() {
			return nil, errNotFound("placement_group", id)
		}
		return handle(c, g)
	}
}

func (s *Server) newPlacementGroup(name, projectID string, zone scw.Zone) *placementGroup {
	now := s.timestamp()
	g := &placementGroup{createdAt: now, updatedAt: now, PlacementGroup: instance.PlacementGroup{
		ID: uuid.NewString(), Name: cmp.Or(name, generatedName("pg")), Organization: s.organizationOf(projectID),
		Project: projectID,
		Tags:    []string{}, PolicyMode: instance.PlacementGroupPolicyModeOptional,
		PolicyType: instance.PlacementGroupPolicyTypeMaxAvailability, PolicyRespected: true, Zone: zone,
	}}
	s.placementGroups.put(g.ID, g)
	return g
}

func (s *Server) getPlacementGroup(_ *call, g *placementGroup) (any, error) {
	return map[string]any{"placement_group": g}, nil
}

func (s *Server) getPlacementGroupV2(_ *call, g *placementGroup) (any, error) { return g.toV2(), nil }

// filterPlacementGroups returns the placement groups that match the filters. project is the name of the Project's
// parameter.
func (s *Server) filterPlacementGroups(c *call, project string) []*placementGroup {
	f := c.filters()
	return s.placementGroups.list(func(g *placementGroup) bool {
		return g.Zone == c.zone() && f.matches(project, g.Project) && f.contains("name", g.Name) && f.hasTag(g.Tags) &&
			f.matches("placement_group_ids", g.ID)
	})
}

func (s *Server) listPlacementGroups(c *call) (any, error) {
	f := c.filters()
	found := slices.DeleteFunc(s.filterPlacementGroups(c, "project"), func(g *placementGroup) bool {
		return !f.matches("organization", g.Organization) || !f.hasAllTags(g.Tags)
	})
	page, total := paginateWithDefault(c, found, 50)
	return listResponse{map[string]any{"placement_groups": page}, total}, nil
}

// listPlacementGroupsV2 returns all placement groups on one page: no Project has enough for a second one.
func (s *Server) listPlacementGroupsV2(c *call) (any, error) {
	found := []*placementGroupV2{}
	for _, g := range s.filterPlacementGroups(c, "project_id") {
		found = append(found, g.toV2())
	}
	return map[string]any{"placement_groups": found, "next_page_token": nil, "total_count": len(found)}, nil
}

func (s *Server) createPlacementGroup(c *call) (any, error) {
	var req instance.CreatePlacementGroupRequest
	if err := c.decode(&req); err != nil {
		return nil, err
	}
	g := s.newPlacementGroup(req.Name, c.projectID(req.Project), c.zone())
	g.Tags = nonNilTags(req.Tags)
	g.PolicyMode, g.PolicyType = cmp.Or(req.PolicyMode, g.PolicyMode), cmp.Or(req.PolicyType, g.PolicyType)
	return created{map[string]any{"placement_group": g}}, nil
}

func (s *Server) createPlacementGroupV2(c *call) (any, error) {
	var req v2alpha1.CreatePlacementGroupRequest
	if err := c.decode(&req); err != nil {
		return nil, err
	}
	g := s.newPlacementGroup(req.Name, c.projectID(&req.ProjectID), c.zone())
	g.Tags = nonNilTags(req.Tags)
	g.PolicyType = cmp.Or(instance.PlacementGroupPolicyType(req.PolicyType), g.PolicyType)
	return g.toV2(), nil
}

func (s *Server) updatePlacementGroup(c *call, g *placementGroup) (any, error) {
	var req instance.UpdatePlacementGroupRequest
	if err := c.decode(&req); err != nil {
		return nil, err
	}
	if req.Name != nil {
		g.Name = *req.Name
	}
	if req.Tags != nil {
		g.Tags = nonNilTags(*req.Tags)
	}
	if req.PolicyMode != nil {
		g.PolicyMode = *req.PolicyMode
	}
	if req.PolicyType != nil {
		g.PolicyType = *req.PolicyType
	}
	g.updatedAt = s.timestamp()
	return s.getPlacementGroup(c, g)
}

func (s *Server) updatePlacementGroupV2(c *call, g *placementGroup) (any, error) {
	var req v2alpha1.UpdatePlacementGroupRequest
	if err := c.decode(&req); err != nil {
		return nil, err
	}
	if req.Name != nil {
		g.Name = *req.Name
	}
	if req.Tags != nil {
		g.Tags = nonNilTags(*req.Tags)
	}
	g.PolicyType = cmp.Or(instance.PlacementGroupPolicyType(req.PolicyType), g.PolicyType)
	g.updatedAt = s.timestamp()
	return g.toV2(), nil
}

func (s *Server) deletePlacementGroup(_ *call, g *placementGroup) (any, error) {
	if servers := s.placedServers(g); len(servers) > 0 {
		return nil, errInUse("the placement group still has Instances: " + servers[0].Name)
	}
	s.placementGroups.remove(g.ID)
	return noContent{}, nil
}

// placedServers returns the Instances of a placement group.
func (s *Server) placedServers(g *placementGroup) []*server {
	return s.servers.list(func(srv *server) bool { return srv.PlacementGroup != nil && srv.PlacementGroup.ID == g.ID })
}

// listPlacedServers lists the Instances of a placement group. The sandbox respects every policy.
func (s *Server) listPlacedServers(_ *call, g *placementGroup) (any, error) {
	found := []*instance.PlacementGroupServer{}
	for _, srv := range s.placedServers(g) {
		found = append(found, &instance.PlacementGroupServer{ID: srv.ID, Name: srv.Name, PolicyRespected: true})
	}
	return map[string]any{"servers": found}, nil
}

// setPlacedServers replaces the Instances of a placement group.
func (s *Server) setPlacedServers(c *call, g *placementGroup) (any, error) {
	var req instance.SetPlacementGroupServersRequest
	if err := c.decode(&req); err != nil {
		return nil, err
	}
	for _, id := range req.Servers {
		if _, err := s.findServer(c, id); err != nil {
			return nil, err
		}
	}
	for _, srv := range s.placedServers(g) {
		srv.PlacementGroup = nil
	}
	for _, id := range req.Servers {
		if srv, ok := s.servers.get(id); ok {
			copied := g.PlacementGroup
			srv.PlacementGroup = &copied
		}
	}
	return s.listPlacedServers(c, g)
}
