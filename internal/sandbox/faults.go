package sandbox

import (
	"bytes"
	"cmp"
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/google/uuid"
)

// FaultKind is what goes wrong with a request.
type FaultKind string

// The kinds of faults. Only `lost_response`, `delay` and `truncate` let the request do its work.
const (
	FaultStatus       FaultKind = "status"        // the API's own error for a status, and nothing else happens
	FaultReset        FaultKind = "reset"         // the connection breaks before anything happens
	FaultLostResponse FaultKind = "lost_response" // the work is done, then the connection breaks without an answer
	FaultDelay        FaultKind = "delay"         // the work is done, later
	FaultTruncate     FaultKind = "truncate"      // the work is done, and half of its answer arrives
	FaultHTML         FaultKind = "html"          // a proxy's error page, and nothing else happens
	FaultForeign      FaultKind = "foreign"       // an answer of something in front of the API, and nothing else happens
)

func faultKinds() []FaultKind {
	return []FaultKind{FaultStatus, FaultReset, FaultLostResponse, FaultDelay, FaultTruncate, FaultHTML, FaultForeign}
}

// Fault makes requests to the API go wrong. Of several that match a request, the first that was added and is not used
// up takes it.
type Fault struct {
	Method string    `json:"method"` // GET, POST…; empty is any
	Path   string    `json:"path"`   // of the whole path, where * stands for any text, slashes included
	Kind   FaultKind `json:"kind"`
	Times  int       `json:"times"` // how often it happens; 0 is once
	After  int       `json:"after"` // how many matching requests it lets pass first
	// Persistent makes the fault last until the faults are cleared, however often it happens. Times must be 0.
	Persistent bool `json:"persistent,omitempty"`
	// SameRequest limits the fault to the method and the path of the first request that meets it: a fault that comes
	// several times then hits each repeat of that request, and no other request.
	SameRequest bool `json:"same_request,omitempty"`
	// Status is the answer's: from 400 to 599. Kind status needs it, for html it is 502 unless told. Kind foreign needs
	// it, and takes any from 200 to 599.
	Status      int           `json:"status,omitempty"`
	ContentType string        `json:"content_type,omitempty"` // of the answer of kind foreign; empty sends none
	Body        string        `json:"body,omitempty"`         // the answer of kind foreign
	RetryAfter  int           `json:"retry_after,omitempty"`  // in seconds, sent as Retry-After; 0 is none
	Delay       time.Duration `json:"-"`                      // how much later; kind delay needs it
	Met         func()        `json:"-"`                      // is called first when a request meets the fault; may be nil
}

// AddFault adds a fault to those that wait for their request. An error names the field that is wrong, and what it may
// be.
func (s *Server) AddFault(fault Fault) error { return s.faults.add(fault) }

// ClearFaults forgets the faults that still wait for their request.
func (s *Server) ClearFaults() { s.faults.clear() }

// faults are those that wait for their request.
type faults struct {
	mu      sync.Mutex
	waiting []*fault
}

type fault struct {
	Fault
	path *regexp.Regexp
}

