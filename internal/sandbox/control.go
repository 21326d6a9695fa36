package sandbox

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"
)

// controlPrefix is the path prefix of the control endpoints. They need no token.
const controlPrefix = "/_sandbox/"

// controlHandler handles one request to a control endpoint.
type controlHandler func(r *http.Request, body []byte) (any, error)

func (s *Server) routeControl() {
	endpoints := map[string]controlHandler{
		"GET requests":               s.getRequests,
		"DELETE requests":            s.deleteRequests,
		"GET state":                  s.getState,
		"GET clock":                  s.getClock,
		"POST clock":                 s.postClock,
		"GET faults":                 s.getFaults,
		"POST faults":                s.postFault,
		"DELETE faults":              s.deleteFaults,
		"PATCH objects/{kind}/{id}":  s.patchObject,
		"DELETE objects/{kind}/{id}": s.deleteObject,
		"POST nodes/{id}/heartbeat":  s.heartbeat,
		"GET servers/{id}/conf":      s.getServerMetadata,
	}
	for endpoint, handle := range endpoints {
		method, path, _ := strings.Cut(endpoint, " ")
		s.mux.HandleFunc(method+" "+controlPrefix+path, func(w http.ResponseWriter, r *http.Request) {
			body, err := io.ReadAll(r.Body)
			if err != nil {
				return // the client disconnected
			}
			s.answer(w, func() (any, error) { return handle(r, body) })
		})
	}
	names := slices.Sorted(maps.Keys(endpoints))
	s.mux.HandleFunc(controlPrefix, func(w http.ResponseWriter, r *http.Request) {
		write(w, nil, &apiError{status: http.StatusNotFound, body: map[string]any{
			"message": r.Method + " " + r.URL.Path + " is not an endpoint of the sandbox", "type": "not_found",
			"endpoints": names, "under": controlPrefix,
		}})
	})
}

func (s *Server) getRequests(*http.Request, []byte) (any, error) {
	return map[string]any{"requests": s.log.all()}, nil
}

func (s *Server) deleteRequests(*http.Request, []byte) (any, error) {
	s.log.clear()
	return noContent{}, nil
}

// getState returns all objects by kind. The marshalled objects have no secrets.
func (s *Server) getState(*http.Request, []byte) (any, error) {
	s.refreshDerivedFields()
	state := map[string]any{"now": s.now()}
	for name, objects := range s.collections {
		state[name] = objects.all()
	}
	return state, nil
}

// refreshDerivedFields updates the fields that are computed from other objects.
func (s *Server) refreshDerivedFields() {
	for _, v := range s.vpcs.list(nil) {
		s.withPrivateNetworkCount(v)
	}
	for _, g := range s.gateways.list(nil) {
		s.withNetworks(g)
	}
	for _, srv := range s.servers.list(nil) {
		s.withVolumes(srv)
	}
	for _, g := range s.securityGroups.list(nil) {
		s.withServers(g)
	}
	s.refreshBalancers()
	s.refreshVPCConnectors()
	s.refreshVPN()
}

func (s *Server) getClock(*http.Request, []byte) (any, error) {
	return map[string]any{"now": s.now()}, nil
}

func (s *Server) postClock(_ *http.Request, body []byte) (any, error) {
	var req struct {
		Now     *time.Time      `json:"now"`
		Advance json.RawMessage `json:"advance"`
	}
	const allowed = `{"now": "2026-11-24T00:00:00Z"}, or {"advance": …} with seconds or a duration such as "1h30m"`
	if err := decodeStrict(body, &req); err != nil {
		return nil, errInvalid("body", "format", err.Error()+": send "+allowed)
	}
	switch {
	case (req.Now == nil) == (req.Advance == nil):
		return nil, errInvalid("body", "constraint", "send exactly one of "+allowed)
	case req.Now != nil:
		s.clock.set(*req.Now)
	default:
		step, err := parseDuration(req.Advance, time.Second)
		if err != nil || step < 0 {
			return nil, errInvalid(
				"advance", "format", fmt.Sprintf("%s is not a duration to advance by: send %s", req.Advance, allowed),
			)
		}
		s.clock.advance(step)
	}
	s.runDueEvents()
	return map[string]any{"now": s.now()}, nil
}

// parseDuration parses a number of units, or a text such as "1h30m".
func parseDuration(raw json.RawMessage, unit time.Duration) (time.Duration, error) {
	var number float64
	if err := json.Unmarshal(raw, &number); err == nil {
		return time.Duration(number * float64(unit)), nil
	}
	var text string
	if err := json.Unmarshal(raw, &text); err != nil {
		return 0, fmt.Errorf("parse a duration: %w", err)
	}
	return time.ParseDuration(text)
}

