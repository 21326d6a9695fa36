package tfkit

import (
	"fmt"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/terraform-srm/terraform-provider-srm/internal/compliance"
)

// CheckPastDay refuses a day on which something is said to have taken place, and which has not begun in any time zone;
// where it has begun in some only, it warns. It says whether it said something. what is the subject of the message:
// "The review of the machine". What is no day is for others to refuse.
func CheckPastDay(what, clause, name, text string, now time.Time, at path.Path, diags *diag.Diagnostics) bool {
	day, err := time.Parse(time.DateOnly, text)
	if err != nil || !day.After(now.UTC()) {
		return false
	}
	say := Refuse
	if compliance.HasBegun(day, now) {
		say = Warn
	}
	say(diags, at, Refusal{Summary: what + " is in the future", Clause: clause,
		Found:   fmt.Sprintf("%s is %s, today is %s", name, day.Format(time.DateOnly), now.UTC().Format(time.DateOnly)),
		Allowed: "the day on which it took place", Fix: "Correct the date."})
	return true
}
