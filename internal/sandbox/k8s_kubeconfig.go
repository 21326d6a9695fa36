package sandbox

import (
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

	"k8s.io/client-go/tools/clientcmd"
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

// redactedToken replaces the token in a redacted kubeconfig, as recorded.
const redactedToken = "REDACTED_TOKEN"

// getKubeconfig returns the kubeconfig of a cluster in the recorded format. Without Options.Kubeconfig, its server does
// not exist.
func (s *Server) getKubeconfig(c *call) (any, error) {
	cl, err := s.findCluster(c)
	if err != nil {
		return nil, err
	}
	redacted, err := strconv.ParseBool(c.URL.Query().Get("redacted"))
	redacted = redacted && err == nil
	server, err := s.apiServerOf(cl)
	if err != nil {
		return nil, err
	}
	if c.URL.Query().Get("endpoint") == "vpc" {
		// [INFERRED k8s-vpc-endpoint] No recording shows the URL of this endpoint.
		server.url = strings.Replace(server.url, ".api.k8s.", ".internal.k8s.", 1)
	}
	if redacted {
		server.token = redactedToken
	}
	return newFile("kubeconfig", renderKubeconfig(cl.Name, server)), nil
}

// apiServer is how the API server of a cluster is reached: by its URL, its authority's certificate in PEM and a token.
type apiServer struct{ url, authority, token string }

// apiServerOf returns the API server of Options.Kubeconfig, or else one that does not exist.
func (s *Server) apiServerOf(cl *cluster) (apiServer, error) {
	if s.options.Kubeconfig == nil {
		authority, err := cl.ensureCACertificate()
		return apiServer{url: cl.ClusterURL, authority: authority, token: cl.adminToken}, err
	}
	config, err := clientcmd.RESTConfigFromKubeConfig(s.options.Kubeconfig)
	if err != nil {
		return apiServer{}, fmt.Errorf("the sandbox's kubeconfig: %w", err)
	}
	found := apiServer{url: config.Host, authority: string(config.CAData), token: config.BearerToken}
	if s.options.SetAdminToken != nil {
		found.token = cl.adminToken
	}
	return found, nil
}

// renderKubeconfig returns a kubeconfig in the recorded format.
func renderKubeconfig(clusterName string, server apiServer) []byte {
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
`, clusterName, base64.StdEncoding.EncodeToString([]byte(server.authority)), server.url, server.token)
}

func (s *Server) resetAdminToken(c *call) (any, error) {
	cl, err := s.findStableCluster(c)
	if err != nil {
		return nil, err
	}
	s.setAdminToken(cl, newToken())
	return noContent{}, nil
}

// setAdminToken replaces the token of a cluster's administrator. An empty token revokes it.
func (s *Server) setAdminToken(cl *cluster, token string) {
	cl.adminToken = token
	if s.options.SetAdminToken != nil {
		s.options.SetAdminToken(cl.ID, token)
	}
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
