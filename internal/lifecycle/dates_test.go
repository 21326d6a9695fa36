package lifecycle

import (
	"math/rand/v2"
	"testing"
	"time"
)

func TestStageAt(t *testing.T) {
	t.Parallel()
	complete := Dates{day(2026, 1, 19), day(2027, 1, 19), day(2027, 3, 19)}
	for name, test := range map[string]struct {
		dates Dates
		at    time.Time
		want  Stage
	}{
		"before release":           {complete, day(2026, 1, 18), StageNotReleased},
		"on release":               {complete, day(2026, 1, 19), StageRelease},
		"just before deprecation":  {complete, day(2027, 1, 19).Add(-1), StageRelease},
		"on deprecation":           {complete, day(2027, 1, 19), StageDeprecation},
		"on end of support":        {complete, day(2027, 3, 19), StageEndOfSupport},
		"long after":               {complete, day(2030, 1, 1), StageEndOfSupport},
		"no date":                  {Dates{}, day(2026, 1, 1), StageUnknown},
		"released, rest unknown":   {Dates{ReleasedAt: day(2026, 1, 1)}, day(2026, 2, 1), StageUnknown},
		"unreleased, rest unknown": {Dates{ReleasedAt: day(2026, 1, 1)}, day(2025, 2, 1), StageNotReleased},
		"deprecated, end unknown":  {Dates{DeprecatedAt: day(2026, 1, 1)}, day(2026, 2, 1), StageUnknown},
		"deprecated, end known": {
			Dates{DeprecatedAt: day(2026, 1, 1), EndOfSupportAt: day(2026, 3, 1)}, day(2026, 2, 1), StageDeprecation,
		},
		"released, end unknown": {
			Dates{ReleasedAt: day(2026, 1, 1), DeprecatedAt: day(2027, 1, 1)}, day(2026, 2, 1), StageRelease,
		},
		"ended, rest unknown": {Dates{EndOfSupportAt: day(2026, 1, 1)}, day(2026, 2, 1), StageEndOfSupport},
		"1.32, out of order in the API": {
			Dates{day(2025, 3, 24), day(2026, 3, 24), day(2025, 5, 24)}, day(2025, 10, 1), StageUnknown,
		},
		"1.32, out of order, before release": {
			Dates{day(2025, 3, 24), day(2026, 3, 24), day(2025, 5, 24)}, day(2025, 1, 1), StageUnknown,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := test.dates.StageAt(test.at); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

// TestStageNeverGoesBack checks random dates, some unknown and some out of order, at increasing times.
func TestStageNeverGoesBack(t *testing.T) {
	t.Parallel()
	rank := map[Stage]int{StageNotReleased: 0, StageRelease: 1, StageDeprecation: 2, StageEndOfSupport: 3}
	random := rand.New(rand.NewPCG(1, 2))
	randomDate := func() time.Time {
		if random.IntN(4) == 0 {
			return time.Time{}
		}
		return day(2025, 1, 1).AddDate(0, 0, random.IntN(1000))
	}
	for range 5000 {
		dates := Dates{randomDate(), randomDate(), randomDate()}
		last, now := -1, day(2024, 6, 1)
		for range 40 {
			now = now.AddDate(0, 0, random.IntN(60))
			stage := dates.StageAt(now)
			if stage == StageUnknown {
				continue
			}
			at, known := rank[stage]
			if !known || at < last {
				t.Fatalf("%+v: %q at %v, after rank %d", dates, stage, now, last)
			}
			last = at
		}
	}
}

func TestForcedUpgradeWindow(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(3, 4))
	for range 1000 {
		end := day(2025, 1, 1).Add(time.Duration(random.IntN(1_000_000)) * time.Minute)
		w, ok := Dates{EndOfSupportAt: end}.ForcedUpgradeWindow()
		if !ok || !w.Start.Equal(end) || w.End.Sub(w.Start) != 30*24*time.Hour {
			t.Fatalf("end of support %v: %+v, %v", end, w, ok)
		}
		if !w.Contains(w.Start) || !w.Contains(w.End) || w.Contains(w.Start.Add(-1)) || w.Contains(w.End.Add(1)) {
			t.Fatalf("bounds of %+v", w)
		}
	}
	for name, dates := range map[string]Dates{
		"unknown":      {ReleasedAt: day(2025, 1, 1)},
		"out of order": {day(2025, 3, 24), day(2026, 3, 24), day(2025, 5, 24)},
	} {
		if w, ok := dates.ForcedUpgradeWindow(); ok {
			t.Errorf("%s: %+v", name, w)
		}
	}
}

func TestCalendar(t *testing.T) {
	t.Parallel()
	if _, err := time.Parse(time.DateOnly, CalendarAsOf); err != nil {
		t.Error(err)
	}
	last := Minor{}
	for _, entry := range Calendar() {
		if entry.Compare(last) <= 0 {
			t.Errorf("%v follows %v", entry.Minor, last)
		}
		last = entry.Minor
		if !entry.IsComplete() || !entry.IsOrdered() {
			t.Errorf("%v: %+v", entry.Minor, entry.Dates)
		}
		if (entry.Inferred || !entry.DocumentedEndOfSupport.IsZero()) && entry.Note == "" {
			t.Errorf("%v: uncertain without a note", entry.Minor)
		}
	}
	if last != (Minor{1, 37}) {
		t.Errorf("the calendar ends at %v", last)
	}
}
