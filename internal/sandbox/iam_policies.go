package sandbox

import (
	"cmp"
	"slices"
	"time"

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
	s.route("GET "+base+"/policies", areaIAMPolicy, s.listPolicies)
	s.routeLogged("POST "+base+"/policies", areaIAMPolicy, s.createPolicy)
	s.route("GET "+base+"/policies/{id}", areaIAMPolicy, s.getPolicy)
	s.routeLogged("PATCH "+base+"/policies/{id}", areaIAMPolicy, s.updatePolicy)
	s.routeLogged("DELETE "+base+"/policies/{id}", areaIAMPolicy, s.deletePolicy)
	s.route("POST "+base+"/policies/{id}/clone", areaIAMPolicy, s.clonePolicy)
	s.route("GET "+base+"/rules", areaIAMPolicy, s.listRules)
	s.route("PUT "+base+"/rules", areaIAMPolicy, s.setRules)
	s.route("GET "+base+"/permission-sets", areaIAMPolicy, s.listPermissionSets)
}

func deref(text *string) string {
	if text == nil {
		return ""
	}
	return *text
}

func (s *Server) listPolicies(c *call) (any, error) {
	f := c.filters()
	found := s.policies.list(func(p *policy) bool {
		return f.matches("organization_id", p.OrganizationID) && f.contains("policy_name", p.Name) &&
			f.matches("policy_ids", p.ID) && f.matches("user_ids", deref(p.UserID)) &&
			f.matches("group_ids", deref(p.GroupID)) && f.matches("application_ids", deref(p.ApplicationID)) &&
			f.matchesBool("editable", p.Editable) && f.containsAny("tag", p.Tags) &&
			f.matchesBool("no_principal", p.NoPrincipal != nil && *p.NoPrincipal)
	})
	page, total := paginate(c, sortBy(c, found, "policy_name_asc", orders[policy]{
		"created_at":  byTime(func(p *policy) *time.Time { return p.CreatedAt }),
		"policy_name": byText(func(p *policy) string { return p.Name }),
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
	rules, err := s.newRules(req.Rules)
	if err != nil {
		return nil, err
	}
	if err := s.checkPolicyPrincipal(req.UserID, req.GroupID, req.ApplicationID, req.NoPrincipal); err != nil {
		return nil, err
	}
	now := s.timestamp()
	p := &policy{rules: rules, Policy: iam.Policy{
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

// checkPolicyPrincipal requires one principal, which exists, or none explicitly.
func (s *Server) checkPolicyPrincipal(userID, groupID, applicationID *string, noPrincipal *bool) error {
	count := boolToInt(noPrincipal != nil && *noPrincipal)
	for _, id := range []*string{userID, groupID, applicationID} {
		count += boolToInt(deref(id) != "")
	}
	if count != 1 {
		return errInvalid("principal", "constraint", "exactly one of user_id, group_id, application_id and "+
			"no_principal is required")
	}
	if id := deref(groupID); id != "" && !s.groups.has(id) {
		return errNotFound("group", id)
	}
	return s.checkPrincipals([]string{deref(userID)}, []string{deref(applicationID)})
}

// detachPolicies leaves the policies of a deleted user, group or application without a principal.
// [INFERRED iam-policy-principal].
func (s *Server) detachPolicies(principalID string) {
	for _, p := range s.policies.list(nil) {
		if deref(p.UserID)+deref(p.GroupID)+deref(p.ApplicationID) == principalID {
			none := true
			p.UserID, p.GroupID, p.ApplicationID, p.NoPrincipal = nil, nil, nil, &none
		}
	}
}

// clonePolicy creates a policy with the same rules and without a principal [INFERRED iam-policy-principal].
func (s *Server) clonePolicy(c *call) (any, error) {
	source, err := s.findPolicy(c.PathValue("id"))
	if err != nil {
		return nil, err
	}
	now, none := s.timestamp(), true
	p := &policy{Policy: source.Policy}
	p.ID, p.Name, p.CreatedAt, p.UpdatedAt = uuid.NewString(), source.Name+" clone", now, now
	p.UserID, p.GroupID, p.ApplicationID, p.NoPrincipal = nil, nil, nil, &none
	p.Tags, p.Editable, p.Deletable, p.Managed = slices.Clone(source.Tags), true, true, false
	for _, r := range source.rules {
		copied := *r
		copied.ID = uuid.NewString()
		p.rules = append(p.rules, &copied)
	}
	s.policies.put(p.ID, p)
	return p, nil
}

// newRules returns the rules of a request. A rule applies to the Organization or to Projects, and its permission sets
// have one scope.
func (s *Server) newRules(specs []*iam.RuleSpecs) ([]*rule, error) {
	rules, scopes := []*rule{}, map[string]iam.PermissionSetScopeType{}
	for _, set := range listedPermissionSets() {
		scopes[set.Name] = set.ScopeType
	}
	for _, spec := range specs {
		hasProjects := spec.ProjectIDs != nil && len(*spec.ProjectIDs) > 0
		if hasProjects == (deref(spec.OrganizationID) != "") {
			return nil, errInvalid("rules.scope", "constraint", "exactly one of project_ids and organization_id is "+
				"required")
		}
		var scope iam.PermissionSetScopeType
		for _, name := range nonNilSet(spec.PermissionSetNames) {
			own := cmp.Or(scopes[name], iam.PermissionSetScopeTypeProjects)
			if scope != "" && own != scope {
				return nil, errInvalid("rules.permission_set_names", "constraint", "the permission sets of a rule "+
					"must have the same scope")
			}
			scope = own
		}
		rules = append(rules, &rule{Rule: iam.Rule{
			ID: uuid.NewString(), PermissionSetNames: spec.PermissionSetNames, Condition: spec.Condition,
			PermissionSetsScopeType: cmp.Or(scope, iam.PermissionSetScopeTypeProjects), ProjectIDs: spec.ProjectIDs,
			OrganizationID: spec.OrganizationID,
		}})
	}
	return rules, nil
}

// nonNilSet returns the list that an optional field points to, or an empty one.
func nonNilSet(list *[]string) []string {
	if list == nil {
		return []string{}
	}
	return *list
}

func (p *policy) updateCounts() *policy {
	sets, scopes := map[string]bool{}, map[string]bool{}
	for _, r := range p.rules {
		for _, name := range nonNilSet(r.PermissionSetNames) {
			sets[name] = true
		}
		scopes[deref(r.OrganizationID)] = r.OrganizationID != nil
		for _, id := range nonNilSet(r.ProjectIDs) {
			scopes[id] = true
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

// updatePolicy returns the previous date of the last update, as recorded.
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
	none := req.NoPrincipal != nil && *req.NoPrincipal
	if none || deref(req.UserID)+deref(req.GroupID)+deref(req.ApplicationID) != "" {
		if err := s.checkPolicyPrincipal(req.UserID, req.GroupID, req.ApplicationID, req.NoPrincipal); err != nil {
			return nil, err
		}
		p.UserID, p.GroupID, p.ApplicationID, p.NoPrincipal = req.UserID, req.GroupID, req.ApplicationID, nil
		if none {
			p.NoPrincipal = &none
		}
	}
	answer := *p.updateCounts()
	p.UpdatedAt = s.timestamp()
	return &answer, nil
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
	rules, err := s.newRules(req.Rules)
	if err != nil {
		return nil, err
	}
	p.rules, p.UpdatedAt = rules, s.timestamp()
	return map[string]any{"rules": p.rules}, nil
}
