package kubernetes

import (
	"net/http"
	"testing"
	"time"
)

// TestServerTime checks that the time is the API server's, whose clock may differ from the local one.
func TestServerTime(t *testing.T) {
	t.Parallel()
	const notFound = statusPrefix + `NotFound","code":404}`
	for _, date := range []string{"Tue, 01 Jan 2030 12:00:00 GMT", "Mon, 03 Jan 2000 12:00:00 GMT"} {
		want, err := http.ParseTime(date)
		if err != nil {
			t.Fatal(err)
		}
		client := newTestClient(t, respondWith(http.StatusNotFound, "application/json", notFound, "Date", date))
		if first := client.ServerTime(); first.Equal(want) {
			t.Errorf("before a response: got %s", first)
		}
		if record, err := client.ReadOwnerRecord(t.Context()); record != nil || err != nil {
			t.Errorf("got record %v, error %v", record, err)
		}
		if found := client.ServerTime(); !found.Equal(want) {
			t.Errorf("got %s, want %s", found.UTC().Format(time.RFC3339), date)
		}
	}
}
