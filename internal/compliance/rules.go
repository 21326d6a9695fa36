// Package compliance judges configurations against the health data provisions of Scaleway's Shared Responsibility Model
// for managed Kubernetes: which offers, Instance types, zones, volumes and address ranges an HDS cluster may use.
//
// It has no clock and makes no request. The eligibility catalogue is dated data: what it does not name is undecided,
// and undecided is never a pass.
package compliance

import "strings"

// Rule is the clause of the model that a refusal carries. The zero Rule is a constraint of the platform, not a clause.
type Rule struct {
	Clause  string // "HDS-RES-01".
	Section string // The heading of the model that the clause stands under.
	Title   string // The clause in our own words.
}

// hdsSection is the heading of the model's health data part.
const hdsSection = "Specific provisions for Health Data Hosting (HDS) with Kapsule Dedicated offer"

// Rules lists the clauses that this package and the HDS resources refuse configurations for, sorted by clause.
func Rules() []Rule {
	return []Rule{
		{"HDS-CTR-01", hdsSection, "Sign the HDS contract"},
		{"HDS-CTR-03", hdsSection, "Least-privilege access to the clusters"},
		{"HDS-IDN-01", "Identification of HDS-compliant resources", "Identify which resources are eligible for health data"},
		{"HDS-IDN-02", "Identification of HDS-compliant resources", "Attach only eligible resources to the cluster"},
		{"HDS-RES-01", "Data residency", "Clusters in the Paris region only"},
		{"HDS-RES-02", "Data residency", "Storage and network resources in the Paris region"},
		{"HDS-SCP-01", hdsSection, "The dedicated Kapsule offer only"},
	}
}

// RuleFor finds a rule by its clause. An unknown clause gives a Rule that has nothing but the clause.
func RuleFor(clause string) Rule {
	for _, rule := range Rules() {
		if rule.Clause == clause {
			return rule
		}
	}
	return Rule{Clause: clause}
}

// String cites the rule: clause and section, in the form HDS-RES-01 ("Data residency"); empty for the zero Rule.
func (r Rule) String() string {
	if r.Section == "" {
		return r.Clause
	}
	return r.Clause + ` ("` + r.Section + `")`
}

// Refusal is a value that is not allowed: why, what was found, what is allowed and what to do. It is the error type of
// every check of this package. Fields that do not apply are empty; texts carry no final full stop but Fix, a sentence.
type Refusal struct {
	Rule    Rule
	Summary string
	Found   string
	Allowed string
	Fix     string
}

// Error joins all fields into one text.
func (r *Refusal) Error() string {
	var b strings.Builder
	b.WriteString(r.Summary)
	b.WriteString(".")
	for _, part := range []struct{ label, text string }{
		{"Clause", r.Rule.String()}, {"Found", r.Found}, {"Allowed", r.Allowed},
	} {
		if part.text != "" {
			b.WriteString(" " + part.label + ": " + part.text + ".")
		}
	}
	if r.Fix != "" {
		b.WriteString(" " + r.Fix)
	}
	return b.String()
}
