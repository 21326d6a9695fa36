package acctest

import (
	"strings"
	"testing"
)

// Flat removes frames and line breaks from the output of a CLI, so that a test can search for a sentence.
func Flat(out string) string {
	return strings.Join(strings.Fields(strings.NewReplacer("│", " ", "╷", " ", "╵", " ").Replace(out)), " ")
}

// Contains reports a test error for each text that is not in the output.
func Contains(t *testing.T, out string, want ...string) {
	t.Helper()
	for _, text := range want {
		if !strings.Contains(Flat(out), text) {
			t.Errorf("%q is not in:\n%s", text, out)
		}
	}
}

// Lacks reports a test error for each text that is in the output.
func Lacks(t *testing.T, out string, unwanted ...string) {
	t.Helper()
	for _, text := range unwanted {
		if strings.Contains(Flat(out), text) {
			t.Errorf("%q is in:\n%s", text, out)
		}
	}
}
