package assessment

import (
	"slices"
	"strings"
)

// networkPolicyChecks returns the check of network policies.
func networkPolicyChecks() []Check {
	return []Check{{
		ID: "network_policy_default_deny", Layer: LayerCluster, Severity: Medium,
		Title: Text{EN: "Default deny of incoming traffic", FR: "Refus par défaut du trafic entrant"},
		Expected: Text{
			EN: "In every namespace with pods a policy selects all pods for incoming traffic, and none opens them " +
				"again. Namespaces of Scaleway's components and pods with hostNetwork are exempt.",
			FR: "Dans chaque espace de noms avec des pods, une politique sélectionne tous les pods pour le trafic " +
				"entrant et aucune ne les rouvre. Les composants de Scaleway et les pods avec hostNetwork y échappent.",
		},
		Remedy: Text{
			EN: "Allow the traffic that is needed, then apply a NetworkPolicy with an empty podSelector and " +
				"policyTypes Ingress; other traffic stops at once.",
			FR: "Autoriser le trafic nécessaire, puis appliquer une NetworkPolicy avec un podSelector vide et " +
				"policyTypes Ingress ; le reste du trafic s'arrête aussitôt.",
		},
		judge: judgeDefaultDeny,
	}}
}

// appliesTo reports whether a policy applies in a namespace.
func (p NetworkPolicy) appliesTo(namespace string) bool {
	switch {
	case p.Namespace != "":
		return p.Namespace == namespace
	case len(p.OnlyNamespaces) > 0:
		return slices.Contains(p.OnlyNamespaces, namespace)
	}
	return !slices.Contains(p.ExceptNamespaces, namespace)
}

// isEnforcedBy reports whether a network plugin of Scaleway enforces a kind of policy.
func (p NetworkPolicy) isEnforcedBy(cni string) bool {
	switch {
	case strings.HasPrefix(p.Kind, "Cilium"):
		return strings.HasPrefix(cni, "cilium")
	case strings.HasPrefix(p.Kind, "Calico"):
		return strings.HasPrefix(cni, "calico")
	}
	return true
}

func judgeDefaultDeny(j *judgement) {
	in := j.facts.InCluster
	cluster, ok := j.cluster()
	if !ok {
		return
	}
	if cluster.CNI == "" {
		j.unknown(j.clusterObject("cni", ""), Gap{Reason: NoAPIField, Needs: "cni"})
		return
	}
	if cni := cluster.CNI; !strings.HasPrefix(cni, "cilium") && !strings.HasPrefix(cni, "calico") {
		j.decide(j.clusterObject("cni", cni), "Whether the network plugin enforces network policies is not known.",
			"Il n'est pas connu si le plugin réseau applique les politiques réseau.")
		return
	}
	policies := slices.DeleteFunc(slices.Clone(in.NetworkPolicies.Items), func(p NetworkPolicy) bool {
		return !p.HasIngress && !p.AllowsAll || !p.isEnforcedBy(cluster.CNI)
	})
	missing := in.NetworkPolicies.Missing()
	j.reads(missing)
	j.namespacesWithPods(func(n Namespace) {
		object := Object{ID: "Namespace/" + n.Name, Source: in.NetworkPolicies.Source, Attribute: "network policies"}
		isSelected, isDenied, opens := false, false, ""
		for _, p := range policies {
			if !p.appliesTo(n.Name) {
				continue
			}
			isSelected = isSelected || p.HasIngress
			isDenied = isDenied || p.SelectsAll && p.HasIngress
			if p.SelectsAll && p.AllowsAll {
				opens = p.Kind + "/" + p.Name
			}
		}
		switch {
		case opens != "":
			object.Value = opens
			j.failUnlessYoung(object, n.CreatedAt, j.namespaceSeverity(n.Name),
				"A policy allows all incoming traffic of all pods.",
				"Une politique autorise tout le trafic entrant de tous les pods.")
		case isDenied:
			j.passWithHostNetwork(object, n.Name)
		case missing != nil: // A policy that was not read may do it.
			j.unknown(object, *missing)
		case isSelected:
			j.failUnlessYoung(object, n.CreatedAt, Low, "The policies select only some of the pods.",
				"Les politiques ne sélectionnent qu'une partie des pods.")
		default:
			j.failUnlessYoung(object, n.CreatedAt, j.namespaceSeverity(n.Name), "No policy restricts incoming traffic.",
				"Aucune politique ne restreint le trafic entrant.")
		}
	})
}

// passWithHostNetwork records a namespace with a default deny, and its workloads that no policy covers.
func (j *judgement) passWithHostNetwork(o Object, namespace string) {
	names := []string{}
	for _, w := range j.facts.InCluster.Workloads.Items {
		if w.Namespace == namespace && w.HostNetwork {
			names = append(names, w.ID())
		}
	}
	if len(names) == 0 {
		j.passWith(o, "A policy selects all pods; whether its rules are right is not evaluated.",
			"Une politique sélectionne tous les pods ; la justesse de ses règles n'est pas évaluée.")
		return
	}
	list := strings.Join(names, ", ")
	j.passWith(o, "A policy selects all pods, but no policy covers hostNetwork: "+list+".",
		"Une politique sélectionne tous les pods, mais aucune ne couvre hostNetwork : "+list+".")
}
