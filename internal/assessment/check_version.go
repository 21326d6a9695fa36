package assessment

import (
	"fmt"
	"strings"
	"time"

	"github.com/terraform-srm/terraform-provider-srm/internal/lifecycle"
)

// versionChecks returns the checks of the Kubernetes version of the cluster.
func versionChecks() []Check {
	return []Check{
		{
			ID: "cluster_version_supported", Layer: LayerAPI, Severity: Medium,
			Title: Text{EN: "Support of the Kubernetes version", FR: "Support de la version de Kubernetes"},
			Expected: Text{
				EN: "A minor before its deprecation, by dates without contradiction.",
				FR: "Une version mineure avant sa dépréciation, selon des dates sans contradiction.",
			},
			Remedy: Text{
				EN: "Run scw k8s cluster upgrade CLUSTER_ID version=VERSION upgrade-pools=true, one minor at a time, " +
					"before the end of support; the nodes are replaced.",
				FR: "Exécuter scw k8s cluster upgrade CLUSTER_ID version=VERSION upgrade-pools=true, une version " +
					"mineure à la fois, avant la fin du support ; les nœuds sont remplacés.",
			},
			judge: judgeClusterVersion,
		},
		{
			ID: "version_support_period", Layer: LayerAPI, Severity: Low,
			Title: Text{EN: "Support period of the minor", FR: "Durée de support de la version mineure"},
			Expected: Text{
				EN: fmt.Sprintf("At least %d months from release to deprecation.", lifecycle.SupportMonths),
				FR: fmt.Sprintf("Au moins %d mois de la publication à la dépréciation.", lifecycle.SupportMonths),
			},
			Remedy: Text{
				EN: "Ask Scaleway's support about the dates of the minor; plan the upgrade by the earlier one.",
				FR: "Interroger le support Scaleway sur les dates de la version mineure ; planifier la mise à jour " +
					"selon la plus proche.",
			},
			judge: judgeSupportPeriod,
		},
	}
}

// clusterVersion returns the version of the control plane and the dates of all minors. It returns false if something is
// unknown, which it records.
func (j *judgement) clusterVersion(o Object) (Object, lifecycle.Version, lifecycle.VersionData, bool) {
	none := lifecycle.VersionData{}
	cluster, ok := j.cluster()
	if !ok {
		return o, lifecycle.Version{}, none, false
	}
	name, ok := known(j, o, cluster.Version)
	if !ok {
		return o, lifecycle.Version{}, none, false
	}
	o.Value = name
	version, err := lifecycle.ParseVersion(name)
	if err != nil {
		j.unknown(o, Gap{Reason: NoAPIField, Needs: o.Attribute, Detail: err.Error()})
		return o, lifecycle.Version{}, none, false
	}
	if !j.reads(j.facts.Versions.Missing()) {
		return o, lifecycle.Version{}, none, false
	}
	return o, version, j.facts.Versions.Value.Assessments(), true
}

func judgeClusterVersion(j *judgement) {
	object, version, data, ok := j.clusterVersion(j.clusterObject("version", ""))
	if !ok {
		return
	}
	dates := data.Assessment(version.Minor)
	stage := dates.StageAt(j.now)
	text := stageText(version, dates, data, stage)
	switch {
	case stage == lifecycle.StageUnknown:
		j.unknown(object, Gap{Reason: UncertainDates, Detail: strings.Join(dates.Conflicts, " ")})
	case dates.Quality == lifecycle.QualityInconsistent:
		j.decide(object, text.EN+" The dates of the API contradict each other.",
			text.FR+" Les dates de l'API se contredisent.")
	case dates.Quality == lifecycle.QualityUnknown:
		j.decide(object, text.EN+" The API does not have all dates: some are those of the bundled calendar.",
			text.FR+" L'API n'a pas toutes les dates : certaines sont celles du calendrier fourni.")
	case stage == lifecycle.StageNotReleased:
		j.decide(object, text.EN, text.FR)
	case stage == lifecycle.StageEndOfSupport:
		j.fail(object, High, text.EN, text.FR)
	case stage == lifecycle.StageDeprecation:
		j.fail(object, Medium, text.EN, text.FR)
	default:
		j.passWith(object, text.EN, text.FR)
	}
}

