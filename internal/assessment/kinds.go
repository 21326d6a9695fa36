package assessment

import (
	"slices"
	"time"

	"github.com/terraform-srm/terraform-provider-srm/internal/responsibility"
)

// Kind is a kind of attestation.
type Kind struct {
	Name     string
	Title    Text
	Expected Text
	// MaxDays is the longest validity in days. Zero: until the date of the certificate.
	MaxDays int
	// AllowsPartial is true if the result partial, with a plan, is accepted.
	AllowsPartial bool
	// ForOrganization is true if one attestation serves all clusters: the template has this scope.
	ForOrganization bool
	Fields          []Field
	// Instead is the name of a field that replaces the required fields, or empty.
	Instead string

	// judge adds deviations that follow from the fields or from facts. Without any the attestation is valid.
	judge func(j *judgement, a Attestation, o Object)
	// prefers reports whether an attestation decides before newer ones. Nil: the newest decides.
	prefers func(facts Facts, a Attestation) bool
}

// LookupKind returns the kind with a name.
func LookupKind(name string) (Kind, bool) {
	all := Kinds()
	i := slices.IndexFunc(all, func(k Kind) bool { return k.Name == name })
	if i < 0 {
		return Kind{}, false
	}
	return all[i], true
}

// kindNames returns the names of all kinds.
func kindNames() []string {
	names := []string{}
	for _, k := range Kinds() {
		names = append(names, k.Name)
	}
	return names
}

// fieldText returns a field as a text, or "" if it is absent.
func fieldText(fields map[string]any, name string) string {
	text, _ := fields[name].(string)
	return text
}

// fieldObject returns a field that is an object.
func fieldObject(fields map[string]any, name string) map[string]any {
	object, _ := fields[name].(map[string]any)
	return object
}

// fieldObjects returns a field that is a list of objects.
func fieldObjects(fields map[string]any, name string) []map[string]any {
	list, _ := fields[name].([]any)
	all := []map[string]any{}
	for _, item := range list {
		if object, ok := item.(map[string]any); ok {
			all = append(all, object)
		}
	}
	return all
}

// fieldTexts returns a field that is a list of texts.
func fieldTexts(fields map[string]any, name string) []string {
	list, _ := fields[name].([]any)
	all := []string{}
	for _, item := range list {
		if text, ok := item.(string); ok {
			all = append(all, text)
		}
	}
	return all
}

// parseDay returns a date as midnight UTC.
func parseDay(text string) (time.Time, bool) {
	day, err := time.Parse(time.DateOnly, text)
	return day, err == nil
}

// expiry returns the date on which the certificate of Scaleway's evidence expires, or "".
func (a Attestation) expiry() string {
	if a.Kind != responsibility.HostEvidence {
		return ""
	}
	return fieldText(fieldObject(a.Fields, "certificate"), "expires_on")
}

// Kinds returns all kinds of attestations.
func Kinds() []Kind { return slices.Concat(hostKinds(), dataKinds(), accessKinds(), changeKinds()) }
