package kubernetes

import (
	"net/http"
	"testing"
	"time"
)

// TestServerTime is the clock of the API server, which may be another one than that of this machine.
func TestServerTime(t *testing.T) {
	t.Parallel()
	const gone = status + `NotFound","code":404}`
	for _, date := range []string{"Tue, 01 Jan 2030 12:00:00 GMT", "Mon, 03 Jan 2000 12:00:00 GMT"} {
		want, err := http.ParseTime(date)
		if err != nil {
			t.Fatal(err)
		}
		client := serve(t, answer(http.StatusNotFound, "application/json", gone, "Date", date))
		if first := client.ServerTime(); first.Equal(want) {
			t.Errorf("before an answer it is %s", first)
		}
		if mark, err := client.ReadMark(t.Context()); mark != nil || err != nil {
			t.Errorf("%v, %v", mark, err)
		}
		if found := client.ServerTime(); !found.Equal(want) {
			t.Errorf("it is %s, want %s", found.UTC().Format(time.RFC3339), date)
		}
	}
}
