package report

import (
	_ "embed"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/terraform-srm/terraform-provider-srm/internal/assessment"
	"github.com/terraform-srm/terraform-provider-srm/internal/inventory"
)

// The jq programs that the plan writes into files.
var (
	//go:embed clean.jq
	cleanProgram string
	//go:embed adapt.jq
	adaptProgram string
)

// exitPlan writes an exit plan.
type exitPlan struct {
	strings.Builder
	inventory.Inventory
	digest   string // Of the inventory's file.
	language string
}

// ExitPlan returns the plan for leaving Scaleway with a cluster in Markdown: the nine steps of the model's section on
// reversibility, with commands for this cluster. digest is that of the inventory's file: "sha256:…".
func ExitPlan(i inventory.Inventory, digest, language string) string {
	p := &exitPlan{Inventory: i, digest: digest, language: language}
	p.head()
	for _, step := range []func(){
		p.document, p.images, p.newCluster, p.access, p.adapt, p.data, p.deploy, p.network, p.test,
	} {
		step()
	}
	p.questions()
	return strings.TrimRight(p.String(), "\n") + "\n"
}

// say returns the text of the plan's language.
func (p *exitPlan) say(en, fr string) string { return assessment.Text{EN: en, FR: fr}.In(p.language) }

// line writes a line.
func (p *exitPlan) line(format string, values ...any) { fmt.Fprintf(p, format+"\n", values...) }

// text writes a paragraph.
func (p *exitPlan) text(en, fr string) { p.line("%s\n", p.say(en, fr)) }

// section writes the heading of a step.
func (p *exitPlan) section(number int, en, fr, clauses string) {
	p.line("## %d. %s (%s)\n", number, p.say(en, fr), clauses)
}

// commands writes commands for a shell. The fence is longer than any in the commands, which may have names with one.
func (p *exitPlan) commands(lines ...string) {
	if len(lines) == 0 {
		return
	}
	text, fence := strings.Join(lines, "\n"), "```"
	for strings.Contains(text, fence) {
		fence += "`"
	}
	p.line("%ssh\n%s\n%s\n", fence, text, fence)
}

// file returns commands that write a file.
func file(name, content string) []string {
	return []string{"cat > " + name + " <<'END'", strings.TrimRight(content, "\n"), "END"}
}

// table writes a table; without rows it writes nothing.
func (p *exitPlan) table(heads []string, rows [][]string) {
	if len(rows) == 0 {
		return
	}
	p.line("| %s |", strings.Join(heads, " | "))
	p.line("|%s", strings.Repeat("---|", len(heads)))
	for _, row := range rows {
		cells := []string{}
		for _, cell := range row {
			cells = append(cells, strings.ReplaceAll(oneLine(cell), "|", "\\|"))
		}
		p.line("| %s |", strings.Join(cells, " | "))
	}
	p.line("")
}

// incomplete writes that a list is not complete.
func (p *exitPlan) incomplete(name string, gap *assessment.Gap) {
	if gap == nil {
		return
	}
	p.line(
		"> %s: %s (%s).\n",
		name,
		p.say("this list is not complete", "cette liste n'est pas complète"),
		p.gapText(gap),
	)
}

// gapText returns why facts are missing, and what is needed.
func (p *exitPlan) gapText(gap *assessment.Gap) string {
	text := gap.Reason.Label().In(p.language)
	if gap.Needs != "" {
		text += ", `" + gap.Needs + "`"
	}
	return text
}