func (s *Server) getFaults(*http.Request, []byte) (any, error) {
	pending := []map[string]any{}
	for _, spec := range s.faults.all() {
		pending = append(pending, map[string]any{
			"method": spec.Method, "path": spec.Path, "kind": spec.Kind, "times": spec.Times, "after": spec.After,
			"persistent": spec.Persistent, "same_request": spec.SameRequest,
			"status": spec.Status, "content_type": spec.ContentType, "body": spec.Body,
			"retry_after": spec.RetryAfter, "delay": spec.Delay.String(),
		})
	}
	return map[string]any{"faults": pending}, nil
}

func (s *Server) postFault(_ *http.Request, body []byte) (any, error) {
	var req struct {
		Fault
		Delay json.RawMessage `json:"delay"`
	}
	if err := decodeStrict(body, &req); err != nil {
		return nil, errInvalid("body", "format", err.Error()+
			": send method, path, kind, times, after, persistent, same_request, status, content_type, body, "+
			"retry_after (seconds), delay (milliseconds, or a duration such as \"2s\")")
	}
	if req.Delay != nil {
		delay, err := parseDuration(req.Delay, time.Millisecond)
		if err != nil {
			return nil, errInvalid(
				"delay", "format", fmt.Sprintf(`%s: send milliseconds, or a duration such as "2s"`, req.Delay),
			)
		}
		req.Fault.Delay = delay
	}
	if err := s.faults.add(req.Fault); err != nil {
		return nil, err
	}
	return s.getFaults(nil, nil)
}

func (s *Server) deleteFaults(*http.Request, []byte) (any, error) {
	s.faults.clear()
	return noContent{}, nil
}

func (s *Server) patchObject(r *http.Request, body []byte) (any, error) {
	objects, err := s.findCollection(r.PathValue("kind"))
	if err != nil {
		return nil, err
	}
	return objects.patch(r.PathValue("id"), body)
}

func (s *Server) deleteObject(r *http.Request, _ []byte) (any, error) {
	if err := s.remove(r.PathValue("kind"), r.PathValue("id")); err != nil {
		return nil, err
	}
	return noContent{}, nil
}

// remove deletes an object. Deleting a cluster or a pool also deletes its pools, nodes and Instances.
func (s *Server) remove(name, id string) error {
	objects, err := s.findCollection(name)
	if err != nil {
		return err
	}
	if !objects.has(id) {
		return errNotFound(name, id)
	}
	switch name {
	case "clusters":
		s.removeCluster(id, false)
	case "pools":
		s.removePool(id)
	case "nodes":
		if n, ok := s.nodes.get(id); ok {
			s.removeNode(n)
		}
	case "servers":
		if srv, ok := s.servers.get(id); ok {
			s.removeServer(srv, true)
		}
	default:
		objects.remove(id)
	}
	return nil
}

// findCollection returns the collection with a name.
func (s *Server) findCollection(name string) (anyCollection, error) {
	objects, ok := s.collections[name]
	if !ok {
		return nil, errInvalid("kind", "constraint", fmt.Sprintf("%q is not a kind of object: use one of %s", name,
			join(slices.Sorted(maps.Keys(s.collections)))))
	}
	return objects, nil
}

// Patch changes an object out of band, like PATCH /_sandbox/objects/{kind}/{id}: it marshals body as JSON, whose fields
// replace those of the object. Kinds are those of /_sandbox/state.
func (s *Server) Patch(kind, id string, body any) error {
	raw, err := json.Marshal(body)
	if err != nil {
		return fmt.Errorf("marshal the change of %s %s: %w", kind, id, err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.runDueEvents()
	objects, err := s.findCollection(kind)
	if err != nil {
		return err
	}
	_, err = objects.patch(id, raw)
	return err
}

// Remove deletes an object out of band, like DELETE /_sandbox/objects/{kind}/{id}: immediately, even if other objects
// use it.
func (s *Server) Remove(kind, id string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.runDueEvents()
	return s.remove(kind, id)
}

// Objects unmarshals all objects of a kind, oldest first, into a slice of a type of the SDK.
func (s *Server) Objects(kind string, into any) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.runDueEvents()
	s.refreshDerivedFields()
	objects, err := s.findCollection(kind)
	if err != nil {
		return err
	}
	raw, err := json.Marshal(objects.all())
	if err != nil {
		return fmt.Errorf("marshal %s: %w", kind, err)
	}
	if err := json.Unmarshal(raw, into); err != nil {
		return fmt.Errorf("read %s: %w", kind, err)
	}
	return nil
}

// decodeStrict decodes JSON and returns an error for fields that the value does not have.
func decodeStrict(body []byte, into any) error {
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.DisallowUnknownFields()
	err := decoder.Decode(into)
	if errors.Is(err, io.EOF) {
		return errors.New("the body is empty")
	}
	return err
}
