package lifecycle

import (
	"fmt"
	"time"
)

// Cluster is the facts of a cluster that its lifecycle depends on.
type Cluster struct {
	ID, Name string
	Version  string // The full version of the control plane.
	// AutoUpgrade says whether patches are installed automatically; nil where the API does not say.
	AutoUpgrade *bool
	Pools       []Pool
	Nodes       []Node
	// Wanted is the minor that a path leads to, and Path its steps; nil where none was asked for.
	Wanted *Minor
	Path   []Step
}

// Pool is the facts of a pool.
type Pool struct {
	ID, Name, Version, NodeType string
	// External pools hold machines outside Scaleway, which are not sold.
	External bool
	// Sale is what the product catalogue says of the node type; nil where it says nothing, and NoSale is why, a clause
	// without subject: "is not in the product catalogue of fr-par-1".
	Sale   *Sale
	NoSale string
}

// Node is the facts of a node. A zero CreatedAt is unknown.
type Node struct {
	ID, Name  string
	CreatedAt time.Time
	External  bool
}

// noticeDays is how long before the end of support a finding draws attention to it.
const noticeDays = 90

// Judge says all that can be said at a moment. Every cluster, pool and node has at least one finding, and what is not
// known is a finding of its own. The same arguments give the same report.
func Judge(c Cluster, k Knowledge, at time.Time) Report {
	cluster := judge{subject: Subject{KindCluster, c.ID, c.Name}}
	if version, err := ParseVersion(c.Version); err != nil {
		cluster.add(TopicStage, SeverityUnknown, "LIF-06", fmt.Sprintf("The version of the cluster cannot be read: %v", err),
			"Look the cluster up in the console, and report this to the provider's authors.")
	} else {
		cluster.version(version, k, at)
		cluster.path(c, at)
	}
	cluster.autoUpgrade(c.AutoUpgrade)
	findings := cluster.found
	for _, p := range c.Pools {
		pool := judge{subject: Subject{KindPool, p.ID, p.Name}}
		pool.skew(c.Version, p.Version)
		pool.endOfSale(p, at)
		findings = append(findings, pool.found...)
	}
	for _, n := range c.Nodes {
		node := judge{subject: Subject{KindNode, n.ID, n.Name}}
		node.age(n, at)
		findings = append(findings, node.found...)
	}
	return sorted(findings)
}

// judge collects the findings on one subject.
type judge struct {
	subject Subject
	found   []Verdict
}

func (j *judge) add(topic Topic, severity Severity, clause, text, fix string) {
	j.found = append(j.found, Verdict{j.subject, topic, severity, clause, text, fix})
}

// version is what time brings to the minor of a cluster.
func (j *judge) version(v Version, k Knowledge, at time.Time) {
	dates := k.Of(v.Minor)
	j.stage(v.Minor, dates, at)
	j.forcedUpgrade(v.Minor, dates, k, at)
	j.dates(v.Minor, dates)
	j.upgrade(v, k)
}

func (j *judge) stage(m Minor, dates Assessment, at time.Time) {
	switch dates.StageAt(at) {
	case StageRelease:
		j.add(
			TopicStage, SeverityOK, "LIF-08", fmt.Sprintf(
				"Kubernetes %s is supported, and is deprecated on %s.", m, date(dates.DeprecatedAt),
			), "",
		)
	case StageDeprecation:
		j.add(TopicStage, SeverityWarning, "LIF-09",
			fmt.Sprintf(
				"Kubernetes %s runs and is patched until its end of support, %s, and is offered to no new cluster.", m,
				date(dates.EndOfSupportAt),
			),
			fmt.Sprintf("Validate the workloads on %s and upgrade before that day.", m.Next()))
	case StageEndOfSupport:
		j.add(TopicStage, SeverityCritical, "LIF-10", fmt.Sprintf(
			"Kubernetes %s is out of support since %s.", m, date(dates.EndOfSupportAt),
		),
			fmt.Sprintf("Validate the workloads on %s and upgrade now.", m.Next()))
	case StageNotReleased:
		j.add(TopicStage, SeverityUnknown, "LIF-08", fmt.Sprintf("Kubernetes %s is released on %s, after the moment that "+
			"is asked about.", m, date(dates.ReleasedAt)),
			"Ask about a later moment.")
	default:
		j.add(TopicStage, SeverityUnknown, "LIF-06", fmt.Sprintf("The dates that are known of Kubernetes %s do not tell "+
			"its stage.", m), lookItUp)
	}
}

