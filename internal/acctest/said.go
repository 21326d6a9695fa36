package acctest

import (
	"strings"
	"testing"
)

// Flat is what a CLI said without its frames and line breaks, so that a sentence can be looked for.
func Flat(out string) string {
	return strings.Join(strings.Fields(strings.NewReplacer("│", " ", "╷", " ", "╵", " ").Replace(out)), " ")
}

// Contains fails a test for each sentence that was not said.
func Contains(t *testing.T, out string, wanted ...string) {
	t.Helper()
	for _, text := range wanted {
		if !strings.Contains(Flat(out), text) {
			t.Errorf("%q is not in:\n%s", text, out)
		}
	}
}

// Lacks fails a test for each sentence that was said.
func Lacks(t *testing.T, out string, unwanted ...string) {
	t.Helper()
	for _, text := range unwanted {
		if strings.Contains(Flat(out), text) {
			t.Errorf("%q is in:\n%s", text, out)
		}
	}
}
