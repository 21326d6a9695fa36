package report

import (
	"fmt"
	"strings"

	"github.com/terraform-srm/terraform-provider-srm/internal/assessment"
)

// maxAnswers is the number of answers of a question at the top of the page.
const maxAnswers = 12

// maxAnswerRunes is the length after which the text of a finding is cut there.
const maxAnswerRunes = 160

// question is what readers want to know first. The section with the id Section has everything.
type question struct {
	Section, Title string
	Answers        []string
	More           string
}

// questions returns the questions that the page begins with, and their answers.
func (i Input) questions() []question {
	severe := []string{}
	for _, f := range i.findings(func(f finding) bool {
		return f.isOpenFail() && f.Severity.AtLeast(assessment.High)
	}) {
		severe = append(severe, fmt.Sprintf("%s — %s (%s)%s%s", i.severity(f.Severity), i.in(f.Title), f.subject,
			i.say(": ", " : "), shortenTo(i.in(f.Found), maxAnswerRunes)))
	}
	waivers := i.waiversInBrief()
	unread, checks := i.unevaluatedInBrief()
	all := []question{
		i.newQuestion(
			"deviations",
			fmt.Sprintf(i.say("Open deviations, critical or high: %d",
				"Écarts ouverts de sévérité critique ou élevée : %d"), len(severe)),
			severe,
			i.say("None.", "Aucun."),
		),
		i.newQuestion("waivers", fmt.Sprintf(i.say("Waivers: %d", "Dérogations : %d"), len(waivers)), waivers,
			i.say("None.", "Aucune.")),
		i.newQuestion(
			"unevaluated",
			fmt.Sprintf(i.say("Checks not evaluated: %d", "Contrôles non évalués : %d"), checks),
			unread,
			i.say("Everything was evaluated.", "Tout a été évalué."),
		),
		i.newQuestion("dates", i.say("Support of the versions", "Support des versions"), i.supportInBrief(),
			i.say("No date is known.", "Aucune échéance n'est connue.")),
	}
	earlier, on := i.before()
	if earlier.Baseline == nil {
		return append(all, i.newQuestion("history", i.say("Changes", "Changements"), nil, i.say(
			"This is the first run, or no earlier one was given.",
			"C'est la première évaluation, ou aucune précédente n'a été donnée.")))
	}
	changes := []string{}
	for _, c := range i.changes() {
		text := fmt.Sprintf("%s — %s (%s)", c.Change, c.Title, c.Subject)
		if c.Severity != "" {
			text += ", " + c.Severity
		}
		changes = append(changes, text)
	}
	for _, text := range earlier.incomparableTexts() {
		changes = append(changes, i.say("not comparable — ", "non comparable — ")+text)
	}
	return append(
		all,
		i.newQuestion("history", fmt.Sprintf(i.say("Changes since %s: %d", "Changements depuis le %s : %d"),
			on, len(changes)), changes, i.say("None.", "Aucun.")),
	)
}

// newQuestion returns a question; without answers, it has the text none.
func (i Input) newQuestion(section, title string, answers []string, none string) question {
	q := question{Section: section, Title: title, Answers: answers}
	if len(answers) == 0 {
		q.Answers = []string{none}
	}
	if more := len(answers) - maxAnswers; more > 1 {
		q.Answers, q.More = answers[:maxAnswers], fmt.Sprintf(i.say("and %d more", "et %d autres"), more)
	}
	return q
}

// waiversInBrief says who approved which waiver until when.
func (i Input) waiversInBrief() []string {
	texts := []string{}
	for _, w := range i.waivers() {
		texts = append(texts, fmt.Sprintf(
			i.say("%s — %s (%s): approved by %s on %s, until %s (%s)",
				"%s — %s (%s) : approuvée par %s le %s, jusqu'au %s (%s)"),
			w.ID,
			i.checkTitle(w.Check),
			i.scopeName(w.Scope),
			w.Approver,
			dateOf(w.ApprovedOn),
			dateOf(w.Until),
			i.waiverState(w.State),
		))
	}
	return texts
}

