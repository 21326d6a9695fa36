package assessment

import (
	"slices"
	"strings"
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
	for _, entry := range fieldObjects(attestation.Fields, "add_ons") {
		found = append(found, attestedAddOn{
			name: strings.ToLower(fieldText(entry, "name")), version: fieldText(entry, "version"),
			namespaces: fieldTexts(entry, "namespaces"), isRejected: fieldText(entry, "decision") == "rejected",
		})
	}
	return found, ok
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
