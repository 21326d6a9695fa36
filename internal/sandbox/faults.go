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

// FaultKind is a kind of fault.
type FaultKind string

// The kinds of faults. The sandbox handles the request only for `lost_response`, `delay` and `truncate`.
const (
	FaultStatus       FaultKind = "status"        // an error response from the API; the request is not handled
	FaultReset        FaultKind = "reset"         // the connection is reset; the request is not handled
	FaultLostResponse FaultKind = "lost_response" // the request is handled, then the connection is reset
	FaultDelay        FaultKind = "delay"         // the request is handled after a delay
	FaultTruncate     FaultKind = "truncate"      // the request is handled, and half of the response is sent
	FaultHTML         FaultKind = "html"          // an HTML error page of a proxy; the request is not handled
	FaultForeign      FaultKind = "foreign"       // any response of a proxy; the request is not handled
)

func faultKinds() []FaultKind {
	return []FaultKind{FaultStatus, FaultReset, FaultLostResponse, FaultDelay, FaultTruncate, FaultHTML, FaultForeign}
}

// Fault makes matching API requests fail. If several faults match a request, the one that was added first applies.
type Fault struct {
	Method string    `json:"method"` // GET, POST…; empty matches any method
	Path   string    `json:"path"`   // pattern of the whole path, in which * matches any text including slashes
	Kind   FaultKind `json:"kind"`
	Times  int       `json:"times"` // number of requests to fail; 0 means one
	After  int       `json:"after"` // number of matching requests to let through first
	// Persistent applies the fault to all matching requests until the faults are cleared. Times must be 0.
	Persistent bool `json:"persistent,omitempty"`
	// SameRequest limits the fault to the method and path of the first request that it applies to. With Times or
	// Persistent, the fault then fails that request and its retries, and no other request.
	SameRequest bool `json:"same_request,omitempty"`
	// Status is the status of the response: 400 to 599 for kind status, which requires it, and for kind html, where the
	// default is 502. Kind foreign requires a status from 200 to 599.
	Status      int           `json:"status,omitempty"`
	ContentType string        `json:"content_type,omitempty"` // for kind foreign; empty sends no Content-Type
	Body        string        `json:"body,omitempty"`         // for kind foreign
	RetryAfter  int           `json:"retry_after,omitempty"`  // Retry-After in seconds; 0 sends none
	Delay       time.Duration `json:"-"`                      // required by kind delay
	OnMatch     func()        `json:"-"`                      // called before the fault is applied; may be nil
}

// AddFault adds a fault. An error names the invalid field and the values allowed.
func (s *Server) AddFault(fault Fault) error { return s.faults.add(fault) }

// ClearFaults removes all faults.
func (s *Server) ClearFaults() { s.faults.clear() }

// faults holds the faults that are not used up.
type faults struct {
	mu      sync.Mutex
	pending []*fault
}

// fault is a Fault with its compiled path pattern.
type fault struct {
	Fault
	path *regexp.Regexp
}

