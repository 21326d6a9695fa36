package compliance

import (
	"fmt"
	"slices"
	"strings"
)

// The verdicts of the eligibility catalogue.
const (
	Eligible   = "eligible"
	Ineligible = "ineligible"
	Undecided  = "undecided" // Nothing public says it: the user attests. Never a pass.
)

// Eligibility is what the catalogue says of an Instance type or a zone.
type Eligibility struct {
	Status   string // Eligible, Ineligible or Undecided.
	Reason   string // One or more sentences.
	Source   string // The document that says so.
	AsOf     string // The date of that document, YYYY-MM-DD.
	Revision int    // Counts the changes of the row in this catalogue, from 1; 0 where there is no row.
	Family   string // The Instance family, or the region of a zone; empty where unknown.
}

// NormalizeNodeType gives the one spelling of an Instance type: "DEV1-M" for "DEV1-M", "dev1_m" and "dev1-m". The API
// reads names back in another spelling than they were sent in.
func NormalizeNodeType(t string) string {
	return strings.ToUpper(strings.ReplaceAll(t, "_", "-"))
}

// NodeType looks an Instance type up in the dated catalogue, in any spelling.
func NodeType(t string) Eligibility {
	name := NormalizeNodeType(t)
	for _, row := range catalogue() {
		if !row.matches(name) {
			continue
		}
		e := Eligibility{Status: row.status, Reason: row.reason, Source: row.source, AsOf: row.asOf,
			Revision: row.revision, Family: row.family}
		if slices.Contains(tooSmall(), name) {
			e.Reason += " Kapsule itself refuses this type, too: it has too little memory for a node."
		}
		return e
	}
	reason := fmt.Sprintf("The catalogue does not name %q: whether it is eligible for health data is not decided.", t)
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

// Zone tells whether nodes for health data may be in a zone.
func Zone(z string) Eligibility {
	region := z
	if i := strings.LastIndex(z, "-"); i > 0 {
		region = z[:i]
	}
	e := Eligibility{Source: zonesSource, AsOf: zonesDate, Revision: 1}
	switch {
	case slices.Contains(Zones(), z):
		e.Status, e.Family = Eligible, Region
		e.Reason = fmt.Sprintf("%s is named as a zone for health data.", z)
	case region == Region && z != Region:
		e.Status, e.Family, e.Revision = Undecided, Region, 0
		e.Reason = fmt.Sprintf("%q is in %s, but no source names it as a zone for health data.", z, Region)
	default:
		e.Status = Ineligible
		e.Source, e.AsOf = kubernetesModel, kubernetesModelDate
		e.Reason = fmt.Sprintf("%q is not a zone of %s, the only authorized region: use one of %s.",
			z, Region, strings.Join(Zones(), ", "))
	}
	return e
}
