// Package report writes assessments for readers: Markdown for a pull request or an issue, CSV for a spreadsheet, a
// calendar of dates. It is pure: it reads no API and no clock.
package report

import (
	"cmp"
	"slices"
	"strings"

	"github.com/terraform-srm/terraform-provider-srm/internal/assessment"
)

// Input is what a report is about.
type Input struct {
	Assessments []assessment.Assessment
	// Baseline are earlier assessments. Nil: the report does not say what is new.
	Baseline []assessment.Assessment
	// History are earlier runs, in any order.
	History [][]assessment.Assessment
	// Plan is the plan of a change. Nil: none.
	Plan     *Plan
	Language string // "en" or "fr".
	// Source is the file that has everything, such as "assessment.json".
	Source string
	Tool   string // Program that made the assessment, with its version.
	// IsRedacted is true if the assessments have pseudonyms.
	IsRedacted bool
	// Commit and Pipeline say for which state of a repository and in which run the report was made. Empty: not given.
	Commit, Pipeline string
}

// say returns the text of the report's language.
func (i Input) say(en, fr string) string { return i.in(assessment.Text{EN: en, FR: fr}) }

func (i Input) in(t assessment.Text) string {
	text := t.In(i.Language)
	if i.Language == "fr" {
		return withFrenchSpaces(text)
	}
	return text
}

// frenchSpaces keeps the signs of French punctuation on the line of their word: a no-break space before a colon and
// inside quotation marks, a narrow one before the other signs.
var frenchSpaces = strings.NewReplacer(
	" :", "\u00a0:", " ;", "\u202f;", " ?", "\u202f?", " !", "\u202f!", "« ", "«\u00a0", " »", "\u00a0»",
)

// withFrenchSpaces returns a French text with its no-break spaces. Code between backquotes stays as it is.
func withFrenchSpaces(text string) string {
	parts := strings.Split(text, "`")
	for i := 0; i < len(parts); i += 2 {
		parts[i] = frenchSpaces.Replace(parts[i])
	}
	return strings.Join(parts, "`")
}

// disclaimer is printed on every report.
func (i Input) disclaimer() string {
	redacted := ""
	if i.IsRedacted {
		redacted = i.say(
			" In this copy, identifiers and addresses are pseudonyms.",
			" Dans cette copie, les identifiants et les adresses sont des pseudonymes.",
		)
	}
	return i.say(
		"This document reports data read on a date and declarations that were not verified. It certifies nothing and "+
			"replaces neither the HDS contract nor the audit.",
		"Ce document restitue des données lues à une date et des déclarations non vérifiées. Il ne certifie rien et "+
			"ne remplace ni le contrat HDS ni l'audit.",
	) + redacted
}

// finding is a finding with the assessments that it belongs to.
type finding struct {
	assessment.Finding
	of *assessment.Assessment
	// subject names the clusters: the finding about a Project belongs to all clusters of the Project.
	subject string
}

// unique returns every finding once, in the order of the assessments. A finding about a Project is in the assessment of
// each of its clusters; the worst one counts, which is that of a cluster for health data.
func (i Input) unique() []finding {
	found, position, subjects := []finding{}, map[string]int{}, map[string][]string{}
	for n := range i.Assessments {
		a := &i.Assessments[n]
		for _, f := range a.Findings {
			at, isKnown := position[f.ID]
			switch {
			case !isKnown:
				position[f.ID] = len(found)
				found = append(found, finding{Finding: f, of: a})
			case isWorse(f, found[at].Finding):
				found[at].Finding, found[at].of = f, a
			}
			if !slices.Contains(subjects[f.ID], i.name(*a)) {
				subjects[f.ID] = append(subjects[f.ID], i.name(*a))
			}
		}
	}
	for n := range found {
		found[n].subject = strings.Join(subjects[found[n].ID], ", ")
	}
	return found
}

// isWorse reports whether a finding is worse than another with the same id.
func isWorse(a, b assessment.Finding) bool {
	order := cmp.Or(
		cmp.Compare(slices.Index(assessment.Results(), a.Result), slices.Index(assessment.Results(), b.Result)),
		cmp.Compare(
			slices.Index(assessment.Severities(), a.Severity), slices.Index(assessment.Severities(), b.Severity),
		),
	)
	return order < 0 || order == 0 && a.Disposition == assessment.Open && b.Disposition == assessment.Waived
}

// findings returns the findings that keep selects: the most severe first, then those that exist longest.
func (i Input) findings(keep func(finding) bool) []finding {
	found := slices.DeleteFunc(i.unique(), func(f finding) bool { return !keep(f) })
	slices.SortStableFunc(found, func(a, b finding) int {
		return cmp.Or(
			cmp.Compare(
				slices.Index(assessment.Severities(), a.Severity), slices.Index(assessment.Severities(), b.Severity),
			),
			strings.Compare(cmp.Or(a.FailSince, a.Since), cmp.Or(b.FailSince, b.Since)),
			strings.Compare(a.ID, b.ID),
		)
	})
	return found
}

// isOpenFail reports whether a finding is a deviation without a waiver.
func (f finding) isOpenFail() bool {
	return f.Result == assessment.Fail && f.Disposition == assessment.Open
}

// earlier returns the finding of the baseline with the same id.
func (i Input) earlier(f finding) (assessment.Finding, bool) {
	for _, a := range i.Baseline {
		for _, e := range a.Findings {
			if e.ID == f.ID {
				return e, true
			}
		}
	}
	return assessment.Finding{}, false
}

// change says how a finding differs from that of the baseline.
type change int

const (
	unchanged   change = iota // Also what is not a deviation in either.
	newFail                   // An open deviation that was none.
	openAgain                 // An open deviation that was waived.
	waivedSince               // A waived deviation that was open.
	corrected                 // An open deviation that is gone. What can no longer be evaluated is not.
)

// changeOf compares a finding with the baseline. Without a baseline, each open deviation is new.
func (i Input) changeOf(f finding) change {
	before, isKnown := i.earlier(f)
	wasOpen := isKnown && (finding{Finding: before}).isOpenFail()
	switch {
	case f.isOpenFail() && isKnown && before.Disposition == assessment.Waived:
		return openAgain
	case f.isOpenFail() && !wasOpen:
		return newFail
	case wasOpen && f.Disposition == assessment.Waived:
		return waivedSince
	case wasOpen && isCorrected(f.Result):
		return corrected
	}
	return unchanged
}

// isComparable reports whether the baseline has an assessment of the same scope, layers and kind of data: otherwise a
// difference may come from what was looked at.
func (i Input) isComparable(a assessment.Assessment) bool {
	return slices.ContainsFunc(i.Baseline, func(b assessment.Assessment) bool {
		return b.Scope == a.Scope && b.HDS == a.HDS && slices.Equal(b.Layers, a.Layers)
	})
}

// name returns how a report calls the subject of an assessment.
func (i Input) name(a assessment.Assessment) string {
	if a.Name == "" && strings.HasPrefix(a.Scope, "organization/") {
		return i.say("Organization", "Organisation")
	}
	return cmp.Or(a.Name, a.Scope)
}
