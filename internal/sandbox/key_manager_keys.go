package sandbox

import (
	"cmp"
	"crypto"
	"net/http"
	"time"

	"github.com/google/uuid"
	key_manager "github.com/scaleway/scaleway-sdk-go/api/key_manager/v1alpha1"
)

// deletionDelay is the documented time from the request to delete a key or a secret to its deletion.
const deletionDelay = 7 * 24 * time.Hour

// The shortest and the longest rotation period according to the SDK.
const (
	minRotationPeriod = 24 * time.Hour
	maxRotationPeriod = 876000 * time.Hour
)

// kmsKey is a key of Key Manager. Its material is generated when it is first used.
type kmsKey struct {
	key_manager.Key

	Srn            string             `json:"srn,omitempty"` // not in recordings
	RotationPolicy *kmsRotationPolicy `json:"rotation_policy"`

	rotations  []*kmsRotation
	stateAfter key_manager.KeyState // the state of a key whose deletion is canceled
}

// kmsRotationPolicy has the SDK's fields, with the duration as recorded.
type kmsRotationPolicy struct {
	RotationPeriod *apiDuration `json:"rotation_period"`
	NextRotationAt *time.Time   `json:"next_rotation_at"`
}

// kmsRotation is one version of a key's material.
type kmsRotation struct {
	key_manager.KeyRotation

	symmetric []byte        // for the usage symmetric_encryption
	private   crypto.Signer // for the asymmetric usages
}

func (s *Server) routeKeyManager() {
	const base = "/key-manager/v1alpha1/regions/{region}"
	const one = base + "/keys/{id}"
	route := func(pattern string, handle func(*call, *kmsKey) (any, error)) {
		s.route(pattern, areaKeyManager, withObject(s.findKMSKey, handle))
	}
	s.route("GET "+base+"/keys", areaKeyManager, s.listKMSKeys)
	s.route("POST "+base+"/keys", areaKeyManager, s.createKMSKey)
	s.route("GET "+base+"/algorithms", areaKeyManager, listKMSAlgorithms)
	route("GET "+one, show[kmsKey])
	route("PATCH "+one, s.updateKMSKey)
	route("DELETE "+one, s.deleteKMSKey)
	route("POST "+one+"/restore", s.restoreKMSKey)
	route("POST "+one+"/rotate", s.rotateKMSKey)
	route("POST "+one+"/protect", s.setKeyProtected(true))
	route("POST "+one+"/unprotect", s.setKeyProtected(false))
	route("POST "+one+"/enable", s.setKeyState(key_manager.KeyStateDisabled, key_manager.KeyStateEnabled))
	route("POST "+one+"/disable", s.setKeyState(key_manager.KeyStateEnabled, key_manager.KeyStateDisabled))
	route("GET "+one+"/rotations", s.listKMSRotations)
	route("POST "+one+"/import-key-material", s.importKeyMaterial)
	route("POST "+one+"/delete-key-material", s.deleteKeyMaterial)
	route("GET "+one+"/public-key", s.getPublicKey)
	route("POST "+one+"/encrypt", s.encryptWithKey)
	route("POST "+one+"/decrypt", s.decryptWithKey)
	route("POST "+one+"/generate-data-key", s.generateDataKey)
	route("POST "+one+"/sign", s.signWithKey)
	route("POST "+one+"/verify", s.verifyWithKey)
}

// errDeletionProtected reports that a protected object cannot be deleted, as recorded for secrets.
func errDeletionProtected(kind string) *apiError {
	return &apiError{status: http.StatusPreconditionFailed, body: map[string]any{
		"message": "precondition is not respected", "type": "precondition_failed",
		"precondition": "protected_resource", "help_message": "cannot delete a protected " + kind,
	}}
}

