package lifecycle

import (
	"errors"
	"math/rand/v2"
	"testing"
	"time"
)

// offeredNow returns the versions that the API offers in November 2026, including a malformed one.
func offeredNow() []string { return []string{"1.37.1", "1.36.5", "1.35.9", "nonsense", "1.36.1"} }

func TestUpgradePath(t *testing.T) {
	t.Parallel()
	at := day(2026, 11, 24)
	known := VersionData{Offered: offeredNow(), Assessments: map[Minor]Assessment{
		{1, 35}: Assess(Minor{1, 35}, Dates{day(2026, 1, 19), day(2027, 1, 19), day(2027, 3, 19)}),
		{1, 36}: Assess(Minor{1, 36}, Dates{}),
		{1, 37}: Assess(Minor{1, 37}, Dates{day(2026, 9, 1), day(2027, 9, 1), day(2027, 11, 1)}),
	}}
	steps, err := known.UpgradePath(Minor{1, 35}, Minor{1, 37}, at)
	want := []Step{
		{Minor{1, 35}, Minor{1, 36}, day(2027, 3, 19), SourceAPI, QualityConsistent, "1.36.5"},
		{Minor{1, 36}, Minor{1, 37}, day(2027, 9, 7), SourceCalendar, QualityUnknown, "1.37.1"},
	}
	if err != nil || len(steps) != len(want) {
		t.Fatalf("got %+v, %v", steps, err)
	}
	for i, step := range steps {
		if step != want[i] {
			t.Errorf("step %d: %+v, want %+v", i, step, want[i])
		}
	}
	if steps[0].IsOverdue(day(2027, 3, 19).Add(-1)) || !steps[0].IsOverdue(day(2027, 3, 19)) || (Step{}).IsOverdue(at) {
		t.Error("a step is overdue at and after its deadline, and never without one")
	}
	if none, err := known.UpgradePath(Minor{1, 36}, Minor{1, 36}, at); err != nil || none == nil || len(none) != 0 {
		t.Errorf("to the same minor: %#v, %v", none, err)
	}
	// A step from a minor with dates out of order, which is not in the calendar, has no deadline.
	inconsistent := VersionData{Offered: []string{"1.51.0"}, Assessments: map[Minor]Assessment{
		{1, 50}: Assess(Minor{1, 50}, Dates{day(2029, 1, 1), day(2028, 6, 1), day(2028, 1, 1)}),
	}}
	if steps, err := inconsistent.UpgradePath(
		Minor{1, 50}, Minor{1, 51}, at,
	); err != nil || !steps[0].Deadline.IsZero() || steps[0].Quality != QualityInconsistent {
		t.Errorf("got %+v, %v", steps, err)
	}
}

func TestUpgradePathErrors(t *testing.T) {
	t.Parallel()
	known := VersionData{Offered: offeredNow()}
	for _, test := range []struct {
		to     Minor
		at     time.Time
		reason error
		text   string
	}{
		{Minor{1, 34}, day(2026, 11, 24), ErrDowngrade, `version 1.34 is older than 1.35, which the cluster already ` +
			`runs. ` +
			`Kubernetes is never downgraded: set version to "1.35", or to "1.36" to upgrade.`},
		{Minor{1, 38}, day(2026, 11, 24), ErrUnknownMinor, `version 1.38 is not known: the API offers no patch of ` +
			`it, and ` +
			`the bundled calendar (as of ` +
			CalendarAsOf + `) does not have it. The minor after 1.35 is 1.36.`},
		{Minor{2, 0}, day(2026, 11, 24), ErrUnknownMinor, `version 2.0 is not known: the API offers no patch of it, ` +
			`and ` +
			`the bundled calendar (as of ` +
			CalendarAsOf + `) does not have it. The minor after 1.35 is 1.36.`},
	} {
		steps, err := known.UpgradePath(Minor{1, 35}, test.to, test.at)
		var upgrade *UpgradeError
		if steps != nil || !errors.Is(err, test.reason) || !errors.As(err, &upgrade) || upgrade.Allowed != (Minor{1,
			36}) ||
			err.Error() != test.text {
			t.Errorf("to %v: %v, %v\nwant\n%s", test.to, steps, err, test.text)
		}
	}
	// In the calendar, but neither released nor offered at that time.
	_, err := VersionData{}.UpgradePath(Minor{1, 35}, Minor{1, 37}, day(2026, 8, 1))
	const want = "version 1.37 is not released yet. The minor after 1.35 is 1.36."
	if !errors.Is(err, ErrNotReleased) || err.Error() != want {
		t.Errorf("got %v", err)
	}
	if _, err := (VersionData{Offered: []string{"1.37.0"}}).UpgradePath(
		Minor{1, 35},
		Minor{1, 37},
		day(2026, 8, 1),
	); err != nil {
		t.Errorf("an offered minor is reported as not released: %v", err)
	}
}

