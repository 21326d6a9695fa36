package sandbox

import (
	"sync"
	"time"
)

// clock is the sandbox's clock: the wall clock shifted by an offset. It can start at any time and be advanced. No other
// code of the sandbox reads the wall clock.
type clock struct {
	mu     sync.Mutex
	offset time.Duration
}

// newClock returns a clock that starts at start, or at the wall clock's time if start is zero.
func newClock(start time.Time) *clock {
	c := &clock{}
	if !start.IsZero() {
		c.set(start)
	}
	return c
}

// now returns the sandbox's time in UTC.
func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return time.Now().Add(c.offset).UTC()
}

func (c *clock) set(to time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.offset = time.Until(to)
}

func (c *clock) advance(by time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.offset += by
}
