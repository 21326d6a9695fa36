package compliance

import (
	"fmt"
	"slices"
	"strings"
)

// Statuses of the eligibility catalogue.
const (
	Eligible   = "eligible"
	Ineligible = "ineligible"
	Undecided  = "undecided" // No public source decides: the user attests. Not the same as eligible.
)

// Eligibility is the catalogue's entry of an Instance type or a zone.
type Eligibility struct {
	Status   string // Eligible, Ineligible or Undecided.
	Reason   string // One or more sentences.
	Source   string // Document with the statement.
	AsOf     string // Date of the document, YYYY-MM-DD.
	Revision int    // Revision of the entry, from 1; 0 if there is no entry.
	Family   string // Instance family, or region of a zone; empty if unknown.
}

// NormalizeNodeType returns the canonical form of an Instance type: "DEV1-M" for "dev1_m" and "dev1-m". The API returns
// names in a different form than they were sent.
func NormalizeNodeType(t string) string {
	return strings.ToUpper(strings.ReplaceAll(t, "_", "-"))
}

// NodeTypeEligibility looks up an Instance type in the catalogue. Case, dashes and underscores do not matter.
func NodeTypeEligibility(t string) Eligibility {
	name := NormalizeNodeType(t)
	for _, row := range catalogue() {
		if !row.matches(name) {
			continue
		}
		e := Eligibility{Status: row.status, Reason: row.reason, Source: row.source, AsOf: row.asOf,
			Revision: row.revision, Family: row.family}
		if slices.Contains(tooSmallNodeTypes(), name) {
			e.Reason += " Kapsule also refuses this type: it has too little memory for a node."
		}
		return e
	}
	reason := fmt.Sprintf("The catalogue does not contain %q: its eligibility for health data is undecided.", t)
	if nearest, ok := Nearest(t, EligibleNodeTypes()); ok {
		reason += fmt.Sprintf(" The nearest eligible name is %q.", nearest)
	}
	return Eligibility{
		Status: Undecided,
		Reason: reason,
		Source: instancesModel,
		AsOf:   instancesModelDate,
	}
}

// ZoneEligibility returns whether nodes for health data are allowed in a zone.
func ZoneEligibility(z string) Eligibility {
	region := z
	if i := strings.LastIndex(z, "-"); i > 0 {
		region = z[:i]
	}
	e := Eligibility{Source: zonesSource, AsOf: zonesDate, Revision: 1}
	switch {
	case slices.Contains(Zones(), z):
		e.Status, e.Family = Eligible, Region
		e.Reason = fmt.Sprintf("%s is listed as a zone for health data.", z)
	case region == Region && z != Region:
		e.Status, e.Family, e.Revision = Undecided, Region, 0
		e.Reason = fmt.Sprintf("%q is in %s, but no source lists it as a zone for health data.", z, Region)
	default:
		e.Status = Ineligible
		e.Source, e.AsOf = kubernetesModel, kubernetesModelDate
		e.Reason = fmt.Sprintf("%q is not a zone of %s, the only authorized region: use one of %s.",
			z, Region, strings.Join(Zones(), ", "))
	}
	return e
}
