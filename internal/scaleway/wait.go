package scaleway

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/scaleway/scaleway-sdk-go/scw"
)

const (
	// pollFraction determines when the next read starts: a thirty-sixth of the time waited so far after the last read
	// has started. This limits how late a wait notices a change.
	pollFraction = 36
	// The recordings have no transition that is known to take less than 5 s. For the first quickIntervals PollIntervals
	// the pauses are PollInterval/quickPauses, after that at least PollInterval/minPauses. The longest pause is
	// maxPauseIntervals*PollInterval.
	quickIntervals, quickPauses  = 4, 2
	minPauses, maxPauseIntervals = 16, 15
	// toleratedIntervals is the number of PollIntervals for which a wait continues without a response from the API: 5
	// minutes at 1 s.
	toleratedIntervals = 300
)

// pollPause returns the pause before the next read after having waited for some time; read is the duration of the last
// read. A change is noticed within 2.8 % of the time that it took or, if a read takes longer than that, after one more
// read; a change in the first seconds within half a PollInterval; and any change within the longest pause. All pauses
// are proportional to PollInterval: a sandbox that is a hundred times as fast, with a hundredth of the interval, gets
// the same number of reads.
func (c *Client) pollPause(waited, read time.Duration) time.Duration {
	if waited < quickIntervals*c.PollInterval {
		return c.PollInterval / quickPauses
	}
	return min(max(waited/pollFraction-read, c.PollInterval/minPauses), maxPauseIntervals*c.PollInterval)
}

// pacer measures a wait and pauses between its reads.
type pacer struct {
	now           func() time.Time
	pause         func(waited, read time.Duration) time.Duration
	start, readAt time.Time
}

// newPacer starts a wait. pause returns the pause before the next read, as pollPause does.
func (c *Client) newPacer(pause func(waited, read time.Duration) time.Duration) *pacer {
	return &pacer{now: c.now, pause: pause, start: c.now()}
}

// waited returns the duration of the wait so far.
func (p *pacer) waited() time.Duration { return p.now().Sub(p.start) }

// startRead notes that a read starts now.
func (p *pacer) startRead() { p.readAt = p.now() }

// sleep pauses after a read. It returns the context's error as soon as the context ends.
func (p *pacer) sleep(ctx context.Context) error {
	now := p.now()
	return sleep(ctx, p.pause(now.Sub(p.start), now.Sub(p.readAt)))
}

// WaitError reports that the context of a wait ended first. It wraps the context's error.
type WaitError struct {
	// Kind, ID and Region identify the object.
	Kind, ID, Region string
	// State describes the last value read, or "".
	State string
	// Last is the last value read, or nil. It has the type of the object that the wait reads.
	Last any
	// Waited is the duration of the wait.
	Waited time.Duration
	// Err is the context's error, joined with the error of the last read if that failed.
	Err error
}

// Error names the object, the duration of the wait and the last state.
func (e *WaitError) Error() string {
	end := "was interrupted"
	if errors.Is(e.Err, context.DeadlineExceeded) {
		end = "reached its timeout"
	}
	lastState := ""
	if e.State != "" {
		lastState = "; its last state was " + e.State
	}
	unit := time.Second
	if e.Waited < unit {
		unit = time.Millisecond
	}
	return fmt.Sprintf("the wait for %s %s %s after %s%s",
		e.Kind, formatID(e.Region, e.ID), end, e.Waited.Round(unit), lastState)
}

// Unwrap returns the context's error.
func (e *WaitError) Unwrap() error { return e.Err }

// outageTolerance is the time for which a wait continues without a response from the API.
func (c *Client) outageTolerance() time.Duration { return toleratedIntervals * c.PollInterval }

// outage measures how long the API has not answered a wait.
type outage struct {
	client     *Client
	lastAnswer time.Time
}

func (c *Client) newOutage() *outage { return &outage{client: c, lastAnswer: c.now()} }

// tolerates reports whether a wait continues after an error: the error may pass by itself, and the tolerance is not
// used up.
func (o *outage) tolerates(err error) bool {
	return isTemporary(err) && o.client.now().Sub(o.lastAnswer) <= o.client.outageTolerance()
}

// reset records a response from the API, which ends the outage.
func (o *outage) reset() { o.lastAnswer = o.client.now() }

// pollUntil calls get, first at once and then at growing intervals, until done returns true for its value, and returns
// that value. It logs the progress; state describes a value. It tolerates temporary failures for some minutes and
// returns any other error of get or done. When the context ends first, it returns the last value and a *WaitError.
func pollUntil[T any](
	ctx context.Context, c *Client, target waitTarget, state func(T) string, get func(context.Context) (T, error),
	done func(T) (bool, error),
) (T, error) {
	return pollUntilWithPauses(ctx, c, c.pollPause, target, state, get, done)
}

