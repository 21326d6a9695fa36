package scaleway

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/scaleway/scaleway-sdk-go/scw"
)

const (
	// lateness bounds how much longer a wait may take than what it waits for: the next look comes after a twentieth of the
	// time waited so far.
	lateness = 20
	// firstPauses is how many of the first, shortest pauses make a PollInterval, and longestPause how many of these the longest.
	firstPauses, longestPause = 4, 15
)

// pause is how long to wait before the next look, after having waited for some time. Whatever takes 5 s or longer is then
// seen within 5 % of its time, or within the longest pause. All are proportional to PollInterval: a sandbox that is a hundred
// times as fast, and a hundredth of the interval, see the same looks.
func (c *Client) pause(waited time.Duration) time.Duration {
	return min(max(waited/lateness, c.PollInterval/firstPauses), longestPause*c.PollInterval)
}

// WaitError says that a wait ended with its context. It wraps the context's error.
type WaitError struct {
	// Kind, ID and Region name what was waited for.
	Kind, ID, Region string
	// State is the last state seen, in words, or "".
	State string
	// Last is the last value seen, or nil; its type is that of what was waited for.
	Last any
	// Waited is how long the wait lasted.
	Waited time.Duration
	// Err is the context's error, joined with the error of the last look where there was one.
	Err error
}

// Error says what was waited for, how long, and what was seen last.
func (e *WaitError) Error() string {
	what := fmt.Sprintf("the wait for %s %s", e.Kind, place(e.Region, e.ID))
	why := "was interrupted"
	if errors.Is(e.Err, context.DeadlineExceeded) {
		why = "reached its timeout"
	}
	seen := ""
	if e.State != "" {
		seen = "; its last state was " + e.State
	}
	return fmt.Sprintf("%s %s after %s%s", what, why, e.Waited.Round(time.Second), seen)
}

// Unwrap returns the context's error.
func (e *WaitError) Unwrap() error { return e.Err }

// until looks at something with get until done says true or fails, first at once, then on the client's growing interval, and logs its
// progress; state is that of a value in words. An error of get or done ends it. When the context ends first, the error is a *WaitError
// that wraps the context's error and has the last value, which is returned too.
func until[T any](ctx context.Context, c *Client, of awaited, state func(T) string, get func(context.Context) (T, error), done func(T) (bool, error)) (T, error) {
	var last T
	start, seen := c.now(), false
	ended := func(err error) (T, error) {
		failure := &WaitError{Kind: of.kind, ID: of.id, Region: string(of.region), State: state(last), Waited: c.now().Sub(start), Err: err}
		if seen {
			failure.Last = last
		}
		return last, failure
	}
	progress := c.progress(of)
	for {
		value, err := get(ctx)
		switch {
		case err != nil && ctx.Err() != nil:
			return ended(errors.Join(ctx.Err(), err))
		case err != nil:
			return last, err
		}
		last, seen = value, true
		if ok, err := done(value); ok || err != nil {
			progress.over(ctx, state(last))
			return last, err
		}
		progress.waiting(ctx, state(last))
		if err := sleep(ctx, c.pause(c.now().Sub(start))); err != nil {
			return ended(err)
		}
	}
}

// sleep waits, or returns the context's error as soon as the context ends.
func sleep(ctx context.Context, d time.Duration) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}

// whileTransient calls do again, on the growing interval, for as long as the API refuses it because the object is in a
// transient state. A refused write did nothing, so that even a POST may be repeated. When the context ends, the error
// joins its error and the last refusal.
func whileTransient[T any](ctx context.Context, c *Client, do func(context.Context) (T, error)) (T, error) {
	start := c.now()
	var waited *progress
	for {
		value, err := do(ctx)
		if !IsTransient(err) {
			if waited != nil {
				waited.over(ctx, "")
			}
			return value, err
		}
		if refusal, ok := errors.AsType[*APIError](err); ok && waited == nil {
			waited = c.progress(awaited{refusal.Kind, refusal.ID, scw.Region(refusal.Region), "to leave a transient state, to " + refusal.Op + " it"})
		}
		if waited != nil {
			waited.waiting(ctx, "transient")
		}
		if ended := sleep(ctx, c.pause(c.now().Sub(start))); ended != nil {
			return value, errors.Join(err, ended)
		}
	}
}
