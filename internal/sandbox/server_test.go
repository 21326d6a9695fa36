package sandbox

import (
	"net/http"
	"net/http/httptest"
	"testing"
	"time"
)

// blockingWriter is a response whose client does not read: Write blocks until the test ends.
type blockingWriter struct {
	*httptest.ResponseRecorder
	writing, unblocked chan struct{}
}

func (w blockingWriter) Write(p []byte) (int, error) {
	close(w.writing)
	<-w.unblocked
	return w.ResponseRecorder.Write(p)
}

func versionsRequest(t *testing.T) *http.Request {
	t.Helper()
	request := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/k8s/v1/regions/fr-par/versions", nil)
	request.Header.Set("X-Auth-Token", SecretKey)
	return request
}

// TestSlowClientBlocksNoOther sends a request while the client of another one does not read its response.
func TestSlowClientBlocksNoOther(t *testing.T) {
	t.Parallel()
	server := New(Options{})
	slow := blockingWriter{httptest.NewRecorder(), make(chan struct{}), make(chan struct{})}
	first, second := versionsRequest(t), versionsRequest(t)
	done := make(chan struct{})
	go func() {
		defer close(done)
		server.ServeHTTP(slow, first)
	}()
	<-slow.writing
	other := httptest.NewRecorder()
	server.ServeHTTP(other, second)
	if other.Code != http.StatusOK {
		t.Errorf("status %d", other.Code)
	}
	close(slow.unblocked)
	<-done
}

// TestPanickingEventDoesNotStopClock runs an event that panics. The clock and later events go on.
func TestPanickingEventDoesNotStopClock(t *testing.T) {
	t.Parallel()
	server := New(Options{})
	ran := false
	server.mu.Lock()
	server.after(time.Minute, func() { panic("an event of this test") })
	server.after(2*time.Minute, func() { ran = true })
	server.mu.Unlock()
	server.Advance(time.Hour)
	request := func() {
		defer func() { _ = recover() }() // as net/http does
		server.ServeHTTP(httptest.NewRecorder(), versionsRequest(t))
	}
	request()
	request()
	server.mu.Lock()
	defer server.mu.Unlock()
	if !ran {
		t.Error("the event after the panicking one did not run")
	}
	if behind := server.clock.now().Sub(server.now()); behind > time.Minute {
		t.Errorf("the time of the sandbox is %s behind", behind)
	}
}
