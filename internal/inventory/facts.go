package inventory

import "github.com/terraform-srm/terraform-provider-srm/internal/assessment"

// Facts returns what an assessment reads of the inventory. digest is that of its file: "sha256:…".
func (i Inventory) Facts(digest string) assessment.Inventory {
	facts := assessment.Inventory{
		ReadAt: i.ReadAt, Digest: digest, Kinds: []assessment.InventoryList{}, KindsGap: i.Kinds.Missing(),
		Lists: []assessment.InventoryList{
			i.listOf(assessment.ListNamespaces, "namespaces"),
			listFacts(assessment.ListWorkloads, i.Workloads),
			listFacts(assessment.ListServices, i.Services),
			i.listOf(assessment.ListConfigMaps, "configmaps"),
			i.listOf(assessment.ListSecrets, "secrets"),
			listFacts(assessment.ListIngresses, i.Ingresses),
			listFacts(assessment.ListClasses, i.Classes),
			listFacts(assessment.ListVolumes, i.Volumes),
			listFacts(assessment.ListClaims, i.Claims),
			listFacts(assessment.ListDefinitions, i.Definitions),
			listFacts(assessment.ListNetworkPolicies, i.Policies),
			listFacts(assessment.ListImages, i.Images),
		},
	}
	// Settings are found in the metadata of all objects: one kind that was not read may have more.
	adaptations := assessment.InventoryList{
		Name: assessment.ListAdaptations, Objects: len(i.Adaptations), Gap: i.Kinds.Missing(),
	}
	for _, k := range i.Kinds.Items {
		facts.Kinds = append(facts.Kinds, assessment.InventoryList{Name: k.Name(), Objects: k.Objects, Gap: k.Gap})
		if adaptations.Gap == nil {
			adaptations.Gap = k.Gap
		}
	}
	facts.Lists = append(facts.Lists, adaptations)
	return facts
}

// listOf returns the list of a kind. A kind that the API server does not serve was not read.
func (i Inventory) listOf(name, kind string) assessment.InventoryList {
	k, ok := i.Kind(kind)
	if !ok {
		gap := i.Kinds.Missing()
		if gap == nil {
			gap = &assessment.Gap{Reason: assessment.NoAPIField, Needs: kind}
		}
		return assessment.InventoryList{Name: name, Gap: gap}
	}
	return assessment.InventoryList{Name: name, Objects: k.Objects, Gap: k.Gap}
}

func listFacts[T any](name string, list assessment.Collection[T]) assessment.InventoryList {
	return assessment.InventoryList{Name: name, Objects: len(list.Items), Gap: list.Missing()}
}
