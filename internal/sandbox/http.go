package sandbox

import (
	"bufio"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"net"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/scaleway/scaleway-sdk-go/scw"
)

// area is what a permission set grants, and what a 403 names.
type area string

const (
	areaKubernetes area = "kubernetes"
	areaVPC        area = "vpc"
	areaGateway    area = "vpc_gateway"
	areaIPAM       area = "ipam"
	areaInstance   area = "instance"
	areaAccount    area = "account"
	areaContract   area = "contract_signature"
	areaIAM        area = "iam"
	areaBlock      area = "block_storage"
	areaBalancer   area = "load_balancer"
)

// call is one request to the API with what every handler needs of it.
type call struct {
	*http.Request
	body   []byte
	caller *apiKey
}

// region is the one of the path.
func (c *call) region() scw.Region { return scw.Region(c.PathValue("region")) }

// zone is the one of the path.
func (c *call) zone() scw.Zone { return scw.Zone(c.PathValue("zone")) }

// decode reads the request's body into the SDK's own request type.
func (c *call) decode(into any) error {
	if len(c.body) == 0 {
		return nil
	}
	if err := json.Unmarshal(c.body, into); err != nil {
		return errInvalid("body", "format", err.Error())
	}
	return nil
}

// projectID is the Project that a request names, else the caller's default one.
func (c *call) projectID(named *string) string {
	if named != nil && *named != "" {
		return *named
	}
	return c.caller.DefaultProjectID
}

// paged cuts a list as the API does: page from 1, page_size of 20 unless told, at most 100. It returns the page and the
// total count.
func paged[T any](c *call, all []T) ([]T, uint64) { return pagedBy(c, all, 20) }

// pagedBy is paged with another default for the size of a page.
func pagedBy[T any](c *call, all []T, otherwise int) ([]T, uint64) {
	number := func(name string, otherwise, most int) int {
		n, err := strconv.Atoi(c.URL.Query().Get(name))
		if err != nil || n < 1 {
			return otherwise
		}
		return min(n, most)
	}
	page, size := number("page", 1, 1<<20), number("page_size", otherwise, 100)
	if c.URL.Query().Has("per_page") {
		size = number("per_page", otherwise, 100)
	}
	start := min((page-1)*size, len(all))
	return all[start:min(start+size, len(all))], uint64(len(all))
}

// handler answers a call with a value that is marshalled as JSON, or with an *apiError. The mutex is held.
type handler func(*call) (any, error)

// noContent answers 204; created answers 201 with a value.
type (
	noContent struct{}
	created   struct{ value any }
)

// route registers a handler: reading needs the area's read permission, anything else its write permission.
func (s *Server) route(pattern string, of area, handle handler) {
	s.mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return // the client is gone
		}
		s.mu.Lock()
		defer s.mu.Unlock()
		s.settle()
		value, err := s.handle(&call{Request: r, body: body}, of, handle)
		write(w, value, err)
	})
}

func (s *Server) handle(c *call, of area, handle handler) (any, error) {
	caller, err := s.authenticate(c.Header.Get("X-Auth-Token"))
	if err != nil {
		return nil, err
	}
	c.caller = caller
	if action := actionOf(c.Request); !s.allowed(caller, of, action) {
		return nil, errDenied(string(of), action)
	}
	return handle(c)
}

func write(w http.ResponseWriter, value any, err error) {
	status := http.StatusOK
	switch answer := value.(type) {
	case noContent:
		w.WriteHeader(http.StatusNoContent)
		return
	case created:
		status, value = http.StatusCreated, answer.value
	case listAnswer:
		maps.Copy(w.Header(), answer.header())
		value = answer.value
	}
	if err != nil {
		var known *apiError
		if !errors.As(err, &known) {
			known = &apiError{
				status: http.StatusInternalServerError, body: map[string]any{"message": err.Error(), "type": "internal"},
			}
		}
		for name, values := range known.header {
			w.Header()[name] = slices.Clone(values)
		}
		status, value = known.status, known.body
	}
	raw, err := json.Marshal(value)
	if err != nil {
		status, raw = http.StatusInternalServerError, []byte(`{"message":"the sandbox could not marshal its answer"}`)
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Content-Length", strconv.Itoa(len(raw)))
	w.WriteHeader(status)
	_, _ = w.Write(raw) // a client that is gone needs no answer
}

// answer wraps every request: its id, the latency, a fault if one is due, the log.
func (s *Server) answer(w http.ResponseWriter, r *http.Request) {
	control := strings.HasPrefix(r.URL.Path, controlPrefix)
	id := uuid.NewString()
	w.Header().Set("X-Request-Id", id)
	begun := s.clock.now()
	note := func(status int) {
		entry := Request{
			ID: id, Method: r.Method, Path: r.URL.Path, Query: r.URL.RawQuery, Status: status, At: begun,
			DurationMS: float64(s.clock.now().Sub(begun)) / float64(time.Millisecond), UserAgent: r.UserAgent(),
		}
		s.log.add(entry)
		if s.options.Report != nil {
			s.options.Report(entry)
		}
	}
	if control {
		note = func(int) {}
	}
	recorder := &recorder{ResponseWriter: w, note: note}
	if !control && s.options.Latency > 0 {
		select {
		case <-time.After(s.options.Latency):
		case <-r.Context().Done():
			return
		}
	}
	defer recorder.done(0)
	if !control {
		if fault := s.faults.due(r); fault != nil {
			fault.serve(recorder, r, s.dispatch, refuse)
			return
		}
	}
	s.dispatch(recorder, r)
}

func (s *Server) dispatch(w http.ResponseWriter, r *http.Request) {
	if _, pattern := s.mux.Handler(r); pattern == "" {
		write(w, nil, &apiError{status: http.StatusNotImplemented, body: map[string]any{
			"message": "the sandbox does not speak " + r.Method + " " + r.URL.Path, "type": "not_implemented",
		}})
		return
	}
	s.mux.ServeHTTP(w, r)
}

// recorder notes the status of an answer, once and before the client can see it, so that a client that has an answer
// finds it in the log; 0 is a connection that broke.
type recorder struct {
	http.ResponseWriter
	note  func(status int)
	noted bool
}

func (r *recorder) done(status int) {
	if !r.noted {
		r.noted = true
		r.note(status)
	}
}

func (r *recorder) WriteHeader(status int) {
	r.done(status)
	r.ResponseWriter.WriteHeader(status)
}

func (r *recorder) Write(p []byte) (int, error) {
	r.done(http.StatusOK)
	return r.ResponseWriter.Write(p)
}

// Hijack takes the connection over to break it.
func (r *recorder) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	r.done(0)
	return http.NewResponseController(r.ResponseWriter).Hijack()
}

// Unwrap lets http.ResponseController reach the connection.
func (r *recorder) Unwrap() http.ResponseWriter { return r.ResponseWriter }
