package kubernetes

import (
	"context"
	"time"

	"github.com/hashicorp/terraform-plugin-log/tflog"
)

// maxLogInterval is the longest time between two log entries of a drain.
const maxLogInterval = 30 * time.Second

// drainProgress logs the progress of a drain: at the start, when the number of pods changes, and every maxLogInterval.
// It logs the number of pods, not their names.
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
		"terminate", map[string]any{
		"node": d.node, "pods": left, "since": d.began.UTC().Format(time.RFC3339),
		"elapsed": now.Sub(d.began).Round(time.Second).String(),
	})
}
