package responsibility

import (
	"crypto/sha256"
	"encoding/csv"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// modelDir is the directory of the clause index and the text of the model, which do not exist on every machine.
const modelDir = "../../../shared/srm"

func TestClausesAreWellFormed(t *testing.T) {
	t.Parallel()
	var all Catalogue
	decoder := json.NewDecoder(strings.NewReader(string(clausesJSON)))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&all); err != nil {
		t.Fatal(err)
	}
	if len(all.Clauses) != 132 {
		t.Errorf("%d clauses, want 132", len(all.Clauses))
	}
	if all.Revision == "" || all.Model.Posted == "" || !strings.HasPrefix(all.Model.Digest, "sha256:") {
		t.Errorf("incomplete metadata: revision %q, model %+v", all.Revision, all.Model)
	}
	seen := map[string]bool{}
	for _, c := range all.Clauses {
		if seen[c.ID] {
			t.Errorf("%s: duplicate id", c.ID)
		}
		seen[c.ID] = true
		checkClause(t, c)
		keys := map[string]bool{}
		for _, part := range c.Parts {
			if keys[part.Key] {
				t.Errorf("%s: duplicate part %s", c.ID, part.Key)
			}
			keys[part.Key] = true
			checkPart(t, c, part)
		}
		for _, enforcement := range c.EnforcedBy {
			checkEnforcement(t, c, enforcement)
		}
	}
}

func checkClause(t *testing.T, c Clause) {
	t.Helper()
	if !slices.Contains(Parties(), c.Party) {
		t.Errorf("%s: unknown party %q", c.ID, c.Party)
	}
	if !slices.Contains(Applicabilities(), c.AppliesTo) ||
		c.AlsoAppliesTo != "" && c.AlsoAppliesTo != AppliesToCustomNodes {
		t.Errorf("%s: invalid applies_to %q, also_applies_to %q", c.ID, c.AppliesTo, c.AlsoAppliesTo)
	}
	if len(c.Parts) == 0 {
		t.Errorf("%s: no parts", c.ID)
	}
	for name, title := range map[string]string{"section": c.Section, "title": c.Title.EN, "French title": c.Title.FR} {
		if title == "" || strings.HasSuffix(title, ".") {
			t.Errorf("%s: %s %q is empty or ends with a full stop", c.ID, name, title)
		}
	}
	if c.Title.EN == c.Title.FR {
		t.Errorf("%s: title %q is not translated", c.ID, c.Title.EN)
	}
	checkSentences(t, c.ID+" text", c.Text)
	if c.AlsoAppliesTo != "" && c.Interpretation == nil {
		t.Errorf("%s: also_applies_to %s without an interpretation", c.ID, c.AlsoAppliesTo)
	}
	if c.Interpretation != nil {
		checkSentences(t, c.ID+" interpretation", c.Interpretation.Reading)
		if c.Interpretation.Line == 0 || c.Interpretation.Quote == "" {
			t.Errorf("%s: interpretation without line or quote", c.ID)
		}
	}
	if strings.HasPrefix(c.ID, "HDS-") && !strings.Contains(c.Chapter+c.Section, "HDS") {
		t.Errorf("%s: neither chapter %q nor section %q is about HDS", c.ID, c.Chapter, c.Section)
	}
	if len(c.Lines) == 0 || !slices.IsSorted(c.Lines) {
		t.Errorf("%s: lines %v are empty or unsorted", c.ID, c.Lines)
	}
	for _, requirement := range c.HDS {
		if !regexp.MustCompile(
			`^EXI (0[1-9]|[12]\d|3[01])$`,
		).MatchString(requirement.ID) || requirement.Binds != BindsHost {
			t.Errorf("%s: %+v is not a requirement of the HDS framework", c.ID, requirement)
		}
	}
	for _, control := range c.ISO27001 {
		if !isAnnexA(control) {
			t.Errorf("%s: Annex A has no control %q", c.ID, control)
		}
	}
	for _, component := range c.Components {
		if !regexp.MustCompile(
			`^(data\.|ephemeral\.|action\.)?srm_[a-z_]+$|^provider\.[a-z_]+$`,
		).MatchString(component) {
			t.Errorf("%s: malformed component %q", c.ID, component)
		}
	}
}

