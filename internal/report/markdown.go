package report

import (
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/terraform-srm/terraform-provider-srm/internal/assessment"
)

// MaxMarkdownLines is the largest number of lines of a Markdown report, folded ones included.
const MaxMarkdownLines = 40

// maxItemRunes is the length after which the text of a list item is cut.
const maxItemRunes = 400

// dueDays is the number of days in advance that dates are visible.
const dueDays = 90

// section is a list with a title.
type section struct {
	title    string
	items    []string
	isFolded bool
	visible  int // Number of items that fit.
}

// lines returns the number of lines of the section.
func (s section) lines() int {
	count := 1 + s.visible // title
	if s.visible < len(s.items) {
		count++ // number of the others
	}
	if s.isFolded {
		count += 3 // blank, blank, end of the folded part
	}
	return count
}

// Markdown returns a report of at most MaxMarkdownLines lines, for a comment on a pull request or for an issue.
func Markdown(in Input) string {
	sections := slices.DeleteFunc(in.sections(), func(s section) bool { return len(s.items) == 0 })
	names := []string{}
	for _, a := range in.Assessments {
		names = append(names, escape(in.name(a)))
	}
	title := in.say("Shared responsibility", "Responsabilité partagée")
	if len(names) > 0 && len(names) <= 5 {
		title += in.say(": ", " : ") + strings.Join(names, ", ")
	}
	lines := []string{"## " + title, "", "**" + in.summary() + "**", ""}
	const footer = 2
	fit(sections, MaxMarkdownLines-len(lines)-footer)
	for _, s := range sections {
		lines = append(lines, in.render(s)...)
	}
	lines = append(lines, "", "_"+in.disclaimer()+"_")
	return strings.Join(lines, "\n") + "\n"
}

// fit chooses how many items of each section are visible: one of each, then up to a few of each in the order of the
// sections, then more.
func fit(sections []section, budget int) {
	const few = 5
	total := 0
	for i := range sections {
		sections[i].visible = 1
		total += sections[i].lines()
	}
	for _, limit := range []int{few, MaxMarkdownLines} {
		for i := range sections {
			for s := &sections[i]; s.visible < min(limit, len(s.items)); {
				before := s.lines()
				s.visible++
				more := s.lines() - before
				if total+more > budget {
					s.visible--
					break
				}
				total += more
			}
		}
	}
}

// render returns the lines of a section.
func (i Input) render(s section) []string {
	items := []string{}
	for _, item := range s.items[:s.visible] {
		items = append(items, "- "+item)
	}
	if more := len(s.items) - s.visible; more > 0 {
		items = append(items, fmt.Sprintf("- "+i.say("and %d more in `%s`", "et %d autres dans `%s`"), more,
			strings.ReplaceAll(oneLine(i.Source), "`", "")))
	}
	title := fmt.Sprintf("%s (%d)", s.title, len(s.items))
	if s.isFolded {
		return slices.Concat(
			[]string{"<details><summary>" + title + "</summary>", ""}, items, []string{"", "</details>"},
		)
	}
	return append([]string{"### " + title}, items...)
}

// summary returns the sentence that the report begins with.
func (i Input) summary() string {
	open := i.findings(finding.isOpenFail)
	severe := len(slices.DeleteFunc(slices.Clone(open), func(f finding) bool {
		return !f.Severity.AtLeast(assessment.High)
	}))
	decide := len(i.findings(func(f finding) bool { return f.Result == assessment.NeedsDecision }))
	missing := len(i.findings(func(f finding) bool { return f.Result == assessment.NotEvaluated }))
	waived := len(i.findings(func(f finding) bool { return f.Disposition == assessment.Waived }))
	text := fmt.Sprintf(i.say(
		"Open deviations: %d (critical or high: %d); under a waiver: %d; to decide: %d; not evaluated: %d.",
		"Écarts ouverts : %d (critiques ou élevés : %d) ; sous dérogation : %d ; à décider : %d ; non évalués : %d.",
	), len(open), severe, waived, decide, missing)
	if i.Baseline != nil {
		text += fmt.Sprintf(i.say(" Since the baseline: %d new, %d corrected.",
			" Depuis la référence : %d nouveaux, %d corrigés."), len(i.newFails()), len(i.fixed()))
	}
	if dates := i.readDates(); dates != "" {
		text += " " + i.say("Read on ", "Lu le ") + dates + "."
	}
	return text
}

// readDates returns the first and the last day on which clusters were read.
func (i Input) readDates() string {
	days := []string{}
	for _, a := range i.Assessments {
		days = append(days, day(a.ReadAt))
	}
	if len(days) == 0 {
		return ""
	}
	first, last := slices.Min(days), slices.Max(days)
	if first == last {
		return first
	}
	return first + i.say(" to ", " au ") + last
}

