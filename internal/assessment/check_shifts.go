package assessment

import (
	"fmt"

	"github.com/terraform-srm/terraform-provider-srm/internal/responsibility"
)

// configurationClause is the clause of transfers by kubelet arguments, user data, gates, plugins and the CNI.
const configurationClause = "TRF-01"

// shiftChecks returns the checks of what the configuration shifts to the customer.
func shiftChecks() []Check {
	return []Check{
		{
			ID: "responsibility_shifts", Layer: LayerAPI, Severity: Medium,
			Title: Text{
				EN: "Responsibilities that the configuration shifts to the customer",
				FR: "Responsabilités que la configuration transfère au client",
			},
			Expected: Text{
				EN: "No kubelet arguments, user data, feature gates or admission plugins, and a CNI of Scaleway.",
				FR: "Ni arguments de kubelet, ni user data, ni feature gates, ni plugins d'admission, et un CNI de " +
					"Scaleway.",
			},
			Remedy: Text{
				EN: "Remove the setting and replace the nodes, which are drained, or accept the responsibility in " +
					"writing.",
				FR: "Retirer le réglage et remplacer les nœuds, qui sont vidés, ou accepter la responsabilité par " +
					"écrit.",
			},
			judge: judgeShifts,
		},
		{
			ID: "external_node_status", Layer: LayerAPI, Severity: Medium,
			Title:    Text{EN: "Status of external nodes", FR: "État des nœuds externes"},
			Expected: Text{EN: "Each external node is ready.", FR: "Chaque nœud externe est prêt."},
			Remedy: Text{
				EN: "Repair the machine and its connection, or run scw k8s node delete NODE_ID; its pods move to " +
					"other nodes.",
				FR: "Réparer la machine et sa connexion, ou exécuter scw k8s node delete NODE_ID ; ses pods sont " +
					"déplacés vers d'autres nœuds.",
			},
			judge: judgeExternalNodes,
		},
	}
}

func judgeShifts(j *judgement) {
	cluster, ok := j.cluster()
	if !ok {
		return
	}
	if cluster.FeatureGates == nil {
		j.unknown(j.clusterObject("feature_gates", ""), Gap{Reason: NoAPIField, Needs: "feature_gates"})
	}
	if cluster.AdmissionPlugins == nil {
		j.unknown(j.clusterObject("admission_plugins", ""), Gap{Reason: NoAPIField, Needs: "admission_plugins"})
	}
	if cluster.CNI == "" {
		j.unknown(j.clusterObject("cni", ""), Gap{Reason: NoAPIField, Needs: "cni"})
	}
	j.judgeTransfers(j.clusterObject("", ""), responsibility.ClusterTransfers(responsibility.ClusterFacts{
		CNI: cluster.CNI, FeatureGates: cluster.FeatureGates, AdmissionPlugins: cluster.AdmissionPlugins,
	}))
	each(j, j.facts.Pools, func(p Pool) {
		if p.IsExternal {
			return // KOS-04: the customer has all responsibilities for its machines
		}
		if p.KubeletArgs == nil {
			j.unknown(j.poolObject(p, "kubelet_args", ""), Gap{Reason: NoAPIField, Needs: "kubelet_args"})
		}
		if gap := p.UserDataKeys.Missing(); gap != nil {
			j.unknown(j.poolObject(p, "user_data", ""), *gap)
		}
		args := map[string]string{}
		for _, key := range p.KubeletArgs {
			args[key] = ""
		}
		j.judgeTransfers(j.poolObject(p, "", ""), responsibility.PoolTransfers(responsibility.PoolFacts{
			KubeletArgs: args, UserDataKeys: p.UserDataKeys.Items,
		}))
	})
}

// judgeTransfers records each transfer of a cluster or a pool, or the object itself if there is none.
func (j *judgement) judgeTransfers(object Object, transfers []responsibility.Transfer) {
	found := false
	for _, t := range transfers {
		if t.Clause != configurationClause {
			continue
		}
		found = true
		object.Attribute = t.Key
		j.decide(object, t.Reason, fmt.Sprintf("Le réglage %s transfère au client : %s.", t.Key, t.Component))
	}
	if !found {
		object.Attribute = "transfers"
		j.pass(object)
	}
}

func judgeExternalNodes(j *judgement) {
	cluster, ok := j.cluster()
	if !ok {
		return
	}
	clusterType, ok := known(j, j.clusterObject("type", ""), cluster.Type)
	if !ok {
		return
	}
	if variant, _ := clusterVariant(clusterType); variant != responsibility.Kosmos {
		j.nothing("Only Kosmos clusters have external nodes.", "Seuls les clusters Kosmos ont des nœuds externes.")
		return
	}
	j.nothing("The cluster has no external node.", "Le cluster n'a aucun nœud externe.")
	j.reads(j.facts.Nodes.Missing())
	each(j, j.facts.Pools, func(p Pool) {
		if !p.IsExternal {
			return
		}
		failed, pending, ready := []string{}, []Node{}, 0
		for _, n := range j.facts.nodesOf(p) {
			switch n.Status {
			case "ready":
				ready++
			case "creating", "registering", "starting", "upgrading", "rebooting", "deleting":
				pending = append(pending, n)
			default:
				failed = append(failed, n.Status)
			}
		}
		object := j.poolObject(p, "nodes.status", "")
		switch {
		case len(failed) > 0:
			object.Value = failed[0]
			j.fail(object, Medium, "External nodes of the pool are not ready: "+sentenceList(failed)+".",
				"Des nœuds externes du pool ne sont pas prêts : "+sentenceList(failed)+".")
		case len(pending) > 0:
			object.Value = pending[0].Status
			j.unknown(object, Gap{Reason: Changing, Detail: "a node is " + pending[0].Status})
		case ready > 0:
			object.Value = "ready"
			j.pass(object)
		}
	})
}