// unevaluatedInBrief counts the checks that were not evaluated, by subject and reason.
func (i Input) unevaluatedInBrief() ([]string, int) {
	texts, total := []string{}, 0
	for _, a := range i.Assessments {
		for _, reason := range assessment.Reasons() {
			count, needs := 0, []string{}
			for _, u := range a.NotEvaluated {
				if u.Reason != reason {
					continue
				}
				count += len(u.Checks)
				if reason == assessment.Forbidden && u.Needs != "" {
					needs = append(needs, i.needs(u.Needs))
				}
			}
			if count == 0 {
				continue
			}
			total += count
			text := fmt.Sprintf("%s — %s%s%d", i.name(a), i.in(reason.Label()), i.say(": ", " : "), count)
			if len(needs) > 0 {
				text += " (" + strings.Join(needs, ", ") + ")"
			}
			texts = append(texts, text)
		}
	}
	return texts, total
}

// supportInBrief returns the dates of the versions, by cluster.
func (i Input) supportInBrief() []string {
	texts := []string{}
	for _, a := range i.Assessments {
		dates, end := []string{}, i.say("end unknown", "fin inconnue")
		for _, d := range a.Dates {
			if d.Kind == assessment.DateEndOfSupport {
				end = i.say("until ", "jusqu'au ") + d.On
			}
			switch d.Kind {
			case assessment.DateDeprecation, assessment.DateEndOfSupport, assessment.DateForcedUpgrade:
				dates = append(dates, i.period(d)+i.say(": ", " : ")+i.in(d.Text))
			case assessment.DateCertificate, assessment.DateAttestation, assessment.DateWaiver, assessment.DateAPIKey:
			}
		}
		if len(dates) > 0 {
			texts = append(texts, i.name(a)+" — "+end+". "+strings.Join(dates, " "))
		}
	}
	return texts
}

// before returns the input with the assessments before this one as its baseline, and their date. Without any, the
// baseline is nil.
func (i Input) before() (Input, string) {
	earlier := i
	for _, run := range i.History {
		if asOfAll(run) < asOfAll(i.Assessments) &&
			(earlier.Baseline == nil || asOfAll(run) > asOfAll(earlier.Baseline)) {
			earlier.Baseline = run
		}
	}
	return earlier, day(asOfAll(earlier.Baseline))
}

// changes returns what differs from the run before: deviations that are new, open again, waived since or corrected, and
// waivers that were approved or that expired.
func (i Input) changes() []changeRow {
	earlier, on := i.before()
	rows := []changeRow{}
	if earlier.Baseline == nil {
		return rows
	}
	for _, kind := range []struct {
		change
		name string
	}{
		{newFail, i.say("new", "nouveau")},
		{openAgain, i.say("open again: no waiver is in force", "rouvert : plus de dérogation en vigueur")},
		{waivedSince, i.say("under a waiver since", "sous dérogation depuis")},
		{corrected, i.say("corrected", "corrigé")},
	} {
		for _, f := range i.findings(func(f finding) bool {
			return earlier.isComparable(*f.of) && earlier.changeOf(f) == kind.change
		}) {
			rows = append(rows, changeRow{kind.name, i.in(f.Title), f.subject, i.severity(f.Severity)})
		}
	}
	for _, w := range i.waivers() {
		row := changeRow{Title: w.ID + ", " + i.checkTitle(w.Check), Subject: i.scopeName(w.Scope)}
		if approved := dateOf(w.ApprovedOn); approved > on && w.State != assessment.WaiverFuture {
			row.Change = i.say("waiver approved on ", "dérogation approuvée le ") + approved
			rows = append(rows, row)
		}
		if until := dateOf(w.Until); until >= on && w.State == assessment.WaiverExpired {
			row.Change = i.say("waiver expired on ", "dérogation expirée le ") + until
			rows = append(rows, row)
		}
	}
	return rows
}

// scopeName returns the name of a scope of this report.
func (i Input) scopeName(scope string) string {
	for _, a := range i.Assessments {
		if a.Scope == scope {
			return i.name(a)
		}
	}
	return scope
}
