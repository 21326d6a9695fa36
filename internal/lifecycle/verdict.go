package lifecycle

import (
	"cmp"
	"slices"
)

// Severity is how bad a finding is.
type Severity string

// The severities. An unknown fact is unknown, never ok.
const (
	SeverityOK       Severity = "ok"
	SeverityNotice   Severity = "notice"
	SeverityUnknown  Severity = "unknown"
	SeverityWarning  Severity = "warning"
	SeverityCritical Severity = "critical"
)

// Severities are all severities, the mildest first: what is not known may be worse than a notice, and what is known to
// be wrong comes before it.
func Severities() []Severity {
	return []Severity{SeverityOK, SeverityNotice, SeverityUnknown, SeverityWarning, SeverityCritical}
}

// Compare is negative where s is milder than other, zero where equal, positive where worse.
func (s Severity) Compare(other Severity) int {
	return cmp.Compare(slices.Index(Severities(), s), slices.Index(Severities(), other))
}

// Kind is what a finding is about.
type Kind string

// The kinds, in the order of findings.
const (
	KindCluster Kind = "cluster"
	KindPool    Kind = "pool"
	KindNode    Kind = "node"
)

// Topic is what a finding looks at.
type Topic string

// The topics, in the order of findings.
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

// Topics are all topics, in the order of findings.
func Topics() []Topic {
	return []Topic{
		TopicStage, TopicForcedUpgrade, TopicDates, TopicUpgrade, TopicUpgradePath, TopicAutoUpgrade, TopicSkew,
		TopicEndOfSale, TopicNodeAge,
	}
}

// Subject is a cluster, a pool or a node.
type Subject struct {
	Kind     Kind
	ID, Name string
}

// compare orders the cluster, its pools and its nodes, each kind by name, then by id.
func (s Subject) compare(other Subject) int {
	kinds := []Kind{KindCluster, KindPool, KindNode}
	return cmp.Or(cmp.Compare(slices.Index(kinds, s.Kind), slices.Index(kinds, other.Kind)),
		cmp.Compare(s.Name, other.Name), cmp.Compare(s.ID, other.ID))
}

// Verdict is one finding. Clause is the id of the model's clause that it serves, Text what was found and Fix what to
// do, in full sentences; Fix is empty where nothing is to be done.
type Verdict struct {
	Subject
	Topic     Topic
	Severity  Severity
	Clause    string
	Text, Fix string
}

// Report is all findings of a cluster, its pools and its nodes, in a fixed order.
type Report []Verdict

// sorted puts findings in their order: that of their subjects, then that of the topics.
func sorted(findings []Verdict) Report {
	slices.SortStableFunc(findings, func(a, b Verdict) int {
		return cmp.Or(a.compare(b.Subject), cmp.Compare(slices.Index(Topics(), a.Topic), slices.Index(Topics(), b.Topic)))
	})
	return findings
}

// Of is the verdict on one subject: the worst of its findings, the first of those that are equally bad. It is false
// where there is none.
func (r Report) Of(s Subject) (Verdict, bool) {
	worst, found := Verdict{}, false
	for _, v := range r {
		if v.Subject == s && (!found || v.Severity.Compare(worst.Severity) > 0) {
			worst, found = v, true
		}
	}
	return worst, found
}

// Worst is the worst severity of all findings; ok where there is none.
func (r Report) Worst() Severity {
	worst := SeverityOK
	for _, v := range r {
		if v.Severity.Compare(worst) > 0 {
			worst = v.Severity
		}
	}
	return worst
}

// Counts is the number of findings of each severity, with a zero where there is none.
func (r Report) Counts() map[Severity]int {
	counts := map[Severity]int{}
	for _, severity := range Severities() {
		counts[severity] = 0
	}
	for _, v := range r {
		counts[v.Severity]++
	}
	return counts
}
