package lifecycle

import (
	"cmp"
	"slices"
)

// Severity is the severity of a finding.
type Severity string

// The severities. An unknown fact has the severity unknown, never ok.
const (
	SeverityOK       Severity = "ok"
	SeverityNotice   Severity = "notice"
	SeverityUnknown  Severity = "unknown"
	SeverityWarning  Severity = "warning"
	SeverityCritical Severity = "critical"
)

// Severities returns all severities, the mildest first. An unknown fact is more severe than a notice, as it may hide a
// problem, and less severe than a known problem.
func Severities() []Severity {
	return []Severity{SeverityOK, SeverityNotice, SeverityUnknown, SeverityWarning, SeverityCritical}
}

// Compare returns a negative number if s is milder than other, zero if equal, a positive number if more severe.
func (s Severity) Compare(other Severity) int {
	return cmp.Compare(slices.Index(Severities(), s), slices.Index(Severities(), other))
}

// Kind is the kind of object of a finding.
type Kind string

// The kinds, in the order of a report.
const (
	KindCluster Kind = "cluster"
	KindPool    Kind = "pool"
	KindNode    Kind = "node"
)

// Topic is the topic of a finding.
type Topic string

// The topics, in the order of a report.
const (
	TopicStage         Topic = "stage"
	TopicForcedUpgrade Topic = "forced_upgrade"
	TopicDates         Topic = "dates"
	TopicUpgrade       Topic = "upgrade"
	TopicUpgradePath   Topic = "upgrade_path"
	TopicAutoUpgrade   Topic = "auto_upgrade"
	TopicSkew          Topic = "version_skew"
	TopicEndOfSale     Topic = "end_of_sale"
	TopicNodeAge       Topic = "node_age"
)

// Topics returns all topics, in the order of a report.
func Topics() []Topic {
	return []Topic{
		TopicStage, TopicForcedUpgrade, TopicDates, TopicUpgrade, TopicUpgradePath, TopicAutoUpgrade, TopicSkew,
		TopicEndOfSale, TopicNodeAge,
	}
}

// Subject is the cluster, pool or node of a finding.
type Subject struct {
	Kind     Kind
	ID, Name string
}

// compare orders subjects by kind (cluster, pools, nodes), then by name, then by id.
func (s Subject) compare(other Subject) int {
	kinds := []Kind{KindCluster, KindPool, KindNode}
	return cmp.Or(cmp.Compare(slices.Index(kinds, s.Kind), slices.Index(kinds, other.Kind)),
		cmp.Compare(s.Name, other.Name), cmp.Compare(s.ID, other.ID))
}

// Finding is one finding. Clause is the id of the model's clause, Text describes the finding and Fix says what to do,
// in full sentences. Fix is empty if no action is needed.
type Finding struct {
	Subject
	Topic     Topic
	Severity  Severity
	Clause    string
	Text, Fix string
}

// Report holds the findings on a cluster, its pools and its nodes, in a fixed order.
type Report []Finding

// sortFindings sorts findings by subject, then by topic.
func sortFindings(findings []Finding) Report {
	slices.SortStableFunc(findings, func(a, b Finding) int {
		return cmp.Or(
			a.compare(b.Subject), cmp.Compare(slices.Index(Topics(), a.Topic), slices.Index(Topics(), b.Topic)),
		)
	})
	return findings
}

// WorstFinding returns the first of the most severe findings on a subject, and false if there is none.
func (r Report) WorstFinding(s Subject) (Finding, bool) {
	worst, found := Finding{}, false
	for _, v := range r {
		if v.Subject == s && (!found || v.Severity.Compare(worst.Severity) > 0) {
			worst, found = v, true
		}
	}
	return worst, found
}

// WorstSeverity returns the highest severity of all findings, or ok if there is none.
func (r Report) WorstSeverity() Severity {
	worst := SeverityOK
	for _, v := range r {
		if v.Severity.Compare(worst) > 0 {
			worst = v.Severity
		}
	}
	return worst
}

// CountBySeverity returns the number of findings of each severity, including zeros.
func (r Report) CountBySeverity() map[Severity]int {
	counts := map[Severity]int{}
	for _, severity := range Severities() {
		counts[severity] = 0
	}
	for _, v := range r {
		counts[v.Severity]++
	}
	return counts
}
