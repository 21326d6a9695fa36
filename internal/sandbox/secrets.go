package sandbox

import (
	"net/http"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
	secret "github.com/scaleway/scaleway-sdk-go/api/secret/v1beta1"
)

// managedSecret is a secret of Secret Manager with its versions.
type managedSecret struct {
	secret.Secret

	Srn             string           `json:"srn,omitempty"` // not in recordings
	Description     string           `json:"description"`
	EphemeralPolicy *ephemeralPolicy `json:"ephemeral_policy"`

	versions     []*secretVersion
	lastRevision uint32
}

// ephemeralPolicy has the SDK's fields, with the duration as the API writes it.
type ephemeralPolicy struct {
	TimeToLive          *apiDuration                 `json:"time_to_live"`
	ExpiresOnceAccessed *bool                        `json:"expires_once_accessed"`
	Action              secret.EphemeralPolicyAction `json:"action"`
}

func (s *Server) routeSecretManager() {
	const base = "/secret-manager/v1beta1/regions/{region}"
	const one = base + "/secrets/{id}"
	route := func(pattern string, handle func(*call, *managedSecret) (any, error)) {
		s.route(pattern, areaSecretManager, withObject(s.findSecret, handle))
	}
	s.route("GET "+base+"/secrets", areaSecretManager, s.listSecrets)
	s.route("POST "+base+"/secrets", areaSecretManager, s.createSecret)
	s.route("GET "+base+"/secrets/browse", areaSecretManager, s.browseSecrets)
	s.route("GET "+base+"/secrets-by-path/versions/{revision}/access", areaSecretManager, s.accessSecretByPath)
	s.route("GET "+base+"/tags", areaSecretManager, s.listSecretTags)
	s.route("GET "+base+"/secret-types", areaSecretManager, s.listSecretTypes)
	route("GET "+one, show[managedSecret])
	route("PATCH "+one, s.updateSecret)
	route("DELETE "+one, s.deleteSecret)
	route("POST "+one+"/restore", s.restoreSecret)
	route("POST "+one+"/protect", setSecretProtected(true))
	route("POST "+one+"/unprotect", setSecretProtected(false))
	route("POST "+one+"/add-owner", s.addSecretOwner)
	s.routeSecretVersions(one)
}

// secretsOf returns the secrets of the region and of the Projects of a request that are not scheduled for deletion.
func (s *Server) secretsOf(c *call) []*managedSecret {
	f := c.filters()
	return s.secrets.list(func(sec *managedSecret) bool {
		return sec.Region == c.region() && f.matches("project_id", sec.ProjectID) && sec.DeletionRequestedAt == nil
	})
}

func secretOrders() orders[managedSecret] {
	return orders[managedSecret]{
		"created_at": byTime(func(sec *managedSecret) *time.Time { return sec.CreatedAt }),
		"updated_at": byTime(func(sec *managedSecret) *time.Time { return sec.UpdatedAt }),
		"name":       byText(func(sec *managedSecret) string { return sec.Name }),
	}
}

func (s *Server) listSecrets(c *call) (any, error) {
	f := c.filters()
	scheduled := c.URL.Query().Get("scheduled_for_deletion") == "true"
	found := s.secrets.list(func(sec *managedSecret) bool {
		return sec.Region == c.region() && f.matches("organization_id", OrganizationID) &&
			f.matches("project_id", sec.ProjectID) && f.matches("name", sec.Name) && f.matches("path", sec.Path) &&
			f.hasTag(sec.Tags) && f.matchesKind("type", string(sec.Type)) &&
			f.matchesBool("ephemeral", sec.EphemeralPolicy != nil) && scheduled == (sec.DeletionRequestedAt != nil)
	})
	page, total := paginate(c, sortBy(c, found, "name_asc", secretOrders()))
	return map[string]any{"secrets": page, "total_count": total}, nil
}

