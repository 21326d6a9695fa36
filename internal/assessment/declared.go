package assessment

import (
	"slices"
	"strings"
)

// The kinds of attestations that checks compare facts with.
const (
	kindBackupPolicy = "backup_policy"
	kindEncryption   = "encryption"
	kindEgressReview = "egress_review"
	kindSupplyChain  = "supply_chain"
)

// valid returns the attestation of a kind that decides, and false if there is none, if it has expired, or if it
// declares no success.
func (j *judgement) valid(kind string) (Attestation, bool) {
	a, ok := j.declared.latest[kind]
	declared, _ := LookupKind(kind)
	isAccepted := a.Result == ResultSuccess || a.Result == ResultPartial && declared.AllowsPartial
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

// namesDestination reports whether an egress_review lists a way out as a destination, by its id as the host or the
// owner, with the country of the other end.
func namesDestination(review Attestation, id string) bool {
	return slices.ContainsFunc(fieldObjects(review.Fields, "destinations"), func(d map[string]any) bool {
		isNamed := strings.EqualFold(fieldText(d, "host"), id) || strings.EqualFold(fieldText(d, "owner"), id)
		return isNamed && fieldText(d, "country") != ""
	})
}
