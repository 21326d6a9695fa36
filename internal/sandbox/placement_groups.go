package sandbox

import (
	"cmp"
	"time"

	"github.com/google/uuid"
	"github.com/scaleway/scaleway-sdk-go/api/instance/v1"
	v2alpha1 "github.com/scaleway/scaleway-sdk-go/api/instance/v2alpha1"
	"github.com/scaleway/scaleway-sdk-go/scw"
)

// placementGroup is a placement group as instance/v1 answers it, with what only v2alpha1 tells.
type placementGroup struct {
	instance.PlacementGroup

	createdAt, updatedAt *time.Time
}

// placementGroupV2 is a placement group as instance/v2alpha1 answers it.
type placementGroupV2 struct {
	v2alpha1.PlacementGroup

	Srn string `json:"srn,omitempty"` // in no recording
}

func (g *placementGroup) second() *placementGroupV2 {
	return &placementGroupV2{PlacementGroup: v2alpha1.PlacementGroup{
		ID: g.ID, ProjectID: g.Project, Name: g.Name, PolicyType: v2alpha1.PlacementGroupPolicyType(g.PolicyType),
		Tags:      g.Tags,
		CreatedAt: g.createdAt, UpdatedAt: g.updatedAt, Zone: g.Zone,
	}}
}

func (s *Server) routePlacementGroups(v1, v2 string) {
	s.route("GET "+v1+"/placement_groups", areaInstance, s.listPlacementGroups)
	s.route("POST "+v1+"/placement_groups", areaInstance, s.createPlacementGroup)
	s.route("GET "+v1+"/placement_groups/{id}", areaInstance, s.withPlacement(s.answerPlacement))
	s.route("PATCH "+v1+"/placement_groups/{id}", areaInstance, s.withPlacement(s.updatePlacementGroup))
	s.route("DELETE "+v1+"/placement_groups/{id}", areaInstance, s.withPlacement(s.deletePlacementGroup))

	s.route("GET "+v2+"/placement-groups", areaInstance, s.listPlacementGroupsV2)
	s.route("POST "+v2+"/placement-groups", areaInstance, s.createPlacementGroupV2)
	s.route("GET "+v2+"/placement-groups/{id}", areaInstance, s.withPlacement(s.answerPlacementV2))
	s.route("PATCH "+v2+"/placement-groups/{id}", areaInstance, s.withPlacement(s.updatePlacementGroupV2))
	s.route("DELETE "+v2+"/placement-groups/{id}", areaInstance, s.withPlacement(s.deletePlacementGroup))
}

// withPlacement is a handler of the placement group of the path.
func (s *Server) withPlacement(handle func(*call, *placementGroup) (any, error)) handler {
	return func(c *call) (any, error) {
		id := c.PathValue("id")
		g, ok := s.placementGroups.get(id)
		if !ok || g.Zone != c.zone() {
			return nil, errUnknown("placement_group", id)
		}
		return handle(c, g)
	}
}

func (s *Server) newPlacementGroup(name, projectID string, zone scw.Zone) (*placementGroup, error) {
	if _, ok := s.projects.get(projectID); !ok {
		return nil, errUnknown("project", projectID)
	}
	now := s.stamp()
	g := &placementGroup{createdAt: now, updatedAt: now, PlacementGroup: instance.PlacementGroup{
		ID: uuid.NewString(), Name: cmp.Or(name, generatedName("pg")), Organization: OrganizationID, Project: projectID,
		Tags: []string{}, PolicyMode: instance.PlacementGroupPolicyModeOptional,
		PolicyType: instance.PlacementGroupPolicyTypeMaxAvailability, PolicyRespected: true, Zone: zone,
	}}
	s.placementGroups.put(g.ID, g)
	return g, nil
}

func (s *Server) answerPlacement(_ *call, g *placementGroup) (any, error) {
	return map[string]any{"placement_group": g}, nil
}

