package report

import (
	"strconv"
	"time"

	"github.com/terraform-srm/terraform-provider-srm/internal/assessment"
)

// The size of the timeline, in units of its drawing.
const (
	timelineWidth = 900
	timelineLeft  = 200 // Names are left of it.
	timelineRow   = 30
)

// timeline is a drawing of the support of versions.
type timeline struct {
	Width, Height, Bottom, NowTextY, Now int
	NowText                              string
	Years                                []timelineMark
	Rows                                 []timelineRowData
}

type (
	timelineMark struct {
		X    int
		Text string
	}
	timelineRowData struct {
		Name  string
		TextY int
		Bars  []timelineBar
	}
	timelineBar struct {
		X, Y, Width int
		Fill, Text  string
	}
)

// timeline returns the drawing, without rows if no date of a version is known.
func (i Input) timeline() timeline {
	t := timeline{Width: timelineWidth}
	var first, last, now time.Time
	type row struct {
		name  string
		dates map[assessment.DateKind]assessment.DueDate
	}
	rows := []row{}
	for _, a := range i.Assessments {
		r := row{i.name(a), map[assessment.DateKind]assessment.DueDate{}}
		for _, d := range a.Dates {
			switch d.Kind {
			case assessment.DateDeprecation, assessment.DateEndOfSupport, assessment.DateForcedUpgrade:
				r.dates[d.Kind] = d
			}
		}
		read, err := time.Parse(time.RFC3339, a.AsOf)
		if len(r.dates) == 0 || err != nil {
			continue
		}
		rows = append(rows, r)
		now = read
		for _, d := range r.dates {
			for _, text := range []string{d.On, d.Until} {
				if at, err := time.Parse(time.DateOnly, text); err == nil {
					first, last = earliest(first, at), latest(last, at)
				}
			}
		}
	}
	if len(rows) == 0 {
		return t
	}
	first, last = earliest(first, now).AddDate(0, -2, 0), latest(last, now).AddDate(0, 2, 0)
	x := func(at time.Time) int {
		share := float64(at.Sub(first)) / float64(last.Sub(first))
		return timelineLeft + int(share*(timelineWidth-timelineLeft-40))
	}
	for n, r := range rows {
		y := 28 + n*timelineRow
		t.Rows = append(
			t.Rows, timelineRowData{Name: shortName(r.name), TextY: y + 11, Bars: i.bars(r.dates, x, first, y)},
		)
	}
	t.Bottom = 28 + len(rows)*timelineRow
	t.NowTextY, t.Height = t.Bottom+14, t.Bottom+24
	t.Now, t.NowText = x(now), now.Format(time.DateOnly)
	for year := first.Year() + 1; year <= last.Year(); year++ {
		t.Years = append(t.Years, timelineMark{x(time.Date(year, 1, 1, 0, 0, 0, 0, time.UTC)), strconv.Itoa(year)})
	}
	return t
}

// bars returns the periods of a version: supported, deprecated, forced upgrade.
func (i Input) bars(
	dates map[assessment.DateKind]assessment.DueDate, x func(time.Time) int, first time.Time, y int,
) []timelineBar {
	at := func(text string) (time.Time, bool) {
		t, err := time.Parse(time.DateOnly, text)
		return t, err == nil
	}
	bars := []timelineBar{}
	add := func(from, to time.Time, fill string, text assessment.Text) {
		if !to.After(from) {
			return
		}
		period := i.say("until ", "jusqu'au ") + to.Format(time.DateOnly)
		if from != first { // The first day of the drawing is not the first one of the period.
			period = from.Format(time.DateOnly) + i.say(" to ", " au ") + to.Format(time.DateOnly)
		}
		bars = append(bars, timelineBar{
			X: x(from), Y: y, Width: max(1, x(to)-x(from)), Fill: fill, Text: i.in(text) + " (" + period + ")",
		})
	}
	deprecation, hasDeprecation := at(dates[assessment.DateDeprecation].On)
	end, hasEnd := at(dates[assessment.DateEndOfSupport].On)
	switch {
	case hasDeprecation:
		add(first, deprecation, "#7fc08f", assessment.Text{EN: "supported", FR: "prise en charge"})
		if hasEnd {
			add(deprecation, end, "#f0c24b", assessment.Text{EN: "deprecated", FR: "dépréciée"})
		}
	case hasEnd:
		add(first, end, "#7fc08f", assessment.Text{EN: "supported or deprecated", FR: "prise en charge ou dépréciée"})
	}
	forced := dates[assessment.DateForcedUpgrade]
	start, hasStart := at(forced.On)
	if until, hasUntil := at(forced.Until); hasStart && hasUntil {
		add(start, until, "#d9534f", assessment.Text{EN: "forced upgrade", FR: "mise à jour forcée"})
	}
	return bars
}

// shortName cuts a name that does not fit beside the timeline.
func shortName(text string) string {
	const limit = 26
	if runes := []rune(text); len(runes) > limit {
		return string(runes[:limit-1]) + "…"
	}
	return text
}

func earliest(a, b time.Time) time.Time {
	if a.IsZero() || b.Before(a) {
		return b
	}
	return a
}

func latest(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}
