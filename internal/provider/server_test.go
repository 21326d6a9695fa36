package provider

import (
	"context"
	"errors"
	"runtime"
	"sync/atomic"
	"testing"
	"time"
)

// TestReleasedContexts checks that the server keeps nothing of a request that has ended. A CLI sends several for each
// resource, and their contexts hold the connection, the log and the request.
func TestReleasedContexts(t *testing.T) {
	t.Parallel()
	s := newProviderServer(t, processEnv{})
	for method, call := range map[string]func(context.Context) error{
		"ValidateResourceConfig":     callMethod(s.ValidateResourceConfig),
		"UpgradeResourceState":       callMethod(s.UpgradeResourceState),
		"UpgradeResourceIdentity":    callMethod(s.UpgradeResourceIdentity),
		"ReadResource":               callMethod(s.ReadResource),
		"PlanResourceChange":         callMethod(s.PlanResourceChange),
		"ApplyResourceChange":        callMethod(s.ApplyResourceChange),
		"ImportResourceState":        callMethod(s.ImportResourceState),
		"MoveResourceState":          callMethod(s.MoveResourceState),
		"ValidateDataResourceConfig": callMethod(s.ValidateDataResourceConfig),
		"ReadDataSource":             callMethod(s.ReadDataSource),
		"CallFunction":               callMethod(s.CallFunction),
	} {
		const requests = 8
		var released atomic.Int64
		for range requests {
			if err := call(contextWithCleanup(t.Context(), func() { released.Add(1) })); err != nil {
				t.Fatalf("%s: %v", method, err)
			}
		}
		// Cleanups run at some time after a garbage collection.
		for range 100 {
			runtime.GC()
			if released.Load() == requests {
				break
			}
			time.Sleep(10 * time.Millisecond)
		}
		if count := released.Load(); count != requests {
			t.Errorf("%s: %d of %d contexts were released", method, count, requests)
		}
	}
}

// callMethod returns a function that calls a method of the protocol with an empty request. Errors of the request are
// diagnostics.
func callMethod[Request, Response any](
	method func(context.Context, *Request) (Response, error),
) func(context.Context) error {
	return func(ctx context.Context) error {
		_, err := method(ctx, new(Request))
		return err
	}
}

// contextWithCleanup returns a context that calls cleanup when nothing refers to it any more.
func contextWithCleanup(parent context.Context, cleanup func()) context.Context {
	type key struct{}
	value := new([1024]byte)
	runtime.AddCleanup(value, func(struct{}) { cleanup() }, struct{}{})
	return context.WithValue(parent, key{}, value)
}

// TestReleasedContextOfRequest checks that a request has the deadline, the values and the end of the context that the
// caller gave, and that its context is cancelled once it has ended.
func TestReleasedContextOfRequest(t *testing.T) {
	t.Parallel()
	type key struct{}
	parent, cancel := context.WithTimeout(context.WithValue(t.Context(), key{}, "value"), time.Hour)
	defer cancel()
	var kept context.Context
	_, err := withReleasedContext(parent, func(ctx context.Context, _ struct{}) (struct{}, error) {
		kept = ctx
		if ctx.Value(key{}) != "value" || ctx.Err() != nil {
			t.Errorf("value %v, error %v", ctx.Value(key{}), ctx.Err())
		}
		want, _ := parent.Deadline()
		if deadline, ok := ctx.Deadline(); !ok || deadline != want {
			t.Errorf("deadline %v, want %v", deadline, want)
		}
		child, cancelChild := context.WithCancel(ctx)
		defer cancelChild()
		cancel()
		<-child.Done()
		return struct{}{}, ctx.Err()
	}, struct{}{})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
	<-kept.Done()
	if kept.Err() == nil || kept.Value(key{}) != nil {
		t.Errorf("after the request: value %v, error %v", kept.Value(key{}), kept.Err())
	}
}