// checkSentences checks that a text consists of sentences in both languages, and that they differ.
func checkSentences(t *testing.T, name string, text Text) {
	t.Helper()
	if text.EN == text.FR || !strings.HasSuffix(text.EN, ".") || !strings.HasSuffix(text.FR, ".") {
		t.Errorf("%s: not two different sentences: %q, %q", name, text.EN, text.FR)
	}
}

// TestFrenchTypography searches the French texts for wrong spacing around punctuation and for English words.
func TestFrenchTypography(t *testing.T) {
	t.Parallel()
	wrong := regexp.MustCompile(`[^ ][:;?!»]( |$)|«[^ ]|\b(the|of|and|is|are|which)\b`)
	for _, c := range EmbeddedCatalogue().Clauses {
		texts := []string{c.Title.FR, c.Text.FR}
		for _, part := range c.Parts {
			texts = append(texts, part.Text.FR)
		}
		for _, enforcement := range c.EnforcedBy {
			texts = append(texts, enforcement.Refuses.FR, enforcement.NotCovered.FR)
		}
		if c.Interpretation != nil {
			texts = append(texts, c.Interpretation.Reading.FR)
		}
		for _, text := range texts {
			if found := wrong.FindString(text); found != "" {
				t.Errorf("%s: wrong spacing or English word %q in %q", c.ID, found, text)
			}
		}
	}
}

func checkEnforcement(t *testing.T, c Clause, e Enforcement) {
	t.Helper()
	checkSentences(t, c.ID+" "+e.Resource, e.Refuses)
	checkSentences(t, c.ID+" "+e.Resource, e.NotCovered)
	if !slices.Contains(
		[]string{"", AppliesToKosmos, AppliesToExternal, AppliesToHDS}, e.AppliesTo,
	) || e.AppliesTo == AppliesToHDS && c.AppliesTo == AppliesToHDS {
		t.Errorf("%s: invalid applies_to %q of enforcement by %s", c.ID, e.AppliesTo, e.Resource)
	}
	if strings.HasPrefix(e.Resource, "srm_hds_") && c.AppliesTo != AppliesToHDS && e.AppliesTo != AppliesToHDS {
		t.Errorf(
			"%s: %s creates only clusters for health data, so the enforcement needs applies_to %q",
			c.ID,
			e.Resource,
			AppliesToHDS,
		)
	}
	if strings.HasPrefix(
		e.Resource, "srm_kosmos_",
	) && e.AppliesTo != AppliesToKosmos && e.AppliesTo != AppliesToExternal {
		t.Errorf(
			"%s: %s creates only Kosmos clusters, so the enforcement needs applies_to %q",
			c.ID,
			e.Resource,
			AppliesToKosmos,
		)
	}
}

// TestQuotedTitles checks that rows of the matrix quoted in the README and the demo transcript have current titles.
func TestQuotedTitles(t *testing.T) {
	t.Parallel()
	row := regexp.MustCompile(`(?m)^([A-Z]+(?:-[A-Z]+)?-\d\d) +(?:scaleway|customer|shared|undetermined) +` +
		`(?:(?:attestation|check|inherited|reported)(?: \(planned\))?,? +)*(.+)$`)
	compared := 0
	for _, page := range []string{"README.md", "docs/guides/demo.md"} {
		text, err := os.ReadFile(filepath.Join("..", "..", page))
		if err != nil {
			t.Fatal(err)
		}
		for _, quoted := range row.FindAllStringSubmatch(string(text), -1) {
			compared++
			if c, _ := Lookup(quoted[1]); c.Title.EN != quoted[2] {
				t.Errorf("%s: title of %s is %q, want %q", page, quoted[1], quoted[2], c.Title.EN)
			}
		}
	}
	if compared < 100 {
		t.Errorf("only %d titles compared", compared)
	}
}

