package objectstorage

import (
	"context"
	"sync"
	"testing"
)

// shared is the server of the tests that run at the same time and use buckets of different names.
var shared struct { //nolint:gochecknoglobals // it lives as long as the tests that use it
	sync.Mutex
	server *Server
	stop   func() error
	users  int
}

// Shared returns a server that runs as long as a test uses it: a campaign has hundreds of tests.
func Shared(t testing.TB) *Server {
	t.Helper()
	shared.Lock()
	defer shared.Unlock()
	if shared.users == 0 {
		server, stop, err := start(context.WithoutCancel(t.Context()))
		if err != nil {
			t.Fatalf("start Object Storage: %v", err)
		}
		shared.server, shared.stop = server, stop
	}
	shared.users++
	t.Cleanup(func() {
		shared.Lock()
		defer shared.Unlock()
		if shared.users--; shared.users > 0 {
			return
		}
		if err := shared.stop(); err != nil {
			t.Error(err)
		}
	})
	return shared.server
}
