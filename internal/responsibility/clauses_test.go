package responsibility

import (
	"crypto/sha256"
	"encoding/csv"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io/fs"
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
		for _, carrier := range c.Carriers {
			carries(t, c, carrier)
		}
	}
}

func wellFormed(t *testing.T, c Clause) {
	t.Helper()
	for what, pair := range map[string]struct {
		value   string
		allowed []string
	}{
		"party":      {c.Party, Parties()},
		"mechanism":  {c.Mechanism, Mechanisms()},
		"applies_to": {c.AppliesTo, []string{ToAll, ToKapsule, ToKosmos, ToManagedNodes, ToKosmosManaged, ToExternal, ToHDS}},
	} {
		if !slices.Contains(pair.allowed, pair.value) {
			t.Errorf("%s: %s %q", c.ID, what, pair.value)
		}
	}
	for what, title := range map[string]string{"section": c.Section, "title": c.Title, "title_fr": c.TitleFR} {
		if title == "" || strings.HasSuffix(title, ".") {
			t.Errorf("%s: %s %q", c.ID, what, title)
		}
	}
	if c.Title == c.TitleFR || !strings.HasSuffix(c.Text, ".") || c.Missing != "" && !strings.HasSuffix(c.Missing, ".") {
		t.Errorf("%s: %q, text %q, missing %q", c.ID, c.TitleFR, c.Text, c.Missing)
	}
	if strings.HasPrefix(c.ID, "HDS-") && !strings.Contains(c.Part+c.Section, "HDS") {
		t.Errorf("%s: in %q, %q", c.ID, c.Part, c.Section)
	}
	if len(c.Lines) == 0 || !slices.IsSorted(c.Lines) {
		t.Errorf("%s: lines %v", c.ID, c.Lines)
	}
	if !slices.ContainsFunc(c.Carriers, func(carrier Carrier) bool { return carrier.Mechanism == c.Mechanism }) {
		t.Errorf("%s: nothing carries it by %s", c.ID, c.Mechanism)
	}
	for _, requirement := range c.HDS {
		if !regexp.MustCompile(`^EXI (0[1-9]|[12]\d|3[01])$`).MatchString(requirement) {
			t.Errorf("%s: no requirement of the HDS framework is %q", c.ID, requirement)
		}
	}
	for _, control := range c.ISO27001 {
		if !isAnnexA(control) {
			t.Errorf("%s: Annex A has no control %q", c.ID, control)
		}
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

func carries(t *testing.T, c Clause, carrier Carrier) {
	t.Helper()
	if !slices.Contains([]string{KindResource, KindDataSource, KindEphemeral, KindAction, KindProvider}, carrier.Kind) ||
		!slices.Contains(Mechanisms(), carrier.Mechanism) || !strings.HasSuffix(carrier.Does, ".") || carrier.Name == "" {
		t.Errorf("%s: carrier %+v", c.ID, carrier)
	}
	if !slices.Contains([]string{"", ToKapsule, ToKosmos, ToManagedNodes, ToKosmosManaged, ToExternal, ToHDS}, carrier.Where) || carrier.Where == c.AppliesTo {
		t.Errorf("%s: %s carries it where %q, it applies to %q", c.ID, carrier.Name, carrier.Where, c.AppliesTo)
	}
	if strings.HasPrefix(carrier.Name, "srm_hds_") && carrier.Kind == KindResource && c.AppliesTo != ToHDS && carrier.Where != ToHDS {
		t.Errorf("%s: %s makes clusters for health data only, and carries it where %q", c.ID, carrier.Name, carrier.Where)
	}
	weaker := slices.Index(Mechanisms(), carrier.Mechanism) > slices.Index(Mechanisms(), c.Mechanism)
	if weaker && !slices.ContainsFunc(c.Carriers, func(other Carrier) bool { return !other.Part && other.Mechanism == c.Mechanism }) {
		t.Errorf("%s: %s carries it by %s, weaker than the clause's own %s", c.ID, carrier.Name, carrier.Mechanism, c.Mechanism)
	}
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
		want[row[0]] = row[1:5]
	}
	for _, c := range TheCatalogue().Clauses {
		numbers := []string{}
		for _, line := range c.Lines {
			numbers = append(numbers, strconv.Itoa(line))
		}
		if got := []string{strings.Join(numbers, ";"), c.Party, c.AppliesTo, c.Mechanism}; !slices.Equal(got, want[c.ID]) {
			t.Errorf("%s: %v, the index has %v", c.ID, got, want[c.ID])
		}
		delete(want, c.ID)
		if !slices.ContainsFunc(lines, func(line string) bool { return strings.TrimSpace(line) == c.Section }) {
			t.Errorf("%s: no heading %q in the model", c.ID, c.Section)
		}
		if copied := sameWords(c.Text, plain); copied != "" {
			t.Errorf("%s: the text repeats the model: %q", c.ID, copied)
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
		if !slices.Contains([]string{".go", ".md", ".tf", ".hcl", ".tmpl", ".sh", ".yml", ".json", ".csv"}, filepath.Ext(path)) {
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

func TestCountsOfTheCatalogue(t *testing.T) {
	t.Parallel()
	mechanisms, planned := map[string]int{}, map[string]int{}
	built, inFull := 0, 0
	for _, c := range TheCatalogue().Clauses {
		mechanisms[c.Mechanism]++
		if c.Planned() {
			planned[c.Mechanism]++
		} else {
			built++
		}
		if c.Coverage() == InFull {
			inFull++
		}
	}
	t.Logf("%d clauses, revision %s, %s", len(TheCatalogue().Clauses), TheCatalogue().Revision, TheCatalogue().Digest)
	for _, mechanism := range Mechanisms() {
		t.Logf("%-16s %3d, of which built %3d, planned %3d", mechanism, mechanisms[mechanism], mechanisms[mechanism]-planned[mechanism], planned[mechanism])
	}
	t.Logf("built %d, planned %d; in full %d, in part %d", built, 132-built, inFull, 132-inFull)
	if built == 0 || built == 132 {
		t.Errorf("%d clauses are built: neither none nor all can be right", built)
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
