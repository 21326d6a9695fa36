package report

import (
	"cmp"
	_ "embed" // report.html.tmpl
	"fmt"
	"html/template"
	"io"
	"slices"
	"strings"

	"github.com/terraform-srm/terraform-provider-srm/internal/assessment"
	"github.com/terraform-srm/terraform-provider-srm/internal/responsibility"
)

//go:embed report.html.tmpl
var pageTemplate string

// maxShownSubjects is the number of objects that the HTML report lists of a finding. population.csv has all.
const maxShownSubjects = 10

// page is the data of the template.
type page struct {
	Language, Title, Disclaimer, Unsigned string
	Subjects, ReadOn, Summary             string

	Questions       []question
	Terms           []namedValue
	Contents        []anchor
	Assessments     []assessment.Assessment
	Origin          []namedValue
	Counts          []countTable
	FindingSections []findingSection
	Waivers         []assessment.WaiverStatus
	Attestations    []assessment.DeclaredState
	Accepted        []assessment.AcceptedObject
	NotEvaluated    []unevaluatedRow
	Changes         []changeRow
	Timeline        timeline
	Dates           []dateRow
	Runs            []run
	Repairs         []repair
	Matrix          []clusterMatrix
	Risks           []string
}

type (
	anchor     struct{ ID, Title string }
	namedValue struct{ Name, Value string }
	// countTable counts the clauses of some clusters.
	countTable struct {
		Names []string
		Rows  []countRow
	}
	countRow struct {
		Name  string
		Cells []int
	}
	findingSection struct {
		ID, Title string
		Findings  []findingRow
	}
	findingRow struct {
		assessment.Finding
		Subject, Start string // The cluster, and the date since which the finding exists.
		Share          string // "14 of 14 objects".
		Shown          []string
	}
	unevaluatedRow struct {
		Subject, Reason, Needs, Remedy string
		Checks                         []string // Titles.
	}
	changeRow struct {
		Change, Title, Subject, Severity string
	}
	dateRow struct {
		assessment.DueDate
		Name string
	}
	clusterMatrix struct {
		Name     string
		Sections []clauseSection
	}
	clauseSection struct {
		Key, Name string // The model's heading, and how the report calls it.
		Clauses   []clauseRow
	}
	clauseRow struct {
		assessment.ClauseResult
		Title        assessment.Text
		Party, Label string
		Reason       string
		IsWaived     bool
		Parts        []string
	}
)

// WriteHTML writes the report for an auditor: one page without scripts and without other files.
func WriteHTML(w io.Writer, in Input) error {
	functions := template.FuncMap{
		"say":           in.say,
		"in":            in.in,
		"severity":      in.severity,
		"join":          func(texts []string) string { return strings.Join(texts, ", ") },
		"day":           dateOf,
		"document":      func(d assessment.DeclaredState) string { return in.document(d.Document) },
		"name":          in.name,
		"reader":        in.reader,
		"layers":        in.layers,
		"clauses":       in.clausesOf,
		"check":         in.checkTitle,
		"kind":          in.kindTitle,
		"waiverState":   in.waiverState,
		"declaredState": in.declaredState,
		"contradiction": in.contradiction,
		"declared":      in.declaredResult,
		"label":         in.label,
	}
	parsed, err := template.New("report").Funcs(functions).Parse(pageTemplate)
	if err != nil {
		return err
	}
	return parsed.Execute(w, in.page())
}

// document describes the evidence of an attestation.
func (i Input) document(d assessment.Document) string {
	text := cmp.Or(d.Path, d.URI)
	if d.SHA256 != "" {
		text += ", sha256 " + d.SHA256
	}
	if text != "" && !d.IsVerified {
		text += i.say(" (not verified)", " (non vérifié)")
	}
	return text
}

