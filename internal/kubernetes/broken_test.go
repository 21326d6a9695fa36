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

// TestBrokenConnections: a request is sent again as often as after another failure, and client-go does not multiply
// that.
func TestBrokenConnections(t *testing.T) {
	t.Parallel()
	var asked atomic.Int64
	server := httptest.NewTLSServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		asked.Add(1)
		panic(http.ErrAbortHandler)
	}))
	t.Cleanup(server.Close)
	ca := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})
	client, err := New(Endpoint{Server: server.URL, CA: ca}, "token", "test")
	if err != nil {
		t.Fatal(err)
	}
	client.Interval = time.Millisecond
	_, read := client.get(t.Context(), policies, "", "x")
	if read == nil || !strings.Contains(read.Error(), "the connection to the API server broke") || !IsUnreachable(read) {
		t.Errorf("error %v", read)
	}
	if got := asked.Load(); got != attempts {
		t.Errorf("%d requests, want %d", got, attempts)
	}
}
