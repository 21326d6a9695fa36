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

// model is where the clause index and the text of the model lie on machines that have them.
const model = "../../../shared/srm"

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
		t.Errorf("revision %q of %+v", all.Revision, all.Model)
	}
	seen := map[string]bool{}
	for _, c := range all.Clauses {
		if seen[c.ID] {
			t.Errorf("%s: twice", c.ID)
		}
		seen[c.ID] = true
		wellFormed(t, c)
		keys := map[string]bool{}
		for _, part := range c.Parts {
			if keys[part.Key] {
				t.Errorf("%s: part %s twice", c.ID, part.Key)
			}
			keys[part.Key] = true
			partIsWellFormed(t, c, part)
		}
		for _, enforcement := range c.EnforcedBy {
			enforcementIsWellFormed(t, c, enforcement)
		}
	}
}

func wellFormed(t *testing.T, c Clause) {
	t.Helper()
	if !slices.Contains(Parties(), c.Party) {
		t.Errorf("%s: party %q", c.ID, c.Party)
	}
	if !slices.Contains(Applicabilities(), c.AppliesTo) || c.AlsoAppliesTo != "" && c.AlsoAppliesTo != ToCustomNodes {
		t.Errorf("%s: applies to %q, %q", c.ID, c.AppliesTo, c.AlsoAppliesTo)
	}
	if len(c.Parts) == 0 {
		t.Errorf("%s: no parts", c.ID)
	}
	for what, title := range map[string]string{"section": c.Section, "title": c.Title.EN, "French title": c.Title.FR} {
		if title == "" || strings.HasSuffix(title, ".") {
			t.Errorf("%s: %s %q", c.ID, what, title)
		}
	}
	if c.Title.EN == c.Title.FR {
		t.Errorf("%s: the title %q is not translated", c.ID, c.Title.EN)
	}
	sentences(t, c.ID+" text", c.Text)
	if c.AlsoAppliesTo != "" && c.Interpretation == nil {
		t.Errorf("%s: also applies to %s, without an interpretation", c.ID, c.AlsoAppliesTo)
	}
	if c.Interpretation != nil {
		sentences(t, c.ID+" interpretation", c.Interpretation.Reading)
		if c.Interpretation.Line == 0 || c.Interpretation.Quote == "" {
			t.Errorf("%s: the interpretation rests on nothing", c.ID)
		}
	}
	if strings.HasPrefix(c.ID, "HDS-") && !strings.Contains(c.Chapter+c.Section, "HDS") {
		t.Errorf("%s: in %q, %q", c.ID, c.Chapter, c.Section)
	}
	if len(c.Lines) == 0 || !slices.IsSorted(c.Lines) {
		t.Errorf("%s: lines %v", c.ID, c.Lines)
	}
	for _, requirement := range c.HDS {
		if !regexp.MustCompile(`^EXI (0[1-9]|[12]\d|3[01])$`).MatchString(requirement.ID) || requirement.Binds != BindsHost {
			t.Errorf("%s: no requirement of the HDS framework is %+v", c.ID, requirement)
		}
	}
	for _, control := range c.ISO27001 {
		if !isAnnexA(control) {
			t.Errorf("%s: Annex A has no control %q", c.ID, control)
		}
	}
	for _, component := range c.Components {
		if !regexp.MustCompile(`^(data\.|ephemeral\.|action\.)?srm_[a-z_]+$|^provider\.[a-z_]+$`).MatchString(component) {
			t.Errorf("%s: component %q", c.ID, component)
		}
	}
}

// sentences checks that a text has both languages, and that they are two.
func sentences(t *testing.T, what string, text Text) {
	t.Helper()
	if text.EN == text.FR || !strings.HasSuffix(text.EN, ".") || !strings.HasSuffix(text.FR, ".") {
		t.Errorf("%s: %q, %q", what, text.EN, text.FR)
	}
}

// TestFrenchIsWrittenAsFrench looks for spacing that French texts ask for, and for English words that slipped in.
func TestFrenchIsWrittenAsFrench(t *testing.T) {
	t.Parallel()
	wrong := regexp.MustCompile(`[^ ][:;?!»]( |$)|«[^ ]|\b(the|of|and|is|are|which)\b`)
	for _, c := range TheCatalogue().Clauses {
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
				t.Errorf("%s: %q in %q", c.ID, found, text)
			}
		}
	}
}

func enforcementIsWellFormed(t *testing.T, c Clause, e Enforcement) {
	t.Helper()
	sentences(t, c.ID+" "+e.Resource, e.Refuses)
	sentences(t, c.ID+" "+e.Resource, e.NotCovered)
	if !slices.Contains(
		[]string{"", ToKosmos, ToExternal, ToHDS}, e.AppliesTo,
	) || e.AppliesTo == ToHDS && c.AppliesTo == ToHDS {
		t.Errorf("%s: %s enforces it where %q", c.ID, e.Resource, e.AppliesTo)
	}
	if strings.HasPrefix(e.Resource, "srm_hds_") && c.AppliesTo != ToHDS && e.AppliesTo != ToHDS {
		t.Errorf("%s: %s makes clusters for health data only", c.ID, e.Resource)
	}
	if strings.HasPrefix(e.Resource, "srm_kosmos_") && e.AppliesTo != ToKosmos && e.AppliesTo != ToExternal {
		t.Errorf("%s: %s makes Kosmos clusters only", c.ID, e.Resource)
	}
}

