package report

import (
	"bytes"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/terraform-srm/terraform-provider-srm/internal/assessment"
)

// evidence returns a folder of evidence.
func evidence(t *testing.T, previous *PreviousManifest) fstest.MapFS {
	t.Helper()
	files := map[string][]byte{
		"assessment.json":            []byte("{}"),
		"facts/prod.json":            []byte(`{"a": 1}`),
		"declared/attestations.yaml": []byte("a: b\n"),
		"empty":                      {},
	}
	m := NewManifest("srm/1", []assessment.Assessment{cluster()}, files, previous)
	manifest, digest, err := m.Encode()
	if err != nil {
		t.Fatal(err)
	}
	folder := fstest.MapFS{ManifestFile: {Data: manifest}, ManifestDigestFile: {Data: digest}}
	for path, content := range files {
		folder[path] = &fstest.MapFile{Data: content}
	}
	return folder
}

// TestVerifyEvidence changes every byte of every file of a folder, removes each file, and adds one. Each change is
// found.
func TestVerifyEvidence(t *testing.T) {
	t.Parallel()
	folder := evidence(t, &PreviousManifest{Folder: "2026-q3", SHA256: "ab"})
	if _, _, problems, err := VerifyEvidence(folder); err != nil || len(problems) > 0 {
		t.Fatalf("unchanged: %q, %v", problems, err)
	}
	changes := 0
	isFound := func() bool {
		changes++
		_, _, problems, err := VerifyEvidence(folder)
		return err != nil || len(problems) > 0
	}
	for path, file := range folder {
		original := file.Data
		for i := range original {
			file.Data = bytes.Clone(original)
			file.Data[i] ^= 1
			if !isFound() {
				t.Errorf("a change of byte %d of %s is not found", i, path)
			}
		}
		for _, content := range [][]byte{append(bytes.Clone(original), '\n'), original[:max(0, len(original)-1)]} {
			if file.Data = content; !bytes.Equal(content, original) && !isFound() {
				t.Errorf("%s with %d bytes is not found", path, len(content))
			}
		}
		file.Data = original
		delete(folder, path)
		if !isFound() {
			t.Errorf("%s is missing, which is not found", path)
		}
		folder[path] = file
	}
	folder["facts/other.json"] = &fstest.MapFile{}
	if _, _, problems, err := VerifyEvidence(folder); err != nil ||
		!slices.Equal(problems, []string{"facts/other.json is not in the manifest"}) {
		t.Errorf("another file: %q, %v", problems, err)
	}
	t.Logf("%d changes", changes)
}

// TestVerifyChain checks the order of folders.
func TestVerifyChain(t *testing.T) {
	t.Parallel()
	read := func(folder fstest.MapFS) (Manifest, string) {
		m, digest, err := ReadManifest(folder)
		if err != nil {
			t.Fatal(err)
		}
		return m, digest
	}
	first, firstDigest := read(evidence(t, nil))
	second, secondDigest := read(evidence(t, &PreviousManifest{Folder: "first", SHA256: firstDigest}))
	third, thirdDigest := read(evidence(t, &PreviousManifest{Folder: "second", SHA256: secondDigest}))
	all, digests := []Manifest{first, second, third}, []string{firstDigest, secondDigest, thirdDigest}
	if problems := VerifyChain(all, digests); len(problems) > 0 {
		t.Error(problems)
	}
	if problems := VerifyChain([]Manifest{first, third}, []string{firstDigest, thirdDigest}); len(problems) != 1 ||
		!strings.Contains(problems[0], "follows another folder: second") {
		t.Error(problems)
	}
	if problems := VerifyChain([]Manifest{second, first}, []string{secondDigest, firstDigest}); len(problems) != 1 ||
		!strings.Contains(problems[0], "names no folder") {
		t.Error(problems)
	}
}
