package report

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/terraform-srm/terraform-provider-srm/internal/assessment"
)

// TestChanges compares two runs: every change of a deviation and of a waiver is named once.
func TestChanges(t *testing.T) {
	t.Parallel()
	date := func(month time.Month, day int) time.Time { return time.Date(2026, month, day, 0, 0, 0, 0, time.UTC) }
	waived := func(f assessment.Finding) assessment.Finding {
		f.Disposition = assessment.Waived
		return f
	}
	before := cluster(
		waived(fail("node_public_address", assessment.High)), fail("node_age", assessment.Medium),
		fail("pod_security", assessment.Medium), fail("lb_public", assessment.Medium),
	)
	before.AsOf = "2026-08-31T09:00:00Z"
	now := cluster(
		fail("node_public_address", assessment.High), waived(fail("node_age", assessment.Medium)),
		withResult(fail("pod_security", assessment.Medium), assessment.Pass), fail("lb_public", assessment.Medium),
		fail("api_allow_list", assessment.Critical),
	)
	now.AsOf = "2026-11-30T09:00:00Z"
	now.Waivers = []assessment.WaiverStatus{
		{State: assessment.WaiverExpired, Waiver: assessment.Waiver{
			ID: "W-1", Check: "node_public_address", Scope: now.Scope, ApprovedOn: date(5, 4), Until: date(10, 31),
		}},
		{State: assessment.WaiverApplies, Waiver: assessment.Waiver{
			ID: "W-2", Check: "node_age", Scope: now.Scope, ApprovedOn: date(11, 2), Until: date(12, 31),
		}},
		{State: assessment.WaiverApplies, Waiver: assessment.Waiver{
			ID: "W-3", Check: "lb_public", Scope: now.Scope, ApprovedOn: date(8, 1), Until: date(12, 31),
		}},
	}
	in := newInput(now)
	in.History = [][]assessment.Assessment{{before}}
	got := []string{}
	for _, c := range in.changes() {
		got = append(got, c.Change+" | "+c.Title+" | "+c.Subject+" | "+c.Severity)
	}
	title := func(id string) string { return in.checkTitle(id) }
	want := []string{
		"new | Title of api_allow_list | prod | critical",
		"open again: no waiver is in force | Title of node_public_address | prod | high",
		"under a waiver since | Title of node_age | prod | medium",
		"corrected | Title of pod_security | prod | medium",
		"waiver expired on 2026-10-31 | W-1, " + title("node_public_address") + " | prod | ",
		"waiver approved on 2026-11-02 | W-2, " + title("node_age") + " | prod | ",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got\n%s\nexpected\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	in.Baseline = []assessment.Assessment{before}
	if text := Markdown(in); !strings.Contains(text, "Title of node\\_public\\_address, open again: ") {
		t.Error(text)
	}
}

// TestFrenchSpaces checks that French punctuation stays on the line of its word, and that commands stay as they are.
func TestFrenchSpaces(t *testing.T) {
	t.Parallel()
	in := Input{Language: "fr"}
	for text, want := range map[string]string{
		"Fin : le 1er ; quoi ? Non !":      "Fin\u00a0: le 1er\u202f; quoi\u202f? Non\u202f!",
		"« oui »":                          "«\u00a0oui\u00a0»",
		"Lancer `a ; b : c`, puis : voir.": "Lancer `a ; b : c`, puis\u00a0: voir.",
	} {
		if got := in.say("", text); got != want {
			t.Errorf("%q, expected %q", got, want)
		}
		if got := oneLine(want); got != want {
			t.Errorf("one line: %q, expected %q", got, want)
		}
	}
}

// TestWhatIsNotRead checks that the report says which layer could not be read, which clauses an indicator is about, and
// which attestation it contradicts.
func TestWhatIsNotRead(t *testing.T) {
	t.Parallel()
	layer := func(f assessment.Finding, name string) assessment.Finding {
		f.Layer = name
		return f
	}
	indicator := layer(fail("project_purpose", assessment.Medium), assessment.LayerAPI)
	indicator.Indicator, indicator.Clauses = true, []string{"HDS-CTR-02"}
	a := cluster(
		indicator,
		layer(withResult(fail("pod_security", assessment.Medium), assessment.NotEvaluated), assessment.LayerCluster),
	)
	a.Layers = []string{assessment.LayerAPI, assessment.LayerCluster}
	a.Declared = []assessment.DeclaredState{{State: assessment.StateDecides, Attestation: assessment.Attestation{
		ID: "purpose", Kind: "purpose", Scope: a.Scope,
	}}}
	a.Clauses = []assessment.ClauseResult{{ID: "HDS-CTR-02", Parts: []assessment.PartResult{{
		By: "attestation", Name: "purpose", ContradictedBy: []string{"project_purpose"},
	}}}}
	in := newInput(a)
	if got := in.layers(a); got != "Scaleway's API, the cluster's Kubernetes API (not read)" {
		t.Error(got)
	}
	if got := in.contradiction(a.Declared[0]); got != "contradicted by project_purpose" {
		t.Error(got)
	}
	a.Declared[0].State = assessment.StateOlder
	if got := in.contradiction(a.Declared[0]); got != "" {
		t.Error(got)
	}
	rows := in.rows(finding.isOpenFail)
	if got := in.clausesOf(rows[0]); got != "indicator of HDS-CTR-02" {
		t.Error(got)
	}
}
