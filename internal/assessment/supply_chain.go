package assessment

import (
	"slices"
	"strings"
)

// kindSupplyChain and kindEgressReview are kinds of attestations that checks compare facts with.
const (
	kindSupplyChain  = "supply_chain"
	kindEgressReview = "egress_review"
)

// attestedAddOn is an add-on that the attestation supply_chain names.
type attestedAddOn struct {
	name, version string
	namespaces    []string
	isRejected    bool
}

// attestedAddOns returns the add-ons of the valid attestation supply_chain, and false if there is none.
func (j *judgement) attestedAddOns() ([]attestedAddOn, bool) {
	attestation, ok := j.valid(kindSupplyChain)
	found := []attestedAddOn{}
	for _, entry := range declaredObjects(attestation.Fields["add_ons"]) {
		found = append(found, attestedAddOn{
			name: strings.ToLower(declaredText(entry["name"])), version: declaredText(entry["version"]),
			namespaces: declaredTexts(entry["namespaces"]), isRejected: declaredText(entry["decision"]) == "rejected",
		})
	}
	return found, ok
}

// declaredText returns a field of an attestation as text, or "".
func declaredText(value any) string {
	found, _ := value.(string)
	return found
}

// declaredTexts returns a field of an attestation as texts: those of a list, or a single one.
func declaredTexts(value any) []string {
	if single := declaredText(value); single != "" {
		return []string{single}
	}
	list, _ := value.([]any)
	found := []string{}
	for _, element := range list {
		if t := declaredText(element); t != "" {
			found = append(found, t)
		}
	}
	return found
}

// declaredObjects returns a field of an attestation as a list of objects.
func declaredObjects(value any) []map[string]any {
	list, _ := value.([]any)
	found := []map[string]any{}
	for _, element := range list {
		if object, ok := element.(map[string]any); ok {
			found = append(found, object)
		}
	}
	return found
}

// isOf reports whether a name in a namespace is that of the add-on: the same name, one that begins with it, or one in a
// namespace of the add-on. kube-system holds components of many add-ons, so that its name alone proves nothing.
func (a attestedAddOn) isOf(namespace, name string) bool {
	isNamespace := len(a.namespaces) == 0 || namespace == "" || slices.Contains(a.namespaces, namespace)
	return a.name != "" && isNamespace && (name == a.name || strings.HasPrefix(name, a.name+"-")) ||
		namespace != "" && namespace != kubeSystem && slices.Contains(a.namespaces, namespace)
}

// namesAccount reports whether a service account belongs to one of the add-ons that were not rejected.
func namesAccount(addOns []attestedAddOn, s RoleSubject) bool {
	return slices.ContainsFunc(
		addOns,
		func(a attestedAddOn) bool { return !a.isRejected && a.isOf(s.Namespace, s.Name) },
	)
}

// namesNamespace reports whether a namespace belongs to one of the add-ons that were not rejected.
func namesNamespace(addOns []attestedAddOn, namespace string) bool {
	return slices.ContainsFunc(addOns, func(a attestedAddOn) bool {
		return !a.isRejected && slices.Contains(a.namespaces, namespace)
	})
}

// majorVersion returns the major version of "v1.16.2", "1.16" or "1": "1"; "" if there is none.
func majorVersion(version string) string {
	major, _, _ := strings.Cut(strings.TrimPrefix(version, "v"), ".")
	end := strings.IndexFunc(major, func(r rune) bool { return r < '0' || r > '9' })
	if end >= 0 && (end == 0 || major[end] != '-' && major[end] != '+') {
		return ""
	}
	if end > 0 {
		major = major[:end]
	}
	return major
}
