package tfkit

import (
	"context"
	"sync"
)

// Turns is a set of mutexes, one for each object. Its zero value is ready to use.
type Turns struct {
	mu     sync.Mutex
	queues map[string]chan struct{}
}

// Take locks the mutex of an object. It waits until the mutex is free or the context ends. The caller unlocks it with
// release.
func (t *Turns) Take(ctx context.Context, object string) (release func(), err error) {
	t.mu.Lock()
	if t.queues == nil {
		t.queues = map[string]chan struct{}{}
	}
	lock, known := t.queues[object]
	if !known {
		lock = make(chan struct{}, 1)
		t.queues[object] = lock
	}
	t.mu.Unlock()
	select {
	case lock <- struct{}{}:
		return func() { <-lock }, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// Seen is a set of strings that is safe for concurrent use. Its zero value is ready to use.
type Seen struct {
	mu    sync.Mutex
	names map[string]bool
}

// Has reports whether the set contains a name.
func (s *Seen) Has(name string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.names[name]
}

// Add adds a name, and reports whether it is new.
func (s *Seen) Add(name string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.names == nil {
		s.names = map[string]bool{}
	}
	known := s.names[name]
	s.names[name] = true
	return !known
}