// newFails returns the open deviations that the baseline does not have or that were waived there, or all without a
// baseline.
func (i Input) newFails() []finding {
	return i.findings(func(f finding) bool {
		c := i.changeOf(f)
		return c == newFail || c == openAgain
	})
}

// fixed returns the findings that were open deviations in the baseline and are deviations no longer.
func (i Input) fixed() []finding {
	return i.findings(func(f finding) bool { return i.changeOf(f) == corrected && i.isComparable(*f.of) })
}

// sections returns all sections, the most important first.
func (i Input) sections() []section {
	fails := i.say("Open deviations", "Écarts ouverts")
	if i.Baseline != nil {
		fails = i.say("New deviations", "Nouveaux écarts")
	}
	known := map[string]bool{}
	for _, f := range i.newFails() {
		known[f.ID] = true
	}
	still := i.findings(func(f finding) bool { return f.isOpenFail() && !known[f.ID] })
	return []section{
		{
			title: i.say(
				"Responsibilities that this change shifts", "Responsabilités que ce changement transfère",
			), items: i.shifts(),
		},
		{title: i.say("Not comparable with the baseline", "Non comparable à la référence"), items: i.incomparable()},
		{title: fails, items: i.items(i.newFails(), true)},
		{title: i.say("Overdue", "En retard"), items: i.overdue()},
		{title: i.say("Due in 90 days", "À échéance dans 90 jours"), items: i.due()},
		{title: i.say("Could not be read", "Lecture impossible"), items: i.unread()},
		{title: i.say("Corrected", "Corrigés"), items: i.items(i.fixed(), false)},
		{title: i.say("Still open", "Toujours ouverts"), items: i.items(still, false), isFolded: true},
	}
}

// items returns findings as list items.
func (i Input) items(findings []finding, withRemedy bool) []string {
	items := []string{}
	for _, f := range findings {
		text := i.in(f.Title)
		if i.changeOf(f) == openAgain {
			text += i.say(", open again", ", de nouveau ouvert")
		}
		text += i.say(": ", " : ") + i.in(f.Found)
		if remedy := i.in(f.Remedy); withRemedy && remedy != "" {
			text += " " + remedy
		}
		of := ""
		if len(i.Assessments) > 1 {
			of = ", " + escape(f.subject)
		}
		items = append(
			items, fmt.Sprintf("**%s** %s (`%s`%s)", i.severity(f.Severity), escape(shorten(text)), f.Check, of),
		)
	}
	return items
}

// severity returns the label of a severity.
func (i Input) severity(s assessment.Severity) string {
	french := map[assessment.Severity]string{
		assessment.Critical: "critique", assessment.High: "élevée", assessment.Medium: "moyenne",
		assessment.Low:  "faible",
		assessment.Info: "information",
	}
	return i.say(string(s), french[s])
}

// shifts returns what the plan shifts to the customer, and what it returns.
func (i Input) shifts() []string {
	items := []string{}
	if i.Plan == nil {
		return items
	}
	for _, s := range i.Plan.Shifts {
		items = append(items, fmt.Sprintf("%s (%s): %s", code(s.Address), escape(s.Clause), escape(shorten(s.Reason))))
	}
	for _, s := range i.Plan.Returns {
		items = append(items, fmt.Sprintf(i.say("%s (%s): no longer shifted: %s", "%s (%s) : n'est plus transféré : "+
			"%s"),
			code(s.Address), escape(s.Clause), escape(s.Key)))
	}
	return items
}

// incomparable names the clusters whose baseline was read or judged in another way.
func (i Input) incomparable() []string {
	items := []string{}
	for _, text := range i.incomparableTexts() {
		items = append(items, escape(text))
	}
	return items
}

func (i Input) incomparableTexts() []string {
	texts := []string{}
	if i.Baseline == nil {
		return texts
	}
	for _, a := range i.Assessments {
		if !i.isComparable(a) {
			texts = append(texts, i.name(a)+i.say(
				": the baseline has no assessment of this cluster with the same layers.",
				" : la référence n'a pas d'évaluation de ce cluster avec les mêmes couches."))
		}
	}
	return texts
}

