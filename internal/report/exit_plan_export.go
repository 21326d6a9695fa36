package report

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/terraform-srm/terraform-provider-srm/internal/assessment"
	"github.com/terraform-srm/terraform-provider-srm/internal/inventory"
)

// applyOrder returns the kinds in the order in which a new cluster accepts them. Kinds of Kubernetes that are not in it
// follow, then custom resources, then what checks or changes other objects.
func applyOrder() []string {
	return []string{
		"namespaces", "customresourcedefinitions.apiextensions.k8s.io", "priorityclasses.scheduling.k8s.io",
		"runtimeclasses.node.k8s.io", "ingressclasses.networking.k8s.io", "serviceaccounts", "secrets", "configmaps",
		"clusterroles.rbac.authorization.k8s.io", "clusterrolebindings.rbac.authorization.k8s.io",
		"roles.rbac.authorization.k8s.io", "rolebindings.rbac.authorization.k8s.io", "resourcequotas", "limitranges",
		"networkpolicies.networking.k8s.io", "storageclasses.storage.k8s.io", "persistentvolumes",
		"persistentvolumeclaims", "services",
	}
}

// exportOrder returns the position of a kind in the order of applyOrder.
func exportOrder(k inventory.Kind) int {
	const others, custom, admission = 100, 200, 300
	if at := slices.Index(applyOrder(), k.Name()); at >= 0 {
		return at
	}
	switch {
	case k.Group == "admissionregistration.k8s.io":
		return admission
	case isCustom(k):
		return custom
	}
	return others
}

// exported is a kind to export with its file.
type exported struct {
	inventory.Kind
	file string
}

// exports returns the kinds with objects to export, or whose objects are not known, in the order in which they are
// applied. Kinds of the network are not among them.
func (p *exitPlan) exports() []exported {
	kinds := slices.DeleteFunc(slices.Clone(p.Kinds.Items), func(k inventory.Kind) bool {
		return k.SameAs != "" || k.Computed || k.Resource == "*" || inventory.IsGenerated(k.Name()) ||
			len(k.Portable) == 0 && k.Gap == nil || inventory.IsOfNetwork(k.Group)
	})
	slices.SortStableFunc(kinds, func(a, b inventory.Kind) int {
		return cmp.Or(cmp.Compare(exportOrder(a), exportOrder(b)), cmp.Compare(a.Name(), b.Name()))
	})
	found := []exported{}
	for i, k := range kinds {
		found = append(found, exported{k, fmt.Sprintf("%02d-%s.json", i+1, k.Name())})
	}
	return found
}

// document writes step 1: what there is, what kubectl leaves out, and the export.
func (p *exitPlan) document() {
	p.section(1, "Assess and document, export", "Évaluer et documenter, exporter", "REV-01 – REV-10")
	p.overview()
	p.leftOut()
	p.unlisted()
	p.line("### %s\n", p.say("Export the manifests", "Exporter les manifestes"))
	p.text("`clean.jq` removes status, uid, resourceVersion, managedFields and the other fields that the cluster "+
		"wrote, and the objects that it creates itself. Each file is a List.",
		"`clean.jq` retire status, uid, resourceVersion, managedFields et les autres champs écrits par le cluster, "+
			"ainsi que les objets qu'il crée lui-même. Chaque fichier est une List.")
	p.commands(file("clean.jq", cleanProgram)...)
	lines := []string{}
	for _, e := range p.exports() {
		comment := fmt.Sprintf("  # %d", len(e.Portable))
		if e.Gap != nil {
			comment = "  # " + p.say("not counted", "non comptés")
		}
		lines = append(lines, fmt.Sprintf(
			`kubectl --context "$SOURCE" get %s -A -o json | jq -f clean.jq > export/%s%s`,
			e.versioned(), e.file, comment,
		))
	}
	p.commands(lines...)
	p.releases()
}

// versioned returns the argument of kubectl that selects the kind in its version: "ingresses.v1.networking.k8s.io".
func (e exported) versioned() string {
	if e.Group == "" {
		return e.Resource
	}
	return e.Resource + "." + e.Version + "." + e.Group
}

