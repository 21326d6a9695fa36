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

// controlPrefix is where the sandbox itself is driven, from any language and without a token.
const controlPrefix = "/_sandbox/"

// control answers one request to drive the sandbox.
type control func(r *http.Request, body []byte) (any, error)

func (s *Server) routeControl() {
	endpoints := map[string]control{
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
	}
	for endpoint, answer := range endpoints {
		method, path, _ := strings.Cut(endpoint, " ")
		s.mux.HandleFunc(method+" "+controlPrefix+path, func(w http.ResponseWriter, r *http.Request) {
			body, err := io.ReadAll(r.Body)
			if err != nil {
				return // the client is gone
			}
			s.mu.Lock()
			defer s.mu.Unlock()
			s.settle()
			value, err := answer(r, body)
			write(w, value, err)
		})
	}
	known := slices.Sorted(maps.Keys(endpoints))
	s.mux.HandleFunc(controlPrefix, func(w http.ResponseWriter, r *http.Request) {
		write(w, nil, &apiError{status: http.StatusNotFound, body: map[string]any{
			"message": r.Method + " " + r.URL.Path + " is none of the sandbox's endpoints", "type": "not_found",
			"endpoints": known, "under": controlPrefix,
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

// getState answers every object under the name of its kind. Secrets are in no object.
func (s *Server) getState(*http.Request, []byte) (any, error) {
	s.derive()
	state := map[string]any{"now": s.now()}
	for name, held := range s.kinds {
		state[name] = held.all()
	}
	return state, nil
}

// derive brings up to date what objects say of others.
func (s *Server) derive() {
	for _, v := range s.vpcs.list(nil) {
		s.withSubnetCount(v)
	}
	for _, g := range s.gateways.list(nil) {
		s.withNetworks(g)
	}
	for _, g := range s.securityGroups.list(nil) {
		s.withServers(g)
	}
}

func (s *Server) getClock(*http.Request, []byte) (any, error) {
	return map[string]any{"now": s.now()}, nil
}

func (s *Server) postClock(_ *http.Request, body []byte) (any, error) {
	var asked struct {
		Now     *time.Time      `json:"now"`
		Advance json.RawMessage `json:"advance"`
	}
	const allowed = `{"now": "2026-11-24T00:00:00Z"}, or {"advance": …} with seconds or a duration such as "1h30m"`
	if err := strictly(body, &asked); err != nil {
		return nil, errInvalid("body", "format", err.Error()+": send "+allowed)
	}
	switch {
	case (asked.Now == nil) == (asked.Advance == nil):
		return nil, errInvalid("body", "constraint", "send exactly one of "+allowed)
	case asked.Now != nil:
		s.clock.set(*asked.Now)
	default:
		by, err := duration(asked.Advance, time.Second)
		if err != nil || by < 0 {
			return nil, errInvalid(
				"advance", "format", fmt.Sprintf("%s is no time to advance by: send %s", asked.Advance, allowed),
			)
		}
		s.clock.advance(by)
	}
	s.settle()
	return map[string]any{"now": s.now()}, nil
}

// duration reads a number of units, or a text such as "1h30m".
func duration(raw json.RawMessage, unit time.Duration) (time.Duration, error) {
	var number float64
	if err := json.Unmarshal(raw, &number); err == nil {
		return time.Duration(number * float64(unit)), nil
	}
	var text string
	if err := json.Unmarshal(raw, &text); err != nil {
		return 0, fmt.Errorf("read a duration: %w", err)
	}
	return time.ParseDuration(text)
}

func (s *Server) getFaults(*http.Request, []byte) (any, error) {
	waiting := []map[string]any{}
	for _, one := range s.faults.all() {
		waiting = append(waiting, map[string]any{
			"method": one.Method, "path": one.Path, "kind": one.Kind, "times": one.Times, "after": one.After,
			"persistent": one.Persistent, "same_request": one.SameRequest,
			"status": one.Status, "content_type": one.ContentType, "body": one.Body,
			"retry_after": one.RetryAfter, "delay": one.Delay.String(),
		})
	}
	return map[string]any{"faults": waiting}, nil
}

func (s *Server) postFault(_ *http.Request, body []byte) (any, error) {
	var asked struct {
		Fault
		Delay json.RawMessage `json:"delay"`
	}
	if err := strictly(body, &asked); err != nil {
		return nil, errInvalid("body", "format", err.Error()+
			": send method, path, kind, times, after, persistent, same_request, status, content_type, body, retry_after "+
			"(seconds), delay (milliseconds, or a duration such as \"2s\")")
	}
	if asked.Delay != nil {
		by, err := duration(asked.Delay, time.Millisecond)
		if err != nil {
			return nil, errInvalid(
				"delay", "format", fmt.Sprintf(`%s: send milliseconds, or a duration such as "2s"`, asked.Delay),
			)
		}
		asked.Fault.Delay = by
	}
	if err := s.faults.add(asked.Fault); err != nil {
		return nil, err
	}
	return s.getFaults(nil, nil)
}

func (s *Server) deleteFaults(*http.Request, []byte) (any, error) {
	s.faults.clear()
	return noContent{}, nil
}

func (s *Server) patchObject(r *http.Request, body []byte) (any, error) {
	held, err := s.kind(r.PathValue("kind"))
	if err != nil {
		return nil, err
	}
	return held.patch(r.PathValue("id"), body)
}

func (s *Server) deleteObject(r *http.Request, _ []byte) (any, error) {
	if err := s.remove(r.PathValue("kind"), r.PathValue("id")); err != nil {
		return nil, err
	}
	return noContent{}, nil
}

// remove deletes an object, and with a cluster or a pool all that is part of it.
func (s *Server) remove(name, id string) error {
	held, err := s.kind(name)
	if err != nil {
		return err
	}
	if !held.has(id) {
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
	default:
		held.remove(id)
	}
	return nil
}

// kind is a collection by its name.
func (s *Server) kind(name string) (kind, error) {
	held, ok := s.kinds[name]
	if !ok {
		return nil, errInvalid("kind", "constraint", fmt.Sprintf("%q is no kind of object: use one of %s", name,
			join(slices.Sorted(maps.Keys(s.kinds)))))
	}
	return held, nil
}

// Patch changes an object out of band, as PATCH /_sandbox/objects/{kind}/{id} does: the fields of body, which is
// marshalled as JSON, replace the object's. Kinds are those of /_sandbox/state.
func (s *Server) Patch(kind, id string, body any) error {
	raw, err := json.Marshal(body)
	if err != nil {
		return fmt.Errorf("marshal the change of %s %s: %w", kind, id, err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.settle()
	held, err := s.kind(kind)
	if err != nil {
		return err
	}
	_, err = held.patch(id, raw)
	return err
}

// Remove deletes an object out of band, as DELETE /_sandbox/objects/{kind}/{id} does: at once, and whatever still needs
// it.
func (s *Server) Remove(kind, id string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.settle()
	return s.remove(kind, id)
}

// Objects reads all objects of a kind, oldest first, into a slice of what their JSON unmarshals into: the SDK's types.
func (s *Server) Objects(kind string, into any) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.settle()
	s.derive()
	held, err := s.kind(kind)
	if err != nil {
		return err
	}
	raw, err := json.Marshal(held.all())
	if err != nil {
		return fmt.Errorf("marshal %s: %w", kind, err)
	}
	if err := json.Unmarshal(raw, into); err != nil {
		return fmt.Errorf("read %s: %w", kind, err)
	}
	return nil
}

// strictly reads JSON that has no field but those of the value.
func strictly(body []byte, into any) error {
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.DisallowUnknownFields()
	err := decoder.Decode(into)
	if errors.Is(err, io.EOF) {
		return errors.New("the body is empty")
	}
	return err
}
