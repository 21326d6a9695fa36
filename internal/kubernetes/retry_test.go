package kubernetes

import (
	"encoding/pem"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// TestRetryOfBrokenConnection checks that a request is repeated as often as after other failures, and that client-go
// does not multiply the attempts.
func TestRetryOfBrokenConnection(t *testing.T) {
	t.Parallel()
	var requests atomic.Int64
	server := httptest.NewTLSServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		requests.Add(1)
		panic(http.ErrAbortHandler)
	}))
	t.Cleanup(server.Close)
	ca := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})
	client, err := New(Endpoint{Server: server.URL, CA: ca}, "token", "test")
	if err != nil {
		t.Fatal(err)
	}
	client.Interval = time.Millisecond
	_, readErr := client.get(t.Context(), policies, "", "x")
	if readErr == nil || !strings.Contains(readErr.Error(), "the connection to the API server was interrupted") ||
		!IsUnreachable(readErr) {
		t.Errorf("got error %v", readErr)
	}
	if got := requests.Load(); got != maxAttempts {
		t.Errorf("%d requests, want %d", got, maxAttempts)
	}
}
