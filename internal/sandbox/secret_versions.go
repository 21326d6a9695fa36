package sandbox

import (
	"fmt"
	"hash/crc32"
	"path"
	"slices"
	"strconv"
	"time"

	secret "github.com/scaleway/scaleway-sdk-go/api/secret/v1beta1"
)

// secretVersion is a version of a secret. Only an access returns its data.
type secretVersion struct {
	secret.SecretVersion

	Srn         string `json:"srn,omitempty"` // not in recordings
	Description string `json:"description"`

	data     []byte
	checksum *uint32
}

func (s *Server) routeSecretVersions(base string) {
	const one = "/versions/{revision}"
	route := func(pattern string, handle func(*managedSecret, *secretVersion) (any, error)) {
		s.route(pattern, areaSecretManager, withObject(s.findSecret, func(c *call, sec *managedSecret) (any, error) {
			v, err := sec.findVersion(c.PathValue("revision"))
			if err != nil {
				return nil, err
			}
			return handle(sec, v)
		}))
	}
	s.route("GET "+base+"/versions", areaSecretManager, withObject(s.findSecret, s.listSecretVersions))
	s.route("POST "+base+"/versions", areaSecretManager, withObject(s.findSecret, s.createSecretVersion))
	s.route("PATCH "+base+one, areaSecretManager, withObject(s.findSecret, s.updateSecretVersion))
	route("GET "+base+one, func(_ *managedSecret, v *secretVersion) (any, error) { return v, nil })
	route("DELETE "+base+one, s.deleteSecretVersion)
	route("GET "+base+one+"/access", s.accessSecretVersion)
	route("POST "+base+one+"/enable", s.setVersionStatus(secret.SecretVersionStatusEnabled))
	route("POST "+base+one+"/disable", s.setVersionStatus(secret.SecretVersionStatusDisabled))
	route("POST "+base+one+"/restore", s.setVersionStatus(secret.SecretVersionStatusEnabled))
}

// findVersion returns the version with a revision, or the latest or the latest enabled one.
func (sec *managedSecret) findVersion(revision string) (*secretVersion, error) {
	for _, v := range slices.Backward(sec.versions) {
		enabled := v.Status == secret.SecretVersionStatusEnabled
		if revision == "latest" || revision == "latest_enabled" && enabled ||
			revision == strconv.FormatUint(uint64(v.Revision), 10) {
			return v, nil
		}
	}
	return nil, errNotFound("secret_version", sec.ID+":"+revision) // [INFERRED secret-manager-errors]
}

// listSecretVersions lists the newest version first.
func (s *Server) listSecretVersions(c *call, sec *managedSecret) (any, error) {
	f, found := c.filters(), []*secretVersion{}
	for _, v := range slices.Backward(sec.versions) {
		if f.matchesKind("status", string(v.Status)) {
			found = append(found, v)
		}
	}
	page, total := paginate(c, found)
	return map[string]any{"versions": page, "total_count": total}, nil
}

func (s *Server) createSecretVersion(c *call, sec *managedSecret) (any, error) {
	var req secret.CreateSecretVersionRequest
	if err := c.decode(&req); err != nil {
		return nil, err
	}
	if len(req.Data) == 0 {
		return nil, errInvalid("data", "required", "")
	}
	if req.DataCrc32 != nil && *req.DataCrc32 != crc32.ChecksumIEEE(req.Data) {
		return nil, errInvalid("data_crc32", "constraint", "the checksum of the data differs")
	}
	now := s.timestamp()
	for _, old := range sec.versions {
		old.Latest = false
		if req.DisablePrevious != nil && *req.DisablePrevious && old.Status == secret.SecretVersionStatusEnabled {
			old.Status, old.UpdatedAt = secret.SecretVersionStatusDisabled, now
		}
	}
	sec.lastRevision++
	v := &secretVersion{
		Description: deref(req.Description), data: req.Data, checksum: req.DataCrc32,
		SecretVersion: secret.SecretVersion{
			Revision: sec.lastRevision, SecretID: sec.ID, Status: secret.SecretVersionStatusEnabled, CreatedAt: now,
			UpdatedAt: now, Latest: true, Region: sec.Region,
		},
	}
	if policy := sec.EphemeralPolicy; policy != nil {
		v.EphemeralProperties = &secret.EphemeralProperties{
			ExpiresOnceAccessed: policy.ExpiresOnceAccessed, Action: policy.Action,
		}
		if policy.TimeToLive != nil {
			expires := now.Add(time.Duration(policy.TimeToLive.Seconds) * time.Second)
			v.EphemeralProperties.ExpiresAt = &expires
			s.expireVersionAt(sec.ID, v.Revision, expires)
		}
	}
	sec.versions = append(sec.versions, v)
	sec.VersionCount = uint32(len(sec.versions))
	return v, nil
}

