package assessment

import (
	"fmt"
	"slices"
	"time"
)

// inventoryChecks returns the checks of the inventory of a cluster: one for each step of the model's section on
// reversibility that asks for a list. The list is the evidence; the model names no age at which it expires.
func inventoryChecks() []Check {
	return []Check{
		newInventoryCheck("inventory_kinds", "Inventory of every kind", "Inventaire de tous les types"),
		newInventoryCheck("inventory_namespaces", "Inventory of namespaces", "Inventaire des espaces de noms",
			ListNamespaces),
		newInventoryCheck("inventory_workloads", "Inventory of workloads", "Inventaire des charges de travail",
			ListWorkloads),
		newInventoryCheck("inventory_services", "Inventory of Services", "Inventaire des Services", ListServices),
		newInventoryCheck("inventory_configuration", "Inventory of ConfigMaps and Secrets, names only",
			"Inventaire des ConfigMaps et des Secrets, noms seulement", ListConfigMaps, ListSecrets),
		newInventoryCheck("inventory_ingresses", "Inventory of Ingresses and their controllers",
			"Inventaire des Ingress et de leurs contrôleurs", ListIngresses, ListClasses),
		newInventoryCheck("inventory_volumes", "Inventory of volumes and claims", "Inventaire des volumes et des PVC",
			ListVolumes, ListClaims),
		newInventoryCheck("inventory_definitions", "Inventory of custom resource definitions",
			"Inventaire des définitions de ressources personnalisées", ListDefinitions),
		newInventoryCheck("inventory_network_policies", "Inventory of network policies",
			"Inventaire des politiques réseau", ListNetworkPolicies),
		newInventoryCheck("inventory_images", "Inventory of images", "Inventaire des images", ListImages),
		newInventoryCheck("inventory_adaptations", "Inventory of settings that only work at Scaleway",
			"Inventaire des réglages propres à Scaleway", ListAdaptations),
	}
}

// newInventoryCheck returns the check of lists of an inventory. Without lists, it is about all kinds.
func newInventoryCheck(id, en, fr string, lists ...string) Check {
	return Check{
		ID: id, Layer: LayerCluster, Severity: Low, HDSOnly: true,
		Title: Text{EN: en, FR: fr},
		Expected: Text{
			EN: "A dated inventory has the list, and the list is complete.",
			FR: "Un inventaire daté contient la liste, et la liste est complète.",
		},
		Remedy: Text{
			EN: "Run srm inventory with the rights that are missing, then srm assess --inventory; it reads metadata.",
			FR: "Exécuter srm inventory avec les droits qui manquent, puis srm assess --inventory ; il lit des " +
				"métadonnées.",
		},
		judge: func(j *judgement) { judgeInventory(j, lists) },
	}
}

// judgeInventory records the lists of an inventory, or all its kinds.
func judgeInventory(j *judgement, names []string) {
	if j.facts.Inventory.Value == nil {
		j.reads(&Gap{Reason: InputMissing, Needs: "srm inventory"})
		return
	}
	i := *j.facts.Inventory.Value
	lists := i.Kinds
	if len(names) == 0 {
		j.reads(i.KindsGap)
	} else {
		lists = slices.DeleteFunc(slices.Clone(i.Lists), func(l InventoryList) bool {
			return !slices.Contains(names, l.Name)
		})
		for _, name := range names {
			if !slices.ContainsFunc(lists, func(l InventoryList) bool { return l.Name == name }) {
				lists = append(lists, InventoryList{Name: name, Gap: &Gap{Reason: NoAPIField, Needs: name}})
			}
		}
	}
	date := i.ReadAt.UTC().Format(time.DateOnly)
	for _, l := range lists {
		o := Object{
			ID: l.Name, Source: j.facts.Inventory.Source, Attribute: "objects", Value: fmt.Sprint(l.Objects),
			changesDaily: true, // such as the number of events and of backups
		}
		if l.Gap != nil {
			j.unknown(o, *l.Gap)
			continue
		}
		j.passWith(o, fmt.Sprintf("Listed on %s; file %s.", date, i.Digest),
			fmt.Sprintf("Listé le %s ; fichier %s.", date, i.Digest))
	}
}