// isAnnexA reports whether control is one of the 93 controls of ISO/IEC 27001:2022, Annex A.
func isAnnexA(control string) bool {
	last := map[string]int{"A.5.": 37, "A.6.": 8, "A.7.": 14, "A.8.": 34}
	if len(control) < 5 {
		return false
	}
	n, err := strconv.Atoi(control[4:])
	return err == nil && n >= 1 && n <= last[control[:4]]
}

// TestClausesMatchIndex compares the clauses with the clause index and the text of the model.
func TestClausesMatchIndex(t *testing.T) {
	t.Parallel()
	index, err := os.Open(filepath.Join(modelDir, "clauses.csv"))
	if errors.Is(err, fs.ErrNotExist) {
		t.Log("no clause index on this machine: the comparison is skipped")
		return
	}
	if err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(index).ReadAll()
	if err := errors.Join(err, index.Close()); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(modelDir, "shared-responsibility-model.txt"))
	if err != nil {
		t.Fatal(err)
	}
	digest := sha256.Sum256(text)
	if got := "sha256:" + hex.EncodeToString(digest[:]); got != EmbeddedCatalogue().Model.Digest {
		t.Errorf("digest of the model's text is %s, the catalogue has %s", got, EmbeddedCatalogue().Model.Digest)
	}
	plain := strings.NewReplacer("’", "'", "‑", "-").Replace(string(text))
	lines := strings.Split(plain, "\n")
	want := map[string][]string{}
	for _, row := range rows[1:] {
		want[row[0]] = row[1:4]
	}
	for _, c := range EmbeddedCatalogue().Clauses {
		numbers := []string{}
		for _, line := range c.Lines {
			numbers = append(numbers, strconv.Itoa(line))
		}
		if got := []string{strings.Join(numbers, ";"), c.Party, c.AppliesTo}; !slices.Equal(got, want[c.ID]) {
			t.Errorf("%s: got %v, the index has %v", c.ID, got, want[c.ID])
		}
		delete(want, c.ID)
		if !slices.ContainsFunc(lines, func(line string) bool { return strings.TrimSpace(line) == c.Section }) {
			t.Errorf("%s: the model has no heading %q", c.ID, c.Section)
		}
		if copied := findCopiedWords(c.Text.EN, plain); copied != "" {
			t.Errorf("%s: text copied from the model: %q", c.ID, copied)
		}
		if i := c.Interpretation; i != nil && (i.Line > len(lines) || !strings.Contains(lines[i.Line-1], i.Quote)) {
			t.Errorf("%s: line %d does not contain %q", c.ID, i.Line, i.Quote)
		}
	}
	if len(want) != 0 {
		t.Errorf("missing clauses: %v", want)
	}
}

// findCopiedWords returns a sequence of eight words that both texts contain, or "".
func findCopiedWords(text, original string) string {
	const length = 8
	word := regexp.MustCompile(`[\p{L}\p{N}'-]+`)
	originalWords := " " + strings.ToLower(strings.Join(word.FindAllString(original, -1), " ")) + " "
	words := word.FindAllString(strings.ToLower(text), -1)
	for i := 0; i+length <= len(words); i++ {
		if sequence := strings.Join(words[i:i+length], " "); strings.Contains(originalWords, " "+sequence+" ") {
			return sequence
		}
	}
	return ""
}