// TestUpgradePathNeverSkips checks with random data that a path is contiguous, goes up by one minor at a time and ends
// at the target.
func TestUpgradePathNeverSkips(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(5, 6))
	paths := 0
	for range 5000 {
		known := VersionData{Assessments: map[Minor]Assessment{}}
		for range random.IntN(6) {
			known.Offered = append(known.Offered, Version{Minor{1, 28 + random.IntN(12)}, random.IntN(12)}.String())
		}
		for range random.IntN(6) {
			m := Minor{1, 28 + random.IntN(12)}
			known.Assessments[m] = Assess(m, Dates{EndOfSupportAt: day(2025, 1, 1).AddDate(0, 0, random.IntN(1000))})
		}
		from, to := Minor{1, 28 + random.IntN(12)}, Minor{1, 28 + random.IntN(12)}
		steps, err := known.UpgradePath(from, to, day(2026, 11, 24))
		if (err == nil) != (steps != nil) {
			t.Fatalf("%v to %v: %v and %v", from, to, steps, err)
		}
		if err != nil {
			continue
		}
		at := from
		for _, step := range steps {
			if step.From != at || step.To != at.Next() || CheckUpgrade(step.From, step.To) != nil {
				t.Fatalf("%v to %v: the step %+v at %v", from, to, step, at)
			}
			name, offered := HighestPatch(known.Offered, step.To)
			if offered != (step.Version != "") || name != step.Version ||
				known.Assessment(step.From).IsOrdered() && !step.Deadline.Equal(
					known.Assessment(step.From).EndOfSupportAt,
				) {
				t.Fatalf("%v to %v: the step %+v", from, to, step)
			}
			at = step.To
		}
		if at != to {
			t.Fatalf("%v to %v ends at %v", from, to, at)
		}
		if len(steps) > 1 {
			paths++
		}
	}
	if paths < 100 {
		t.Errorf("only %d paths had more than one step", paths)
	}
}

func TestForcedUpgradeTarget(t *testing.T) {
	t.Parallel()
	ends := func(end time.Time) Assessment {
		return Assessment{
			Dates: Dates{
				end.AddDate(-1, -2, 0), end.AddDate(0, -2, 0), end,
			}, Quality: QualityConsistent, Source: SourceAPI,
		}
	}
	for name, test := range map[string]struct {
		known VersionData
		from  Minor
		want  UpgradeTarget
		ok    bool
	}{
		"the next minor": {
			VersionData{Offered: offeredNow()}, Minor{1, 35}, UpgradeTarget{Minor{1, 36}, "1.36.5"}, true,
		},
		"a minor that is deprecated at that time": {VersionData{}, Minor{1, 33}, UpgradeTarget{Minor{1, 34}, ""}, true},
		"the next minor is out of support on the same day": {VersionData{Offered: offeredNow(),
			Assessments: map[Minor]Assessment{
				{1, 33}: ends(day(2026, 11, 4)), {1, 34}: ends(day(2026, 11, 4)),
			}}, Minor{1, 33}, UpgradeTarget{Minor{1, 35}, "1.35.9"}, true},
		"the next minor is unknown": {
			VersionData{Offered: offeredNow()}, Minor{1, 37}, UpgradeTarget{}, false,
		},
		"the next minor is offered, without dates": {
			VersionData{Offered: []string{"1.38.0"}}, Minor{1, 37}, UpgradeTarget{}, false,
		},
		"the next minor has dates out of order": {VersionData{Assessments: map[Minor]Assessment{
			{1, 41}: ends(day(2029, 1, 1)), {1, 42}: Assess(
				Minor{1, 42}, Dates{day(2029, 1, 1), day(2028, 6, 1), day(2028, 1, 1)},
			),
		}}, Minor{1, 41}, UpgradeTarget{}, false},
		"the next minor is not released at that time": {VersionData{Assessments: map[Minor]Assessment{
			{1, 41}: ends(day(2029, 1, 1)), {1, 42}: ends(day(2031, 1, 1)),
		}}, Minor{1, 41}, UpgradeTarget{}, false},
		"the end of support is unknown": {
			VersionData{Offered: []string{"1.41.0", "1.42.0"}}, Minor{1, 41}, UpgradeTarget{}, false,
		},
	} {
		if got, ok := test.known.ForcedUpgradeTarget(test.from); got != test.want || ok != test.ok {
			t.Errorf("%s: %+v, %v, want %+v, %v", name, got, ok, test.want, test.ok)
		}
	}
}
