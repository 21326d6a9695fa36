package sandbox

import (
	"sync"
	"time"
)

// clock is the sandbox's own time: the wall clock shifted by an offset, so that it runs at its normal pace from any
// start and can be advanced. It is the one place of the sandbox that reads the wall clock.
type clock struct {
	mu     sync.Mutex
	offset time.Duration
}

// newClock starts at start, or at the wall clock's time where start is zero.
func newClock(start time.Time) *clock {
	c := &clock{}
	if !start.IsZero() {
		c.set(start)
	}
	return c
}

// now is the sandbox's time in UTC.
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
