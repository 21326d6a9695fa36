package sandbox

import (
	"net/http"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/scaleway/scaleway-sdk-go/api/account/v3"
	"github.com/scaleway/scaleway-sdk-go/scw"
)

// project is a Project of the Organization.
type project struct {
	account.Project

	Srn string `json:"srn,omitempty"` // not in recordings
}

func (s *Server) routeAccount() {
	const base = "/account/v3"
	s.route("GET "+base+"/projects", areaAccount, s.listProjects)
	s.route("POST "+base+"/projects", areaAccount, s.createProject)
	s.route("GET "+base+"/projects/{id}", areaAccount, s.getProject)
	s.route("PATCH "+base+"/projects/{id}", areaAccount, s.updateProject)
	s.route("DELETE "+base+"/projects/{id}", areaAccount, s.deleteProject)
	s.route("POST "+base+"/projects/{id}/project-qualification", areaAccount, s.qualifyProject)
	s.routeContracts(base)
}

// newProject creates a Project and its default VPC in every region.
func (s *Server) newProject(id, name string) *project {
	now := s.timestamp()
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

// withQualification returns a copy of the Project as the API returns it in the response to a read. If the Project has
// no qualification, that response has a qualification with an unknown architecture type. In the response to a write the
// qualification is null.
func (p *project) withQualification() *project {
	answer := *p
	if answer.Qualification == nil {
		answer.Qualification = &account.Qualification{
			ArchitectureType: account.QualificationArchitectureTypeUnknownArchitectureType,
		}
	}
	return &answer
}

func (s *Server) listProjects(c *call) (any, error) {
	f := c.filters()
	found := s.projects.list(func(p *project) bool {
		return f.matches("organization_id", p.OrganizationID) && f.contains("name", p.Name) &&
			f.matches("project_ids", p.ID)
	})
	page, total := paginate(c, sortBy(c, found, "created_at_asc", orders[project]{
		"created_at": byTime(func(p *project) *time.Time { return p.CreatedAt }),
		"name":       byText(func(p *project) string { return p.Name }),
	}))
	answers := make([]*project, len(page))
	for i, p := range page {
		answers[i] = p.withQualification()
	}
	return map[string]any{"projects": answers, "total_count": total}, nil
}

func (s *Server) createProject(c *call) (any, error) {
	var req account.ProjectAPICreateProjectRequest
	if err := c.decode(&req); err != nil {
		return nil, err
	}
	if req.OrganizationID != "" && req.OrganizationID != OrganizationID {
		return nil, errDenied("organization", "write")
	}
	if req.Name == "" {
		req.Name = generatedName("project")
	}
	if existing := s.projects.list(func(p *project) bool { return p.Name == req.Name }); len(existing) > 0 {
		return nil, &apiError{status: http.StatusConflict, body: map[string]any{
			"message": "resource already exists", "resource": "project", "resource_id": existing[0].ID,
			"type": "already_exists",
		}}
	}
	p := s.newProject(uuid.NewString(), req.Name)
	p.Description = req.Description
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
	return p.withQualification(), nil
}

func (s *Server) updateProject(c *call) (any, error) {
	p, err := s.findProject(c)
	if err != nil {
		return nil, err
	}
	var req account.ProjectAPIUpdateProjectRequest
	if err := c.decode(&req); err != nil {
		return nil, err
	}
	if req.Name != nil {
		p.Name = *req.Name
	}
	if req.Description != nil {
		p.Description = *req.Description
	}
	p.UpdatedAt = s.timestamp()
	return p, nil
}

// qualifyProject sets the qualification of a Project [INFERRED account-qualification].
func (s *Server) qualifyProject(c *call) (any, error) {
	p, err := s.findProject(c)
	if err != nil {
		return nil, err
	}
	var req account.ProjectAPISetProjectQualificationRequest
	if err := c.decode(&req); err != nil {
		return nil, err
	}
	if req.Qualification == nil {
		return nil, errInvalid("qualification", "required", "")
	}
	p.Qualification, p.UpdatedAt = req.Qualification, s.timestamp()
	return account.ProjectQualification{ProjectID: p.ID, Qualification: p.Qualification}, nil
}

func (s *Server) deleteProject(c *call) (any, error) {
	p, err := s.findProject(c)
	if err != nil {
		return nil, err
	}
	if p.ID == ProjectID {
		return nil, errPrecondition("unknown_precondition", "the default Project of an Organization cannot be deleted")
	}
	if dependents := s.projectDependents(p.ID); len(dependents) > 0 {
		return nil, errInUse("the Project still has resources: " + strings.Join(dependents, ", "))
	}
	for _, v := range s.vpcs.list(func(v *vpcNetwork) bool { return v.ProjectID == p.ID }) {
		s.vpcs.remove(v.ID)
	}
	s.removeCockpit(p.ID)
	s.projects.remove(p.ID)
	return noContent{}, nil
}

// projectDependents returns the objects that prevent the deletion of a Project, by kind and id. Its default VPCs are
// not among them.
func (s *Server) projectDependents(projectID string) []string {
	var dependents []string
	add := func(kind, id, ownerID string) {
		if ownerID == projectID {
			dependents = append(dependents, kind+" "+id)
		}
	}
	for _, cl := range s.clusters.list(nil) {
		add("cluster", cl.ID, cl.ProjectID)
	}
	for _, v := range s.vpcs.list(func(v *vpcNetwork) bool { return !v.IsDefault }) {
		add("VPC", v.ID, v.ProjectID)
	}
	for _, n := range s.privateNetworks.list(nil) {
		add("Private Network", n.ID, n.ProjectID)
	}
	for _, g := range s.gateways.list(nil) {
		add("gateway", g.ID, g.ProjectID)
	}
	for _, ip := range s.gatewayIPs.list(nil) {
		add("gateway IP", ip.ID, ip.ProjectID)
	}
	for _, g := range s.securityGroups.list(func(g *securityGroup) bool { return !g.ProjectDefault }) {
		add("security group", g.ID, g.Project)
	}
	for _, g := range s.placementGroups.list(nil) {
		add("placement group", g.ID, g.Project)
	}
	for _, k := range s.kmsKeys.list(func(k *kmsKey) bool { return k.DeletionRequestedAt == nil }) {
		add("key", k.ID, k.ProjectID)
	}
	for _, sec := range s.secrets.list(func(sec *managedSecret) bool { return sec.DeletionRequestedAt == nil }) {
		add("secret", sec.ID, sec.ProjectID)
	}
	for _, i := range s.rdbInstances.list(nil) {
		add("Database Instance", i.ID, i.ProjectID)
	}
	for _, n := range s.registryNamespaces.list(nil) {
		add("registry namespace", n.ID, n.ProjectID)
	}
	return dependents
}
