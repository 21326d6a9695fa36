package sandbox

import (
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/scaleway/scaleway-sdk-go/api/iam/v1alpha1"
)

// application is an identity of a program. Every response fills in the number of its API keys.
type application struct {
	iam.Application

	Srn string `json:"srn,omitempty"` // not in recordings
}

func (s *Server) routeApplications(base string) {
	s.route("GET "+base+"/applications", areaIAMApplication, s.listApplications)
	s.routeLogged("POST "+base+"/applications", areaIAMApplication, s.createApplication)
	s.route("GET "+base+"/applications/{id}", areaIAMApplication, s.getApplication)
	s.routeLogged("PATCH "+base+"/applications/{id}", areaIAMApplication, s.updateApplication)
	s.routeLogged("DELETE "+base+"/applications/{id}", areaIAMApplication, s.deleteApplication)
}

// keysOf returns the API keys of a user or an application.
func (s *Server) keysOf(bearerID string) []*apiKey {
	return s.apiKeys.list(func(key *apiKey) bool { return key.bearerID() == bearerID })
}

func (s *Server) listApplications(c *call) (any, error) {
	f := c.filters()
	found := s.applications.list(func(a *application) bool {
		return f.matches("organization_id", a.OrganizationID) && f.contains("name", a.Name) &&
			f.matchesBool("editable", a.Editable) && f.matches("application_ids", a.ID) && f.containsAny("tag", a.Tags)
	})
	page, total := paginate(c, sortBy(c, found, "created_at_asc", orders[application]{
		"created_at": byTime(func(a *application) *time.Time { return a.CreatedAt }),
		"updated_at": byTime(func(a *application) *time.Time { return a.UpdatedAt }),
		"name":       byText(func(a *application) string { return a.Name }),
	}))
	for _, a := range page {
		a.NbAPIKeys = uint32(len(s.keysOf(a.ID)))
	}
	return map[string]any{"applications": page, "total_count": total}, nil
}

func (s *Server) createApplication(c *call) (any, error) {
	var req iam.CreateApplicationRequest
	if err := c.decode(&req); err != nil {
		return nil, err
	}
	now := s.timestamp()
	a := &application{Application: iam.Application{
		ID: uuid.NewString(), Name: req.Name, Description: req.Description, CreatedAt: now, UpdatedAt: now,
		OrganizationID: OrganizationID, Editable: true, Deletable: true, Tags: nonNilTags(req.Tags),
	}}
	if a.Name == "" {
		a.Name = generatedName("app")
	}
	s.applications.put(a.ID, a)
	return a, nil
}

func (s *Server) findApplication(c *call) (*application, error) {
	id := c.PathValue("id")
	a, ok := s.applications.get(id)
	if !ok {
		return nil, errNotFound("application", id)
	}
	a.NbAPIKeys = uint32(len(s.keysOf(id)))
	return a, nil
}

func (s *Server) getApplication(c *call) (any, error) {
	a, err := s.findApplication(c)
	if err != nil {
		return nil, err
	}
	return a, nil
}

func (s *Server) updateApplication(c *call) (any, error) {
	a, err := s.findApplication(c)
	if err != nil {
		return nil, err
	}
	var req iam.UpdateApplicationRequest
	if err := c.decode(&req); err != nil {
		return nil, err
	}
	if req.Name != nil {
		a.Name = *req.Name
	}
	if req.Description != nil {
		a.Description = *req.Description
	}
	if req.Tags != nil {
		a.Tags = nonNilTags(*req.Tags)
	}
	a.UpdatedAt = s.timestamp()
	return a, nil
}

// deleteApplication deletes an application and its API keys, and removes it from its groups.
func (s *Server) deleteApplication(c *call) (any, error) {
	a, err := s.findApplication(c)
	if err != nil {
		return nil, err
	}
	for _, key := range s.keysOf(a.ID) {
		s.apiKeys.remove(key.AccessKey)
	}
	for _, g := range s.groups.list(nil) {
		g.ApplicationIDs = without(g.ApplicationIDs, a.ID)
	}
	s.detachPolicies(a.ID)
	s.applications.remove(a.ID)
	return noContent{}, nil
}

func without(ids []string, excluded string) []string {
	return slices.DeleteFunc(ids, func(id string) bool { return id == excluded })
}
