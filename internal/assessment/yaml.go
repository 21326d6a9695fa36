package assessment

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/terraform-srm/terraform-provider-srm/internal/compliance"
)

// Declarations are the attestations and waivers of a text.
type Declarations struct {
	Attestations []Attestation
	Waivers      []Waiver

	lines map[string]int // Lines of documents, by id of the attestation.
}

// ParseOption is a setting of ParseDeclarations.
type ParseOption func(*declarationReader)

// WithoutFolder refuses paths of documents: a text has no folder.
func WithoutFolder(r *declarationReader) { r.withoutFolder = true }

// CheckedOn refuses dates that do not fit a day: what was performed or approved later, and what is no longer valid. An
// assessment does not use it: it judges dates as of its own time.
func CheckedOn(day time.Time) ParseOption { return func(r *declarationReader) { r.today = day } }

// ParseDeclarations reads attestations and waivers from a YAML text with one or both of the keys "attestations" and
// "waivers". It returns all problems. Declarations are complete only without a problem.
func ParseDeclarations(text []byte, options ...ParseOption) (Declarations, []Problem) {
	r := &declarationReader{
		ids:    map[string]int{},
		kinds:  Kinds(),
		checks: waivableIDs(),
	}
	for _, set := range options {
		set(r)
	}
	r.result = Declarations{Attestations: []Attestation{}, Waivers: []Waiver{}, lines: map[string]int{}}
	root, ok := r.parseYAML(text)
	if !ok || !r.object(root, "", "The text", []string{"attestations", "waivers"}, nil) {
		return r.result, r.finish()
	}
	for _, e := range root.entries {
		switch e.key {
		case "attestations":
			r.each(e.value, e.key, attestationKeys(), attestationKeys()[:9], r.attestation)
		case "waivers":
			r.each(e.value, e.key, waiverKeys(), waiverKeys(), r.waiver)
		}
	}
	return r.result, r.finish()
}

// attestationKeys returns the keys of an attestation. All are required but fields, which depends on the kind.
func attestationKeys() []string {
	return []string{
		"id", "kind", "scope", "result", "performed_on", "performed_by", "reviewed_by", "until", "document", "fields",
	}
}

// waiverKeys returns the keys of a waiver.
func waiverKeys() []string {
	return []string{
		"id", "check", "scope", "subjects", "reason", "compensating", "ticket", "risk_owner", "author", "approver",
		"approved_on", "until",
	}
}

// declarationReader reads attestations and waivers.
type declarationReader struct {
	reader
	withoutFolder bool
	today         time.Time      // Zero: dates are not compared with a day.
	ids           map[string]int // Lines.
	kinds         []Kind
	checks        []string
	result        Declarations
}

// each reads the items of a list with ids.
func (r *declarationReader) each(v value, name string, allowed, required []string, read func(value)) {
	for i, item := range r.list(v, name, true) {
		if r.hasMore {
			break
		}
		r.id = fmt.Sprintf("%s[%d]", name, i)
		id, hasID := item.lookup("id")
		if hasID && id.kind == textValue && id.text != "" {
			r.id = shorten(id.text)
		}
		label := "The " + strings.TrimSuffix(name, "s")
		if r.object(item, "", label, allowed, required) {
			if hasID {
				r.uniqueID(id)
			}
			read(item)
		}
		r.id = ""
	}
}

// uniqueID checks an id.
func (r *declarationReader) uniqueID(v value) {
	r.pattern(v, "id", idPattern, "The value is not an id", "up to 80 letters, digits, dots, dashes and underscores")
	if first, ok := r.ids[v.text]; ok {
		r.report(v.line, "id", compliance.Problem{
			Summary: "The id " + quote(v.text) + " is there twice", Found: fmt.Sprintf("also on line %d", first),
			Allowed: "unique ids", Fix: "Write another id.",
		})
		return
	}
	r.ids[v.text] = v.line
}

// at calls read with the value of a key, if the object has it.
func at(v value, key string, read func(value)) {
	if one, ok := v.lookup(key); ok {
		read(one)
	}
}

