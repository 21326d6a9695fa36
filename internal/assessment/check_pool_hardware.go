package assessment

import (
	"fmt"
	"slices"

	"github.com/terraform-srm/terraform-provider-srm/internal/compliance"
	"github.com/terraform-srm/terraform-provider-srm/internal/responsibility"
)

// sourceChanged is the day on which Scaleway changed the page that the eligibility of node types rests on, after the
// catalogue was made from it. What changed is not public.
const sourceChanged = "2026-07-29"

// poolHardwareChecks returns the checks of node types and root volumes.
func poolHardwareChecks() []Check {
	return []Check{
		{
			ID: "pool_node_type_eligible", Layer: LayerAPI, Severity: High, HDSOnly: true,
			Title: Text{EN: "Node types for health data", FR: "Types de nœuds pour données de santé"},
			Expected: Text{
				EN: "A node type of an Instance family that Scaleway lists as eligible for health data.",
				FR: "Un type de nœud d'une famille d'Instances que Scaleway liste comme éligible aux données de santé.",
			},
			Remedy: Text{
				EN: "Create a pool of an eligible type, drain the old pool and delete it; a pool cannot change its " +
					"type.",
				FR: "Créer un pool d'un type éligible, vider l'ancien pool et le supprimer ; le type d'un pool ne se " +
					"modifie pas.",
			},
			judge: judgeNodeType,
		},
		{
			ID: "pool_root_volume", Layer: LayerAPI, Severity: High, HDSOnly: true,
			Title:    Text{EN: "Root volumes of nodes", FR: "Volumes racine des nœuds"},
			Expected: Text{EN: "Block Storage: sbs_5k or sbs_15k.", FR: "Block Storage : sbs_5k ou sbs_15k."},
			Remedy: Text{
				EN: "Create a pool with root-volume-type=sbs_5k, drain the old pool and delete it: the type cannot " +
					"be changed.",
				FR: "Créer un pool avec root-volume-type=sbs_5k, vider l'ancien pool et le supprimer : le type ne se " +
					"modifie pas.",
			},
			judge: judgeRootVolume,
		},
	}
}

func judgeNodeType(j *judgement) {
	evidence, hasEvidence := j.valid(responsibility.HostEvidence)
	j.noPool()
	each(j, j.facts.Pools, func(p Pool) {
		object := j.poolObject(p, "node_type", "")
		nodeType, ok := known(j, object, p.NodeType)
		if !ok {
			return
		}
		object.Value = compliance.NormalizeNodeType(nodeType)
		found := compliance.NodeTypeEligibility(nodeType)
		en := fmt.Sprintf("%s: %s Source: %s, %s, revision %d of the row; Scaleway changed that page on %s.",
			object.Value, found.Reason, found.Source, found.AsOf, found.Revision, sourceChanged)
		fr := fmt.Sprintf("%s. Source : %s, %s, révision %d de la ligne ; Scaleway a modifié cette page le %s.",
			object.Value, found.Source, found.AsOf, found.Revision, sourceChanged)
		switch {
		case found.Status == compliance.Eligible:
			j.passWith(object, en, "Type éligible : "+fr)
		case found.Status == compliance.Ineligible:
			j.fail(object, High, en, "Type non éligible : "+fr)
		case hasEvidence && confirms(evidence, object.Value):
			j.attested(object, evidence, "Scaleway confirms "+object.Value+" in writing.",
				"Scaleway confirme "+object.Value+" par écrit.")
		default:
			j.decide(object, en, "Type absent du catalogue : "+fr)
		}
	})
}

// confirms reports whether Scaleway's evidence has the written answer yes for a node type.
func confirms(evidence Attestation, nodeType string) bool {
	answers, _ := evidence.Fields["answers"].([]any)
	return slices.ContainsFunc(answers, func(item any) bool {
		answer, _ := item.(map[string]any)
		product, _ := answer["product"].(string)
		return compliance.NormalizeNodeType(product) == nodeType && answer["answer"] == "yes"
	})
}

func judgeRootVolume(j *judgement) {
	j.noPool()
	each(j, j.facts.Pools, func(p Pool) {
		if p.IsExternal {
			return
		}
		object := j.poolObject(p, "root_volume_type", "")
		volumeType, ok := known(j, object, p.RootVolumeType)
		if !ok {
			return
		}
		object.Value = volumeType
		switch {
		case compliance.CheckRootVolumeType(volumeType) == nil:
			j.pass(object)
		case volumeType == "b_ssd":
			j.fail(object, High, "Root volumes are b_ssd, the legacy Block Storage, which is not eligible.",
				"Les volumes racine sont de type b_ssd, l'ancien Block Storage, qui n'est pas éligible.")
		case volumeType == "l_ssd":
			j.fail(object, Medium, "Root volumes are l_ssd: local storage, not Block Storage.",
				"Les volumes racine sont de type l_ssd : stockage local, pas Block Storage.")
		case volumeType == "default_volume_type":
			j.judgeDefaultRootVolume(object, p)
		default:
			j.decide(object, "The type of the root volumes is not known to the catalogue: "+volumeType+".",
				"Le type des volumes racine est absent du catalogue : "+volumeType+".")
		}
	})
}

// judgeDefaultRootVolume judges root volumes of the default type, which depends on the node type, by the root disks of
// the pool's Instances.
func (j *judgement) judgeDefaultRootVolume(object Object, p Pool) {
	resolved, nodes := 0, j.facts.nodesOf(p)
	for _, n := range nodes {
		i := slices.IndexFunc(j.facts.Project.RootDisks.Items, func(d RootDisk) bool {
			return d.ServerID != "" && d.ServerID == n.ServerID
		})
		if i < 0 || j.facts.Project.RootDisks.Items[i].Type == nil {
			continue
		}
		switch *j.facts.Project.RootDisks.Items[i].Type {
		case "sbs_volume":
			resolved++
		case "b_ssd":
			j.fail(object, High, "The default type of the root volumes is b_ssd, the legacy Block Storage.",
				"Le type par défaut des volumes racine est b_ssd, l'ancien Block Storage.")
			return
		case "l_ssd":
			j.fail(object, Medium, "The default type of the root volumes is l_ssd: local storage, not Block Storage.",
				"Le type par défaut des volumes racine est l_ssd : stockage local, pas Block Storage.")
			return
		}
	}
	if resolved > 0 && resolved == len(nodes) && j.reads(j.facts.Nodes.Missing()) {
		object.Value = "default_volume_type: sbs_volume"
		j.passWith(object, "The root volumes of all nodes are Block Storage volumes.",
			"Les volumes racine de tous les nœuds sont des volumes Block Storage.")
		return
	}
	j.decide(object, "The default type of root volumes depends on the node type: it can mean local storage.",
		"Le type par défaut des volumes racine dépend du type de nœud : ce peut être un stockage local.")
}
