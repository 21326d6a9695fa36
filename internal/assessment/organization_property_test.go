package assessment

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"
)

// organizationFacts returns random facts of an Organization with an owner. Half of them begin without a deviation.
func (g *generator) organizationFacts() OrganizationFacts {
	f := OrganizationFacts{}
	g.fill(reflect.ValueOf(&f).Elem(), reflect.TypeFor[OrganizationFacts](), "", pools())
	if g.chance(0.5) {
		f = newOrganization()
	} else {
		f.Users.Items = nil
	}
	f.Format, f.ReadAt, f.OrganizationID = OrganizationFormat, now(), organizationUUID
	for i := range f.APIKeys.Items {
		if k := &f.APIKeys.Items[i]; g.chance(0.5) {
			k.UserID = ""
		}
	}
	for i := range f.Policies.Items {
		// A policy has one principal.
		switch p := &f.Policies.Items[i]; g.random.IntN(3) {
		case 0:
			p.GroupID, p.ApplicationID = "", ""
		case 1:
			p.UserID, p.ApplicationID = "", ""
		default:
			p.UserID, p.GroupID = "", ""
		}
	}
	// Users and groups that others name are the anchors of their lists.
	for i := range 5 {
		f.Users.Items = append(f.Users.Items, User{
			ID: fmt.Sprintf("user-%d", i), Type: []string{"owner", "member"}[min(i, 1)], MFA: ptr(g.chance(0.8)),
			CreatedAt: ptr(g.moment()), LastLoginAt: ptr(g.moment()), Locked: g.chance(0.2),
		})
	}
	for i := range 5 {
		id := fmt.Sprintf("group-%d", i)
		if !slices.ContainsFunc(f.Groups.Items, func(g Group) bool { return g.ID == id }) {
			f.Groups.Items = append(f.Groups.Items, Group{ID: id})
		}
	}
	return f
}

// storeOrganization returns facts as they are after they were stored.
func storeOrganization(t *testing.T, f OrganizationFacts) OrganizationFacts {
	t.Helper()
	encoded, err := json.Marshal(f)
	if err != nil {
		t.Fatal(err)
	}
	var stored OrganizationFacts
	if err := json.Unmarshal(encoded, &stored); err != nil {
		t.Fatal(err)
	}
	return stored
}

// TestRemovedOrganizationFactsNeverPass removes facts of an Organization one at a time: no finding becomes pass, and
// with it no clause of a cluster.
func TestRemovedOrganizationFactsNeverPass(t *testing.T) {
	t.Parallel()
	removed, passed, reported := 0, 0, map[string]bool{}
	cluster := newFacts()
	cluster.Cluster.Value.OrganizationID, cluster.Cluster.Value.ProjectID = organizationUUID, projectID
	evaluate := func(f OrganizationFacts, o Options) map[string]bool {
		one := EvaluateOrganization(f, assessedClusters(), o)
		all := passes(one)
		ofCluster := options()
		ofCluster.Organization = &one
		for id := range passes(Evaluate(cluster, ofCluster)) {
			all[id] = true
		}
		return all
	}
	for seed := range uint64(2 * sampleCount) {
		g := &generator{random: rand.New(rand.NewPCG(2027, seed)), bias: []float64{0.3, 1, 0.9, 0.6}[seed%4]}
		facts := storeOrganization(t, g.organizationFacts())
		o := organizationOptions()
		if g.chance(0.3) {
			o.Inputs.ExpectedAdministrators = map[string]Acceptance{"user-1": {Reason: "x", ReviewedOn: "2026-11-01"}}
		}
		before := evaluate(facts, o)
		passed += len(before)
		count := len(removals(reflect.ValueOf(&facts).Elem(), "facts"))
		for _, i := range g.random.Perm(count)[:min(count, 25)] {
			changed := storeOrganization(t, facts)
			list := removals(reflect.ValueOf(&changed).Elem(), "facts")
			if len(list) != count {
				t.Fatalf("%d facts, %d of them stored", count, len(list))
			}
			sortRemovals(list)
			list[i].apply()
			removed++
			for id := range evaluate(changed, o) {
				if !before[id] && !reported[id] {
					reported[id] = true
					t.Errorf("sample %d: %s passes after %s", seed, id, list[i].path)
				}
			}
		}
	}
	t.Logf("%d facts removed, %d results passed before", removed, passed)
	if removed < 300 || passed < 100 {
		t.Errorf("%d facts removed, %d results passed before: the samples are too poor", removed, passed)
	}
}

