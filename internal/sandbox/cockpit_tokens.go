package sandbox

import (
	"crypto/rand"
	"encoding/base64"
	"slices"

	"github.com/google/uuid"
	"github.com/scaleway/scaleway-sdk-go/api/cockpit/v1"
)

// cockpitToken is a token for the data sources of a Project in a region. Only the response to its creation has its
// secret key.
type cockpitToken struct {
	cockpit.Token
}

func (s *Server) routeCockpitTokens(base string) {
	s.route("GET "+base, areaCockpit, s.listCockpitTokens)
	s.route("POST "+base, areaCockpit, s.createCockpitToken)
	s.route("GET "+base+"/{id}", areaCockpit, s.getCockpitToken)
	s.route("DELETE "+base+"/{id}", areaCockpit, s.deleteCockpitToken)
}

func (s *Server) listCockpitTokens(c *call) (any, error) {
	projectID, err := s.cockpitProject(c)
	if err != nil {
		return nil, err
	}
	wanted := c.filters().values("token_scopes")
	found := s.cockpitTokens.list(func(t *cockpitToken) bool {
		return t.Region == c.region() && t.ProjectID == projectID &&
			!slices.ContainsFunc(wanted, func(scope string) bool {
				return !slices.Contains(t.Scopes, cockpit.TokenScope(scope))
			})
	})
	page, total := paginate(c, sortItems(c, found, "created_at_asc", func(t *cockpitToken) sortKey {
		return sortKey{created: t.CreatedAt, name: t.Name}
	}))
	return map[string]any{"tokens": page, "total_count": total}, nil
}

func (s *Server) createCockpitToken(c *call) (any, error) {
	var req cockpit.RegionalAPICreateTokenRequest
	if err := c.decode(&req); err != nil {
		return nil, err
	}
	projectID := c.projectID(&req.ProjectID)
	if err := s.checkCockpitProject(c, projectID); err != nil {
		return nil, err
	}
	for _, scope := range req.TokenScopes {
		// [INFERRED cockpit-validation] No recording has an invalid request.
		if scope == cockpit.TokenScopeUnknownScope || !slices.Contains(scope.Values(), scope) {
			return nil, errInvalid("token_scopes", "constraint", string(scope)+" is not a scope")
		}
	}
	if req.Name == "" {
		req.Name = generatedName("token")
	}
	now := s.timestamp()
	t := &cockpitToken{cockpit.Token{
		ID: uuid.NewString(), ProjectID: projectID, Name: req.Name, CreatedAt: now, UpdatedAt: now,
		Scopes: nonNilSlice(req.TokenScopes), Region: c.region(),
	}}
	s.cockpitTokens.put(t.ID, t)
	secret := make([]byte, 48)
	_, _ = rand.Read(secret) // never returns an error
	key, answer := base64.RawURLEncoding.EncodeToString(secret), *t
	answer.SecretKey = &key
	return &answer, nil
}

func (s *Server) findCockpitToken(c *call) (*cockpitToken, error) {
	id := c.PathValue("id")
	t, ok := s.cockpitTokens.get(id)
	if !ok || t.Region != c.region() {
		return nil, errNotFound("token", id)
	}
	return t, nil
}

func (s *Server) getCockpitToken(c *call) (any, error) {
	t, err := s.findCockpitToken(c)
	if err != nil {
		return nil, err
	}
	return t, nil
}

func (s *Server) deleteCockpitToken(c *call) (any, error) {
	t, err := s.findCockpitToken(c)
	if err != nil {
		return nil, err
	}
	s.cockpitTokens.remove(t.ID)
	return noContent{}, nil
}
