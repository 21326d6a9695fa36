package tfkit

import (
	"context"
	"sync"
)

// KeyedMutex is a set of mutexes, one for each object. Its zero value is ready to use.
type KeyedMutex struct {
	mu    sync.Mutex
	locks map[string]chan struct{}
}

// Lock locks the mutex of an object. It waits until the mutex is free or the context ends. The caller unlocks it with
// release.
func (t *KeyedMutex) Lock(ctx context.Context, object string) (release func(), err error) {
	t.mu.Lock()
	if t.locks == nil {
		t.locks = map[string]chan struct{}{}
	}
	lock, known := t.locks[object]
	if !known {
		lock = make(chan struct{}, 1)
		t.locks[object] = lock
	}
	t.mu.Unlock()
	select {
	case lock <- struct{}{}:
		return func() { <-lock }, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// StringSet is a set of strings that is safe for concurrent use. Its zero value is ready to use.
type StringSet struct {
	mu    sync.Mutex
	names map[string]bool
}

// Has reports whether the set contains a name.
func (s *StringSet) Has(name string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.names[name]
}

// Add adds a name, and reports whether it is new.
func (s *StringSet) Add(name string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.names == nil {
		s.names = map[string]bool{}
	}
	known := s.names[name]
	s.names[name] = true
	return !known
}
