package lifecycle

import (
	"fmt"
	"time"
)

// Cluster holds the facts of a cluster that its lifecycle depends on.
type Cluster struct {
	ID, Name string
	Version  string // Full version of the control plane.
	// AutoUpgrade is true if patches are installed automatically, and nil if unknown.
	AutoUpgrade *bool
	Pools       []Pool
	Nodes       []Node
	// WantedMinor is the target minor of an upgrade path. UpgradePath holds the steps of the path. Both are nil if no
	// path was requested.
	WantedMinor *Minor
	UpgradePath []Step
}

// Pool holds the facts of a pool.
type Pool struct {
	ID, Name, Version, NodeType string
	// IsExternal is true for a pool of machines outside Scaleway, which Scaleway does not sell.
	IsExternal bool
	// Sale is the product catalogue's entry of the node type. If it is nil, NoSaleReason is the reason, without a
	// subject: "is not in the product catalogue of fr-par-1".
	Sale         *Sale
	NoSaleReason string
}

// Node holds the facts of a node. A zero CreatedAt is unknown.
type Node struct {
	ID, Name   string
	CreatedAt  time.Time
	IsExternal bool
}

// noticeDays is how many days before the end of support a finding becomes a notice.
const noticeDays = 90

// Evaluate returns the findings on a cluster, its pools and its nodes at a time. Each of them has at least one finding;
// an unknown fact is a separate finding. The same arguments give the same report.
func Evaluate(c Cluster, k VersionData, at time.Time) Report {
	cluster := evaluator{subject: Subject{KindCluster, c.ID, c.Name}}
	if version, err := ParseVersion(c.Version); err != nil {
		cluster.add(TopicStage, SeverityUnknown, "LIF-06", fmt.Sprintf("The version of the cluster cannot be read: "+
			"%v", err),
			"Check the cluster in the console, and report this to the provider's authors.")
	} else {
		cluster.checkVersion(version, k, at)
		cluster.checkPath(c, at)
	}
	cluster.checkAutoUpgrade(c.AutoUpgrade)
	findings := cluster.findings
	for _, p := range c.Pools {
		pool := evaluator{subject: Subject{KindPool, p.ID, p.Name}}
		pool.checkSkew(c.Version, p.Version)
		pool.checkEndOfSale(p, at)
		findings = append(findings, pool.findings...)
	}
	for _, n := range c.Nodes {
		node := evaluator{subject: Subject{KindNode, n.ID, n.Name}}
		node.checkAge(n, at)
		findings = append(findings, node.findings...)
	}
	return sortFindings(findings)
}

// evaluator collects the findings on one subject.
type evaluator struct {
	subject  Subject
	findings []Finding
}

func (j *evaluator) add(topic Topic, severity Severity, clause, text, fix string) {
	j.findings = append(j.findings, Finding{j.subject, topic, severity, clause, text, fix})
}

// checkVersion adds the findings that depend on the minor of a cluster.
func (j *evaluator) checkVersion(v Version, k VersionData, at time.Time) {
	dates := k.Assessment(v.Minor)
	j.checkStage(v.Minor, dates, at)
	j.checkForcedUpgrade(v.Minor, dates, k, at)
	j.checkDates(v.Minor, dates)
	j.checkUpgrade(v, k)
}

func (j *evaluator) checkStage(m Minor, dates Assessment, at time.Time) {
	switch dates.StageAt(at) {
	case StageRelease:
		j.add(
			TopicStage, SeverityOK, "LIF-08", fmt.Sprintf(
				"Kubernetes %s is supported, and will be deprecated on %s.", m, formatDate(dates.DeprecatedAt),
			), "",
		)
	case StageDeprecation:
		j.add(TopicStage, SeverityWarning, "LIF-09",
			fmt.Sprintf(
				"Kubernetes %s is deprecated: it is patched until its end of support, %s, and not available for new "+
					"clusters.", m,
				formatDate(dates.EndOfSupportAt),
			),
			fmt.Sprintf("Validate the workloads on %s and upgrade before that day.", m.Next()))
	case StageEndOfSupport:
		j.add(TopicStage, SeverityCritical, "LIF-10", fmt.Sprintf(
			"Kubernetes %s has been out of support since %s.", m, formatDate(dates.EndOfSupportAt),
		),
			fmt.Sprintf("Validate the workloads on %s and upgrade now.", m.Next()))
	case StageNotReleased:
		j.add(TopicStage, SeverityUnknown, "LIF-08", fmt.Sprintf("Kubernetes %s is released on %s, which is after the "+
			"date of this assessment.", m, formatDate(dates.ReleasedAt)),
			"Choose a later date.")
	default:
		j.add(TopicStage, SeverityUnknown, "LIF-06", fmt.Sprintf("The known dates of Kubernetes %s do not determine "+
			"its stage.", m), consultVersionPage)
	}
}

