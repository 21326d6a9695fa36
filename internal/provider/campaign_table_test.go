package provider_test

import (
	"cmp"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
)

// recoveryTable records the maximum number of additional applies that each operation needed under each fault.
type recoveryTable struct {
	kinds      []string
	mu         sync.Mutex
	cellCounts map[faultScope]int
	maxApplies map[recoveryCell]int
}

// recoveryCell is a cell of the tables in the guide.
type recoveryCell struct {
	scope                   faultScope
	kind, operation, column string
}

func newRecoveryTable(kinds ...string) *recoveryTable {
	return &recoveryTable{kinds: kinds, cellCounts: map[faultScope]int{}, maxApplies: map[recoveryCell]int{}}
}

// record adds a cell of the campaign, and the number of additional applies that it needed.
func (p *recoveryTable) record(kind, operation string, f fault, applies int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.cellCounts[f.scope]++
	cell := recoveryCell{f.scope, kind, operation, f.column}
	p.maxApplies[cell] = max(p.maxApplies[cell], applies)
}

// outcomes are the texts of the table cells, by the number of additional applies.
func outcomes() []string { return []string{"recovers by itself", "needs one more apply"} }

// outcome returns the text of a table cell for a number of additional applies.
func outcome(applies int) string {
	if applies < len(outcomes()) {
		return outcomes()[applies]
	}
	return fmt.Sprintf("needs %d more applies", applies)
}

// markdown returns the tables in Markdown.
func (p *recoveryTable) markdown() string {
	var b strings.Builder
	for _, scope := range scopes() {
		fmt.Fprintf(&b, "\n### %s\n\n| resource | operation | %s |\n", scope, strings.Join(columns(scope), " | "))
		b.WriteString("|---|---|" + strings.Repeat("---|", len(columns(scope))) + "\n")
		for _, kind := range p.kinds {
			for _, operation := range operations() {
				fmt.Fprintf(&b, "| `%s` | %s |", kind, operation)
				for _, column := range columns(scope) {
					b.WriteString(" " + outcome(p.maxApplies[recoveryCell{scope, kind, operation, column}]) + " |")
				}
				b.WriteString("\n")
			}
		}
	}
	return b.String()
}

// compareWithGuide checks that no cell needed more applies than the guide says. A cell may need fewer: whether an
// operation recovers by itself can depend on its progress when the fault occurs.
func (p *recoveryTable) compareWithGuide(t *testing.T) {
	t.Helper()
	for _, scope := range scopes() {
		t.Logf("%s: %d cells", scope, p.cellCounts[scope])
	}
	t.Log(p.markdown())
	documented := readGuideTable(t)
	for _, scope := range scopes() {
		for _, kind := range p.kinds {
			for _, operation := range operations() {
				for _, column := range columns(scope) {
					most := p.maxApplies[recoveryCell{scope, kind, operation, column}]
					text := cmp.Or(
						documented[recoveryCell{scope, kind, operation, column}],
						documented[recoveryCell{scope, everyResource, operation, column}],
					)
					if slices.Index(outcomes(), text) < most {
						t.Errorf("%s, %s %s, %s: the guide says %q, but the operation %s", scope, kind, operation,
							column, text,
							outcome(most))
					}
				}
			}
		}
	}
}

// everyResource is the first column of table rows that hold for all resources.
const everyResource = "every resource"

// readGuideTable returns the tables of the guide.
func readGuideTable(t *testing.T) map[recoveryCell]string {
	t.Helper()
	guide, err := os.ReadFile(filepath.Join("..", "..", "templates", "guides", "faults.md.tmpl"))
	if err != nil {
		t.Fatal(err)
	}
	found := map[recoveryCell]string{}
	var section faultScope
	var headings []string
	for line := range strings.Lines(string(guide)) {
		line = strings.TrimSpace(line)
		if heading, ok := strings.CutPrefix(line, "### "); ok {
			section, headings = faultScope(heading), nil
		}
		if !strings.HasPrefix(line, "| ") {
			continue
		}
		cells := strings.Split(strings.Trim(line, "| "), " | ")
		if cells[0] == "resource" {
			headings = cells
		}
		for i := 2; i < len(cells) && i < len(headings); i++ {
			for operation := range strings.SplitSeq(cells[1], ", ") {
				found[recoveryCell{section, strings.Trim(cells[0], "`"), operation, headings[i]}] = cells[i]
			}
		}
	}
	return found
}