func (f *faults) add(one Fault) error {
	switch {
	case !slices.Contains(faultKinds(), one.Kind):
		return errInvalid(
			"kind", "constraint", fmt.Sprintf("%q is no kind of fault: use one of %s", one.Kind, join(faultKinds())),
		)
	case one.Path == "":
		return errInvalid("path", "required", "a path such as /k8s/v1/regions/*/clusters, where * stands for any text")
	case one.Times < 0 || one.After < 0 || one.RetryAfter < 0 || one.Delay < 0:
		return errInvalid("times, after, retry_after, delay", "constraint", "none may be negative")
	case one.Kind == FaultDelay && one.Delay == 0:
		return errInvalid("delay", "required", `milliseconds, or a duration such as "2s"`)
	case one.Kind == FaultStatus && one.Status == 0:
		return errInvalid("status", "required", "an HTTP status from 400 to 599")
	case one.Persistent && one.Times > 0:
		return errInvalid("times", "constraint", "a persistent fault has no number of times: leave it out")
	case one.Kind != FaultForeign && (one.Body != "" || one.ContentType != ""):
		return errInvalid("body, content_type", "constraint", "only kind foreign has them")
	case one.Kind == FaultForeign:
		if one.Status < 200 || one.Status > 599 {
			return errInvalid(
				"status", "constraint", fmt.Sprintf("%d is not the status of an answer: use 200 to 599", one.Status),
			)
		}
	case one.Status != 0 && (one.Status < 400 || one.Status > 599):
		return errInvalid("status", "constraint", fmt.Sprintf("%d is no HTTP error: use 400 to 599", one.Status))
	}
	one.Method = strings.ToUpper(one.Method)
	if !one.Persistent {
		one.Times = max(one.Times, 1)
	}
	if one.Method == "*" {
		one.Method = ""
	}
	glob := strings.ReplaceAll(regexp.QuoteMeta(one.Path), `\*`, ".*")
	f.mu.Lock()
	defer f.mu.Unlock()
	f.waiting = append(f.waiting, &fault{Fault: one, path: regexp.MustCompile("^" + glob + "$")})
	return nil
}

func join[T ~string](names []T) string {
	text := make([]string, len(names))
	for i, name := range names {
		text[i] = string(name)
	}
	return strings.Join(text, ", ")
}

func (f *faults) all() []Fault {
	f.mu.Lock()
	defer f.mu.Unlock()
	found := []Fault{}
	for _, one := range f.waiting {
		found = append(found, one.Fault)
	}
	return found
}

func (f *faults) clear() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.waiting = nil
}

// due is the fault that a request meets, nil for none.
func (f *faults) due(r *http.Request) *fault {
	f.mu.Lock()
	defer f.mu.Unlock()
	for i, one := range f.waiting {
		if one.Method != "" && one.Method != r.Method || !one.path.MatchString(r.URL.Path) {
			continue
		}
		if one.After > 0 {
			one.After--
			continue
		}
		if one.SameRequest {
			one.limitTo(r)
		}
		if !one.Persistent {
			if one.Times--; one.Times == 0 {
				f.waiting = slices.Delete(f.waiting, i, i+1)
			}
		}
		met := *one
		return &met
	}
	return nil
}

// limitTo makes the fault match nothing but repeats of a request.
func (f *fault) limitTo(r *http.Request) {
	f.Method, f.Path = r.Method, r.URL.Path
	f.path = regexp.MustCompile("^" + regexp.QuoteMeta(r.URL.Path) + "$")
}

// serve lets the fault happen to a request that next would answer. refuse answers a status as the API's own error.
func (f *fault) serve(
	w http.ResponseWriter, r *http.Request, next http.HandlerFunc, refuse func(w http.ResponseWriter, status int),
) {
	if f.Met != nil {
		f.Met()
	}
	if f.RetryAfter > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(f.RetryAfter))
	}
	switch f.Kind {
	case FaultStatus:
		refuse(w, f.Status)
	case FaultReset:
		breakOff(w, r)
	case FaultLostResponse:
		// A client that has gone does not end the work, behind a proxy either.
		next(&unsent{header: http.Header{}}, r.WithContext(context.WithoutCancel(r.Context())))
		breakOff(w, r)
	case FaultDelay:
		// net/http sees that a client has gone once the body is read.
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
		select {
		case <-time.After(f.Delay):
			next(w, r)
		case <-r.Context().Done():
		}
	case FaultTruncate:
		answer := &unsent{header: w.Header().Clone()}
		next(answer, r)
		answer.truncate(w, r)
	case FaultHTML:
		status := cmp.Or(f.Status, http.StatusBadGateway)
		page := fmt.Sprintf("<html>\r\n<head><title>%[1]d %[2]s</title></head>\r\n<body>\r\n<center><h1>%[1]d "+
			"%[2]s</h1></center>\r\n"+
			"<hr><center>sandbox proxy</center>\r\n</body>\r\n</html>\r\n", status, http.StatusText(status))
		w.Header().Set("Content-Type", "text/html")
		w.WriteHeader(status)
		_, _ = w.Write([]byte(page)) // a client that is gone needs no answer
	case FaultForeign:
		// An empty value keeps net/http from guessing a type.
		w.Header()["Content-Type"] = nil
		if f.ContentType != "" {
			w.Header().Set("Content-Type", f.ContentType)
		}
		w.WriteHeader(f.Status)
		_, _ = w.Write([]byte(f.Body)) // a client that is gone needs no answer
	}
}

