package report

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
	"time"

	ics "github.com/arran4/golang-ical"

	"github.com/terraform-srm/terraform-provider-srm/internal/assessment"
)

// Calendar returns the dates of the assessments as all-day events of an iCalendar file. The UID of an event depends on
// what it is about, not on its date: a calendar moves the event when the date changes.
func Calendar(in Input) (string, error) {
	calendar := ics.NewCalendarFor("terraform-provider-srm")
	calendar.SetMethod(ics.MethodPublish)
	calendar.SetName(in.say("Shared responsibility", "Responsabilité partagée"))
	for _, a := range in.Assessments {
		stamp, err := time.Parse(time.RFC3339, a.AsOf)
		if err != nil {
			return "", fmt.Errorf("as_of of the assessment of %s: %w", a.Scope, err)
		}
		for _, d := range a.Dates {
			if err := in.addEvent(calendar, a, d, stamp); err != nil {
				return "", err
			}
		}
	}
	// RFC 5545 asks for these ends of lines; the library's default depends on the operating system.
	return calendar.Serialize(ics.WithNewLineWindows), nil
}

// addEvent adds a date.
func (i Input) addEvent(calendar *ics.Calendar, a assessment.Assessment, d assessment.DueDate, stamp time.Time) error {
	start, err := time.Parse(time.DateOnly, d.On)
	if err != nil {
		return fmt.Errorf("a date of the assessment of %s: %w", a.Scope, err)
	}
	end := start
	if d.Until != "" {
		if end, err = time.Parse(time.DateOnly, d.Until); err != nil {
			return fmt.Errorf("a date of the assessment of %s: %w", a.Scope, err)
		}
	}
	sum := sha256.Sum256([]byte(strings.Join([]string{string(d.Kind), a.Scope, d.Subject}, "\x00")))
	event := calendar.AddEvent(hex.EncodeToString(sum[:16]) + "@terraform-srm.github.io")
	event.SetDtStampTime(stamp)
	event.SetAllDayStartAt(start)
	event.SetAllDayEndAt(end.AddDate(0, 0, 1)) // The end of an event is the day after its last one.
	event.SetSummary(oneLine(i.name(a) + i.say(": ", " : ") + i.in(d.Text)))
	event.SetDescription(i.disclaimer())
	event.SetTimeTransparency(ics.TransparencyTransparent)
	return nil
}
