package compliance

import (
	"testing"
	"time"
)

func TestHasDayBegun(t *testing.T) {
	t.Parallel()
	day := time.Date(2026, 11, 30, 0, 0, 0, 0, time.UTC)
	for now, want := range map[string]bool{
		"2026-11-29T09:59:59Z": false, "2026-11-29T10:00:00Z": true, "2026-11-29T23:00:00Z": true,
		"2027-01-01T00:00:00Z":      true,
		"2026-11-29T00:30:00+14:00": false, "2026-11-30T00:30:00+14:00": true,
	} {
		at, err := time.Parse(time.RFC3339, now)
		if err != nil {
			t.Fatal(err)
		}
		if got := HasDayBegun(day, at); got != want {
			t.Errorf("at %s: %t", now, got)
		}
	}
}

func TestCheckNoSpaces(t *testing.T) {
	t.Parallel()
	if found := requireProblem(
		t, CheckNoSpaces("pool", "my  pool"),
	); found.Summary != "The name of the pool has spaces" || found.Fix != `Write "my-pool".` {
		t.Errorf("%+v", found)
	}
	if err := CheckNoSpaces("pool", "my-pool"); err != nil {
		t.Error(err)
	}
}