// head writes the title, what the plan rests on, and what drives its effort.
func (p *exitPlan) head() {
	p.line("# %s `%s`\n", p.say("Exit plan of cluster", "Plan de sortie du cluster"), p.ClusterID)
	version := "?"
	if p.Server.Value != nil {
		version = p.Server.Value.Version
	}
	p.line(p.say("From the inventory of %s (%s), Kubernetes %s: %d kinds, %d objects.\n",
		"D'après l'inventaire du %s (%s), Kubernetes %s : %d types, %d objets.\n"),
		p.ReadAt.UTC().Format(time.DateOnly), p.digest, version, len(p.Kinds.Items), p.Objects)
	p.line("> %s\n", Input{Language: p.language}.disclaimer())
	helm := p.say(", and `helm` for its releases", ", et `helm` pour ses releases")
	if len(p.Releases.Items) == 0 {
		helm = ""
	}
	p.line(p.say("The commands need `kubectl`, `jq` and `crane` (or `skopeo`)%s. Run them in one bash, in an empty "+
		"folder on an encrypted disk: the export has the contents of Secrets. Set these names first:\n",
		"Les commandes utilisent `kubectl`, `jq` et `crane` (ou `skopeo`)%s. Les exécuter dans un même bash, dans "+
			"un dossier vide sur un disque chiffré : l'export contient les Secrets. Définir d'abord ces noms :\n"),
		helm)
	p.commands(
		"export SOURCE=source            # "+p.say("kubectl context of this cluster", "contexte kubectl de ce cluster"),
		"export TARGET=target            # "+p.say("kubectl context of the new one", "contexte kubectl du nouveau"),
		"export REGISTRY=registry.example/apps  # "+p.say("registry of the new host", "registre du nouvel hébergeur"),
		"export CLASS=standard           # "+p.say("StorageClass, ReadWriteOnce", "StorageClass, ReadWriteOnce"),
		"export SHARED_CLASS=shared      # "+p.say("StorageClass, ReadWriteMany", "StorageClass, ReadWriteMany"),
		"set -euo pipefail; umask 077; mkdir -p export adapted",
	)
	p.drivers()
}

// drivers writes what the effort depends on.
func (p *exitPlan) drivers() {
	p.line("## %s\n", p.say("What drives the effort", "Ce qui détermine l'effort"))
	copied := p.Contents
	copied.Volumes.Items = slices.DeleteFunc(slices.Clone(p.Volumes.Items), p.staysOnServer)
	size, unknown := copied.VolumeBytes()
	portable, custom := 0, 0
	for _, k := range p.Kinds.Items {
		portable += len(k.Portable)
		if isCustom(k) {
			custom += len(k.Portable)
		}
	}
	uses := 0
	for _, one := range p.Adaptations {
		uses += one.Count
	}
	volumes := fmt.Sprintf("%d, %s", len(copied.Volumes.Items), inventory.FormatBytes(size))
	if unknown > 0 {
		volumes += fmt.Sprintf(p.say(" and %d of unknown size", " et %d de taille inconnue"), unknown)
	}
	p.table([]string{p.say("What", "Quoi"), p.say("How much", "Combien")}, [][]string{
		{p.say("Data to copy", "Données à copier"), volumes},
		{p.say("Workloads of the customer", "Charges de travail du client"), fmt.Sprint(len(p.ownWorkloads()))},
		{p.say("Images", "Images"), fmt.Sprint(len(p.ownImages()))},
		{p.say("Objects to export", "Objets à exporter"), fmt.Sprint(portable)},
		{p.say("Custom resources among them, which need their operators",
			"Dont ressources personnalisées, qui exigent leurs opérateurs"), fmt.Sprint(custom)},
		{p.say("Settings to adapt", "Réglages à adapter"), fmt.Sprintf("%d (%d)", len(p.Adaptations), uses)},
		{p.say("Kinds that were not read", "Types non lus"), fmt.Sprint(len(p.Unlisted()))},
	})
}

// ownWorkloads returns the workloads that Scaleway did not install.
func (p *exitPlan) ownWorkloads() []inventory.Workload {
	own := []inventory.Workload{}
	for _, w := range p.Workloads.Items {
		if !w.FromScaleway {
			own = append(own, w)
		}
	}
	return own
}

// ownImages returns the images that the customer's workloads use.
func (p *exitPlan) ownImages() []inventory.Image {
	own := []inventory.Image{}
	for _, i := range p.Images.Items {
		if !i.FromScaleway {
			own = append(own, i)
		}
	}
	return own
}

// isCustom reports whether a kind is a custom resource: its group is not one of Kubernetes.
func isCustom(k inventory.Kind) bool {
	return strings.Contains(k.Group, ".") && (!strings.HasSuffix(k.Group, ".k8s.io") ||
		k.Group == "gateway.networking.k8s.io" || k.Group == "snapshot.storage.k8s.io")
}
