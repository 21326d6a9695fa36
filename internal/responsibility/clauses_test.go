package responsibility

import (
	"encoding/csv"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// model is where the clause index and the text of the model lie on machines that have them.
const model = "../../../shared/srm"

func TestClausesAreWellFormed(t *testing.T) {
	t.Parallel()
	var all []Clause
	if err := json.Unmarshal(clausesJSON, &all); err != nil {
		t.Fatal(err)
	}
	if len(all) != 132 {
		t.Errorf("%d clauses, want 132", len(all))
	}
	seen := map[string]bool{}
	for _, c := range all {
		if seen[c.ID] {
			t.Errorf("%s: twice", c.ID)
		}
		seen[c.ID] = true
		if !slices.Contains([]string{PartyScaleway, PartyCustomer, PartyShared}, c.Party) {
			t.Errorf("%s: party %q", c.ID, c.Party)
		}
		if c.Section == "" || c.Title == "" || strings.HasSuffix(c.Title, ".") {
			t.Errorf("%s: section %q, title %q", c.ID, c.Section, c.Title)
		}
		if strings.HasPrefix(c.ID, "HDS-") && !strings.Contains(c.Part+c.Section, "HDS") {
			t.Errorf("%s: in %q, %q", c.ID, c.Part, c.Section)
		}
	}
}

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
	lines := strings.Split(strings.NewReplacer("’", "'", "‑", "-").Replace(string(text)), "\n")
	want := map[string]string{}
	for _, row := range rows[1:] {
		want[row[0]] = row[2]
	}
	for _, c := range clauses() {
		if want[c.ID] != c.Party {
			t.Errorf("%s: party %q, the index has %q", c.ID, c.Party, want[c.ID])
		}
		delete(want, c.ID)
		if !slices.ContainsFunc(lines, func(line string) bool { return strings.TrimSpace(line) == c.Section }) {
			t.Errorf("%s: no heading %q in the model", c.ID, c.Section)
		}
	}
	if len(want) != 0 {
		t.Errorf("missing: %v", want)
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
