package scaleway

import (
	"context"
	"errors"
	"fmt"
	"sync"
)

// cache keeps results for the lifetime of the process. Concurrent callers with the same key share one request. Errors,
// and values that keep rejects, go to the waiting callers but are not stored.
type cache[K comparable, V any] struct {
	mu      sync.Mutex
	entries map[K]*entry[V]
}

type entry[V any] struct {
	done  chan struct{}
	value V
	err   error
}

func newCache[K comparable, V any]() *cache[K, V] {
	return &cache[K, V]{entries: map[K]*entry[V]{}}
}

// get returns the value for a key: from the cache, from a request that is already running, or from a new call of fetch.
// keep reports whether a fetched value is stored.
func (c *cache[K, V]) get(
	ctx context.Context, key K, fetch func(context.Context) (V, error), keep func(V) bool,
) (V, error) {
	for {
		c.mu.Lock()
		e, ok := c.entries[key]
		if !ok {
			e = &entry[V]{done: make(chan struct{})}
			c.entries[key] = e
			c.mu.Unlock()
			return c.fill(ctx, key, e, fetch, keep)
		}
		c.mu.Unlock()

		select {
		case <-ctx.Done():
			var zero V
			return zero, fmt.Errorf(
				"interrupted while waiting for another resource's request for the same data (%v): %w", key, ctx.Err(),
			)
		case <-e.done:
		}
		// The caller that sent the request was cancelled, but this one was not: send another request.
		if isCancelled(e.err) && ctx.Err() == nil {
			continue
		}
		return e.value, e.err
	}
}

// fill calls fetch, stores the result and releases the waiting callers.
func (c *cache[K, V]) fill(
	ctx context.Context, key K, e *entry[V], fetch func(context.Context) (V, error), keep func(V) bool,
) (V, error) {
	// If fetch panics, the deferred function releases the waiting callers with this error.
	e.err = context.Canceled
	defer func() {
		if e.err != nil || !keep(e.value) {
			c.mu.Lock()
			delete(c.entries, key)
			c.mu.Unlock()
		}
		close(e.done)
	}()
	e.value, e.err = fetch(ctx)
	return e.value, e.err
}

func isCancelled(err error) bool {
	return errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded)
}
