package report

import (
	"fmt"
	"slices"
	"strings"

	"github.com/terraform-srm/terraform-provider-srm/internal/inventory"
)

// maxNames is the number of objects of a kind that a plan names in one place. A command lists the others.
const maxNames = 30

// names returns the names of objects of a kind.
func (p *exitPlan) names(kind string, names []string) string {
	text := "`" + strings.Join(names[:min(len(names), maxNames)], "`, `") + "`"
	if more := len(names) - maxNames; more > 0 {
		text += fmt.Sprintf(
			p.say(" and %d more (`kubectl get %s -A`)", " et %d autres (`kubectl get %s -A`)"),
			more,
			kind,
		)
	}
	return text
}

// rebuild writes which objects of users the export does not take, each with the reason.
func (p *exitPlan) rebuild() {
	rows := [][]string{}
	add := func(kind string, names []string, en, fr string) {
		if len(names) > 0 {
			rows = append(rows, []string{"`" + kind + "`", p.names(kind, names), p.say(en, fr)})
		}
	}
	for _, k := range p.Kinds.Items {
		byReason := map[inventory.RebuildReason][]string{}
		for _, one := range k.Rebuild {
			byReason[one.Reason] = append(byReason[one.Reason], one.Object)
		}
		for _, reason := range sortedKeys(byReason) {
			why := whyRebuild(reason, k.Name())
			add(k.Name(), byReason[reason], why[0], why[1])
		}
	}
	endpoints := []string{}
	for _, s := range p.Services.Items {
		if s.WithoutSelector && !inventory.IsSystemNamespace(s.Namespace) {
			endpoints = append(endpoints, s.Namespace+"/"+s.Name)
		}
	}
	add("endpoints", endpoints,
		"the Service has no selector: write Endpoints with addresses that the new cluster reaches",
		"le Service n'a pas de sélecteur : écrire des Endpoints avec des adresses que le nouveau cluster atteint")
	for _, kind := range []string{"clusterrolebindings", "rolebindings"} {
		add(kind+".rbac.authorization.k8s.io", p.scalewayBindings(kind == "rolebindings"),
			"every subject is an identity of Scaleway: bind the role to identities of the new host",
			"tous les sujets sont des identités de Scaleway : lier le rôle à des identités du nouvel hébergeur")
	}
	software := []string{}
	for _, w := range p.ownWorkloads() {
		if inventory.IsSystemNamespace(w.Namespace) {
			software = append(software, w.ID())
		}
	}
	add(p.say("workloads", "charges de travail"), software,
		"in a namespace of the control plane, which is not exported, and not known as Scaleway's: install them again",
		"dans un espace de noms du plan de contrôle, qui n'est pas exporté, sans être de Scaleway : les réinstaller")
	if len(rows) == 0 {
		return
	}
	p.line("### %s\n", p.say("Not exported: to make again by hand", "Non exporté : à refaire à la main"))
	p.text("Objects of the cluster's users that another host cannot take as they are:",
		"Objets des utilisateurs du cluster qu'un autre hébergeur ne peut pas prendre tels quels :")
	p.table(
		[]string{p.say("Kind", "Type"), p.say("Objects", "Objets"), p.say("Why, and what to do", "Raison et action")},
		rows,
	)
}

// whyRebuild returns why the export does not take objects of a kind, in English and French.
func whyRebuild(reason inventory.RebuildReason, kind string) [2]string {
	isClass := strings.Contains(kind, "classes.")
	switch {
	case reason == inventory.ScalewayStorage && strings.HasPrefix(kind, "volumesnapshotclasses."):
		return [2]string{
			"its driver is Scaleway's: make one with the driver of the new host",
			"son pilote est celui de Scaleway : en faire une avec le pilote du nouvel hébergeur",
		}
	case reason == inventory.ScalewayStorage && isClass:
		return [2]string{
			"its driver is Scaleway's: $CLASS and $SHARED_CLASS replace it; give them what it promises (encryption, " +
				"reclaim policy, speed)",
			"son pilote est celui de Scaleway : $CLASS et $SHARED_CLASS la remplacent ; leur donner ce qu'elle " +
				"promet (chiffrement, politique de récupération, débit)",
		}
	case reason == inventory.ScalewayStorage:
		return [2]string{
			"its disk is at Scaleway: a claim of it gets a new volume of $CLASS; copy the data (step 6)",
			"son disque est chez Scaleway : un PVC qui l'utilise reçoit un nouveau volume de $CLASS ; copier les " +
				"données (étape 6)",
		}
	case reason == inventory.DataOnNode:
		return [2]string{
			"its data is on a node of this cluster: a claim of it gets a new volume of $CLASS; copy the data (step 6)",
			"ses données sont sur un nœud de ce cluster : un PVC qui l'utilise reçoit un nouveau volume de $CLASS ; " +
				"copier les données (étape 6)",
		}
	case reason == inventory.SnapshotData:
		return [2]string{
			"the data is in the storage of this cluster: make a new snapshot or backup at the new host",
			"les données sont dans le stockage de ce cluster : refaire un snapshot ou une sauvegarde chez le nouvel " +
				"hébergeur",
		}
	}
	return [2]string{
		"belongs to installed software (a driver, an extension of the API): install that at the new host first",
		"appartient à un logiciel installé (un pilote, une extension de l'API) : l'installer d'abord chez le nouvel " +
			"hébergeur",
	}
}

// scalewayBindings returns the bindings of a namespace, or of the cluster, whose subjects are all identities of
// Scaleway.
func (p *exitPlan) scalewayBindings(isNamespaced bool) []string {
	onlyScaleway := map[string]bool{}
	for _, g := range p.Grants.Items {
		if (g.Namespace != "") != isNamespaced || strings.HasPrefix(g.Binding, "scaleway:") ||
			inventory.IsSystemNamespace(g.Namespace) {
			continue
		}
		object := inventory.Object{Namespace: g.Namespace, Name: g.Binding}
		_, subject, _ := strings.Cut(g.Subject, ":")
		before, isKnown := onlyScaleway[object.Key()]
		onlyScaleway[object.Key()] = (before || !isKnown) && inventory.IsScalewaySubject(subject)
	}
	names := sortedKeys(onlyScaleway)
	return slices.DeleteFunc(names, func(name string) bool { return !onlyScaleway[name] })
}

// claimsToReplace returns the claims, "namespace/name", that get a class of the new host although theirs is not one of
// Scaleway: their volume was made by hand and is not exported.
func (p *exitPlan) claimsToReplace() []string {
	volumes, _ := p.Kind("persistentvolumes")
	stays := map[string]bool{}
	for _, one := range volumes.Rebuild {
		stays[one.Object] = true
	}
	claims := []string{}
	for _, v := range p.Volumes.Items {
		if v.Claim != "" && stays[v.Name] && !slices.Contains(p.scalewayClasses(), v.Class) {
			claims = append(claims, v.Claim)
		}
	}
	slices.Sort(claims)
	return claims
}
