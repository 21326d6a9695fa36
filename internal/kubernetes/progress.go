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
type drainProgress struct {
	node           string
	start, lastLog time.Time
	remaining      int
}

func (d *drainProgress) report(ctx context.Context, left int, now time.Time) {
	if d.start.IsZero() {
		d.start = now
	} else if left == d.remaining && now.Sub(d.lastLog) < maxLogInterval {
		return
	}
	d.remaining, d.lastLog = left, now
	tflog.SubsystemInfo(tflog.NewSubsystem(ctx, logSubsystem), logSubsystem,
		"Waiting for the pods of node "+d.node+" to terminate", map[string]any{
			"node": d.node, "pods": left, "since": d.start.UTC().Format(time.RFC3339),
			"elapsed": now.Sub(d.start).Round(time.Second).String(),
		})
}