// expireVersionAt applies the action of the ephemeral properties of a version at a time.
func (s *Server) expireVersionAt(secretID string, revision uint32, moment time.Time) {
	s.schedule(moment, func() {
		sec, ok := s.secrets.get(secretID)
		if !ok {
			return
		}
		v, err := sec.findVersion(strconv.FormatUint(uint64(revision), 10))
		if err == nil && v.EphemeralProperties != nil && v.EphemeralProperties.ExpiresAt != nil &&
			v.EphemeralProperties.ExpiresAt.Equal(moment) {
			s.expireVersion(sec, v)
		}
	})
}

// expireVersion disables or deletes a version [INFERRED secret-manager-ephemeral].
func (s *Server) expireVersion(sec *managedSecret, v *secretVersion) {
	if v.EphemeralProperties.Action == secret.EphemeralPolicyActionDelete {
		s.scheduleVersionDeletion(sec.ID, v)
		return
	}
	v.Status, v.UpdatedAt = secret.SecretVersionStatusDisabled, s.timestamp()
}

func (s *Server) updateSecretVersion(c *call, sec *managedSecret) (any, error) {
	v, err := sec.findVersion(c.PathValue("revision"))
	if err != nil {
		return nil, err
	}
	var req secret.UpdateSecretVersionRequest
	if err := c.decode(&req); err != nil {
		return nil, err
	}
	setIfPresent(&v.Description, req.Description)
	if req.EphemeralProperties != nil {
		v.EphemeralProperties = req.EphemeralProperties
		if expires := req.EphemeralProperties.ExpiresAt; expires != nil {
			s.expireVersionAt(sec.ID, v.Revision, *expires)
		}
	}
	v.UpdatedAt = s.timestamp()
	return v, nil
}

func (s *Server) deleteSecretVersion(sec *managedSecret, v *secretVersion) (any, error) {
	if sec.Protected {
		return nil, errDeletionProtected("secret")
	}
	if v.DeletionRequestedAt == nil {
		s.scheduleVersionDeletion(sec.ID, v)
	}
	return noContent{}, nil
}

// scheduleVersionDeletion deletes a version after the delay that also applies to secrets.
func (s *Server) scheduleVersionDeletion(secretID string, v *secretVersion) {
	now := s.timestamp()
	v.Status, v.DeletionRequestedAt, v.UpdatedAt = secret.SecretVersionStatusScheduledForDeletion, now, now
	s.schedule(now.Add(deletionDelay), func() {
		sec, ok := s.secrets.get(secretID)
		if !ok || v.DeletionRequestedAt == nil || !v.DeletionRequestedAt.Equal(*now) {
			return
		}
		sec.versions = slices.DeleteFunc(sec.versions, func(other *secretVersion) bool { return other == v })
		sec.VersionCount = uint32(len(sec.versions))
	})
}

// setVersionStatus enables, disables or restores a version. One that is scheduled for deletion can only be restored.
func (s *Server) setVersionStatus(to secret.SecretVersionStatus) func(*managedSecret, *secretVersion) (any, error) {
	return func(_ *managedSecret, v *secretVersion) (any, error) {
		if v.DeletionRequestedAt != nil && to == secret.SecretVersionStatusDisabled {
			return nil, errPrecondition("unknown_precondition", "the version is scheduled for deletion")
		}
		v.Status, v.DeletionRequestedAt, v.UpdatedAt = to, nil, s.timestamp()
		return v, nil
	}
}

// accessSecretVersion returns the data of an enabled version.
func (s *Server) accessSecretVersion(sec *managedSecret, v *secretVersion) (any, error) {
	if v.Status != secret.SecretVersionStatusEnabled { // [INFERRED secret-manager-errors]
		return nil, errPrecondition("unknown_precondition", fmt.Sprintf("version %d is %s", v.Revision, v.Status))
	}
	if once := v.EphemeralProperties; once != nil && once.ExpiresOnceAccessed != nil && *once.ExpiresOnceAccessed {
		defer s.expireVersion(sec, v)
	}
	return secret.AccessSecretVersionResponse{
		SecretID: sec.ID, Revision: v.Revision, Data: v.data, DataCrc32: v.checksum, Type: sec.Type,
	}, nil
}

func (s *Server) accessSecretByPath(c *call) (any, error) {
	query := c.URL.Query()
	folder, name := path.Join("/", query.Get("secret_path")), query.Get("secret_name")
	for _, sec := range s.secretsOf(c) {
		if sec.Path == folder && sec.Name == name {
			v, err := sec.findVersion(c.PathValue("revision"))
			if err != nil {
				return nil, err
			}
			return s.accessSecretVersion(sec, v)
		}
	}
	return nil, errNotFound("secret", path.Join(folder, name))
}
