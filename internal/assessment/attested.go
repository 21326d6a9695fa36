package assessment

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"
)

// attestationPrefix begins the ids of findings about kinds of attestations.
const attestationPrefix = "attest_"

// AttestationCheckID returns the id of the findings about a kind of attestation.
func AttestationCheckID(kind string) string { return attestationPrefix + kind }

// States of an attestation.
const (
	StateDecides    = "decides"     // The newest of its kind and scope.
	StateOlder      = "older"       // A newer one of its kind decides.
	StateOtherMinor = "other_minor" // It is newer than the one that decides, and about a minor that does not run.
	StateOtherScope = "other_scope" // It is about another cluster or Project.
	StateFuture     = "future"      // Its date is after the date of the assessment.
)

// DeclaredState is an attestation and what it does in this assessment.
type DeclaredState struct {
	Attestation
	State  string `json:"state"`
	Result Result `json:"assessed_result,omitempty"`
}

// declarations are the attestations of an assessment.
type declarations struct {
	facts   Facts
	options Options
	latest  map[string]Attestation // By kind: the one that decides, valid or expired.
	all     []DeclaredState        // Sorted by id.
	list    *AccessList            // Who may do what; nil without an assessment of the Organization.
	scopes  []string               // Further scopes that count: of an Organization those of its clusters.
}

func newDeclarations(facts Facts, options Options, scopes ...string) *declarations {
	d := &declarations{facts: facts, options: options, latest: map[string]Attestation{}, scopes: scopes}
	attestations := newestFirst(options.Attestations)
	for _, kind := range Kinds() {
		for _, a := range attestations {
			if kind.prefers != nil && a.Kind == kind.Name && kind.prefers(facts, a) {
				d.decide(a)
			}
		}
	}
	for _, a := range attestations {
		d.decide(a)
		state := DeclaredState{Attestation: a}
		deciding := d.latest[a.Kind]
		switch {
		case !d.isInScope(a.Scope):
			state.State = StateOtherScope
		case a.PerformedOn.After(options.AsOf):
			state.State = StateFuture
		case deciding.ID == a.ID:
			state.State = StateDecides
		case a.PerformedOn.After(deciding.PerformedOn):
			state.State = StateOtherMinor
		default:
			state.State = StateOlder
		}
		d.all = append(d.all, state)
	}
	slices.SortFunc(d.all, func(a, b DeclaredState) int { return strings.Compare(a.ID, b.ID) })
	return d
}

// newestFirst returns attestations in the order in which they decide.
func newestFirst(attestations []Attestation) []Attestation {
	return slices.SortedFunc(slices.Values(attestations), func(a, b Attestation) int {
		return cmp.Or(b.PerformedOn.Compare(a.PerformedOn), strings.Compare(a.ID, b.ID))
	})
}

// decide makes an attestation the one of its kind that decides, if it counts and there is none yet.
func (d *declarations) decide(a Attestation) {
	if _, decided := d.latest[a.Kind]; !decided && d.isInScope(a.Scope) && !a.PerformedOn.After(d.options.AsOf) {
		d.latest[a.Kind] = a
	}
}

// isInScope reports whether a scope contains the cluster.
func (d *declarations) isInScope(scope string) bool {
	cluster := d.facts.Cluster.Value
	isOrganization := cluster != nil && scope == OrganizationScope(cluster.OrganizationID)
	return scope == ScopeOrganization || scope == d.facts.Scope() || isOrganization ||
		slices.Contains(d.scopes, scope) ||
		d.facts.Project.ID != "" && scope == ProjectScope(d.facts.Project.ID)
}

// findings returns a finding for each kind of attestation.
func (d *declarations) findings() []Finding {
	all := []Finding{}
	for _, kind := range Kinds() {
		all = append(all, d.judge(kind))
	}
	return all
}

// states returns all attestations with their states and the results of the findings, sorted by id.
func (d *declarations) states(findings []Finding) []DeclaredState {
	states := []DeclaredState{}
	for _, s := range d.all {
		if s.State == StateDecides {
			i := slices.IndexFunc(findings, func(f Finding) bool { return f.Check == AttestationCheckID(s.Kind) })
			if i >= 0 {
				s.Result = findings[i].Result
			}
		}
		states = append(states, s)
	}
	return states
}

// overdueDays is the number of days after which an expired attestation is a deviation of medium severity.
const overdueDays = 30

// judge returns the finding about a kind of attestation.
func (d *declarations) judge(kind Kind) Finding {
	check := Check{
		ID: AttestationCheckID(kind.Name), Layer: LayerAttestation, Severity: Low, Title: kind.Title,
		Expected: kind.Expected,
		Remedy: Text{
			EN: fmt.Sprintf("Add an attestation of the kind %s: srm attest init writes a template.", kind.Name),
			FR: fmt.Sprintf("Ajouter une attestation de type %s : srm attest init écrit un modèle.", kind.Name),
		},
	}
	j := &judgement{facts: d.facts, options: d.options, now: d.options.AsOf, declared: d, list: d.list}
	if a, ok := d.latest[kind.Name]; ok {
		j.attest(kind, a)
	} else {
		j.reads(&Gap{Reason: AttestationMissing, Needs: kind.Name})
	}
	return j.finish(check, d.facts.Scope())
}

// attest judges an attestation. Without a deviation it is attested.
func (j *judgement) attest(kind Kind, a Attestation) {
	object := Object{ID: a.ID, Source: "attestations", Attribute: "result", Value: a.Result}
	until := a.Until.Format(time.DateOnly)
	switch {
	case !kind.accepts(a.Result):
		j.fail(object, Medium, "The attestation declares the result "+a.Result+".",
			"L'attestation déclare le résultat "+a.Result+".")
	case isPast(a.Until, j.now):
		severity := Low
		if isPast(a.Until.AddDate(0, 0, overdueDays), j.now) {
			severity = Medium
		}
		object.Attribute, object.Value = "until", until
		j.fail(object, severity, "The attestation was valid until "+until+".",
			"L'attestation était valable jusqu'au "+until+".")
	case kind.judge != nil:
		kind.judge(j, a, object)
	}
	if len(j.objects) > 0 || len(j.gaps) > 0 {
		return
	}
	performed := a.PerformedOn.Format(time.DateOnly)
	object.Result = Attested
	object.Found = Text{
		EN: fmt.Sprintf("Declared on %s by %s, reviewed by %s, valid until %s.", performed, a.PerformedBy, a.ReviewedBy,
			until),
		FR: fmt.Sprintf(
			"Déclaré le %s par %s, revu par %s, valable jusqu'au %s.",
			performed,
			a.PerformedBy,
			a.ReviewedBy,
			until,
		),
	}
	j.objects = append(j.objects, object)
}

// accepts reports whether a result of an attestation is no deviation.
func (k Kind) accepts(result string) bool {
	return result == ResultSuccess || result == ResultPartial && k.AllowsPartial
}
