package report

import (
	"bytes"
	"encoding/csv"
	"regexp"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"github.com/terraform-srm/terraform-provider-srm/internal/assessment"
	"github.com/terraform-srm/terraform-provider-srm/internal/responsibility"
)

// cisoContent is the digest of each version of the library, without its version. CISO Assistant ignores a changed
// library with the same version.
const cisoContent = "e09630ab2a6ae9b7e6188e8c5d254dbbdd80a1d0ddbc8d57d1df633e26465cb7"

func TestCISOLibraryVersion(t *testing.T) {
	t.Parallel()
	var library bytes.Buffer
	if err := WriteCISOLibrary(&library); err != nil {
		t.Fatal(err)
	}
	content := regexp.MustCompile(`(?m)^version: \d+\n`).ReplaceAll(library.Bytes(), nil)
	if got := sha256Of(content); got != cisoContent {
		t.Errorf("the content of the library changed: raise cisoLibraryVersion, unless %d was never released, and set "+
			"cisoContent to %s", cisoLibraryVersion, got)
	}
}

// cisoURNPattern is what CISO Assistant accepts as the name of a library, in lower case.
var cisoURNPattern = regexp.MustCompile(
	`^urn:([a-z0-9_-]+):([a-z0-9_-]+):([a-z0-9_-]+)(?::([a-z0-9_-]+))?:([0-9a-z\[\]\(\)\-\._:]+)$`)

// TestCISOLibraryFormat checks the rules by which CISO Assistant stores and loads a library.
func TestCISOLibraryFormat(t *testing.T) {
	t.Parallel()
	var text bytes.Buffer
	if err := WriteCISOLibrary(&text); err != nil {
		t.Fatal(err)
	}
	var untyped map[string]any
	if err := yaml.Unmarshal(text.Bytes(), &untyped); err != nil {
		t.Fatal(err)
	}
	for _, key := range []string{
		"urn", "ref_id", "name", "version", "objects", "locale", "description", "copyright", "provider", "packager",
	} {
		if value, ok := untyped[key]; !ok || value == "" {
			t.Errorf("the library has no %s", key)
		}
	}
	var library cisoLibrary
	decoder := yaml.NewDecoder(&text)
	decoder.KnownFields(true)
	if err := decoder.Decode(&library); err != nil {
		t.Fatal(err)
	}
	if library.Packager == "intuitem" {
		t.Error("this packager is reserved")
	}
	framework := library.Objects.Frameworks[0]
	groups := []string{}
	for _, g := range framework.Groups {
		groups = append(groups, g.RefID)
	}
	urns := []string{library.URN, framework.URN}
	depths := map[string]int{"": 0}
	for _, n := range framework.Nodes {
		if slices.Contains(urns, n.URN) {
			t.Errorf("%s stands twice", n.URN)
		}
		urns = append(urns, n.URN)
		parent, isKnown := depths[n.ParentURN]
		if !isKnown || n.Depth != parent+1 {
			t.Errorf("%s has depth %d below %q", n.URN, n.Depth, n.ParentURN)
		}
		depths[n.URN] = n.Depth
		if n.IsAssessable && (len(n.Groups) == 0 || n.Description == "" || n.TypicalEvidence == "") {
			t.Errorf("%s lacks groups, a description or evidence: %+v", n.URN, n)
		}
		for _, g := range n.Groups {
			if !slices.Contains(groups, g) {
				t.Errorf("%s has the unknown group %s", n.URN, g)
			}
		}
		if n.Depth > 1 {
			english := cisoTexts{Description: n.Description, Name: n.Name, Annotation: n.Annotation,
				TypicalEvidence: n.TypicalEvidence}
			requireTranslated(t, n.URN, english, n.Translations[responsibility.French])
		}
	}
	for _, urn := range urns {
		if !cisoURNPattern.MatchString(urn) {
			t.Errorf("%s is not a name that CISO Assistant accepts", urn)
		}
	}
}

// requireTranslated checks that each text has a French one.
func requireTranslated(t *testing.T, urn string, english, french cisoTexts) {
	t.Helper()
	for _, pair := range [][2]string{
		{english.Name, french.Name}, {english.Description, french.Description},
		{english.Annotation, french.Annotation}, {english.TypicalEvidence, french.TypicalEvidence},
	} {
		if (pair[0] == "") != (pair[1] == "") || pair[0] != "" && pair[0] == pair[1] {
			t.Errorf("%s: %q has the French text %q", urn, pair[0], pair[1])
		}
	}
}

