package lifecycle

import "time"

// Step is one upgrade of a path, to the next minor.
type Step struct {
	From, To Minor
	// Deadline is the end of support of From, before which the step must be done; zero if unknown.
	Deadline time.Time
	// Source and Quality describe the dates of From.
	Source  string
	Quality Quality
	// Version is the newest patch of To that is offered. It is empty if there is none: the step cannot be done today.
	Version string
}

// IsOverdue reports whether a step should already have been done at a time.
func (s Step) IsOverdue(at time.Time) bool { return !s.Deadline.IsZero() && !at.Before(s.Deadline) }

// UpgradePath returns the upgrades from one minor to another, one minor each, as none may be skipped (clause LIF-02).
// It is empty, never nil, if both are the same. The error is an *UpgradeError: a downgrade, or a minor that is not
// known or not released at a time.
func (k VersionData) UpgradePath(from, to Minor, at time.Time) ([]Step, error) {
	_, offered := HighestPatch(k.Offered, to)
	switch {
	case to == from:
		return []Step{}, nil
	case to.Compare(from) < 0:
		return nil, &UpgradeError{from, to, from.Next(), ErrDowngrade}
	case to.Major != from.Major || !k.Exists(to):
		return nil, &UpgradeError{from, to, from.Next(), ErrUnknownMinor}
	case !offered && k.Assessment(to).StageAt(at) == StageNotReleased:
		return nil, &UpgradeError{from, to, from.Next(), ErrNotReleased}
	}
	steps := []Step{}
	for m := from; m != to; m = m.Next() {
		dates := k.Assessment(m)
		step := Step{From: m, To: m.Next(), Source: dates.Source, Quality: dates.Quality}
		if dates.IsOrdered() {
			step.Deadline = dates.EndOfSupportAt
		}
		step.Version, _ = HighestPatch(k.Offered, step.To)
		steps = append(steps, step)
	}
	return steps, nil
}
