package tfkit

import (
	"fmt"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/terraform-srm/terraform-provider-srm/internal/compliance"
)

// CheckNotInFuture adds an error if the date of a past event has not begun in any time zone, and a warning if it has
// begun in some time zones only. It reports whether it added either. subject starts the summary, as in "The review of
// the machine". Other validators report a text that is not a date.
func CheckNotInFuture(subject, clause, name, text string, now time.Time, at path.Path, diags *diag.Diagnostics) bool {
	day, err := time.Parse(time.DateOnly, text)
	if err != nil || !day.After(now.UTC()) {
		return false
	}
	add := AddError
	if compliance.HasDayBegun(day, now) {
		add = AddWarning
	}
	add(diags, at, Problem{Summary: subject + " is in the future", Clause: clause,
		Found:   fmt.Sprintf("%s is %s, today is %s", name, day.Format(time.DateOnly), now.UTC().Format(time.DateOnly)),
		Allowed: "the day on which it took place", Fix: "Correct the date."})
	return true
}
