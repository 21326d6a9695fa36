package assessment

import (
	"slices"
	"strings"
	"testing"
)

// TestTemplate checks that a template has an attestation of every kind, and no problem but its placeholders.
func TestTemplate(t *testing.T) {
	t.Parallel()
	text := Template(testScope, dateOf(t, "2026-11-03"))
	declarations, problems := ParseDeclarations(text)
	if len(declarations.Attestations) != 13 || len(problems) == 0 {
		t.Fatalf("%d attestations, %d problems", len(declarations.Attestations), len(problems))
	}
	// The number of problems is limited; each attestation alone is below the limit.
	parts := strings.Split(string(text), "\n  - id: ")
	head, placeholders := "attestations:", 0
	for i, part := range parts[1:] {
		if i == len(parts)-2 {
			part = part[:strings.Index(part, "\nwaivers:")]
		}
		_, problems := ParseDeclarations([]byte(head + "\n  - id: " + part))
		for _, p := range problems {
			if !strings.Contains(p.Text, `is a placeholder. Found: "TODO".`) {
				t.Errorf("%s", p)
			}
		}
		lines := slices.DeleteFunc(strings.Split(part, "\n"), func(line string) bool {
			return strings.HasPrefix(strings.TrimSpace(line), "#") || !strings.Contains(line, "TODO")
		})
		if len(problems) != len(lines) {
			t.Errorf("%d problems, %d placeholders in %s", len(problems), len(lines), part)
		}
		placeholders += len(lines)
	}
	if placeholders < 100 {
		t.Errorf("%d placeholders", placeholders)
	}
	for _, want := range []string{
		"  # Restore test\n  # Test de restauration\n",
		"  - id: restore-test-2026-11-03\n    kind: restore_test\n    scope: " + testScope + "\n",
		"    until: 2027-11-03 # at most / au plus : 365 d\n",
		"    kind: host_evidence\n    scope: organization\n",
		"      # What was restored\n      # Objets restaurés\n      what: [TODO]\n",
	} {
		if !strings.Contains(string(text), want) {
			t.Errorf("the template lacks %q", want)
		}
	}
}