func (s *Server) listKMSKeys(c *call) (any, error) {
	f := c.filters()
	scheduled := c.URL.Query().Get("scheduled_for_deletion") == "true"
	found := s.kmsKeys.list(func(k *kmsKey) bool {
		return k.Region == c.region() && f.matches("organization_id", OrganizationID) &&
			f.matches("project_id", k.ProjectID) && f.matches("name", k.Name) && f.hasTag(k.Tags) &&
			f.matchesKind("usage", usageOf(k.Usage)) && f.matchesKind("protection_level", string(k.ProtectionLevel)) &&
			scheduled == (k.State == key_manager.KeyStateScheduledForDeletion)
	})
	page, total := paginate(c, sortBy(c, found, "name_asc", orders[kmsKey]{
		"created_at": byTime(func(k *kmsKey) *time.Time { return k.CreatedAt }),
		"updated_at": byTime(func(k *kmsKey) *time.Time { return k.UpdatedAt }),
		"name":       byText(func(k *kmsKey) string { return k.Name }),
	}))
	return map[string]any{"keys": page, "total_count": total}, nil
}

// createKMSKey creates an enabled key with its first material, or a key that waits for imported material.
func (s *Server) createKMSKey(c *call) (any, error) {
	var req key_manager.CreateKeyRequest
	if err := c.decode(&req); err != nil {
		return nil, err
	}
	projectID := c.projectID(&req.ProjectID)
	if !s.projects.has(projectID) {
		return nil, errNotFound("project_id", projectID)
	}
	if usageOf(req.Usage) == "" { // [INFERRED key-manager-states]
		algorithm := key_manager.KeyAlgorithmSymmetricEncryptionAes256Gcm
		req.Usage = &key_manager.KeyUsage{SymmetricEncryption: &algorithm}
	}
	level := req.ProtectionLevel
	if level == "" || level == key_manager.KeyProtectionLevelUnknownProtectionLevel {
		level = key_manager.KeyProtectionLevelSoftware
	}
	now := s.timestamp()
	k := &kmsKey{Key: key_manager.Key{
		ID: uuid.NewString(), ProjectID: projectID, Name: cmp.Or(deref(req.Name), generatedName("key")),
		Usage: req.Usage, State: key_manager.KeyStatePendingKeyMaterial, CreatedAt: now, UpdatedAt: now,
		Protected: !req.Unprotected, Description: req.Description, Tags: nonNilTags(req.Tags),
		Origin: key_manager.KeyOriginScalewayKms, ProtectionLevel: level, Region: c.region(),
	}}
	if err := s.setRotationPolicy(k, req.RotationPolicy); err != nil {
		return nil, err
	}
	s.kmsKeys.put(k.ID, k)
	if req.Origin == key_manager.KeyOriginExternal {
		k.Origin = req.Origin
		return k, nil
	}
	k.State = key_manager.KeyStateEnabled
	s.addKMSRotation(k, false)
	return k, nil
}

// usageOf returns the name of the field that is set in a usage.
func usageOf(usage *key_manager.KeyUsage) string {
	switch {
	case usage == nil:
		return ""
	case usage.SymmetricEncryption != nil:
		return "symmetric_encryption"
	case usage.AsymmetricEncryption != nil:
		return "asymmetric_encryption"
	case usage.AsymmetricSigning != nil:
		return "asymmetric_signing"
	case usage.KeyEncapsulation != nil:
		return "key_encapsulation"
	}
	return ""
}

func (s *Server) findKMSKey(c *call) (*kmsKey, error) {
	id := c.PathValue("id")
	k, ok := s.kmsKeys.get(id)
	if !ok || k.Region != c.region() {
		return nil, errNotFound("key", id)
	}
	return k, nil
}

// setRotationPolicy replaces the rotation policy of a key. A policy without a period removes it.
func (s *Server) setRotationPolicy(k *kmsKey, policy *key_manager.KeyRotationPolicy) error {
	if policy == nil {
		return nil
	}
	if policy.RotationPeriod == nil {
		k.RotationPolicy = nil
		return nil
	}
	period := time.Duration(policy.RotationPeriod.Seconds) * time.Second
	if period < minRotationPeriod || period > maxRotationPeriod {
		return errInvalid("rotation_policy.rotation_period", "constraint", "must be between 24 hours and 876000 hours")
	}
	next := s.timestamp().Add(period)
	if policy.NextRotationAt != nil {
		next = policy.NextRotationAt.UTC()
	}
	k.RotationPolicy = &kmsRotationPolicy{RotationPeriod: &apiDuration{*policy.RotationPeriod}, NextRotationAt: &next}
	s.scheduleRotation(k.ID, next)
	return nil
}

