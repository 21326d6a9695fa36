package compliance

import "strings"

// Sources of the catalogue with their dates.
const (
	instancesModel      = "Scaleway Instances Shared Responsibility Model, HDS Instance offers"
	instancesModelDate  = "2026-01-12"
	kubernetesModel     = "Shared Responsibility Model for Scaleway Managed Kubernetes Services"
	kubernetesModelDate = "2026-05-20"
	zonesSource         = "Scaleway Block Storage documentation, hosting of health data"
	zonesDate           = "2025-12-31"
	kapsuleDocs         = "Scaleway Kubernetes documentation, node types that pools refuse"
	kapsuleDocsDate     = "2026-11-24"
)

// familyRule holds the eligibility of a family of Instance types. Eligible families match by the exact form of the
// name, so that a variant that was not assessed (a Windows image, a GPU partition) does not match; ineligible families
// match by prefix.
type familyRule struct {
	family   string
	prefix   string
	shape    string // What follows the prefix, with '#' for a number; empty matches anything.
	status   string
	reason   string
	source   string
	asOf     string
	revision int
}

// matches reports whether a normalized name belongs to the family.
func (r familyRule) matches(name string) bool {
	rest, ok := strings.CutPrefix(name, r.prefix)
	if !ok {
		return false
	}
	return r.shape == "" || matchesShape(rest, r.shape)
}

// matchesShape reports whether a text has a form in which each '#' is one or more digits.
func matchesShape(text, shape string) bool {
	for _, c := range []byte(shape) {
		if c != '#' {
			if text == "" || text[0] != c {
				return false
			}
			text = text[1:]
			continue
		}
		rest := strings.TrimLeft(text, "0123456789")
		if len(rest) == len(text) {
			return false
		}
		text = rest
	}
	return text == ""
}

// EligibleNodeTypes returns the known names of eligible Instance types, for suggestions. The API decides which types
// exist.
func EligibleNodeTypes() []string {
	return strings.Fields(`
		BASIC2-A2C-4G BASIC2-A2C-8G BASIC2-A4C-8G BASIC2-A4C-16G BASIC2-A8C-16G BASIC2-A8C-32G
		BASIC2-A16C-32G BASIC2-A16C-64G
		BASIC3-X2C-4G BASIC3-X2C-8G BASIC3-X4C-8G BASIC3-X4C-16G BASIC3-X8C-16G BASIC3-X8C-32G
		BASIC3-X16C-32G BASIC3-X16C-64G
		STANDARD3-X2C-8G STANDARD3-X4C-16G STANDARD3-X8C-32G STANDARD3-X16C-64G STANDARD3-X32C-128G STANDARD3-X48C-192G
		STANDARD3-X64C-256G
		POP2-2C-8G POP2-4C-16G POP2-8C-32G POP2-16C-64G POP2-32C-128G POP2-48C-192G POP2-64C-256G
		POP2-HC-2C-4G POP2-HC-4C-8G POP2-HC-8C-16G POP2-HC-16C-32G POP2-HC-32C-64G POP2-HC-48C-96G POP2-HC-64C-128G
		POP2-HM-2C-16G POP2-HM-4C-32G POP2-HM-8C-64G POP2-HM-16C-128G POP2-HM-32C-256G POP2-HM-48C-384G POP2-HM-64C-512G
		POP2-HN-3 POP2-HN-5 POP2-HN-10 L4-1-24G L4-2-24G L4-4-24G L4-8-24G L40S-1-48G L40S-2-48G L40S-4-48G L40S-8-48G
		H100-1-80G H100-2-80G H100-SXM-2-80G H100-SXM-4-80G H100-SXM-8-80G B300-SXM-8-288G RENDER-S`)
}

// tooSmallNodeTypes returns the types that Kapsule refuses because they have too little memory.
func tooSmallNodeTypes() []string { return []string{"DEV1-S", "PLAY2-PICO"} }

// catalogue returns the rows in the order in which they are matched. A change of a row increases its revision.
func catalogue() []familyRule {
	const (
		shared      = "Shared General Purpose Instances are eligible, with Block Storage."
		dedicated   = "Dedicated General Purpose Instances are eligible, with Block Storage."
		specialized = "Specialized Instances are eligible, with Block Storage."
		gpu         = "GPU Instances are eligible, with Block Storage; the customer encrypts data on local or " +
			"scratch storage."
	)
	var rows []familyRule
	// The page lists "Development" Instances as eligible, which according to another page include DEV1 and GP1. A
	// family that is named as not eligible is not eligible.
	for _, family := range []string{"DEV1", "GP1", "PLAY2", "PRO2", "COPARM1", "ENT1"} {
		rows = append(rows, familyRule{family, family + "-", "", Ineligible,
			"The " + family + " family is listed as not eligible for health data.", instancesModel,
			instancesModelDate, 1})
	}
	for _, r := range []familyRule{
		{family: "BASIC2-A", prefix: "BASIC2-A", shape: "#C-#G", reason: shared},
		{family: "BASIC3-X", prefix: "BASIC3-X", shape: "#C-#G", reason: shared},
		{family: "STANDARD3-X", prefix: "STANDARD3-X", shape: "#C-#G", reason: dedicated},
		{family: "POP2", prefix: "POP2-", shape: "#C-#G", reason: dedicated},
		{family: "POP2-HC", prefix: "POP2-HC-", shape: "#C-#G", reason: specialized},
		{family: "POP2-HM", prefix: "POP2-HM-", shape: "#C-#G", reason: specialized},
		{family: "POP2-HN", prefix: "POP2-HN-", shape: "#", reason: specialized},
		{family: "L4", prefix: "L4-", shape: "#-24G", reason: gpu},
		{family: "L40S", prefix: "L40S-", shape: "#-48G", reason: gpu},
		{family: "H100", prefix: "H100-", shape: "#-80G", reason: gpu},
		{family: "H100-SXM", prefix: "H100-SXM-", shape: "#-80G", reason: gpu},
		{family: "B300-SXM", prefix: "B300-SXM-", shape: "#-288G", reason: gpu},
		{family: "RENDER", prefix: "RENDER-", shape: "S", reason: gpu},
	} {
		r.status, r.source, r.asOf, r.revision = Eligible, instancesModel, instancesModelDate, 1
		rows = append(rows, r)
	}
	return append(rows,
		familyRule{"STARDUST1", "STARDUST", "", Ineligible,
			"Kapsule refuses STARDUST Instances: they have too little memory for a node.", kapsuleDocs,
			kapsuleDocsDate, 1},
		familyRule{"external", "EXTERNAL", "", Ineligible,
			"External nodes belong to Kosmos, which is outside the HDS scope.", kubernetesModel, kubernetesModelDate,
			1},
	)
}