func (s *Server) createSecret(c *call) (any, error) {
	var req secret.CreateSecretRequest
	if err := c.decode(&req); err != nil {
		return nil, err
	}
	if req.Name == "" {
		return nil, errInvalid("name", "required", "")
	}
	projectID := c.projectID(&req.ProjectID)
	if !s.projects.has(projectID) {
		return nil, errNotFound("project_id", projectID)
	}
	if id := deref(req.KeyID); id != "" && !s.kmsKeys.has(id) {
		return nil, errNotFound("key", id)
	}
	if req.Type == "" || req.Type == secret.SecretTypeUnknownType {
		req.Type = secret.SecretTypeOpaque
	}
	now := s.timestamp()
	sec := &managedSecret{
		Description: deref(req.Description), EphemeralPolicy: newEphemeralPolicy(req.EphemeralPolicy),
		Secret: secret.Secret{
			ID: uuid.NewString(), ProjectID: projectID, Name: req.Name, Status: secret.SecretStatusReady,
			CreatedAt: now, UpdatedAt: now, Tags: nonNilTags(req.Tags), Protected: req.Protected, Type: req.Type,
			Path: path.Join("/", deref(req.Path)), UsedBy: []secret.Product{}, KeyID: req.KeyID, Region: c.region(),
		},
	}
	if deref(req.KeyID) == "" {
		sec.KeyID = nil
	}
	if err := s.checkSecretName(sec); err != nil {
		return nil, err
	}
	s.secrets.put(sec.ID, sec)
	return sec, nil
}

// checkSecretName refuses a second secret with the same name and path [INFERRED secret-manager-errors].
func (s *Server) checkSecretName(sec *managedSecret) error {
	same := s.secrets.list(func(other *managedSecret) bool {
		return other.ID != sec.ID && other.Region == sec.Region && other.ProjectID == sec.ProjectID &&
			other.Name == sec.Name && other.Path == sec.Path && other.DeletionRequestedAt == nil
	})
	if len(same) > 0 {
		return &apiError{status: http.StatusConflict, body: map[string]any{
			"message": "resource already exists", "resource": "secret", "resource_id": same[0].ID,
			"type": "already_exists",
		}}
	}
	return nil
}

func newEphemeralPolicy(policy *secret.EphemeralPolicy) *ephemeralPolicy {
	if policy == nil {
		return nil
	}
	converted := &ephemeralPolicy{ExpiresOnceAccessed: policy.ExpiresOnceAccessed, Action: policy.Action}
	if policy.TimeToLive != nil {
		converted.TimeToLive = &apiDuration{*policy.TimeToLive}
	}
	return converted
}

func (s *Server) findSecret(c *call) (*managedSecret, error) {
	id := c.PathValue("id")
	sec, ok := s.secrets.get(id)
	if !ok || sec.Region != c.region() {
		return nil, errNotFound("secret", id)
	}
	return sec, nil
}

func (s *Server) updateSecret(c *call, sec *managedSecret) (any, error) {
	var req secret.UpdateSecretRequest
	if err := c.decode(&req); err != nil {
		return nil, err
	}
	changed := *sec
	setIfPresent(&changed.Name, req.Name)
	if req.Path != nil {
		changed.Path = path.Join("/", *req.Path)
	}
	if err := s.checkSecretName(&changed); err != nil {
		return nil, err
	}
	sec.Name, sec.Path = changed.Name, changed.Path
	setIfPresent(&sec.Description, req.Description)
	if req.Tags != nil {
		sec.Tags = nonNilTags(*req.Tags)
	}
	if req.EphemeralPolicy != nil {
		sec.EphemeralPolicy = newEphemeralPolicy(req.EphemeralPolicy)
	}
	sec.UpdatedAt = s.timestamp()
	return sec, nil
}

// deleteSecret schedules a secret for deletion. Until then it can be read and restored.
func (s *Server) deleteSecret(_ *call, sec *managedSecret) (any, error) {
	if sec.Protected {
		return nil, errDeletionProtected("secret")
	}
	if sec.DeletionRequestedAt != nil {
		return noContent{}, nil
	}
	now, id := s.timestamp(), sec.ID
	sec.DeletionRequestedAt, sec.UpdatedAt = now, now
	s.schedule(now.Add(deletionDelay), func() {
		if sec, ok := s.secrets.get(id); ok && sec.DeletionRequestedAt != nil && sec.DeletionRequestedAt.Equal(*now) {
			s.secrets.remove(id)
		}
	})
	return noContent{}, nil
}

