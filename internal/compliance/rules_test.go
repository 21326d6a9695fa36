package compliance

import (
	"encoding/json"
	"errors"
	"os"
	"slices"
	"strings"
	"testing"
)

// TestRulesMatchClauses checks sections and titles against the clause data, which this package cannot import.
func TestRulesMatchClauses(t *testing.T) {
	t.Parallel()
	data, err := os.ReadFile("../responsibility/clauses.json")
	if err != nil {
		t.Fatal(err)
	}
	var catalogue struct {
		Clauses []struct {
			ID, Section string
			Title       struct{ EN string }
		}
	}
	if err := json.Unmarshal(data, &catalogue); err != nil {
		t.Fatal(err)
	}
	known := map[string]Rule{}
	for _, c := range catalogue.Clauses {
		known[c.ID] = Rule{c.ID, c.Section, c.Title.EN}
	}
	for _, rule := range Rules() {
		if known[rule.Clause] != rule {
			t.Errorf("%+v, the clause data has %+v", rule, known[rule.Clause])
		}
	}
	if !slices.IsSortedFunc(Rules(), func(a, b Rule) int { return strings.Compare(a.Clause, b.Clause) }) {
		t.Error("the rules are not sorted")
	}
}

func TestRuleFor(t *testing.T) {
	t.Parallel()
	if got := RuleFor("HDS-RES-01").String(); got != `HDS-RES-01 ("Data residency")` {
		t.Errorf("got %s", got)
	}
	if got := RuleFor("NO-99"); got != (Rule{Clause: "NO-99"}) || got.String() != "NO-99" {
		t.Errorf("got %+v", got)
	}
	if got := (Rule{}).String(); got != "" {
		t.Errorf("got %q", got)
	}
}

// requireProblem returns the *Problem of an error, or fails the test.
func requireProblem(t *testing.T, err error) *Problem {
	t.Helper()
	var r *Problem
	if !errors.As(err, &r) {
		t.Fatalf("not a *Refusal: %v", err)
	}
	if r.Summary == "" || r.Found == "" || r.Allowed == "" || !strings.HasSuffix(r.Fix, ".") ||
		strings.HasSuffix(r.Found, ".") {
		t.Errorf("incomplete: %+v", r)
	}
	return r
}

func TestCheckRegion(t *testing.T) {
	t.Parallel()
	if err := CheckRegion("fr-par"); err != nil {
		t.Error(err)
	}
	for _, region := range []string{"nl-ams", "pl-waw", "it-mil", "FR-PAR", "fr-par-1", ""} {
		if r := requireProblem(t, CheckRegion(region)); r.Rule.Clause != "HDS-RES-01" {
			t.Errorf("%q: %+v", region, r)
		}
	}
	want := `Health data clusters must be in the Paris region. Clause: HDS-RES-01 ("Data residency"). ` +
		`Found: region "nl-ams". Allowed: "fr-par". Use resources of fr-par.`
	if got := CheckRegion("nl-ams").Error(); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestCheckClusterType(t *testing.T) {
	t.Parallel()
	for _, ok := range []string{
		"kapsule-dedicated-4", "kapsule-dedicated-8", "kapsule-dedicated-16", "kapsule-dedicated-32",
	} {
		if err := CheckClusterType(ok); err != nil {
			t.Errorf("%s: %v", ok, err)
		}
	}
	for bad, found := range map[string]string{
		"kapsule":                "the mutualised offer",
		"multicloud":             "a Kosmos offer",
		"multicloud-dedicated-4": "a Kosmos offer",
		"kapsule-dedicated-":     "not an offer of dedicated Kapsule",
		"KAPSULE-DEDICATED-4":    "not an offer of dedicated Kapsule",
		"":                       "not an offer of dedicated Kapsule",
	} {
		r := requireProblem(t, CheckClusterType(bad))
		if r.Rule.Clause != "HDS-SCP-01" || !strings.Contains(r.Found, found) {
			t.Errorf("%q: %+v", bad, r)
		}
	}
}

func TestIsKosmosType(t *testing.T) {
	t.Parallel()
	for offer, want := range map[string]bool{
		"multicloud": true, "multicloud-dedicated-4": true, "multicloud-dedicated-": false,
		"multicloudy": false, "kapsule": false,
		"kapsule-dedicated-4": false, "": false,
	} {
		if got := IsKosmosType(offer); got != want {
			t.Errorf("%q: %t", offer, got)
		}
	}
}

func TestCheckRootVolumeType(t *testing.T) {
	t.Parallel()
	for _, ok := range RootVolumeTypes() {
		if err := CheckRootVolumeType(ok); err != nil {
			t.Errorf("%s: %v", ok, err)
		}
	}
	for bad, found := range map[string]string{
		"b_ssd": "legacy", "l_ssd": "local storage", "default_volume_type": "can mean local", "sbs": "not a Block " +
			"Storage type", "": "not a Block Storage type",
	} {
		r := requireProblem(t, CheckRootVolumeType(bad))
		if r.Rule.Clause != "HDS-IDN-02" || !strings.Contains(r.Found, found) {
			t.Errorf("%q: %+v", bad, r)
		}
	}
}
