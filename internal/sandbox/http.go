package sandbox

import (
	"bufio"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"net"
	"net/http"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/scaleway/scaleway-sdk-go/scw"
)

// area is a product area: permission sets grant access to areas, and 403 responses name one.
type area string

const (
	areaKubernetes     area = "kubernetes"
	areaVPC            area = "vpc"
	areaPrivateNetwork area = "private_network"
	areaGateway        area = "vpc_gateway"
	areaIPAM           area = "ipam"
	areaInstance       area = "instance"
	areaAccount        area = "account"
	areaContract       area = "contract_signature"
	areaIAM            area = "iam"
	areaBlock          area = "block_storage"
	areaFile           area = "file_storage"
	areaBalancer       area = "load_balancer"

	areaIAMUser        area = "iam_user"
	areaIAMApplication area = "iam_application"
	areaIAMGroup       area = "iam_group"
	areaIAMPolicy      area = "iam_policy"
	areaAPIKey         area = "iam_api_key"
	areaSSHKey         area = "ssh_key"
	areaKeyManager     area = "key_manager"
	areaSecretManager  area = "secret_manager"
	areaRegistry       area = "container_registry"
	areaDatabase       area = "rdb"
	areaCockpit        area = "cockpit"
	areaAuditTrail     area = "audit_trail"
	// Permission sets allow only reading, or only deleting, the export jobs of Audit Trail.
	areaAuditExport  area = "audit_trail_export"
	areaExportDelete area = "audit_trail_export_delete"
	areaVPN          area = "s2s_vpn"
	areaInterlink    area = "interlink"
)

// call is one API request, with its body and the API key of the caller.
type call struct {
	*http.Request
	body   []byte
	caller *apiKey

	requestID string
}

// region returns the region in the path.
func (c *call) region() scw.Region { return scw.Region(c.PathValue("region")) }

// zone returns the zone in the path.
func (c *call) zone() scw.Zone { return scw.Zone(c.PathValue("zone")) }

// decode decodes the body into a request type of the SDK.
func (c *call) decode(into any) error {
	body := c.body
	if len(body) == 0 {
		return nil
	}
	if c.Method == http.MethodPost { // in a PATCH, an empty text clears a field
		body = dropEmptyOptions(body, reflect.TypeOf(into))
	}
	if err := json.Unmarshal(body, into); err != nil {
		return errInvalid("body", "format", err.Error())
	}
	return nil
}

// projectID returns the requested Project, or the default Project of the caller.
func (c *call) projectID(requested *string) string {
	if requested != nil && *requested != "" {
		return *requested
	}
	return c.caller.DefaultProjectID
}

// paginate returns the requested page of a list and the total count. As in the API, pages count from 1, and page_size
// is 20 by default and at most 100.
func paginate[T any](c *call, all []T) ([]T, uint64) { return paginateWithDefault(c, all, 20) }

// paginateWithDefault returns the same with a different default page size.
func paginateWithDefault[T any](c *call, all []T, defaultValue int) ([]T, uint64) {
	number := func(name string, defaultValue, maxValue int) int {
		n, err := strconv.Atoi(c.URL.Query().Get(name))
		if err != nil || n < 1 {
			return defaultValue
		}
		return min(n, maxValue)
	}
	page, size := number("page", 1, 1<<20), number("page_size", defaultValue, 100)
	if c.URL.Query().Has("per_page") {
		size = number("per_page", defaultValue, 100)
	}
	start := min((page-1)*size, len(all))
	return all[start:min(start+size, len(all))], uint64(len(all))
}

// handler handles a call with the mutex held. It returns the value to marshal as JSON, or an *apiError.
type handler func(*call) (any, error)

type (
	// noContent is an empty response with status 204.
	noContent struct{}
	// created is a response with status 201.
	created struct{ value any }
)

// route registers a handler that requires a permission in the area, see requiredAction.
func (s *Server) route(pattern string, required area, handle handler) {
	s.mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return // the client disconnected
		}
		c := &call{Request: r, body: body, requestID: w.Header().Get("X-Request-Id")}
		s.answer(w, func() (any, error) { return s.handle(c, required, handle) })
	})
}

// answer runs a handler with the mutex held, and writes its response without it: a slow client blocks no other.
func (s *Server) answer(w http.ResponseWriter, handle func() (any, error)) {
	s.lockedAnswer(handle).write(w)
}

func (s *Server) lockedAnswer(handle func() (any, error)) response {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.runDueEvents()
	return newResponse(handle())
}

func (s *Server) handle(c *call, required area, handle handler) (any, error) {
	caller, err := s.authenticate(c.Header.Get("X-Auth-Token"))
	if err != nil {
		return nil, err
	}
	c.caller = caller
	return s.audited(c, func() (any, error) {
		if action := requiredAction(c.Request); !s.isAllowed(caller, required, action) {
			return nil, errDenied(string(required), action)
		}
		return handle(c)
	})
}

