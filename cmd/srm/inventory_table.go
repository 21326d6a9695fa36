package main

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/terraform-srm/terraform-provider-srm/internal/assessment"
	"github.com/terraform-srm/terraform-provider-srm/internal/inventory"
)

// writeInventoryTable prints the summary of an inventory.
func writeInventoryTable(w io.Writer, i inventory.Inventory, language string) error {
	t := &table{w: w, language: language}
	version := t.say("unknown version", "version inconnue")
	if i.Server.Value != nil {
		version = i.Server.Value.Version
	}
	t.line("%s %s, Kubernetes %s", "Cluster", i.ClusterID, version)
	t.line("%s %s", t.say("Read", "Lu le"), i.ReadAt.Format(time.RFC3339))
	t.line("")
	if gap := i.Kinds.Missing(); gap != nil && len(i.Kinds.Items) == 0 {
		t.line("%s: %s", t.say("The cluster was not read", "Le cluster n'a pas été lu"), gap.Detail)
		return t.err
	}
	t.line(t.say("%d kinds, %d objects, %d namespaces", "%d types, %d objets, %d espaces de noms"),
		len(i.Kinds.Items), i.Objects, len(i.Namespaces))
	t.contents(i)
	t.leftOut(i.LeftOut)
	t.adaptations(i.Adaptations)
	t.outside(i.Outside)
	t.unlisted(i.Unlisted())
	return t.err
}

// contents prints what the cluster holds, one line for each list.
func (t *table) contents(i inventory.Inventory) {
	row := func(title, text string, gap *assessment.Gap) {
		if gap != nil {
			text += "  (" + t.say("incomplete: ", "incomplet : ") + gapText(t, *gap) + ")"
		}
		t.line("  %-28s %s", title, text)
	}
	row(t.say("Workloads", "Charges de travail"), counts(i.Workloads.Items, func(w inventory.Workload) string {
		return w.Kind
	}), i.Workloads.Missing())
	row(t.say("Images", "Images"), counts(i.Images.Items, func(m inventory.Image) string {
		return m.Registry
	}), i.Images.Missing())
	row("Services", counts(i.Services.Items, func(s inventory.Service) string { return s.Type }), i.Services.Missing())
	row("Ingress, Gateway", counts(i.Ingresses.Items, func(one inventory.Ingress) string {
		return one.Kind + " " + cmp.Or(one.Class, "-")
	}), i.Ingresses.Missing())
	size, _ := i.VolumeBytes()
	row("Volumes", fmt.Sprintf("%d, %s", len(i.Volumes.Items), inventory.FormatBytes(size)), i.Volumes.Missing())
	row(t.say("Claims", "PVC"), counts(i.Claims.Items, func(c inventory.Claim) string {
		return cmp.Or(c.Class, "-")
	}), i.Claims.Missing())
	row("CustomResourceDefinitions", counts(i.Definitions.Items, func(d inventory.Definition) string {
		return cmp.Or(strings.Join(d.Operators, " + "), t.say("unknown operator", "opérateur inconnu"))
	}), i.Definitions.Missing())
	row(t.say("Network policies", "Politiques réseau"), counts(i.Policies.Items, func(p inventory.Policy) string {
		return p.Kind
	}), i.Policies.Missing())
	row(t.say("Helm releases", "Releases Helm"), fmt.Sprint(len(i.Releases.Items)), i.Releases.Missing())
	row(t.say("Grants of roles", "Rôles attribués"), fmt.Sprint(len(i.Grants.Items)), i.Grants.Missing())
	t.line("")
}

// counts returns how many items have which name: "12: 9 Deployment, 3 StatefulSet".
func counts[T any](items []T, name func(T) string) string {
	byName := map[string]int{}
	for _, item := range items {
		byName[name(item)]++
	}
	if len(byName) == 0 {
		return "0"
	}
	names := slices.SortedFunc(maps.Keys(byName), func(a, b string) int {
		return cmp.Or(cmp.Compare(byName[b], byName[a]), cmp.Compare(a, b))
	})
	texts := []string{}
	for _, one := range names {
		texts = append(texts, fmt.Sprintf("%d %s", byName[one], one))
	}
	return fmt.Sprintf("%d: %s", len(items), strings.Join(texts, ", "))
}

// gapText returns why facts are missing, in one line.
func gapText(t *table, gap assessment.Gap) string {
	text := gap.Reason.Label().In(t.language)
	if gap.Needs != "" {
		text += ", " + gap.Needs
	}
	return text
}

// leftOut prints what kubectl leaves out.
func (t *table) leftOut(left []inventory.LeftOut) {
	if len(left) == 0 {
		return
	}
	t.line(t.say("Not in kubectl get all (%d kinds; * also not in the model's other commands)",
		"Absents de kubectl get all (%d types ; * absents aussi des autres commandes du modèle)"), len(left))
	for _, one := range left {
		mark, count := " ", fmt.Sprint(one.Objects)
		if one.MissedByModelCommands {
			mark = "*"
		}
		if one.Unread {
			count += "+?"
		}
		t.line("  %s %7s  %s", mark, count, one.Kind)
	}
	t.line("")
}

// adaptations prints what to adapt at another host.
func (t *table) adaptations(all []inventory.Adaptation) {
	if len(all) == 0 {
		return
	}
	t.line(t.say("To adapt at another host (%d)", "À adapter chez un autre hébergeur (%d)"), len(all))
	for _, one := range all {
		t.line("  %7d  %-18s  %s", one.Count, one.Subject, one.Value)
	}
	t.line("")
}

// outside prints what the cluster uses outside.
func (t *table) outside(o inventory.Outside) {
	if len(o.Resources) == 0 {
		return
	}
	t.line("%s", t.say("Outside the cluster", "Hors du cluster"))
	for _, list := range o.Resources {
		text := fmt.Sprintf("  %7d  %s", len(list.Items), list.Kind)
		if gap := list.Missing(); gap != nil {
			text += "  (" + t.say("incomplete: ", "incomplet : ") + gapText(t, *gap) + ")"
		}
		t.line("%s", text)
	}
	t.line("")
}

// unlisted prints the kinds whose objects were not read, with the right that is missing.
func (t *table) unlisted(kinds []inventory.Kind) {
	if len(kinds) == 0 {
		return
	}
	t.line(t.say("Not read (%d kinds)", "Non lus (%d types)"), len(kinds))
	isForbidden := false
	for _, k := range kinds {
		isForbidden = isForbidden || k.Gap.Reason == assessment.Forbidden
		text := gapText(t, *k.Gap)
		if k.Gap.Reason == assessment.Unreachable {
			text += ": " + k.Gap.Detail
		}
		t.line("  %s: %s", k.Name(), text)
	}
	if isForbidden {
		t.line("%s", t.say("Grant the rights with examples/assessment/inventory-clusterrole.yaml. The right to list "+
			"Secrets also reads their contents: see the guide on leaving Scaleway.",
			"Accorder les droits avec examples/assessment/inventory-clusterrole.yaml. Le droit de lister les Secrets "+
				"permet aussi de lire leur contenu : voir le guide sur le départ de Scaleway."))
	}
	t.line("")
}
