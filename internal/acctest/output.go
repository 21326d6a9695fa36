package acctest

import (
	"strings"
	"testing"
)

// StripFrame removes frames and line breaks from the output of a CLI, so that a test can search for a sentence.
func StripFrame(out string) string {
	return strings.Join(strings.Fields(strings.NewReplacer("│", " ", "╷", " ", "╵", " ").Replace(out)), " ")
}

// Contains reports a test error for each text that is not in the output.
func Contains(t *testing.T, out string, want ...string) {
	t.Helper()
	for _, text := range want {
		if !strings.Contains(StripFrame(out), text) {
			t.Errorf("%q is not in:\n%s", text, out)
		}
	}
}

// NotContains reports a test error for each text that is in the output.
func NotContains(t *testing.T, out string, unwanted ...string) {
	t.Helper()
	for _, text := range unwanted {
		if strings.Contains(StripFrame(out), text) {
			t.Errorf("%q is in:\n%s", text, out)
		}
	}
}
