package assessment

import (
	"slices"
	"testing"
	"time"
)

// inventoryOf returns facts with an inventory whose lists have the gap of a name.
func inventoryOf(gaps map[string]*Gap) Facts {
	i := Inventory{
		ReadAt: time.Date(2026, 11, 30, 9, 0, 0, 0, time.UTC), Digest: "sha256:00",
		Kinds: []InventoryList{{Name: "pods", Objects: 3}, {Name: "secrets", Objects: 2, Gap: gaps["secrets"]}},
	}
	for _, name := range []string{
		ListNamespaces, ListWorkloads, ListServices, ListConfigMaps, ListSecrets, ListIngresses, ListClasses,
		ListVolumes, ListClaims, ListDefinitions, ListNetworkPolicies, ListImages, ListAdaptations,
	} {
		i.Lists = append(i.Lists, InventoryList{Name: name, Objects: 1, Gap: gaps[name]})
	}
	return Facts{
		ReadAt: i.ReadAt, ClusterID: "fr-par/11111111-1111-4111-8111-111111111111",
		Inventory: Fact[Inventory]{Source: "srm inventory", Value: &i},
	}
}

// inventoryResults returns the results of the inventory's checks, by id.
func inventoryResults(t *testing.T, facts Facts, hds bool) map[string]Finding {
	t.Helper()
	ids := []string{}
	for _, c := range inventoryChecks() {
		ids = append(ids, c.ID)
	}
	found := map[string]Finding{}
	a := Evaluate(facts, Options{AsOf: facts.ReadAt, HDS: hds, Layers: Layers(), Only: ids})
	for _, f := range a.Findings {
		if slices.Contains(ids, f.Check) {
			found[f.Check] = see(t, f)
		}
	}
	if len(found) != len(ids) {
		t.Fatalf("%d findings of %d checks", len(found), len(ids))
	}
	return found
}

// TestDigestOfAnInventory checks that the numbers of objects, which change every day, are not in the digest, and that
// the lists are.
func TestDigestOfAnInventory(t *testing.T) {
	t.Parallel()
	digest := func(facts Facts) string {
		return Evaluate(facts, Options{AsOf: facts.ReadAt, HDS: true, Layers: Layers()}).Digest
	}
	before, more, another := inventoryOf(nil), inventoryOf(nil), inventoryOf(nil)
	more.Inventory.Value.Kinds[0].Objects = 4
	another.Inventory.Value.Kinds[0].Name = "baskets"
	if digest(before) != digest(more) || digest(before) == digest(another) {
		t.Errorf("%s, with another pod %s, with another kind %s", digest(before), digest(more), digest(another))
	}
}

// TestInventory judges inventories: complete, with a list that was not read, with unknown kinds, and none.
func TestInventory(t *testing.T) {
	t.Parallel()
	for id, f := range inventoryResults(t, inventoryOf(nil), true) {
		if f.Result != Pass || f.Found.EN == "" || f.Found.FR == "" {
			t.Errorf("%s of a complete inventory: %s, %q", id, f.Result, f.Found.EN)
		}
	}
	forbidden := &Gap{Reason: Forbidden, Needs: "list secrets"}
	for id, f := range inventoryResults(t, inventoryOf(map[string]*Gap{ListSecrets: forbidden}), true) {
		want := Pass
		if id == "inventory_kinds" || id == "inventory_configuration" {
			want = NotEvaluated
			if len(f.NotEvaluated) != 1 || f.NotEvaluated[0].Needs != "list secrets" {
				t.Errorf("%s: %+v", id, f.NotEvaluated)
			}
		}
		if f.Result != want {
			t.Errorf("%s without Secrets: %s; expected %s", id, f.Result, want)
		}
	}
	partial := inventoryOf(nil)
	partial.Inventory.Value.KindsGap = &Gap{Reason: Unreachable}
	if f := inventoryResults(t, partial, true)["inventory_kinds"]; f.Result != NotEvaluated {
		t.Errorf("unknown kinds: %s", f.Result)
	}
	older := inventoryOf(nil)
	older.Inventory.Value.Lists = older.Inventory.Value.Lists[:1]
	if f := inventoryResults(t, older, true)["inventory_volumes"]; f.Result != NotEvaluated {
		t.Errorf("a list that the file does not have: %s", f.Result)
	}
	for id, f := range inventoryResults(t, Facts{ReadAt: older.ReadAt, ClusterID: older.ClusterID}, true) {
		if f.Result != NotEvaluated || f.NotEvaluated[0].Reason != InputMissing {
			t.Errorf("%s without an inventory: %s, %+v", id, f.Result, f.NotEvaluated)
		}
	}
	for id, f := range inventoryResults(t, inventoryOf(nil), false) {
		if f.Result != NotApplicable {
			t.Errorf("%s of a cluster without health data: %s", id, f.Result)
		}
	}
}
