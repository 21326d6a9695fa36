package assessment

import (
	"slices"
	"strings"
)

// podSecurityChecks returns the check of Pod Security admission.
func podSecurityChecks() []Check {
	return []Check{{
		ID: "pod_security", Layer: LayerCluster, Severity: Medium,
		Title: Text{EN: "Pod Security of namespaces", FR: "Pod Security des espaces de noms"},
		Expected: Text{
			EN: "Every namespace with pods enforces baseline or restricted, except those of Scaleway's components.",
			FR: "Chaque espace de noms avec des pods impose baseline ou restricted, sauf ceux des composants de " +
				"Scaleway.",
		},
		Remedy: Text{
			EN: "Run kubectl label namespace NAMESPACE pod-security.kubernetes.io/enforce=baseline after a dry run; " +
				"new pods that violate it are refused.",
			FR: "Exécuter kubectl label namespace NAMESPACE pod-security.kubernetes.io/enforce=baseline après un " +
				"essai à blanc ; les nouveaux pods qui l'enfreignent sont refusés.",
		},
		judge: judgePodSecurity,
	}}
}

// isSystemNamespace reports whether a namespace is one of Kubernetes and of Scaleway's components, which customers
// must leave unmodified.
func isSystemNamespace(name string) bool {
	return slices.Contains([]string{kubeSystem, "kube-public", "kube-node-lease"}, name)
}

// namespacesWithPods calls visit for each namespace with pods, except those of Kubernetes and of Scaleway's components.
func (j *judgement) namespacesWithPods(visit func(Namespace)) {
	in := j.facts.InCluster
	j.nothing("No namespace of the customer has pods.", "Aucun espace de noms du client n'a de pods.")
	j.reads(in.Namespaces.Missing())
	each(j, in.PodCounts, func(c PodCount) {
		if c.Pods == 0 || isSystemNamespace(c.Namespace) {
			return
		}
		i := slices.IndexFunc(in.Namespaces.Items, func(n Namespace) bool { return n.Name == c.Namespace })
		if i < 0 { // Deleted meanwhile, or the list is incomplete.
			j.unknown(Object{ID: "Namespace/" + c.Namespace, Source: in.Namespaces.Source},
				Gap{Reason: Changing, Detail: "the namespace is not in the list"})
			return
		}
		visit(in.Namespaces.Items[i])
	})
}

// namespaceSeverity is medium for a namespace that may hold health data, else low.
func (j *judgement) namespaceSeverity(name string) Severity {
	if j.options.Inputs.HoldsHealthData(name, j.facts.InCluster.Guardrails.Value) {
		return Medium
	}
	return Low
}

func judgePodSecurity(j *judgement) {
	const label = "pod-security.kubernetes.io/enforce"
	in := j.facts.InCluster
	addOns, _ := j.attestedAddOns()
	engines := in.engines()
	j.namespacesWithPods(func(n Namespace) {
		object := Object{
			ID: "Namespace/" + n.Name, Source: in.Namespaces.Source, Attribute: label, Value: n.Labels[label],
		}
		switch {
		case object.Value == "baseline" || object.Value == "restricted":
			j.pass(object)
		case namesNamespace(addOns, n.Name):
			j.passWith(object, "A namespace of an add-on that the attestation supply_chain names.",
				"Espace de noms d'un composant que l'attestation supply_chain nomme.")
		case len(engines) > 0:
			names := strings.Join(engines, ", ")
			j.decide(object,
				"The namespace has no such label; whether "+names+" refuses the same pods is not evaluated.",
				"L'espace de noms n'a pas ce label ; il n'est pas évalué si "+names+" refuse les mêmes pods.")
		case in.Webhooks.Missing() != nil: // Another engine may do it.
			j.unknown(object, *in.Webhooks.Missing())
		default:
			j.failUnlessYoung(object, n.CreatedAt, j.namespaceSeverity(n.Name),
				"No label enforces baseline or restricted; no API shows a default of the control plane.",
				"Aucun label n'impose baseline ou restricted ; aucune API ne montre une valeur par défaut du plan de "+
					"contrôle.")
		}
	})
}
