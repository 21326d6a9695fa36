package sandbox

import (
	"net/http"
	"strings"

	"github.com/google/uuid"
	"github.com/scaleway/scaleway-sdk-go/api/iam/v1alpha1"
)

// UserID is the user who owns the sandbox's Organization and bears the administrator's API key.
const UserID = "66666666-6666-6666-6666-666666666666"

// apiKey is an API key. Only the response to its creation has its secret. PermissionSets, if not null, overrides the
// permissions of the bearer. Tests set it through /_sandbox/objects/api-keys/{access_key}.
type apiKey struct {
	iam.APIKey

	Srn            string   `json:"srn,omitempty"` // not in recordings
	PermissionSets []string `json:"permission_sets,omitempty"`

	secret string
}

func (s *Server) routeIAM() {
	const base = "/iam/v1alpha1"
	s.route("GET "+base+"/api-keys", areaIAM, s.listAPIKeys)
	s.route("POST "+base+"/api-keys", areaIAM, s.createAPIKey)
	s.route("GET "+base+"/api-keys/{id}", areaIAM, s.getAPIKey)
	s.route("PATCH "+base+"/api-keys/{id}", areaIAM, s.updateAPIKey)
	s.route("DELETE "+base+"/api-keys/{id}", areaIAM, s.deleteAPIKey)
	s.routeApplications(base)
	s.routeGroups(base)
	s.routePolicies(base)
}

// authenticate returns the API key with a secret.
func (s *Server) authenticate(token string) (*apiKey, error) {
	if _, err := uuid.Parse(token); err != nil {
		return nil, errUnauthenticated("invalid_argument")
	}
	for _, key := range s.apiKeys.list(nil) {
		if key.secret != token {
			continue
		}
		if s.isExpired(key) {
			return nil, errUnauthenticated("expired")
		}
		return key, nil
	}
	return nil, errUnauthenticated("not_found")
}

func (s *Server) isExpired(key *apiKey) bool {
	return key.ExpiresAt != nil && !s.now().Before(*key.ExpiresAt)
}

// requiredAction returns the action that a request performs in its area: read, write, or register (of a Kosmos node).
func requiredAction(r *http.Request) string {
	switch {
	case r.Method == http.MethodGet, r.Method == http.MethodHead, strings.HasSuffix(
		r.URL.Path, "/contract-signatures/check",
	):
		return "read"
	case strings.HasSuffix(r.URL.Path, "/external-nodes/auth"):
		return "register"
	}
	return "write"
}

func (s *Server) listAPIKeys(c *call) (any, error) {
	f := c.filters()
	found := s.apiKeys.list(func(key *apiKey) bool {
		var user, app string
		if key.UserID != nil {
			user = *key.UserID
		}
		if key.ApplicationID != nil {
			app = *key.ApplicationID
		}
		kind := "user"
		if app != "" {
			kind = "application"
		}
		wanted := c.URL.Query().Get("bearer_type")
		return f.matches(
			"organization_id", OrganizationID,
		) && f.matches("application_id", app) && f.matches("user_id", user) &&
			f.matches("bearer_id", user+app) && (wanted == "" || wanted == "unknown_bearer_type" || wanted == kind) &&
			f.matchesBool("editable", key.Editable) && f.matchesBool("expired", s.isExpired(key)) &&
			f.matches("access_key", key.AccessKey) && f.matches("access_keys", key.AccessKey) &&
			f.contains("description", key.Description)
	})
	page, total := paginate(c, sortItems(c, found, "created_at_asc", func(key *apiKey) sortKey {
		return sortKey{created: key.CreatedAt, updated: key.UpdatedAt}
	}))
	return map[string]any{"api_keys": page, "total_count": total}, nil
}

func (s *Server) createAPIKey(c *call) (any, error) {
	var req iam.CreateAPIKeyRequest
	if err := c.decode(&req); err != nil {
		return nil, err
	}
	if req.ApplicationID != nil {
		if _, ok := s.applications.get(*req.ApplicationID); !ok {
			return nil, errNotFound("application", *req.ApplicationID)
		}
	} else if req.UserID == nil || *req.UserID != UserID {
		return nil, errInvalid(
			"application_id",
			"required",
			"the bearer of an API key must be an application or user "+UserID,
		)
	}
	key := s.newAPIKey("SCW"+strings.ToUpper(strings.ReplaceAll(uuid.NewString(), "-", ""))[:17], uuid.NewString())
	key.Description, key.ApplicationID, key.UserID = req.Description, req.ApplicationID, req.UserID
	if req.DefaultProjectID != nil && *req.DefaultProjectID != "" {
		if _, ok := s.projects.get(*req.DefaultProjectID); !ok {
			s.apiKeys.remove(key.AccessKey)
			return nil, errNotFound("project_id", *req.DefaultProjectID)
		}
		key.DefaultProjectID = *req.DefaultProjectID
	}
	if req.ExpiresAt != nil {
		expires := req.ExpiresAt.UTC()
		key.ExpiresAt = &expires
	}
	answer := *key
	answer.SecretKey = &key.secret
	return &answer, nil
}

// newAPIKey creates a key without a bearer.
func (s *Server) newAPIKey(access, secret string) *apiKey {
	now := s.timestamp()
	key := &apiKey{secret: secret, APIKey: iam.APIKey{
		AccessKey: access, CreatedAt: now, UpdatedAt: now, DefaultProjectID: ProjectID, Editable: true, Deletable: true,
		CreationIP: "127.0.0.1",
	}}
	s.apiKeys.put(access, key)
	return key
}

func (s *Server) findAPIKey(c *call) (*apiKey, error) {
	id := c.PathValue("id")
	key, ok := s.apiKeys.get(id)
	if !ok {
		return nil, errNotFound("access_key", id)
	}
	return key, nil
}

func (s *Server) getAPIKey(c *call) (any, error) {
	key, err := s.findAPIKey(c)
	if err != nil {
		return nil, err
	}
	return key, nil
}

func (s *Server) updateAPIKey(c *call) (any, error) {
	key, err := s.findAPIKey(c)
	if err != nil {
		return nil, err
	}
	var req iam.UpdateAPIKeyRequest
	if err := c.decode(&req); err != nil {
		return nil, err
	}
	if req.Description != nil {
		key.Description = *req.Description
	}
	if req.DefaultProjectID != nil {
		key.DefaultProjectID = *req.DefaultProjectID
	}
	if req.ExpiresAt != nil {
		expires := req.ExpiresAt.UTC()
		key.ExpiresAt = &expires
	}
	key.UpdatedAt = s.timestamp()
	return key, nil
}

func (s *Server) deleteAPIKey(c *call) (any, error) {
	key, err := s.findAPIKey(c)
	if err != nil {
		return nil, err
	}
	s.apiKeys.remove(key.AccessKey)
	return noContent{}, nil
}