func (f *faults) add(spec Fault) error {
	switch {
	case !slices.Contains(faultKinds(), spec.Kind):
		return errInvalid(
			"kind", "constraint", fmt.Sprintf(
				"%q is not a kind of fault: use one of %s", spec.Kind, join(faultKinds()),
			),
		)
	case spec.Path == "":
		return errInvalid("path", "required", "a path such as /k8s/v1/regions/*/clusters, in which * matches any text")
	case spec.Times < 0 || spec.After < 0 || spec.RetryAfter < 0 || spec.Delay < 0:
		return errInvalid("times, after, retry_after, delay", "constraint", "none may be negative")
	case spec.Kind == FaultDelay && spec.Delay == 0:
		return errInvalid("delay", "required", `milliseconds, or a duration such as "2s"`)
	case spec.Kind == FaultStatus && spec.Status == 0:
		return errInvalid("status", "required", "an HTTP status from 400 to 599")
	case spec.Persistent && spec.Times > 0:
		return errInvalid("times", "constraint", "a persistent fault does not end after a number of requests: omit "+
			"times")
	case spec.Kind != FaultForeign && (spec.Body != "" || spec.ContentType != ""):
		return errInvalid("body, content_type", "constraint", "only faults of kind foreign have a body and a content "+
			"type")
	case spec.Kind == FaultForeign:
		if spec.Status < 200 || spec.Status > 599 {
			return errInvalid(
				"status", "constraint", fmt.Sprintf("%d is not a response status: use 200 to 599", spec.Status),
			)
		}
	case spec.Status != 0 && (spec.Status < 400 || spec.Status > 599):
		return errInvalid(
			"status", "constraint", fmt.Sprintf("%d is not an HTTP error status: use 400 to 599", spec.Status),
		)
	}
	spec.Method = strings.ToUpper(spec.Method)
	if !spec.Persistent {
		spec.Times = max(spec.Times, 1)
	}
	if spec.Method == "*" {
		spec.Method = ""
	}
	glob := strings.ReplaceAll(regexp.QuoteMeta(spec.Path), `\*`, ".*")
	f.mu.Lock()
	defer f.mu.Unlock()
	f.pending = append(f.pending, &fault{Fault: spec, path: regexp.MustCompile("^" + glob + "$")})
	return nil
}

// join returns the names separated by commas.
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
	for _, pending := range f.pending {
		found = append(found, pending.Fault)
	}
	return found
}

func (f *faults) clear() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.pending = nil
}

// match returns the fault that applies to a request, or nil, and counts its use.
func (f *faults) match(r *http.Request) *fault {
	f.mu.Lock()
	defer f.mu.Unlock()
	for i, candidate := range f.pending {
		if candidate.Method != "" && candidate.Method != r.Method || !candidate.path.MatchString(r.URL.Path) {
			continue
		}
		if candidate.After > 0 {
			candidate.After--
			continue
		}
		if candidate.SameRequest {
			candidate.restrictTo(r)
		}
		if !candidate.Persistent {
			if candidate.Times--; candidate.Times == 0 {
				f.pending = slices.Delete(f.pending, i, i+1)
			}
		}
		matched := *candidate
		return &matched
	}
	return nil
}

// restrictTo limits the fault to retries of a request.
func (f *fault) restrictTo(r *http.Request) {
	f.Method, f.Path = r.Method, r.URL.Path
	f.path = regexp.MustCompile("^" + regexp.QuoteMeta(r.URL.Path) + "$")
}

// serve applies the fault to a request of the handler next. writeError writes an error response in the API's format.
func (f *fault) serve(
	w http.ResponseWriter, r *http.Request, next http.HandlerFunc, writeError func(w http.ResponseWriter, status int),
) {
	if f.OnMatch != nil {
		f.OnMatch()
	}
	if f.RetryAfter > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(f.RetryAfter))
	}
	switch f.Kind {
	case FaultStatus:
		writeError(w, f.Status)
	case FaultReset:
		resetConnection(w, r)
	case FaultLostResponse:
		// The request is handled to its end even if the client disconnects, as behind a proxy.
		next(&bufferedResponse{header: http.Header{}}, r.WithContext(context.WithoutCancel(r.Context())))
		resetConnection(w, r)
	case FaultDelay:
		// net/http detects that the client disconnected only after the body is read.
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
		buffered := &bufferedResponse{header: w.Header().Clone()}
		next(buffered, r)
		buffered.truncate(w, r)
	case FaultHTML:
		status := cmp.Or(f.Status, http.StatusBadGateway)
		page := fmt.Sprintf("<html>\r\n<head><title>%[1]d %[2]s</title></head>\r\n<body>\r\n<center><h1>%[1]d "+
			"%[2]s</h1></center>\r\n"+
			"<hr><center>sandbox proxy</center>\r\n</body>\r\n</html>\r\n", status, http.StatusText(status))
		w.Header().Set("Content-Type", "text/html")
		w.WriteHeader(status)
		_, _ = w.Write([]byte(page)) // an error means that the client disconnected
	case FaultForeign:
		// A nil value prevents net/http from detecting a content type.
		w.Header()["Content-Type"] = nil
		if f.ContentType != "" {
			w.Header().Set("Content-Type", f.ContentType)
		}
		w.WriteHeader(f.Status)
		_, _ = w.Write([]byte(f.Body)) // an error means that the client disconnected
	}
}

