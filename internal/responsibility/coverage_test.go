package responsibility

import (
	"encoding/csv"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// TestPartsAreImperative checks that parts of the customer's duties are requirements: an imperative in English, an
// infinitive in French. A statement ("No node has a public address.") would read like a result.
func TestPartsAreImperative(t *testing.T) {
	t.Parallel()
	statement := regexp.MustCompile(`^(A|An|The|No|Each|Every|Only|Its|What|Which|Whether|Where|Who)\b|` +
		`^([^ ]+ ){1,4}(is|are|was|were|has|have|succeeded)\b[^;:,]*\.$`)
	infinitive := regexp.MustCompile(`^(N'|Ne (pas )?|Les )?\p{L}+(er|ir|re)\b`)
	subordinate := regexp.MustCompile(`\b(that|which|where|what|who|who may|how|as) (\S+ ` +
		`){0,4}(is|are|was|were|has|have)\b`)
	compared := 0
	for _, c := range EmbeddedCatalogue().Clauses {
		for _, part := range c.Parts {
			if c.Party == PartyScaleway || part.By != CoverageCheck && part.By != CoverageAttestation {
				continue
			}
			compared++
			if text := part.Text.EN; statement.MatchString(text) && !subordinate.MatchString(text) {
				t.Errorf("%s %s: %q is a statement, not an imperative", c.ID, part.Key, text)
			}
			if text := part.Text.FR; !infinitive.MatchString(text) {
				t.Errorf("%s %s: %q does not begin with an infinitive", c.ID, part.Key, text)
			}
		}
	}
	if compared < 140 {
		t.Errorf("only %d parts compared", compared)
	}
}

// TestIndicatorsAreNotParts checks that checks which cannot prove a clause are indicators of its attestation.
func TestIndicatorsAreNotParts(t *testing.T) {
	t.Parallel()
	exceptions := map[string][]string{ // allowed clauses by indicator
		"snapshot_age": nil, "backup_jobs": nil, "image_references": nil, "saas_agents": nil,
		"unmaintained_ingress":  nil,
		"privileged_pod_access": nil, "vpc_leads_out": {"NET-01"}, "project_purpose": nil,
		"audit_trail_alerts": {"HDS-LOG-02"},
	}
	for _, c := range EmbeddedCatalogue().Clauses {
		for _, part := range c.Parts {
			allowed, isIndicator := exceptions[part.Name]
			if isIndicator && part.By == CoverageCheck && !slices.Contains(allowed, c.ID) {
				t.Errorf("%s %s: %s must be an indicator, not a part", c.ID, part.Key, part.Name)
			}
		}
	}
}

func checkPart(t *testing.T, c Clause, part Part) {
	t.Helper()
	name := c.ID + " " + part.Key
	checkSentences(t, name, part.Text)
	if !regexp.MustCompile(`^[a-z][a-z_]+$`).MatchString(part.Key) {
		t.Errorf("%s: malformed key", name)
	}
	if known := slices.Contains(
		[]string{
			"",
			AppliesToMutualised,
			AppliesToDedicated,
			AppliesToManagedNodes,
			AppliesToCustomNodes,
			AppliesToExternal,
			AppliesToHDS,
			AppliesToNotHDS,
		},
		part.AppliesTo,
	); !known ||
		part.AppliesTo == c.AppliesTo && c.AlsoAppliesTo == "" {
		t.Errorf("%s: invalid or redundant applies_to %q, the clause has %q", name, part.AppliesTo, c.AppliesTo)
	}
	_, isCheck := coverage().Checks[part.Name]
	_, isKind := coverage().Attestations[part.Name]
	switch part.By {
	case CoverageCheck:
		if !isCheck {
			t.Errorf("%s: unknown check %q", name, part.Name)
		}
	case CoverageAttestation:
		if !isKind {
			t.Errorf("%s: unknown kind of attestation %q", name, part.Name)
		}
	case CoverageInherited:
		if part.Name != "" || c.Party == PartyCustomer {
			t.Errorf("%s: inherited part with name %q in a clause of %s", name, part.Name, c.Party)
		}
	case CoverageReported:
		if part.Name != "" || part.IsPlanned() {
			t.Errorf("%s: reported part with a name or planned: %+v", name, part)
		}
	default:
		t.Errorf("%s: unknown coverage %q", name, part.By)
	}
	if len(part.Indicators) > 0 && part.By != CoverageAttestation {
		t.Errorf("%s: indicators without an attestation", name)
	}
	for _, indicator := range part.Indicators {
		if _, ok := coverage().Checks[indicator]; !ok {
			t.Errorf("%s: unknown check %q", name, indicator)
		}
	}
	for _, id := range part.Needs {
		if _, ok := Lookup(id); !ok || id == c.ID {
			t.Errorf("%s: needs unknown or its own clause %q", name, id)
		}
	}
}

// TestCoverage checks that each check and kind of attestation lists exactly the clauses whose parts refer to it.
func TestCoverage(t *testing.T) {
	t.Parallel()
	var listed struct {
		Checks       []Check       `json:"checks"`
		Attestations []Attestation `json:"attestations"`
	}
	decoder := json.NewDecoder(strings.NewReader(string(coverageJSON)))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&listed); err != nil {
		t.Fatal(err)
	}
	if len(coverage().Checks) != len(listed.Checks) || len(coverage().Attestations) != len(listed.Attestations) {
		t.Error("duplicate ids")
	}
	checks, kinds := map[string][]string{}, map[string][]string{}
	add := func(clauses map[string][]string, id, clause string) {
		if !slices.Contains(clauses[id], clause) {
			clauses[id] = append(clauses[id], clause)
		}
	}
	for _, c := range EmbeddedCatalogue().Clauses {
		for _, part := range c.Parts {
			switch part.By {
			case CoverageCheck:
				add(checks, part.Name, c.ID)
			case CoverageAttestation:
				add(kinds, part.Name, c.ID)
			case CoverageInherited:
				add(kinds, HostEvidence, c.ID)
			}
			for _, indicator := range part.Indicators {
				add(checks, indicator, c.ID)
			}
		}
	}
	for _, check := range listed.Checks {
		if !slices.Equal(check.Clauses, checks[check.ID]) || len(check.Clauses) == 0 {
			t.Errorf("check %s lists clauses %v, want %v", check.ID, check.Clauses, checks[check.ID])
		}
		if !slices.Contains([]string{"api", "cluster", "configuration"}, check.Layer) {
			t.Errorf("check %s: unknown layer %q", check.ID, check.Layer)
		}
	}
	for _, kind := range listed.Attestations {
		if !slices.Equal(kind.Clauses, kinds[kind.Kind]) || len(kind.Clauses) == 0 {
			t.Errorf("attestation %s lists clauses %v, want %v", kind.Kind, kind.Clauses, kinds[kind.Kind])
		}
	}
}

