// Package sandbox is a local server that speaks the Scaleway API as recordings of the real one show it: the object
// graph, the states and their order, defaults, validation errors, pagination and permissions. It serves tests in
// process and module authors through cmd/sandbox.
package sandbox

import (
	"net/http"
	"sync"
	"time"
)

// What a new sandbox knows of its user: one Organization, whose id is also that of its default Project, and the API
// key of its administrator.
const (
	AccessKey      = "SCWSANDBOX0000000000"
	SecretKey      = "11111111-1111-1111-1111-111111111111"
	OrganizationID = "22222222-2222-2222-2222-222222222222"
	ProjectID      = OrganizationID
)

// API keys beside the administrator's that a sandbox has where Options.Kubeconfig points into a real cluster: both read
// the API. In the cluster the reader may look, and the third user may do nothing.
const (
	ReaderAccessKey = "SCWSANDBOX000READER0"
	ReaderKey       = "11111111-1111-1111-1111-11111111aaaa"
	NobodyAccessKey = "SCWSANDBOX000NOBODY0"
	NobodyKey       = "11111111-1111-1111-1111-11111111bbbb"
)

// Options are what a sandbox can be told at its start. The zero value is a sandbox for tests: no latency, recorded
// durations divided by 1.
type Options struct {
	// Start is the sandbox's time at its start; zero is the wall clock's.
	Start time.Time
	// Speed divides the recorded durations of transitions; zero is 1.
	Speed float64
	// Latency is added to every answer.
	Latency time.Duration
	// Empty starts without the VPC, Private Network and Public Gateway that a sandbox otherwise has.
	Empty bool
	// Kubeconfig is what an answer with a kubeconfig holds (YAML); nil is one that points to nowhere.
	Kubeconfig []byte
	// Report is called after every answered request; nil calls nothing.
	Report func(Request)
}

// Server is a sandbox. It is an http.Handler and safe for concurrent use: one request changes it at a time.
type Server struct {
	options Options
	mux     *http.ServeMux
	clock   *clock
	log     requestLog
	faults  faults

	mu        sync.Mutex // guards everything below
	events    events
	scheduled int
	publicIPs int
	moment    time.Time
	kinds     map[string]kind
	objects
}

// New starts a sandbox.
func New(options Options) *Server {
	if options.Speed <= 0 {
		options.Speed = 1
	}
	s := &Server{options: options, mux: http.NewServeMux(), clock: newClock(options.Start), kinds: map[string]kind{}}
	s.objects = newObjects(s.kinds)
	s.routes()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.seed()
	return s
}

// Now is the sandbox's time.
func (s *Server) Now() time.Time { return s.clock.now() }

// Advance moves the sandbox's clock; what becomes due happens before the next answer.
func (s *Server) Advance(by time.Duration) { s.clock.advance(by) }

// SetNow sets the sandbox's clock.
func (s *Server) SetNow(to time.Time) { s.clock.set(to) }

// ServeHTTP answers one request: faults first, then the control endpoints, then the API.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.answer(w, r)
}

// routes says what the sandbox speaks. A path that is not here is answered 501 and logged.
func (s *Server) routes() {
	s.routeControl()
	s.routeKubernetes()
	s.routeVPC()
	s.routeGateways()
	s.routeIPAM()
	s.routeInstances()
	s.routeAccount()
	s.routeIAM()
	s.routeProductCatalog()
	s.routeBlock()
	s.routeSnapshots()
	s.routeLoadBalancers()
}
