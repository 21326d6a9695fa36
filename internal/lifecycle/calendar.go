package lifecycle

import "time"

const (
	// CalendarAsOf is the day on which the sources of the bundled calendar were last read.
	CalendarAsOf = "2026-11-24"
	// CalendarSource describes the sources of the bundled calendar.
	CalendarSource = "Scaleway documentation, Kubernetes version support policy and changelog; answers of the " +
		"Scaleway Kubernetes API recorded between January and July 2026"
)

// CalendarEntry is a row of the bundled calendar: the best known dates of a minor. DocumentedEndOfSupport is the end of
// support in the documentation, if it differs. Inferred is true if deprecation and end of support are not published and
// assume the usual twelve and fourteen months. Note explains what is uncertain.
type CalendarEntry struct {
	Minor
	Dates
	DocumentedEndOfSupport time.Time
	Inferred               bool
	Note                   string
}

// Calendar returns the bundled calendar, oldest minor first. It replaces dates that the API does not have or that
// contradict each other. A date is computed only where Inferred says so, as periods vary: 1.32 was supported for
// fifteen months, not fourteen.
func Calendar() []CalendarEntry {
	return []CalendarEntry{
		{
			Minor: Minor{1, 30},
			Dates: Dates{day(2024, 7, 9), day(2025, 7, 9), day(2025, 9, 9)},
			Note:  "The end of support is from the documentation; no answer of the API was recorded.",
		},
		{
			Minor:                  Minor{1, 31},
			Dates:                  Dates{day(2024, 12, 2), day(2025, 12, 2), day(2026, 2, 17)},
			DocumentedEndOfSupport: day(2026, 2, 2),
			Note:                   "The API gave 2026-02-02, as the documentation does, and later 2026-02-17.",
		},
		{
			Minor:                  Minor{1, 32},
			Dates:                  Dates{day(2025, 3, 24), day(2026, 3, 24), day(2026, 6, 24)},
			DocumentedEndOfSupport: day(2026, 5, 24),
			Note: "The API gave 2025-05-24, ten months before the deprecation, and later 2026-06-24. The " +
				"documentation gives \"Mai 24, 2026\".",
		},
		{Minor: Minor{1, 33}, Dates: Dates{day(2025, 9, 4), day(2026, 9, 4), day(2026, 11, 4)}},
		{Minor: Minor{1, 34}, Dates: Dates{day(2025, 9, 29), day(2026, 9, 29), day(2026, 11, 29)}},
		{Minor: Minor{1, 35}, Dates: Dates{day(2026, 1, 19), day(2027, 1, 19), day(2027, 3, 19)}},
		{Minor: Minor{1, 36}, Dates: Dates{day(2026, 7, 7), day(2027, 7, 7), day(2027, 9, 7)}},
		{
			Minor:    Minor{1, 37},
			Dates:    Dates{day(2026, 9, 1), day(2027, 9, 1), day(2027, 11, 1)},
			Inferred: true,
			Note: "Deprecation and end of support are inferred, as no source gives them. The release date is from " +
				"the changelog.",
		},
	}
}

// findCalendarEntry returns the calendar entry of a minor.
func findCalendarEntry(m Minor) (CalendarEntry, bool) {
	for _, entry := range Calendar() {
		if entry.Minor == m {
			return entry, true
		}
	}
	return CalendarEntry{}, false
}

func day(year int, month time.Month, d int) time.Time {
	return time.Date(year, month, d, 0, 0, 0, 0, time.UTC)
}
