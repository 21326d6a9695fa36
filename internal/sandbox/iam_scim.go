package sandbox

import (
	"crypto/rand"
	"encoding/base64"
	"time"

	"github.com/google/uuid"
	"github.com/scaleway/scaleway-sdk-go/api/iam/v1alpha1"
)

// scimTokenValidity is the recorded time from the creation of a SCIM token to its expiry.
const scimTokenValidity = 365 * 24 * time.Hour

// scim is the SCIM configuration of the Organization, which has at most one.
type scim struct {
	iam.Scim
}

// scimToken is a token of the identity provider. Only the response to its creation has the bearer token.
type scimToken struct {
	iam.ScimToken
}

func (s *Server) routeSCIM(base string) {
	const organization, one, token = "/organizations/{id}/scim", "/scim/{id}", "/scim-tokens/{id}"
	s.route("GET "+base+organization, areaIAM, withObject(s.findOrganizationSCIM, show[scim]))
	s.route("POST "+base+organization, areaIAM, withObject(s.findOrganization, s.enableSCIM))
	s.route("DELETE "+base+one, areaIAM, withObject(s.findSCIM, s.deleteSCIM))
	s.route("GET "+base+one+"/tokens", areaIAM, withObject(s.findSCIM, s.listSCIMTokens))
	s.route("POST "+base+one+"/tokens", areaIAM, withObject(s.findSCIM, s.createSCIMToken))
	s.route("GET "+base+token, areaIAM, withObject(s.findSCIMToken, show[scimToken]))
	s.route("DELETE "+base+token, areaIAM, withObject(s.findSCIMToken, func(_ *call, t *scimToken) (any, error) {
		s.scimTokens.remove(t.ID)
		return noContent{}, nil
	}))
}

func (s *Server) findOrganizationSCIM(c *call) (*scim, error) {
	found := s.scims.list(nil)
	if id := c.PathValue("id"); id != OrganizationID || len(found) == 0 {
		return nil, errNotFound("organization_scim", id)
	}
	return found[0], nil
}

func (s *Server) findSCIM(c *call) (*scim, error) {
	id := c.PathValue("id")
	found, ok := s.scims.get(id)
	if !ok {
		return nil, errNotFound("scim", id)
	}
	return found, nil
}

// enableSCIM returns the configuration that exists, or a new one.
func (s *Server) enableSCIM(*call, *organization) (any, error) {
	if found := s.scims.list(nil); len(found) > 0 {
		return found[0], nil
	}
	created := &scim{Scim: iam.Scim{ID: uuid.NewString(), CreatedAt: s.timestamp()}}
	s.scims.put(created.ID, created)
	return created, nil
}

func (s *Server) deleteSCIM(_ *call, configuration *scim) (any, error) {
	for _, t := range s.scimTokensOf(configuration.ID) {
		s.scimTokens.remove(t.ID)
	}
	s.scims.remove(configuration.ID)
	return noContent{}, nil
}

func (s *Server) scimTokensOf(scimID string) []*scimToken {
	return s.scimTokens.list(func(t *scimToken) bool { return t.ScimID == scimID })
}

func (s *Server) listSCIMTokens(c *call, configuration *scim) (any, error) {
	page, total := paginate(c, sortBy(c, s.scimTokensOf(configuration.ID), "created_at_asc", orders[scimToken]{
		"created_at": byTime(func(t *scimToken) *time.Time { return t.CreatedAt }),
	}))
	return map[string]any{"scim_tokens": page, "total_count": total}, nil
}

func (s *Server) createSCIMToken(_ *call, configuration *scim) (any, error) {
	now := s.timestamp()
	expires := now.Add(scimTokenValidity)
	t := &scimToken{ScimToken: iam.ScimToken{
		ID: uuid.NewString(), ScimID: configuration.ID, CreatedAt: now, ExpiresAt: &expires,
	}}
	s.scimTokens.put(t.ID, t)
	bearer := base64.StdEncoding.EncodeToString([]byte(t.ID)) + "." + rand.Text() + rand.Text()
	return map[string]any{"token": t, "bearer_token": bearer}, nil
}

func (s *Server) findSCIMToken(c *call) (*scimToken, error) {
	id := c.PathValue("id")
	t, ok := s.scimTokens.get(id)
	if !ok {
		return nil, errNotFound("scim_token", id)
	}
	return t, nil
}
