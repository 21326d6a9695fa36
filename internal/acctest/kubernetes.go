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

// cluster is the one API server of a test process. A test has it for itself while it runs: what guards a cluster is in
// the scope of the whole cluster.
type cluster struct {
	lease  sync.Mutex
	once   sync.Once
	server *apiserver.Server
	err    error
}

// theCluster is started by the first test that asks for it.
var theCluster = &cluster{} //nolint:gochecknoglobals // one for a process, as the processes that it stands for

// Main runs the tests of a package that uses Kubernetes, and stops the API server after them. Most of what the tests
// allocate lives as long as a sandbox of theirs: to collect it less often saves a third of their time.
func Main(m *testing.M) int {
	debug.SetGCPercent(400)
	code := m.Run()
	if theCluster.server == nil {
		return code
	}
	if err := theCluster.server.Stop(); err != nil {
		fmt.Fprintln(os.Stderr, "stop the API server:", err)
		return max(code, 1)
	}
	return code
}

// Kubernetes lends the API server to a test until it ends, empty but for what seed makes; nil seeds it as Kapsule ships
// a cluster. The sandbox's secret key is an administrator there.
func Kubernetes(t *testing.T, seed func(context.Context, *apiserver.Server) error) *apiserver.Server {
	t.Helper()
	theCluster.lease.Lock()
	t.Cleanup(theCluster.lease.Unlock)
	theCluster.once.Do(func() {
		var dir string
		if dir, theCluster.err = apiserver.Find(); theCluster.err != nil {
			return
		}
		// It outlives the test that starts it.
		theCluster.server, theCluster.err = apiserver.Start(
			context.WithoutCancel(t.Context()), dir, apiserver.ScalewayUsers(
				sandbox.SecretKey, sandbox.UserID, sandbox.ReaderKey, sandbox.NobodyKey,
			),
		)
	})
	if theCluster.err != nil {
		t.Fatal(theCluster.err)
	}
	if err := theCluster.server.Reset(t.Context()); err != nil {
		t.Fatal(err)
	}
	if seed == nil {
		seed = func(ctx context.Context, s *apiserver.Server) error { return s.Seed(ctx) }
	}
	if err := seed(t.Context(), theCluster.server); err != nil {
		t.Fatal(err)
	}
	return theCluster.server
}

// OnKubernetes is an option of New: the sandbox's kubeconfig points to an API server.
func OnKubernetes(server *apiserver.Server) func(*sandbox.Options) {
	return func(o *sandbox.Options) { o.Kubeconfig = server.Kubeconfig() }
}

// Answering is an option of New: the sandbox's kubeconfig points to a server that answers in place of an API server.
func Answering(t testing.TB, handler http.Handler) func(*sandbox.Options) {
	t.Helper()
	server := httptest.NewTLSServer(handler)
	t.Cleanup(server.Close)
	file := kubeconfig(server)
	return func(o *sandbox.Options) { o.Kubeconfig = file }
}

// OwnKubeconfig is an option of New: the sandbox makes its kubeconfigs itself, with the address and the admin token
// that a cluster has at Scaleway. Nothing listens there.
func OwnKubeconfig(o *sandbox.Options) { o.Kubeconfig = nil }

// nobody is the kubeconfig of an API server that has gone: its certificate is sound, and its port closed.
var nobody = sync.OnceValue(func() []byte { //nolint:gochecknoglobals // a constant
	gone := httptest.NewTLSServer(http.NotFoundHandler())
	gone.Close()
	return kubeconfig(gone)
})

// kubeconfig points to a server of a test, for every caller.
func kubeconfig(server *httptest.Server) []byte {
	authority := base64.StdEncoding.EncodeToString(
		pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw}),
	)
	return fmt.Appendf(nil, `{apiVersion: v1, kind: Config, current-context: c, clusters: [{name: c, cluster: {server: `+
		`%q, certificate-authority-data: %s}}], `+
		`contexts: [{name: c, context: {cluster: c, user: u}}], users: [{name: u, user: {token: hidden}}]}`, server.URL,
		authority)
}
