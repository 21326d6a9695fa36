package sandbox

import (
	"crypto/md5" // the fingerprints of the API
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"math/big"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/scaleway/scaleway-sdk-go/api/iam/v1alpha1"
)

// sshKey is a public SSH key of a Project.
type sshKey struct {
	iam.SSHKey

	Srn string `json:"srn,omitempty"` // not in recordings
}

func (s *Server) routeSSHKeys(base string) {
	const one = "/ssh-keys/{id}"
	s.route("GET "+base+"/ssh-keys", areaSSHKey, s.listSSHKeys)
	s.route("POST "+base+"/ssh-keys", areaSSHKey, s.createSSHKey)
	s.route("GET "+base+one, areaSSHKey, withObject(s.findSSHKey, show[sshKey]))
	s.route("PATCH "+base+one, areaSSHKey, withObject(s.findSSHKey, s.updateSSHKey))
	s.route("DELETE "+base+one, areaSSHKey, withObject(s.findSSHKey, func(_ *call, key *sshKey) (any, error) {
		s.sshKeys.remove(key.ID)
		return noContent{}, nil
	}))
}

func (s *Server) listSSHKeys(c *call) (any, error) {
	f := c.filters()
	found := s.sshKeys.list(func(key *sshKey) bool {
		return f.matches("organization_id", key.OrganizationID) && f.matches("project_id", key.ProjectID) &&
			f.contains("name", key.Name) && f.matchesBool("disabled", key.Disabled)
	})
	page, total := paginate(c, sortBy(c, found, "created_at_asc", orders[sshKey]{
		"created_at": byTime(func(key *sshKey) *time.Time { return key.CreatedAt }),
		"updated_at": byTime(func(key *sshKey) *time.Time { return key.UpdatedAt }),
		"name":       byText(func(key *sshKey) string { return key.Name }),
	}))
	return map[string]any{"ssh_keys": page, "total_count": total}, nil
}

func (s *Server) createSSHKey(c *call) (any, error) {
	var req iam.CreateSSHKeyRequest
	if err := c.decode(&req); err != nil {
		return nil, err
	}
	publicKey, fingerprint, err := parseSSHKey(req.PublicKey)
	if err != nil {
		return nil, errInvalid("public_key", "format", err.Error()) // [INFERRED iam-ssh-key-errors]
	}
	projectID := c.projectID(&req.ProjectID)
	if !s.projects.has(projectID) {
		return nil, errNotFound("project_id", projectID)
	}
	now := s.timestamp()
	key := &sshKey{SSHKey: iam.SSHKey{
		ID: uuid.NewString(), Name: req.Name, PublicKey: publicKey, Fingerprint: fingerprint, CreatedAt: now,
		UpdatedAt: now, OrganizationID: OrganizationID, ProjectID: projectID,
	}}
	if key.Name == "" {
		key.Name = generatedName("key")
	}
	s.sshKeys.put(key.ID, key)
	return key, nil
}

// parseSSHKey returns a public key without its comment, and its fingerprint as the API writes it.
func parseSSHKey(text string) (publicKey, fingerprint string, err error) {
	fields := strings.Fields(text)
	if len(fields) < 2 {
		return "", "", fmt.Errorf("%q is not a public SSH key", text)
	}
	kind, encoded := fields[0], fields[1]
	blob, err := base64.StdEncoding.DecodeString(encoded)
	if err != nil {
		return "", "", fmt.Errorf("decode the public SSH key: %w", err)
	}
	parts, err := splitSSHFields(blob)
	if err != nil {
		return "", "", err
	}
	if len(parts) < 2 || string(parts[0]) != kind {
		return "", "", fmt.Errorf("the public SSH key is not of the type %s", kind)
	}
	bits := 256
	switch {
	case kind == "ssh-rsa" && len(parts) == 3:
		bits = new(big.Int).SetBytes(parts[2]).BitLen()
	case strings.HasPrefix(kind, "ecdsa-sha2-nistp"):
		if _, err := fmt.Sscanf(kind, "ecdsa-sha2-nistp%d", &bits); err != nil {
			return "", "", fmt.Errorf("read the size of the key: %w", err)
		}
	}
	sum := md5.Sum(blob)
	hex := make([]string, len(sum))
	for i, b := range sum {
		hex[i] = fmt.Sprintf("%02x", b)
	}
	return kind + " " + encoded, fmt.Sprintf("%d MD5:%s (%s)", bits, strings.Join(hex, ":"), kind), nil
}

// splitSSHFields splits the binary form of a key into its fields, which each follow their length.
func splitSSHFields(blob []byte) ([][]byte, error) {
	var parts [][]byte
	for len(blob) > 0 {
		if len(blob) < 4 {
			return nil, fmt.Errorf("the public SSH key is cut off")
		}
		length := binary.BigEndian.Uint32(blob)
		if uint64(len(blob)-4) < uint64(length) {
			return nil, fmt.Errorf("the public SSH key is cut off")
		}
		parts, blob = append(parts, blob[4:4+length]), blob[4+length:]
	}
	return parts, nil
}

func (s *Server) findSSHKey(c *call) (*sshKey, error) {
	id := c.PathValue("id")
	key, ok := s.sshKeys.get(id)
	if !ok {
		return nil, errNotFound("ssh_key", id)
	}
	return key, nil
}

func (s *Server) updateSSHKey(c *call, key *sshKey) (any, error) {
	var req iam.UpdateSSHKeyRequest
	if err := c.decode(&req); err != nil {
		return nil, err
	}
	setIfPresent(&key.Name, req.Name)
	setIfPresent(&key.Disabled, req.Disabled)
	key.UpdatedAt = s.timestamp()
	return key, nil
}
