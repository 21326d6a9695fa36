package lifecycle

// Knowledge is what is known of minors at one moment: what was assessed of those that the API gave dates for, and the
// full versions that it offers. What it leaves out, the bundled calendar answers.
type Knowledge struct {
	Assessed map[Minor]Assessment
	Offered  []string
}

// Of is what is known of a minor's dates.
func (k Knowledge) Of(m Minor) Assessment {
	if a, ok := k.Assessed[m]; ok {
		return a
	}
	return Assess(m, Dates{})
}

// Known tells whether a minor exists as far as can be told: a patch of it is offered, or the API or the calendar has a
// date of it.
func (k Knowledge) Known(m Minor) bool {
	_, offered := HighestPatch(k.Offered, m)
	return offered || k.Of(m).Dates != (Dates{})
}

// Target is where a forced upgrade goes. Version is the newest patch of it that is offered now, by then there may be a
// newer one; it is empty where none is.
type Target struct {
	Minor   Minor
	Version string
}

// ForcedTarget is the minor that Scaleway upgrades clusters to which still run one past its end of support: the next
// one that is released and still supported at the start of the window. It is false where the dates do not tell: those
// of the minor itself, or of one between it and the target, because an unknown minor may be the target.
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
		default: // Not released by then, or unknown.
			return Target{}, false
		}
	}
	return Target{}, false
}
