package lifecycle

import (
	"errors"
	"fmt"
)

// Reasons of an UpgradeError.
var (
	ErrDowngrade    = errors.New("downgrade")
	ErrSkippedMinor = errors.New("skipped minor")
	ErrUnknownMinor = errors.New("unknown minor")      // Neither offered nor in the bundled calendar.
	ErrNotReleased  = errors.New("minor not released") // At the assessed time.
)

// UpgradeClause is the clause of the model about upgrades.
const UpgradeClause = "LIF-02"

// UpgradeError is an upgrade that is not possible. Allowed is the only minor that may follow From.
type UpgradeError struct {
	From, To, Allowed Minor
	Reason            error // ErrDowngrade, ErrSkippedMinor, ErrUnknownMinor or ErrNotReleased.
}

// Error returns the problem, what is allowed and the fix.
func (e *UpgradeError) Error() string {
	switch {
	case errors.Is(e.Reason, ErrUnknownMinor):
		return fmt.Sprintf("version %s is not known: the API offers no patch of it, and the bundled calendar (as of "+
			"%s) does not have it. The minor after %s is %s.", e.To, CalendarAsOf, e.From, e.Allowed)
	case errors.Is(e.Reason, ErrNotReleased):
		return fmt.Sprintf("version %s is not released yet. The minor after %s is %s.", e.To, e.From, e.Allowed)
	case errors.Is(e.Reason, ErrDowngrade):
		return fmt.Sprintf("version %s is older than %s, which the cluster already runs. Kubernetes is never "+
			"downgraded: set version to %q, or to %q to upgrade.", e.To, e.From, e.From, e.Allowed)
	}
	return fmt.Sprintf("version %s skips a minor after %s. Upgrade one minor at a time: set version to %q first, "+
		"apply, then continue.", e.To, e.From, e.Allowed)
}

// Unwrap returns the reason.
func (e *UpgradeError) Unwrap() error { return e.Reason }

// CheckUpgrade returns an *UpgradeError for a downgrade and for an upgrade that skips a minor (clause LIF-02). The same
// minor is allowed.
func CheckUpgrade(from, to Minor) error {
	switch {
	case to.Compare(from) < 0:
		return &UpgradeError{from, to, from.Next(), ErrDowngrade}
	case to != from && to != from.Next():
		return &UpgradeError{from, to, from.Next(), ErrSkippedMinor}
	}
	return nil
}

// NextUpgrades returns the highest newer patch of the current minor, and the highest patch of the next minor, among the
// versions that the API offers. Each is empty if the API offers none.
func NextUpgrades(current Version, available []string) (patch, minor string) {
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
