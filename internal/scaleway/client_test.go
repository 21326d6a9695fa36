package scaleway

import (
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/scaleway/scaleway-sdk-go/scw"
)

const (
	testAccessKey = "SCWTEST0000000000000"
	testSecretKey = "aaaaaaaa-5ec2-4e70-8000-bbbbbbbbbbbb"
	testProject   = "33333333-3333-3333-3333-333333333333"
	testID        = "44444444-4444-4444-4444-444444444444"
	testRegion    = scw.RegionFrPar
)

// recordedRequest is a request that the fake API received.
type recordedRequest struct {
	method, path, query, body string
	header                    http.Header
}

// fakeAPI answers requests and records them.
type fakeAPI struct {
	mu       sync.Mutex
	requests []recordedRequest
}

// allRequests returns all requests so far.
func (f *fakeAPI) allRequests() []recordedRequest {
	f.mu.Lock()
	defer f.mu.Unlock()
	return append([]recordedRequest(nil), f.requests...)
}

// countMethod returns the number of requests with a method.
func (f *fakeAPI) countMethod(method string) int {
	n := 0
	for _, r := range f.allRequests() {
		if r.method == method {
			n++
		}
	}
	return n
}

// handlerFunc writes the response to a request; number counts all requests from 1.
type handlerFunc func(w http.ResponseWriter, r *http.Request, number int)

// newFakeClient returns a client of a fake API on loopback, and the fake API.
func newFakeClient(t *testing.T, respond handlerFunc) (*Client, *fakeAPI) {
	t.Helper()
	fake := &fakeAPI{}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return
		}
		fake.mu.Lock()
		fake.requests = append(
			fake.requests,
			recordedRequest{r.Method, r.URL.Path, r.URL.RawQuery, string(body), r.Header.Clone()},
		)
		number := len(fake.requests)
		fake.mu.Unlock()
		respond(w, r, number)
	}))
	t.Cleanup(server.Close)
	c := newTestClient(t, server.URL)
	return c, fake
}

// newTestClient returns a client with short intervals.
func newTestClient(t *testing.T, url string) *Client {
	t.Helper()
	c, err := New(
		Config{
			AccessKey: testAccessKey, SecretKey: testSecretKey, ProjectID: testProject, APIURL: url,
		}, "terraform-provider-srm/test",
	)
	if err != nil {
		t.Fatal(err)
	}
	c.PollInterval, c.RetryWait, c.RecoveryGrace = time.Millisecond, time.Millisecond, 5*time.Second
	return c
}

// writeJSON writes a JSON response; value is JSON text, or is encoded.
func writeJSON(w http.ResponseWriter, status int, value any) {
	body, ok := value.(string)
	if !ok {
		encoded, err := json.Marshal(value)
		if err != nil {
			status, encoded = http.StatusTeapot, nil
		}
		body = string(encoded)
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("X-Request-Id", "req-1")
	w.WriteHeader(status)
	_, _ = io.WriteString(w, body)
}

// resetConnection ends the connection with a TCP reset.
func resetConnection(w http.ResponseWriter) {
	hijacker, ok := w.(http.Hijacker)
	if !ok {
		return
	}
	conn, _, err := hijacker.Hijack()
	if err != nil {
		return
	}
	if tcp, ok := conn.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0)
	}
	_ = conn.Close()
}

// hangUp closes the connection without a response.
func hangUp(http.ResponseWriter) { panic(http.ErrAbortHandler) }

// truncateBody closes the connection in the middle of the body.
func truncateBody(w http.ResponseWriter) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Content-Length", "1000")
	_, _ = io.WriteString(w, `{"id":"`)
	if flusher, ok := w.(http.Flusher); ok {
		flusher.Flush()
	}
	panic(http.ErrAbortHandler)
}

// proxyPage returns a function that writes a web page, as a proxy does.
func proxyPage(status int) func(http.ResponseWriter) {
	return func(w http.ResponseWriter) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.WriteHeader(status)
		_, _ = io.WriteString(w, "<html><h1>proxy page with internals</h1></html>")
	}
}
