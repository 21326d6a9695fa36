package lifecycle

import "time"

// Dates holds the three dates of a minor. A zero time is an unknown date.
type Dates struct {
	ReleasedAt     time.Time // Clusters can be created with it and upgraded to it.
	DeprecatedAt   time.Time // New clusters cannot use it any more.
	EndOfSupportAt time.Time // Scaleway starts to upgrade clusters.
}

// Stage is the lifecycle stage of a minor, with the terms of the model.
type Stage string

// The stages in chronological order, and StageUnknown.
const (
	StageNotReleased  Stage = "not_released"
	StageRelease      Stage = "release"
	StageDeprecation  Stage = "deprecation"
	StageEndOfSupport Stage = "end_of_support"
	StageUnknown      Stage = "unknown"
)

// ForcedUpgradeDays is the number of days after the end of support in which Scaleway upgrades a cluster.
const ForcedUpgradeDays = 30

// SupportMonths is the minimum number of months between the release of a minor and its deprecation (clause LIF-06).
const SupportMonths = 12

// Window is a period of time, including both ends.
type Window struct{ Start, End time.Time }

// Contains reports whether t is in the window.
func (w Window) Contains(t time.Time) bool { return !t.Before(w.Start) && !t.After(w.End) }

// IsComplete reports whether all three dates are known.
func (d Dates) IsComplete() bool {
	return !d.ReleasedAt.IsZero() && !d.DeprecatedAt.IsZero() && !d.EndOfSupportAt.IsZero()
}

// IsOrdered reports whether the known dates are in order: release, deprecation, end of support.
func (d Dates) IsOrdered() bool {
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

// StageAt returns the stage at t. It returns StageUnknown if a date that bounds the stage is unknown, and if the dates
// are out of order: a wrong date must not end the support of a version.
func (d Dates) StageAt(t time.Time) Stage {
	known := func(date time.Time) bool { return !date.IsZero() }
	switch {
	case !d.IsOrdered():
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

// ForcedUpgradeWindow returns the period in which Scaleway forces upgrades: ForcedUpgradeDays days from the end of
// support. It returns false if the end of support is unknown or the dates are out of order.
func (d Dates) ForcedUpgradeWindow() (Window, bool) {
	if d.EndOfSupportAt.IsZero() || !d.IsOrdered() {
		return Window{}, false
	}
	return Window{d.EndOfSupportAt, d.EndOfSupportAt.Add(ForcedUpgradeDays * 24 * time.Hour)}, true
}
