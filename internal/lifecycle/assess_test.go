package lifecycle

import (
	"slices"
	"strings"
	"testing"
	"time"
)

func TestAssess(t *testing.T) {
	t.Parallel()
	v132 := Dates{day(2025, 3, 24), day(2026, 3, 24), day(2026, 6, 24)}
	documented132 := "The documentation gives 2026-05-24 as the end of support of 1.32; the bundled calendar gives " +
		"2026-06-24."
	for name, test := range map[string]struct {
		minor     Minor
		api       Dates
		dates     Dates
		source    string
		quality   Quality
		conflicts []string
	}{
		"1.35, all agree": {
			Minor{1, 35}, Dates{day(2026, 1, 19), day(2027, 1, 19), day(2027, 3, 19)},
			Dates{day(2026, 1, 19), day(2027, 1, 19), day(2027, 3, 19)}, SourceAPI, QualityConsistent, []string{},
		},
		"1.32, end of support ten months before the deprecation": {
			Minor{1, 32}, Dates{day(2025, 3, 24), day(2026, 3, 24), day(2025, 5, 24)},
			v132, SourceCalendar, QualityInconsistent, []string{
				"The API gives 2025-05-24 as the end of support of 1.32, which is before its deprecation date, " +
					"2026-03-24.",
				"The API gives 2025-05-24 as the end of support of 1.32; the bundled calendar gives 2026-06-24.",
				documented132,
			},
		},
		"1.32, as corrected later": {
			Minor{1, 32}, v132, v132, SourceAPI, QualityConsistent, []string{documented132},
		},
		"1.31, earlier date, as documented": {
			Minor{1, 31}, Dates{day(2024, 12, 2), day(2025, 12, 2), day(2026, 2, 2)},
			Dates{day(2024, 12, 2), day(2025, 12, 2), day(2026, 2, 2)}, SourceAPI, QualityConsistent, []string{
				"The API gives 2026-02-02 as the end of support of 1.31; the bundled calendar gives 2026-02-17.",
			},
		},
		"1.31, later date": {
			Minor{1, 31}, Dates{day(2024, 12, 2), day(2025, 12, 2), day(2026, 2, 17)},
			Dates{day(2024, 12, 2), day(2025, 12, 2), day(2026, 2, 17)}, SourceAPI, QualityConsistent, []string{
				"The documentation gives 2026-02-02 as the end of support of 1.31; the bundled calendar gives " +
					"2026-02-17.",
			},
		},
		"no dates in the API": {
			Minor{1, 36}, Dates{}, Dates{day(2026, 7, 7), day(2027, 7, 7), day(2027, 9, 7)},
			SourceCalendar, QualityUnknown, []string{},
		},
		"no dates in the API, inferred dates": {
			Minor{1, 37}, Dates{}, Dates{day(2026, 9, 1), day(2027, 9, 1), day(2027, 11, 1)},
			SourceCalendar, QualityUnknown, []string{
				"The API gives no deprecation date for 1.37; the bundled calendar infers 2027-09-01.",
				"The API gives no end of support for 1.37; the bundled calendar infers 2027-11-01.",
			},
		},
		"no end of support in the API": {
			Minor{1, 36}, Dates{day(2026, 7, 7), day(2027, 7, 7), time.Time{}},
			Dates{day(2026, 7, 7), day(2027, 7, 7), day(2027, 9, 7)}, SourceCalendar, QualityUnknown, []string{},
		},
		"deprecation after the calendar's end of support": {
			Minor{1, 36}, Dates{DeprecatedAt: day(2028, 1, 1)},
			Dates{day(2026, 7, 7), day(2027, 7, 7), day(2027, 9, 7)}, SourceCalendar, QualityInconsistent, []string{
				"The dates of 1.36 in the API and the missing dates from the bundled calendar are out of order.",
				"The API gives 2028-01-01 as the deprecation date of 1.36; the bundled calendar gives 2027-07-07.",
			},
		},
		"minor not in the calendar": {
			Minor{1, 40}, Dates{day(2028, 1, 1), day(2029, 1, 1), day(2029, 3, 1)},
			Dates{day(2028, 1, 1), day(2029, 1, 1), day(2029, 3, 1)}, SourceAPI, QualityConsistent, []string{},
		},
		"out of order, not in the calendar": {
			Minor{1, 40}, Dates{day(2029, 1, 1), day(2028, 6, 1), day(2028, 1, 1)},
			Dates{day(2029, 1, 1), day(2028, 6, 1), day(2028, 1, 1)}, SourceAPI, QualityInconsistent, []string{
				"The API gives 2028-06-01 as the deprecation date of 1.40, which is before its release date, " +
					"2029-01-01.",
				"The API gives 2028-01-01 as the end of support of 1.40, which is before its release date, 2029-01-01.",
				"The API gives 2028-01-01 as the end of support of 1.40, which is before its deprecation date, " +
					"2028-06-01.",
			},
		},
		"partly known, not in the calendar": {
			Minor{1, 40}, Dates{ReleasedAt: day(2028, 1, 1)}, Dates{ReleasedAt: day(2028, 1, 1)},
			SourceAPI, QualityUnknown, []string{},
		},
		"unknown": {Minor{1, 40}, Dates{}, Dates{}, "", QualityUnknown, []string{}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := Assess(test.minor, test.api)
			if got.Dates != test.dates || got.Source != test.source || got.Quality != test.quality {
				t.Errorf("got %+v", got)
			}
			if got.Conflicts == nil || !slices.Equal(got.Conflicts, test.conflicts) {
				t.Errorf(
					"conflicts:\n%s\nwant\n%s", strings.Join(got.Conflicts, "\n"), strings.Join(test.conflicts, "\n"),
				)
			}
		})
	}
}

// TestAssessComparesDays checks that the API's time of day is kept and is not a conflict.
func TestAssessComparesDays(t *testing.T) {
	t.Parallel()
	api := Dates{day(2026, 1, 19).Add(9 * time.Hour), day(2027, 1, 19), day(2027, 3, 19).Add(23 * time.Hour)}
	got := Assess(Minor{1, 35}, api)
	if got.Dates != api || got.Quality != QualityConsistent || len(got.Conflicts) != 0 {
		t.Errorf("got %+v", got)
	}
}
