package sandbox

import (
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/scaleway/scaleway-sdk-go/api/iam/v1alpha1"
)

// iamLog is an entry of IAM's log: a change of an API key, user, application, group or policy [INFERRED iam-logs].
type iamLog struct {
	iam.Log

	Srn string `json:"srn,omitempty"` // not in recordings
}

func (s *Server) routeLogs(base string) {
	s.route("GET "+base+"/logs", areaIAM, s.listLogs)
	s.route("GET "+base+"/logs/{id}", areaIAM, func(c *call) (any, error) {
		id := c.PathValue("id")
		entry, ok := s.iamLogs.get(id)
		if !ok {
			return nil, errNotFound("log", id)
		}
		return entry, nil
	})
}

// routeLogged registers a handler whose changes go to IAM's log. The path of the pattern starts with the version and
// the object's kind.
func (s *Server) routeLogged(pattern string, required area, handle handler) {
	s.route(pattern, required, func(c *call) (any, error) {
		value, err := handle(c)
		if err == nil {
			s.addLog(c, value)
		}
		return value, err
	})
}

// addLog logs a change that a request made. value is the response, which has the id of a created object.
func (s *Server) addLog(c *call, value any) {
	action, id := iam.LogActionUpdated, c.PathValue("id")
	switch {
	case id == "":
		action, id = iam.LogActionCreated, objectID(value)
	case c.Method == http.MethodDelete && strings.HasSuffix(c.URL.Path, "/"+id):
		action = iam.LogActionDeleted
	}
	kinds := map[string]iam.LogResourceType{
		"api-keys": iam.LogResourceTypeAPIKey, "users": iam.LogResourceTypeUser,
		"applications": iam.LogResourceTypeApplication, "groups": iam.LogResourceTypeGroup,
		"policies": iam.LogResourceTypePolicy,
	}
	kind, _, _ := strings.Cut(strings.TrimPrefix(c.URL.Path, iamBase+"/"), "/")
	entry := &iamLog{Log: iam.Log{
		ID: uuid.NewString(), CreatedAt: s.timestamp(), IP: net.ParseIP(c.remoteIP()), UserAgent: c.UserAgent(),
		Action: action, BearerID: c.caller.bearerID(), OrganizationID: OrganizationID, ResourceType: kinds[kind],
		ResourceID: id,
	}}
	s.iamLogs.put(entry.ID, entry)
}

// objectID returns the id of an object that was created.
func objectID(value any) string {
	switch object := value.(type) {
	case *apiKey:
		return object.AccessKey
	case *user:
		return object.ID
	case *application:
		return object.ID
	case *group:
		return object.ID
	case *policy:
		return object.ID
	}
	return ""
}

// remoteIP returns the IP address of the caller.
func (c *call) remoteIP() string {
	host, _, err := net.SplitHostPort(c.RemoteAddr)
	if err != nil {
		return "127.0.0.1"
	}
	return host
}

// bearerID returns the id of the user or application that bears the key.
func (key *apiKey) bearerID() string { return deref(key.UserID) + deref(key.ApplicationID) }

func (s *Server) listLogs(c *call) (any, error) {
	f := c.filters()
	after, err := c.queryTime("created_after")
	if err != nil {
		return nil, err
	}
	before, err := c.queryTime("created_before")
	if err != nil {
		return nil, err
	}
	found := s.iamLogs.list(func(entry *iamLog) bool {
		return f.matches("organization_id", entry.OrganizationID) && f.matchesKind("action", string(entry.Action)) &&
			f.matchesKind("resource_type", string(entry.ResourceType)) &&
			(f.contains("search", entry.ResourceID) || f.contains("search", entry.BearerID)) &&
			(after == nil || entry.CreatedAt.After(*after)) && (before == nil || entry.CreatedAt.Before(*before))
	})
	page, total := paginate(c, sortBy(c, found, "created_at_asc", orders[iamLog]{
		"created_at": byTime(func(entry *iamLog) *time.Time { return entry.CreatedAt }),
	}))
	return map[string]any{"logs": page, "total_count": total}, nil
}

// queryTime returns the date in a query parameter, or nil without it.
func (c *call) queryTime(name string) (*time.Time, error) {
	text := c.URL.Query().Get(name)
	if text == "" {
		return nil, nil
	}
	at, err := time.Parse(time.RFC3339Nano, text)
	if err != nil {
		return nil, errInvalid(name, "format", err.Error())
	}
	return &at, nil
}