// response is an encoded response.
type response struct {
	status int
	header http.Header
	body   []byte
}

// newResponse encodes what a handler returned.
func newResponse(value any, err error) response {
	encoded := response{status: http.StatusOK, header: http.Header{}}
	switch answer := value.(type) {
	case noContent:
		encoded.status = http.StatusNoContent
		return encoded
	case created:
		encoded.status, value = http.StatusCreated, answer.value
	case accepted:
		encoded.status, value = http.StatusAccepted, answer.value
	case plainText:
		encoded.header.Set("Content-Type", "text/plain")
		encoded.body = answer
		return encoded
	case listResponse:
		maps.Copy(encoded.header, answer.header())
		value = answer.value
	}
	if err != nil {
		var apiErr *apiError
		if !errors.As(err, &apiErr) {
			apiErr = &apiError{
				status: http.StatusInternalServerError, body: map[string]any{
					"message": err.Error(), "type": "internal",
				},
			}
		}
		for name, values := range apiErr.header {
			encoded.header[name] = slices.Clone(values)
		}
		encoded.status, value = apiErr.status, apiErr.body
	}
	raw, err := json.Marshal(value)
	if err != nil {
		encoded.status, raw = http.StatusInternalServerError, []byte(`{"message":"the sandbox could not marshal its `+
			`response"}`)
	}
	encoded.header.Set("Content-Type", "application/json")
	encoded.header.Set("Content-Length", strconv.Itoa(len(raw)))
	encoded.body = raw
	return encoded
}

func (r response) write(w http.ResponseWriter) {
	maps.Copy(w.Header(), r.header)
	w.WriteHeader(r.status)
	if len(r.body) > 0 {
		_, _ = w.Write(r.body) // an error means that the client disconnected
	}
}

// write writes the response of a handler that needs no mutex.
func write(w http.ResponseWriter, value any, err error) { newResponse(value, err).write(w) }

// serve handles every request. Requests to the API also get the latency, a matching fault and an entry in the log.
func (s *Server) serve(w http.ResponseWriter, r *http.Request) {
	control := strings.HasPrefix(r.URL.Path, controlPrefix)
	id := uuid.NewString()
	start := s.clock.now()
	w.Header().Set("X-Request-Id", id)
	logRequest := func(status int) {
		entry := Request{
			ID: id, Method: r.Method, Path: r.URL.Path, Query: r.URL.RawQuery, Status: status, At: start,
			DurationMS: float64(s.clock.now().Sub(start)) / float64(time.Millisecond), UserAgent: r.UserAgent(),
		}
		s.log.add(entry)
		if s.options.Report != nil {
			s.options.Report(entry)
		}
	}
	if control {
		logRequest = func(int) {}
	}
	recorder := &recorder{ResponseWriter: w, onStatus: logRequest}
	if !control && s.options.Latency > 0 {
		select {
		case <-time.After(s.options.Latency):
		case <-r.Context().Done():
			return
		}
	}
	defer recorder.record(0)
	if !control {
		if fault := s.faults.match(r); fault != nil {
			fault.serve(recorder, r, s.dispatch, writeStatusError)
			return
		}
	}
	s.dispatch(recorder, r)
}

// dispatch passes a request to its handler, or answers 501 if there is none.
func (s *Server) dispatch(w http.ResponseWriter, r *http.Request) {
	if _, pattern := s.mux.Handler(r); pattern == "" {
		write(w, nil, &apiError{status: http.StatusNotImplemented, body: map[string]any{
			"message": "the sandbox does not implement " + r.Method + " " + r.URL.Path, "type": "not_implemented",
		}})
		return
	}
	s.mux.ServeHTTP(w, r)
}

// recorder reports the status of a response once, before the client can receive it: a client that has received a
// response finds it in the log. Status 0 is a broken connection.
type recorder struct {
	http.ResponseWriter
	onStatus func(status int)
	recorded bool
}

func (r *recorder) record(status int) {
	if !r.recorded {
		r.recorded = true
		r.onStatus(status)
	}
}

func (r *recorder) WriteHeader(status int) {
	r.record(status)
	r.ResponseWriter.WriteHeader(status)
}

func (r *recorder) Write(p []byte) (int, error) {
	r.record(http.StatusOK)
	return r.ResponseWriter.Write(p)
}

// Hijack takes over the connection, which a fault then closes.
func (r *recorder) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	r.record(0)
	return http.NewResponseController(r.ResponseWriter).Hijack()
}

// Unwrap gives http.ResponseController access to the connection.
func (r *recorder) Unwrap() http.ResponseWriter { return r.ResponseWriter }