// attestation reads an attestation.
func (r *declarationReader) attestation(v value) {
	a := Attestation{}
	kind, isKnown := Kind{}, false
	at(v, "id", func(v value) { a.ID = v.text })
	at(v, "kind", func(v value) {
		a.Kind = r.choice(v, "kind", kindNames())
		// The rest of an attestation of a misspelt kind is checked as one of the most similar kind.
		name := a.Kind
		if nearest, ok := compliance.Nearest(name, kindNames()); ok && len(name) <= maxQuoted {
			name = nearest
		}
		if i := slices.IndexFunc(r.kinds, func(k Kind) bool { return k.Name == name }); i >= 0 {
			kind, isKnown = r.kinds[i], true
		}
	})
	at(v, "scope", func(v value) { a.Scope = r.scope(v) })
	at(v, "result", func(v value) {
		a.Result = r.choice(v, "result", []string{ResultSuccess, ResultPartial, ResultFailed})
	})
	at(v, "performed_on", func(v value) { a.PerformedOn = r.pastDate(v, "performed_on") })
	at(v, "performed_by", func(v value) { a.PerformedBy = r.role(v, "performed_by") })
	at(v, "reviewed_by", func(v value) { a.ReviewedBy = r.role(v, "reviewed_by") })
	r.differ(v, "performed_by", "reviewed_by")
	at(v, "document", func(v value) {
		a.Document = r.document(v)
		r.result.lines[a.ID] = v.line
	})
	if isKnown {
		fields, hasFields := v.lookup("fields")
		if !hasFields {
			// An absent object lacks the required fields.
			fields = value{line: v.line, kind: objectValue}
		}
		a.Fields = r.fields(fields, "fields", "The object fields", kind.Fields, kind.Instead)
	} else {
		at(v, "fields", func(v value) { r.placeholders(v, "fields") })
	}
	if a.Result == ResultPartial && kind.AllowsPartial && fieldText(a.Fields, "plan") == "" {
		r.report(v.line, "fields.plan", compliance.Problem{
			Summary: "The result is partial, and there is no plan", Fix: "Add the key plan to fields.",
		})
	}
	at(v, "until", func(v value) {
		var ok bool
		if a.Until, ok = r.date(v, "until"); ok && !a.PerformedOn.IsZero() {
			r.validity(v.line, a.PerformedOn, a.Until, kind.MaxDays, "performed_on")
		}
		r.notPast(v, ok, a.Until, "Perform it again, and write the new dates.")
		if expires, isDate := parseDay(a.expiry()); ok && isDate && a.Until.After(expires) {
			r.report(v.line, "until", compliance.Problem{
				Summary: "The attestation is valid longer than the certificate", Found: a.Until.Format(time.DateOnly),
				Allowed: "at most " + a.expiry(), Fix: "Write the date on which the certificate expires.",
			})
		}
	})
	r.result.Attestations = append(r.result.Attestations, a)
}

// validity checks a last day of validity. Without maxDays any later day is allowed.
func (r *declarationReader) validity(line int, from, until time.Time, maxDays int, start string) {
	latest := from.AddDate(0, 0, maxDays)
	switch {
	case until.Before(from):
		r.report(line, "until", compliance.Problem{
			Summary: "until is before " + start, Found: until.Format(time.DateOnly),
			Allowed: "from " + from.Format(time.DateOnly), Fix: "Correct one of the dates.",
		})
	case maxDays > 0 && until.After(latest):
		r.report(line, "until", compliance.Problem{
			Summary: "The validity is too long", Found: until.Format(time.DateOnly),
			Allowed: fmt.Sprintf("at most %s, %d days after %s", latest.Format(time.DateOnly), maxDays, start),
			Fix:     "Write an earlier date.",
		})
	}
}

// scope reads a scope.
func (r *declarationReader) scope(v value) string {
	text := r.pattern(v, "scope", scopePattern, "The value is not a scope",
		`the id of a cluster ("fr-par/UUID"), of a Project ("project/UUID"), or "organization"`)
	isCluster := matches(scopePattern, text) && !isOrganizationScope(text) &&
		!strings.HasPrefix(text, scopeProjectPrefix)
	if !r.today.IsZero() && isCluster {
		r.region(v, "scope", text)
	}
	return text
}

