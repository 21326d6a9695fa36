package kubernetes

import (
	"context"
	"time"

	"github.com/hashicorp/terraform-plugin-log/tflog"
)

// maxLogInterval is how long a drain logs nothing at most, to its next look.
const maxLogInterval = 30 * time.Second

// draining logs what a drain is at: at its first look, when the number of pods changes, and at least every so often in
// between. Pods are counted, not named.
type draining struct {
	node        string
	began, told time.Time
	left        int
}

func (d *draining) seen(ctx context.Context, left int, now time.Time) {
	if d.began.IsZero() {
		d.began = now
	} else if left == d.left && now.Sub(d.told) < maxLogInterval {
		return
	}
	d.left, d.told = left, now
	tflog.SubsystemInfo(tflog.NewSubsystem(ctx, subsystem), subsystem, "Waiting for the pods of node "+d.node+" to "+
		"leave", map[string]any{
		"node": d.node, "pods": left, "since": d.began.UTC().Format(time.RFC3339),
		"elapsed": now.Sub(d.began).Round(time.Second).String(),
	})
}
