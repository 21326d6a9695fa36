package report

import (
	"cmp"
	"encoding/csv"
	"io"
	"regexp"
	"slices"
	"strings"

	"github.com/terraform-srm/terraform-provider-srm/internal/assessment"
	"github.com/terraform-srm/terraform-provider-srm/internal/responsibility"
)

// Dialect is a form of CSV.
type Dialect struct {
	// IsFrenchExcel separates with semicolons and starts with a byte order mark: Excel with French settings shows
	// columns and accents only then.
	IsFrenchExcel bool
}

// writer writes rows whose cells a spreadsheet does not take for formulas.
type writer struct {
	csv *csv.Writer
}

func newWriter(w io.Writer, d Dialect) (*writer, error) {
	out := &writer{csv: csv.NewWriter(w)}
	out.csv.UseCRLF = true
	if d.IsFrenchExcel {
		out.csv.Comma = ';'
		if _, err := io.WriteString(w, "\ufeff"); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// write writes a row.
func (w *writer) write(cells ...string) error {
	for i, cell := range cells {
		cells[i] = inert(cell)
	}
	return w.csv.Write(cells)
}

// finish ends the file.
func (w *writer) finish() error {
	w.csv.Flush()
	return w.csv.Error()
}

// innerFormula matches a formula behind a separator: a spreadsheet with other settings may split the cell there.
var innerFormula = regexp.MustCompile(`([;,|]\s*)([=+@-])`)

// inert puts an apostrophe before a cell that a spreadsheet would take for a formula, and makes it one line.
func inert(cell string) string {
	cell = innerFormula.ReplaceAllString(strings.TrimLeft(oneLine(cell), "\u00a0\u202f"), "$1'$2")
	if cell != "" && strings.ContainsRune("=+-@|%\uff1d\uff0b\uff0d\uff20", []rune(cell)[0]) {
		return "'" + cell
	}
	return cell
}

// WriteParts writes every part of every clause as CSV, one row each. A clause without parts has one row, too.
func WriteParts(w io.Writer, in Input, d Dialect) error {
	out, err := newWriter(w, d)
	if err != nil {
		return err
	}
	if err := out.write(
		in.say("cluster", "cluster"), in.say("scope", "périmètre"), "clause", in.say("section", "section"),
		in.say("title", "titre"), in.say("party", "partie"), in.say("result of the clause", "résultat de la clause"),
		in.say("disposition", "disposition"), in.say("part", "élément"), in.say("text", "texte"),
		in.say("established by", "établi par"), in.say("check or attestation", "contrôle ou attestation"),
		in.say("result", "résultat"), in.say("waived", "dérogation"), in.say("reason", "motif"),
		in.say("needs", "requiert"), in.say("found", "constat"), in.say("since", "depuis"),
	); err != nil {
		return err
	}
	byID := map[string]assessment.Finding{} // A clause of a cluster may rest on a finding about the Organization.
	for _, a := range in.Assessments {
		for _, f := range a.Findings {
			byID[f.ID] = f
		}
	}
	for _, a := range in.Assessments {
		for _, c := range a.Clauses {
			clause, _ := responsibility.Lookup(c.ID)
			parts := c.Parts
			if len(parts) == 0 {
				parts = []assessment.PartResult{{Text: c.Reason}}
			}
			for _, p := range parts {
				if err := out.write(in.partRow(a, clause, c, p, byID[p.Finding])...); err != nil {
					return err
				}
			}
		}
	}
	return out.finish()
}

// partRow returns the cells of a part.
func (i Input) partRow(
	a assessment.Assessment, clause responsibility.Clause, c assessment.ClauseResult, p assessment.PartResult,
	f assessment.Finding,
) []string {
	reason, needs := "", ""
	if p.Gap != nil {
		reason, needs = i.in(p.Gap.Reason.Label()), i.needs(p.Gap.Needs)
	}
	waivers := ""
	if p.Waived {
		waivers = waiverIDs(f)
	}
	return []string{
		a.Name, a.Scope, c.ID, i.sectionTitle(clause.Section), i.in(clause.Title), i.party(c.Party), i.label(c.Result),
		i.disposition(c.Disposition == assessment.Waived), p.Key, i.in(p.Text), i.establishedBy(p.By), p.Name,
		i.label(p.Result), waivers, reason, needs, i.in(f.Found), cmp.Or(f.FailSince, f.Since),
	}
}

// WritePopulation writes every object of every check as CSV, with the value that decided. An object of a Project with
// several clusters is there once.
func WritePopulation(w io.Writer, in Input, d Dialect) error {
	out, err := newWriter(w, d)
	if err != nil {
		return err
	}
	if err := out.write(
		in.say("cluster", "cluster"), in.say("scope", "périmètre"), in.say("check", "contrôle"),
		in.say("result of the check", "résultat du contrôle"), in.say("object", "objet"), in.say("name", "nom"),
		in.say("attribute", "attribut"), in.say("value", "valeur"), in.say("result", "résultat"),
		in.say("severity", "sévérité"), in.say("found", "constat"), in.say("accepted by input", "admis par paramètre"),
		in.say("waiver", "dérogation"), "source",
	); err != nil {
		return err
	}
	for _, f := range in.unique() {
		for _, o := range f.Objects {
			if err := out.write(
				f.subject, f.Scope, f.Check, in.label(f.Result), o.ID, o.Name, o.Attribute, o.Value, in.label(o.Result),
				in.severity(o.Severity), in.in(o.Found), o.Accepted, waiverOf(f.Finding, o), o.Source,
			); err != nil {
				return err
			}
		}
	}
	return out.finish()
}

// label returns the label of a result; "" if there is none.
func (i Input) label(r assessment.Result) string {
	if r == "" {
		return ""
	}
	return i.in(r.Label())
}

func (i Input) disposition(isWaived bool) string {
	if isWaived {
		return i.say("waived", "dérogation")
	}
	return ""
}

// waiverIDs returns the waivers of a finding.
func waiverIDs(f assessment.Finding) string {
	if f.Waiver == nil {
		return ""
	}
	return strings.Join(f.Waiver.IDs, ", ")
}

// waiverOf returns the waivers of the finding if they apply to the object.
func waiverOf(f assessment.Finding, o assessment.Object) string {
	isWaived := f.Waiver != nil && o.Result == assessment.Fail &&
		(len(f.Waiver.Subjects) == 0 || slices.Contains(f.Waiver.Subjects, o.ID))
	if !isWaived {
		return ""
	}
	return waiverIDs(f)
}

// establishedBy returns the label of what establishes the result of a part.
func (i Input) establishedBy(by string) string {
	switch by {
	case responsibility.CoverageCheck:
		return i.say("check", "contrôle")
	case responsibility.CoverageAttestation:
		return "attestation"
	case responsibility.CoverageInherited:
		return i.say("inherited", "obligation de Scaleway")
	case responsibility.CoverageReported:
		return i.say("reported", "mention")
	}
	return by
}
