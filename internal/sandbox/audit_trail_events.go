package sandbox

import (
	"encoding/base64"
	"net"
	"slices"
	"strconv"
	"time"

	"github.com/scaleway/scaleway-sdk-go/api/audit_trail/v1alpha1"
	"github.com/scaleway/scaleway-sdk-go/scw"
)

// authEvent is an event of an attempt to log in. Logins are global, and logged in fr-par.
type authEvent struct {
	audit_trail.AuthenticationEvent
}

// systemEvent is an event of an action of Scaleway.
type systemEvent struct {
	audit_trail.SystemEvent

	region scw.Region
}

func (s *Server) routeAuditEvents(base string) {
	s.route("GET "+base+"/events", areaAuditTrail, s.listAuditEvents)
	s.route("GET "+base+"/authentication-events", areaAuditTrail, s.listAuthenticationEvents)
	s.route("GET "+base+"/system-events", areaAuditTrail, s.listSystemEvents)
	s.route("GET "+base+"/combined-events", areaAuditTrail, s.listCombinedEvents)
	s.route("GET "+base+"/last-events-overview", areaAuditTrail, s.getLastEvents)
}

// listedEvent is an event in a list, of any kind.
type listedEvent struct {
	id    string
	at    time.Time
	value any
}

// eventPage returns the requested page of events: by default those of the last hour, the newest first. A page token is
// the id of the last event of the page before.
//
// [INFERRED audit-trail-pages] A recorded page has 57 events; the default and the greatest page size are not recorded.
func (s *Server) eventPage(c *call, found []listedEvent) (any, error) {
	query := c.URL.Query()
	if err := checkOrganization(c, query.Get("organization_id")); err != nil {
		return nil, err
	}
	after, before := s.now().Add(-time.Hour), s.now()
	for name, moment := range map[string]*time.Time{"recorded_after": &after, "recorded_before": &before} {
		if text := query.Get(name); text != "" {
			requested, err := time.Parse(time.RFC3339, text)
			if err != nil {
				return nil, errInvalid(name, "format", err.Error())
			}
			*moment = requested
		}
	}
	found = slices.DeleteFunc(found, func(e listedEvent) bool { return e.at.Before(after) || e.at.After(before) })
	slices.SortStableFunc(found, func(a, b listedEvent) int { return a.at.Compare(b.at) })
	if query.Get("order_by") != "recorded_at_asc" {
		slices.Reverse(found)
	}
	if token := query.Get("page_token"); token != "" {
		last, err := base64.RawURLEncoding.DecodeString(token)
		index := slices.IndexFunc(found, func(e listedEvent) bool { return e.id == string(last) })
		if err != nil || index < 0 {
			return nil, errInvalid("page_token", "format", "")
		}
		found = found[index+1:]
	}
	size, err := strconv.Atoi(query.Get("page_size"))
	if err != nil || size < 1 {
		size = 100
	}
	size = min(size, 100, len(found))
	events := make([]any, size)
	for i, e := range found[:size] {
		events[i] = e.value
	}
	answer := map[string]any{"events": events}
	if size < len(found) {
		answer["next_page_token"] = base64.RawURLEncoding.EncodeToString([]byte(found[size-1].id))
	}
	return answer, nil
}

// matchesResource reports whether one of the resources has the requested type and id.
func matchesResource[T any](f filters, resources []T, get func(T) *audit_trail.Resource) bool {
	kind, id := f.query.Get("resource_type"), f.query.Get("resource_id")
	if kind == string(audit_trail.ResourceTypeUnknownType) {
		kind = ""
	}
	return kind == "" && id == "" || slices.ContainsFunc(resources, func(resource T) bool {
		r := get(resource)
		return (kind == "" || kind == string(r.Type)) && (id == "" || id == r.ID)
	})
}

// apiEvents returns the events of API requests in the region that match the filters.
func (s *Server) apiEvents(c *call) []*auditEvent {
	f := c.filters()
	return s.auditEvents.list(func(e *auditEvent) bool {
		principal := ""
		if e.Principal != nil {
			principal = e.Principal.ID
		}
		return e.region == c.region() && f.matches("project_id", deref(e.ProjectID)) &&
			f.matches("method_name", e.MethodName) && f.matches("product_name", e.ProductName) &&
			f.matches("service_name", e.ServiceName) && f.matches("principal_id", principal) &&
			f.matches("status", strconv.Itoa(int(e.StatusCode))) && f.matches("source_ip", addressText(e.SourceIP)) &&
			matchesResource(f, e.Resources, func(r *auditResource) *audit_trail.Resource { return &r.Resource })
	})
}

