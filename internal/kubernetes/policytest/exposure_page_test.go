package policytest

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestExposurePageNamesEveryAnnotation compares the page on exposure with the table of annotations: each that a test
// sees refused is on the page, and each on the page is seen refused or accepted by a test.
func TestExposurePageNamesEveryAnnotation(t *testing.T) {
	t.Parallel()
	raw, err := os.ReadFile(filepath.Join("..", "..", "..", "templates", "guides", "exposure-policies.md.tmpl"))
	if err != nil {
		t.Fatal(err)
	}
	tried := map[string]bool{}
	for _, s := range redirectSpellings() {
		tried[strings.ToLower(s.annotation)] = true
		for i := 0; i+1 < len(s.others); i += 2 {
			tried[strings.ToLower(s.others[i])] = true
		}
		if s.expected == refusedIngress && len(s.others) == 0 && !strings.Contains(
			string(raw), strings.ToLower(s.annotation),
		) {
			t.Errorf("the page does not name %s", s.annotation)
		}
	}
	_, section, _ := strings.Cut(string(raw), "## Redirects of an Ingress")
	section, _, _ = strings.Cut(section, "\n## ")
	named := 0
	for _, field := range strings.Split(section, "`") {
		name, _, _ := strings.Cut(field, ":")
		if !strings.Contains(name, "/") || strings.ContainsAny(name, " |\n") {
			continue
		}
		named++
		if !tried[name] {
			t.Errorf("the page names %s, which no test tries", name)
		}
	}
	if named < 12 {
		t.Errorf("only %d annotations are found on the page", named)
	}
}
