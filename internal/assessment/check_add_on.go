package assessment

import (
	"slices"
	"strings"
)

// addOnChecks returns the checks of add-ons: those of Scaleway, and those of the customer.
func addOnChecks() []Check {
	return slices.Concat([]Check{
		{
			ID: "addons_evaluated", Layer: LayerCluster, Severity: Medium,
			Title: Text{EN: "Add-ons that were evaluated", FR: "Composants additionnels évalués"},
			Expected: Text{
				EN: "The attestation supply_chain names every add-on that was found, with the major version that runs.",
				FR: "L'attestation supply_chain nomme chaque composant trouvé, avec la version majeure en service.",
			},
			Remedy: Text{
				EN: "Evaluate the add-on and name it in add_ons of the attestation supply_chain, or uninstall it " +
					"with its custom resource definitions, which deletes their objects.",
				FR: "Évaluer le composant et le nommer dans add_ons de l'attestation supply_chain, ou le " +
					"désinstaller avec ses CustomResourceDefinitions, ce qui supprime leurs objets.",
			},
			judge: judgeAddOns,
		},
		{
			ID: "kube_system_unmodified", Layer: LayerCluster, Severity: Medium,
			Title: Text{
				EN: "Components that Scaleway installed", FR: "Composants installés par Scaleway",
			},
			Expected: Text{
				EN: "No tool of a user has set fields of the components in kube-system, as far as their " +
					"managedFields show.",
				FR: "Aucun outil d'un utilisateur n'a défini de champs des composants de kube-system, selon leurs " +
					"managedFields.",
			},
			Remedy: Text{
				EN: "Undo the change with the tool that made it, or ask Scaleway's support to restore the " +
					"component; its pods restart. List a manager that is Scaleway's in expected_field_managers.",
				FR: "Annuler la modification avec l'outil qui l'a faite, ou demander au support de Scaleway de " +
					"restaurer le composant ; ses pods redémarrent. Lister un gestionnaire de Scaleway dans " +
					"expected_field_managers.",
			},
			judge: judgeKubeSystem,
		},
	}, imageChecks())
}

// foundAddOn is something that an add-on installed.
type foundAddOn struct {
	object    Object
	namespace string
	names     []string // Names under which an attestation may list it.
	versions  []string // As far as labels and image tags show.
}

// shippedGroups are the API groups of the custom resources that Scaleway's components install.
func shippedGroups() []string {
	return []string{
		"snapshot.storage.k8s.io", "groupsnapshot.storage.k8s.io", "cilium.io", "crd.projectcalico.org",
		"kilo.squat.ai", "nfd.k8s-sigs.io", "nvidia.com",
	}
}

// groupNames returns the names of the add-on that an API group belongs to: the group, the name of its domain, and the
// usual names of add-ons whose groups have other names.
func groupNames(group string) []string {
	usual := map[string][]string{
		"monitoring.coreos.com":      {"prometheus-operator", "kube-prometheus-stack"},
		"gateway.networking.k8s.io":  {"gateway-api"},
		"argoproj.io":                {"argo-cd", "argocd", "argo-rollouts", "argo-workflows"},
		"postgresql.cnpg.io":         {"cloudnative-pg"},
		"secrets-store.csi.x-k8s.io": {"secrets-store-csi-driver"},
		"toolkit.fluxcd.io":          {"flux"},
		"wgpolicyk8s.io":             {"kyverno"},
		"containo.us":                {"traefik"},
		"gateway.envoyproxy.io":      {"envoy-gateway"},
	}
	labels := strings.Split(group, ".")
	names := []string{group}
	if len(labels) > 1 {
		names = append(names, labels[len(labels)-2])
	}
	for domain, others := range usual {
		if group == domain || strings.HasSuffix(group, "."+domain) {
			names = append(names, others...)
		}
	}
	return names
}

