package scaleway

import (
	"context"
	"time"

	"github.com/hashicorp/terraform-plugin-log/tflog"
	"github.com/scaleway/scaleway-sdk-go/scw"
)

// maxLogInterval is how long a wait logs nothing at most, to its next look.
const maxLogInterval = 30 * time.Second

// awaited is what a wait is for, in the words of its log and of its error.
type awaited struct {
	// kind, id and region name the object.
	kind, id string
	region   scw.Region
	// wanted is what it must become, as in "to be ready".
	wanted string
}

// progress logs what a long operation is at: once it turns out that there is something to wait for, at each change of
// state, at least every so often in between, and at its end. It logs names and states, and nothing of what was sent.
type progress struct {
	client *Client
	of     awaited

	began, told time.Time
	state       string
	waits       bool
	// tolerated is when a tolerated failure was last logged.
	tolerated time.Time
}

func (c *Client) progress(of awaited) *progress {
	now := c.now()
	return &progress{client: c, of: of, began: now, told: now}
}

// waiting is called after each look that did not end the wait.
func (p *progress) waiting(ctx context.Context, state string) {
	now := p.client.now()
	if p.waits && state == p.state && now.Sub(p.told) < maxLogInterval {
		return
	}
	p.waits, p.state, p.told = true, state, now
	p.log(ctx, "Waiting for", now)
}

// tolerating is called after each failure that the wait goes on after.
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

// over is called after the look that ended the wait; a wait that was none is not worth a line.
func (p *progress) over(ctx context.Context, state string) {
	if p.waits {
		p.state = state
		p.log(ctx, "No longer waiting for", p.client.now())
	}
}

func (p *progress) log(ctx context.Context, doing string, now time.Time) {
	tflog.SubsystemInfo(tflog.NewSubsystem(ctx, subsystem), subsystem, doing+" "+p.text(), p.fields(now))
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
