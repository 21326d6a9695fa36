package assessment

import (
	"slices"

	"github.com/terraform-srm/terraform-provider-srm/internal/responsibility"
)

// Text is a text in English and French.
type Text = responsibility.Text

// Result is the result of a check, of a part of a clause, or of a clause.
type Result string

// The results.
const (
	Pass          Result = "pass"
	Fail          Result = "fail"
	NeedsDecision Result = "needs_decision" // The facts are known; a person has to judge them.
	NotEvaluated  Result = "not_evaluated"
	NotApplicable Result = "not_applicable"
	Attested      Result = "attested"  // Declared by the customer.
	Inherited     Result = "inherited" // Scaleway's duty, with a valid attestation of Scaleway's evidence.
)

// Results returns all results, the worst first. The result of a clause is the worst of its parts. NotApplicable is
// last: such parts do not count.
func Results() []Result {
	return []Result{Fail, NeedsDecision, NotEvaluated, Attested, Inherited, Pass, NotApplicable}
}

// IsValid reports whether r is one of the results.
func (r Result) IsValid() bool { return slices.Contains(Results(), r) }

// Label returns the label of the result in reports.
func (r Result) Label() Text {
	switch r {
	case Pass:
		return Text{EN: "no deviation found", FR: "aucun écart constaté"}
	case Fail:
		return Text{EN: "deviation", FR: "écart"}
	case NeedsDecision:
		return Text{EN: "to decide", FR: "à décider"}
	case NotEvaluated:
		return Text{EN: "not evaluated", FR: "non évalué"}
	case NotApplicable:
		return Text{EN: "not applicable", FR: "sans objet"}
	case Attested:
		return Text{EN: "declared by the customer", FR: "déclaré par le client"}
	case Inherited:
		return Text{EN: "Scaleway's responsibility", FR: "à la charge de Scaleway"}
	}
	return Text{EN: string(r), FR: string(r)}
}

// worst returns the worst of the results, or NotApplicable if there is none.
func worst(results ...Result) Result {
	for _, r := range Results() {
		if slices.Contains(results, r) {
			return r
		}
	}
	return NotApplicable
}

// Disposition reports whether a deviation is accepted for a limited time. It never changes a result.
type Disposition string

// The dispositions.
const (
	Open   Disposition = "open"
	Waived Disposition = "waived"
)

// Severity is the severity of a deviation.
type Severity string

// The severities.
const (
	Critical Severity = "critical"
	High     Severity = "high"
	Medium   Severity = "medium"
	Low      Severity = "low"
	Info     Severity = "info"
)

// Severities returns all severities, the most severe first.
func Severities() []Severity { return []Severity{Critical, High, Medium, Low, Info} }

// AtLeast reports whether s is as severe as other, or more severe.
func (s Severity) AtLeast(other Severity) bool {
	return slices.Index(Severities(), s) <= slices.Index(Severities(), other)
}

// Reason is the reason why something is not evaluated.
type Reason string

// The reasons.
const (
	Forbidden          Reason = "forbidden"           // Needs names the permission set.
	Unauthenticated    Reason = "unauthenticated"     // The API rejected the credentials that Needs names.
	Untrusted          Reason = "untrusted"           // The certificate of the server in Needs is not valid.
	NotConfigured      Reason = "not_configured"      // Needs names the setting of the program.
	NotFound           Reason = "not_found"           // The API has no object of the name in Needs.
	Unreachable        Reason = "unreachable"         // No answer from the host in Needs, or one of a proxy.
	APIFailed          Reason = "api_error"           // The API answered with an error.
	NoAPIField         Reason = "no_api_field"        // No API shows it.
	NotAsked           Reason = "not_asked"           // The layer or the check was not selected.
	TooMany            Reason = "too_many"            // Only the first objects were read.
	Changing           Reason = "changing"            // The object is new or is being changed.
	UncertainDates     Reason = "uncertain_dates"     // The dates of a version contradict each other.
	InputMissing       Reason = "input_missing"       // Needs names the input.
	AttestationMissing Reason = "attestation_missing" // Needs names the kind of attestation.
)

// Reasons returns all reasons. Of several reasons of one finding the first in this order is reported.
func Reasons() []Reason {
	return []Reason{
		Unauthenticated,
		Forbidden,
		Untrusted,
		NotConfigured,
		NotFound,
		Unreachable,
		APIFailed,
		TooMany,
		NoAPIField,
		UncertainDates,
		Changing,
		InputMissing,
		AttestationMissing,
		NotAsked,
	}
}

// Label returns the reason as a text.
func (r Reason) Label() Text {
	switch r {
	case Forbidden:
		return Text{EN: "the identity is not allowed to read it", FR: "l'identité n'a pas le droit de le lire"}
	case Unreachable:
		return Text{EN: "the API did not answer", FR: "l'API n'a pas répondu"}
	case Unauthenticated:
		return Text{EN: "the API rejected the credentials", FR: "l'API a rejeté les identifiants"}
	case Untrusted:
		return Text{
			EN: "the certificate of the server is not valid", FR: "le certificat du serveur n'est pas valide",
		}
	case NotConfigured:
		return Text{EN: "a setting of the program is missing", FR: "un réglage du programme manque"}
	case NotFound:
		return Text{EN: "the object was not found", FR: "l'objet est introuvable"}
	case APIFailed:
		return Text{EN: "the API answered with an error", FR: "l'API a répondu par une erreur"}
	case NoAPIField:
		return Text{EN: "no API shows it", FR: "aucune API ne le montre"}
	case NotAsked:
		return Text{EN: "not part of this assessment", FR: "hors de cette évaluation"}
	case TooMany:
		return Text{EN: "only a part of the objects was read", FR: "seule une partie des objets a été lue"}
	case Changing:
		return Text{EN: "new or being changed", FR: "récent ou en cours de changement"}
	case UncertainDates:
		return Text{EN: "the dates contradict each other", FR: "les dates se contredisent"}
	case InputMissing:
		return Text{EN: "an input is missing", FR: "un paramètre manque"}
	case AttestationMissing:
		return Text{EN: "an attestation is missing", FR: "une attestation manque"}
	}
	return Text{EN: string(r), FR: string(r)}
}
