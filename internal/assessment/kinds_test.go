package assessment

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/terraform-srm/terraform-provider-srm/internal/responsibility"
)

// goodAttestations returns valid attestations of all kinds for the cluster of newFacts, without a deviation in their
// fields.
func goodAttestations(t *testing.T) []Attestation {
	t.Helper()
	declarations, problems := ParseDeclarations([]byte(strings.Replace(goodDeclarations(t), "cluster_version_check",
		"attest_logging", 1)))
	noProblems(t, problems)
	for _, a := range declarations.Attestations {
		switch a.Kind {
		case responsibility.HostEvidence:
			fieldObject(a.Fields, "certificate")["activities"] = []any{"1", "2", "3", "4", "5", "6"}
			a.Fields["model_digest"] = responsibility.EmbeddedCatalogue().Model.Digest
		case "egress_review":
			fieldObjects(a.Fields, "destinations")[0]["country"] = "FR"
		case "backup_policy":
			fieldObjects(a.Fields, "where")[0]["region"] = "fr-par"
		case "purpose":
			delete(a.Fields, "no_health_data")
		}
	}
	return declarations.Attestations
}

// goodAttestation returns a valid attestation of a kind.
func goodAttestation(t *testing.T, kind string) Attestation {
	t.Helper()
	for _, a := range goodAttestations(t) {
		if a.Kind == kind {
			return a
		}
	}
	t.Fatalf("there is no kind %s", kind)
	return Attestation{}
}

// showPassphrase makes the cluster use a passphrase version of the guardrails since a time.
func showPassphrase(f *Facts, version int, since time.Time) {
	f.InCluster.StorageClasses.Items = []StorageClass{
		{Name: "srm-encrypted", PassphraseVersion: version, CreatedAt: &since},
	}
}

// declarePassphrase returns an attestation of the kind key_custody with one version.
func declarePassphrase(t *testing.T, version string, created time.Time) Attestation {
	t.Helper()
	a := goodAttestation(t, "key_custody")
	a.Fields["versions"] = []any{
		map[string]any{"version": version, "kept_in": "vault", "created_on": created.Format(time.DateOnly)},
	}
	return a
}

// TestKindsAreTheOnesOfTheCatalogue compares the kinds with those that parts of clauses name.
func TestKindsAreTheOnesOfTheCatalogue(t *testing.T) {
	t.Parallel()
	want := []string{}
	for _, c := range responsibility.EmbeddedCatalogue().Clauses {
		for _, p := range c.Parts {
			if p.By == responsibility.CoverageAttestation && p.Name != "external_machine" {
				want = append(want, p.Name)
			}
		}
	}
	slices.Sort(want)
	want = slices.Compact(want)
	got := slices.Sorted(slices.Values(kindNames()))
	if !slices.Equal(got, want) || len(got) != 13 {
		t.Errorf("kinds %v\nwant %v", got, want)
	}
	days := map[string]int{
		"host_evidence": 0, "backup_policy": 365, "restore_test": 365, "access_review": 90, "key_custody": 365,
		"encryption": 365, "egress_review": 180, "purpose": 365, "upgrade_validation": 365, "supply_chain": 180,
		"logging": 365, "network_design": 365, "exit_test": 730,
	}
	for _, kind := range Kinds() {
		texts := []Text{kind.Title, kind.Expected}
		var add func([]Field)
		add = func(fields []Field) {
			for _, f := range fields {
				texts = append(texts, f.Prompt)
				add(f.Fields)
			}
		}
		add(kind.Fields)
		for _, text := range texts {
			if text.EN == "" || text.FR == "" {
				t.Errorf("%s: text without a language: %+v", kind.Name, text)
			}
		}
		if kind.MaxDays != days[kind.Name] || kind.AllowsPartial != (kind.Name == "exit_test") {
			t.Errorf("%s: %d days, partial %v", kind.Name, kind.MaxDays, kind.AllowsPartial)
		}
	}
}