// TestQuotedTitles: where the README and the transcript of the demo show rows of the matrix, they have today's titles.
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
				t.Errorf("%s: %s is %q, the catalogue has %q", page, quoted[1], quoted[2], c.Title.EN)
			}
		}
	}
	if compared < 100 {
		t.Errorf("only %d titles compared", compared)
	}
}

// isAnnexA knows the 93 controls of ISO/IEC 27001:2022.
func isAnnexA(control string) bool {
	last := map[string]int{"A.5.": 37, "A.6.": 8, "A.7.": 14, "A.8.": 34}
	if len(control) < 5 {
		return false
	}
	n, err := strconv.Atoi(control[4:])
	return err == nil && n >= 1 && n <= last[control[:4]]
}

// TestClausesAgreeWithTheIndex: none missing, none invented, and each as the index and the text of the model have it.
func TestClausesAgreeWithTheIndex(t *testing.T) {
	t.Parallel()
	index, err := os.Open(filepath.Join(model, "clauses.csv"))
	if errors.Is(err, fs.ErrNotExist) {
		t.Log("the clause index is not on this machine; the clauses were checked for themselves only")
		return
	}
	if err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(index).ReadAll()
	if err := errors.Join(err, index.Close()); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(model, "shared-responsibility-model.txt"))
	if err != nil {
		t.Fatal(err)
	}
	digest := sha256.Sum256(text)
	if got := "sha256:" + hex.EncodeToString(digest[:]); got != TheCatalogue().Model.Digest {
		t.Errorf("the model's text is %s, the catalogue is of %s", got, TheCatalogue().Model.Digest)
	}
	plain := strings.NewReplacer("’", "'", "‑", "-").Replace(string(text))
	lines := strings.Split(plain, "\n")
	want := map[string][]string{}
	for _, row := range rows[1:] {
		want[row[0]] = row[1:4]
	}
	for _, c := range TheCatalogue().Clauses {
		numbers := []string{}
		for _, line := range c.Lines {
			numbers = append(numbers, strconv.Itoa(line))
		}
		if got := []string{strings.Join(numbers, ";"), c.Party, c.AppliesTo}; !slices.Equal(got, want[c.ID]) {
			t.Errorf("%s: %v, the index has %v", c.ID, got, want[c.ID])
		}
		delete(want, c.ID)
		if !slices.ContainsFunc(lines, func(line string) bool { return strings.TrimSpace(line) == c.Section }) {
			t.Errorf("%s: no heading %q in the model", c.ID, c.Section)
		}
		if copied := sameWords(c.Text.EN, plain); copied != "" {
			t.Errorf("%s: the text repeats the model: %q", c.ID, copied)
		}
		if read := c.Interpretation; read != nil && (read.Line > len(lines) || !strings.Contains(
			lines[read.Line-1], read.Quote,
		)) {
			t.Errorf("%s: line %d does not have %q", c.ID, read.Line, read.Quote)
		}
	}
	if len(want) != 0 {
		t.Errorf("missing: %v", want)
	}
}

// sameWords finds eight words in a row that both texts have.
func sameWords(ours, theirs string) string {
	const enough = 8
	words := regexp.MustCompile(`[\p{L}\p{N}'-]+`)
	known := " " + strings.ToLower(strings.Join(words.FindAllString(theirs, -1), " ")) + " "
	mine := words.FindAllString(strings.ToLower(ours), -1)
	for i := 0; i+enough <= len(mine); i++ {
		if run := strings.Join(mine[i:i+enough], " "); strings.Contains(known, " "+run+" ") {
			return run
		}
	}
	return ""
}

// TestNoUnknownClauseIsNamed: whatever looks like a clause, in code, docs and examples, is one. Ids that end in 99 are
// those of tests for unknown ids.
func TestNoUnknownClauseIsNamed(t *testing.T) {
	t.Parallel()
	prefixes := Sections()
	named := regexp.MustCompile(`\b(` + strings.Join(prefixes, "|") + `)-\d{2}\b`)
	files, found := 0, map[string]bool{}
	err := filepath.WalkDir("../..", func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() {
			if name := entry.Name(); strings.HasPrefix(name, ".") && len(name) > 2 && name != ".ci" && name != ".github" {
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
		for _, id := range named.FindAllString(string(text), -1) {
			found[id] = true
			if _, ok := Lookup(id); !ok && !strings.HasSuffix(id, "-99") {
				t.Errorf("%s names %s, which is no clause", path, id)
			}
		}
		return nil
	})
	if err != nil || files < 100 || len(found) < 132 {
		t.Errorf("%d files name %d clauses: %v", files, len(found), err)
	}
}

// TestHDSRequirements: the framework addresses the host, so that no duty of the customer has a tag but where the split
// of duties, residency or restitution is the subject.
func TestHDSRequirements(t *testing.T) {
	t.Parallel()
	allowed := map[string][]string{
		"EXI 12": {"HDS-CTR-05"}, "EXI 14": {"HDS-CTR-05"}, "EXI 17": {"HDS-CTR-05"},
		"EXI 13": {"GEN-01", "GEN-02", "GEN-03", "GEN-04", "TRF-01", "TRF-02", "DAT-04"},
		"EXI 15": {"HDS-LOG-03"}, "EXI 21": {"OTC-07", "OTC-10"}, "EXI 24": {"MKS-05", "OTC-15", "LIF-05", "LIF-10"},
		"EXI 27": {"REV-01"}, "EXI 28": {"HDS-RES-01", "HDS-RES-02"},
	}
	found := map[string][]string{}
	for _, c := range TheCatalogue().Clauses {
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
		{"LIF-02", "Version lifecycle and End-of-Support policy", `LIF-02 ("Version lifecycle and End-of-Support policy")`},
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