// writeStatusError writes an error response with a status, in the format of Scaleway's API.
func writeStatusError(w http.ResponseWriter, status int) { write(w, nil, errStatus(status)) }

// errStatus returns the API's error for a status, or an error of type internal_error in the same format.
func errStatus(status int) *apiError {
	types := map[int]string{
		http.StatusBadRequest: "invalid_request_error", http.StatusUnauthorized: "denied_authentication",
		http.StatusForbidden: "permissions_denied", http.StatusNotFound: "not_found",
		http.StatusConflict: "transient_state",
		http.StatusGone:     "resource_expired", http.StatusPreconditionFailed: "precondition_failed",
		http.StatusLocked: "locked", http.StatusTooManyRequests: "too_many_requests",
	}
	kind, known := types[status]
	if !known {
		kind = "internal_error"
	}
	body := map[string]any{"message": strings.ToLower(http.StatusText(status)), "type": kind}
	if status == http.StatusNotFound || status == http.StatusGone {
		// As recorded, a not-found error names the object.
		body["resource"], body["resource_id"] = "object", uuid.Nil.String()
	}
	return &apiError{status: status, body: body}
}

// resetConnection closes the connection without a response, so that the client gets a connection reset. With HTTP/2,
// all requests of the connection fail.
func resetConnection(w http.ResponseWriter, r *http.Request) {
	connection, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		conn, ok := r.Context().Value(connectionKey{}).(net.Conn)
		if !ok {
			panic(http.ErrAbortHandler) // net/http aborts the response; with HTTP/2 it resets the stream
		}
		connection = conn
	}
	if tlsConn, ok := connection.(*tls.Conn); ok {
		connection = tlsConn.NetConn()
	}
	if tcp, ok := connection.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0) // sends a reset; on error, the client gets an end of file instead
	}
	_ = connection.Close()
}

// connectionKey is the context key of the connection.
type connectionKey struct{}

// ConnContext stores the connection in the context. Use it as the ConnContext of an http.Server with HTTP/2: without
// it, a connection fault resets only one stream.
func ConnContext(ctx context.Context, connection net.Conn) context.Context {
	return context.WithValue(ctx, connectionKey{}, connection)
}

// bufferedResponse is a response writer that buffers the response.
type bufferedResponse struct {
	header http.Header
	status int
	body   []byte
}

func (u *bufferedResponse) Header() http.Header { return u.header }

func (u *bufferedResponse) WriteHeader(status int) {
	if u.status == 0 {
		u.status = status
	}
}

func (u *bufferedResponse) Write(p []byte) (int, error) {
	u.WriteHeader(http.StatusOK)
	u.body = append(u.body, p...)
	return len(p), nil
}

// truncate sends the header, with the length of the whole response, and half of the body. The server then closes the
// connection, because the body is incomplete. For a response without a body, truncate resets the connection.
func (u *bufferedResponse) truncate(w http.ResponseWriter, r *http.Request) {
	if len(u.body) == 0 {
		resetConnection(w, r)
		return
	}
	for name, values := range u.header {
		w.Header()[name] = values
	}
	w.Header().Set("Content-Length", strconv.Itoa(len(u.body)))
	w.WriteHeader(u.status)
	_, _ = w.Write(u.body[:len(u.body)/2]) // an error means that the client disconnected
}
