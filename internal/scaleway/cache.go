package scaleway

import (
	"context"
	"errors"
	"fmt"
	"sync"
)

// cache keeps what was found, for the life of the process. Concurrent callers of one key share one request. Errors, and
// values that are not worth keeping, are handed to those who wait and forgotten.
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

// get returns the value of a key: kept, being fetched by someone else, or fetched now. keep says whether a value is
// kept.
func (c *cache[K, V]) get(
	ctx context.Context, key K, fetch func(context.Context) (V, error), keep func(V) bool,
) (V, error) {
	for {
		c.mu.Lock()
		found, ok := c.entries[key]
		if !ok {
			found = &entry[V]{done: make(chan struct{})}
			c.entries[key] = found
			c.mu.Unlock()
			return c.fill(ctx, key, found, fetch, keep)
		}
		c.mu.Unlock()

		select {
		case <-ctx.Done():
			var none V
			return none, fmt.Errorf(
				"interrupted while another resource was asking the API for the same (%v): %w", key, ctx.Err(),
			)
		case <-found.done:
		}
		// The caller who asked was cancelled, this one was not: it asks for itself.
		if cancelled(found.err) && ctx.Err() == nil {
			continue
		}
		return found.value, found.err
	}
}

func (c *cache[K, V]) fill(
	ctx context.Context, key K, e *entry[V], fetch func(context.Context) (V, error), keep func(V) bool,
) (V, error) {
	// A panic in fetch must not leave the others waiting.
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

func cancelled(err error) bool {
	return errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded)
}
