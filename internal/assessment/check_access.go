package assessment

import (
	"slices"
	"strings"
)

// accessChecks returns the checks of access to the Kubernetes API.
func accessChecks() []Check {
	return []Check{
		{
			ID: "rbac_broad_bindings", Layer: LayerCluster, Severity: High,
			Title: Text{EN: "Broad rights in the cluster", FR: "Droits étendus dans le cluster"},
			Expected: Text{
				EN: "Only expected subjects hold cluster-admin, all verbs on all resources, all Secrets, or the " +
					"right to extend roles.",
				FR: "Seuls les sujets prévus détiennent cluster-admin, tous les verbes sur toutes les ressources, " +
					"tous les Secrets ou le droit d'étendre des rôles.",
			},
			Remedy: Text{
				EN: "Remove the subject with kubectl edit, or list it in expected_cluster_admins; the subject loses " +
					"these rights at once.",
				FR: "Retirer le sujet avec kubectl edit, ou l'inscrire dans expected_cluster_admins ; il perd ces " +
					"droits aussitôt.",
			},
			judge: judgeBroadBindings,
		},
		{
			ID: "rbac_secret_readers", Layer: LayerCluster, Severity: High,
			Title: Text{
				EN: "Access to the passphrases of volumes", FR: "Accès aux phrases de passe des volumes",
			},
			Expected: Text{
				EN: "No person and no default service account can read Secrets or create pods in the namespace of " +
					"the passphrases.",
				FR: "Aucune personne ni aucun compte de service par défaut ne peut lire des Secrets ou créer des " +
					"pods dans l'espace de noms des phrases de passe.",
			},
			Remedy: Text{
				EN: "Remove the right with kubectl edit, or list the subject in expected_cluster_admins; change the " +
					"passphrase if it may have been read.",
				FR: "Retirer le droit avec kubectl edit, ou inscrire le sujet dans expected_cluster_admins ; changer " +
					"la phrase de passe si elle a pu être lue.",
			},
			judge: judgeSecretReaders,
		},
	}
}

// bindingObject returns a subject of a binding as the object of a check. Its id is that of the binding.
func (j *judgement) bindingObject(b RoleBinding, s RoleSubject) Object {
	return Object{
		ID: b.ID(), Name: s.label(), Source: j.facts.InCluster.Bindings.Source, Attribute: "subject",
		Value: s.label() + " → " + b.RoleKind + "/" + b.RoleName,
	}
}

// breadth describes the broad rights that a binding grants; the empty text if it grants none.
func breadth(b RoleBinding, rules []RoleRule) Text {
	const rbacGroup = "rbac.authorization.k8s.io"
	isClusterwide := b.Namespace == ""
	for _, rule := range rules {
		if rule.isEverything() && isClusterwide {
			return Text{EN: "all verbs on all resources", FR: "tous les verbes sur toutes les ressources"}
		}
		if rule.isEverything() && b.Namespace == kubeSystem {
			return Text{
				EN: "all verbs on all resources in kube-system",
				FR: "tous les verbes sur les ressources de kube-system",
			}
		}
	}
	switch {
	case !isClusterwide:
	case anyGrants(rules, "", "secrets", readVerbs()...):
		return Text{EN: "the Secrets of all namespaces", FR: "les Secrets de tous les espaces de noms"}
	case anyGrants(rules, rbacGroup, "clusterroles", "escalate", "bind"):
		return Text{EN: "the right to extend its own rights", FR: "la possibilité d'étendre ses propres droits"}
	}
	return Text{}
}