const lookItUp = "Rely on the version page of the Scaleway documentation until the dates are known."

func (j *judge) forcedUpgrade(m Minor, dates Assessment, k Knowledge, at time.Time) {
	window, ok := dates.ForcedUpgradeWindow()
	if !ok {
		j.add(TopicForcedUpgrade, SeverityUnknown, "LIF-05",
			fmt.Sprintf("The end of support of Kubernetes %s is not known for certain, and so neither is when Scaleway "+
				"upgrades the cluster by force.", m), lookItUp)
		return
	}
	to := "the next supported minor, which the dates do not tell"
	if target, known := k.ForcedTarget(m); known {
		to = target.Minor.String()
	}
	start, end := date(window.Start), date(window.End)
	text := fmt.Sprintf("A cluster that still runs %s is upgraded by force between %s and %s, to %s.", m, start, end, to)
	fix := fmt.Sprintf("Upgrade to %s at a time of your choice, before %s.", m.Next(), start)
	switch left := window.Start.Sub(at); {
	case left > noticeDays*wholeDay:
		j.add(TopicForcedUpgrade, SeverityOK, "LIF-05", text, "")
	case left > 0:
		j.add(TopicForcedUpgrade, SeverityNotice, "LIF-05", text, fix)
	case window.Contains(at):
		j.add(TopicForcedUpgrade, SeverityCritical, "LIF-10",
			fmt.Sprintf("The cluster is upgraded by force at any time until %s, to %s: its minor, %s, is out of support since "+
				"%s.", end, to, m, start),
			fmt.Sprintf("Upgrade to %s now, at a time of your choice.", m.Next()))
	default:
		j.add(TopicForcedUpgrade, SeverityCritical, "LIF-10",
			fmt.Sprintf("The time in which Scaleway upgrades clusters from %s by force is over since %s, and this one still "+
				"runs it.", m, end),
			fmt.Sprintf("Upgrade to %s now, and ask Scaleway's support why the cluster was not upgraded.", m.Next()))
	}
}

func (j *judge) dates(m Minor, a Assessment) {
	said := ""
	for _, conflict := range a.Conflicts {
		said += " " + conflict
	}
	switch {
	case a.Quality == QualityInconsistent:
		j.add(
			TopicDates, SeverityWarning, "LIF-06", fmt.Sprintf(
				"The dates of Kubernetes %s contradict each other.%s", m, said,
			), lookItUp,
		)
	case a.Quality == QualityUnknown:
		j.add(
			TopicDates, SeverityUnknown, "LIF-06", fmt.Sprintf(
				"The API did not give all dates of Kubernetes %s.%s", m, said,
			), lookItUp,
		)
	case a.DeprecatedAt.Before(a.ReleasedAt.AddDate(0, SupportMonths, 0)):
		j.add(TopicDates, SeverityWarning, "LIF-06", fmt.Sprintf("Kubernetes %s is deprecated on %s, sooner than %d months "+
			"after its release on %s, for which Scaleway supports a minor at least.%s",
			m, date(a.DeprecatedAt), SupportMonths, date(a.ReleasedAt), said), "Ask Scaleway's support about the date.")
	case len(a.Conflicts) > 0:
		j.add(TopicDates, SeverityNotice, "LIF-06", fmt.Sprintf("The dates of Kubernetes %s are in order, and other "+
			"sources have others.%s", m, said), "")
	default:
		j.add(TopicDates, SeverityOK, "LIF-06", fmt.Sprintf("The dates of Kubernetes %s are complete and in order.", m), "")
	}
}

