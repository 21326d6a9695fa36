package assessment

import (
	"strings"
	"testing"
	"time"
)

// TestFindingsResolved compares an assessment with an earlier one, in which auto-upgrade was disabled on 1 November.
func TestFindingsResolved(t *testing.T) {
	t.Parallel()
	const check = "cluster_auto_upgrade" // High: 30 days.
	for _, test := range []struct {
		name   string
		change func(*Facts, *Options)
		want   Result
		text   string // Part of what was found.
	}{
		{"no baseline", func(_ *Facts, o *Options) { o.Baseline = nil }, NotEvaluated, "an input is missing"},
		{"gone", func(f *Facts, _ *Options) { f.Cluster.Value.AutoUpgrade = ptr(true) }, Pass,
			"The deviation is gone."},
		{"last day", nil, Pass, "The deadline is 2026-12-01."},
		{"overdue", func(_ *Facts, o *Options) { o.AsOf = o.AsOf.AddDate(0, 0, 2) }, Fail,
			"cluster_auto_upgrade is a deviation since 2026-11-01; the deadline was 2026-12-01."},
		{"shorter deadline", func(_ *Facts, o *Options) { o.Inputs.DeadlineDays = map[Severity]int{High: 28} }, Fail,
			"the deadline was 2026-11-29"},
		{"waived", func(f *Facts, o *Options) {
			failRestoreTest(f, o)
		}, Pass, "The deviation is waived until 2026-12-12."},
		{"waiver expired", func(f *Facts, o *Options) {
			failRestoreTest(f, o)
			o.Waivers[0].Until = time.Date(2026, 11, 30, 0, 0, 0, 0, time.UTC)
		}, Fail, "since 2026-11-01; the deadline was 2026-11-30, the end of the waiver W-1."},
		{"waiver of another object expired", func(f *Facts, o *Options) {
			failRestoreTest(f, o)
			o.Waivers[0].Until = time.Date(2026, 11, 30, 0, 0, 0, 0, time.UTC)
			o.Waivers[0].Subjects = []string{"other"}
		}, Fail, "since 2026-11-01; the deadline was 2026-11-08."},
		{"unread", func(f *Facts, _ *Options) {
			f.Cluster.Value.AutoUpgrade = nil
		}, NotEvaluated, "no API shows it"},
		{"check skipped", func(_ *Facts, o *Options) { o.Skip = []string{check} }, NotEvaluated,
			"not part of this assessment"},
		{"itself skipped", func(_ *Facts, o *Options) {
			o.Skip = []string{resolutionCheck}
		}, NotEvaluated, "not part of this assessment"},
		{"check removed", func(_ *Facts, o *Options) {
			o.Baseline.Findings[0].ID = "former_check@" + o.Baseline.Scope
		}, NotEvaluated, "not part of this assessment"},
		{"no deadline", func(_ *Facts, o *Options) {
			o.Baseline.Findings[0].Severity = Low
		}, NotApplicable, "no deviation with a deadline"},
		{"no deviation", func(_ *Facts, o *Options) { o.Baseline.Findings[0].Result = Pass }, NotApplicable,
			"no deviation"},
		{"another cluster", func(_ *Facts, o *Options) { o.Baseline.Scope = "fr-par/other" }, NotEvaluated,
			"input is missing"},
		{"newer baseline", func(_ *Facts, o *Options) { o.Baseline.AsOf = "2026-12-24T00:00:00Z" }, NotEvaluated,
			"missing"},
		{"baseline without dates", func(_ *Facts, o *Options) {
			o.Baseline.Findings[0].Since, o.Baseline.AsOf = "", "2026-10-01T09:00:00Z"
		}, Fail, "since 2026-10-01; the deadline was 2026-10-31"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			facts, o := newFacts(), options()
			o.AsOf = time.Date(2026, 12, 1, 23, 0, 0, 0, time.UTC)
			facts.Cluster.Value.AutoUpgrade = ptr(false)
			o.Baseline = &Assessment{
				Format: Format, Scope: facts.Scope(), HDS: true, AsOf: "2026-11-10T09:00:00Z",
				Findings: []Finding{{
					ID: check + "@" + facts.Scope(), Check: check, Result: Fail, Severity: High, Since: "2026-11-01",
				}},
			}
			if test.change != nil {
				test.change(&facts, &o)
			}
			f := judged(t, resolutionCheck, facts, o)
			if f.Result != test.want || !strings.Contains(f.Found.EN, test.text) || f.Found.FR == "" {
				t.Errorf("%s %q, expected %s %q", f.Result, f.Found.EN, test.want, test.text)
			}
			if f.Result != Fail {
				return
			}
			if d := o.Baseline.Findings[len(o.Baseline.Findings)-1]; f.Severity != d.Severity {
				t.Errorf("severity %s, expected %s", f.Severity, d.Severity)
			}
		})
	}
}

// TestResolutionIsPartOfTheAssessment checks that the finding counts in its clause, and that a real earlier assessment
// serves as baseline.
func TestResolutionIsPartOfTheAssessment(t *testing.T) {
	t.Parallel()
	facts, o := newFacts(), options()
	facts.Cluster.Value.AutoUpgrade = ptr(false)
	earlier := Evaluate(facts, o)
	o.AsOf, o.Baseline = o.AsOf.AddDate(0, 0, 31), &earlier
	later := Evaluate(facts, o)
	if f, _ := later.Finding(resolutionCheck); f.Result != Fail || f.Population.Total != 1 {
		t.Errorf("finding %+v", f)
	}
	clause, _ := later.Clause("INC-04")
	if clause.Result != Fail {
		t.Errorf("clause %+v", clause)
	}
	if f, _ := later.Finding("cluster_auto_upgrade"); f.Since != "2026-11-30" {
		t.Errorf("since %s", f.Since)
	}
}

// failRestoreTest adds a restore test that failed, also in the baseline, and a waiver of it. Auto-upgrade is enabled.
func failRestoreTest(f *Facts, o *Options) {
	o.AsOf = o.AsOf.AddDate(0, 0, 2)
	o.Waivers = []Waiver{{
		ID: "W-1", Check: "attest_restore_test", Scope: f.Scope(), Subjects: []string{"old"},
		ApprovedOn: o.AsOf.AddDate(0, 0, -20), Until: o.AsOf.AddDate(0, 0, 9),
	}}
	o.Attestations = []Attestation{{
		ID: "old", Kind: "restore_test", Scope: f.Scope(), Result: ResultFailed,
		PerformedOn: o.AsOf.AddDate(0, -1, 0),
		Until:       o.AsOf,
	}}
	f.Cluster.Value.AutoUpgrade = ptr(true)
	o.Baseline.Findings = append(o.Baseline.Findings, Finding{
		ID: "attest_restore_test@" + f.Scope(), Check: "attest_restore_test", Scope: f.Scope(), Result: Fail,
		Severity: Critical, Since: "2026-11-01", Subjects: []string{"old"},
	})
}
