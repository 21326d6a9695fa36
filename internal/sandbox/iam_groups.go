package sandbox

import (
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/scaleway/scaleway-sdk-go/api/iam/v1alpha1"
)

// group is a group of users and applications. Responses have only the recorded fields.
type group struct {
	iam.Group

	Srn string `json:"srn,omitempty"` // not in recordings
}

func (s *Server) routeGroups(base string) {
	s.route("GET "+base+"/groups", areaIAMGroup, s.listGroups)
	s.routeLogged("POST "+base+"/groups", areaIAMGroup, s.createGroup)
	s.route("GET "+base+"/groups/{id}", areaIAMGroup, s.getGroup)
	s.routeLogged("PATCH "+base+"/groups/{id}", areaIAMGroup, s.updateGroup)
	s.routeLogged("DELETE "+base+"/groups/{id}", areaIAMGroup, s.deleteGroup)
	s.routeLogged("PUT "+base+"/groups/{id}/members", areaIAMGroup, s.setMembers)
	s.routeLogged("POST "+base+"/groups/{id}/add-members", areaIAMGroup, s.addMembers)
	s.routeLogged("POST "+base+"/groups/{id}/add-member", areaIAMGroup, s.addMember)
	s.routeLogged("POST "+base+"/groups/{id}/remove-member", areaIAMGroup, s.removeMember)
}

func (s *Server) listGroups(c *call) (any, error) {
	f := c.filters()
	found := s.groups.list(func(g *group) bool {
		return f.matches("organization_id", g.OrganizationID) && f.contains("name", g.Name) &&
			f.containsAny("application_ids", g.ApplicationIDs) && f.containsAny("user_ids", g.UserIDs) &&
			f.matches("group_ids", g.ID) && f.containsAny("tag", g.Tags)
	})
	page, total := paginate(c, sortBy(c, found, "created_at_asc", orders[group]{
		"created_at": byTime(func(g *group) *time.Time { return g.CreatedAt }),
		"updated_at": byTime(func(g *group) *time.Time { return g.UpdatedAt }),
		"name":       byText(func(g *group) string { return g.Name }),
	}))
	return map[string]any{"groups": page, "total_count": total}, nil
}

func (s *Server) createGroup(c *call) (any, error) {
	var req iam.CreateGroupRequest
	if err := c.decode(&req); err != nil {
		return nil, err
	}
	now := s.timestamp()
	g := &group{Group: iam.Group{
		ID: uuid.NewString(), Name: req.Name, Description: req.Description, CreatedAt: now, UpdatedAt: now,
		OrganizationID: OrganizationID, UserIDs: []string{}, ApplicationIDs: []string{}, Tags: nonNilTags(req.Tags),
		Editable: true, Deletable: true,
	}}
	if g.Name == "" {
		g.Name = generatedName("grp")
	}
	s.groups.put(g.ID, g)
	return g, nil
}

func (s *Server) findGroup(c *call) (*group, error) {
	id := c.PathValue("id")
	g, ok := s.groups.get(id)
	if !ok {
		return nil, errNotFound("group", id)
	}
	return g, nil
}

func (s *Server) getGroup(c *call) (any, error) {
	g, err := s.findGroup(c)
	if err != nil {
		return nil, err
	}
	return g, nil
}

func (s *Server) updateGroup(c *call) (any, error) {
	g, err := s.findGroup(c)
	if err != nil {
		return nil, err
	}
	var req iam.UpdateGroupRequest
	if err := c.decode(&req); err != nil {
		return nil, err
	}
	if req.Name != nil {
		g.Name = *req.Name
	}
	if req.Description != nil {
		g.Description = *req.Description
	}
	if req.Tags != nil {
		g.Tags = nonNilTags(*req.Tags)
	}
	g.UpdatedAt = s.timestamp()
	return g, nil
}

func (s *Server) deleteGroup(c *call) (any, error) {
	g, err := s.findGroup(c)
	if err != nil {
		return nil, err
	}
	s.detachPolicies(g.ID)
	s.groups.remove(g.ID)
	return noContent{}, nil
}

// setMembers replaces the members of a group.
func (s *Server) setMembers(c *call) (any, error) {
	var req iam.SetGroupMembersRequest
	return s.changeMembers(c, &req, func(g *group) {
		g.UserIDs, g.ApplicationIDs = nonNilTags(req.UserIDs), nonNilTags(req.ApplicationIDs)
	})
}

func (s *Server) addMembers(c *call) (any, error) {
	var req iam.AddGroupMembersRequest
	return s.changeMembers(c, &req, func(g *group) {
		g.UserIDs = including(g.UserIDs, req.UserIDs...)
		g.ApplicationIDs = including(g.ApplicationIDs, req.ApplicationIDs...)
	})
}

func (s *Server) addMember(c *call) (any, error) {
	var req iam.AddGroupMemberRequest
	return s.changeMembers(c, &req, func(g *group) {
		if req.UserID != nil {
			g.UserIDs = including(g.UserIDs, *req.UserID)
		}
		if req.ApplicationID != nil {
			g.ApplicationIDs = including(g.ApplicationIDs, *req.ApplicationID)
		}
	})
}

func (s *Server) removeMember(c *call) (any, error) {
	var req iam.RemoveGroupMemberRequest
	return s.changeMembers(c, &req, func(g *group) {
		if req.UserID != nil {
			g.UserIDs = without(g.UserIDs, *req.UserID)
		}
		if req.ApplicationID != nil {
			g.ApplicationIDs = without(g.ApplicationIDs, *req.ApplicationID)
		}
	})
}

func (s *Server) changeMembers(c *call, into any, change func(*group)) (any, error) {
	g, err := s.findGroup(c)
	if err != nil {
		return nil, err
	}
	if err := c.decode(into); err != nil {
		return nil, err
	}
	changed := *g
	changed.UserIDs, changed.ApplicationIDs = slices.Clone(g.UserIDs), slices.Clone(g.ApplicationIDs)
	change(&changed)
	if err := s.checkPrincipals(changed.UserIDs, changed.ApplicationIDs); err != nil {
		return nil, err
	}
	g.UserIDs, g.ApplicationIDs = changed.UserIDs, changed.ApplicationIDs
	g.UpdatedAt = s.timestamp()
	return g, nil
}

func including(ids []string, extra ...string) []string {
	for _, id := range extra {
		if !slices.Contains(ids, id) {
			ids = append(ids, id)
		}
	}
	return ids
}
