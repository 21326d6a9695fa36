package sandbox

import (
	"github.com/google/uuid"
	"github.com/scaleway/scaleway-sdk-go/api/lb/v1"
)

// lbRoute sends the requests of a frontend that match a condition to another backend.
type lbRoute struct {
	lb.Route
}

func (s *Server) routeLBRoutes(base string) {
	with := func(handle func(*call, *lbRoute) (any, error)) handler {
		return withLBPart(s, s.lbRoutes, "route", s.lbOfRoute, handle)
	}
	s.route("GET "+base+"/routes", areaBalancer, s.listLBRoutes)
	s.route("POST "+base+"/routes", areaBalancer, s.createLBRoute)
	s.route("GET "+base+"/routes/{id}", areaBalancer, with(func(_ *call, r *lbRoute) (any, error) { return r, nil }))
	s.route("PUT "+base+"/routes/{id}", areaBalancer, with(s.updateLBRoute))
	s.route("DELETE "+base+"/routes/{id}", areaBalancer, with(s.deleteLBRoute))
}

func (s *Server) lbOfRoute(r *lbRoute) string { return s.lbOfFrontend(r.FrontendID) }

func (s *Server) listLBRoutes(c *call) (any, error) {
	f := c.filters()
	found := s.lbRoutes.list(func(r *lbRoute) bool {
		return s.isBalancerInZone(s.lbOfRoute(r), c.zone()) && f.matches("frontend_id", r.FrontendID)
	})
	page, total := paginate(c, sortItems(c, found, "created_at_asc", func(r *lbRoute) sortKey {
		return sortKey{created: r.CreatedAt, updated: r.UpdatedAt}
	}))
	return map[string]any{"routes": page, "total_count": total}, nil
}

func (s *Server) createLBRoute(c *call) (any, error) {
	var req lb.ZonedAPICreateRouteRequest
	if err := c.decode(&req); err != nil {
		return nil, err
	}
	f, ok := s.lbFrontends.get(req.FrontendID)
	if !ok || !s.isBalancerInZone(f.lbID, c.zone()) {
		return nil, errLBNotFound("frontend")
	}
	now := s.timestamp()
	r := &lbRoute{Route: lb.Route{ID: uuid.NewString(), FrontendID: f.ID, CreatedAt: now}}
	if err := s.applyLBRoute(r, req.BackendID, req.Match); err != nil {
		return nil, err
	}
	s.lbRoutes.put(r.ID, r)
	s.reloadBalancer(f.lbID)
	return r, nil
}

func (s *Server) updateLBRoute(c *call, r *lbRoute) (any, error) {
	var req lb.ZonedAPIUpdateRouteRequest
	if err := c.decode(&req); err != nil {
		return nil, err
	}
	if err := s.applyLBRoute(r, req.BackendID, req.Match); err != nil {
		return nil, err
	}
	s.reloadBalancer(s.lbOfRoute(r))
	return r, nil
}

// applyLBRoute sets the backend and the condition of a route.
func (s *Server) applyLBRoute(r *lbRoute, backendID string, match *lb.RouteMatch) error {
	backend, ok := s.lbBackends.get(backendID)
	if !ok || backend.lbID != s.lbOfRoute(r) {
		return errLBNotFound("backend")
	}
	if match == nil || match.Sni == nil && match.HostHeader == nil && match.PathBegin == nil {
		return errInvalid("match", "required", "set one of sni, host_header, path_begin")
	}
	r.BackendID, r.Match, r.UpdatedAt = backendID, match, s.timestamp()
	return nil
}

func (s *Server) deleteLBRoute(_ *call, r *lbRoute) (any, error) {
	id := s.lbOfRoute(r)
	s.lbRoutes.remove(r.ID)
	s.reloadBalancer(id)
	return noContent{}, nil
}
