package assessment

import (
	"slices"
	"strings"
)

// podAccessChecks returns the check of who may enter pods.
func podAccessChecks() []Check {
	return []Check{{
		ID: "privileged_pod_access", Layer: LayerCluster, Severity: Medium,
		Title: Text{EN: "Access to running pods", FR: "Accès aux pods en cours d'exécution"},
		Expected: Text{
			EN: "Only humans and groups of a reviewed access list may open a shell in pods, attach or forward ports " +
				"to them, add containers to them, or use the kubelet's API.",
			FR: "Seuls les humains et les groupes d'une liste d'accès revue peuvent ouvrir un shell dans des pods, " +
				"s'y attacher, y rediriger des ports, y ajouter des conteneurs ou utiliser l'API du kubelet.",
		},
		Remedy: Text{
			EN: "Remove the subject with kubectl edit, or review the access list and add an attestation of the kind " +
				"access_review with its digest; the subject loses these rights at once.",
			FR: "Retirer le sujet avec kubectl edit, ou revoir la liste des accès et ajouter une attestation de type " +
				"access_review avec son empreinte ; le sujet perd ces droits aussitôt.",
		},
		judge: judgePodAccess,
	}}
}

// podAccess returns the subresources of pods and nodes that rules open, and with which one can act in a container. A
// rule that is limited to names counts, too.
func podAccess(rules []RoleRule) []string {
	opened := []string{}
	for _, resource := range []string{
		"pods/exec", "pods/attach", "pods/portforward", "pods/ephemeralcontainers", "nodes/proxy",
	} {
		_, subresource, _ := strings.Cut(resource, "/")
		isOpen := slices.ContainsFunc(rules, func(r RoleRule) bool {
			hasGroup := slices.Contains(r.APIGroups, "") || slices.Contains(r.APIGroups, "*")
			return hasGroup && len(r.Verbs) > 0 && slices.ContainsFunc(r.Resources, func(name string) bool {
				return name == resource || name == "*" || name == "*/"+subresource
			})
		})
		if isOpen {
			opened = append(opened, resource)
		}
	}
	return opened
}

// judgePodAccess compares the humans and groups that may enter pods with the list that was reviewed.
func judgePodAccess(j *judgement) {
	in := j.facts.InCluster
	j.reads(in.Roles.Missing())
	j.nothing("No human and no group may enter pods.", "Aucun humain ni groupe ne peut entrer dans des pods.")
	review, isDeclared := j.valid(kindAccessReview)
	reviewed, hasList := j.reviewedList(review)
	each(j, in.Bindings, func(b RoleBinding) {
		opened := podAccess(j.rulesOf(b))
		for _, s := range b.Subjects {
			if len(opened) == 0 || s.Kind == "ServiceAccount" {
				continue
			}
			o := j.bindingObject(b, s)
			missing := j.missingAccessList()
			switch {
			case s.isKnown(b):
				j.passWith(o, "Part of Kubernetes or of Scaleway's permission sets and components.",
					"Élément de Kubernetes, des jeux de permissions ou des composants de Scaleway.")
			case missing != nil:
				j.unknown(o, *missing)
			case !isDeclared:
				j.unknown(o, Gap{Reason: AttestationMissing, Needs: kindAccessReview})
			case j.isReviewed(review), hasList && reviewed.names(j.facts.Scope(), b, s, opened):
				j.passWith(o, "An access_review attests the list.", "Un access_review atteste la liste.")
			case hasList:
				j.fail(o, Medium, "The subject may enter pods and is not in the list that was reviewed.",
					"Le sujet peut entrer dans des pods et ne figure pas dans la liste revue.")
			default:
				j.decide(o, "The list of access differs from the one that was reviewed: whether the subject was in it "+
					"is not known.", "La liste des accès diffère de celle qui a été revue : rien ne dit si le sujet y "+
					"figurait.")
			}
		}
	})
}

// names reports whether the list has the rights of a subject of a binding.
func (l AccessList) names(scope string, b RoleBinding, s RoleSubject, rights []string) bool {
	wanted := AccessEntry{Principal: s.ID(), Scope: scope, Through: b.ID(), Rights: rights}
	return slices.ContainsFunc(l.entries(), func(e AccessEntry) bool { return e.contains(wanted) })
}