func addressText(ip net.IP) string {
	if ip == nil {
		return ""
	}
	return ip.String()
}

func (s *Server) listAuditEvents(c *call) (any, error) {
	var found []listedEvent
	for _, e := range s.apiEvents(c) {
		found = append(found, listedEvent{e.ID, *e.RecordedAt, e})
	}
	return s.eventPage(c, found)
}

// loginEvents returns the authentication events of the region.
func (s *Server) loginEvents(c *call) []*authEvent {
	f := c.filters()
	return s.authEvents.list(func(e *authEvent) bool {
		return c.region() == scw.RegionFrPar && f.query.Get("project_id") == "" &&
			matchesResource(f, e.Resources, func(r *audit_trail.Resource) *audit_trail.Resource { return r })
	})
}

func (s *Server) listAuthenticationEvents(c *call) (any, error) {
	var found []listedEvent
	for _, e := range s.loginEvents(c) {
		found = append(found, listedEvent{e.ID, *e.RecordedAt, e})
	}
	return s.eventPage(c, found)
}

// scalewayEvents returns the system events of the region.
func (s *Server) scalewayEvents(c *call) []*systemEvent {
	f := c.filters()
	return s.systemEvents.list(func(e *systemEvent) bool {
		return e.region == c.region() && f.matches("project_id", deref(e.ProjectID)) &&
			matchesResource(f, e.Resources, func(r *audit_trail.Resource) *audit_trail.Resource { return r })
	})
}

func (s *Server) listSystemEvents(c *call) (any, error) {
	var found []listedEvent
	for _, e := range s.scalewayEvents(c) {
		found = append(found, listedEvent{e.ID, *e.RecordedAt, e})
	}
	return s.eventPage(c, found)
}

func (s *Server) listCombinedEvents(c *call) (any, error) {
	var found []listedEvent
	for _, e := range s.apiEvents(c) {
		found = append(found, listedEvent{e.ID, *e.RecordedAt, map[string]any{"api": e}})
	}
	for _, e := range s.loginEvents(c) {
		found = append(found, listedEvent{e.ID, *e.RecordedAt, map[string]any{"auth": e}})
	}
	for _, e := range s.scalewayEvents(c) {
		found = append(found, listedEvent{e.ID, *e.RecordedAt, map[string]any{"system": e}})
	}
	return s.eventPage(c, found)
}

// getLastEvents returns the newest API events.
//
// [INFERRED audit-trail-overview] No recording shows it.
func (s *Server) getLastEvents(c *call) (any, error) {
	if err := checkOrganization(c, c.URL.Query().Get("organization_id")); err != nil {
		return nil, err
	}
	found := s.apiEvents(c)
	slices.SortStableFunc(found, func(a, b *auditEvent) int { return b.RecordedAt.Compare(*a.RecordedAt) })
	return map[string]any{"last_events": found[:min(5, len(found))]}, nil
}

// seedLogin records the login of the Organization's owner at the start of the sandbox, which has no login pages.
//
// [INFERRED audit-trail-logins] No recording has an authentication event.
func (s *Server) seedLogin() {
	now, totp := s.now(), audit_trail.AuthenticationEventMFATypeTotp
	agent := "Mozilla/5.0"
	e := &authEvent{audit_trail.AuthenticationEvent{
		ID: eventID(now), RecordedAt: &now, OrganizationID: OrganizationID, SourceIP: net.IPv4(127, 0, 0, 1),
		UserAgent: &agent, Result: audit_trail.AuthenticationEventResultSuccess,
		Method: audit_trail.AuthenticationEventMethodPassword,
		Origin: audit_trail.AuthenticationEventOriginPublicAPI, MfaType: &totp,
		Resources: []*audit_trail.Resource{{ID: UserID, Type: audit_trail.ResourceTypeIamUser, CreatedAt: &now}},
	}}
	s.authEvents.put(e.ID, e)
}