// pollUntilWithPauses is pollUntil with other pauses. pause gets the time waited so far, and the duration of the last
// read.
func pollUntilWithPauses[T any](
	ctx context.Context, c *Client, pause func(waited, read time.Duration) time.Duration, target waitTarget,
	state func(T) string, get func(context.Context) (T, error), done func(T) (bool, error),
) (T, error) {
	var last T
	pacer, hasValue := c.newPacer(pause), false
	interrupted := func(err error) (T, error) {
		waitErr := &WaitError{
			Kind: target.kind, ID: target.id, Region: string(target.region), State: state(last),
			Waited: pacer.waited(),
			Err:    err,
		}
		if hasValue {
			waitErr.Last = last
		}
		return last, waitErr
	}
	progress, outage := c.newProgress(target), c.newOutage()
	for {
		pacer.startRead()
		value, err := get(ctx)
		isInterrupted, ready := err != nil && ctx.Err() != nil, false
		if err == nil {
			last, hasValue = value, true
			ready, err = done(value)
			isInterrupted = err != nil && ctx.Err() != nil && isTemporary(err)
		}
		switch {
		case isInterrupted:
			return interrupted(errors.Join(ctx.Err(), err))
		case err != nil && outage.tolerates(err):
			progress.logTolerated(ctx, err)
		case ready || err != nil:
			progress.logDone(ctx, state(last))
			return last, err
		default:
			outage.reset()
			progress.logWaiting(ctx, state(last))
		}
		if err := pacer.sleep(ctx); err != nil {
			return interrupted(err)
		}
	}
}

// sleep pauses for d. It returns the context's error as soon as the context ends.
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

// gracePeriod runs work that must be completed even if the operation is interrupted. It uses the operation's context
// and, after that has ended, a context that lasts for the client's Grace.
type gracePeriod struct {
	duration time.Duration
	ctx      context.Context //nolint:containedctx // lasts for the grace period; nil until it begins
	cancel   context.CancelFunc
}

func (c *Client) newGracePeriod() *gracePeriod { return &gracePeriod{duration: c.RecoveryGrace} }

// context returns the operation's context or, after that has ended, the context of the grace period.
func (r *gracePeriod) context(ctx context.Context) context.Context {
	if r.ctx == nil {
		if ctx.Err() == nil {
			return ctx
		}
		r.ctx, r.cancel = context.WithTimeout(context.WithoutCancel(ctx), r.duration)
	}
	return r.ctx
}

// run calls f. If the operation was interrupted during the call, do calls f again, because the error does not come from
// the API.
func (r *gracePeriod) run(ctx context.Context, f func(context.Context) error) error {
	first := r.context(ctx)
	err := f(first)
	if err != nil && first.Err() != nil && !r.isOver(ctx) {
		return f(r.context(ctx))
	}
	return err
}

// sleep pauses for d, or until the current context ends.
func (r *gracePeriod) sleep(ctx context.Context, d time.Duration) { _ = sleep(r.context(ctx), d) }

// isOver reports whether the grace period has ended.
func (r *gracePeriod) isOver(ctx context.Context) bool { return r.context(ctx).Err() != nil }

// release frees the context of the grace period.
func (r *gracePeriod) release() {
	if r.cancel != nil {
		r.cancel()
	}
}

// readAfterLostAnswer reads an object after the response to a write was lost. It retries temporary failures, at most
// maxLookups times, and continues for the client's Grace after an interruption.
func readAfterLostAnswer[T any](
	ctx context.Context,
	c *Client,
	read func(context.Context) (T, error),
) (value T, err error) {
	grace := c.newGracePeriod()
	defer grace.release()
	for lookup := 1; ; lookup++ {
		err = grace.run(ctx, func(ctx context.Context) (err error) {
			value, err = read(ctx)
			return err
		})
		if err == nil || !isTemporary(err) || lookup == maxLookups || grace.isOver(ctx) {
			return value, err
		}
		grace.sleep(ctx, c.PollInterval)
	}
}

// retryWhileTransient calls f, at growing intervals, for as long as the API rejects the request because the object is
// in a transient state. A rejected write did nothing, so even a POST is safe to repeat. After the first rejection it
// also tolerates temporary failures, as pollUntil does, if the request may be repeated. When the context ends, the
// error joins the context's error and the last rejection.
func retryWhileTransient[T any](ctx context.Context, c *Client, f func(context.Context) (T, error)) (T, error) {
	pacer, outage := c.newPacer(c.pollPause), c.newOutage()
	var wait *progress
	for {
		pacer.startRead()
		value, err := f(ctx)
		apiErr, ok := errors.AsType[*APIError](err)
		switch {
		case IsTransient(err):
			outage.reset()
			if wait == nil && ok {
				wait = c.newProgress(waitTarget{
					apiErr.Kind, apiErr.ID, scw.Region(apiErr.Region),
					"to leave a transient state before the request to " + apiErr.Op + " it",
				})
			}
			if wait != nil {
				wait.logWaiting(ctx, "transient")
			}
		case wait != nil && ok && apiErr.canResend() && ctx.Err() == nil && outage.tolerates(err):
			wait.logTolerated(ctx, err)
		default:
			if wait != nil {
				wait.logDone(ctx, "")
			}
			return value, err
		}
		if ctxErr := pacer.sleep(ctx); ctxErr != nil {
			return value, errors.Join(err, ctxErr)
		}
	}
}
