package acctest

import (
	"context"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"runtime/debug"
	"sync"
	"testing"

	"github.com/terraform-srm/terraform-provider-srm/internal/apiserver"
	"github.com/terraform-srm/terraform-provider-srm/internal/sandbox"
)

// maxAPIServers is the number of Kubernetes API servers of a test process. Each serves one test at a time, since the
// guardrails are cluster-scoped.
const maxAPIServers = 2

// serverPool holds the API servers of a test process.
type serverPool struct {
	slots chan struct{} // one for each test that uses a server
	mu    sync.Mutex
	idle  []*apiserver.Server
}

// apiServers start on demand, since a start takes seconds, and outlive the test that starts them.
var apiServers = &serverPool{ //nolint:gochecknoglobals // one for each process
	slots: make(chan struct{}, maxAPIServers),
}

// reserve returns an idle server, or nil if the test has to start one.
func (p *serverPool) reserve() *apiserver.Server {
	p.slots <- struct{}{}
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.idle) == 0 {
		return nil
	}
	server := p.idle[len(p.idle)-1]
	p.idle = p.idle[:len(p.idle)-1]
	return server
}

// release makes a server available to other tests; nil if it did not start.
func (p *serverPool) release(server *apiserver.Server) {
	p.mu.Lock()
	if server != nil {
		p.idle = append(p.idle, server)
	}
	p.mu.Unlock()
	<-p.slots
}

// Main runs the tests of a package that uses Kubernetes, and stops the API servers after them. It collects garbage less
// often, which saves a third of the time: most allocations live as long as a sandbox.
func Main(m *testing.M) int {
	debug.SetGCPercent(400)
	code := m.Run()
	for _, server := range apiServers.idle {
		if err := server.Stop(); err != nil {
			fmt.Fprintln(os.Stderr, "stop the API server:", err)
			code = max(code, 1)
		}
	}
	return code
}

// Kubernetes reserves an API server for a test. It deletes all objects, then calls seed; a nil seed creates the objects
// of a new Kapsule cluster. The sandbox's secret key has administrator rights there.
func Kubernetes(t *testing.T, seed func(context.Context, *apiserver.Server) error) *apiserver.Server {
	t.Helper()
	skipShort(t)
	server := apiServers.reserve()
	t.Cleanup(func() { apiServers.release(server) })
	if server == nil {
		server = startAPIServer(t)
	} else if err := server.Reset(t.Context()); err != nil {
		err = errors.Join(err, server.Stop()) // no other test gets it
		server = nil
		t.Fatal(err)
	}
	if seed == nil {
		seed = func(ctx context.Context, s *apiserver.Server) error { return s.Seed(ctx) }
	}
	if err := seed(t.Context(), server); err != nil {
		t.Fatal(err)
	}
	return server
}

// startAPIServer starts an API server, which outlives the test.
func startAPIServer(t *testing.T) *apiserver.Server {
	t.Helper()
	dir, err := apiserver.FindBinaries()
	if err != nil {
		t.Fatal(err)
	}
	server, err := apiserver.Start(context.WithoutCancel(t.Context()), dir, SandboxUsers())
	if err != nil {
		t.Fatal(err)
	}
	return server
}

// SandboxUsers returns the users of an API server that the sandbox's API keys belong to.
func SandboxUsers() []apiserver.User {
	return apiserver.ScalewayUsers(
		sandbox.SecretKey, sandbox.UserID, sandbox.ReaderSecretKey, sandbox.UnprivilegedSecretKey,
	)
}

// WithKubernetes is an option of New: the sandbox returns the kubeconfig of an API server.
func WithKubernetes(server *apiserver.Server) func(*sandbox.Options) {
	return func(o *sandbox.Options) { o.Kubeconfig, o.SetAdminToken = server.Kubeconfig(), server.SetAdminToken }
}

// WithKubernetesHandler is an option of New: the sandbox returns a kubeconfig for a server with this handler.
func WithKubernetesHandler(t testing.TB, handler http.Handler) func(*sandbox.Options) {
	t.Helper()
	server := httptest.NewTLSServer(handler)
	t.Cleanup(server.Close)
	file := kubeconfig(server)
	return func(o *sandbox.Options) { o.Kubeconfig = file }
}

// WithGeneratedKubeconfig is an option of New: the sandbox generates kubeconfigs with an address and an admin token as
// at Scaleway. No server listens at that address.
func WithGeneratedKubeconfig(o *sandbox.Options) { o.Kubeconfig = nil }

// closedServerKubeconfig returns the kubeconfig of a server that refuses connections. Its certificate is valid.
var closedServerKubeconfig = sync.OnceValue(func() []byte { //nolint:gochecknoglobals // a constant
	server := httptest.NewTLSServer(http.NotFoundHandler())
	server.Close()
	return kubeconfig(server)
})

// kubeconfig returns a kubeconfig for a server of a test.
func kubeconfig(server *httptest.Server) []byte {
	authority := base64.StdEncoding.EncodeToString(
		pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw}),
	)
	return fmt.Appendf(nil, `{apiVersion: v1, kind: Config, current-context: c, clusters: [{name: c, cluster: `+
		`{server: `+
		`%q, certificate-authority-data: %s}}], `+
		`contexts: [{name: c, context: {cluster: c, user: u}}], users: [{name: u, user: {token: hidden}}]}`, server.URL,
		authority)
}
