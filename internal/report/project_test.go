package report

import (
	"bytes"
	"strings"
	"testing"

	"github.com/terraform-srm/terraform-provider-srm/internal/assessment"
)

// shared returns the finding about a Project in the assessment of one of its clusters.
func shared(result assessment.Result) assessment.Finding {
	f := withResult(fail("project_other_regions", assessment.High), result)
	f.Scope, f.ID = "project/p", "project_other_regions@project/p"
	f.Objects = []assessment.Object{{ID: "volume/v", Result: result}}
	return f
}

// twoClusters returns two clusters of a Project and their Organization.
func twoClusters() Input {
	other, one := cluster(shared(assessment.NotApplicable)), cluster(shared(assessment.Fail))
	other.Name, other.Scope, other.HDS = "tools", "fr-par/2", false
	third := cluster(shared(assessment.Fail))
	third.Name, third.Scope = "records", "fr-par/3"
	organization := assessment.Assessment{Scope: "organization/o", AsOf: asOf, ReadAt: asOf}
	for _, a := range []*assessment.Assessment{&other, &one, &third} {
		a.Clauses = []assessment.ClauseResult{{ID: "HDS-ENC-03", Result: assessment.Fail}}
	}
	return newInput(organization, other, one, third)
}

// TestProjectCountsOnce checks that the finding about a Project with several clusters counts once.
func TestProjectCountsOnce(t *testing.T) {
	t.Parallel()
	in := twoClusters()
	text := Markdown(in)
	for _, want := range []string{"Open deviations: 1 (critical or high: 1)", "tools, prod, records"} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is missing in\n%s", want, text)
		}
	}
	var csv bytes.Buffer
	if err := WritePopulation(&csv, in, Dialect{}); err != nil {
		t.Fatal(err)
	}
	if strings.Count(csv.String(), "volume/v") != 1 || !strings.Contains(csv.String(), "deviation") {
		t.Errorf("the object is not there once:\n%s", csv.String())
	}
	runs, _ := in.history()
	if last := runs[len(runs)-1]; last.Open != 1 || last.Severe != 1 || last.New != 1 {
		t.Errorf("%+v", last)
	}
	waived := shared(assessment.Fail)
	waived.Disposition = assessment.Waived
	if !isWorse(shared(assessment.Fail), waived) || isWorse(waived, shared(assessment.Fail)) {
		t.Error("a waiver hides an open deviation")
	}
}

// TestHTMLOfSeveral checks the columns, the states and the groups of the HTML report.
func TestHTMLOfSeveral(t *testing.T) {
	t.Parallel()
	in := twoClusters()
	in.Language = "fr"
	a := &in.Assessments[2]
	a.Reader = assessment.Reader{AccessKey: "SCWKEY", PermissionSets: []string{"KubernetesReadOnly", "IAMReadOnly"}}
	in.Assessments[1].Reader.PermissionSetsUnread = assessment.Forbidden.Label()
	a.NotEvaluated = []assessment.Unevaluated{
		{Reason: assessment.AttestationMissing, Needs: "purpose", Checks: []string{"attest_purpose"}},
		{Reason: assessment.AttestationMissing, Needs: "encryption", Checks: []string{"attest_encryption"}},
		{Reason: assessment.Unreachable, Needs: "api.scaleway.com", Checks: []string{"node_age"}},
	}
	a.Waivers = []assessment.WaiverStatus{{State: assessment.WaiverApplies}}
	a.Declared = []assessment.DeclaredState{
		{State: assessment.StateDecides, Attestation: assessment.Attestation{
			ID: "a", Result: assessment.ResultSuccess,
		}},
		{State: assessment.StateOtherScope, Attestation: assessment.Attestation{ID: "b"}},
	}
	before := cluster(fail("api_allow_list", assessment.Critical))
	before.AsOf = "2026-10-31T09:00:00Z"
	older := cluster(shared(assessment.Fail))
	older.AsOf = "2026-09-30T09:00:00Z"
	a.Findings = append(a.Findings, fail("api_allow_list", assessment.Critical))
	in.History = [][]assessment.Assessment{{before}, {older}}
	root, raw := parsePage(t, in)
	page := text(root)
	for _, want := range []string{
		"api.scaleway.com", "Permettre à cette machine d'atteindre l'hôte",
		"SCWKEY : KubernetesReadOnly, IAMReadOnly",
		"jeux de permissions inconnus : l'identité n'a pas le droit",
	} {
		if !strings.Contains(page, want) {
			t.Errorf("%q is missing", want)
		}
	}
	for _, unwanted := range []string{"<td>applies", "<td>decides", "<td>other_scope", "<td>success"} {
		if strings.Contains(raw, unwanted) {
			t.Errorf("the page has %q", unwanted)
		}
	}
	start := strings.Index(raw, "Clauses par résultat")
	counts := raw[start : start+strings.Index(raw[start:], "</table>")]
	if strings.Contains(counts, "organization/o") || !strings.Contains(counts, "tools") {
		t.Errorf("the columns of the clauses:\n%s", counts)
	}
	changes := in.changes()
	if len(changes) != 1 || changes[0].Title != "Titre de project_other_regions" ||
		changes[0].Subject != "tools, prod, records" {
		t.Errorf("changes: %+v", changes)
	}
	in.History = nil
	if changes := in.changes(); len(changes) > 0 {
		t.Errorf("changes without an earlier run: %+v", changes)
	}
}