// overview writes how much of everything there is.
func (p *exitPlan) overview() {
	row := func(name string, count int, gap *assessment.Gap) []string {
		text := fmt.Sprint(count)
		if gap != nil {
			text += " + ? (" + gap.Reason.Label().In(p.language) + ")"
		}
		return []string{name, text}
	}
	c := p.Contents
	p.table([]string{p.say("List", "Liste"), p.say("Objects", "Objets")}, [][]string{
		row(p.say("Namespaces (REV-02)", "Espaces de noms (REV-02)"), len(p.Namespaces), p.gapOf("namespaces")),
		row(p.say("Workloads (REV-03)", "Charges de travail (REV-03)"), len(c.Workloads.Items), c.Workloads.Missing()),
		row("Services (REV-04)", len(c.Services.Items), c.Services.Missing()),
		row("ConfigMaps (REV-05)", p.countOf("configmaps"), p.gapOf("configmaps")),
		row("Secrets (REV-05)", p.countOf("secrets"), p.gapOf("secrets")),
		row("Ingress, Gateway (REV-06)", len(c.Ingresses.Items), c.Ingresses.Missing()),
		row("PersistentVolumes (REV-07)", len(c.Volumes.Items), c.Volumes.Missing()),
		row("PersistentVolumeClaims (REV-07)", len(c.Claims.Items), c.Claims.Missing()),
		row("CustomResourceDefinitions (REV-08)", len(c.Definitions.Items), c.Definitions.Missing()),
		row(p.say("Network policies (REV-09)", "Politiques réseau (REV-09)"), len(c.Policies.Items),
			c.Policies.Missing()),
	})
}

// gapOf returns why the objects of a kind were not read; nil if they were.
func (p *exitPlan) gapOf(kind string) *assessment.Gap {
	k, ok := p.Kind(kind)
	if !ok {
		return p.Kinds.Missing()
	}
	return k.Gap
}

// countOf returns the number of objects of a kind.
func (p *exitPlan) countOf(kind string) int {
	k, _ := p.Kind(kind)
	return k.Objects
}

// leftOut writes what the model's commands leave out.
func (p *exitPlan) leftOut() {
	rows := [][]string{}
	for _, l := range p.LeftOut {
		if !l.MissedByModelCommands {
			continue
		}
		count := fmt.Sprint(l.Objects)
		if l.Unread {
			count += " + ?"
		}
		rows = append(rows, []string{"`" + l.Kind + "`", count, fmt.Sprint(l.Portable)})
	}
	if len(rows) == 0 {
		return
	}
	p.text("The commands of the model (`kubectl get all`, `pvc`, `configmaps`, `secrets`, `ingress`, `crd`) leave out "+
		"these kinds of this cluster:",
		"Les commandes du modèle (`kubectl get all`, `pvc`, `configmaps`, `secrets`, `ingress`, `crd`) omettent ces "+
			"types de ce cluster :")
	p.table([]string{p.say("Kind", "Type"), p.say("Objects", "Objets"), p.say("To export", "À exporter")}, rows)
}

// unlisted writes the kinds that were not read.
func (p *exitPlan) unlisted() {
	rows := [][]string{}
	for _, k := range p.Unlisted() {
		rows = append(rows, []string{"`" + k.Name() + "`", k.Gap.Reason.Label().In(p.language), k.Gap.Needs})
	}
	if len(rows) == 0 {
		return
	}
	p.text("These kinds were not read. The export needs the rights to them:",
		"Ces types n'ont pas été lus. L'export exige les droits correspondants :")
	p.table([]string{p.say("Kind", "Type"), p.say("Reason", "Raison"), p.say("Right", "Droit")}, rows)
}

// releases writes how to keep the values of Helm releases.
func (p *exitPlan) releases() {
	if len(p.Releases.Items) == 0 {
		return
	}
	p.text(
		"Helm releases can be installed again from their charts in place of the exported objects. Keep their values:",
		"Les releases Helm peuvent être réinstallées depuis leurs charts au lieu des objets exportés. Garder leurs "+
			"valeurs :",
	)
	lines := []string{"mkdir -p values"}
	for _, r := range p.Releases.Items {
		lines = append(
			lines,
			fmt.Sprintf(`helm --kube-context "$SOURCE" get values -n %s -o yaml -- %s > %s`,
				shell(r.Namespace), shell(r.Name), shell("values/"+fileName(r.Namespace+"-"+r.Name)+".yaml")),
		)
	}
	p.commands(lines...)
	p.incomplete("Helm", p.Releases.Missing())
}

// fileName returns a name without the separator of folders.
func fileName(name string) string { return strings.ReplaceAll(name, "/", "_") }

// shellBehind returns the value of a variable, a slash and a path as one word for a shell.
func shellBehind(variable, path string) string {
	if quoted := shell(path); quoted != path {
		return `"$` + variable + `"/` + quoted
	}
	return `"$` + variable + "/" + path + `"`
}

// shell quotes a word for a shell if it needs quotes.
func shell(word string) string {
	isPlain := word != "" && strings.IndexFunc(word, func(r rune) bool {
		return !strings.ContainsRune("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-/:@", r)
	}) < 0
	if isPlain {
		return word
	}
	return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
}