// overdue returns corrections past their deadline, and declarations that have expired.
func (i Input) overdue() []string {
	items := []string{}
	for _, f := range i.findings(
		func(f finding) bool { return f.Check == "findings_resolved" && f.Result == assessment.Fail },
	) {
		for _, o := range f.Objects {
			if o.Result == assessment.Fail {
				items = append(items, escape(shorten(i.in(o.Found)))+i.suffix(f.of))
			}
		}
	}
	for n, a := range i.Assessments {
		for _, d := range a.Dates {
			isDeclared := d.Kind == assessment.DateAttestation || d.Kind == assessment.DateCertificate
			if isDeclared && d.On < day(a.AsOf) {
				items = append(items, d.On+i.say(": ", " : ")+escape(shorten(i.in(d.Text)))+i.suffix(&i.Assessments[n]))
			}
		}
		for _, w := range a.Waivers {
			if w.State == assessment.WaiverExpired {
				items = append(items, fmt.Sprintf(i.say("The waiver %s has expired.", "La dérogation %s a expiré."),
					escape(w.ID))+i.suffix(&i.Assessments[n]))
			}
		}
	}
	return items
}

// suffix names the cluster at the end of an item if there are several.
func (i Input) suffix(a *assessment.Assessment) string {
	if len(i.Assessments) < 2 {
		return ""
	}
	return " (" + escape(i.name(*a)) + ")"
}

// due returns the dates of the next days.
func (i Input) due() []string {
	type item struct{ on, text string }
	items := []item{}
	for n, a := range i.Assessments {
		now, err := time.Parse(time.RFC3339, a.AsOf)
		if err != nil {
			continue
		}
		last := now.AddDate(0, 0, dueDays).Format(time.DateOnly)
		today := now.Format(time.DateOnly)
		for _, d := range a.Dates {
			if end := max(d.On, d.Until); end < today || d.On > last {
				continue
			}
			items = append(items, item{
				d.On, i.period(d) + i.say(": ", " : ") + escape(shorten(i.in(d.Text))) + i.suffix(&i.Assessments[n]),
			})
		}
	}
	slices.SortStableFunc(items, func(a, b item) int { return strings.Compare(a.on, b.on) })
	texts := []string{}
	for _, one := range items {
		texts = append(texts, one.text)
	}
	return texts
}

// unread returns what the identity was not allowed to read or could not reach.
func (i Input) unread() []string {
	items := []string{}
	for n, a := range i.Assessments {
		for _, u := range a.NotEvaluated {
			if !u.Reason.IsUnread() {
				continue
			}
			text := i.reason(u.Reason, u.Needs)
			items = append(
				items, escape(
					shorten(text+i.say(": ", " : ")+strings.Join(u.Checks, ", ")),
				)+i.suffix(&i.Assessments[n]),
			)
		}
	}
	return items
}

// reason returns why something was not evaluated, and what is missing.
func (i Input) reason(reason assessment.Reason, needs string) string {
	if needs == "" {
		return i.in(reason.Label())
	}
	return i.in(reason.Label()) + " (" + i.needs(needs) + ")"
}

// shorten cuts a long text, and makes it one line.
func shorten(text string) string { return shortenTo(text, maxItemRunes) }

func shortenTo(text string, limit int) string {
	text = oneLine(text)
	if runes := []rune(text); len(runes) > limit {
		return string(runes[:limit-1]) + "…"
	}
	return text
}

// escape makes a text literal in Markdown. An invisible character keeps mentions, references to issues and addresses
// from becoming links. Control characters and those that reverse the direction of text are left out.
func escape(text string) string {
	const invisible = "\u200b"
	text = oneLine(text)
	var b strings.Builder
	for i, r := range text {
		isListMark := i == 0 && r == '-' || (r == '.' || r == ')') && isNumber(text[:i])
		switch {
		case r == '@' || r == '#':
			b.WriteString("\\" + string(r) + invisible)
		case r == ':' && strings.HasPrefix(text[i:], "://"), r == '.' && strings.HasSuffix(
			strings.ToLower(text[:i]), "www",
		):
			b.WriteString(string(r) + invisible)
		case isListMark || strings.ContainsRune("\\`*_{}[]<>!|~&$=^+", r):
			b.WriteString("\\" + string(r))
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

// isNumber reports whether a text consists of digits.
func isNumber(text string) bool {
	return text != "" && strings.Trim(text, "0123456789") == ""
}

// oneLine replaces whitespace by spaces, except no-break spaces, and leaves out what is not printed.
func oneLine(text string) string {
	text = strings.Join(strings.FieldsFunc(text, func(r rune) bool {
		return unicode.IsSpace(r) && r != '\u00a0' && r != '\u202f'
	}), " ")
	return strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Cc, r) || unicode.Is(unicode.Cf, r) {
			return -1
		}
		return r
	}, text)
}

// code returns a text as code.
func code(text string) string {
	return "`" + strings.ReplaceAll(oneLine(text), "`", "'") + "`"
}