// TestOrderOfAnOrganizationChangesNothing shuffles every list: the bytes are the same, also of stored facts.
func TestOrderOfAnOrganizationChangesNothing(t *testing.T) {
	t.Parallel()
	for seed := range uint64(sampleCount) {
		g := &generator{random: rand.New(rand.NewPCG(2028, seed)), bias: 0.6}
		facts := g.organizationFacts()
		want := encode(t, EvaluateOrganization(facts, assessedClusters(), organizationOptions()))
		for range 3 {
			changed := storeOrganization(t, facts)
			g.shuffle(reflect.ValueOf(&changed).Elem())
			got := encode(t, EvaluateOrganization(changed, assessedClusters(), organizationOptions()))
			if !bytes.Equal(got, want) {
				t.Fatalf("sample %d: the order changes the assessment:\n%s", seed, difference(want, got))
			}
		}
	}
}

// TestJoinWithAnOrganization judges clauses whose parts lie on both sides: they have one result.
func TestJoinWithAnOrganization(t *testing.T) {
	t.Parallel()
	cluster, o := newFacts(), options()
	cluster.Cluster.Value.OrganizationID = organizationUUID
	clause := func(id string) ClauseResult {
		c, _ := Evaluate(cluster, o).Clause(id)
		return c
	}
	part := func(c ClauseResult, name string) PartResult {
		i := slices.IndexFunc(c.Parts, func(p PartResult) bool { return p.Name == name })
		if i < 0 {
			t.Fatalf("%s has no part %s", c.ID, name)
		}
		return c.Parts[i]
	}
	if p := part(clause("HDS-CTR-01"), "contract_signature"); p.Result != NotEvaluated || p.Gap.Reason != NotAsked {
		t.Errorf("without the Organization: %+v", p)
	}
	facts := newOrganization()
	evaluate := func() {
		one := EvaluateOrganization(facts, assessedClusters(), organizationOptions())
		o.Organization = &one
	}
	evaluate()
	if c := clause("HDS-LOG-02"); c.Result != Pass {
		t.Errorf("HDS-LOG-02: %+v", c)
	}
	p := part(clause("HDS-CTR-01"), "contract_signature")
	if p.Result != Pass || p.Finding != "contract_signature@organization/"+organizationUUID {
		t.Errorf("HDS-CTR-01: %+v", p)
	}
	facts.ExportJobs.Items[0].LastStatus = ptr("failure")
	evaluate()
	if c := clause("HDS-LOG-02"); c.Result != Fail || c.Disposition != Open {
		t.Errorf("a failed export: %+v", c)
	}
	waiver := Waiver{
		ID: "W", Check: "audit_trail_export", Scope: ScopeOrganization, Subjects: []string{"fr-par/job"},
		ApprovedOn: now().AddDate(0, 0, -1), Until: now().AddDate(0, 1, 0),
	}
	options := organizationOptions()
	options.Waivers = []Waiver{waiver}
	one := EvaluateOrganization(facts, assessedClusters(), options)
	o.Organization, o.Waivers = &one, []Waiver{waiver}
	if c := clause("HDS-LOG-02"); c.Result != Fail || c.Disposition != Waived || one.Summary.Waived != 1 {
		t.Errorf("waived: %+v", c)
	}
	if state := Evaluate(cluster, o).Waivers[0].State; state != WaiverOtherScope {
		t.Errorf("the waiver in the cluster: %s", state)
	}
	cluster.Cluster.Value.OrganizationID = otherProject
	if p := part(clause("HDS-LOG-02"), "audit_trail_export"); p.Result != NotEvaluated {
		t.Errorf("a cluster of another Organization: %+v", p)
	}
	if len(one.Clauses) != 0 || one.IsEmpty() || len(one.OpenFails(High)) != 0 {
		t.Errorf("%d clauses, open fails %v", len(one.Clauses), one.OpenFails(High))
	}
}
