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

// promises counts how many more applies each operation needed at most under each fault.
type promises struct {
	kinds []string
	mu    sync.Mutex
	cells map[scope]int
	most  map[promise]int
}

// promise is a cell of the tables in the guide.
type promise struct {
	scope                   scope
	kind, operation, column string
}

func newPromises(kinds ...string) *promises {
	return &promises{kinds: kinds, cells: map[scope]int{}, most: map[promise]int{}}
}

// needed counts a cell of the campaign, and how many more applies it needed.
func (p *promises) needed(kind, operation string, one fault, again int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.cells[one.scope]++
	cell := promise{one.scope, kind, operation, one.column}
	p.most[cell] = max(p.most[cell], again)
}

// words say how many more applies an operation needs at most.
func words() []string { return []string{"recovers by itself", "needs one more apply"} }

func word(applies int) string {
	if applies < len(words()) {
		return words()[applies]
	}
	return fmt.Sprintf("needs %d more applies", applies)
}

// text is the tables in Markdown.
func (p *promises) text() string {
	var text strings.Builder
	for _, scope := range scopes() {
		fmt.Fprintf(&text, "\n### %s\n\n| resource | operation | %s |\n", scope, strings.Join(columns(scope), " | "))
		text.WriteString("|---|---|" + strings.Repeat("---|", len(columns(scope))) + "\n")
		for _, kind := range p.kinds {
			for _, operation := range operations() {
				fmt.Fprintf(&text, "| `%s` | %s |", kind, operation)
				for _, column := range columns(scope) {
					text.WriteString(" " + word(p.most[promise{scope, kind, operation, column}]) + " |")
				}
				text.WriteString("\n")
			}
		}
	}
	return text.String()
}

// compare holds the guide to what was seen: no cell may need more than it promises. One may need less: whether an
// operation recovers by itself can depend on how far it was.
func (p *promises) compare(t *testing.T) {
	t.Helper()
	for _, scope := range scopes() {
		t.Logf("%s: %d cells", scope, p.cells[scope])
	}
	t.Log(p.text())
	promised := readPromises(t)
	for _, scope := range scopes() {
		for _, kind := range p.kinds {
			for _, operation := range operations() {
				for _, column := range columns(scope) {
					most := p.most[promise{scope, kind, operation, column}]
					said := cmp.Or(
						promised[promise{scope, kind, operation, column}], promised[promise{scope, every, operation, column}],
					)
					if slices.Index(words(), said) < most {
						t.Errorf("%s, %s %s, %s: the guide says %q, but it %s", scope, kind, operation, column, said, word(most))
					}
				}
			}
		}
	}
}

// every is the row of a table that is for all resources.
const every = "every resource"

// readPromises reads the tables of the guide.
func readPromises(t *testing.T) map[promise]string {
	t.Helper()
	guide, err := os.ReadFile(filepath.Join("..", "..", "templates", "guides", "faults.md.tmpl"))
	if err != nil {
		t.Fatal(err)
	}
	found := map[promise]string{}
	var under scope
	var headings []string
	for line := range strings.Lines(string(guide)) {
		line = strings.TrimSpace(line)
		if heading, ok := strings.CutPrefix(line, "### "); ok {
			under, headings = scope(heading), nil
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
				found[promise{under, strings.Trim(cells[0], "`"), operation, headings[i]}] = cells[i]
			}
		}
	}
	return found
}
