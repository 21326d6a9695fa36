package kubernetes

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-log/tflogtest"
)

func TestDrainProgressLog(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	ctx := tflogtest.RootLogger(t.Context(), &out)
	start := time.Date(2026, 11, 24, 8, 0, 0, 0, time.UTC)
	progress := &drainProgress{node: "edge-1"}
	for _, step := range []struct{ after, left int }{{0, 2}, {10, 2}, {29, 2}, {31, 2}, {32, 1}, {33, 1}, {34, 0}} {
		progress.report(ctx, step.left, start.Add(time.Duration(step.after)*time.Second))
	}
	entries, err := tflogtest.MultilineJSONDecode(&out)
	if err != nil {
		t.Fatal(err)
	}
	got := []string{}
	for _, entry := range entries {
		got = append(
			got, fmt.Sprintf(
				"%v %v %v: %v, since %v, %v", entry["@level"], entry["@message"], entry["node"], entry["pods"],
				entry["since"],
				entry["elapsed"],
			),
		)
	}
	want := []string{}
	for _, line := range []string{"2, since 2026-11-24T08:00:00Z, 0s", "2, since 2026-11-24T08:00:00Z, 31s",
		"1, since 2026-11-24T08:00:00Z, 32s", "0, since 2026-11-24T08:00:00Z, 34s"} {
		want = append(want, "info Waiting for the pods of node edge-1 to terminate edge-1: "+line)
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("got log\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}
