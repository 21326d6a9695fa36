package report

import (
	"cmp"
	_ "embed" // report.html.tmpl
	"fmt"
	"html/template"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

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

	Contents        []anchor
	Assessments     []assessment.Assessment
	Origin          []namedValue
	Counts          []countRow
	FindingSections []findingSection
	Waivers         []assessment.WaiverStatus
	Attestations    []assessment.DeclaredState
	Accepted        []assessment.AcceptedObject
	NotEvaluated    []unevaluatedRow
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
	countRow   struct {
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
		Share          string // "14 of 14".
		Shown          []string
	}
	unevaluatedRow struct {
		assessment.Unevaluated
		Subject string
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
		Name    string
		Clauses []clauseRow
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
		"say": in.say, "in": in.in, "severity": in.severity,
		"join": func(texts []string) string { return strings.Join(texts, ", ") },
		"day": func(t time.Time) string {
			if t.IsZero() {
				return ""
			}
			return t.UTC().Format(time.DateOnly)
		},
		"document": func(d assessment.DeclaredState) string { return in.document(d.Document) },
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
		Disclaimer: i.disclaimer(), Assessments: i.Assessments,
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
	count := func(name string, of func(assessment.Summary) int) {
		row := countRow{Name: name}
		for _, a := range i.Assessments {
			row.Cells = append(row.Cells, of(a.Summary))
		}
		p.Counts = append(p.Counts, row)
	}
	for _, r := range assessment.Results() {
		count(i.label(r), func(s assessment.Summary) int { return s.Clauses[r] })
	}
	count(i.say("no deviation found, by facts alone", "aucun écart constaté, par des faits seuls"),
		func(s assessment.Summary) int { return s.ByFacts })
	count(i.say("by declaration", "par déclaration"), func(s assessment.Summary) int { return s.ByDeclared })
	count(i.say("nothing to check or to attest", "rien à contrôler ni à attester"),
		func(s assessment.Summary) int { return s.ReportedOnly })
	for _, a := range i.Assessments {
		p.Waivers = append(p.Waivers, a.Waivers...)
		p.Attestations = append(p.Attestations, a.Declared...)
		for _, f := range a.Findings {
			p.Accepted = append(p.Accepted, f.Accepted...)
		}
		for _, u := range a.NotEvaluated {
			p.NotEvaluated = append(p.NotEvaluated, unevaluatedRow{u, name(a)})
		}
		for _, d := range a.Dates {
			p.Dates = append(p.Dates, dateRow{d, name(a)})
		}
		p.Matrix = append(p.Matrix, clusterMatrix{name(a), i.matrix(a)})
	}
	p.Waivers = registered(p.Waivers, func(w assessment.WaiverStatus) (string, bool) {
		return w.ID, w.State == assessment.WaiverOtherScope
	})
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

// contents returns the headings of the page.
func (i Input) contents(p page) []anchor {
	all := []anchor{{"scope", i.say("Scope and method", "Périmètre et méthode")}}
	for _, s := range p.FindingSections {
		all = append(all, anchor{s.ID, fmt.Sprintf("%s (%d)", s.Title, len(s.Findings))})
	}
	return append(all,
		anchor{"waivers", i.say("Register of waivers", "Registre des dérogations")},
		anchor{"attestations", i.say("Register of attestations", "Registre des attestations")},
		anchor{"accepted", i.say("Accepted by input", "Admis par paramètre")},
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
		row := findingRow{Finding: f.Finding, Subject: name(*f.of), Start: cmp.Or(f.FailSince, f.Since)}
		row.Share = fmt.Sprintf(i.say("%d of %d", "%d sur %d"), f.Population.Passed, f.Population.Total)
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
		if len(sections) == 0 || sections[len(sections)-1].Name != clause.Section {
			sections = append(sections, clauseSection{Name: clause.Section})
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

// party returns the label of a party.
func (i Input) party(party string) string {
	switch party {
	case responsibility.PartyScaleway:
		return "Scaleway"
	case responsibility.PartyCustomer:
		return i.say("customer", "client")
	case responsibility.PartyShared:
		return i.say("shared", "partagée")
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
		r := row{name(a), map[assessment.DateKind]assessment.DueDate{}}
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
		if to.After(from) {
			bars = append(bars, timelineBar{
				X: x(from), Y: y, Width: max(1, x(to)-x(from)), Fill: fill,
				Text: fmt.Sprintf("%s (%s – %s)", i.in(text), from.Format(time.DateOnly), to.Format(time.DateOnly)),
			})
		}
	}
	deprecation, hasDeprecation := at(dates[assessment.DateDeprecation].On)
	end, hasEnd := at(dates[assessment.DateEndOfSupport].On)
	switch {
	case hasDeprecation:
		add(first, deprecation, "#7fc08f", assessment.Text{EN: "supported", FR: "supporté"})
		if hasEnd {
			add(deprecation, end, "#f0c24b", assessment.Text{EN: "deprecated", FR: "déprécié"})
		}
	case hasEnd:
		add(first, end, "#7fc08f", assessment.Text{EN: "supported or deprecated", FR: "supporté ou déprécié"})
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
