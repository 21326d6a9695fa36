package sandbox_test

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/terraform-srm/terraform-provider-srm/internal/sandbox"
)

// TestInferences checks that each inferred behaviour of the list is marked in the code, and each mark is in the list.
func TestInferences(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	mark := regexp.MustCompile(`\[INFERRED ?([a-z0-9-]*)\]`)
	marked := map[string]bool{}
	for _, file := range files {
		if strings.HasPrefix(file, "inferred") {
			continue
		}
		source, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, found := range mark.FindAllStringSubmatch(string(source), -1) {
			if found[1] == "" {
				t.Errorf("%s: %s names no id of inferred.csv", file, found[0])
			}
			marked[found[1]] = true
		}
	}
	listed := []string{}
	for _, inference := range sandbox.Inferences() {
		listed = append(listed, inference.ID)
		if !marked[inference.ID] {
			t.Errorf("%s is in inferred.csv, but no comment in the code says [INFERRED %s]", inference.ID, inference.ID)
		}
		if _, err := time.Parse(time.DateOnly, inference.Since); err != nil || inference.Behaviour == "" {
			t.Errorf("%s: since %q, behaviour %q", inference.ID, inference.Since, inference.Behaviour)
		}
		delete(marked, inference.ID)
	}
	for id := range marked {
		t.Errorf("the code says [INFERRED %s], but inferred.csv does not list it", id)
	}
	if !slices.IsSorted(listed) {
		t.Errorf("inferred.csv is not sorted by id: %v", listed)
	}
}
