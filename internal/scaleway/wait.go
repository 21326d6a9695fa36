package scaleway

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/scaleway/scaleway-sdk-go/scw"
)

const (
	// pollFraction bounds how much longer a wait may take than what it waits for: the next look comes after a twentieth of
	// the time waited so far.
	pollFraction = 20
	// firstPauses is how many of the first, shortest pauses make a PollInterval, and longestPause how many of these the
	// longest.
	firstPauses, longestPause = 4, 15
	// toleratedIntervals is how many PollIntervals a wait goes on without an answer of the API: five minutes of 1 s.
	toleratedIntervals = 300
)

// pause is how long to wait before the next look, after having waited for some time. Whatever takes 5 s or longer is
// then seen within 5 % of its time, or within the longest pause. All are proportional to PollInterval: a sandbox that
// is a hundred times as fast, and a hundredth of the interval, see the same looks.
func (c *Client) pause(waited time.Duration) time.Duration {
	return min(max(waited/pollFraction, c.PollInterval/firstPauses), longestPause*c.PollInterval)
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
	unit := time.Second
	if e.Waited < unit {
		unit = time.Millisecond
	}
	return fmt.Sprintf("%s %s after %s%s", what, why, e.Waited.Round(unit), seen)
}

// Unwrap returns the context's error.
func (e *WaitError) Unwrap() error { return e.Err }

// tolerance is how long a wait goes on without an answer of the API.
func (c *Client) tolerance() time.Duration { return toleratedIntervals * c.PollInterval }

// outage is the failures of a wait since the API last answered it.
type outage struct {
	client   *Client
	answered time.Time
}

func (c *Client) outage() *outage { return &outage{client: c, answered: c.now()} }

// tolerates says whether a wait goes on after an error: of one that may pass, until the tolerance is over.
func (o *outage) tolerates(err error) bool {
	return isPassing(err) && o.client.now().Sub(o.answered) <= o.client.tolerance()
}

// over is called after an answer of the API.
func (o *outage) over() { o.answered = o.client.now() }

// pollUntil looks at something with get pollUntil done says true or fails, first at once, then on the client's growing
// interval, and logs its progress; state is that of a value in words. Failures that may pass are tolerated for some
// minutes; another error of get or done ends it. When the context ends first, the error is a *WaitError that wraps the
// context's error and has the last value, which is returned too.
func pollUntil[T any](
	ctx context.Context, c *Client, of awaited, state func(T) string, get func(context.Context) (T, error),
	done func(T) (bool, error),
) (T, error) {
	var last T
	start, seen := c.now(), false
	ended := func(err error) (T, error) {
		failure := &WaitError{
			Kind: of.kind, ID: of.id, Region: string(of.region), State: state(last), Waited: c.now().Sub(start), Err: err,
		}
		if seen {
			failure.Last = last
		}
		return last, failure
	}
	progress, outage := c.progress(of), c.outage()
	for {
		value, err := get(ctx)
		interrupted, ready := err != nil && ctx.Err() != nil, false
		if err == nil {
			last, seen = value, true
			ready, err = done(value)
			interrupted = err != nil && ctx.Err() != nil && isPassing(err)
		}
		switch {
		case interrupted:
			return ended(errors.Join(ctx.Err(), err))
		case err != nil && outage.tolerates(err):
			progress.tolerating(ctx, err)
		case ready || err != nil:
			progress.over(ctx, state(last))
			return last, err
		default:
			outage.over()
			progress.waiting(ctx, state(last))
		}
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

// rescue runs what must still be done after an operation was interrupted: under the operation's context at first, and
// once that has ended, for the client's Grace.
type rescue struct {
	grace  time.Duration
	late   context.Context //nolint:containedctx // that of the grace, once it began
	cancel context.CancelFunc
}

func (c *Client) rescue() *rescue { return &rescue{grace: c.Grace} }

// now is the context to use in place of the operation's.
func (r *rescue) now(ctx context.Context) context.Context {
	if r.late == nil {
		if ctx.Err() == nil {
			return ctx
		}
		r.late, r.cancel = context.WithTimeout(context.WithoutCancel(ctx), r.grace)
	}
	return r.late
}

// do calls do, and again where the interruption came meanwhile: it says nothing of the API.
func (r *rescue) do(ctx context.Context, do func(context.Context) error) error {
	used := r.now(ctx)
	err := do(used)
	if err != nil && used.Err() != nil && !r.over(ctx) {
		return do(r.now(ctx))
	}
	return err
}

// sleep waits; an interruption shortens it.
func (r *rescue) sleep(ctx context.Context, d time.Duration) { _ = sleep(r.now(ctx), d) }

// over says whether the grace is over, too.
func (r *rescue) over(ctx context.Context) bool { return r.now(ctx).Err() != nil }

func (r *rescue) release() {
	if r.cancel != nil {
		r.cancel()
	}
}

// afterLoss looks at an object whose write got no answer: some times while looking fails, and for the client's Grace
// after an interruption.
func afterLoss[T any](ctx context.Context, c *Client, look func(context.Context) (T, error)) (value T, err error) {
	rescue := c.rescue()
	defer rescue.release()
	for attempt := 1; ; attempt++ {
		err = rescue.do(ctx, func(ctx context.Context) (err error) {
			value, err = look(ctx)
			return err
		})
		if err == nil || !isPassing(err) || attempt == maxLookups || rescue.over(ctx) {
			return value, err
		}
		rescue.sleep(ctx, c.PollInterval)
	}
}

// retryWhileTransient calls do again, on the growing interval, for as long as the API refuses it because the object is
// in a transient state. A refused write did nothing, so that even a POST may be repeated. Once it waits, it tolerates
// failures that may pass as until does, where the write may be repeated. When the context ends, the error joins its
// error and the last refusal.
func retryWhileTransient[T any](ctx context.Context, c *Client, do func(context.Context) (T, error)) (T, error) {
	start, outage := c.now(), c.outage()
	var waited *progress
	for {
		value, err := do(ctx)
		refusal, ok := errors.AsType[*APIError](err)
		switch {
		case IsTransient(err):
			outage.over()
			if waited == nil && ok {
				waited = c.progress(awaited{refusal.Kind, refusal.ID, scw.Region(refusal.Region), "to leave a transient state, " +
					"to " + refusal.Op + " it"})
			}
			if waited != nil {
				waited.waiting(ctx, "transient")
			}
		case waited != nil && ok && refusal.repeatable() && ctx.Err() == nil && outage.tolerates(err):
			waited.tolerating(ctx, err)
		default:
			if waited != nil {
				waited.over(ctx, "")
			}
			return value, err
		}
		if ended := sleep(ctx, c.pause(c.now().Sub(start))); ended != nil {
			return value, errors.Join(err, ended)
		}
	}
}