// document reads the evidence of an attestation: a path, or an address with a digest.
func (r *declarationReader) document(v value) Document {
	d := Document{}
	_, hasPath := v.lookup("path")
	allowed := []string{"path"}
	if !hasPath {
		allowed = []string{"uri", "sha256"}
	}
	if v.kind != objectValue || !hasPath && len(v.entries) == 0 {
		r.report(v.line, "document", compliance.Problem{
			Summary: "The value is not a document", Found: v.found(), Allowed: "{path: …} or {uri: …, sha256: …}",
		})
		return d
	}
	r.object(v, "document", "The document", allowed, allowed)
	at(v, "path", func(v value) {
		text, ok := r.line(v, "document.path")
		d.Path = text
		switch {
		case !ok:
		case r.withoutFolder:
			r.report(v.line, "document.path", compliance.Problem{
				Summary: "A path has no meaning here", Found: quote(text), Allowed: "uri and sha256",
				Fix: "The text has no folder: write the address of the document and its digest (sha256sum).",
			})
		case !isLocalPath(text):
			r.report(v.line, "document.path", compliance.Problem{
				Summary: "The path is not inside the folder", Found: quote(text),
				Allowed: "a relative path with slashes and without ..",
			})
		}
	})
	if hasPath {
		return d
	}
	at(v, "uri", func(v value) {
		text, ok := r.line(v, "document.uri")
		if d.URI = text; ok {
			r.check(v.line, "document.uri", shortened(compliance.CheckDocumentURI("", text)))
		}
	})
	at(v, "sha256", func(v value) {
		text, ok := r.line(v, "document.sha256")
		if d.SHA256 = text; ok {
			r.check(v.line, "document.sha256", shortened(compliance.CheckDigest("document", text)))
		}
	})
	return d
}

// waiver reads a waiver.
func (r *declarationReader) waiver(v value) {
	w := Waiver{}
	maxDays := MaxWaiverDays
	at(v, "id", func(v value) { w.ID = v.text })
	at(v, "check", func(v value) {
		w.Check = r.choice(v, "check", r.checks)
		if slices.Contains(r.checks, w.Check) && maxWaiverDays(w.Check) == 0 {
			r.report(v.line, "check", compliance.Problem{
				Summary: "The check " + w.Check + " cannot be waived",
				Fix:     "Remove the waiver and correct the deviation.",
			})
			return
		}
		maxDays = maxWaiverDays(w.Check)
	})
	at(v, "scope", func(v value) { w.Scope = r.scope(v) })
	at(v, "subjects", func(v value) {
		for i, item := range r.list(v, "subjects", false) {
			if r.hasMore {
				break
			}
			path := fmt.Sprintf("subjects[%d]", i)
			id := r.exactID(item, path)
			if slices.Contains(w.Subjects, id) {
				r.report(item.line, path, compliance.Problem{
					Summary: "The subject is there twice",
					Found:   quote(id),
					Allowed: "each subject once",
					Fix:     "Remove one.",
				})
			}
			w.Subjects = append(w.Subjects, id)
		}
	})
	at(v, "reason", func(v value) { w.Reason, _ = r.text(v, "reason") })
	at(v, "compensating", func(v value) { w.Compensating, _ = r.text(v, "compensating") })
	at(v, "ticket", func(v value) { w.Ticket, _ = r.line(v, "ticket") })
	at(v, "risk_owner", func(v value) { w.RiskOwner = r.role(v, "risk_owner") })
	at(v, "author", func(v value) { w.Author = r.role(v, "author") })
	at(v, "approver", func(v value) { w.Approver = r.role(v, "approver") })
	r.differ(v, "author", "approver")
	r.waiverObjects(v, w)
	at(v, "approved_on", func(v value) { w.ApprovedOn = r.pastDate(v, "approved_on") })
	at(v, "until", func(v value) {
		var ok bool
		if w.Until, ok = r.date(v, "until"); ok && !w.ApprovedOn.IsZero() {
			r.validity(v.line, w.ApprovedOn, w.Until, maxDays, "approved_on")
		}
		r.notPast(v, ok, w.Until, "Correct the deviation and remove the waiver, or have a new one approved.")
	})
	r.result.Waivers = append(r.result.Waivers, w)
}

// waivableIDs returns the ids of all checks that a waiver may name, those of the Organization included.
func waivableIDs() []string {
	ids := checkIDs()
	for _, c := range OrganizationChecks() {
		ids = append(ids, c.ID)
	}
	return ids
}

// checkIDs returns the ids of all checks of a cluster, those of attestations included.
func checkIDs() []string {
	ids := []string{}
	for _, c := range Checks() {
		ids = append(ids, c.ID)
	}
	for _, k := range Kinds() {
		ids = append(ids, AttestationCheckID(k.Name))
	}
	return ids
}
