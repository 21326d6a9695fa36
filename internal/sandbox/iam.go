package sandbox

import (
	"cmp"
	"net/http"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/scaleway/scaleway-sdk-go/api/iam/v1alpha1"
)

// apiKey is an API key. Only the response to its creation has its secret. PermissionSets, if not null, overrides the
// permissions of the bearer. Tests set it through /_sandbox/objects/api-keys/{access_key}.
type apiKey struct {
	iam.APIKey

	Srn            string   `json:"srn,omitempty"` // not in recordings
	PermissionSets []string `json:"permission_sets,omitempty"`

	secret string
}

// iamBase is the path prefix of IAM.
const iamBase = "/iam/v1alpha1"

func (s *Server) routeIAM() {
	const base, one = iamBase, iamBase + "/api-keys/{id}"
	s.route("GET "+base+"/api-keys", areaAPIKey, s.listAPIKeys)
	s.routeLogged("POST "+base+"/api-keys", areaAPIKey, s.createAPIKey)
	s.route("GET "+one, areaAPIKey, withObject(s.findAPIKey, show[apiKey]))
	s.routeLogged("PATCH "+one, areaAPIKey, withObject(s.findAPIKey, s.updateAPIKey))
	s.routeLogged("DELETE "+one, areaAPIKey, withObject(s.findAPIKey, s.deleteAPIKey))
	s.routeApplications(base)
	s.routeGroups(base)
	s.routePolicies(base)
	s.routeUsers(base)
	s.routeOrganization(base)
	s.routeSAML(base)
	s.routeSCIM(base)
	s.routeSSHKeys(base)
	s.routeLogs(base)
	s.routeQuota(base)
	for _, pattern := range []string{"GET /jwts", "POST /jwts", "GET /jwts/{id}", "DELETE /jwts/{id}"} {
		method, path, _ := strings.Cut(pattern, " ")
		s.route(method+" "+base+path, areaIAM, refuseJWT)
	}
}

// refuseJWT answers 403: API keys cannot use the endpoints of JWTs, which belong to sessions of users.
func refuseJWT(c *call) (any, error) { return nil, errDenied("jwt", requiredAction(c.Request)) }

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

// requiredAction returns the action that a request performs in its area: read, write, register (of a Kosmos node), or
// one of the actions on keys and secrets.
func requiredAction(r *http.Request) string {
	switch {
	case strings.HasPrefix(r.URL.Path, "/secret-manager/") && strings.HasSuffix(r.URL.Path, "/access"):
		return "access"
	case r.Method == http.MethodGet, r.Method == http.MethodHead, strings.HasSuffix(
		r.URL.Path, "/contract-signatures/check",
	):
		return "read"
	case strings.HasSuffix(r.URL.Path, "/external-nodes/auth"):
		return "register"
	case strings.HasPrefix(r.URL.Path, "/secret-manager/"), strings.HasPrefix(r.URL.Path, "/key-manager/"):
		return secretAction(r)
	}
	return "write"
}

func (s *Server) listAPIKeys(c *call) (any, error) {
	f := c.filters()
	found := s.apiKeys.list(func(key *apiKey) bool {
		kind := iam.BearerTypeUser
		if key.ApplicationID != nil {
			kind = iam.BearerTypeApplication
		}
		return f.matches("organization_id", OrganizationID) && f.matches("bearer_id", key.bearerID()) &&
			f.matches("application_id", deref(key.ApplicationID)) && f.matches("user_id", deref(key.UserID)) &&
			f.matchesKind("bearer_type", string(kind)) && f.matchesBool("editable", key.Editable) &&
			f.matchesBool("expired", s.isExpired(key)) && f.matches("access_key", key.AccessKey) &&
			f.matches("access_keys", key.AccessKey) && f.contains("description", key.Description)
	})
	page, total := paginate(c, sortBy(c, found, "created_at_asc", orders[apiKey]{
		"created_at": byTime(func(key *apiKey) *time.Time { return key.CreatedAt }),
		"updated_at": byTime(func(key *apiKey) *time.Time { return key.UpdatedAt }),
		"expires_at": byTime(func(key *apiKey) *time.Time { return key.ExpiresAt }),
		"access_key": byText(func(key *apiKey) string { return key.AccessKey }),
	}))
	return map[string]any{"api_keys": page, "total_count": total}, nil
}

func (s *Server) createAPIKey(c *call) (any, error) {
	var req iam.CreateAPIKeyRequest
	if err := c.decode(&req); err != nil {
		return nil, err
	}
	if (req.ApplicationID == nil) == (req.UserID == nil) {
		return nil, errInvalid("application_id", "constraint", "exactly one of application_id and user_id is required")
	}
	if err := s.checkPrincipals([]string{deref(req.UserID)}, []string{deref(req.ApplicationID)}); err != nil {
		return nil, err
	}
	if id := deref(req.DefaultProjectID); id != "" && !s.projects.has(id) {
		return nil, errNotFound("project_id", id)
	}
	if err := s.checkExpiry(req.ExpiresAt); err != nil {
		return nil, err
	}
	key := s.newAPIKey("SCW"+strings.ToUpper(strings.ReplaceAll(uuid.NewString(), "-", ""))[:17], uuid.NewString())
	key.Description, key.ApplicationID, key.UserID = req.Description, req.ApplicationID, req.UserID
	key.DefaultProjectID, key.CreationIP = cmp.Or(deref(req.DefaultProjectID), ProjectID), c.remoteIP()
	if req.ExpiresAt != nil {
		expires := req.ExpiresAt.UTC()
		key.ExpiresAt = &expires
	}
	answer := *key
	answer.SecretKey = &key.secret
	return &answer, nil
}

// checkPrincipals returns an error if one of the users or applications does not exist. Empty ids are ignored.
func (s *Server) checkPrincipals(userIDs, applicationIDs []string) error {
	for _, id := range userIDs {
		if id != "" && !s.users.has(id) {
			return errNotFound("user", id)
		}
	}
	for _, id := range applicationIDs {
		if id != "" && !s.applications.has(id) {
			return errNotFound("application", id)
		}
	}
	return nil
}

// checkExpiry refuses an expiry that is later than the security settings of the Organization allow.
// [INFERRED iam-organization].
func (s *Server) checkExpiry(expires *time.Time) error {
	o, ok := s.organizations.get(OrganizationID)
	if !ok || o.settings.MaxAPIKeyExpirationDuration.Seconds == 0 {
		return nil
	}
	limit := time.Duration(o.settings.MaxAPIKeyExpirationDuration.Seconds) * time.Second
	if expires == nil || expires.After(s.now().Add(limit)) {
		return errInvalid("expires_at", "constraint", "must be at most "+limit.String()+" from now")
	}
	return nil
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

func (s *Server) updateAPIKey(c *call, key *apiKey) (any, error) {
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
		if err := s.checkExpiry(req.ExpiresAt); err != nil {
			return nil, err
		}
		expires := req.ExpiresAt.UTC()
		key.ExpiresAt = &expires
	}
	key.UpdatedAt = s.timestamp()
	return key, nil
}

func (s *Server) deleteAPIKey(_ *call, key *apiKey) (any, error) {
	s.apiKeys.remove(key.AccessKey)
	return noContent{}, nil
}