// scheduleRotation rotates a key at a time in the future, unless its policy changes before.
func (s *Server) scheduleRotation(id string, moment time.Time) {
	if !moment.After(s.now()) {
		return
	}
	s.schedule(moment, func() {
		k, ok := s.kmsKeys.get(id)
		if !ok || k.RotationPolicy == nil || !k.RotationPolicy.NextRotationAt.Equal(moment) {
			return
		}
		if k.State == key_manager.KeyStateEnabled {
			s.addKMSRotation(k, false)
		}
		next := moment.Add(time.Duration(k.RotationPolicy.RotationPeriod.Seconds) * time.Second)
		k.RotationPolicy.NextRotationAt = &next
		s.scheduleRotation(id, next)
	})
}

// addKMSRotation adds new material to a key.
func (s *Server) addKMSRotation(k *kmsKey, manual bool) *kmsRotation {
	now := s.timestamp()
	k.RotationCount++
	k.RotatedAt, k.UpdatedAt = now, now
	r := &kmsRotation{KeyRotation: key_manager.KeyRotation{
		KeyID: k.ID, Index: k.RotationCount, Status: key_manager.KeyRotationStatusEnabled, ManuallyRotated: manual,
		CreatedAt: now, UpdatedAt: now,
	}}
	k.rotations = append(k.rotations, r)
	return r
}

func (s *Server) updateKMSKey(c *call, k *kmsKey) (any, error) {
	var req key_manager.UpdateKeyRequest
	if err := c.decode(&req); err != nil {
		return nil, err
	}
	if err := s.setRotationPolicy(k, req.RotationPolicy); err != nil {
		return nil, err
	}
	setIfPresent(&k.Name, req.Name)
	if req.Description != nil {
		k.Description = req.Description
	}
	if req.Tags != nil {
		k.Tags = nonNilTags(*req.Tags)
	}
	k.UpdatedAt = s.timestamp()
	return k, nil
}

// deleteKMSKey schedules a key for deletion. Until then it can be restored.
func (s *Server) deleteKMSKey(_ *call, k *kmsKey) (any, error) {
	if k.Protected {
		return nil, errDeletionProtected("key")
	}
	if k.State == key_manager.KeyStateScheduledForDeletion {
		return noContent{}, nil
	}
	now, id := s.timestamp(), k.ID
	k.stateAfter, k.State = k.State, key_manager.KeyStateScheduledForDeletion
	k.DeletionRequestedAt, k.UpdatedAt = now, now
	s.schedule(now.Add(deletionDelay), func() {
		if k, ok := s.kmsKeys.get(id); ok && k.DeletionRequestedAt != nil && k.DeletionRequestedAt.Equal(*now) {
			s.kmsKeys.remove(id)
		}
	})
	return noContent{}, nil
}

// restoreKMSKey cancels the deletion of a key [INFERRED key-manager-states].
func (s *Server) restoreKMSKey(_ *call, k *kmsKey) (any, error) {
	if k.State == key_manager.KeyStateScheduledForDeletion {
		k.State, k.DeletionRequestedAt, k.UpdatedAt = k.stateAfter, nil, s.timestamp()
	}
	return k, nil
}

func (s *Server) rotateKMSKey(_ *call, k *kmsKey) (any, error) {
	if err := requireEnabled(k); err != nil {
		return nil, err
	}
	s.addKMSRotation(k, true)
	return k, nil
}

// requireEnabled refuses to use a key that is not enabled [INFERRED key-manager-states].
func requireEnabled(k *kmsKey) error {
	if k.State != key_manager.KeyStateEnabled {
		return errPrecondition("unknown_precondition", "the key is "+string(k.State)+", not enabled")
	}
	return nil
}

func (s *Server) setKeyProtected(protected bool) func(*call, *kmsKey) (any, error) {
	return func(_ *call, k *kmsKey) (any, error) {
		k.Protected, k.UpdatedAt = protected, s.timestamp()
		return k, nil
	}
}

