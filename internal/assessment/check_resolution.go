package assessment

import (
	"fmt"
	"maps"
	"slices"
	"time"
)

// resolutionCheck is the id of the check that compares two assessments.
const resolutionCheck = "findings_resolved"

// resolutionChecks returns the check of how deviations are corrected.
func resolutionChecks() []Check {
	return []Check{{
		ID: resolutionCheck, Layer: LayerConfiguration, Severity: Medium,
		Title: Text{EN: "Correction of deviations", FR: "Correction des écarts"},
		Expected: Text{
			EN: "Each deviation of the earlier assessment is gone or waived within its deadline.",
			FR: "Chaque écart de l'évaluation antérieure est levé, ou admis par dérogation, dans son délai.",
		},
		Remedy: Text{
			EN: "Correct the deviation as the remedy of its finding says, or add a waiver to the text of waivers.",
			FR: "Appliquer la correction indiquée pour l'écart, ou inscrire une dérogation au registre.",
		},
		judge: judgeResolution,
	}}
}

// deadlineDays returns the days within which a deviation of a severity must be corrected, and false if there is no
// deadline.
func (i Inputs) deadlineDays(severity Severity) (int, bool) {
	days := map[Severity]int{Critical: 7, High: 30, Medium: 90}
	maps.Copy(days, i.DeadlineDays)
	limit, ok := days[severity]
	return limit, ok
}

// judgeResolution compares the deviations of the baseline with this assessment.
func judgeResolution(j *judgement) {
	baseline := j.options.Baseline
	missing := &Gap{Reason: InputMissing, Needs: "baseline"}
	switch {
	case baseline == nil:
	case baseline.Scope != j.facts.Scope() || baseline.HDS != j.options.HDS || baseline.Format != Format:
		missing.Detail = "the baseline is an assessment of another scope"
	case baseline.AsOf > j.now.Format(time.RFC3339):
		missing.Detail = "the baseline is newer than this assessment"
	default:
		missing = nil
	}
	if !j.reads(missing) {
		return
	}
	j.nothing("The earlier assessment has no deviation with a deadline.",
		"L'évaluation antérieure n'a aucun écart assorti d'un délai.")
	for _, earlier := range baseline.Findings {
		days, hasDeadline := j.options.Inputs.deadlineDays(earlier.Severity)
		if (earlier.Result == Fail || earlier.FailSince != "") && hasDeadline && earlier.Check != resolutionCheck {
			j.judgeResolved(earlier, baseline.AsOf, days)
		}
	}
}

// judgeResolved judges a deviation of the baseline.
func (j *judgement) judgeResolved(earlier Finding, asOf string, days int) {
	since := earlier.Since
	if earlier.FailSince != "" {
		since = earlier.FailSince
	}
	if since == "" {
		since = asOf[:min(len(asOf), len(time.DateOnly))]
	}
	object := Object{ID: earlier.ID, Source: "baseline", Attribute: "since", Value: since}
	start, ok := parseDay(since)
	if !ok {
		j.unknown(object, Gap{Reason: InputMissing, Needs: "baseline", Detail: "a finding without a date"})
		return
	}
	deadline := start.AddDate(0, 0, days)
	date := deadline.Format(time.DateOnly)
	overdue := Text{EN: date, FR: date}
	if w, ok := j.lastExpired(earlier); ok && w.Until.After(deadline) {
		deadline = w.Until
		date = deadline.Format(time.DateOnly)
		overdue = Text{EN: date + ", the end of the waiver " + w.ID, FR: date + ", fin de la dérogation " + w.ID}
	}
	i := slices.IndexFunc(j.findings, func(f Finding) bool { return f.ID == earlier.ID })
	switch {
	case i < 0:
		j.unknown(object, Gap{Reason: NotAsked, Needs: earlier.Check})
	case j.findings[i].Result == NotEvaluated:
		gap := Gap{Reason: NotAsked, Needs: earlier.Check}
		if gaps := j.findings[i].NotEvaluated; len(gaps) > 0 {
			gap = gaps[0]
		}
		j.unknown(object, gap)
	case j.findings[i].Result == NeedsDecision:
		j.decide(
			object,
			"A person has to judge what was a deviation.",
			"Une personne doit juger ce qui était un écart.",
		)
	case j.findings[i].Result == NotApplicable:
		j.decide(object, "The objects of the deviation are gone: a person has to judge whether it was corrected.",
			"Les objets de l'écart ont disparu : une personne doit juger s'il a été corrigé.")
	case j.findings[i].Result != Fail:
		j.passWith(object, "The deviation is gone.", "L'écart est levé.")
	case j.findings[i].Disposition == Waived:
		end := j.findings[i].Waiver.Until
		j.passWith(
			object,
			"The deviation is waived until "+end+".",
			"L'écart fait l'objet d'une dérogation jusqu'au "+end+".",
		)
	case isPast(deadline, j.now):
		j.fail(object, earlier.Severity,
			fmt.Sprintf("%s is a deviation since %s; the deadline was %s.", earlier.Check, since, overdue.EN),
			fmt.Sprintf("%s est un écart depuis le %s ; l'échéance était le %s.", earlier.Check, since, overdue.FR))
	default:
		j.passWith(object, "The deadline is "+date+".", "L'échéance est le "+date+".")
	}
}

// lastExpired returns the waiver of all objects of a deviation that expired last. While it was in force, the
// deviation was accepted.
func (j *judgement) lastExpired(f Finding) (last Waiver, found bool) {
	for _, w := range j.options.Waivers {
		isMissing := func(subject string) bool { return !slices.Contains(w.Subjects, subject) }
		isAbout := w.Check == f.Check && f.isIn(w.Scope) && maxWaiverDays(w.Check) > 0 &&
			!slices.ContainsFunc(f.Subjects, isMissing)
		if !isAbout || !isPast(w.Until, j.now) {
			continue
		}
		if !found || w.Until.After(last.Until) {
			last, found = w, true
		}
	}
	return last, found
}