// TestCISOLibraryIsComplete compares the library with the catalogue, and the groups with the matrix.
func TestCISOLibraryIsComplete(t *testing.T) {
	t.Parallel()
	groups := cisoGroups()
	nodes := map[string]cisoNode{}
	for _, n := range cisoNodes(responsibility.EmbeddedCatalogue(), groups) {
		nodes[n.RefID] = n
	}
	for _, c := range responsibility.EmbeddedCatalogue().Clauses {
		clause := nodes[c.ID]
		if clause.Name != c.Title.EN || clause.Translations["fr"].Description != c.Text.FR {
			t.Errorf("%s: %+v", c.ID, clause)
		}
		for _, r := range c.HDS {
			if !strings.Contains(clause.Annotation, r.ID) {
				t.Errorf("%s does not name %s", c.ID, r.ID)
			}
		}
		for _, p := range c.Parts {
			n := nodes[cisoPartID(c.ID, p.Key)]
			if n.Description != p.Text.EN || n.IsAssessable == (p.By == responsibility.CoverageReported) {
				t.Errorf("%s, part %s: %+v", c.ID, p.Key, n)
			}
		}
	}
	for id, want := range map[string][]string{
		"HDS-RES-01.": {"hds"},
		"KAP-01.":     {"hds", "kapsule-dedicated", "kapsule-mutualised"},
		"KOS-04.":     {"kosmos-dedicated", "kosmos-mutualised"},
		"GEN-01.":     {"hds", "kapsule-dedicated", "kapsule-mutualised", "kosmos-dedicated", "kosmos-mutualised"},
	} {
		found := false
		for ref, n := range nodes {
			if strings.HasPrefix(ref, id) {
				found = true
				if !slices.Equal(n.Groups, want) {
					t.Errorf("%s has the groups %v; want %v", ref, n.Groups, want)
				}
			}
		}
		if !found {
			t.Errorf("no part of %s", id)
		}
	}
}

// TestCISOResults checks that a result never reads better in CISO Assistant than it is, and that each row refers to a
// requirement of the library.
func TestCISOResults(t *testing.T) {
	t.Parallel()
	var library bytes.Buffer
	if err := WriteCISOLibrary(&library); err != nil {
		t.Fatal(err)
	}
	finding := fail("cluster_region", assessment.Critical)
	gap := &assessment.Gap{Reason: assessment.AttestationMissing, Needs: "host_evidence"}
	finding.Waiver = &assessment.AppliedWaiver{IDs: []string{"w-1"}, Until: "2027-01-01"}
	a := cluster(finding)
	allowed := map[assessment.Result][]string{
		assessment.Pass:          {"compliant"},
		assessment.Fail:          {"non_compliant"},
		assessment.NeedsDecision: {"not_assessed"},
		assessment.NotEvaluated:  {"not_assessed"},
		assessment.Attested:      {"not_assessed"},
		assessment.Inherited:     {"not_applicable"},
		assessment.NotApplicable: {"not_applicable"},
	}
	for _, result := range assessment.Results() {
		a.Clauses = nil
		for _, c := range responsibility.EmbeddedCatalogue().Clauses {
			one := assessment.ClauseResult{ID: c.ID, Result: result}
			for _, p := range c.Parts {
				part := assessment.PartResult{
					Key: p.Key, By: p.By, Result: result, Finding: finding.ID, Waived: result == assessment.Fail,
				}
				if result == assessment.NotEvaluated {
					part.Gap = gap
				}
				one.Parts = append(one.Parts, part)
			}
			a.Clauses = append(a.Clauses, one)
		}
		var out bytes.Buffer
		if err := WriteCISOResults(&out, newInput(a), a); err != nil {
			t.Fatal(err)
		}
		rows, err := csv.NewReader(&out).ReadAll()
		if err != nil {
			t.Fatal(err)
		}
		if len(rows) < 200 {
			t.Fatalf("%d rows", len(rows))
		}
		for _, row := range rows[1:] {
			if !strings.Contains(library.String(), "urn: "+row[1]+"\n") {
				t.Errorf("%s is not in the library", row[1])
			}
			if !slices.Contains(allowed[result], row[3]) || row[2] == "" || row[5] == "" {
				t.Errorf("%s: %q", result, row)
			}
			if result == assessment.Fail && !strings.Contains(row[5], "Waived until 2027-01-01 (w-1)") {
				t.Errorf("the observation lacks the waiver: %q", row)
			}
			const missing = "not evaluated: an attestation is missing (host_evidence). Read on 2026-11-30."
			if result == assessment.NotEvaluated && row[5] != missing {
				t.Errorf("got %q; want %q", row[5], missing)
			}
		}
	}
}

// TestCISOHeadings checks that each heading of the library has a French translation.
func TestCISOHeadings(t *testing.T) {
	t.Parallel()
	titles := map[string]string{}
	for _, title := range append(chapterTitles(), sectionTitles()...) {
		titles[title.EN] = title.FR
	}
	catalogue, headings := responsibility.EmbeddedCatalogue(), 0
	for _, c := range catalogue.Clauses {
		for _, heading := range []string{c.Chapter, c.Section} {
			if heading != "" && titles[heading] == "" {
				t.Errorf("%s: %q has no French title", c.ID, heading)
			}
		}
	}
	for _, node := range cisoNodes(catalogue, cisoGroups()) {
		if node.Depth == 1 {
			headings++
			if node.Translations["fr"].Name == "" {
				t.Errorf("%q has no translation", node.Name)
			}
		}
	}
	if headings < 20 {
		t.Errorf("%d headings", headings)
	}
}