const consultVersionPage = "Use the dates of the version page of the Scaleway documentation until the API has them."

func (j *evaluator) checkForcedUpgrade(m Minor, dates Assessment, k VersionData, at time.Time) {
	window, ok := dates.ForcedUpgradeWindow()
	if !ok {
		j.add(TopicForcedUpgrade, SeverityUnknown, "LIF-05",
			fmt.Sprintf("The end of support of Kubernetes %s is not certain, and therefore neither is the time of the "+
				"forced upgrade.", m), consultVersionPage)
		return
	}
	targetText := "the next supported minor, which the dates do not determine"
	if target, known := k.ForcedUpgradeTarget(m); known {
		targetText = target.Minor.String()
	}
	start, end := formatDate(window.Start), formatDate(window.End)
	text := fmt.Sprintf(
		"Scaleway forces the upgrade of clusters that still run %s between %s and %s, to %s.", m, start, end,
		targetText,
	)
	fix := fmt.Sprintf("Upgrade to %s before %s to choose the time of the upgrade.", m.Next(), start)
	switch remaining := window.Start.Sub(at); {
	case remaining > noticeDays*wholeDay:
		j.add(TopicForcedUpgrade, SeverityOK, "LIF-05", text, "")
	case remaining > 0:
		j.add(TopicForcedUpgrade, SeverityNotice, "LIF-05", text, fix)
	case window.Contains(at):
		j.add(TopicForcedUpgrade, SeverityCritical, "LIF-10",
			fmt.Sprintf("Scaleway forces the upgrade of the cluster at any time until %s, to %s: its minor, %s, has "+
				"been out of support since %s.", end, targetText, m, start),
			fmt.Sprintf("Upgrade to %s now to choose the time of the upgrade.", m.Next()))
	default:
		j.add(TopicForcedUpgrade, SeverityCritical, "LIF-10",
			fmt.Sprintf("The cluster still runs %s, although the period of forced upgrades ended on %s.", m, end),
			fmt.Sprintf("Upgrade to %s now, and ask Scaleway's support why the cluster was not upgraded.", m.Next()))
	}
}

func (j *evaluator) checkDates(m Minor, a Assessment) {
	conflicts := ""
	for _, conflict := range a.Conflicts {
		conflicts += " " + conflict
	}
	switch {
	case a.Quality == QualityInconsistent:
		j.add(
			TopicDates, SeverityWarning, "LIF-06", fmt.Sprintf(
				"The dates of Kubernetes %s contradict each other.%s", m, conflicts,
			), consultVersionPage,
		)
	case a.Quality == QualityUnknown:
		j.add(
			TopicDates, SeverityUnknown, "LIF-06", fmt.Sprintf(
				"The API does not have all dates of Kubernetes %s.%s", m, conflicts,
			), consultVersionPage,
		)
	case a.DeprecatedAt.Before(a.ReleasedAt.AddDate(0, SupportMonths, 0)):
		j.add(TopicDates, SeverityWarning, "LIF-06", fmt.Sprintf(
			"Kubernetes %s is deprecated on %s, less than %d months after its release on %s, although Scaleway "+
				"supports a minor for at least that long.%s",
			m,
			formatDate(a.DeprecatedAt),
			SupportMonths,
			formatDate(a.ReleasedAt),
			conflicts,
		), "Ask Scaleway's support about the date.")
	case len(a.Conflicts) > 0:
		j.add(TopicDates, SeverityNotice, "LIF-06", fmt.Sprintf("The dates of Kubernetes %s are in order, but differ "+
			"between sources.%s", m, conflicts), "")
	default:
		j.add(
			TopicDates, SeverityOK, "LIF-06", fmt.Sprintf(
				"The dates of Kubernetes %s are complete and in order.", m,
			), "",
		)
	}
}

