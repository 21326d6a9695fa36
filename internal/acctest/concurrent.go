package acctest

import (
	"runtime"
	"sync"
	"testing"
)

// Concurrent runs parts of a test at the same time.
type Concurrent struct {
	t       testing.TB
	slots   chan struct{}
	running sync.WaitGroup
}

// NewConcurrent returns a Concurrent that runs at most limit parts at a time.
func NewConcurrent(t testing.TB, limit int) *Concurrent {
	return &Concurrent{t: t, slots: make(chan struct{}, limit)}
}

// Go runs a part of the test. FailNow and Fatal of its testing.TB end only that part, while those of a *testing.T must
// be called on the goroutine of the test. A part does not
// skip, and its cleanups run at the end of the test.
func (c *Concurrent) Go(part func(t testing.TB)) {
	c.running.Go(func() {
		c.slots <- struct{}{}
		defer func() { <-c.slots }()
		part(partTB{c.t})
	})
}

// Wait waits for all parts.
func (c *Concurrent) Wait() { c.running.Wait() }

// partTB is the testing.TB of a part.
type partTB struct{ testing.TB }

// FailNow ends the part.
func (p partTB) FailNow() {
	p.Fail()
	runtime.Goexit()
}

// Fatal ends the part with a message.
func (p partTB) Fatal(args ...any) {
	p.Helper()
	p.Error(args...)
	runtime.Goexit()
}

// Fatalf ends the part with a message.
func (p partTB) Fatalf(format string, args ...any) {
	p.Helper()
	p.Errorf(format, args...)
	runtime.Goexit()
}
