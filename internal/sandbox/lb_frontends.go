package sandbox

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/google/uuid"
	"github.com/scaleway/scaleway-sdk-go/api/lb/v1"
)

// plainFrontend is the SDK's type without its methods, which marshal other durations.
type plainFrontend lb.Frontend

// lbFrontend is a frontend of a Load Balancer. Every response fills in the Load Balancer, the backend and the first
// certificate.
type lbFrontend struct {
	plainFrontend

	TimeoutClient *int64         `json:"timeout_client"` // in milliseconds
	Certificate   *lbCertificate `json:"certificate"`
	Backend       *lbBackend     `json:"backend"`
	LB            *balancer      `json:"lb"`

	lbID, backendID string
}

func (s *Server) routeLBFrontends(base string) {
	with := func(handle func(*call, *lbFrontend) (any, error)) handler { return s.withLBFrontend(handle) }
	s.route("GET "+base+"/lbs/{id}/frontends", areaBalancer, s.withBalancer(s.listLBFrontends))
	s.route("POST "+base+"/lbs/{id}/frontends", areaBalancer, s.withBalancer(s.createLBFrontend))
	s.route("GET "+base+"/frontends/{id}", areaBalancer, with(func(_ *call, f *lbFrontend) (any, error) {
		return s.frontendView(f, false, false), nil
	}))
	s.route("PUT "+base+"/frontends/{id}", areaBalancer, with(s.updateLBFrontend))
	s.route("DELETE "+base+"/frontends/{id}", areaBalancer, with(s.deleteLBFrontend))
}

func (s *Server) withLBFrontend(handle func(*call, *lbFrontend) (any, error)) handler {
	return withLBPart(s, s.lbFrontends, "frontend", func(f *lbFrontend) string { return f.lbID }, handle)
}

// frontendsOf returns the frontends of a Load Balancer.
func (s *Server) frontendsOf(lbID string) []*lbFrontend {
	return s.lbFrontends.list(func(f *lbFrontend) bool { return f.lbID == lbID })
}

// frontendView returns a copy of a frontend for a response. As in the API, the Load Balancer in it has its Instances
// after a change and in lists; the Load Balancer in its backend only in lists.
func (s *Server) frontendView(f *lbFrontend, withInstances, withBackendInstances bool) *lbFrontend {
	view := *f
	view.LB, view.Backend, view.Certificate = s.balancerView(f.lbID, withInstances), nil, nil
	if backend, ok := s.lbBackends.get(f.backendID); ok {
		view.Backend = s.backendView(backend, withBackendInstances)
	}
	if len(f.CertificateIDs) > 0 {
		if certificate, ok := s.lbCertificates.get(f.CertificateIDs[0]); ok {
			view.Certificate = s.certificateView(certificate, withInstances)
		}
	}
	return &view
}

func (s *Server) listLBFrontends(c *call, b *balancer) (any, error) {
	found := []*lbFrontend{}
	for _, f := range s.frontendsOf(b.ID) {
		if c.filters().contains("name", f.Name) {
			found = append(found, s.frontendView(f, true, true))
		}
	}
	page, total := paginate(c, sortItems(c, found, "created_at_asc", func(f *lbFrontend) sortKey {
		return sortKey{name: f.Name, created: f.CreatedAt, updated: f.UpdatedAt}
	}))
	return map[string]any{"frontends": page, "total_count": total}, nil
}

func (s *Server) createLBFrontend(c *call, b *balancer) (any, error) {
	f := &lbFrontend{lbID: b.ID, plainFrontend: plainFrontend{ID: uuid.NewString(), CertificateIDs: []string{}}}
	if err := s.applyLBFrontend(c, f); err != nil {
		return nil, err
	}
	f.CreatedAt = f.UpdatedAt
	s.lbFrontends.put(f.ID, f)
	s.reloadBalancer(b.ID)
	return s.frontendView(f, true, false), nil
}

func (s *Server) updateLBFrontend(c *call, f *lbFrontend) (any, error) {
	if err := s.applyLBFrontend(c, f); err != nil {
		return nil, err
	}
	s.reloadBalancer(f.lbID)
	return s.frontendView(f, true, false), nil
}

// applyLBFrontend sets the attributes of a frontend that a request to create or to update it contains.
func (s *Server) applyLBFrontend(c *call, f *lbFrontend) error {
	var req lb.ZonedAPIUpdateFrontendRequest // the fields of a creation are the same
	if err := c.decode(&req); err != nil {
		return err
	}
	backend, ok := s.lbBackends.get(req.BackendID)
	if !ok || backend.lbID != f.lbID {
		return errLBNotFound("backend")
	}
	if req.InboundPort < 1 || req.InboundPort > 65535 {
		return errInvalid("inbound_port", "constraint", "must be between 1 and 65535")
	}
	if slices.ContainsFunc(s.frontendsOf(f.lbID), func(other *lbFrontend) bool {
		return other.ID != f.ID && other.InboundPort == req.InboundPort
	}) {
		// Two listeners cannot share a port [INFERRED lb-frontend-port].
		return errInvalid("inbound_port", "constraint", fmt.Sprintf("port %d is already used", req.InboundPort))
	}
	certificates := f.CertificateIDs
	if id := nonEmpty(req.CertificateID); id != nil { //nolint:staticcheck // deprecated, but clients send it
		certificates = []string{*id}
	}
	setListIfPresent(&certificates, req.CertificateIDs)
	now := s.timestamp()
	for _, id := range certificates {
		certificate, ok := s.lbCertificates.get(id)
		if !ok || certificate.lbID != f.lbID {
			return errLBNotFound("certificate")
		}
		certificate.UpdatedAt = now
	}
	f.Name, f.InboundPort, f.backendID = cmp.Or(
		req.Name,
		f.Name,
		generatedName("frontend"),
	), req.InboundPort, backend.ID
	f.CertificateIDs, f.EnableHTTP3, f.UpdatedAt = certificates, req.EnableHTTP3, now
	f.TimeoutClient, f.ConnectionRateLimit = inMilliseconds(req.TimeoutClient), req.ConnectionRateLimit
	if deref32(f.ConnectionRateLimit) == 0 {
		f.ConnectionRateLimit = nil // as in the API, no limit is null
	}
	setIfPresent(&f.EnableAccessLogs, req.EnableAccessLogs)
	return nil
}

// deleteLBFrontend deletes a frontend with its ACLs and routes.
func (s *Server) deleteLBFrontend(_ *call, f *lbFrontend) (any, error) {
	for _, a := range s.lbACLs.list(func(a *lbACL) bool { return a.frontendID == f.ID }) {
		s.lbACLs.remove(a.ID)
	}
	for _, r := range s.lbRoutes.list(func(r *lbRoute) bool { return r.FrontendID == f.ID }) {
		s.lbRoutes.remove(r.ID)
	}
	s.lbFrontends.remove(f.ID)
	s.reloadBalancer(f.lbID)
	return noContent{}, nil
}