func (j *evaluator) checkUpgrade(v Version, k VersionData) {
	patch, minor := NextUpgrades(v, k.Offered)
	switch {
	case patch != "" && minor != "":
		j.add(TopicUpgrade, SeverityNotice, UpgradeClause, fmt.Sprintf("A newer patch, %s, and the next minor, %s, "+
			"are offered.", patch, minor),
			"Plan the upgrade to the next minor; auto-upgrade installs the patch.")
	case patch != "":
		j.add(TopicUpgrade, SeverityNotice, UpgradeClause, fmt.Sprintf(
			"A newer patch, %s, is offered, but no newer minor.", patch,
		),
			"Auto-upgrade installs the patch. If auto-upgrade is off, upgrade the cluster.")
	case minor != "":
		j.add(TopicUpgrade, SeverityNotice, UpgradeClause, fmt.Sprintf(
			"The next minor, %s, is offered.", minor,
		), "Plan the upgrade.")
	default:
		j.add(
			TopicUpgrade, SeverityOK, UpgradeClause, fmt.Sprintf("No version newer than %s is offered to the "+
				"cluster.", v), "",
		)
	}
}

// checkPath checks the upgrade path to the wanted minor. Its finding is the first of the worst steps: overdue, without
// a date, or not offered today.
func (j *evaluator) checkPath(c Cluster, at time.Time) {
	if c.WantedMinor == nil {
		return
	}
	if len(c.UpgradePath) == 0 {
		text, runs := fmt.Sprintf("The cluster already runs %s.", c.WantedMinor), *c.WantedMinor
		if v, err := ParseVersion(c.Version); err == nil && v.Minor != runs {
			text = fmt.Sprintf("The cluster is past %s: it runs %s, and is never downgraded.", runs, v)
		}
		j.add(TopicUpgradePath, SeverityOK, UpgradeClause, text, "")
		return
	}
	worst := Finding{Severity: SeverityOK, Text: fmt.Sprintf("The upgrade path to %s has %d upgrades, all of which "+
		"are offered today.", c.WantedMinor, len(c.UpgradePath))}
	if len(c.UpgradePath) == 1 {
		worst.Text = fmt.Sprintf("The upgrade path to %s has one upgrade, which is offered today.", c.WantedMinor)
	}
	for _, step := range c.UpgradePath {
		finding := Finding{Severity: SeverityOK}
		switch {
		case step.IsOverdue(at):
			finding = Finding{Severity: SeverityWarning, Text: fmt.Sprintf(
				"The upgrade from %s to %s was due by %s.", step.From, step.To, formatDate(step.Deadline),
			),
				Fix: fmt.Sprintf("Upgrade to %s first.", c.UpgradePath[0].To)}
		case step.Deadline.IsZero():
			finding = Finding{
				Severity: SeverityUnknown, Text: fmt.Sprintf(
					"The date by which the cluster must be upgraded from %s is unknown.", step.From,
				), Fix: consultVersionPage,
			}
		case step.Version == "":
			finding = Finding{
				Severity: SeverityNotice,
				Text: fmt.Sprintf(
					"No patch of %s is offered today, so that the upgrade path to %s cannot be completed.", step.To,
					c.WantedMinor,
				),
				Fix: "Upgrade to the newest offered version, and check again later.",
			}
		}
		if finding.Severity.Compare(worst.Severity) > 0 {
			worst = finding
		}
	}
	j.add(TopicUpgradePath, worst.Severity, UpgradeClause, worst.Text, worst.Fix)
}

func (j *evaluator) checkAutoUpgrade(enabled *bool) {
	switch {
	case enabled == nil:
		j.add(TopicAutoUpgrade, SeverityUnknown, "LIF-03", "The API does not say whether patches are installed "+
			"automatically.", "Check the cluster in the console.")
	case *enabled:
		j.add(TopicAutoUpgrade, SeverityOK, "LIF-03", "Patches are installed automatically.", "")
	default:
		j.add(TopicAutoUpgrade, SeverityWarning, "LIF-03", "Patches are not installed automatically.", "Enable "+
			"auto-upgrade, with a maintenance window.")
	}
}
