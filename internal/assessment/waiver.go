package assessment

import (
	"slices"
	"strings"
	"time"
)

// MaxWaiverDays is the longest validity of a waiver.
const MaxWaiverDays = 180

// maxVolumeWaiverDays is the longest validity of a waiver of volumes_encrypted.
const maxVolumeWaiverDays = 90

// maxWaiverDays returns the longest validity of a waiver of a check; zero if the check cannot be waived.
func maxWaiverDays(check string) int {
	switch check {
	case "cluster_offer_dedicated", "cluster_region", "cluster_auto_upgrade":
		return 0
	case "volumes_encrypted":
		return maxVolumeWaiverDays
	}
	return MaxWaiverDays
}

// States of a waiver.
const (
	WaiverApplies      = "applies"
	WaiverExpired      = "expired"
	WaiverFuture       = "future" // It is approved on a later day.
	WaiverMatchesNone  = "matches_nothing"
	WaiverOtherScope   = "other_scope"
	WaiverNotEvaluated = "not_evaluated" // Its check has no result.
)

// WaiverStatus is a waiver and what it does in this assessment.
type WaiverStatus struct {
	Waiver
	State     string   `json:"state"`
	Unmatched []string `json:"unmatched_subjects,omitempty"` // Subjects without a deviation.
}

// applyWaivers sets the disposition of findings whose deviations are waived. It never changes a result.
func applyWaivers(findings []Finding, facts Facts, options Options) []WaiverStatus {
	waivers := slices.Clone(options.Waivers)
	slices.SortFunc(waivers, func(a, b Waiver) int { return strings.Compare(a.ID, b.ID) })
	statuses := []WaiverStatus{}
	waived := map[string]map[string][]Waiver{} // By finding and subject.
	for _, w := range waivers {
		w.Subjects = slices.Sorted(slices.Values(w.Subjects))
		status := WaiverStatus{Waiver: w}
		i := slices.IndexFunc(findings, func(f Finding) bool { return f.Check == w.Check && f.isIn(w.Scope) })
		switch {
		case i < 0 && !(Finding{Scope: facts.Scope()}).isIn(w.Scope) && w.Scope != ProjectScope(facts.Project.ID):
			status.State = WaiverOtherScope
		case options.AsOf.Before(w.ApprovedOn):
			status.State = WaiverFuture
		case isPast(w.Until, options.AsOf):
			status.State = WaiverExpired
		case i < 0:
			status.State = WaiverMatchesNone
		case findings[i].Result == NotEvaluated:
			status.State = WaiverNotEvaluated
		case findings[i].Result != Fail || maxWaiverDays(w.Check) == 0:
			status.State, status.Unmatched = WaiverMatchesNone, w.Subjects
		default:
			f := findings[i]
			for _, subject := range w.Subjects {
				if !slices.Contains(f.Subjects, subject) {
					status.Unmatched = append(status.Unmatched, subject)
					continue
				}
				if waived[f.ID] == nil {
					waived[f.ID] = map[string][]Waiver{}
				}
				waived[f.ID][subject] = append(waived[f.ID][subject], w)
			}
			status.State = WaiverApplies
			if len(status.Unmatched) == len(w.Subjects) {
				status.State = WaiverMatchesNone
			}
		}
		statuses = append(statuses, status)
	}
	for i := range findings {
		if bySubject := waived[findings[i].ID]; len(bySubject) > 0 {
			findings[i].waive(bySubject)
		}
	}
	return statuses
}

// isIn reports whether a waiver with a scope is about the finding. The Organization needs no id.
func (f Finding) isIn(scope string) bool {
	return f.Scope == scope || scope == ScopeOrganization && strings.HasPrefix(f.Scope, organizationScopePrefix)
}

// waive applies waivers of subjects. The finding is waived if all of its subjects are.
func (f *Finding) waive(bySubject map[string][]Waiver) {
	applied, until := &AppliedWaiver{}, time.Time{}
	for _, subject := range f.Subjects {
		for _, w := range bySubject[subject] {
			if !slices.Contains(applied.IDs, w.ID) {
				applied.IDs = append(applied.IDs, w.ID)
			}
			if until.IsZero() || w.Until.Before(until) {
				until = w.Until
			}
		}
		if len(bySubject[subject]) > 0 {
			applied.Subjects = append(applied.Subjects, subject)
		}
	}
	slices.Sort(applied.IDs)
	applied.Until = until.Format(time.DateOnly)
	if len(applied.Subjects) == len(f.Subjects) {
		f.Disposition, applied.Subjects = Waived, nil
	}
	f.Waiver = applied
}