// forcedTarget names the minor to which Scaleway forces the upgrade.
func forcedTarget(data lifecycle.VersionData, minor lifecycle.Minor) Text {
	if target, known := data.ForcedUpgradeTarget(minor); known {
		return Text{EN: target.Minor.String(), FR: target.Minor.String()}
	}
	return Text{EN: "the next supported minor", FR: "la version mineure supportée suivante"}
}

// stageText describes the stage of a minor with its dates, the forced upgrade and the versions that are offered.
func stageText(
	version lifecycle.Version, dates lifecycle.Assessment, data lifecycle.VersionData, stage lifecycle.Stage,
) Text {
	minor, end := version.Minor, day(dates.EndOfSupportAt)
	var text Text
	switch stage {
	case lifecycle.StageNotReleased:
		return Text{
			EN: fmt.Sprintf("Kubernetes %s is released on %s only.", minor, day(dates.ReleasedAt)),
			FR: fmt.Sprintf("Kubernetes %s n'est publié que le %s.", minor, day(dates.ReleasedAt)),
		}
	case lifecycle.StageEndOfSupport:
		text = Text{
			EN: fmt.Sprintf("The support of Kubernetes %s ended on %s.", minor, end),
			FR: fmt.Sprintf("Le support de Kubernetes %s a pris fin le %s.", minor, end),
		}
	case lifecycle.StageDeprecation:
		deprecated := day(dates.DeprecatedAt)
		text = Text{
			EN: fmt.Sprintf("Kubernetes %s is deprecated since %s; its support ends on %s.", minor, deprecated, end),
			FR: fmt.Sprintf("Kubernetes %s est déprécié depuis le %s ; son support prend fin le %s.", minor, deprecated,
				end),
		}
	default:
		deprecated := day(dates.DeprecatedAt)
		text = Text{
			EN: fmt.Sprintf("Kubernetes %s is supported; it will be deprecated on %s.", minor, deprecated),
			FR: fmt.Sprintf("Kubernetes %s est supporté ; il sera déprécié le %s.", minor, deprecated),
		}
	}
	if window, ok := dates.ForcedUpgradeWindow(); ok {
		target := forcedTarget(data, minor)
		text.EN += fmt.Sprintf(" Scaleway forces the upgrade to %s between %s and %s.", target.EN, day(window.Start),
			day(window.End))
		text.FR += fmt.Sprintf(
			" Scaleway force la mise à jour vers %s entre le %s et le %s.",
			target.FR,
			day(window.Start),
			day(window.End),
		)
	}
	patch, next := lifecycle.NextUpgrades(version, data.Offered)
	for _, offered := range []string{patch, next} {
		if offered != "" {
			text.EN += fmt.Sprintf(" Version %s is offered.", offered)
			text.FR += fmt.Sprintf(" La version %s est proposée.", offered)
		}
	}
	return text
}

// day returns the date of a time in UTC.
func day(t time.Time) string { return t.UTC().Format(time.DateOnly) }

func judgeSupportPeriod(j *judgement) {
	object, version, data, ok := j.clusterVersion(j.clusterObject("version", ""))
	if !ok {
		return
	}
	dates := data.Assessment(version.Minor)
	conflicts := strings.Join(dates.Conflicts, " ")
	if dates.Quality != lifecycle.QualityConsistent {
		detail := conflicts
		if dates.Quality == lifecycle.QualityUnknown {
			detail = strings.TrimSpace(
				"The API does not have all dates of " + version.Minor.String() + ". " + conflicts,
			)
		}
		j.unknown(object, Gap{Reason: UncertainDates, Detail: detail})
		return
	}
	released, deprecated := day(dates.ReleasedAt), day(dates.DeprecatedAt)
	object.Attribute, object.Value = "released_at, deprecated_at", released+", "+deprecated
	en := fmt.Sprintf("Kubernetes %s is released on %s and deprecated on %s.", version.Minor, released, deprecated)
	fr := fmt.Sprintf("Kubernetes %s est publié le %s et déprécié le %s.", version.Minor, released, deprecated)
	if conflicts != "" {
		en += " " + conflicts
		fr += " Les sources de ces dates diffèrent."
	}
	if dates.DeprecatedAt.Before(dates.ReleasedAt.AddDate(0, lifecycle.SupportMonths, 0)) {
		j.fail(object, Low, en, fr)
		return
	}
	j.passWith(object, en, fr)
}
