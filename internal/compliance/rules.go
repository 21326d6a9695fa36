// Package compliance checks configurations against the health data provisions of Scaleway's Shared Responsibility Model
// for managed Kubernetes: which offers, Instance types, zones, volumes and address ranges are allowed for an HDS
// cluster.
//
// It has no clock and makes no requests. The entries of the eligibility catalogue are dated. Types and zones without an
// entry are undecided, which is not the same as eligible.
package compliance

import "strings"

// Rule is the clause of the model that requires a check. The zero Rule is a constraint of the platform, not a clause.
type Rule struct {
	Clause  string // "HDS-RES-01".
	Section string // Heading of the clause in the model.
	Title   string // Short title of the clause, not a quote.
}

// hdsSection is the heading of the model's health data part.
const hdsSection = "Specific provisions for Health Data Hosting (HDS) with Kapsule Dedicated offer"

// Rules returns the clauses that this package and the HDS resources enforce, sorted by id.
func Rules() []Rule {
	return []Rule{
		{"HDS-CTR-01", hdsSection, "Sign the HDS contract"},
		{"HDS-CTR-03", hdsSection, "Least-privilege access to the clusters"},
		{"HDS-IDN-01", "Identification of HDS-compliant resources", "Identify which resources are eligible for " +
			"health data"},
		{"HDS-IDN-02", "Identification of HDS-compliant resources", "Attach only eligible resources to the cluster"},
		{"HDS-RES-01", "Data residency", "Clusters in the Paris region only"},
		{"HDS-RES-02", "Data residency", "Storage and network resources in the Paris region"},
		{"HDS-SCP-01", hdsSection, "The dedicated Kapsule offer only"},
	}
}

// RuleFor returns the rule of a clause. For an unknown clause the Rule has only the id.
func RuleFor(clause string) Rule {
	for _, rule := range Rules() {
		if rule.Clause == clause {
			return rule
		}
	}
	return Rule{Clause: clause}
}

// String returns the citation of the rule, such as HDS-RES-01 ("Data residency"), or "" for the zero Rule.
func (r Rule) String() string {
	if r.Section == "" {
		return r.Clause
	}
	return r.Clause + ` ("` + r.Section + `")`
}

// Problem is the error of all checks of this package. Fields that do not apply are empty. Only Fix ends with a full
// stop.
type Problem struct {
	Rule    Rule
	Summary string
	Found   string
	Allowed string
	Fix     string
}

// Error joins all fields to one text.
func (r *Problem) Error() string {
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