// customerGroups returns the custom resources of the customer's add-ons, one for each API group.
func (in InCluster) customerGroups() []foundAddOn {
	found := []foundAddOn{}
	for _, crd := range in.CRDs.Items {
		if slices.Contains(shippedGroups(), crd.Group) {
			continue
		}
		id := "APIGroup/" + crd.Group
		i := slices.IndexFunc(found, func(f foundAddOn) bool { return f.object.ID == id })
		if i < 0 {
			found = append(found, foundAddOn{
				object: Object{ID: id, Source: in.CRDs.Source, Attribute: "custom resources", Value: crd.Group},
				names:  groupNames(crd.Group),
			})
			i = len(found) - 1
		}
		if crd.Version != "" && !slices.Contains(found[i].versions, crd.Version) {
			found[i].versions = append(found[i].versions, crd.Version)
		}
	}
	return found
}

// customerWebhooks returns the webhook configurations of the customer's add-ons.
func (in InCluster) customerWebhooks() []foundAddOn {
	found := []foundAddOn{}
	for _, w := range in.Webhooks.Items {
		id := w.Kind + "/" + w.Configuration
		if slices.ContainsFunc(found, func(f foundAddOn) bool { return f.object.ID == id }) {
			continue
		}
		namespace, service, _ := strings.Cut(w.Service, "/")
		found = append(found, foundAddOn{
			object:    Object{ID: id, Source: in.Webhooks.Source, Attribute: "service", Value: w.Service},
			namespace: namespace, names: []string{w.Configuration, service},
		})
	}
	return found
}

// kindsByResource are the kinds of the resources that AddOns names.
func kindsByResource() map[string]string {
	return map[string]string{
		"deployments": "Deployment", "daemonsets": "DaemonSet", "statefulsets": "StatefulSet",
		"configmaps": "ConfigMap",
	}
}

// customerWorkloads returns workloads of the customer in kube-system, and those that can change nodes.
func (j *judgement) customerWorkloads() []foundAddOn {
	in := j.facts.InCluster
	found := []foundAddOn{}
	add := func(object Object, namespace, name string) {
		if slices.ContainsFunc(found, func(f foundAddOn) bool { return f.object.ID == object.ID }) {
			return
		}
		f := foundAddOn{object: object, namespace: namespace, names: []string{name}}
		for _, w := range in.Workloads.Items {
			if w.ID() == object.ID {
				f.addImages(w)
			}
		}
		found = append(found, f)
	}
	for _, w := range in.Workloads.Items {
		object := Object{ID: w.ID(), Source: in.Workloads.Source, Attribute: "workload in kube-system", Value: w.Name}
		switch {
		case w.FromScaleway:
		case w.Namespace == kubeSystem:
			add(object, w.Namespace, w.Name)
		case w.Privileged && w.Kind == "DaemonSet":
			object.Attribute, object.Value = "privileged", "true"
			add(object, w.Namespace, w.Name)
		}
	}
	if in.AddOns.Value == nil {
		return found
	}
	for _, change := range in.AddOns.Value.NodeChanges {
		parts := strings.Split(change.Object, "/")
		if len(parts) != 3 {
			continue
		}
		add(Object{
			ID: kindsByResource()[parts[0]] + "/" + parts[1] + "/" + parts[2], Source: in.AddOns.Source,
			Attribute: "access to the node", Value: change.Reason,
		}, parts[1], parts[2])
	}
	return found
}

// addImages adds the names and the versions in the image references of a workload.
func (f *foundAddOn) addImages(w Workload) {
	for _, reference := range w.Images {
		image := parseImage(reference)
		if image.tag != "" {
			f.versions = append(f.versions, image.tag)
		}
	}
}

