package lifecycle

import (
	"fmt"
	"time"
)

// Quality is the quality of dates.
type Quality string

// The qualities of the API's own dates. Conflicts holds the differences from the bundled calendar.
const (
	// QualityConsistent means that the API has all three dates, in order.
	QualityConsistent Quality = "consistent"
	// QualityInconsistent means that the API's dates contradict each other, or those that the calendar added.
	QualityInconsistent Quality = "inconsistent"
	// QualityUnknown means that the API does not have all three dates, so that they cannot be checked.
	QualityUnknown Quality = "unknown"
)

// Sources of dates.
const (
	SourceAPI      = "api"
	SourceCalendar = "calendar" // At least one date is from the bundled calendar.
)

// Assessment holds the dates of a minor and their quality. Conflicts holds one sentence for each conflict, in a fixed
// order, and is never nil.
type Assessment struct {
	Dates
	Source    string // SourceAPI or SourceCalendar; empty if no date is known.
	Quality   Quality
	Conflicts []string
}

// Assess checks the API's dates of a minor, and compares them with the bundled calendar.
//
//   - All dates present and in order: the API's dates, consistent. They take precedence over the calendar, as Scaleway
//     changes dates after publication.
//   - Out of order: the calendar's dates if it has the minor, or otherwise the API's; inconsistent.
//   - Dates missing: completed from the calendar if it has the minor; unknown.
//
// Assess never computes a date from another.
func Assess(m Minor, api Dates) Assessment {
	calendar, known := findCalendarEntry(m)
	a := Assessment{Dates: api, Source: SourceAPI, Quality: QualityConsistent, Conflicts: orderConflicts(m, api)}
	switch {
	case !api.IsOrdered():
		a.Quality = QualityInconsistent
		if known {
			a.Dates, a.Source = calendar.Dates, SourceCalendar
		}
	case !api.IsComplete():
		a.Quality = QualityUnknown
		if known {
			a.fillFromCalendar(m, calendar)
		}
		if a.Dates == (Dates{}) {
			a.Source = ""
		}
	}
	if known {
		a.Conflicts = append(a.Conflicts, sourceConflicts(m, api, calendar)...)
	}
	return a
}

// fillFromCalendar adds the missing dates from the calendar. If the result is out of order, it uses only the calendar's
// dates.
func (a *Assessment) fillFromCalendar(m Minor, calendar CalendarEntry) {
	given := a.Dates
	a.Source = SourceCalendar
	for _, f := range dateFields() {
		if f.get(&given).IsZero() {
			*f.get(&a.Dates) = *f.get(&calendar.Dates)
		}
	}
	if !a.IsOrdered() {
		a.Dates, a.Quality = calendar.Dates, QualityInconsistent
		a.Conflicts = append(a.Conflicts, fmt.Sprintf(
			"The dates of %s in the API and the missing dates from the bundled calendar are out of order.", m))
	}
}

// dateField is one of the three dates with its name.
type dateField struct {
	name string
	get  func(*Dates) *time.Time
}

func dateFields() []dateField {
	return []dateField{
		{"release date", func(d *Dates) *time.Time { return &d.ReleasedAt }},
		{"deprecation date", func(d *Dates) *time.Time { return &d.DeprecatedAt }},
		{"end of support", func(d *Dates) *time.Time { return &d.EndOfSupportAt }},
	}
}

// orderConflicts returns a sentence for each pair of the API's dates that is out of order.
func orderConflicts(m Minor, api Dates) []string {
	conflicts := []string{}
	all := dateFields()
	for i, later := range all {
		for _, earlier := range all[:i] {
			first, second := *earlier.get(&api), *later.get(&api)
			if first.IsZero() || second.IsZero() || !second.Before(first) {
				continue
			}
			conflicts = append(conflicts, fmt.Sprintf("The API gives %s as the %s of %s, which is before its %s, %s.",
				formatDate(second), later.name, m, earlier.name, formatDate(first)))
		}
	}
	return conflicts
}

// sourceConflicts returns a sentence for each date that differs between the API, the bundled calendar and the
// documentation.
func sourceConflicts(m Minor, api Dates, calendar CalendarEntry) []string {
	var conflicts []string
	for _, f := range dateFields() {
		apiDate, calendarDate := *f.get(&api), *f.get(&calendar.Dates)
		verb := "gives"
		if calendar.Inferred && f.name != "release date" {
			verb = "infers"
		}
		switch {
		case apiDate.IsZero() && verb == "infers":
			conflicts = append(conflicts, fmt.Sprintf("The API gives no %s for %s; the bundled calendar infers %s.",
				f.name, m, formatDate(calendarDate)))
		case !apiDate.IsZero() && formatDate(apiDate) != formatDate(calendarDate):
			conflicts = append(conflicts, fmt.Sprintf("The API gives %s as the %s of %s; the bundled calendar %s %s.",
				formatDate(apiDate), f.name, m, verb, formatDate(calendarDate)))
		}
	}
	if !calendar.DocumentedEndOfSupport.IsZero() &&
		formatDate(api.EndOfSupportAt) != formatDate(calendar.DocumentedEndOfSupport) {
		conflicts = append(conflicts, fmt.Sprintf(
			"The documentation gives %s as the end of support of %s; the bundled calendar gives %s.",
			formatDate(calendar.DocumentedEndOfSupport), m, formatDate(calendar.EndOfSupportAt)))
	}
	return conflicts
}

// formatDate formats the day in UTC.
func formatDate(t time.Time) string { return t.UTC().Format(time.DateOnly) }
