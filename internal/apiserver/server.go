// Package apiserver runs a real Kubernetes API server on loopback, for tests and demos: kube-apiserver and etcd as
// processes of their own, with RBAC and a token file. No controller runs but for one that ends namespaces: what is
// admitted is real, what would act on it is not.
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
)

// User is a user whom the API server knows by a token.
type User struct {
	Token, Name string
	Groups      []string
}

// mastersGroup may do everything, whatever RBAC says.
const mastersGroup = "system:masters"

// startTimeout bounds a start; two to three seconds are usual.
const startTimeout = 90 * time.Second

// attempts is how often a start is tried: a port that was free may be taken by the time it is used.
const attempts = 3

// Server is a running API server.
type Server struct {
	url     string
	ca      []byte
	token   string
	dir     string
	api     *process
	etcd    *process
	stop    sync.Once
	stopped error

	endSweep context.CancelFunc
	sweeping sync.WaitGroup
	// emptying is held while namespaces are emptied and removed, which goes by their names: of two that do it at once, the
	// later one would take a namespace that was made again since.
	emptying sync.Mutex
}

// Find returns the folder with kube-apiserver and etcd: KUBEBUILDER_ASSETS, else .bin beside go.mod.
func Find() (string, error) {
	if dir := os.Getenv("KUBEBUILDER_ASSETS"); dir != "" {
		return dir, usable(dir)
	}
	at, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for {
		if _, err := os.Stat(filepath.Join(at, "go.mod")); err == nil {
			dir := filepath.Join(at, ".bin")
			return dir, usable(dir)
		}
		parent := filepath.Dir(at)
		if parent == at {
			return "", errors.New("no go.mod above the working directory: set KUBEBUILDER_ASSETS to a folder with " +
				"kube-apiserver and etcd")
		}
		at = parent
	}
}

func usable(dir string) error {
	for _, name := range []string{"kube-apiserver", "etcd"} {
		if _, err := os.Stat(filepath.Join(dir, name)); err != nil {
			return fmt.Errorf("no %s in %s: run `make .bin/kube-apiserver .bin/etcd`, or set KUBEBUILDER_ASSETS to a folder "+
				"that has both", name, dir)
		}
	}
	return nil
}

// Start starts an API server from the binaries of a folder, and returns once it is ready.
func Start(ctx context.Context, dir string, users []User) (*Server, error) {
	if err := usable(dir); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	for attempt := 1; ; attempt++ {
		server, err := start(ctx, dir, users)
		if err == nil || attempt == attempts || ctx.Err() != nil {
			return server, err
		}
	}
}

func start(ctx context.Context, dir string, users []User) (*Server, error) {
	home, err := os.MkdirTemp("", "srm-apiserver-")
	if err != nil {
		return nil, err
	}
	s := &Server{dir: home, token: rand.Text()}
	if err := s.run(ctx, dir, users); err != nil {
		return nil, errors.Join(err, s.Stop())
	}
	sweeping, end := context.WithCancel(context.WithoutCancel(ctx))
	s.endSweep = end
	s.sweeping.Go(func() { s.sweep(sweeping) })
	return s, nil
}

func (s *Server) run(ctx context.Context, dir string, users []User) error {
	ca, err := writeCertificates(s.dir)
	if err != nil {
		return fmt.Errorf("certificates: %w", err)
	}
	s.ca = ca
	lines := []string{fmt.Sprintf("%s,kubernetes-admin,admin,%q", s.token, mastersGroup)}
	for _, user := range users {
		lines = append(lines, fmt.Sprintf("%s,%s,%s,%q", user.Token, user.Name, user.Name, strings.Join(user.Groups, ",")))
	}
	if err := os.WriteFile(s.path("tokens.csv"), []byte(strings.Join(lines, "\n")+"\n"), 0o600); err != nil {
		return err
	}
	ports, err := freePorts(ctx, 3)
	if err != nil {
		return err
	}
	client, peer := "http://"+ports[0], "http://"+ports[1]
	s.etcd, err = spawn(filepath.Join(dir, "etcd"), s.path("etcd.log"),
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
	s.api, err = spawn(filepath.Join(dir, "kube-apiserver"), s.path("kube-apiserver.log"),
		"--etcd-servers="+client, "--bind-address=127.0.0.1", "--secure-port="+port, "--endpoint-reconciler-type=none",
		"--disable-admission-plugins=ServiceAccount", "--allow-privileged=true", "--authorization-mode=RBAC",
		"--token-auth-file="+s.path("tokens.csv"),
		"--service-account-issuer=https://kubernetes.default.svc", "--service-account-key-file="+s.path("sa.key"),
		"--service-account-signing-key-file="+s.path("sa.key"), "--service-cluster-ip-range=10.32.0.0/20",
		"--tls-cert-file="+s.path("tls.crt"), "--tls-private-key-file="+s.path("tls.key"))
	if err != nil {
		return err
	}
	return s.waitReady(ctx)
}

// waitReady asks until the API server is ready, or a process has ended.
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
		case <-s.api.done:
			return fmt.Errorf("kube-apiserver ended: %s", s.api.tail())
		case <-s.etcd.done:
			return fmt.Errorf("etcd ended: %s", s.etcd.tail())
		case <-ctx.Done():
			return fmt.Errorf("the API server is not ready: %w\n%s", ctx.Err(), s.api.tail())
		}
	}
}

// Stop ends the API server, then etcd, by their process ids, and removes their files. It can be called again.
func (s *Server) Stop() error {
	s.stop.Do(func() {
		if s.endSweep != nil {
			s.endSweep()
			s.sweeping.Wait()
		}
		s.stopped = errors.Join(s.api.end(), s.etcd.end(), os.RemoveAll(s.dir))
	})
	return s.stopped
}

// URL is the address, "https://127.0.0.1:port".
func (s *Server) URL() string { return s.url }

// CA is the certificate of the cluster's authority, PEM.
func (s *Server) CA() []byte { return bytes.Clone(s.ca) }

// Kubeconfig is one as Scaleway's API gives it, with an admin token that should not be used.
func (s *Server) Kubeconfig() []byte {
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
`, base64.StdEncoding.EncodeToString(s.ca), s.url, s.token)
}

func (s *Server) path(name string) string { return filepath.Join(s.dir, name) }

// freePorts are addresses of loopback without a listener.
func freePorts(ctx context.Context, n int) ([]string, error) {
	found := []string{}
	var config net.ListenConfig
	for range n {
		listener, err := config.Listen(ctx, "tcp", "127.0.0.1:0")
		if err != nil {
			return nil, err
		}
		defer func() { _ = listener.Close() }()
		found = append(found, listener.Addr().String())
	}
	return found, nil
}
