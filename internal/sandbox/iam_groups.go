package sandbox

import (
	"slices"

	"github.com/google/uuid"
	"github.com/scaleway/scaleway-sdk-go/api/iam/v1alpha1"
)

// group is a group of users and applications. Responses have only the recorded fields.
type group struct {
	iam.Group

	Srn string `json:"srn,omitempty"` // not in recordings
}

func (s *Server) routeGroups(base string) {
	s.route("GET "+base+"/groups", areaIAM, s.listGroups)
	s.route("POST "+base+"/groups", areaIAM, s.createGroup)
	s.route("GET "+base+"/groups/{id}", areaIAM, s.getGroup)
	s.route("PATCH "+base+"/groups/{id}", areaIAM, s.updateGroup)
	s.route("DELETE "+base+"/groups/{id}", areaIAM, s.deleteGroup)
	s.route("PUT "+base+"/groups/{id}/members", areaIAM, s.setMembers)
	s.route("POST "+base+"/groups/{id}/add-members", areaIAM, s.addMembers)
	s.route("POST "+base+"/groups/{id}/add-member", areaIAM, s.addMember)
	s.route("POST "+base+"/groups/{id}/remove-member", areaIAM, s.removeMember)
}

func (s *Server) listGroups(c *call) (any, error) {
	f := c.filters()
	containsAny := func(name string, ids []string) bool {
		wanted := f.values(name)
		return len(wanted) == 0 || slices.ContainsFunc(wanted, func(id string) bool { return slices.Contains(ids, id) })
	}
	found := s.groups.list(func(g *group) bool {
		return f.matches("organization_id", g.OrganizationID) && f.contains("name", g.Name) &&
			containsAny(
				"application_ids", g.ApplicationIDs,
			) && containsAny("user_ids", g.UserIDs) && containsAny("tag", g.Tags)
	})
	page, total := paginate(c, sortItems(c, found, "created_at_asc", func(g *group) sortKey {
		return sortKey{created: g.CreatedAt, updated: g.UpdatedAt, name: g.Name}
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
	change(g)
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
