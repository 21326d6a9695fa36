package lifecycle

// VersionData holds the data of the API about minors at one time: assessed dates, and the full versions that it offers.
// For minors without dates in the API, the bundled calendar is used.
type VersionData struct {
	Assessments map[Minor]Assessment
	Offered     []string
}

// Assessment returns the assessed dates of a minor.
func (k VersionData) Assessment(m Minor) Assessment {
	if a, ok := k.Assessments[m]; ok {
		return a
	}
	return Assess(m, Dates{})
}

// Exists reports whether a minor is known to exist: the API offers a patch of it, or the API or the calendar has a date
// of it.
func (k VersionData) Exists(m Minor) bool {
	_, offered := HighestPatch(k.Offered, m)
	return offered || k.Assessment(m).Dates != (Dates{})
}

// UpgradeTarget is the target of a forced upgrade. Version is its newest patch that is offered now, or empty; by then
// there may be a newer one.
type UpgradeTarget struct {
	Minor   Minor
	Version string
}

// ForcedUpgradeTarget returns the minor to which Scaleway forces the upgrade of clusters: the next minor that is
// released and still supported at the end of support of from. It returns false if the dates of from, or of a minor
// between it and the target, are unknown: a minor with unknown dates may be the target.
func (k VersionData) ForcedUpgradeTarget(from Minor) (UpgradeTarget, bool) {
	window, ok := k.Assessment(from).ForcedUpgradeWindow()
	if !ok {
		return UpgradeTarget{}, false
	}
	for m := from.Next(); k.Exists(m); m = m.Next() {
		switch k.Assessment(m).StageAt(window.Start) {
		case StageRelease, StageDeprecation:
			name, _ := HighestPatch(k.Offered, m)
			return UpgradeTarget{m, name}, true
		case StageEndOfSupport:
			continue
		default: // Not released at that time, or unknown.
			return UpgradeTarget{}, false
		}
	}
	return UpgradeTarget{}, false
}