func (s *Server) restoreSecret(_ *call, sec *managedSecret) (any, error) {
	if err := s.checkSecretName(sec); err != nil {
		return nil, err
	}
	sec.DeletionRequestedAt, sec.UpdatedAt = nil, s.timestamp()
	return sec, nil
}

// setSecretProtected protects a secret or not. As recorded, this does not change the date of the last update.
func setSecretProtected(protected bool) func(*call, *managedSecret) (any, error) {
	return func(_ *call, sec *managedSecret) (any, error) {
		sec.Protected = protected
		return sec, nil
	}
}

func (s *Server) addSecretOwner(c *call, sec *managedSecret) (any, error) {
	var req secret.AddSecretOwnerRequest
	if err := c.decode(&req); err != nil {
		return nil, err
	}
	if !slices.Contains(sec.UsedBy, req.Product) {
		sec.UsedBy = append(sec.UsedBy, req.Product)
	}
	return noContent{}, nil
}

func (s *Server) listSecretTags(c *call) (any, error) {
	tags := []string{}
	for _, sec := range s.secretsOf(c) {
		tags = including(tags, sec.Tags...)
	}
	slices.Sort(tags)
	page, total := paginate(c, tags)
	return map[string]any{"tags": page, "total_count": total}, nil
}

func (s *Server) listSecretTypes(c *call) (any, error) {
	types := []string{}
	for _, sec := range s.secretsOf(c) {
		types = including(types, string(sec.Type))
	}
	slices.Sort(types)
	page, total := paginate(c, types)
	return map[string]any{"types": page, "total_count": total}, nil
}

// secretItem is an item of a folder: a secret or a folder in it.
type secretItem struct {
	secret.BrowseSecretsResponseItem

	Secret *secretItemDetails `json:"secret,omitempty"`
}

type secretItemDetails struct {
	secret.BrowseSecretsResponseItemSecretDetails

	EphemeralPolicy *ephemeralPolicy `json:"ephemeral_policy"`
}

// browseSecrets lists the secrets and folders of a folder [INFERRED secret-manager-folders].
func (s *Server) browseSecrets(c *call) (any, error) {
	f, folder := c.filters(), path.Join("/", c.URL.Query().Get("prefix"))
	items, folders := []*secretItem{}, map[string]bool{}
	for _, sec := range s.secretsOf(c) {
		if !f.hasTag(sec.Tags) || !f.matchesKind("type", string(sec.Type)) {
			continue
		}
		if sec.Path == folder {
			items = append(items, &secretItem{
				BrowseSecretsResponseItem: secret.BrowseSecretsResponseItem{
					Name: sec.Name, CreatedAt: sec.CreatedAt, UpdatedAt: sec.UpdatedAt,
				},
				Secret: &secretItemDetails{
					EphemeralPolicy: sec.EphemeralPolicy,
					BrowseSecretsResponseItemSecretDetails: secret.BrowseSecretsResponseItemSecretDetails{
						ID: sec.ID, Tags: sec.Tags, VersionCount: sec.VersionCount, Protected: sec.Protected,
						Type: sec.Type,
					},
				},
			})
			continue
		}
		below, inside := strings.CutPrefix(sec.Path+"/", strings.TrimSuffix(folder, "/")+"/")
		name, _, _ := strings.Cut(below, "/")
		if inside && !folders[name] {
			folders[name] = true
			items = append(items, &secretItem{BrowseSecretsResponseItem: secret.BrowseSecretsResponseItem{
				Name: name, CreatedAt: sec.CreatedAt, UpdatedAt: sec.UpdatedAt,
				Folder: &secret.BrowseSecretsResponseItemFolderDetails{},
			}})
		}
	}
	page, total := paginate(c, sortBy(c, items, "name_asc", orders[secretItem]{
		"created_at": byTime(func(item *secretItem) *time.Time { return item.CreatedAt }),
		"updated_at": byTime(func(item *secretItem) *time.Time { return item.UpdatedAt }),
		"name":       byText(func(item *secretItem) string { return item.Name }),
	}))
	return map[string]any{"items": page, "total_count": total, "current_path": folder}, nil
}
