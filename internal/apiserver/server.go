// Package apiserver runs a real Kubernetes API server on loopback, for tests and demos. It starts kube-apiserver and
// etcd as processes, with RBAC and a token file. The only controller is one that finalizes deleted namespaces:
// admission is real, but nothing acts on the admitted objects.
package apiserver

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/terraform-srm/terraform-provider-srm/internal/process"
)

// User is a user of the API server, who authenticates with a token.
type User struct {
	Token, Name string
	Groups      []string
}

// mastersGroup is the group that has all rights, whatever RBAC allows.
const mastersGroup = "system:masters"

// startTimeout limits the time for a start, which usually takes two to three seconds.
const startTimeout = 90 * time.Second

// startAttempts is the number of attempts to start: another process may take a free port before it is used.
const startAttempts = 3

// Server is a running API server.
type Server struct {
	url           string
	ca            []byte
	token         string
	tokens        adminTokens
	dir           string
	kubeAPIServer *process.Process
	etcd          *process.Process
	stopOnce      sync.Once
	stopErr       error

	stopNamespaceController context.CancelFunc
	background              sync.WaitGroup
	// namespaceMu is locked while namespaces are deleted, which happens by name: of two concurrent deletions, the later
	// one could delete a namespace that was created again in between.
	namespaceMu sync.Mutex
}

// FindBinaries returns the directory with kube-apiserver and etcd: KUBEBUILDER_ASSETS or, if that is not set, .bin
// beside go.mod.
func FindBinaries() (string, error) {
	if dir := os.Getenv("KUBEBUILDER_ASSETS"); dir != "" {
		return dir, checkBinaries(dir)
	}
	dir, err := process.BinDir()
	if err != nil {
		return "", fmt.Errorf("%w: set KUBEBUILDER_ASSETS to a directory with kube-apiserver and etcd", err)
	}
	return dir, checkBinaries(dir)
}

// checkBinaries checks that a directory has both binaries.
func checkBinaries(dir string) error {
	for _, name := range []string{"kube-apiserver", "etcd"} {
		if _, err := os.Stat(filepath.Join(dir, name)); err != nil {
			return fmt.Errorf("no %s in %s: run `make .bin/kube-apiserver .bin/etcd`, or set KUBEBUILDER_ASSETS to a "+
				"directory that has both", name, dir)
		}
	}
	return nil
}

// Start starts an API server with the binaries in dir, and returns once it is ready. Its certificate is valid for
// loopback and for hosts, names or IP addresses.
func Start(ctx context.Context, dir string, users []User, hosts ...string) (*Server, error) {
	return StartWith(ctx, dir, Options{Users: users, Hosts: hosts})
}

// Options are the options of StartWith.
type Options struct {
	Users []User
	Hosts []string // Names and IP addresses that the certificate is valid for, beside loopback.
	// Version is an older minor that the API server behaves like, such as "1.35". Empty: its own.
	Version string
	// AuditPolicy is an audit policy in YAML: AuditLog returns what it selects. Empty: there is no audit log.
	AuditPolicy string
}

// StartWith is like Start.
func StartWith(ctx context.Context, dir string, options Options) (*Server, error) {
	if err := checkBinaries(dir); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	for attempt := 1; ; attempt++ {
		server, err := start(ctx, dir, options)
		if err == nil || attempt == startAttempts || ctx.Err() != nil {
			return server, err
		}
	}
}

func start(ctx context.Context, dir string, options Options) (*Server, error) {
	tmp, err := os.MkdirTemp("", "srm-apiserver-")
	if err != nil {
		return nil, err
	}
	s := &Server{dir: tmp, token: rand.Text()}
	if err := s.run(ctx, dir, options); err != nil {
		return nil, errors.Join(err, s.Stop())
	}
	sweepCtx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	s.stopNamespaceController = cancel
	s.background.Go(func() { s.runNamespaceController(sweepCtx) })
	return s, nil
}

