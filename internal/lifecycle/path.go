package lifecycle

import "time"

// Step is one upgrade of a path, to the next minor.
type Step struct {
	From, To Minor
	// By is the end of support of From, before which the step must have been done; zero where it is unknown.
	By time.Time
	// Source and Quality are those of the dates of From.
	Source  string
	Quality Quality
	// Version is the newest patch of To that is offered; empty where none is, so that the step cannot be done today.
	Version string
}

// Overdue tells whether the time for a step is over at a moment.
func (s Step) Overdue(at time.Time) bool { return !s.By.IsZero() && !at.Before(s.By) }

// Path is the upgrades that lead from a minor to a wanted one, a minor each, as none may be skipped (clause LIF-02). It
// is empty, never nil, where the wanted minor is the present one. The error is an *UpgradeError: a downgrade, or a
// minor that does not exist as far as is known, or not yet at a moment.
func (k Knowledge) Path(from, to Minor, at time.Time) ([]Step, error) {
	_, offered := HighestPatch(k.Offered, to)
	switch {
	case to == from:
		return []Step{}, nil
	case to.Compare(from) < 0:
		return nil, &UpgradeError{from, to, from.Next(), ErrDowngrade}
	case to.Major != from.Major || !k.Known(to):
		return nil, &UpgradeError{from, to, from.Next(), ErrUnknownMinor}
	case !offered && k.Of(to).StageAt(at) == StageNotReleased:
		return nil, &UpgradeError{from, to, from.Next(), ErrNotReleased}
	}
	steps := []Step{}
	for m := from; m != to; m = m.Next() {
		left := k.Of(m)
		step := Step{From: m, To: m.Next(), Source: left.Source, Quality: left.Quality}
		if left.Ordered() {
			step.By = left.EndOfSupportAt
		}
		step.Version, _ = HighestPatch(k.Offered, step.To)
		steps = append(steps, step)
	}
	return steps, nil
}
