// Package sandbox is a local server that implements the Scaleway API as recordings of the real one show it: objects and
// their references, states and their order, defaults, validation errors, pagination and permissions. Tests run it in
// process; module authors run it with cmd/sandbox.
package sandbox

import (
	"net/http"
	"sync"
	"time"
)

// The identity of a new sandbox: one Organization, whose id is also the id of its default Project, and the API key of
// its administrator.
const (
	AccessKey      = "SCWSANDBOX0000000000"
	SecretKey      = "11111111-1111-1111-1111-111111111111"
	OrganizationID = "22222222-2222-2222-2222-222222222222"
	ProjectID      = OrganizationID
)

// Additional API keys of a sandbox with Options.Kubeconfig. Both have read access to the Scaleway API. In the cluster,
// the first has read access and the second has no permissions.
const (
	ReaderAccessKey       = "SCWSANDBOX000READER0"
	ReaderSecretKey       = "11111111-1111-1111-1111-11111111aaaa"
	UnprivilegedAccessKey = "SCWSANDBOX000NOBODY0"
	UnprivilegedSecretKey = "11111111-1111-1111-1111-11111111bbbb"
)

// Options configures a new sandbox. The zero value suits tests: no latency, and transitions that last as long as
// recorded.
type Options struct {
	// Start is the initial time of the sandbox's clock. The zero value means the wall clock's time.
	Start time.Time
	// Speed divides the recorded durations of transitions. The zero value means 1.
	Speed float64
	// Latency is added to every response.
	Latency time.Duration
	// Empty starts the sandbox without the default VPC, Private Network and Public Gateway.
	Empty bool
	// Kubeconfig is the kubeconfig (YAML) of an API server that all clusters share. Each cluster's kubeconfig has the
	// cluster's names. With nil, the sandbox generates kubeconfigs that point to a server that does not exist.
	Kubeconfig []byte
	// SetAdminToken, if not nil, makes the API server of Kubeconfig accept a token as that of a cluster's administrator
	// instead of the cluster's previous token, or none if the token is empty. Each cluster's kubeconfig then has the
	// cluster's token. With nil, it has the credentials of Kubeconfig.
	SetAdminToken func(clusterID, token string)
	// Report, if not nil, is called with every request once its response status is known.
	Report func(Request)
}

// Server is a sandbox. It is an http.Handler and safe for concurrent use: it handles one API request at a time.
type Server struct {
	options Options
	mux     *http.ServeMux
	clock   *clock
	log     requestLog
	faults  faults

	mu            sync.Mutex // guards everything below
	events        events
	eventCount    int
	publicIPCount int
	eventTime     time.Time
	collections   map[string]anyCollection
	// auditedRequests holds the methods that Audit Trail logs by the shape of their request.
	auditedRequests map[string]*auditMethod
	objects
}

// New returns a sandbox with its initial objects.
func New(options Options) *Server {
	if options.Speed <= 0 {
		options.Speed = 1
	}
	s := &Server{
		options:     options,
		mux:         http.NewServeMux(),
		clock:       newClock(options.Start),
		collections: map[string]anyCollection{},
	}
	s.objects = newObjects(s.collections)
	s.auditedRequests = auditedRequests(s.auditMethods)
	s.registerRoutes()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.seed()
	return s
}

// Now returns the time of the sandbox's clock.
func (s *Server) Now() time.Time { return s.clock.now() }

// Advance moves the sandbox's clock forward. Events that become due run before the next response.
func (s *Server) Advance(by time.Duration) { s.clock.advance(by) }

// SetNow sets the sandbox's clock.
func (s *Server) SetNow(to time.Time) { s.clock.set(to) }

// ServeHTTP handles one request: to a control endpoint, or to the API, where a fault may match it first.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.serve(w, r)
}

// registerRoutes registers the API and the control endpoints. Other paths get a 501 response and are logged.
func (s *Server) registerRoutes() {
	s.routeControl()
	s.routeMetadata()
	s.routeKubernetes()
	s.routeVPC()
	s.routeGateways()
	s.routeIPAM()
	s.routeInstances()
	s.routeAccount()
	s.routeIAM()
	s.routeKeyManager()
	s.routeSecretManager()
	s.routeRegistry()
	s.routeDatabases()
	s.routeProductCatalog()
	s.routeBlock()
	s.routeMarketplace()
	s.routeFileStorage()
	s.routeLoadBalancers()
	s.routeCockpit()
	s.routeAuditTrail()
	s.routeVPN()
	s.routeInterlink()
	s.routeOtherProducts()
}