func (j *judge) upgrade(v Version, k Knowledge) {
	patch, minor := NextLegal(v, k.Offered)
	switch {
	case patch != "" && minor != "":
		j.add(TopicUpgrade, SeverityNotice, UpgradeClause, fmt.Sprintf("A newer patch, %s, and the next minor, %s, are "+
			"offered.", patch, minor),
			"Plan the upgrade; auto-upgrade installs the patch by itself.")
	case patch != "":
		j.add(TopicUpgrade, SeverityNotice, UpgradeClause, fmt.Sprintf(
			"A newer patch, %s, is offered, and no newer minor.", patch,
		),
			"Auto-upgrade installs it by itself; where it is off, upgrade.")
	case minor != "":
		j.add(TopicUpgrade, SeverityNotice, UpgradeClause, fmt.Sprintf("The next minor, %s, is offered.", minor), "Plan "+
			"the upgrade.")
	default:
		j.add(TopicUpgrade, SeverityOK, UpgradeClause, fmt.Sprintf("Nothing newer than %s is offered to the cluster.", v), "")
	}
}

// path judges the way to the minor that was asked for: the first step that is late, impossible today or without a date.
func (j *judge) path(c Cluster, at time.Time) {
	if c.Wanted == nil {
		return
	}
	if len(c.Path) == 0 {
		text, runs := fmt.Sprintf("The cluster already runs %s.", c.Wanted), *c.Wanted
		if v, err := ParseVersion(c.Version); err == nil && v.Minor != runs {
			text = fmt.Sprintf("The cluster is past %s: it runs %s, and is never downgraded.", runs, v)
		}
		j.add(TopicUpgradePath, SeverityOK, UpgradeClause, text, "")
		return
	}
	worst := Verdict{Severity: SeverityOK, Text: fmt.Sprintf("The way to %s takes %d upgrades, all of them offered "+
		"today.", c.Wanted, len(c.Path))}
	if len(c.Path) == 1 {
		worst.Text = fmt.Sprintf("The way to %s takes one upgrade, which is offered today.", c.Wanted)
	}
	for _, step := range c.Path {
		one := Verdict{Severity: SeverityOK}
		switch {
		case step.Overdue(at):
			one = Verdict{Severity: SeverityWarning, Text: fmt.Sprintf(
				"The upgrade from %s to %s was due by %s.", step.From, step.To, date(step.By),
			),
				Fix: fmt.Sprintf("Upgrade to %s first.", c.Path[0].To)}
		case step.By.IsZero():
			one = Verdict{
				Severity: SeverityUnknown, Text: fmt.Sprintf(
					"It is not known by when the cluster must leave %s.", step.From,
				), Fix: lookItUp,
			}
		case step.Version == "":
			one = Verdict{Severity: SeverityNotice, Text: fmt.Sprintf("No patch of %s is offered today, so that the way to %s "+
				"cannot be gone to its end.", step.To, c.Wanted),
				Fix: "Go as far as versions are offered, and ask again."}
		}
		if one.Severity.Compare(worst.Severity) > 0 {
			worst = one
		}
	}
	j.add(TopicUpgradePath, worst.Severity, UpgradeClause, worst.Text, worst.Fix)
}

func (j *judge) autoUpgrade(enabled *bool) {
	switch {
	case enabled == nil:
		j.add(TopicAutoUpgrade, SeverityUnknown, "LIF-03", "The API does not say whether patches are installed "+
			"automatically.", "Look at the cluster in the console.")
	case *enabled:
		j.add(TopicAutoUpgrade, SeverityOK, "LIF-03", "Patches are installed automatically.", "")
	default:
		j.add(TopicAutoUpgrade, SeverityWarning, "LIF-03", "Patches are not installed automatically.", "Enable "+
			"auto-upgrade, with a maintenance window.")
	}
}
