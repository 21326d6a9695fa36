package assessment

import (
	"slices"
	"strconv"
	"strings"

	"github.com/terraform-srm/terraform-provider-srm/internal/compliance"
	"github.com/terraform-srm/terraform-provider-srm/internal/responsibility"
)

// clusterVariant returns the variant and the offer of a cluster type: "kapsule-dedicated-8" is a dedicated Kapsule
// cluster, "kapsule" a mutualised one, "multicloud" a mutualised Kosmos cluster.
func clusterVariant(clusterType string) (variant, offer string) {
	variant, offer = responsibility.Kapsule, responsibility.Mutualised
	if strings.HasPrefix(clusterType, "multicloud") {
		variant = responsibility.Kosmos
	}
	if strings.Contains(clusterType, "-dedicated-") {
		offer = responsibility.Dedicated
	}
	return variant, offer
}

// clusterChecks returns the checks of the cluster itself.
func clusterChecks() []Check {
	return slices.Concat(offerChecks(), versionChecks(), allowListChecks(), shiftChecks())
}

// offerChecks returns the checks of the offer of the cluster and of its settings.
func offerChecks() []Check {
	return []Check{
		{
			ID: "cluster_offer_dedicated", Layer: LayerAPI, Severity: Critical, HDSOnly: true,
			Title: Text{
				EN: "Control plane offer of a cluster for health data",
				FR: "Offre du plan de contrôle d'un cluster pour données de santé",
			},
			Expected: Text{
				EN: "A dedicated Kapsule control plane (kapsule-dedicated-*).",
				FR: "Un plan de contrôle Kapsule dédié (kapsule-dedicated-*).",
			},
			Remedy: Text{
				EN: "Run scw k8s cluster set-type with a kapsule-dedicated-* type; a commitment of 30 days starts.",
				FR: "Exécuter scw k8s cluster set-type avec un type kapsule-dedicated-* ; un engagement de 30 jours " +
					"débute.",
			},
			judge: judgeOffer,
		},
		{
			ID: "cluster_region", Layer: LayerAPI, Severity: Critical, HDSOnly: true,
			Title:    Text{EN: "Region of a cluster for health data", FR: "Région d'un cluster pour données de santé"},
			Expected: Text{EN: "The region fr-par.", FR: "La région fr-par."},
			Remedy: Text{
				EN: "Create a cluster in fr-par and migrate: a cluster cannot move to another region.",
				FR: "Créer un cluster dans fr-par et migrer : un cluster ne change pas de région.",
			},
			judge: judgeRegion,
		},
		{
			ID: "cluster_auto_upgrade", Layer: LayerAPI, Severity: High,
			Title:    Text{EN: "Automatic patch upgrades", FR: "Mise à jour automatique des correctifs"},
			Expected: Text{EN: "auto_upgrade is enabled.", FR: "auto_upgrade est activé."},
			Remedy: Text{
				EN: "Run scw k8s cluster update CLUSTER_ID auto-upgrade.enable=true with a maintenance window; nodes " +
					"are replaced within it.",
				FR: "Exécuter scw k8s cluster update CLUSTER_ID auto-upgrade.enable=true avec une fenêtre de " +
					"maintenance ; les nœuds y sont remplacés.",
			},
			judge: judgeAutoUpgrade,
		},
	}
}

func judgeOffer(j *judgement) {
	cluster, ok := j.cluster()
	if !ok {
		return
	}
	object := j.clusterObject("type", "")
	clusterType, ok := known(j, object, cluster.Type)
	if !ok {
		return
	}
	object.Value = clusterType
	if compliance.CheckClusterType(clusterType) != nil {
		j.fail(object, Critical, "The type is "+clusterType+".", "Le type est "+clusterType+".")
		return
	}
	j.pass(object)
}

func judgeRegion(j *judgement) {
	cluster, ok := j.cluster()
	if !ok {
		return
	}
	object := j.clusterObject("region", cluster.Region)
	switch {
	case cluster.Region == "":
		j.unknown(object, Gap{Reason: NoAPIField, Needs: "region"})
	case compliance.CheckRegion(cluster.Region) != nil:
		j.fail(object, Critical, "The region is "+cluster.Region+".", "La région est "+cluster.Region+".")
	default:
		j.pass(object)
	}
}

func judgeAutoUpgrade(j *judgement) {
	cluster, ok := j.cluster()
	if !ok {
		return
	}
	object := j.clusterObject("auto_upgrade.enabled", "")
	enabled, ok := known(j, object, cluster.AutoUpgrade)
	if !ok {
		return
	}
	object.Value = strconv.FormatBool(enabled)
	if !enabled {
		j.fail(object, High, "Automatic upgrades are disabled.", "Les mises à jour automatiques sont désactivées.")
		return
	}
	j.pass(object)
}