// TestJudgeKinds judges attestations that differ in one field.
func TestJudgeKinds(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, kind string
		change     func(a *Attestation, f *Facts, o *Options)
		want       Result
		severity   Severity // Of a fail.
	}{
		{"valid", "host_evidence", nil, Attested, ""},
		{"activity 3 missing", "host_evidence", func(a *Attestation, _ *Facts, _ *Options) {
			fieldObject(a.Fields, "certificate")["activities"] = []any{"1", "2", "4", "5", "6"}
		}, Fail, Medium},
		{"activity 5 missing", "host_evidence", func(a *Attestation, _ *Facts, _ *Options) {
			fieldObject(a.Fields, "certificate")["activities"] = []any{"1", "2", "3", "4", "6"}
			delete(a.Fields, "activities_reason")
		}, NeedsDecision, ""},
		{"activity 5 not needed", "host_evidence", func(a *Attestation, _ *Facts, _ *Options) {
			fieldObject(a.Fields, "certificate")["activities"] = []any{"1", "2", "3", "4", "6"}
		}, Attested, ""},
		{"certificate expired", "host_evidence", func(a *Attestation, _ *Facts, _ *Options) {
			fieldObject(a.Fields, "certificate")["expires_on"] = "2026-11-29"
		}, Fail, Medium},
		{"certificate expires today", "host_evidence", func(a *Attestation, _ *Facts, _ *Options) {
			fieldObject(a.Fields, "certificate")["expires_on"] = "2026-11-30"
		}, Attested, ""},
		{"other model", "host_evidence", func(a *Attestation, _ *Facts, _ *Options) {
			a.Fields["model_digest"] = "sha256:" + strings.Repeat("0", 64)
		}, Fail, Medium},
		{"product excluded", "host_evidence", func(a *Attestation, _ *Facts, _ *Options) {
			fieldObjects(a.Fields, "answers")[0]["answer"] = "no"
		}, Fail, High},

		{"valid", "purpose", nil, Attested, ""},
		{"no health data in a cluster for it", "purpose", func(a *Attestation, _ *Facts, _ *Options) {
			a.Fields = map[string]any{"no_health_data": "schemas were reviewed"}
		}, NeedsDecision, ""},
		{"no health data", "purpose", func(a *Attestation, _ *Facts, o *Options) {
			a.Fields, o.HDS = map[string]any{"no_health_data": "schemas were reviewed"}, false
		}, Attested, ""},

		{"valid", "egress_review", nil, Attested, ""},
		{"health data abroad", "egress_review", func(a *Attestation, _ *Facts, _ *Options) {
			fieldObjects(a.Fields, "destinations")[0]["country"] = "DE"
		}, Fail, High},
		{"other data abroad", "egress_review", func(a *Attestation, _ *Facts, _ *Options) {
			fieldObjects(a.Fields, "destinations")[0]["country"] = "DE"
			fieldObjects(a.Fields, "destinations")[0]["health_data"] = "false"
		}, Attested, ""},

		{"valid", "encryption", nil, Attested, ""},
		{"plain flow", "encryption", func(a *Attestation, _ *Facts, _ *Options) {
			fieldObjects(a.Fields, "flows")[0]["mechanism"] = "Plain"
		}, Fail, High},

		{"valid", "key_custody", nil, Attested, ""},
		{"never tested", "key_custody", func(a *Attestation, _ *Facts, _ *Options) {
			delete(a.Fields, "recovery_tested_on")
		}, Fail, High},
		{"tested too long ago", "key_custody", func(a *Attestation, _ *Facts, _ *Options) {
			a.Fields["recovery_tested_on"] = "2025-11-29"
		}, Fail, Medium},
		{"tested a year ago", "key_custody", func(a *Attestation, _ *Facts, _ *Options) {
			a.Fields["recovery_tested_on"] = "2025-11-30"
		}, Attested, ""},

		{"valid", "backup_policy", nil, Attested, ""},
		{"another region", "backup_policy", func(a *Attestation, _ *Facts, _ *Options) {
			fieldObjects(a.Fields, "where")[0]["region"] = "nl-ams"
		}, Fail, High},
		{"another region without health data", "backup_policy", func(a *Attestation, _ *Facts, o *Options) {
			fieldObjects(a.Fields, "where")[0]["region"], o.HDS = "nl-ams", false
		}, Attested, ""},
		{"default password of velero", "backup_policy", func(a *Attestation, _ *Facts, _ *Options) {
			a.Fields["method"] = []any{"dump", "velero"}
			delete(a.Fields, "repository_password")
		}, Fail, High},

		{"valid", "restore_test", nil, Attested, ""},
		{"failed", "restore_test", func(a *Attestation, _ *Facts, _ *Options) { a.Result = ResultFailed }, Fail,
			Medium},
		{"partial", "restore_test", func(a *Attestation, _ *Facts, _ *Options) { a.Result = ResultPartial }, Fail,
			Medium},
		{"last day", "restore_test", func(a *Attestation, _ *Facts, o *Options) {
			a.Until, o.AsOf = time.Date(2026, 11, 30, 0, 0, 0, 0, time.UTC), time.Date(2026, 11, 30, 23, 59, 0, 0,
				time.UTC)
		}, Attested, ""},
		{"expired", "restore_test", func(a *Attestation, _ *Facts, o *Options) {
			o.AsOf = a.Until.AddDate(0, 0, 1)
		}, Fail, Low},
		{"expired 30 days ago", "restore_test", func(a *Attestation, _ *Facts, o *Options) {
			o.AsOf = a.Until.AddDate(0, 0, 30)
		}, Fail, Low},
		{"expired 31 days ago", "restore_test", func(a *Attestation, _ *Facts, o *Options) {
			o.AsOf = a.Until.AddDate(0, 0, 31)
		}, Fail, Medium},
		{"before it was performed", "restore_test", func(a *Attestation, _ *Facts, o *Options) {
			o.AsOf = a.PerformedOn.AddDate(0, 0, -1)
		}, NotEvaluated, ""},
		{"another cluster", "restore_test", func(a *Attestation, _ *Facts, _ *Options) {
			a.Scope = "fr-par/99999999-9999-4999-8999-999999999999"
		}, NotEvaluated, ""},
		{"the Project", "restore_test", func(a *Attestation, f *Facts, _ *Options) {
			a.Scope = ProjectScope(f.Project.ID)
		}, Attested, ""},
		{"newer passphrase", "restore_test", func(_ *Attestation, _ *Facts, o *Options) {
			custody := goodAttestation(t, "key_custody")
			fieldObjects(custody.Fields, "versions")[0]["created_on"] = "2026-11-04"
			o.Attestations = []Attestation{custody}
		}, Fail, Medium},
		{"older passphrase", "restore_test", func(_ *Attestation, _ *Facts, o *Options) {
			o.Attestations = []Attestation{goodAttestation(t, "key_custody")}
		}, Attested, ""},

		{"a passphrase that is not declared", "restore_test", func(a *Attestation, f *Facts, _ *Options) {
			showPassphrase(f, 3, a.PerformedOn.AddDate(0, 0, 5))
		}, NeedsDecision, ""},
		{"a passphrase in the cluster that is declared", "restore_test", func(a *Attestation, f *Facts, o *Options) {
			o.Attestations = []Attestation{declarePassphrase(t, "srm-passphrase-v3", a.PerformedOn.AddDate(0, 0, -5))}
			showPassphrase(f, 3, a.PerformedOn.AddDate(0, 0, 5))
		}, Attested, ""},
		{"a passphrase of before the test", "restore_test", func(a *Attestation, f *Facts, _ *Options) {
			showPassphrase(f, 3, a.PerformedOn.AddDate(0, 0, -5))
		}, Attested, ""},
		{"a passphrase of the day of the test", "restore_test", func(a *Attestation, f *Facts, _ *Options) {
			showPassphrase(f, 3, a.PerformedOn.Add(20*time.Hour))
		}, Attested, ""},
		{"a volume of before the test has the passphrase", "restore_test", func(a *Attestation, f *Facts, _ *Options) {
			showPassphrase(f, 3, a.PerformedOn.AddDate(0, 0, 5))
			f.InCluster.Volumes.Items = []PersistentVolume{
				{Name: "old", PassphraseVersion: 2, CreatedAt: ptr(a.PerformedOn.AddDate(0, 0, -9))},
				{Name: "new", PassphraseVersion: 3, CreatedAt: ptr(a.PerformedOn.AddDate(0, 0, -5))},
			}
		}, Attested, ""},

		{"a passphrase of the cluster is not listed", "key_custody", func(_ *Attestation, f *Facts, _ *Options) {
			showPassphrase(f, 7, now())
		}, NeedsDecision, ""},
		{"every passphrase of the cluster is listed", "key_custody", func(a *Attestation, f *Facts, _ *Options) {
			fieldObjects(a.Fields, "versions")[0]["version"] = "v7"
			showPassphrase(f, 7, now())
		}, Attested, ""},
		{"a passphrase of an older volume is not listed", "key_custody", func(a *Attestation, f *Facts, _ *Options) {
			fieldObjects(a.Fields, "versions")[0]["version"] = "v7"
			showPassphrase(f, 7, now())
			f.InCluster.Volumes.Items = []PersistentVolume{{Name: "old", PassphraseVersion: 6}}
		}, NeedsDecision, ""},

		{"the list cannot be compared", "access_review", nil, NotEvaluated, ""},

		{"valid", "upgrade_validation", nil, Attested, ""},
		{"another minor runs", "upgrade_validation", func(_ *Attestation, f *Facts, _ *Options) {
			f.Cluster.Value.Version = ptr("1.37.1")
		}, Fail, Medium},
		{"version unread", "upgrade_validation", func(_ *Attestation, f *Facts, _ *Options) {
			f.Cluster.Value.Version = nil
		}, NotEvaluated, ""},
		{"cluster unread", "upgrade_validation", func(_ *Attestation, f *Facts, _ *Options) {
			f.Cluster = Fact[Cluster]{Gap: &Gap{Reason: Forbidden, Needs: "KubernetesReadOnly"}}
		}, NotEvaluated, ""},
		{"the next minor was validated, too", "upgrade_validation", func(a *Attestation, _ *Facts, o *Options) {
			next := goodAttestation(t, "upgrade_validation")
			next.ID, next.Fields["to"], next.PerformedOn = "next", "1.37", a.PerformedOn.AddDate(0, 0, 5)
			o.Attestations = []Attestation{next}
		}, Attested, ""},

		{"valid", "supply_chain", nil, Attested, ""},
		{"valid", "network_design", nil, Attested, ""},
		{"valid", "logging", nil, Attested, ""},
		{"no line in the audit log", "logging", func(a *Attestation, _ *Facts, _ *Options) {
			fieldObject(a.Fields, "control_plane_audit_log")["lines"] = "0"
		}, Fail, Medium},

		{"valid", "exit_test", nil, Attested, ""},
		{"partial with a plan", "exit_test", func(a *Attestation, _ *Facts, _ *Options) {
			a.Result = ResultPartial
		}, Attested, ""},
		{"partial without a plan", "exit_test", func(a *Attestation, _ *Facts, _ *Options) {
			a.Result = ResultPartial
			delete(a.Fields, "plan")
		}, Fail, Medium},
	} {
		t.Run(test.kind+"/"+test.name, func(t *testing.T) {
			t.Parallel()
			a, facts, o := goodAttestation(t, test.kind), newFacts(), options()
			if test.change != nil {
				test.change(&a, &facts, &o)
			}
			o.Attestations = append(o.Attestations, a)
			f := judged(t, AttestationCheckID(test.kind), facts, o)
			if f.Result != test.want || test.severity != "" && f.Severity != test.severity {
				t.Errorf("%s, %s, expected %s, %s: %+v", f.Result, f.Severity, test.want, test.severity, f)
			}
			if f.Found.EN == "" || f.Found.FR == "" ||
				!slices.Equal(f.Clauses, responsibility.ClausesOfAttestation(test.kind)) {
				t.Errorf("texts or clauses are missing: %+v", f)
			}
		})
	}
}

