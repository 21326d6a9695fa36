package lifecycle

import "time"

// Dates are the three dates of a minor. A zero time is an unknown date.
type Dates struct {
	ReleasedAt     time.Time // From here on clusters can be created and upgraded to it.
	DeprecatedAt   time.Time // From here on no cluster is created with it.
	EndOfSupportAt time.Time // From here on clusters are upgraded by Scaleway.
}

// Stage is the place of a minor in its life, in the words of the model.
type Stage string

// The stages, in their order; StageUnknown has no place in it.
const (
	StageNotReleased  Stage = "not_released"
	StageRelease      Stage = "release"
	StageDeprecation  Stage = "deprecation"
	StageEndOfSupport Stage = "end_of_support"
	StageUnknown      Stage = "unknown"
)

// ForcedUpgradeDays is the number of days after the end of support within which Scaleway upgrades a cluster.
const ForcedUpgradeDays = 30

// SupportMonths is the number of months from its release for which Scaleway supports a minor at least, before it is
// deprecated (clause LIF-06).
const SupportMonths = 12

// Window is a span of time, both ends included.
type Window struct{ Start, End time.Time }

// Contains tells whether t lies in the window.
func (w Window) Contains(t time.Time) bool { return !t.Before(w.Start) && !t.After(w.End) }

// Complete tells whether all three dates are known.
func (d Dates) Complete() bool {
	return !d.ReleasedAt.IsZero() && !d.DeprecatedAt.IsZero() && !d.EndOfSupportAt.IsZero()
}

// Ordered tells whether the known dates follow each other: released, deprecated, end of support.
func (d Dates) Ordered() bool {
	last := time.Time{}
	for _, t := range []time.Time{d.ReleasedAt, d.DeprecatedAt, d.EndOfSupportAt} {
		if t.IsZero() {
			continue
		}
		if t.Before(last) {
			return false
		}
		last = t
	}
	return true
}

// StageAt is the stage at t. It is given only where the dates that bound it are known, and is StageUnknown for dates
// out of order, since a wrong date must not end the support of a version.
func (d Dates) StageAt(t time.Time) Stage {
	known := func(date time.Time) bool { return !date.IsZero() }
	switch {
	case !d.Ordered():
		return StageUnknown
	case known(d.EndOfSupportAt) && !t.Before(d.EndOfSupportAt):
		return StageEndOfSupport
	case known(d.ReleasedAt) && t.Before(d.ReleasedAt):
		return StageNotReleased
	case known(d.DeprecatedAt) && !t.Before(d.DeprecatedAt):
		if known(d.EndOfSupportAt) {
			return StageDeprecation
		}
	case known(d.ReleasedAt) && known(d.DeprecatedAt):
		return StageRelease
	}
	return StageUnknown
}

// ForcedUpgradeWindow is the time in which Scaleway upgrades clusters by force: from the end of support on, for
// ForcedUpgradeDays days. There is none where the end of support is unknown or the dates are out of order.
func (d Dates) ForcedUpgradeWindow() (Window, bool) {
	if d.EndOfSupportAt.IsZero() || !d.Ordered() {
		return Window{}, false
	}
	return Window{d.EndOfSupportAt, d.EndOfSupportAt.Add(ForcedUpgradeDays * 24 * time.Hour)}, true
}