// page returns the data of the template.
func (i Input) page() page {
	p := page{
		Language: i.Language, Title: i.say("Shared responsibility: report of an assessment",
			"Responsabilité partagée : rapport d'évaluation"),
		Disclaimer: i.disclaimer(), Assessments: i.Assessments, Summary: i.summary(), ReadOn: i.readDates(),
		Questions: i.questions(), Terms: i.terms(), Counts: i.counts(), NotEvaluated: i.unevaluated(),
		Changes: i.changes(),
		Unsigned: i.say(
			"Without a signature and a third-party timestamp, this document does not prove when it was made.",
			"Sans signature ni horodatage par un tiers, ce document ne prouve pas sa date.",
		),
		Origin: i.origin(), Risks: i.risks(),
		FindingSections: []findingSection{
			{"deviations", i.say("Open deviations", "Écarts ouverts"), i.rows(finding.isOpenFail)},
			{"decide", i.say("To decide", "À décider"), i.rows(func(f finding) bool {
				return f.Result == assessment.NeedsDecision
			})},
			{"waived", i.say("Deviations under a waiver", "Écarts sous dérogation"), i.rows(func(f finding) bool {
				return f.Disposition == assessment.Waived
			})},
		},
	}
	names := []string{}
	for _, a := range i.Assessments {
		names = append(names, i.name(a))
	}
	p.Subjects = strings.Join(names, ", ")
	for _, a := range i.Assessments {
		p.Attestations = append(p.Attestations, a.Declared...)
		for _, d := range a.Dates {
			p.Dates = append(p.Dates, dateRow{d, i.name(a)})
		}
		if len(a.Clauses) > 0 {
			p.Matrix = append(p.Matrix, clusterMatrix{i.name(a), i.matrix(a)})
		}
	}
	for _, f := range i.unique() {
		p.Accepted = append(p.Accepted, f.Accepted...)
	}
	p.Waivers = i.waivers()
	p.Attestations = registered(p.Attestations, func(a assessment.DeclaredState) (string, bool) {
		return a.ID, a.State == assessment.StateOtherScope
	})
	slices.SortStableFunc(p.Dates, func(a, b dateRow) int { return strings.Compare(a.On, b.On) })
	p.Timeline = i.timeline()
	p.Runs, p.Repairs = i.history()
	p.Contents = i.contents(p)
	return p
}

// registered returns each entry once, sorted by id: several clusters are assessed with the same declarations. The state
// in the cluster that the entry is about counts.
func registered[T any](entries []T, describe func(T) (id string, isElsewhere bool)) []T {
	slices.SortStableFunc(entries, func(a, b T) int {
		idA, elsewhereA := describe(a)
		idB, elsewhereB := describe(b)
		order := map[bool]int{true: 1}
		return cmp.Or(strings.Compare(idA, idB), cmp.Compare(order[elsewhereA], order[elsewhereB]))
	})
	return slices.CompactFunc(entries, func(a, b T) bool {
		idA, _ := describe(a)
		idB, _ := describe(b)
		return idA == idB
	})
}

// waivers returns the register of waivers.
func (i Input) waivers() []assessment.WaiverStatus {
	all := []assessment.WaiverStatus{}
	for _, a := range i.Assessments {
		all = append(all, a.Waivers...)
	}
	return registered(all, func(w assessment.WaiverStatus) (string, bool) {
		return w.ID, w.State == assessment.WaiverOtherScope
	})
}

// unevaluated returns what was not evaluated: one row for each reason, and for each permission that is missing.
func (i Input) unevaluated() []unevaluatedRow {
	rows := []unevaluatedRow{}
	for _, a := range i.Assessments {
		of := []unevaluatedRow{}
		for _, u := range a.NotEvaluated {
			row := unevaluatedRow{
				Subject: i.name(a), Reason: i.in(u.Reason.Label()), Remedy: i.in(u.Reason.Remedy()),
			}
			switch u.Reason {
			case assessment.Forbidden:
				row.Needs = i.needs(u.Needs)
			case assessment.AttestationMissing, assessment.InputMissing: // The checks name them.
			default:
				row.Needs = u.Needs
			}
			n := slices.IndexFunc(of, func(r unevaluatedRow) bool {
				return r.Reason == row.Reason && r.Needs == row.Needs
			})
			if n < 0 {
				of, n = append(of, row), len(of)
			}
			for _, id := range u.Checks {
				title := i.checkTitle(id)
				if u.Reason == assessment.InputMissing && u.Needs != "" {
					title += " (" + u.Needs + ")"
				}
				of[n].Checks = append(of[n].Checks, title)
			}
		}
		rows = append(rows, of...)
	}
	return rows
}

// maxCountColumns is the number of clusters in a table of counts.
const maxCountColumns = 4