func judgeBroadBindings(j *judgement) {
	in := j.facts.InCluster
	j.reads(in.Roles.Missing())
	addOns, _ := j.attestedAddOns()
	each(j, in.Bindings, func(b RoleBinding) {
		rights := breadth(b, j.rulesOf(b))
		if rights == (Text{}) {
			return
		}
		for _, s := range b.Subjects {
			object := j.bindingObject(b, s)
			switch {
			case j.acceptSubject(object, b, s):
			case s.isController() && namesAccount(addOns, s):
				j.passWith(object, "A service account of an add-on that the attestation supply_chain names.",
					"Compte de service d'un composant que l'attestation supply_chain nomme.")
			case s.isController():
				j.decide(
					object,
					"A service account holds "+rights.EN+".",
					"Un compte de service détient "+rights.FR+".",
				)
			default:
				j.fail(object, High, "The subject holds "+rights.EN+".", "Le sujet détient "+rights.FR+".")
			}
		}
	})
}

// passphrasePrefix begins the names of the Secrets with passphrases of the guardrails.
const passphrasePrefix = "srm-passphrase-v"

// secretAccess describes how rules give access to a passphrase; the empty text if they do not.
func secretAccess(rules []RoleRule) Text {
	for _, rule := range rules {
		unlimited := rule
		if unlimited.namesPassphrase() {
			unlimited.ResourceNames = nil
		}
		if unlimited.grants("", "secrets", readVerbs()...) {
			return Text{EN: "May read the passphrases.", FR: "Peut lire les phrases de passe."}
		}
	}
	write := []string{"create", "update", "patch"}
	workloads := map[string][]string{
		"":      {"pods", "replicationcontrollers"},
		"apps":  {"deployments", "daemonsets", "statefulsets", "replicasets"},
		"batch": {"jobs", "cronjobs"},
	}
	for group, resources := range workloads {
		for _, resource := range resources {
			// A change of a pod cannot add a volume.
			if resource == "pods" && !anyGrants(rules, group, resource, "create") {
				continue
			}
			if anyGrants(rules, group, resource, write...) {
				return Text{
					EN: "May create pods that read the passphrases.",
					FR: "Peut créer des pods qui lisent les phrases de passe.",
				}
			}
		}
	}
	return Text{}
}

func judgeSecretReaders(j *judgement) {
	in := j.facts.InCluster
	if !j.reads(in.Guardrails.Missing()) {
		return
	}
	namespace := in.Guardrails.Value.SecretNamespace
	if namespace == "" {
		j.nothing("No namespace of passphrases was found.", "Aucun espace de noms de phrases de passe n'a été trouvé.")
		return
	}
	j.reads(in.Roles.Missing())
	each(j, in.Bindings, func(b RoleBinding) {
		if b.Namespace != "" && b.Namespace != namespace {
			return
		}
		access := secretAccess(j.rulesOf(b))
		if access == (Text{}) {
			return
		}
		for _, s := range b.Subjects {
			object := j.bindingObject(b, s)
			switch {
			case j.acceptSubject(object, b, s):
			case s.isController():
				j.passWith(object, "A service account of a controller.", "Compte de service d'un contrôleur.")
			default:
				j.fail(object, High, access.EN, access.FR)
			}
		}
	})
}

// acceptSubject records a subject as accepted, and returns true, if it is part of Kubernetes or Scaleway, or expected.
func (j *judgement) acceptSubject(object Object, b RoleBinding, s RoleSubject) bool {
	if s.isKnown(b) {
		j.passWith(object, "Part of Kubernetes or of Scaleway's permission sets and components.",
			"Élément de Kubernetes, des jeux de permissions ou des composants de Scaleway.")
		return true
	}
	return j.accept(object, InputClusterAdmins, j.expectedIDs(s)...)
}

// expectedIDs returns the keys of expected_cluster_admins that name a subject. Facts hold the names of users as
// digests.
func (j *judgement) expectedIDs(s RoleSubject) []string {
	ids := []string{s.ID()}
	for id := range j.options.Inputs.ExpectedClusterAdmins {
		if name, ok := strings.CutPrefix(id, "User:"); ok && s.Kind == "User" && s.Name == HashName(name) {
			ids = append(ids, id)
		}
	}
	slices.Sort(ids)
	return ids
}
