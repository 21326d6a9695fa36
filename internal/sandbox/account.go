package sandbox

import (
	"net/http"
	"strings"

	"github.com/google/uuid"
	"github.com/scaleway/scaleway-sdk-go/api/account/v3"
	"github.com/scaleway/scaleway-sdk-go/scw"
)

// project is a Project of the Organization.
type project struct {
	account.Project

	Srn string `json:"srn,omitempty"` // in no recording
}

func (s *Server) routeAccount() {
	const base = "/account/v3"
	s.route("GET "+base+"/projects", areaAccount, s.listProjects)
	s.route("POST "+base+"/projects", areaAccount, s.createProject)
	s.route("GET "+base+"/projects/{id}", areaAccount, s.getProject)
	s.route("PATCH "+base+"/projects/{id}", areaAccount, s.updateProject)
	s.route("DELETE "+base+"/projects/{id}", areaAccount, s.deleteProject)
	s.routeContracts(base)
}

// newProject keeps a Project with what each has: a default VPC in every region.
func (s *Server) newProject(id, name string) *project {
	now := s.stamp()
	p := &project{Project: account.Project{
		ID: id, Name: name, OrganizationID: OrganizationID, CreatedAt: now, UpdatedAt: now,
		Status: account.ProjectStatusActive,
	}}
	s.projects.put(id, p)
	if !s.options.Empty {
		for _, region := range []scw.Region{scw.RegionFrPar, scw.RegionNlAms, scw.RegionPlWaw} {
			s.defaultVPC(id, region)
		}
	}
	return p
}

// qualified is a Project as it is read: one without a qualification says so, where the answer to a write says null.
func (p *project) qualified() *project {
	read := *p
	if read.Qualification == nil {
		read.Qualification = &account.Qualification{
			ArchitectureType: account.QualificationArchitectureTypeUnknownArchitectureType,
		}
	}
	return &read
}

func (s *Server) listProjects(c *call) (any, error) {
	f := c.filters()
	found := s.projects.list(func(p *project) bool {
		return f.is("organization_id", p.OrganizationID) && f.contains("name", p.Name) && f.is("project_ids", p.ID)
	})
	page, total := paged(c, ordered(c, found, "created_at_asc", func(p *project) sortable {
		return sortable{created: p.CreatedAt, updated: p.UpdatedAt, name: p.Name}
	}))
	read := make([]*project, len(page))
	for i, p := range page {
		read[i] = p.qualified()
	}
	return map[string]any{"projects": read, "total_count": total}, nil
}

func (s *Server) createProject(c *call) (any, error) {
	var asked account.ProjectAPICreateProjectRequest
	if err := c.decode(&asked); err != nil {
		return nil, err
	}
	if asked.OrganizationID != "" && asked.OrganizationID != OrganizationID {
		return nil, errDenied("organization", "write")
	}
	if asked.Name == "" {
		asked.Name = generatedName("project")
	}
	if taken := s.projects.list(func(p *project) bool { return p.Name == asked.Name }); len(taken) > 0 {
		return nil, &apiError{status: http.StatusConflict, body: map[string]any{
			"message": "resource already exists", "resource": "project", "resource_id": taken[0].ID, "type": "already_exists",
		}}
	}
	p := s.newProject(uuid.NewString(), asked.Name)
	p.Description = asked.Description
	return p, nil
}

func (s *Server) findProject(c *call) (*project, error) {
	id := c.PathValue("id")
	p, ok := s.projects.get(id)
	if !ok {
		return nil, errNotFound("project_id", id)
	}
	return p, nil
}

func (s *Server) getProject(c *call) (any, error) {
	p, err := s.findProject(c)
	if err != nil {
		return nil, err
	}
	return p.qualified(), nil
}

func (s *Server) updateProject(c *call) (any, error) {
	p, err := s.findProject(c)
	if err != nil {
		return nil, err
	}
	var asked account.ProjectAPIUpdateProjectRequest
	if err := c.decode(&asked); err != nil {
		return nil, err
	}
	if asked.Name != nil {
		p.Name = *asked.Name
	}
	if asked.Description != nil {
		p.Description = *asked.Description
	}
	p.UpdatedAt = s.stamp()
	return p, nil
}

func (s *Server) deleteProject(c *call) (any, error) {
	p, err := s.findProject(c)
	if err != nil {
		return nil, err
	}
	if p.ID == ProjectID {
		return nil, errPrecondition("unknown_precondition", "the default Project of an Organization cannot be deleted")
	}
	if held := s.heldBy(p.ID); len(held) > 0 {
		return nil, errInUse("the Project still has resources: " + strings.Join(held, ", "))
	}
	for _, v := range s.vpcs.list(func(v *vpcNetwork) bool { return v.ProjectID == p.ID }) {
		s.vpcs.remove(v.ID)
	}
	s.projects.remove(p.ID)
	return noContent{}, nil
}

// heldBy are the objects that keep a Project from being deleted, each by kind and id. Its default VPCs do not.
func (s *Server) heldBy(projectID string) []string {
	var held []string
	add := func(kind, id, of string) {
		if of == projectID {
			held = append(held, kind+" "+id)
		}
	}
	for _, one := range s.clusters.list(nil) {
		add("cluster", one.ID, one.ProjectID)
	}
	for _, one := range s.vpcs.list(func(v *vpcNetwork) bool { return !v.IsDefault }) {
		add("VPC", one.ID, one.ProjectID)
	}
	for _, one := range s.privateNetworks.list(nil) {
		add("Private Network", one.ID, one.ProjectID)
	}
	for _, one := range s.gateways.list(nil) {
		add("gateway", one.ID, one.ProjectID)
	}
	for _, one := range s.gatewayIPs.list(nil) {
		add("gateway IP", one.ID, one.ProjectID)
	}
	for _, one := range s.securityGroups.list(func(g *securityGroup) bool { return !g.ProjectDefault }) {
		add("security group", one.ID, one.Project)
	}
	for _, one := range s.placementGroups.list(nil) {
		add("placement group", one.ID, one.Project)
	}
	return held
}