// counts returns the numbers of clauses by result. The Organization has no clauses of its own.
func (i Input) counts() []countTable {
	judged := slices.DeleteFunc(slices.Clone(i.Assessments), func(a assessment.Assessment) bool {
		return len(a.Clauses) == 0
	})
	tables := []countTable{}
	for some := range slices.Chunk(judged, maxCountColumns) {
		table := countTable{}
		count := func(name string, of func(assessment.Summary) int) {
			row := countRow{Name: name}
			for _, a := range some {
				row.Cells = append(row.Cells, of(a.Summary))
			}
			table.Rows = append(table.Rows, row)
		}
		for _, a := range some {
			table.Names = append(table.Names, i.name(a))
		}
		for _, r := range assessment.Results() {
			count(i.label(r), func(s assessment.Summary) int { return s.Clauses[r] })
		}
		count(i.say("of these, by facts alone", "dont établi par les seuls faits"),
			func(s assessment.Summary) int { return s.ByFacts })
		count(
			i.say("of these, by declaration", "dont établi par déclaration"),
			func(s assessment.Summary) int { return s.ByDeclared },
		)
		count(i.say("nothing to check or to attest", "rien à contrôler ni à attester"),
			func(s assessment.Summary) int { return s.ReportedOnly })
		tables = append(tables, table)
	}
	return tables
}

// contents returns the headings of the page.
func (i Input) contents(p page) []anchor {
	all := []anchor{
		{"brief", i.say("In short", "L'essentiel")},
		{"scope", i.say("Scope and method", "Périmètre et méthode")},
		{"reading", i.say("How to read this report", "Comment lire ce rapport")},
	}
	for _, s := range p.FindingSections {
		all = append(all, anchor{s.ID, fmt.Sprintf("%s (%d)", s.Title, len(s.Findings))})
	}
	return append(
		all,
		anchor{
			"waivers",
			fmt.Sprintf("%s (%d)", i.say("Register of waivers", "Registre des dérogations"), len(p.Waivers)),
		},
		anchor{"attestations", fmt.Sprintf(
			"%s (%d)", i.say("Register of attestations", "Registre des attestations"), len(p.Attestations),
		)},
		anchor{"accepted", fmt.Sprintf("%s (%d)", i.say("Accepted by input", "Admis par paramètre"), len(p.Accepted))},
		anchor{"unevaluated", i.say("Not evaluated, and why", "Non évalué, et pourquoi")},
		anchor{"dates", i.say("Dates", "Échéances")},
		anchor{"history", i.say("History of runs", "Historique des évaluations")},
		anchor{"matrix", i.say("Matrix of the clauses", "Matrice des clauses")},
		anchor{"risks", i.say("What no assessment sees", "Ce qu'aucune évaluation ne voit")},
	)
}

// origin returns where the report comes from.
func (i Input) origin() []namedValue {
	values := []namedValue{}
	add := func(name, value string) {
		if value != "" {
			values = append(values, namedValue{name, value})
		}
	}
	add(i.say("File", "Fichier"), i.Source)
	add(i.say("Program", "Programme"), i.Tool)
	add(i.say("Commit", "Commit"), i.Commit)
	add(i.say("Pipeline", "Pipeline"), i.Pipeline)
	for _, a := range i.Assessments[:min(1, len(i.Assessments))] {
		add(i.say("Catalogue of clauses", "Catalogue des clauses"), a.Catalogue.Revision+", "+a.Catalogue.Digest)
		add(i.say("Model of Scaleway", "Modèle de Scaleway"), a.Catalogue.ModelDate+", "+a.Catalogue.ModelDigest)
	}
	return values
}

// rows returns findings as rows.
func (i Input) rows(keep func(finding) bool) []findingRow {
	rows := []findingRow{}
	for _, f := range i.findings(keep) {
		row := findingRow{Finding: f.Finding, Subject: f.subject, Start: cmp.Or(f.FailSince, f.Since)}
		row.Share = fmt.Sprintf(i.say("%d of %d objects", "%d sur %d"), len(f.Subjects), f.Population.Total)
		for _, id := range f.Subjects[:min(maxShownSubjects, len(f.Subjects))] {
			n := slices.IndexFunc(f.Objects, func(o assessment.Object) bool { return o.ID == id && o.Name != "" })
			if n >= 0 {
				id = f.Objects[n].Name + " (" + id + ")"
			}
			row.Shown = append(row.Shown, id)
		}
		if more := len(f.Subjects) - len(row.Shown); more > 0 {
			row.Shown = append(row.Shown, fmt.Sprintf(i.say("and %d more", "et %d autres"), more))
		}
		rows = append(rows, row)
	}
	return rows
}

