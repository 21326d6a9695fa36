package lifecycle

import (
	"fmt"
	"time"
)

// Quality says how far dates can be trusted.
type Quality string

// The qualities. They judge the API's own answer; where it differs from the bundled calendar, Conflicts says so.
const (
	// QualityConsistent: the API gave all three dates, and they follow each other.
	QualityConsistent Quality = "consistent"
	// QualityInconsistent: the API's dates contradict each other, or what the calendar had to fill in.
	QualityInconsistent Quality = "inconsistent"
	// QualityUnknown: the API did not give all three dates, so that they cannot be checked.
	QualityUnknown Quality = "unknown"
)

// Where dates come from.
const (
	SourceAPI      = "api"
	SourceCalendar = "calendar" // At least one of the dates is the bundled calendar's.
)

// Assessment is what can be said of the dates of a minor. Conflicts are full sentences, one for each disagreement, in a
// fixed order, never nil.
type Assessment struct {
	Dates
	Source    string // SourceAPI or SourceCalendar; empty where no date is known.
	Quality   Quality
	Conflicts []string
}

// Assess checks what the API said of a minor against itself and against the bundled calendar.
//
//   - All dates given and in order: the API's dates, consistent, even where the calendar differs, because dates move
//     after publication.
//   - Out of order: the calendar's dates where it knows the minor, else the API's as they are; inconsistent.
//   - Some or all dates missing: the calendar fills in what it knows; unknown.
//
// No date is ever computed from another.
func Assess(m Minor, api Dates) Assessment {
	calendar, known := inCalendar(m)
	a := Assessment{Dates: api, Source: SourceAPI, Quality: QualityConsistent, Conflicts: disorder(m, api)}
	switch {
	case !api.Ordered():
		a.Quality = QualityInconsistent
		if known {
			a.Dates, a.Source = calendar.Dates, SourceCalendar
		}
	case !api.Complete():
		a.Quality = QualityUnknown
		if known {
			a.fill(m, calendar)
		}
		if a.Dates == (Dates{}) {
			a.Source = ""
		}
	}
	if known {
		a.Conflicts = append(a.Conflicts, differences(m, api, calendar)...)
	}
	return a
}

// fill takes from the calendar what the API left out, and all of it where the two do not fit together.
func (a *Assessment) fill(m Minor, calendar CalendarEntry) {
	given := a.Dates
	a.Source = SourceCalendar
	for _, f := range fields() {
		if f.of(&given).IsZero() {
			*f.of(&a.Dates) = *f.of(&calendar.Dates)
		}
	}
	if !a.Ordered() {
		a.Dates, a.Quality = calendar.Dates, QualityInconsistent
		a.Conflicts = append(a.Conflicts, fmt.Sprintf(
			"The dates that the API gives for %s and those that the bundled calendar would add do not follow each other.", m))
	}
}

// field is one of the three dates, with the words for it.
type field struct {
	name string
	of   func(*Dates) *time.Time
}

func fields() []field {
	return []field{
		{"release date", func(d *Dates) *time.Time { return &d.ReleasedAt }},
		{"deprecation date", func(d *Dates) *time.Time { return &d.DeprecatedAt }},
		{"end of support", func(d *Dates) *time.Time { return &d.EndOfSupportAt }},
	}
}

// disorder states each pair of the API's dates that is the wrong way round.
func disorder(m Minor, api Dates) []string {
	conflicts := []string{}
	all := fields()
	for i, later := range all {
		for _, earlier := range all[:i] {
			first, second := *earlier.of(&api), *later.of(&api)
			if first.IsZero() || second.IsZero() || !second.Before(first) {
				continue
			}
			conflicts = append(conflicts, fmt.Sprintf("The API gives %s as the %s of %s, before its own %s, %s.",
				date(second), later.name, m, earlier.name, date(first)))
		}
	}
	return conflicts
}

// differences states each date on which the API, the bundled calendar and the documentation disagree.
func differences(m Minor, api Dates, calendar CalendarEntry) []string {
	var conflicts []string
	for _, f := range fields() {
		said, kept := *f.of(&api), *f.of(&calendar.Dates)
		gives := "gives"
		if calendar.Inferred && f.name != "release date" {
			gives = "infers"
		}
		switch {
		case said.IsZero() && gives == "infers":
			conflicts = append(conflicts, fmt.Sprintf("The API gives no %s for %s; the bundled calendar infers %s.",
				f.name, m, date(kept)))
		case !said.IsZero() && date(said) != date(kept):
			conflicts = append(conflicts, fmt.Sprintf("The API gives %s as the %s of %s; the bundled calendar %s %s.",
				date(said), f.name, m, gives, date(kept)))
		}
	}
	if !calendar.Documented.IsZero() && date(api.EndOfSupportAt) != date(calendar.Documented) {
		conflicts = append(conflicts, fmt.Sprintf(
			"The documentation prints %s as the end of support of %s; the bundled calendar keeps %s.",
			date(calendar.Documented), m, date(calendar.EndOfSupportAt)))
	}
	return conflicts
}

// date writes the day, in UTC.
func date(t time.Time) string { return t.UTC().Format(time.DateOnly) }
