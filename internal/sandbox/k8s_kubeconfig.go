package sandbox

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/pem"
	"fmt"
	"maps"
	"math/big"
	"slices"
	"strconv"
	"strings"
	"time"
)

// fileResponse is a response with a file, whose content is base64 in JSON.
type fileResponse struct {
	Name        string `json:"name"`
	ContentType string `json:"content_type"`
	Content     []byte `json:"content"`
}

func newFile(name string, content []byte) *fileResponse {
	return &fileResponse{Name: name, ContentType: "application/octet-stream", Content: content}
}

func sortedKeys[T any](m map[string]T) []string { return slices.Sorted(maps.Keys(m)) }

// getKubeconfig returns Options.Kubeconfig, or else a generated kubeconfig whose server does not exist. A redacted
// kubeconfig has no token.
func (s *Server) getKubeconfig(c *call) (any, error) {
	cl, err := s.findCluster(c)
	if err != nil {
		return nil, err
	}
	redacted, err := strconv.ParseBool(c.URL.Query().Get("redacted"))
	redacted = redacted && err == nil
	content := bytes.Clone(s.options.Kubeconfig)
	if content == nil {
		if _, err := cl.ensureCACertificate(); err != nil {
			return nil, err
		}
		content = renderKubeconfig(cl, c.URL.Query().Get("endpoint"))
	}
	if redacted {
		content = redactTokens(content)
	}
	return newFile("kubeconfig", content), nil
}

// renderKubeconfig returns a kubeconfig in the recorded format.
func renderKubeconfig(cl *cluster, endpoint string) []byte {
	url := cl.ClusterURL
	if endpoint == "vpc" {
		// No recording shows the URL of this endpoint.
		url = strings.Replace(url, ".api.k8s.", ".internal.k8s.", 1)
	}
	return fmt.Appendf(nil, `apiVersion: v1
clusters:
- name: %[1]q
  cluster:
    certificate-authority-data: %[2]s
    server: %[3]s
contexts:
- name: admin@%[1]s
  context:
    cluster: %[1]q
    user: %[1]s-admin
current-context: admin@%[1]s
kind: Config
preferences: {}
users:
- name: %[1]s-admin
  user:
    token: %[4]s
`, cl.Name, base64.StdEncoding.EncodeToString([]byte(cl.caCertificate)), url, cl.adminToken)
}

// redactTokens empties every token of a kubeconfig.
func redactTokens(content []byte) []byte {
	lines := strings.Split(string(content), "\n")
	for i, line := range lines {
		if index := strings.Index(line, "token:"); index >= 0 && strings.Trim(line[:index], " -") == "" {
			lines[i] = line[:index] + `token: ""`
		}
	}
	return []byte(strings.Join(lines, "\n"))
}

func (s *Server) resetAdminToken(c *call) (any, error) {
	cl, err := s.findStableCluster(c)
	if err != nil {
		return nil, err
	}
	cl.adminToken = newToken()
	return noContent{}, nil
}

// newToken returns a random token of 54 characters, the recorded length.
func newToken() string { return strings.ToLower(rand.Text() + rand.Text() + rand.Text())[:54] }

// ensureCACertificate returns the cluster's CA certificate, and generates it on the first call.
func (c *cluster) ensureCACertificate() (string, error) {
	if c.caCertificate != "" || c.CreatedAt == nil {
		return c.caCertificate, nil
	}
	authority, err := newCACertificate(*c.CreatedAt)
	if err != nil {
		return "", fmt.Errorf("certificate authority of cluster %s: %w", c.ID, err)
	}
	c.caCertificate = authority
	return authority, nil
}

// newCACertificate returns a CA certificate in PEM. It discards the key, because nothing has to be signed.
func newCACertificate(from time.Time) (string, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return "", err
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(0), Subject: pkix.Name{CommonName: "kubernetes"}, NotBefore: from,
		NotAfter: from.AddDate(10, 0, 0),
		KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageKeyEncipherment | x509.KeyUsageCertSign, IsCA: true,
		BasicConstraintsValid: true,
	}
	raw, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		return "", err
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: raw})), nil
}