// setKeyState changes the state of a key that is in one of two states [INFERRED key-manager-states].
func (s *Server) setKeyState(from, to key_manager.KeyState) func(*call, *kmsKey) (any, error) {
	return func(_ *call, k *kmsKey) (any, error) {
		if k.State != from && k.State != to {
			return nil, errPrecondition("unknown_precondition", "the key is "+string(k.State))
		}
		k.State, k.UpdatedAt = to, s.timestamp()
		return k, nil
	}
}

func (s *Server) listKMSRotations(c *call, k *kmsKey) (any, error) {
	f := c.filters()
	found := []*kmsRotation{}
	for _, r := range k.rotations {
		if f.matchesKind("status", string(r.Status)) {
			found = append(found, r)
		}
	}
	page, total := paginate(c, sortBy(c, found, "created_at_asc", orders[kmsRotation]{
		"created_at": byTime(func(r *kmsRotation) *time.Time { return r.CreatedAt }),
	}))
	return map[string]any{"rotations": page, "total_count": total}, nil
}

// importKeyMaterial gives a key with external material its material.
func (s *Server) importKeyMaterial(c *call, k *kmsKey) (any, error) {
	var req key_manager.ImportKeyMaterialRequest
	if err := c.decode(&req); err != nil {
		return nil, err
	}
	if k.Origin != key_manager.KeyOriginExternal || k.State != key_manager.KeyStatePendingKeyMaterial {
		return nil, errPrecondition("unknown_precondition", "the key does not wait for key material")
	}
	if len(req.KeyMaterial) == 0 {
		return nil, errInvalid("key_material", "required", "")
	}
	s.addKMSRotation(k, false).symmetric = hashKeyMaterial(req.KeyMaterial, req.Salt)
	k.State = key_manager.KeyStateEnabled
	return k, nil
}

// deleteKeyMaterial deletes imported material [INFERRED key-manager-states].
func (s *Server) deleteKeyMaterial(c *call, k *kmsKey) (any, error) {
	var req key_manager.DeleteKeyMaterialRequest
	if err := c.decode(&req); err != nil {
		return nil, err
	}
	if k.Origin != key_manager.KeyOriginExternal {
		return nil, errPrecondition("unknown_precondition", "the material of the key was not imported")
	}
	now := s.timestamp()
	for _, r := range k.rotations {
		if req.KeyRotationIndex == nil || *req.KeyRotationIndex == r.Index {
			r.Status, r.DeletedAt, r.UpdatedAt = key_manager.KeyRotationStatusDeleted, now, now
		}
	}
	k.State, k.UpdatedAt = key_manager.KeyStatePendingKeyMaterial, now
	return noContent{}, nil
}

// listKMSAlgorithms lists the algorithms of the SDK. The recommended one is the first of each usage
// [INFERRED key-manager-states].
func listKMSAlgorithms(c *call) (any, error) {
	f, found := c.filters(), []key_manager.ListAlgorithmsResponseAlgorithm{}
	add := func(usage string, names ...string) {
		for i, name := range names[1:] { // the first value is the unknown one
			if f.matchesKind("usages", usage) {
				found = append(found, key_manager.ListAlgorithmsResponseAlgorithm{
					Usage: usage, Name: name, Recommended: i == 0,
				})
			}
		}
	}
	add("symmetric_encryption", texts(key_manager.KeyAlgorithmSymmetricEncryption("").Values())...)
	add("asymmetric_encryption", texts(key_manager.KeyAlgorithmAsymmetricEncryption("").Values())...)
	add("asymmetric_signing", texts(key_manager.KeyAlgorithmAsymmetricSigning("").Values())...)
	add("key_encapsulation", texts(key_manager.KeyAlgorithmKeyEncapsulation("").Values())...)
	return map[string]any{"algorithms": found}, nil
}

// texts returns the values of an enum as texts.
func texts[T ~string](values []T) []string {
	list := make([]string, len(values))
	for i, value := range values {
		list[i] = string(value)
	}
	return list
}
