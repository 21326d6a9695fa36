package scaleway

import (
	"bytes"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-log/tflogtest"
)

// waitLogEntries returns the log entries of waits, and the whole log as text.
func waitLogEntries(t *testing.T, out *bytes.Buffer) ([]map[string]any, string) {
	t.Helper()
	text := out.String()
	entries, err := tflogtest.MultilineJSONDecode(out)
	if err != nil {
		t.Fatal(err)
	}
	found := []map[string]any{}
	for _, entry := range entries {
		if _, ok := entry["wanted"]; ok {
			found = append(found, entry)
		}
	}
	return found, text
}

// TestWaitLogsProgress expects an entry at the first read, at each change of state, when the last entry is old, and at
// the end. No entry contains data of requests or responses.
func TestWaitLogsProgress(t *testing.T) {
	t.Parallel()
	statuses := []string{"creating", "creating", "creating", "creating", "updating", "ready"}
	var reads atomic.Int64
	c, _ := newFakeClient(t, func(w http.ResponseWriter, _ *http.Request, number int) {
		reads.Store(int64(number))
		writeJSON(w, 200, `{"id":"`+testID+`","description":"body-of-answer","status":"`+statuses[number-1]+`"}`)
	})
	// Each read takes 12 s, so that the first entry is 36 s old at the fourth read.
	began := time.Date(2026, 11, 24, 8, 0, 0, 0, time.UTC)
	c.now = func() time.Time { return began.Add(time.Duration(reads.Load()) * 12 * time.Second) }
	var out bytes.Buffer
	if _, err := c.WaitCluster(tflogtest.RootLogger(t.Context(), &out), testRegion, testID); err != nil {
		t.Fatal(err)
	}
	entries, text := waitLogEntries(t, &out)
	got := []string{}
	for _, entry := range entries {
		line := []string{}
		for _, name := range []string{
			"@level", "@message", "kind", "id", "region", "wanted", "state", "since", "elapsed",
		} {
			value, _ := entry[name].(string)
			line = append(line, value)
		}
		got = append(got, strings.Join(line, "|"))
	}
	fields := "cluster fr-par/" + testID + " to be ready|cluster|" + testID + "|fr-par|to be ready|"
	want := []string{
		"info|Waiting for " + fields + "creating|2026-11-24T08:00:00Z|12s",
		"info|Waiting for " + fields + "creating|2026-11-24T08:00:00Z|48s",
		"info|Waiting for " + fields + "updating|2026-11-24T08:00:00Z|1m0s",
		"info|No longer waiting for " + fields + "ready|2026-11-24T08:00:00Z|1m12s",
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("the log has\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	for _, secret := range []string{testSecretKey, "body-of-answer"} {
		if strings.Contains(text, secret) {
			t.Errorf("the log has %q:\n%s", secret, text)
		}
	}
}

func TestReadyObjectLogsNoProgress(t *testing.T) {
	t.Parallel()
	c, _ := newFakeClient(
		t,
		func(w http.ResponseWriter, _ *http.Request, _ int) { writeJSON(w, 200, statusBody("ready")) },
	)
	var out bytes.Buffer
	if _, err := c.WaitCluster(tflogtest.RootLogger(t.Context(), &out), testRegion, testID); err != nil {
		t.Fatal(err)
	}
	if entries, text := waitLogEntries(t, &out); len(entries) != 0 {
		t.Errorf("the cluster was ready at once, but the log has\n%s", text)
	}
}

// TestTransientStateLogsProgress checks that a write that waits for a transient state logs its progress as well.
func TestTransientStateLogsProgress(t *testing.T) {
	t.Parallel()
	c, _ := newFakeClient(t, func(w http.ResponseWriter, r *http.Request, number int) {
		switch {
		case r.Method == http.MethodDelete && number <= 3:
			writeJSON(
				w,
				409,
				`{"type":"transient_state","resource":"pool","resource_id":"`+testID+`","current_state":"scaling"}`,
			)
		case r.Method == http.MethodGet:
			writeJSON(w, 200, statusBody("scaling"))
		default:
			writeJSON(w, 200, statusBody("deleting"))
		}
	})
	var out bytes.Buffer
	if err := c.DeletePool(tflogtest.RootLogger(t.Context(), &out), testRegion, testID); err != nil {
		t.Fatal(err)
	}
	entries, text := waitLogEntries(t, &out)
	target := "pool fr-par/" + testID + " to leave a transient state before the request to delete it"
	if len(entries) != 2 || entries[0]["@message"] != "Waiting for "+target ||
		entries[1]["@message"] != "No longer waiting for "+target {
		t.Errorf("the log has\n%s", text)
	}
}
