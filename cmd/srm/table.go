package main

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/terraform-srm/terraform-provider-srm/internal/assessment"
	"github.com/terraform-srm/terraform-provider-srm/internal/responsibility"
)

// phrase returns the text of a language.
func phrase(language, en, fr string) string { return responsibility.Text{EN: en, FR: fr}.In(language) }

// maxSubjects is the number of subjects that the table shows of a finding.
const maxSubjects = 5

// table writes an assessment for a terminal.
type table struct {
	w        io.Writer
	language string
	err      error
}

// writeTable prints an assessment: open deviations, what is to decide, what was not evaluated, and the clauses.
func writeTable(w io.Writer, a assessment.Assessment, language string) error {
	t := &table{w: w, language: language}
	kind := t.say("not for health data", "sans données de santé")
	if a.HDS {
		kind = t.say("for health data", "pour données de santé")
	}
	isOrganization := strings.HasPrefix(a.Scope, assessment.ScopeOrganization+"/")
	if isOrganization {
		t.line("%s %s", t.say("Organization", "Organisation"), a.Scope)
	} else {
		t.line("%s %s", t.say("Cluster", "Cluster"), strings.TrimSpace(a.Name+" ("+a.Scope+")"))
	}
	t.line("%s %s; %s %s; %s %s; %s", t.say("Read", "Lu le"), a.ReadAt, t.say("judged as of", "jugé au"), a.AsOf,
		t.say("layers", "couches"), strings.Join(a.Layers, ", "), kind)
	if key := strings.TrimSpace(a.Reader.AccessKey + " " + a.Reader.Principal); key != "" {
		t.line("%s %s", t.say("Read by", "Lu par"), key+t.permissions(a.Reader))
	}
	t.line("")
	t.findings(t.say("Deviations", "Écarts"), a, func(f assessment.Finding) bool {
		return f.Result == assessment.Fail && f.Disposition == assessment.Open
	})
	t.findings(t.say("To decide", "À décider"), a, func(f assessment.Finding) bool {
		return f.Result == assessment.NeedsDecision
	})
	t.findings(t.say("Deviations under a waiver", "Écarts sous dérogation"), a, func(f assessment.Finding) bool {
		return f.Disposition == assessment.Waived
	})
	t.waiversWithoutEffect(a)
	t.notEvaluated(a)
	if !isOrganization {
		t.summary(a)
	}
	return t.err
}

// permissions describes the permission sets of an identity.
func (t *table) permissions(r assessment.Reader) string {
	if len(r.PermissionSets) > 0 {
		return t.say(" with ", " avec ") + strings.Join(r.PermissionSets, ", ")
	}
	if r.PermissionSetsUnread == (assessment.Text{}) {
		return ""
	}
	return t.say("; its permission sets are not known: ", " ; jeux de permissions inconnus : ") +
		r.PermissionSetsUnread.In(t.language)
}

func (t *table) say(en, fr string) string { return phrase(t.language, en, fr) }

func (t *table) line(format string, values ...any) {
	if t.err == nil {
		_, t.err = fmt.Fprintf(t.w, format+"\n", values...)
	}
}

// findings prints a section, the most severe finding first. An empty section is not printed.
func (t *table) findings(title string, a assessment.Assessment, keep func(assessment.Finding) bool) {
	found := slices.DeleteFunc(slices.Clone(a.Findings), func(f assessment.Finding) bool { return !keep(f) })
	if len(found) == 0 {
		return
	}
	slices.SortStableFunc(found, func(x, y assessment.Finding) int {
		return slices.Index(assessment.Severities(), x.Severity) - slices.Index(assessment.Severities(), y.Severity)
	})
	t.line("%s (%d)", title, len(found))
	for _, f := range found {
		t.line("  %-8s  %s  [%s]", f.Severity, f.Title.In(t.language), f.Check)
		t.line("            %s: %s", t.say("Found", "Constaté"), f.Found.In(t.language))
		t.line("            %s: %s", t.say("Objects", "Objets"), subjects(f, t.language))
		if remedy := f.Remedy.In(t.language); remedy != "" {
			t.line("            %s: %s", t.say("Fix", "Correction"), remedy)
		}
		if f.Waiver != nil {
			t.line("            %s: %s, %s %s", t.say("Waiver", "Dérogation"), strings.Join(f.Waiver.IDs, ", "),
				t.say("until", "jusqu'au"), f.Waiver.Until)
		}
		t.line("            %s: %s", "Clauses", strings.Join(f.Clauses, ", "))
	}
	t.line("")
}

