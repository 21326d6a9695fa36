package report

import (
	"slices"
	"strings"
	"time"

	"github.com/terraform-srm/terraform-provider-srm/internal/assessment"
)

// run is an assessment of the history.
type run struct {
	On                        string
	IsFirst                   bool
	DaysSince                 int // Since the run before; 0 for the first one.
	Open, Severe, New, Closed int
	Waived                    int
}

// repair is a deviation that was corrected between two runs.
type repair struct {
	Check, Scope, Since, ClosedOn string
	Days                          int
}

// history returns the runs, the oldest first, with the current one, and the deviations that were corrected. The date of
// a correction is that of the first run without the deviation.
func (i Input) history() ([]run, []repair) {
	all := slices.Clone(i.History)
	slices.SortStableFunc(
		all,
		func(a, b []assessment.Assessment) int { return strings.Compare(asOfAll(a), asOfAll(b)) },
	)
	all = slices.DeleteFunc(all, func(a []assessment.Assessment) bool { return asOfAll(a) >= asOfAll(i.Assessments) })
	all = append(all, i.Assessments)
	runs, repairs := []run{}, []repair{}
	since := map[string]string{} // By the id of an open deviation.
	for n, assessments := range all {
		on := asOfAll(assessments)
		one := run{On: day(on), IsFirst: n == 0}
		if n > 0 {
			one.DaysSince = daysBetween(asOfAll(all[n-1]), on)
		}
		for _, f := range (Input{Assessments: assessments}).findings(func(finding) bool { return true }) {
			_, wasOpen := since[f.ID]
			if f.Disposition == assessment.Waived {
				one.Waived++
			}
			switch {
			case f.isOpenFail():
				one.Open++
				if f.Severity.AtLeast(assessment.High) {
					one.Severe++
				}
				if !wasOpen {
					one.New++
					since[f.ID] = on
				}
			case wasOpen && isCorrected(f.Result):
				one.Closed++
				repairs = append(
					repairs,
					repair{f.Check, f.Scope, day(since[f.ID]), day(on), daysBetween(since[f.ID], on)},
				)
				delete(since, f.ID)
			}
		}
		runs = append(runs, one)
	}
	return runs, repairs
}

// isCorrected reports whether a result shows that a deviation is gone. What can no longer be evaluated, and what has no
// objects any more, is not corrected.
func isCorrected(r assessment.Result) bool { return r == assessment.Pass || r == assessment.Attested }

// asOfAll returns the newest time of assessments.
func asOfAll(assessments []assessment.Assessment) string {
	newest := ""
	for _, a := range assessments {
		newest = max(newest, a.AsOf)
	}
	return newest
}

func day(at string) string { return at[:min(len(at), len(time.DateOnly))] }

// daysBetween returns the days between two times, or 0 if one of them is not a time.
func daysBetween(from, to string) int {
	start, err := time.Parse(time.DateOnly, day(from))
	end, endErr := time.Parse(time.DateOnly, day(to))
	if err != nil || endErr != nil {
		return 0
	}
	return int(end.Sub(start).Hours() / 24)
}
