package sandbox

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

// rig is a sandbox with a listener and a plain HTTP client.
type rig struct {
	t      *testing.T
	server *Server
	url    string
	token  string
}

func newRig(t *testing.T, options Options) *rig {
	t.Helper()
	if options.Start.IsZero() {
		options.Start = time.Date(2026, 11, 24, 9, 0, 0, 0, time.UTC)
	}
	server := New(options)
	listener := httptest.NewServer(server)
	t.Cleanup(listener.Close)
	return &rig{t: t, server: server, url: listener.URL, token: SecretKey}
}

// send sends a request with the rig's token on a new connection.
func (r *rig) send(method, path, body string) (*http.Response, []byte, error) {
	r.t.Helper()
	request, err := http.NewRequestWithContext(r.t.Context(), method, r.url+path, strings.NewReader(body))
	if err != nil {
		r.t.Fatal(err)
	}
	request.Header.Set("X-Auth-Token", r.token)
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	response, err := client.Do(request)
	if err != nil {
		return nil, nil, err
	}
	defer func() { _ = response.Body.Close() }()
	raw, err := io.ReadAll(response.Body)
	return response, raw, err
}

// call sends a request, expects a status, and returns the JSON object of the response.
func (r *rig) call(status int, method, path, body string) map[string]any {
	r.t.Helper()
	response, raw, err := r.send(method, path, body)
	if err != nil {
		r.t.Fatalf("%s %s: %v", method, path, err)
	}
	if response.StatusCode != status {
		r.t.Fatalf("%s %s: HTTP %d, want %d: %s", method, path, response.StatusCode, status, raw)
	}
	if len(bytes.TrimSpace(raw)) == 0 {
		return nil
	}
	var object map[string]any
	if err := json.Unmarshal(raw, &object); err != nil {
		r.t.Fatalf("%s %s: %v in %s", method, path, err, raw)
	}
	return object
}

// jsonAt returns the value at a path of keys and indexes in JSON.
func jsonAt(t *testing.T, value any, path ...any) any {
	t.Helper()
	for _, step := range path {
		switch key := step.(type) {
		case string:
			object, ok := value.(map[string]any)
			if !ok {
				t.Fatalf("no object for key %v of path %v in %v", step, path, value)
			}
			value = object[key]
		case int:
			list, ok := value.([]any)
			if !ok || key >= len(list) {
				t.Fatalf("no element %v of path %v in %v", step, path, value)
			}
			value = list[key]
		}
	}
	return value
}

// stringAt returns the text at a path in JSON.
func stringAt(t *testing.T, value any, path ...any) string {
	t.Helper()
	found, ok := jsonAt(t, value, path...).(string)
	if !ok {
		t.Fatalf("no text at path %v in %v", path, value)
	}
	return found
}

// lengthAt returns the length of the list at a path in JSON.
func lengthAt(t *testing.T, value any, path ...any) int {
	t.Helper()
	list, ok := jsonAt(t, value, path...).([]any)
	if !ok {
		t.Fatalf("no list at path %v in %v", path, value)
	}
	return len(list)
}

// expectJSON compares the value at a path in JSON with want.
func expectJSON(t *testing.T, want, value any, path ...any) {
	t.Helper()
	got, err := json.Marshal(jsonAt(t, value, path...))
	if err != nil {
		t.Fatal(err)
	}
	wantJSON, err := json.Marshal(want)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, wantJSON) {
		t.Errorf("%v is %s, want %s", path, got, wantJSON)
	}
}

// expectKeys expects an object to have keys, with any value including null.
func expectKeys(t *testing.T, object map[string]any, keys ...string) {
	t.Helper()
	for _, key := range keys {
		if _, ok := object[key]; !ok {
			t.Errorf("no key %s in %v", key, object)
		}
	}
}
