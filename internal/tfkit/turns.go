package tfkit

import (
	"context"
	"sync"
)

// Turns lets one at a time do something with the same object, as long as the process lives. Its zero value is ready.
type Turns struct {
	mu     sync.Mutex
	queues map[string]chan struct{}
}

// Take waits for the turn at an object, or for the end of the context. The holder calls release.
func (t *Turns) Take(ctx context.Context, object string) (release func(), err error) {
	t.mu.Lock()
	if t.queues == nil {
		t.queues = map[string]chan struct{}{}
	}
	queue, known := t.queues[object]
	if !known {
		queue = make(chan struct{}, 1)
		t.queues[object] = queue
	}
	t.mu.Unlock()
	select {
	case queue <- struct{}{}:
		return func() { <-queue }, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// Seen remembers names as long as the process lives. Its zero value is ready.
type Seen struct {
	mu    sync.Mutex
	names map[string]bool
}

// Has says whether a name was added.
func (s *Seen) Has(name string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.names[name]
}

// Add remembers a name, and says whether it is new.
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
