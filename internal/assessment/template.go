package assessment

import (
	"bytes"
	"fmt"
	"strings"
	"time"
)

// templateValue is what a template has in place of a value. The parser refuses it as a placeholder.
const templateValue = "TODO"

// Template returns a YAML text with an attestation of every kind for a scope, with comments in English and French. Its
// values are placeholders: the parser refuses it until each is replaced.
func Template(scope string, date time.Time) []byte {
	w := &templateWriter{}
	w.line(0, "# Attestations for srm assess and srm_cluster_assessment. Replace every "+templateValue+
		", and remove the kinds that do not apply.")
	w.line(0, "# Attestations pour srm assess et srm_cluster_assessment. Remplacer chaque "+templateValue+
		" et retirer les types sans objet.")
	w.line(0, "# performed_by, reviewed_by: roles, not persons / des rôles, pas des personnes.")
	w.line(0, "# document: {path: …} or / ou {uri: …, sha256: …}.")
	w.line(0, "attestations:")
	for _, kind := range Kinds() {
		w.attestation(kind, scope, date)
	}
	w.waivers(scope)
	return w.text.Bytes()
}

// templateWriter writes a template.
type templateWriter struct{ text bytes.Buffer }

// line writes a line.
func (w *templateWriter) line(indent int, text string) {
	w.text.WriteString(strings.Repeat(" ", indent) + text + "\n")
}

// comment writes a text as comments in both languages.
func (w *templateWriter) comment(indent int, text Text) {
	w.line(indent, "# "+text.EN)
	w.line(indent, "# "+text.FR)
}

// attestation writes an attestation of a kind.
func (w *templateWriter) attestation(kind Kind, scope string, date time.Time) {
	if kind.ForOrganization {
		scope = ScopeOrganization
	}
	until, validity := templateValue, ""
	if kind.MaxDays > 0 {
		until = date.AddDate(0, 0, kind.MaxDays).Format(time.DateOnly)
		validity = fmt.Sprintf(" # at most / au plus : %d d", kind.MaxDays)
	}
	results := ResultSuccess + ", " + ResultFailed
	if kind.AllowsPartial {
		results = ResultSuccess + ", " + ResultPartial + ", " + ResultFailed
	}
	w.line(0, "")
	w.comment(2, kind.Title)
	w.comment(2, kind.Expected)
	w.line(2, "- id: "+strings.ReplaceAll(kind.Name, "_", "-")+"-"+date.Format(time.DateOnly))
	w.line(4, "kind: "+kind.Name)
	w.line(4, "scope: "+scope)
	w.line(4, "result: "+templateValue+" # "+results)
	w.line(4, "performed_on: "+date.Format(time.DateOnly))
	w.line(4, "performed_by: "+templateValue)
	w.line(4, "reviewed_by: "+templateValue)
	w.line(4, "until: "+until+validity)
	w.line(4, "document: {path: "+templateValue+"}")
	w.line(4, "fields:")
	for _, f := range kind.Fields {
		if kind.Instead != "" && f.Name == kind.Instead {
			w.comment(6, f.Prompt)
			w.line(6, "# "+f.Name+": "+templateValue)
			continue
		}
		w.field(6, f)
	}
}

// field writes a field with its prompt.
func (w *templateWriter) field(indent int, f Field) {
	prompt := f.Prompt
	if !f.Required {
		prompt.EN += " (optional)"
		prompt.FR += " (facultatif)"
	}
	w.comment(indent, prompt)
	switch {
	case f.Type == TypeObject && f.IsList:
		w.line(indent, f.Name+":")
		for i, inner := range f.Fields {
			if i == 0 {
				w.comment(indent+2, inner.Prompt)
				w.line(indent+2, "- "+inner.Name+": "+inner.placeholder())
				continue
			}
			w.field(indent+4, inner)
		}
	case f.Type == TypeObject:
		w.line(indent, f.Name+":")
		for _, inner := range f.Fields {
			w.field(indent+2, inner)
		}
	default:
		w.line(indent, f.Name+": "+f.placeholder())
	}
}

// placeholder returns the placeholder of a field.
func (f Field) placeholder() string {
	if f.IsList {
		return "[" + templateValue + "]"
	}
	return templateValue
}

// waivers writes the key of waivers, with an example as a comment.
func (w *templateWriter) waivers(scope string) {
	w.line(0, "")
	w.line(0, "# Waivers: at most "+fmt.Sprint(MaxWaiverDays)+" days; author and approver differ.")
	w.line(0, "# Dérogations : "+fmt.Sprint(MaxWaiverDays)+" jours au plus ; auteur et approbateur diffèrent.")
	w.line(0, "waivers: []")
	w.line(0, "#  - id: W-001")
	for _, key := range waiverKeys()[1:] {
		example := templateValue
		switch key {
		case "scope":
			example = scope
		case "subjects":
			example = "[" + templateValue + "]"
		}
		w.line(0, "#    "+key+": "+example)
	}
}
