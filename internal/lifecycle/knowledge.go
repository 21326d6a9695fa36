package lifecycle

// Knowledge has the data of the API about minors at one time: assessed dates, and the full versions that it offers. For
// minors without dates in the API, the bundled calendar is used.
type Knowledge struct {
	Assessed map[Minor]Assessment
	Offered  []string
}

// Of returns the assessed dates of a minor.
func (k Knowledge) Of(m Minor) Assessment {
	if a, ok := k.Assessed[m]; ok {
		return a
	}
	return Assess(m, Dates{})
}

// Known reports whether a minor is known to exist: the API offers a patch of it, or the API or the calendar has a date
// of it.
func (k Knowledge) Known(m Minor) bool {
	_, offered := HighestPatch(k.Offered, m)
	return offered || k.Of(m).Dates != (Dates{})
}

// Target is the target of a forced upgrade. Version is its newest patch that is offered now, or empty; by then there
// may be a newer one.
type Target struct {
	Minor   Minor
	Version string
}

// ForcedTarget returns the minor to which Scaleway forces the upgrade of clusters: the next minor that is released and
// still supported at the end of support of from. It returns false if the dates of from, or of a minor between it and
// the target, are unknown: a minor with unknown dates may be the target.
func (k Knowledge) ForcedTarget(from Minor) (Target, bool) {
	window, ok := k.Of(from).ForcedUpgradeWindow()
	if !ok {
		return Target{}, false
	}
	for m := from.Next(); k.Known(m); m = m.Next() {
		switch k.Of(m).StageAt(window.Start) {
		case StageRelease, StageDeprecation:
			name, _ := HighestPatch(k.Offered, m)
			return Target{m, name}, true
		case StageEndOfSupport:
			continue
		default: // Not released at that time, or unknown.
			return Target{}, false
		}
	}
	return Target{}, false
}
