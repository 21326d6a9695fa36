package assessment

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/terraform-srm/terraform-provider-srm/internal/compliance"
)

// pastDate reads a date that is not after the day of the check.
func (r *declarationReader) pastDate(v value, path string) time.Time {
	day, ok := r.date(v, path)
	if ok && !r.today.IsZero() && day.After(r.today) {
		r.report(v.line, path, compliance.Problem{
			Summary: path + " is in the future", Found: day.Format(time.DateOnly),
			Allowed: "at most " + r.today.Format(time.DateOnly) + ", today", Fix: "Declare what was done, on its date.",
		})
	}
	return day
}

// notPast reports a last day of validity that is before the day of the check.
func (r *declarationReader) notPast(v value, ok bool, until time.Time, fix string) {
	if ok && !r.today.IsZero() && until.Before(r.today) {
		r.report(v.line, "until", compliance.Problem{
			Summary: "until is in the past: the entry has no effect any more", Found: until.Format(time.DateOnly),
			Allowed: "from " + r.today.Format(time.DateOnly) + ", today", Fix: fix,
		})
	}
}

// placeholders reports placeholders in the fields of an attestation whose kind is not known.
func (r *declarationReader) placeholders(v value, path string) {
	switch v.kind {
	case objectValue:
		for _, e := range v.entries {
			r.placeholders(e.value, join(path, shorten(e.key)))
		}
	case listValue:
		for i, item := range v.items {
			r.placeholders(item, fmt.Sprintf("%s[%d]", path, i))
		}
	case textValue:
		r.text(v, path)
	}
}

// regions returns the regions of Scaleway.
func regions() []string { return []string{"fr-par", "nl-ams", "pl-waw", "it-mil"} }

// locatedPattern matches an id in a region or a zone: "fr-par/UUID", "fr-par-1/UUID".
var locatedPattern = regexp.MustCompile(`^([a-z]{2}-[a-z]{3})(-[0-9])?/(.*)$`)

// region reports the id of an object in a region that does not exist, and returns whether there is none.
func (r *declarationReader) region(v value, path, id string) bool {
	found := locatedPattern.FindStringSubmatch(id)
	if found == nil || slices.Contains(regions(), found[1]) {
		return true
	}
	r.report(v.line, path, compliance.Problem{
		Summary: quote(found[1]) + " is not a region", Allowed: strings.Join(regions(), ", "),
		Fix: suggest(found[1], regions(), "Write the id as the finding has it."),
	})
	return false
}

// waiverObjects reports a scope and subjects that no finding of the check can have.
func (r *declarationReader) waiverObjects(v value, w Waiver) {
	if r.today.IsZero() {
		return
	}
	check, isKnown := LookupCheck(w.Check)
	isOrganization := check.Layer == LayerOrganization
	isScope := matches(scopePattern, w.Scope)
	// The correction of deviations is judged in a cluster and in the Organization.
	if isKnown && isScope && w.Check != resolutionCheck && isOrganization != isOrganizationScope(w.Scope) {
		allowed := `the id of the cluster ("fr-par/UUID")`
		switch {
		case isOrganization:
			allowed = `"organization"`
		case check.OnlyProject:
			allowed = `the Project ("project/UUID")`
		}
		at(v, "scope", func(scope value) {
			r.report(scope.line, "scope", compliance.Problem{
				Summary: "The check " + w.Check + " has no finding in this scope", Found: quote(w.Scope),
				Allowed: allowed, Fix: "Write the scope of the finding.",
			})
		})
	}
	at(v, "subjects", func(list value) {
		for i, item := range list.items {
			if item.kind == textValue {
				r.subject(item, fmt.Sprintf("subjects[%d]", i))
			}
		}
	})
}

// subject reports the id of an object that cannot exist.
func (r *declarationReader) subject(v value, path string) {
	if !r.region(v, path, v.text) {
		return
	}
	id := ""
	if located := locatedPattern.FindStringSubmatch(v.text); located != nil {
		id = located[3]
	}
	for _, prefix := range []string{principalUser, principalGroup, principalApplication, scopeProjectPrefix} {
		if rest, ok := strings.CutPrefix(v.text, prefix); ok {
			id = rest
		}
	}
	if id != "" && !strings.Contains(id, "/") && !matches("^"+uuidPattern+"$", id) {
		r.report(v.line, path, compliance.Problem{
			Summary: "The id of the object is not a UUID", Found: quote(v.text), Allowed: "a UUID behind the slash",
			Fix: "Write the id as the finding has it, not the name.",
		})
	}
}