// TestNoUnknownClauseIDs checks that every clause id in code, docs and examples exists. Ids that end in 99 are
// reserved for tests of unknown ids.
func TestNoUnknownClauseIDs(t *testing.T) {
	t.Parallel()
	clauseID := regexp.MustCompile(`\b(` + strings.Join(Sections(), "|") + `)-\d{2}\b`)
	files, found := 0, map[string]bool{}
	err := filepath.WalkDir("../..", func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() {
			if name := entry.Name(); strings.HasPrefix(name,
				".") && len(name) > 2 && name != ".ci" && name != ".github" {
				return filepath.SkipDir
			}
			return nil
		}
		if !slices.Contains(
			[]string{".go", ".md", ".tf", ".hcl", ".tmpl", ".sh", ".yml", ".json", ".csv"}, filepath.Ext(path),
		) {
			return nil
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		files++
		for _, id := range clauseID.FindAllString(string(text), -1) {
			found[id] = true
			if _, ok := Lookup(id); !ok && !strings.HasSuffix(id, "-99") {
				t.Errorf("%s: there is no clause %s", path, id)
			}
		}
		return nil
	})
	if err != nil || files < 100 || len(found) < 132 {
		t.Errorf("found %d clauses in %d files: %v", len(found), files, err)
	}
}

// TestHDSRequirements checks which clauses are related to requirements of the HDS framework. The framework addresses
// the host, so clauses of the customer are related only if they are about the split of duties, residency or
// restitution.
func TestHDSRequirements(t *testing.T) {
	t.Parallel()
	allowed := map[string][]string{
		"EXI 12": {"HDS-CTR-05"}, "EXI 14": {"HDS-CTR-05"}, "EXI 17": {"HDS-CTR-05"},
		"EXI 13": {"GEN-01", "GEN-02", "GEN-03", "GEN-04", "TRF-01", "TRF-02", "DAT-04"},
		"EXI 15": {"HDS-LOG-03"}, "EXI 21": {"OTC-07", "OTC-10"}, "EXI 24": {"MKS-05", "OTC-15", "LIF-05", "LIF-10"},
		"EXI 27": {"REV-01"}, "EXI 28": {"HDS-RES-01", "HDS-RES-02"},
	}
	found := map[string][]string{}
	for _, c := range EmbeddedCatalogue().Clauses {
		for _, requirement := range c.HDS {
			found[requirement.ID] = append(found[requirement.ID], c.ID)
		}
	}
	if !maps.EqualFunc(found, allowed, slices.Equal) {
		t.Errorf("got %v, want %v", found, allowed)
	}
}

func TestLookupAndCitation(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ id, section, citation string }{
		{"HDS-RES-01", "Data residency", `HDS-RES-01 (Specific provisions for HDS, "Data residency")`},
		{"TRF-01", "Add-ons", `TRF-01 (Security in the Cloud, "Add-ons")`},
		{"LIF-02", "Version lifecycle and End-of-Support policy", `LIF-02 ("Version lifecycle and End-of-Support ` +
			`policy")`},
		{"LIF-10", "Lifecycle stages", `LIF-10 (Version lifecycle and End-of-Support policy, "Lifecycle stages")`},
		{"HDS-SCP-01", "Specific provisions for Health Data Hosting (HDS) with Kapsule Dedicated offer",
			`HDS-SCP-01 ("Specific provisions for Health Data Hosting (HDS) with Kapsule Dedicated offer")`},
		{"NO-99", "", "NO-99"},
		{"", "", ""},
	} {
		c, ok := Lookup(test.id)
		if ok != (test.section != "") || c.Section != test.section {
			t.Errorf("Lookup(%q) = %+v, %v", test.id, c, ok)
		}
		if got := Citation(test.id); got != test.citation {
			t.Errorf("Citation(%q) = %s, want %s", test.id, got, test.citation)
		}
	}
}

func TestSections(t *testing.T) {
	t.Parallel()
	if got := Sections(); len(got) != 26 || got[0] != "GEN" || got[18] != "HDS-SCP" || got[25] != "REV" {
		t.Errorf("got %v", got)
	}
}