// refuse answers a status as Scaleway's API does.
func refuse(w http.ResponseWriter, status int) { write(w, nil, errStatus(status)) }

// errStatus is the API's error for a status that has one, else one of the same form.
func errStatus(status int) *apiError {
	kinds := map[int]string{
		http.StatusBadRequest: "invalid_request_error", http.StatusUnauthorized: "denied_authentication",
		http.StatusForbidden: "permissions_denied", http.StatusNotFound: "not_found", http.StatusConflict: "transient_state",
		http.StatusGone: "resource_expired", http.StatusPreconditionFailed: "precondition_failed",
		http.StatusLocked: "locked", http.StatusTooManyRequests: "too_many_requests",
	}
	kind, known := kinds[status]
	if !known {
		kind = "internal_error"
	}
	body := map[string]any{"message": strings.ToLower(http.StatusText(status)), "type": kind}
	if status == http.StatusNotFound || status == http.StatusGone {
		body["resource"], body["resource_id"] = "object", uuid.Nil.String() // recorded: the API names what it does not find
	}
	return &apiError{status: status, body: body}
}

// breakOff closes the connection of an answer at once, so that the client sees it reset. One of HTTP/2 breaks for all
// its requests.
func breakOff(w http.ResponseWriter, r *http.Request) {
	connection, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		shared, ok := r.Context().Value(connectionKey{}).(net.Conn)
		if !ok {
			panic(http.ErrAbortHandler) // a server that cannot hijack breaks the connection itself
		}
		connection = shared
	}
	if secured, ok := connection.(*tls.Conn); ok {
		connection = secured.NetConn()
	}
	if tcp, ok := connection.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0) // without it the connection still breaks, only more gently
	}
	_ = connection.Close()
}

type connectionKey struct{}

// KeepConnection is for the ConnContext of an http.Server: without it a fault of an HTTP/2 server breaks one stream,
// not the connection.
func KeepConnection(ctx context.Context, connection net.Conn) context.Context {
	return context.WithValue(ctx, connectionKey{}, connection)
}

// unsent is an answer that is kept rather than sent.
type unsent struct {
	header http.Header
	status int
	body   []byte
}

func (u *unsent) Header() http.Header { return u.header }

func (u *unsent) WriteHeader(status int) {
	if u.status == 0 {
		u.status = status
	}
}

func (u *unsent) Write(p []byte) (int, error) {
	u.WriteHeader(http.StatusOK)
	u.body = append(u.body, p...)
	return len(p), nil
}

// truncate sends the header, with the length of the whole answer, and half of the body. The server then closes the
// connection, since the rest never comes. An answer without a body is lost.
func (u *unsent) truncate(w http.ResponseWriter, r *http.Request) {
	if len(u.body) == 0 {
		breakOff(w, r)
		return
	}
	for name, values := range u.header {
		w.Header()[name] = values
	}
	w.Header().Set("Content-Length", strconv.Itoa(len(u.body)))
	w.WriteHeader(u.status)
	_, _ = w.Write(u.body[:len(u.body)/2]) // a client that is gone needs no answer
}
