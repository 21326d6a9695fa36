package scaleway

import (
	"context"
	"time"

	"github.com/hashicorp/terraform-plugin-log/tflog"
	"github.com/scaleway/scaleway-sdk-go/scw"
)

// maxLogInterval is the time after which a wait logs its progress again, at the next read, if nothing has changed.
const maxLogInterval = 30 * time.Second

// waitTarget identifies the object that a wait reads, and describes the state that it waits for. The log and the error
// of the wait contain both.
type waitTarget struct {
	// kind, id and region identify the object.
	kind, id string
	region   scw.Region
	// wanted is the awaited state, as in "to be ready".
	wanted string
}

// progress logs the progress of a wait: when the first read does not end it, at each change of state, at intervals in
// between, and at its end. It logs names and states, and no data of requests or responses.
type progress struct {
	client *Client
	target waitTarget

	started, lastLogged time.Time
	state               string
	// hasLogged is set once a line has been logged.
	hasLogged bool
	// lastFailureLogged is the time at which a tolerated failure was last logged.
	lastFailureLogged time.Time
}

func (c *Client) newProgress(target waitTarget) *progress {
	now := c.now()
	return &progress{client: c, target: target, started: now, lastLogged: now}
}

// logWaiting logs the state after a read that did not end the wait.
func (p *progress) logWaiting(ctx context.Context, state string) {
	now := p.client.now()
	if p.hasLogged && state == p.state && now.Sub(p.lastLogged) < maxLogInterval {
		return
	}
	p.hasLogged, p.state, p.lastLogged = true, state, now
	p.log(ctx, "Waiting for", now)
}

// logTolerated logs a failure that does not end the wait.
func (p *progress) logTolerated(ctx context.Context, err error) {
	now := p.client.now()
	if !p.lastFailureLogged.IsZero() && now.Sub(p.lastFailureLogged) < maxLogInterval {
		return
	}
	p.hasLogged, p.lastFailureLogged = true, now
	fields := p.fields(now)
	fields["error"] = err.Error()
	tflog.SubsystemWarn(
		tflog.NewSubsystem(ctx, subsystem),
		subsystem,
		"Still waiting for "+p.description()+": tolerating a failure",
		fields,
	)
}

// logDone logs the end of the wait, unless the first read ended it.
func (p *progress) logDone(ctx context.Context, state string) {
	if p.hasLogged {
		p.state = state
		p.log(ctx, "No longer waiting for", p.client.now())
	}
}

func (p *progress) log(ctx context.Context, prefix string, now time.Time) {
	tflog.SubsystemInfo(tflog.NewSubsystem(ctx, subsystem), subsystem, prefix+" "+p.description(), p.fields(now))
}

func (p *progress) description() string {
	return p.target.kind + " " + formatID(string(p.target.region), p.target.id) + " " + p.target.wanted
}

func (p *progress) fields(now time.Time) map[string]any {
	fields := map[string]any{
		"kind": p.target.kind, "id": p.target.id, "wanted": p.target.wanted,
		"since":   p.started.UTC().Format(time.RFC3339),
		"elapsed": now.Sub(p.started).Round(time.Second).String(),
	}
	if p.target.region != "" {
		fields["region"] = string(p.target.region)
	}
	if p.state != "" {
		fields["state"] = p.state
	}
	return fields
}
