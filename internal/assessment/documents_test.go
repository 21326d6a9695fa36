package assessment

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"testing"
	"testing/fstest"
)

func TestResolveDocuments(t *testing.T) {
	t.Parallel()
	declarations, problems := ParseDeclarations([]byte(restoreTest))
	noProblems(t, problems)
	content := []byte("# Restore of 3 November\n")
	folder := fstest.MapFS{"evidence/restore.md": {Data: content}, "evidence/empty.md": {}}
	resolved, problems := ResolveDocuments(folder, declarations)
	noProblems(t, problems)
	sum := sha256.Sum256(content)
	want := Document{Path: "evidence/restore.md", SHA256: hex.EncodeToString(sum[:]), IsVerified: true}
	if got := resolved.Attestations[0].Document; got != want {
		t.Errorf("document %+v", got)
	}
	if declarations.Attestations[0].Document.IsVerified {
		t.Error("the argument was changed")
	}
	for path, found := range map[string]string{
		"evidence/missing.md": "file does not exist", "evidence": "is not a file", "evidence/empty.md": "is empty",
		"../restore.md": "is not a path in the folder",
	} {
		changed := Declarations{lines: declarations.lines, Attestations: []Attestation{declarations.Attestations[0]}}
		changed.Attestations[0].Document.Path = path
		resolved, problems := ResolveDocuments(folder, changed)
		if len(problems) != 1 || problems[0].Line != 10 || problems[0].ID != "restore-2026-q4" ||
			problems[0].Field != "document.path" || !strings.Contains(problems[0].Text, found) {
			t.Errorf("%s: %v", path, problems)
		}
		if resolved.Attestations[0].Document.IsVerified {
			t.Errorf("%s: verified", path)
		}
	}
}

// TestJoinDeclarations checks that ids are unique in all texts.
func TestJoinDeclarations(t *testing.T) {
	t.Parallel()
	one, problems := ParseDeclarations([]byte(restoreTest))
	noProblems(t, problems)
	other, problems := ParseDeclarations([]byte(strings.NewReplacer("restore-2026-q4", "other", "W-014", "W-015").
		Replace(restoreTest)))
	noProblems(t, problems)
	all, problems := JoinDeclarations(one, other)
	noProblems(t, problems)
	if len(all.Attestations) != 2 || len(all.Waivers) != 2 || all.lines["other"] != 10 {
		t.Errorf("joined %+v", all)
	}
	_, problems = JoinDeclarations(one, other, one)
	if len(problems) != 2 || problems[0].ID != "restore-2026-q4" || problems[1].ID != "W-014" {
		t.Errorf("problems %v", problems)
	}
}
