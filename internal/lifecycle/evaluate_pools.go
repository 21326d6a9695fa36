package lifecycle

import (
	"fmt"
	"strings"
	"time"
)

// checkSkew compares the version of a pool with the version of the control plane.
func (j *evaluator) checkSkew(controlPlane, pool string) {
	skew, behind := SkewBetween(controlPlane, pool)
	upgrade := fmt.Sprintf("Upgrade the pool to %s.", controlPlane)
	switch skew {
	case SkewNone:
		j.add(TopicSkew, SeverityOK, UpgradeClause, fmt.Sprintf("The pool runs %s, like the control plane.", pool), "")
	case SkewOlderPatch:
		j.add(TopicSkew, SeverityNotice, UpgradeClause, fmt.Sprintf("The pool runs %s, an older patch than the "+
			"control plane's %s.", pool, controlPlane), upgrade)
	case SkewOlderMinor:
		severity, minors := SeverityNotice, "one minor"
		if behind > 1 {
			severity, minors = SeverityWarning, fmt.Sprintf("%d minors", behind)
		}
		j.add(TopicSkew, severity, UpgradeClause, fmt.Sprintf("The pool runs %s, %s behind the control plane's %s; "+
			"Kubernetes allows %d.",
			pool, minors, controlPlane, allowedSkew(pool)), upgrade)
	case SkewTooOld:
		j.add(TopicSkew, SeverityCritical, UpgradeClause, fmt.Sprintf("The pool runs %s, which is older than the "+
			"control plane's %s by more than the %d minors that Kubernetes allows.",
			pool, controlPlane, allowedSkew(pool)), upgrade)
	case SkewNewer:
		j.add(TopicSkew, SeverityCritical, UpgradeClause, fmt.Sprintf("The pool runs %s, newer than the control "+
			"plane's %s, which Kubernetes never allows.",
			pool, controlPlane), "Upgrade the control plane to the pool's version.")
	default:
		j.add(TopicSkew, SeverityUnknown, UpgradeClause, fmt.Sprintf("The versions %q of the pool and %q of the "+
			"control plane cannot be compared.", pool, controlPlane),
			"Check the cluster in the console, and report this to the provider's authors.")
	}
}

// allowedSkew returns the number of minors that a kubelet may be older than its control plane, or 0 for a malformed
// version.
func allowedSkew(kubelet string) int {
	version, err := ParseVersion(kubelet)
	if err != nil {
		return 0
	}
	return MaxSkew(version.Minor)
}

// checkEndOfSale checks whether the node type of a pool is still sold: nodes of a type that is not sold cannot be
// replaced.
func (j *evaluator) checkEndOfSale(p Pool, at time.Time) {
	const clause = "LIF-04"
	switch {
	case p.IsExternal:
		j.add(TopicEndOfSale, SeverityOK, clause, "The pool has machines outside Scaleway, whose end of life is the "+
			"responsibility of their owner.", "")
		return
	case p.Sale == nil:
		j.add(TopicEndOfSale, SeverityUnknown, clause, fmt.Sprintf("The node type %s %s.", p.NodeType, p.NoSaleReason),
			"Check the type in the Scaleway documentation of Instances.")
		return
	}
	instead := "Move the workloads to a pool of another node type."
	if len(p.Sale.Replacements) > 0 {
		instead = fmt.Sprintf(
			"Move the workloads to a pool of another node type; the catalogue recommends %s.", strings.Join(
				p.Sale.Replacements, ", ",
			),
		)
	}
	since := func(when time.Time) string {
		if when.IsZero() {
			return ""
		}
		return " (since " + formatDate(when) + ")"
	}
	until := ""
	if stage, when, ok := p.Sale.NextEnd(at); ok {
		ends := map[SaleStage]string{
			SaleEndOfGrowth: "sold to new customers", SaleEndOfSale: "sold", SaleEndOfLife: "supported",
		}
		until = fmt.Sprintf(" It is %s until %s.", ends[stage], formatDate(when))
	}
	switch p.Sale.StageAt(at) {
	case SaleEndOfLife:
		j.add(
			TopicEndOfSale, SeverityCritical, clause, fmt.Sprintf(
				"The node type %s is at its end of life%s.", p.NodeType, since(p.Sale.EndOfLifeAt),
			), instead,
		)
	case SaleEndOfSale:
		j.add(TopicEndOfSale, SeverityWarning, clause,
			fmt.Sprintf(
				"The node type %s is no longer sold%s: it may be impossible to replace its nodes.%s", p.NodeType,
				since(p.Sale.EndOfSaleAt), until,
			), instead)
	case SaleEndOfGrowth:
		j.add(TopicEndOfSale, SeverityNotice, clause,
			fmt.Sprintf(
				"The node type %s is not sold to new customers%s.%s", p.NodeType, since(p.Sale.EndOfGrowthAt), until,
			), instead)
	case SaleNoFeatures:
		j.add(
			TopicEndOfSale, SeverityNotice, clause, fmt.Sprintf(
				"The node type %s is sold, but gets no new features.%s", p.NodeType, until,
			), "",
		)
	case SaleOpen:
		if until != "" {
			j.add(
				TopicEndOfSale, SeverityNotice, clause, fmt.Sprintf(
					"The end of the node type %s is announced.%s", p.NodeType, until,
				), instead,
			)
			return
		}
		j.add(
			TopicEndOfSale, SeverityOK, clause, fmt.Sprintf(
				"The node type %s is sold, and no end is announced.", p.NodeType,
			), "",
		)
	default:
		j.add(TopicEndOfSale, SeverityUnknown, clause, fmt.Sprintf("The product catalogue gives the node type %s the "+
			"status %q, which does not determine its end of sale.", p.NodeType, p.Sale.Status),
			"Check the type in the Scaleway documentation of Instances.")
	}
}

// checkAge checks the age of a node.
func (j *evaluator) checkAge(n Node, at time.Time) {
	const clause = "LIF-04"
	if n.IsExternal {
		j.add(
			TopicNodeAge, SeverityOK, clause, "The node is a machine outside Scaleway, for which there is no "+
				"recommended age.", "",
		)
		return
	}
	age, ok := NodeAgeAt(n.CreatedAt, at)
	switch {
	case !ok && n.CreatedAt.IsZero():
		j.add(TopicNodeAge, SeverityUnknown, clause, "The API does not say when the node was created.",
			"Check the node in the console.")
	case !ok:
		j.add(TopicNodeAge, SeverityUnknown, clause, fmt.Sprintf("The node was created on %s, which is after the "+
			"date of this assessment.", formatDate(n.CreatedAt)),
			"Choose a later date.")
	case age.IsOverLimit():
		j.add(TopicNodeAge, SeverityWarning, clause, fmt.Sprintf("The node is %d days old. Scaleway recommends "+
			"replacing nodes at the age of %d days.", age.Days, RecommendedNodeAgeDays),
			"Replace the node: the node is drained, and the new one runs the latest image.")
	default:
		j.add(TopicNodeAge, SeverityOK, clause, fmt.Sprintf("The node is %d days old, with %d days left until the "+
			"recommended age of replacement, %d days.",
			age.Days, age.Left, RecommendedNodeAgeDays), "")
	}
}
