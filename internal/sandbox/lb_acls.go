package sandbox

import (
	"cmp"
	"time"

	"github.com/google/uuid"
	"github.com/scaleway/scaleway-sdk-go/api/lb/v1"
	"github.com/scaleway/scaleway-sdk-go/scw"
)

// lbACL is an ACL of a frontend. Every response fills in the frontend.
type lbACL struct {
	lb.ACL

	Frontend *lbFrontend `json:"frontend"`

	frontendID string
}

func (s *Server) routeLBACLs(base string) {
	with := func(handle func(*call, *lbACL) (any, error)) handler {
		return withLBPart(s, s.lbACLs, "acl", s.lbOfACL, handle)
	}
	s.route("GET "+base+"/frontends/{id}/acls", areaBalancer, s.withLBFrontend(s.listLBACLs))
	s.route("POST "+base+"/frontends/{id}/acls", areaBalancer, s.withLBFrontend(s.createLBACL))
	s.route("PUT "+base+"/frontends/{id}/acls", areaBalancer, s.withLBFrontend(s.setLBACLs))
	s.route("GET "+base+"/acls/{id}", areaBalancer, with(func(_ *call, a *lbACL) (any, error) {
		return s.aclView(a, false), nil
	}))
	s.route("PUT "+base+"/acls/{id}", areaBalancer, with(s.updateLBACL))
	s.route("DELETE "+base+"/acls/{id}", areaBalancer, with(s.deleteLBACL))
}

// lbOfFrontend returns the id of the Load Balancer of a frontend.
func (s *Server) lbOfFrontend(id string) string {
	if f, ok := s.lbFrontends.get(id); ok {
		return f.lbID
	}
	return ""
}

func (s *Server) lbOfACL(a *lbACL) string { return s.lbOfFrontend(a.frontendID) }

// aclView returns a copy of an ACL for a response.
func (s *Server) aclView(a *lbACL, withInstances bool) *lbACL {
	view := *a
	if f, ok := s.lbFrontends.get(a.frontendID); ok {
		view.Frontend = s.frontendView(f, withInstances, false)
	}
	return &view
}

// aclsOf returns the ACLs of a frontend for a response.
func (s *Server) aclsOf(f *lbFrontend) []*lbACL {
	found := []*lbACL{}
	for _, a := range s.lbACLs.list(func(a *lbACL) bool { return a.frontendID == f.ID }) {
		found = append(found, s.aclView(a, false))
	}
	return found
}

func (s *Server) listLBACLs(c *call, f *lbFrontend) (any, error) {
	found := []*lbACL{}
	for _, a := range s.aclsOf(f) {
		if c.filters().contains("name", a.Name) {
			found = append(found, a)
		}
	}
	page, total := paginate(c, sortItems(c, found, "created_at_asc", func(a *lbACL) sortKey {
		return sortKey{name: a.Name, created: a.CreatedAt, updated: a.UpdatedAt}
	}))
	return map[string]any{"acls": page, "total_count": total}, nil
}

func (s *Server) createLBACL(c *call, f *lbFrontend) (any, error) {
	var spec lb.ACLSpec // the fields of the request are those of a specification
	if err := c.decode(&spec); err != nil {
		return nil, err
	}
	if err := checkLBACL(&spec); err != nil {
		return nil, err
	}
	a := s.newLBACL(f, &spec)
	view := s.aclView(a, false)
	s.reloadBalancer(f.lbID)
	return view, nil
}

func (s *Server) newLBACL(f *lbFrontend, spec *lb.ACLSpec) *lbACL {
	now := s.timestamp()
	a := &lbACL{frontendID: f.ID, ACL: lb.ACL{ID: uuid.NewString(), CreatedAt: now}}
	a.apply(spec, now)
	s.lbACLs.put(a.ID, a)
	return a
}

// setLBACLs replaces all ACLs of a frontend.
func (s *Server) setLBACLs(c *call, f *lbFrontend) (any, error) {
	var req lb.ZonedAPISetACLsRequest
	if err := c.decode(&req); err != nil {
		return nil, err
	}
	for _, spec := range req.ACLs {
		if err := checkLBACL(spec); err != nil {
			return nil, err
		}
	}
	for _, a := range s.aclsOf(f) {
		s.lbACLs.remove(a.ID)
	}
	for _, spec := range req.ACLs {
		s.newLBACL(f, spec)
	}
	s.reloadBalancer(f.lbID)
	acls := s.aclsOf(f)
	return map[string]any{"acls": acls, "total_count": len(acls)}, nil
}

func (s *Server) updateLBACL(c *call, a *lbACL) (any, error) {
	var req lb.ZonedAPIUpdateACLRequest
	if err := c.decode(&req); err != nil {
		return nil, err
	}
	description := a.Description
	setIfPresent(&description, req.Description)
	spec := &lb.ACLSpec{
		Name: req.Name, Action: req.Action, Match: req.Match, Index: req.Index, Description: description,
	}
	if err := checkLBACL(spec); err != nil {
		return nil, err
	}
	a.apply(spec, s.timestamp())
	s.reloadBalancer(s.lbOfACL(a))
	return s.aclView(a, true), nil
}

func (s *Server) deleteLBACL(_ *call, a *lbACL) (any, error) {
	id := s.lbOfACL(a)
	s.lbACLs.remove(a.ID)
	s.reloadBalancer(id)
	return noContent{}, nil
}

// checkLBACL checks a requested ACL.
func checkLBACL(spec *lb.ACLSpec) error {
	if spec.Action == nil || spec.Action.Type == "" {
		return errInvalid("action", "required", "")
	}
	if spec.Action.Type == lb.ACLActionTypeRedirect && spec.Action.Redirect == nil {
		return errInvalid("action.redirect", "required", "")
	}
	return nil
}

// apply sets the attributes of an ACL. As recorded, one without addresses matches all addresses. A redirection without
// a code gets the code 302, the SDK says.
func (a *lbACL) apply(spec *lb.ACLSpec, now *time.Time) {
	match := lb.ACLMatch{}
	setIfPresent(&match, spec.Match)
	if match.HTTPFilterValue = nonNilSlice(match.HTTPFilterValue); len(match.IPSubnet) == 0 {
		match.IPSubnet = []*string{scw.StringPtr("0.0.0.0/0")}
	}
	match.HTTPFilter = cmp.Or(match.HTTPFilter, lb.ACLHTTPFilterACLHTTPFilterNone)
	action := *spec.Action
	if redirect := action.Redirect; redirect != nil {
		completed := *redirect
		completed.Type = cmp.Or(completed.Type, lb.ACLActionRedirectRedirectTypeLocation)
		if completed.Code == nil {
			completed.Code = scw.Int32Ptr(302)
		}
		action.Redirect = &completed
	}
	a.Name, a.Index, a.Description = spec.Name, spec.Index, spec.Description
	a.Match, a.Action, a.UpdatedAt = &match, &action, now
}