// TestCoverageMatchesCheckList compares the coverage with the list of checks of the assessment, if it exists on this
// machine.
func TestCoverageMatchesCheckList(t *testing.T) {
	t.Parallel()
	file, err := os.Open(filepath.Join(modelDir, "..", "assessment", "checks.csv"))
	if errors.Is(err, fs.ErrNotExist) {
		t.Log("no list of checks on this machine: the comparison is skipped")
		return
	}
	if err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(file).ReadAll()
	if err := errors.Join(err, file.Close()); err != nil {
		t.Fatal(err)
	}
	compared := 0
	for _, row := range rows[1:] {
		var clauses []string
		var known bool
		if kind, ok := strings.CutPrefix(row[0], "attest_"); ok {
			var found Attestation
			found, known = coverage().Attestations[kind]
			clauses = found.Clauses
		} else {
			var found Check
			found, known = coverage().Checks[row[0]]
			clauses = found.Clauses
		}
		if !known {
			t.Errorf("%s is missing in coverage.json", row[0])
		}
		for _, id := range regexp.MustCompile(`[A-Z]+(?:-[A-Z]+)?-\d\d`).FindAllString(row[1], -1) {
			compared++
			if !slices.Contains(clauses, id) {
				t.Errorf("%s covers %s, but coverage.json does not list that clause", row[0], id)
			}
		}
	}
	if compared < 150 {
		t.Errorf("only %d pairs compared", compared)
	}
}

// TestCatalogueCounts logs the number of parts by coverage, and how many of them are planned.
func TestCatalogueCounts(t *testing.T) {
	t.Parallel()
	parts, planned, untranslated := map[string]int{}, map[string]int{}, 0
	for _, c := range EmbeddedCatalogue().Clauses {
		for _, part := range c.Parts {
			parts[part.By]++
			if part.IsPlanned() {
				planned[part.By]++
			}
			if part.Text.FR == "" {
				untranslated++
			}
		}
	}
	all := EmbeddedCatalogue()
	t.Logf("%d clauses, revision %s, %s; %d checks, %d kinds of attestations", len(all.Clauses), all.Revision,
		all.Digest,
		len(coverage().Checks), len(coverage().Attestations))
	total := 0
	for _, by := range Coverages() {
		total += parts[by]
		t.Logf("%-12s %3d parts, built %3d, planned %3d", by, parts[by], parts[by]-planned[by], planned[by])
		if parts[by] == 0 {
			t.Errorf("no part is covered by %s", by)
		}
	}
	t.Logf("%d parts", total)
	if untranslated > 0 {
		t.Errorf("%d parts have no French text", untranslated)
	}
}
