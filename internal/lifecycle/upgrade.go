package lifecycle

import (
	"errors"
	"fmt"
)

// What an *UpgradeError wraps.
var (
	ErrDowngrade    = errors.New("downgrade")
	ErrSkippedMinor = errors.New("skipped minor")
	ErrUnknownMinor = errors.New("unknown minor")      // Neither offered nor in the bundled calendar.
	ErrNotReleased  = errors.New("minor not released") // Not at the moment asked about.
)

// UpgradeClause is the clause of the model that an upgrade path carries.
const UpgradeClause = "LIF-02"

// UpgradeError is an upgrade that the platform does not do. Allowed is the one minor that may follow From.
type UpgradeError struct {
	From, To, Allowed Minor
	Reason            error // One of the errors above.
}

// Error says what was asked, what is allowed and what to do.
func (e *UpgradeError) Error() string {
	switch {
	case errors.Is(e.Reason, ErrUnknownMinor):
		return fmt.Sprintf("version %s is not known: the API offers no patch of it, and the bundled calendar (as of %s) "+
			"does not have it. After %s comes %s.", e.To, CalendarAsOf, e.From, e.Allowed)
	case errors.Is(e.Reason, ErrNotReleased):
		return fmt.Sprintf(
			"version %s is not released yet, so that no upgrade leads there. After %s comes %s.", e.To, e.From, e.Allowed,
		)
	case errors.Is(e.Reason, ErrDowngrade):
		return fmt.Sprintf("version %s is older than %s, which the cluster already runs. Kubernetes is never downgraded: "+
			"set version to %q, or to %q to upgrade.", e.To, e.From, e.From, e.Allowed)
	}
	return fmt.Sprintf("version %s skips a minor after %s. An upgrade goes to the next minor only: set version to %q "+
		"first, apply, then go on.", e.To, e.From, e.Allowed)
}

// Unwrap gives the reason to errors.Is.
func (e *UpgradeError) Unwrap() error { return e.Reason }

// CheckUpgrade refuses, with an *UpgradeError, a downgrade and a step that skips a minor (clause LIF-02). Staying on
// the same minor is no error.
func CheckUpgrade(from, to Minor) error {
	switch {
	case to.Compare(from) < 0:
		return &UpgradeError{from, to, from.Next(), ErrDowngrade}
	case to != from && to != from.Next():
		return &UpgradeError{from, to, from.Next(), ErrSkippedMinor}
	}
	return nil
}

// NextLegal picks, from the names that the API offers, the highest patch above current of its own minor, and the
// highest patch of the next minor. Each is empty where the API offers none.
func NextLegal(current Version, available []string) (patch, minor string) {
	if name, ok := HighestPatch(available, current.Minor); ok {
		if v, err := ParseVersion(name); err == nil && v.Compare(current) > 0 {
			patch = name
		}
	}
	if name, ok := HighestPatch(available, current.Next()); ok {
		minor = name
	}
	return patch, minor
}