// TestStatesOfAttestations checks what each attestation does.
func TestStatesOfAttestations(t *testing.T) {
	t.Parallel()
	a := goodAttestation(t, "upgrade_validation")
	with := func(id, to string, days int, scope string) Attestation {
		b := goodAttestation(t, "upgrade_validation")
		b.ID, b.Fields["to"], b.PerformedOn, b.Scope = id, to, a.PerformedOn.AddDate(0, 0, days), scope
		return b
	}
	o := options()
	o.Attestations = []Attestation{
		with("decides", "1.36", 1, a.Scope), with("older", "1.36", 0, a.Scope), with("next", "1.37", 2, a.Scope),
		with("future", "1.36", 60, a.Scope), with("other", "1.36", 3, "fr-par/99999999-9999-4999-8999-999999999999"),
	}
	got := map[string]string{}
	for _, s := range Evaluate(newFacts(), o).Declared {
		got[s.ID] = s.State + " " + string(s.Result)
	}
	for id, want := range map[string]string{
		"decides": "decides attested", "older": "older ", "next": "other_minor ", "future": "future ",
		"other": "other_scope ",
	} {
		if got[id] != want {
			t.Errorf("%s: %q, expected %q", id, got[id], want)
		}
	}
}

// TestMissingAttestation checks the finding about a kind without an attestation.
func TestMissingAttestation(t *testing.T) {
	t.Parallel()
	f := judged(t, "attest_logging", newFacts(), options())
	if f.Result != NotEvaluated || len(f.NotEvaluated) != 1 || f.NotEvaluated[0] != (Gap{
		Reason: AttestationMissing, Needs: "logging",
	}) || f.Found.EN != "Not evaluated: an attestation is missing." || f.Layer != LayerAttestation {
		t.Errorf("finding %+v", f)
	}
}
