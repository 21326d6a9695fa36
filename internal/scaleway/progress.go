package scaleway

import (
	"context"
	"time"

	"github.com/hashicorp/terraform-plugin-log/tflog"
	"github.com/scaleway/scaleway-sdk-go/scw"
)

// maxLogInterval is the time after which a wait logs its progress again, at the next read, if nothing has changed.
const maxLogInterval = 30 * time.Second

// awaited describes the object and the state that a wait is for, for its log and its error.
type awaited struct {
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
	of     awaited

	began, told time.Time
	state       string
	// waits is set once a line has been logged.
	waits bool
	// tolerated is the time at which a tolerated failure was last logged.
	tolerated time.Time
}

func (c *Client) progress(target awaited) *progress {
	now := c.now()
	return &progress{client: c, of: target, began: now, told: now}
}

// waiting logs the state after a read that did not end the wait.
func (p *progress) waiting(ctx context.Context, state string) {
	now := p.client.now()
	if p.waits && state == p.state && now.Sub(p.told) < maxLogInterval {
		return
	}
	p.waits, p.state, p.told = true, state, now
	p.log(ctx, "Waiting for", now)
}

// tolerating logs a failure that does not end the wait.
func (p *progress) tolerating(ctx context.Context, err error) {
	now := p.client.now()
	if !p.tolerated.IsZero() && now.Sub(p.tolerated) < maxLogInterval {
		return
	}
	p.waits, p.tolerated = true, now
	fields := p.fields(now)
	fields["error"] = err.Error()
	tflog.SubsystemWarn(tflog.NewSubsystem(ctx, subsystem), subsystem, "Still waiting for "+p.text()+": tolerating a "+
		"failure", fields)
}

// over logs the end of the wait, unless the first read ended it.
func (p *progress) over(ctx context.Context, state string) {
	if p.waits {
		p.state = state
		p.log(ctx, "No longer waiting for", p.client.now())
	}
}

func (p *progress) log(ctx context.Context, prefix string, now time.Time) {
	tflog.SubsystemInfo(tflog.NewSubsystem(ctx, subsystem), subsystem, prefix+" "+p.text(), p.fields(now))
}

func (p *progress) text() string {
	return p.of.kind + " " + place(string(p.of.region), p.of.id) + " " + p.of.wanted
}

func (p *progress) fields(now time.Time) map[string]any {
	fields := map[string]any{
		"kind": p.of.kind, "id": p.of.id, "wanted": p.of.wanted, "since": p.began.UTC().Format(time.RFC3339),
		"elapsed": now.Sub(p.began).Round(time.Second).String(),
	}
	if p.of.region != "" {
		fields["region"] = string(p.of.region)
	}
	if p.state != "" {
		fields["state"] = p.state
	}
	return fields
}
