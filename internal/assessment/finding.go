package assessment

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Finding is the result of one check in one scope.
type Finding struct {
	ID          string      `json:"id"` // Check and scope: "node_age@fr-par/11111111-…".
	Check       string      `json:"check"`
	Clauses     []string    `json:"clauses"`
	Layer       string      `json:"layer"`
	Indicator   bool        `json:"indicator,omitempty"` // It can contradict an attestation, never replace it.
	Result      Result      `json:"result"`
	Disposition Disposition `json:"disposition"`
	Severity    Severity    `json:"severity"`
	Scope       string      `json:"scope"`
	Title       Text        `json:"title"`
	Expected    Text        `json:"expected"`
	Found       Text        `json:"found"`
	Population  Population  `json:"population"`
	Subjects    []string    `json:"subjects"` // Ids of the objects that decide the result, sorted.
	Evidence    []Evidence  `json:"evidence"`
	// NotEvaluated says what is missing; also beside a fail or a needs_decision that was found in a part of the
	// objects.
	NotEvaluated []Gap            `json:"not_evaluated,omitempty"`
	Waiver       *AppliedWaiver   `json:"waiver,omitempty"`
	Accepted     []AcceptedObject `json:"accepted,omitempty"` // Objects that an input accepts.
	// Listed are objects that are not judged: those that Scaleway manages, and the Organization's owner.
	Listed []string `json:"listed,omitempty"`
	Remedy Text     `json:"remedy"`
	Since  string   `json:"since,omitempty"` // Date of the first assessment with this result.
	// FailSince is the date of the first assessment with the deviation. It stays while the check cannot be evaluated or
	// a person has to judge it.
	FailSince string `json:"fail_since,omitempty"`
	// Objects are all objects that were judged. The state of Terraform leaves them out.
	Objects []Object `json:"objects,omitempty"`
}

// Population is the number of objects that a check looked at, and of those that passed. An object of which a check
// judged several attributes counts once.
type Population struct {
	Total  int `json:"total"`
	Passed int `json:"passed"`
}

// String returns the population as in "14 of 14".
func (p Population) String() string { return fmt.Sprintf("%d of %d", p.Passed, p.Total) }

// Evidence is a value that was read, and where.
type Evidence struct {
	Subject   string `json:"subject"`
	Source    string `json:"source"`
	Attribute string `json:"attribute"`
	Value     string `json:"value"`
}

// AcceptedObject is an object that an input of the user accepts.
type AcceptedObject struct {
	Subject    string `json:"subject"`
	Input      string `json:"input"` // Name of the input: "expected_neighbours".
	Reason     string `json:"reason"`
	ReviewedOn string `json:"reviewed_on"`
}

// AppliedWaiver is a waiver that applies to a finding.
type AppliedWaiver struct {
	IDs      []string `json:"ids"`
	Until    string   `json:"until"`              // The earliest date.
	Subjects []string `json:"subjects,omitempty"` // Of a finding of which only some objects are waived.
}

// Object is an object that a check judged.
type Object struct {
	ID        string   `json:"id"` // Subject: an id of the API, or "Kind/namespace/name".
	Name      string   `json:"name,omitempty"`
	Source    string   `json:"source,omitempty"`    // The request or the Kubernetes resource.
	Attribute string   `json:"attribute,omitempty"` // The deciding attribute.
	Value     string   `json:"value,omitempty"`
	Result    Result   `json:"result"`
	Severity  Severity `json:"severity,omitempty"`
	Found     Text     `json:"found,omitzero"`
	Gap       *Gap     `json:"not_evaluated,omitempty"`
	Accepted  string   `json:"accepted,omitempty"` // Input that accepts the object.

	// changesDaily keeps the value out of the digest.
	changesDaily bool
}

// evidence returns the object as evidence.
func (o Object) evidence() Evidence {
	return Evidence{Subject: o.ID, Source: o.Source, Attribute: o.Attribute, Value: o.Value}
}

// sortObjects sorts objects: the worst result first, then the most severe, then by id.
func sortObjects(objects []Object) {
	slices.SortStableFunc(objects, func(a, b Object) int {
		return cmp.Or(
			cmp.Compare(slices.Index(Results(), a.Result), slices.Index(Results(), b.Result)),
			cmp.Compare(slices.Index(Severities(), a.Severity), slices.Index(Severities(), b.Severity)),
			strings.Compare(a.ID, b.ID), strings.Compare(a.Attribute, b.Attribute), strings.Compare(a.Value, b.Value),
		)
	})
}

// maxTexts is the number of different texts that Finding.Found combines.
const maxTexts = 4

// describe combines what was found about objects: each text once, with the number of objects if there are several.
func describe(objects []Object) Text {
	type group struct {
		text  Text
		count int
	}
	groups := []group{}
	for _, o := range objects {
		if o.Found == (Text{}) {
			continue
		}
		i := slices.IndexFunc(groups, func(g group) bool { return g.text == o.Found })
		if i < 0 {
			groups = append(groups, group{o.Found, 1})
			continue
		}
		groups[i].count++
	}
	en, fr := []string{}, []string{}
	for i, g := range groups {
		if i == maxTexts {
			en = append(en, fmt.Sprintf("%d more.", len(groups)-i))
			fr = append(fr, fmt.Sprintf("%d autres.", len(groups)-i))
			break
		}
		if g.count > 1 {
			g.text.EN += fmt.Sprintf(" (%d objects)", g.count)
			g.text.FR += fmt.Sprintf(" (%d objets)", g.count)
		}
		en, fr = append(en, g.text.EN), append(fr, g.text.FR)
	}
	return Text{EN: strings.Join(en, " "), FR: strings.Join(fr, " ")}
}
