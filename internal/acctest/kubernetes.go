package acctest

import (
	"context"
	"encoding/base64"
	"encoding/pem"
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

// sharedServer is the Kubernetes API server of a test process. One test uses it at a time, since the guardrails are
// cluster-scoped.
type sharedServer struct {
	lease  sync.Mutex
	once   sync.Once
	server *apiserver.Server
	err    error
}

// sharedAPIServer is started by the first test that calls Kubernetes.
var sharedAPIServer = &sharedServer{} //nolint:gochecknoglobals // one for each process, since starting it takes seconds

// Main runs the tests of a package that uses Kubernetes, and stops the API server after them. It collects garbage less
// often, which saves a third of the time: most allocations live as long as a sandbox.
func Main(m *testing.M) int {
	debug.SetGCPercent(400)
	code := m.Run()
	if sharedAPIServer.server == nil {
		return code
	}
	if err := sharedAPIServer.server.Stop(); err != nil {
		fmt.Fprintln(os.Stderr, "stop the API server:", err)
		return max(code, 1)
	}
	return code
}

// Kubernetes reserves the API server for a test. It deletes all objects, then calls seed; a nil seed creates the
// objects of a new Kapsule cluster. The sandbox's secret key has administrator rights there.
func Kubernetes(t *testing.T, seed func(context.Context, *apiserver.Server) error) *apiserver.Server {
	t.Helper()
	sharedAPIServer.lease.Lock()
	t.Cleanup(sharedAPIServer.lease.Unlock)
	sharedAPIServer.once.Do(func() {
		var dir string
		if dir, sharedAPIServer.err = apiserver.FindBinaries(); sharedAPIServer.err != nil {
			return
		}
		// The API server outlives the test that starts it.
		sharedAPIServer.server, sharedAPIServer.err = apiserver.Start(
			context.WithoutCancel(t.Context()), dir, apiserver.ScalewayUsers(
				sandbox.SecretKey, sandbox.UserID, sandbox.ReaderSecretKey, sandbox.UnprivilegedSecretKey,
			),
		)
	})
	if sharedAPIServer.err != nil {
		t.Fatal(sharedAPIServer.err)
	}
	if err := sharedAPIServer.server.Reset(t.Context()); err != nil {
		t.Fatal(err)
	}
	if seed == nil {
		seed = func(ctx context.Context, s *apiserver.Server) error { return s.Seed(ctx) }
	}
	if err := seed(t.Context(), sharedAPIServer.server); err != nil {
		t.Fatal(err)
	}
	return sharedAPIServer.server
}

// WithKubernetes is an option of New: the sandbox returns the kubeconfig of an API server.
func WithKubernetes(server *apiserver.Server) func(*sandbox.Options) {
	return func(o *sandbox.Options) { o.Kubeconfig = server.Kubeconfig() }
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
