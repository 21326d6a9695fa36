package assessment

import (
	"slices"
	"strings"
)

// valid returns the attestation of a kind that decides, and false if there is none, if it has expired, or if it
// declares no success.
func (j *judgement) valid(kind string) (Attestation, bool) {
	a, ok := newDeclarations(j.facts, j.options).latest[kind]
	isAccepted := a.Result == ResultSuccess || a.Result == ResultPartial &&
		slices.ContainsFunc(Kinds(), func(k Kind) bool { return k.Name == kind && k.AllowsPartial })
	if !ok || !isAccepted || isPast(a.Until, j.now) {
		return Attestation{}, false
	}
	return a, true
}

// attested records an object that an attestation decides. The finding is then at best attested.
func (j *judgement) attested(o Object, a Attestation, en, fr string) {
	o.Result, o.Severity, o.Gap = Attested, "", nil
	o.Found = Text{EN: en + " Declared in " + a.ID + ".", FR: fr + " Déclaré dans " + a.ID + "."}
	j.objects = append(j.objects, o)
}

// hasText reports whether a field of an attestation, at any depth, contains a text.
func hasText(field any, text string) bool {
	switch value := field.(type) {
	case string:
		return strings.Contains(strings.ToLower(value), strings.ToLower(text))
	case []any:
		for _, item := range value {
			if hasText(item, text) {
				return true
			}
		}
	case map[string]any:
		for _, item := range value {
			if hasText(item, text) {
				return true
			}
		}
	}
	return false
}