// matrix returns the clauses by section, in the order of the model.
func (i Input) matrix(a assessment.Assessment) []clauseSection {
	sections := []clauseSection{}
	for _, c := range a.Clauses {
		clause, _ := responsibility.Lookup(c.ID)
		if len(sections) == 0 || sections[len(sections)-1].Key != clause.Section {
			sections = append(sections, clauseSection{Key: clause.Section, Name: i.sectionTitle(clause.Section)})
		}
		last := &sections[len(sections)-1]
		row := clauseRow{
			ClauseResult: c, Title: clause.Title, Party: i.party(c.Party), Label: i.label(c.Result),
			Reason: i.in(c.Reason), IsWaived: c.Disposition == assessment.Waived,
		}
		for _, p := range c.Parts {
			row.Parts = append(row.Parts, i.part(p))
		}
		last.Clauses = append(last.Clauses, row)
	}
	return sections
}

// clausesOf names the clauses of a finding. An indicator establishes the result of no clause: it can contradict what is
// declared about them.
func (i Input) clausesOf(f findingRow) string {
	text := strings.Join(f.Clauses, ", ")
	if f.Indicator && text != "" {
		return i.say("indicator of ", "indicateur de ") + text
	}
	return text
}

// contradiction names the indicators that contradict an attestation; "" if there is none.
func (i Input) contradiction(d assessment.DeclaredState) string {
	found := []string{}
	for _, a := range i.Assessments {
		for _, c := range a.Clauses {
			for _, p := range c.Parts {
				if p.By == responsibility.CoverageAttestation && p.Name == d.Kind && d.Scope == a.Scope {
					found = append(found, p.ContradictedBy...)
				}
			}
		}
	}
	if len(found) == 0 || d.State != assessment.StateDecides {
		return ""
	}
	slices.Sort(found)
	return i.say("contradicted by ", "contredite par ") + strings.Join(slices.Compact(found), ", ")
}

// party returns the label of a party.
func (i Input) party(party string) string {
	switch party {
	case responsibility.PartyScaleway:
		return "Scaleway"
	case responsibility.PartyCustomer:
		return i.say("customer", "client")
	case responsibility.PartyShared:
		return i.say("shared", "partagée")
	case responsibility.Undetermined:
		return i.say("undetermined", "indéterminée")
	}
	return party
}

// part describes a part of a clause with what established its result.
func (i Input) part(p assessment.PartResult) string {
	text := i.in(p.Text)
	if p.Result == "" {
		return text
	}
	text += " — " + i.label(p.Result)
	if p.Name != "" {
		text += " (" + p.Name + ")"
	}
	if p.Gap != nil {
		text += i.say(": ", " : ") + i.reason(p.Gap.Reason, p.Gap.Needs)
	}
	if len(p.ContradictedBy) > 0 {
		text += i.say("; contradicted by ", " ; contredit par ") + strings.Join(p.ContradictedBy, ", ")
	}
	return text
}

// risks returns what this product cannot see.
func (i Input) risks() []string {
	return []string{
		i.say("Changes on a node by SSH or by a privileged pod (TRF-01).",
			"Les modifications d'un nœud par SSH ou par un pod privilégié (TRF-01)."),
		i.say("Whether the administrator's token of the cluster is in use, and who has a copy of it (IAM-02).",
			"L'utilisation du jeton d'administration du cluster, et qui en détient une copie (IAM-02)."),
		i.say("Defaults of the control plane's admission, which no API shows (ITC-04).",
			"Les réglages d'admission par défaut du plan de contrôle, qu'aucune API ne montre (ITC-04)."),
		i.say("Traffic inside pods and between them: a policy that exists is not a policy that is right (ITC-05).",
			"Le trafic dans les pods et entre eux : une politique qui existe n'est pas une politique juste (ITC-05)."),
		i.say("Contents of volumes, databases, Secrets and logs: none is read.",
			"Le contenu des volumes, des bases, des Secrets et des journaux : rien n'en est lu."),
		i.say("Whether a declaration is true: roles, dates and documents are printed as declared.",
			"La véracité des déclarations : rôles, dates et documents sont imprimés tels que déclarés."),
		i.say("What happened between two readings.", "Ce qui s'est passé entre deux lectures."),
	}
}
