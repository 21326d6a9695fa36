package sandbox

import (
	"slices"

	"github.com/google/uuid"
	"github.com/scaleway/scaleway-sdk-go/api/iam/v1alpha1"
)

// policy grants the permission sets of its rules to its principal. A read fills in the counts; as recorded, the
// response to its creation has none.
type policy struct {
	iam.Policy

	Srn string `json:"srn,omitempty"` // not in recordings

	rules []*rule
}

type rule struct {
	iam.Rule

	Srn string `json:"srn,omitempty"` // not in recordings
}

func (s *Server) routePolicies(base string) {
	s.route("GET "+base+"/policies", areaIAM, s.listPolicies)
	s.route("POST "+base+"/policies", areaIAM, s.createPolicy)
	s.route("GET "+base+"/policies/{id}", areaIAM, s.getPolicy)
	s.route("PATCH "+base+"/policies/{id}", areaIAM, s.updatePolicy)
	s.route("DELETE "+base+"/policies/{id}", areaIAM, s.deletePolicy)
	s.route("GET "+base+"/rules", areaIAM, s.listRules)
	s.route("PUT "+base+"/rules", areaIAM, s.setRules)
	s.route("GET "+base+"/permission-sets", areaIAM, s.listPermissionSets)
}

func deref(text *string) string {
	if text == nil {
		return ""
	}
	return *text
}

func (s *Server) listPolicies(c *call) (any, error) {
	f, tag := c.filters(), c.URL.Query().Get("tag")
	found := s.policies.list(func(p *policy) bool {
		return f.matches(
			"organization_id", p.OrganizationID,
		) && f.contains("policy_name", p.Name) && f.matches("policy_ids", p.ID) &&
			f.matches("user_ids", deref(p.UserID)) && f.matches(
			"group_ids", deref(p.GroupID),
		) && f.matchesBool("editable", p.Editable) &&
			f.matches("application_ids", deref(p.ApplicationID)) &&
			(tag == "" || slices.Contains(p.Tags, tag)) &&
			f.matchesBool("no_principal", p.NoPrincipal != nil && *p.NoPrincipal)
	})
	page, total := paginate(c, sortItems(c, found, "policy_name_asc", func(p *policy) sortKey {
		return sortKey{created: p.CreatedAt, updated: p.UpdatedAt, name: p.Name}
	}))
	for _, p := range page {
		p.updateCounts()
	}
	return map[string]any{"policies": page, "total_count": total}, nil
}

func (s *Server) createPolicy(c *call) (any, error) {
	var req iam.CreatePolicyRequest
	if err := c.decode(&req); err != nil {
		return nil, err
	}
	now := s.timestamp()
	p := &policy{rules: newRules(req.Rules), Policy: iam.Policy{
		ID: uuid.NewString(), Name: req.Name, Description: req.Description, OrganizationID: OrganizationID,
		CreatedAt: now, UpdatedAt: now, Editable: true, Deletable: true, Tags: nonNilTags(req.Tags), UserID: req.UserID,
		GroupID: req.GroupID, ApplicationID: req.ApplicationID, NoPrincipal: req.NoPrincipal,
	}}
	if p.Name == "" {
		p.Name = generatedName("policy")
	}
	s.policies.put(p.ID, p)
	return p, nil
}

func newRules(specs []*iam.RuleSpecs) []*rule {
	rules := []*rule{}
	for _, spec := range specs {
		rules = append(rules, &rule{Rule: iam.Rule{
			ID: uuid.NewString(), PermissionSetNames: spec.PermissionSetNames, Condition: spec.Condition,
			PermissionSetsScopeType: scopeOf(spec.PermissionSetNames), ProjectIDs: spec.ProjectIDs,
			OrganizationID: spec.OrganizationID,
		}})
	}
	return rules
}

func (p *policy) updateCounts() *policy {
	sets, scopes := map[string]bool{}, map[string]bool{}
	for _, r := range p.rules {
		if r.PermissionSetNames != nil {
			for _, name := range *r.PermissionSetNames {
				sets[name] = true
			}
		}
		scopes[deref(r.OrganizationID)] = r.OrganizationID != nil
		if r.ProjectIDs != nil {
			for _, id := range *r.ProjectIDs {
				scopes[id] = true
			}
		}
	}
	if !scopes[""] {
		delete(scopes, "")
	}
	p.NbRules, p.NbPermissionSets, p.NbScopes = uint32(len(p.rules)), uint32(len(sets)), uint32(len(scopes))
	return p
}

func (s *Server) findPolicy(id string) (*policy, error) {
	p, ok := s.policies.get(id)
	if !ok {
		return nil, errNotFound("policy", id)
	}
	return p, nil
}

func (s *Server) getPolicy(c *call) (any, error) {
	p, err := s.findPolicy(c.PathValue("id"))
	if err != nil {
		return nil, err
	}
	return p.updateCounts(), nil
}

func (s *Server) updatePolicy(c *call) (any, error) {
	p, err := s.findPolicy(c.PathValue("id"))
	if err != nil {
		return nil, err
	}
	var req iam.UpdatePolicyRequest
	if err := c.decode(&req); err != nil {
		return nil, err
	}
	if req.Name != nil {
		p.Name = *req.Name
	}
	if req.Description != nil {
		p.Description = *req.Description
	}
	if req.Tags != nil {
		p.Tags = nonNilTags(*req.Tags)
	}
	if req.UserID != nil || req.GroupID != nil || req.ApplicationID != nil || req.NoPrincipal != nil {
		p.UserID, p.GroupID = req.UserID, req.GroupID
		p.ApplicationID, p.NoPrincipal = req.ApplicationID, req.NoPrincipal
	}
	p.UpdatedAt = s.timestamp()
	return p.updateCounts(), nil
}

func (s *Server) deletePolicy(c *call) (any, error) {
	p, err := s.findPolicy(c.PathValue("id"))
	if err != nil {
		return nil, err
	}
	s.policies.remove(p.ID)
	return noContent{}, nil
}

func (s *Server) listRules(c *call) (any, error) {
	p, err := s.findPolicy(c.URL.Query().Get("policy_id"))
	if err != nil {
		return nil, err
	}
	page, total := paginate(c, p.rules)
	return map[string]any{"rules": page, "total_count": total}, nil
}

func (s *Server) setRules(c *call) (any, error) {
	var req iam.SetRulesRequest
	if err := c.decode(&req); err != nil {
		return nil, err
	}
	p, err := s.findPolicy(req.PolicyID)
	if err != nil {
		return nil, err
	}
	p.rules, p.UpdatedAt = newRules(req.Rules), s.timestamp()
	return map[string]any{"rules": p.rules}, nil
}