func judgeAddOns(j *judgement) {
	in := j.facts.InCluster
	for _, missing := range []*Gap{
		in.CRDs.Missing(), in.Webhooks.Missing(), in.Workloads.Missing(), in.AddOns.Missing(),
	} {
		j.reads(missing)
	}
	j.nothing("No add-on of the customer was found.", "Aucun composant du client n'a été trouvé.")
	addOns, isAttested := j.attestedAddOns()
	for _, f := range slices.Concat(in.customerGroups(), in.customerWebhooks(), j.customerWorkloads()) {
		if !isAttested {
			j.unknown(f.object, Gap{Reason: AttestationMissing, Needs: kindSupplyChain})
			continue
		}
		i := slices.IndexFunc(addOns, f.isNamedBy)
		if i < 0 {
			j.fail(f.object, Medium, "The attestation supply_chain does not name it.",
				"L'attestation supply_chain ne le nomme pas.")
			continue
		}
		j.judgeVersion(f, addOns[i])
	}
}

// isNamedBy reports whether an attested add-on is the one that was found.
func (f foundAddOn) isNamedBy(a attestedAddOn) bool {
	return slices.ContainsFunc(f.names, func(name string) bool { return a.isOf(f.namespace, strings.ToLower(name)) })
}

// judgeVersion compares the major version of an attested add-on with those that were found.
func (j *judgement) judgeVersion(f foundAddOn, a attestedAddOn) {
	attested, majors := majorVersion(a.version), []string{}
	for _, version := range f.versions {
		if major := majorVersion(version); major != "" {
			majors = append(majors, major)
		}
	}
	switch {
	case a.isRejected:
		j.fail(f.object, Medium, "The attestation supply_chain rejects it.", "L'attestation supply_chain le rejette.")
	case attested == "":
		j.fail(f.object, Medium, "The attestation supply_chain names it without a version.",
			"L'attestation supply_chain le nomme sans version.")
	case len(majors) > 0 && !slices.Contains(majors, attested):
		j.fail(f.object, Medium, "Version "+majors[0]+" runs; the attestation supply_chain names version "+attested+".",
			"La version "+majors[0]+" est en service ; l'attestation supply_chain nomme la version "+attested+".")
	default:
		j.passWith(f.object, "The attestation supply_chain names it.", "L'attestation supply_chain le nomme.")
	}
}

func judgeKubeSystem(j *judgement) {
	in := j.facts.InCluster
	if !j.reads(in.AddOns.Missing()) {
		return
	}
	changes := *in.AddOns.Value
	object := func(resource, attribute, value string) Object {
		plural, name, _ := strings.Cut(resource, "/")
		return Object{
			ID: kindsByResource()[plural] + "/" + kubeSystem + "/" + name, Source: in.AddOns.Source,
			Attribute: attribute, Value: value,
		}
	}
	judged := map[string]bool{}
	for _, a := range changes.Altered {
		o := object(a.Object, "managedFields", a.By)
		if a.At != "" {
			o.Value += " " + a.At
		}
		judged[o.ID] = true
		j.fail(o, Medium, a.Component+": "+a.By+" has set "+strings.Join(a.Fields, ", ")+".",
			a.Component+" : "+a.By+" a défini "+strings.Join(a.Fields, ", ")+".")
	}
	for _, resource := range changes.Untraced {
		o := object(resource, "managedFields", "absent")
		judged[o.ID] = true
		j.unknown(o, Gap{Reason: NoAPIField, Needs: "managedFields", Detail: "they were cleared"})
	}
	for _, name := range changes.UnknownManagers {
		o := Object{ID: "FieldManager/" + name, Source: in.AddOns.Source, Attribute: "managedFields", Value: name}
		if !j.accept(o, InputFieldManagers, name) {
			j.decide(o, "Scaleway does not publish the names of its field managers: "+name+" may be another's.",
				"Scaleway ne publie pas les noms de ses gestionnaires de champs : "+name+" peut être tiers.")
		}
	}
	each(j, in.Workloads, func(w Workload) {
		if w.FromScaleway && !judged[w.ID()] {
			j.pass(Object{ID: w.ID(), Source: in.AddOns.Source, Attribute: "managedFields", Value: "no tool of a user"})
		}
	})
}