// subjects returns the first subjects of a finding, with names where they are known.
func subjects(f assessment.Finding, language string) string {
	names := map[string]string{}
	for _, o := range f.Objects {
		names[o.ID] = o.Name
	}
	shown := []string{}
	for i, id := range f.Subjects {
		if i == maxSubjects {
			shown = append(shown, fmt.Sprintf(phrase(language, "and %d more", "et %d autres"), len(f.Subjects)-i))
			break
		}
		if name := names[id]; name != "" {
			id += " (" + name + ")"
		}
		shown = append(shown, id)
	}
	return strings.Join(shown, ", ")
}

// waiversWithoutEffect prints the waivers of this scope that change nothing, with the reason.
func (t *table) waiversWithoutEffect(a assessment.Assessment) {
	reasons := map[string]string{
		assessment.WaiverExpired: t.say("expired", "expirée"),
		assessment.WaiverFuture:  t.say("approved on a later day", "approuvée à une date ultérieure"),
		assessment.WaiverMatchesNone: t.say("no open deviation has these subjects",
			"aucun écart ouvert ne concerne ces objets"),
		assessment.WaiverNotEvaluated: t.say("its check was not evaluated", "son contrôle n'a pas été évalué"),
	}
	lines := []string{}
	for _, w := range a.Waivers {
		if reason := reasons[w.State]; reason != "" {
			lines = append(lines, "  "+w.ID+" ("+w.Check+"): "+reason)
		}
	}
	if len(lines) > 0 {
		t.line("%s (%d)\n%s\n", t.say("Waivers without effect", "Dérogations sans effet"), len(lines),
			strings.Join(lines, "\n"))
	}
}

// notEvaluated prints what was not evaluated, by reason, with what to do about it. Missing attestations are one line.
func (t *table) notEvaluated(a assessment.Assessment) {
	if len(a.NotEvaluated) == 0 {
		return
	}
	t.line("%s (%d)", t.say("Not evaluated", "Non évalué"), a.Summary.Findings[assessment.NotEvaluated])
	kinds := []string{}
	for i, u := range a.NotEvaluated {
		if u.Reason == assessment.AttestationMissing {
			kinds = append(kinds, u.Needs)
		} else {
			needs := ""
			if u.Needs != "" {
				needs = " (" + u.Needs + ")"
			}
			t.line("  %s%s: %s", u.Reason.Label().In(t.language), needs, strings.Join(u.Checks, ", "))
		}
		if i+1 < len(a.NotEvaluated) && a.NotEvaluated[i+1].Reason == u.Reason {
			continue // What to do is said once for each reason.
		}
		if u.Reason == assessment.AttestationMissing {
			t.line("  %s: %s", u.Reason.Label().In(t.language), strings.Join(kinds, ", "))
		}
		t.line("    %s: %s", t.say("Fix", "Correction"), u.Reason.Remedy().In(t.language))
	}
	t.line("")
}

// summary prints the counts of clauses.
func (t *table) summary(a assessment.Assessment) {
	t.line("%s", t.say("Clauses", "Clauses"))
	for _, r := range assessment.Results() {
		if count := a.Summary.Clauses[r]; count > 0 {
			t.line("  %-32s %3d", r.Label().In(t.language), count)
		}
	}
	t.line(
		"  %-32s %3d",
		t.say("nothing to check or to attest", "rien à vérifier ni à attester"),
		a.Summary.ReportedOnly,
	)
	t.line("")
	t.line("%s", t.say(
		"This states data read on a date and declarations that were not verified. It certifies nothing.",
		"Ce résultat restitue des données lues à une date et des déclarations non vérifiées. Il ne certifie rien."))
	t.line("")
}

// writeComparison prints the checks whose results differ between clusters, a column for each cluster.
func writeComparison(w io.Writer, assessments []assessment.Assessment, language string) error {
	t := &table{w: w, language: language}
	columns := []string{fmt.Sprintf("%-30s", phrase(language, "check", "contrôle"))}
	for _, a := range assessments {
		columns = append(columns, fmt.Sprintf("%-22s", a.Name))
	}
	t.line("%s", strings.TrimRight(strings.Join(columns, " "), " "))
	for _, f := range assessments[0].Findings {
		columns, differs := []string{fmt.Sprintf("%-30s", f.Check)}, false
		for _, a := range assessments {
			one, _ := a.Finding(f.Check)
			text := string(one.Result)
			if one.Result == assessment.Fail {
				text += " (" + string(one.Severity) + ")"
			}
			columns = append(columns, fmt.Sprintf("%-22s", text))
			differs = differs || one.Result != f.Result
		}
		if differs {
			t.line("%s", strings.TrimRight(strings.Join(columns, " "), " "))
		}
	}
	return t.err
}

// listChecks prints all checks.
func (a app) listChecks(language string) error {
	for _, c := range slices.Concat(assessment.Checks(), assessment.OrganizationChecks()) {
		if _, err := fmt.Fprintf(a.stdout, "%-30s %-13s %-9s %s\n", c.ID, c.Layer, c.Severity,
			c.Title.In(language)); err != nil {
			return err
		}
	}
	return nil
}