func (s *Server) answerPlacementV2(_ *call, g *placementGroup) (any, error) { return g.second(), nil }

func (s *Server) placementGroupsIn(c *call, project string) []*placementGroup {
	f := c.filters()
	return s.placementGroups.list(func(g *placementGroup) bool {
		return g.Zone == c.zone() && f.is(project, g.Project) && f.contains("name", g.Name) && f.tagged(g.Tags) &&
			f.is("placement_group_ids", g.ID)
	})
}

func (s *Server) listPlacementGroups(c *call) (any, error) {
	page, total := pagedBy(c, s.placementGroupsIn(c, "project"), 50)
	return listAnswer{map[string]any{"placement_groups": page}, total}, nil
}

// listPlacementGroupsV2 answers one page: no Project has more placement groups than it holds.
func (s *Server) listPlacementGroupsV2(c *call) (any, error) {
	found := []*placementGroupV2{}
	for _, g := range s.placementGroupsIn(c, "project_id") {
		found = append(found, g.second())
	}
	return map[string]any{"placement_groups": found, "next_page_token": nil, "total_count": len(found)}, nil
}

func (s *Server) createPlacementGroup(c *call) (any, error) {
	var asked instance.CreatePlacementGroupRequest
	if err := c.decode(&asked); err != nil {
		return nil, err
	}
	g, err := s.newPlacementGroup(asked.Name, c.projectID(asked.Project), c.zone())
	if err != nil {
		return nil, err
	}
	g.Tags = tagList(asked.Tags)
	g.PolicyMode, g.PolicyType = cmp.Or(asked.PolicyMode, g.PolicyMode), cmp.Or(asked.PolicyType, g.PolicyType)
	return created{map[string]any{"placement_group": g}}, nil
}

func (s *Server) createPlacementGroupV2(c *call) (any, error) {
	var asked v2alpha1.CreatePlacementGroupRequest
	if err := c.decode(&asked); err != nil {
		return nil, err
	}
	g, err := s.newPlacementGroup(asked.Name, c.projectID(&asked.ProjectID), c.zone())
	if err != nil {
		return nil, err
	}
	g.Tags = tagList(asked.Tags)
	g.PolicyType = cmp.Or(instance.PlacementGroupPolicyType(asked.PolicyType), g.PolicyType)
	return g.second(), nil
}

func (s *Server) updatePlacementGroup(c *call, g *placementGroup) (any, error) {
	var asked instance.UpdatePlacementGroupRequest
	if err := c.decode(&asked); err != nil {
		return nil, err
	}
	if asked.Name != nil {
		g.Name = *asked.Name
	}
	if asked.Tags != nil {
		g.Tags = tagList(*asked.Tags)
	}
	if asked.PolicyMode != nil {
		g.PolicyMode = *asked.PolicyMode
	}
	if asked.PolicyType != nil {
		g.PolicyType = *asked.PolicyType
	}
	g.updatedAt = s.stamp()
	return s.answerPlacement(c, g)
}

func (s *Server) updatePlacementGroupV2(c *call, g *placementGroup) (any, error) {
	var asked v2alpha1.UpdatePlacementGroupRequest
	if err := c.decode(&asked); err != nil {
		return nil, err
	}
	if asked.Name != nil {
		g.Name = *asked.Name
	}
	if asked.Tags != nil {
		g.Tags = tagList(*asked.Tags)
	}
	g.PolicyType = cmp.Or(instance.PlacementGroupPolicyType(asked.PolicyType), g.PolicyType)
	g.updatedAt = s.stamp()
	return g.second(), nil
}

func (s *Server) deletePlacementGroup(_ *call, g *placementGroup) (any, error) {
	for _, one := range s.servers.list(nil) {
		if one.PlacementGroup != nil && one.PlacementGroup.ID == g.ID {
			return nil, errInUse("the placement group still has Instances: " + one.Name)
		}
	}
	s.placementGroups.remove(g.ID)
	return noContent{}, nil
}