// run starts the processes and waits until the API server is ready.
func (s *Server) run(ctx context.Context, dir string, options Options) error {
	ca, err := writeCertificates(s.dir, options.Hosts)
	if err != nil {
		return fmt.Errorf("certificates: %w", err)
	}
	s.ca = ca
	lines := []string{fmt.Sprintf("%s,kubernetes-admin,admin,%q", s.token, mastersGroup)}
	for _, user := range options.Users {
		lines = append(
			lines, fmt.Sprintf("%s,%s,%s,%q", user.Token, user.Name, user.Name, strings.Join(user.Groups, ",")),
		)
	}
	if err := os.WriteFile(s.path("tokens.csv"), []byte(strings.Join(lines, "\n")+"\n"), 0o600); err != nil {
		return err
	}
	if err := s.tokens.serve(s.path("webhook.yaml")); err != nil {
		return fmt.Errorf("token webhook: %w", err)
	}
	ports, err := freePorts(ctx, 3)
	if err != nil {
		return err
	}
	client, peer := "http://"+ports[0], "http://"+ports[1]
	s.etcd, err = process.Start(filepath.Join(dir, "etcd"), s.path("etcd.log"),
		"--data-dir="+s.path("etcd"), "--listen-client-urls="+client, "--advertise-client-urls="+client,
		"--listen-peer-urls="+peer, "--initial-advertise-peer-urls="+peer, "--initial-cluster=default="+peer,
		"--unsafe-no-fsync")
	if err != nil {
		return err
	}
	_, port, err := net.SplitHostPort(ports[2])
	if err != nil {
		return err
	}
	s.url = "https://" + ports[2]
	arguments := []string{
		"--etcd-servers=" + client,
		"--bind-address=127.0.0.1",
		"--secure-port=" + port,
		"--endpoint-reconciler-type=none",
		"--disable-admission-plugins=ServiceAccount",
		"--allow-privileged=true",
		"--authorization-mode=RBAC",
		"--token-auth-file=" + s.path("tokens.csv"),
		"--authentication-token-webhook-config-file=" + s.path("webhook.yaml"),
		"--authentication-token-webhook-version=v1",
		"--authentication-token-webhook-cache-ttl=0s",
		"--service-account-issuer=https://kubernetes.default.svc",
		"--service-account-key-file=" + s.path("sa.key"),
		"--service-account-signing-key-file=" + s.path("sa.key"),
		"--service-cluster-ip-range=10.32.0.0/20",
		"--tls-cert-file=" + s.path("tls.crt"),
		"--tls-private-key-file=" + s.path("tls.key"),
	}
	if options.Version != "" {
		arguments = append(arguments, "--emulated-version="+options.Version)
	}
	if options.AuditPolicy != "" {
		if err := os.WriteFile(s.path("audit-policy.yaml"), []byte(options.AuditPolicy), 0o600); err != nil {
			return err
		}
		arguments = append(
			arguments, "--audit-policy-file="+s.path("audit-policy.yaml"), "--audit-log-path="+s.path("audit.log"),
			"--audit-log-mode=blocking",
		)
	}
	s.kubeAPIServer, err = process.Start(
		filepath.Join(dir, "kube-apiserver"), s.path("kube-apiserver.log"), arguments...,
	)
	if err != nil {
		return err
	}
	return s.waitReady(ctx)
}

// waitReady polls the API server until it is ready or one of the processes exits.
func (s *Server) waitReady(ctx context.Context) error {
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(s.ca)
	client := &http.Client{
		Transport: &http.Transport{
			TLSClientConfig: &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12},
		}, Timeout: 2 * time.Second,
	}
	defer client.CloseIdleConnections()
	ticker := time.NewTicker(100 * time.Millisecond)
	defer ticker.Stop()
	for {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, s.url+"/readyz", nil)
		if err != nil {
			return err
		}
		req.Header.Set("Authorization", "Bearer "+s.token)
		if resp, err := client.Do(req); err == nil {
			_ = resp.Body.Close()
			if resp.StatusCode == http.StatusOK {
				return nil
			}
		}
		select {
		case <-ticker.C:
		case <-s.kubeAPIServer.Done():
			return fmt.Errorf("kube-apiserver exited: %s", s.kubeAPIServer.LogTail())
		case <-s.etcd.Done():
			return fmt.Errorf("etcd exited: %s", s.etcd.LogTail())
		case <-ctx.Done():
			return fmt.Errorf("the API server is not ready: %w\n%s", ctx.Err(), s.kubeAPIServer.LogTail())
		}
	}
}

// Stop ends the API server and etcd and removes their files. Further calls return the same error.
func (s *Server) Stop() error {
	s.stopOnce.Do(func() {
		if s.stopNamespaceController != nil {
			s.stopNamespaceController()
			s.background.Wait()
		}
		s.stopErr = errors.Join(s.kubeAPIServer.Stop(), s.etcd.Stop(), s.tokens.stop(), os.RemoveAll(s.dir))
	})
	return s.stopErr
}

// AuditLog returns the events that the audit policy selected, one JSON document per line. An event may follow its
// response by a moment.
func (s *Server) AuditLog() ([]byte, error) { return os.ReadFile(s.path("audit.log")) }

// URL returns the address, "https://127.0.0.1:port".
func (s *Server) URL() string { return s.url }

// CA returns the certificate of the cluster's certificate authority in PEM.
func (s *Server) CA() []byte { return bytes.Clone(s.ca) }

// Kubeconfig returns a kubeconfig like that of Scaleway's API. It contains an administrator's token that clients should
// not use.
func (s *Server) Kubeconfig() []byte { return s.kubeconfig(s.url) }

// KubeconfigAt returns a kubeconfig for clients that reach the API server at another address, "host:port". The host
// must be one of those passed to Start.
func (s *Server) KubeconfigAt(address string) []byte { return s.kubeconfig("https://" + address) }

func (s *Server) kubeconfig(url string) []byte {
	return fmt.Appendf(nil, `apiVersion: v1
clusters:
- name: local
  cluster:
    certificate-authority-data: %s
    server: %s
contexts:
- name: admin@local
  context:
    cluster: local
    user: local-admin
current-context: admin@local
kind: Config
preferences: {}
users:
- name: local-admin
  user:
    token: %s
`, base64.StdEncoding.EncodeToString(s.ca), url, s.token)
}

func (s *Server) path(name string) string { return filepath.Join(s.dir, name) }

// freePorts returns n loopback addresses on which nothing listens.
func freePorts(ctx context.Context, n int) ([]string, error) {
	addresses := []string{}
	var config net.ListenConfig
	for range n {
		listener, err := config.Listen(ctx, "tcp", "127.0.0.1:0")
		if err != nil {
			return nil, err
		}
		defer func() { _ = listener.Close() }()
		addresses = append(addresses, listener.Addr().String())
	}
	return addresses, nil
}
