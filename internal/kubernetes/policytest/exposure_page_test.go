package policytest

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestExposurePageListsEveryAnnotation compares the guide on exposure with the tested annotations: the guide lists each
// annotation that is refused, and each annotation of the guide is tested.
func TestExposurePageListsEveryAnnotation(t *testing.T) {
	t.Parallel()
	raw, err := os.ReadFile(filepath.Join("..", "..", "..", "templates", "guides", "exposure-policies.md.tmpl"))
	if err != nil {
		t.Fatal(err)
	}
	tested := map[string]bool{}
	for _, s := range redirectSpellings() {
		tested[strings.ToLower(s.annotation)] = true
		for i := 0; i+1 < len(s.otherAnnotations); i += 2 {
			tested[strings.ToLower(s.otherAnnotations[i])] = true
		}
		if s.expected == refusedIngress && len(s.otherAnnotations) == 0 && !strings.Contains(
			string(raw), strings.ToLower(s.annotation),
		) {
			t.Errorf("the guide does not list %s", s.annotation)
		}
	}
	_, section, _ := strings.Cut(string(raw), "## Redirects of an Ingress")
	section, _, _ = strings.Cut(section, "\n## ")
	listed := 0
	for _, field := range strings.Split(section, "`") {
		name, _, _ := strings.Cut(field, ":")
		if !strings.Contains(name, "/") || strings.ContainsAny(name, " |\n") {
			continue
		}
		listed++
		if !tested[name] {
			t.Errorf("the guide lists %s, which is not tested", name)
		}
	}
	if listed < 12 {
		t.Errorf("only %d annotations are on the page", listed)
	}
}
