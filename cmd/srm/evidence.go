package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/terraform-srm/terraform-provider-srm/internal/report"
)

// writeEvidence writes a folder with the facts, the declarations and settings, the assessment, and a manifest of them.
// The folder appears as a whole, and an existing one is never changed.
func (a app) writeEvidence(f assessFlags, jobs []job, found results) error {
	if entries, err := os.ReadDir(f.evidence); err == nil && len(entries) > 0 {
		return fmt.Errorf(
			"--evidence: %s is not empty; evidence is never replaced, so choose another folder",
			f.evidence,
		)
	} else if err != nil && !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("--evidence: %w", err)
	}
	var previous *report.PreviousManifest
	if f.previous != "" {
		_, digest, err := report.ReadManifest(os.DirFS(f.previous))
		if err != nil {
			return fmt.Errorf("--previous: %s is not a folder of evidence: %w", f.previous, err)
		}
		previous = &report.PreviousManifest{Folder: filepath.Base(f.previous), SHA256: digest}
	}
	files, err := evidenceFiles(f, jobs, found)
	if err != nil {
		return err
	}
	manifest, digest, err := report.NewManifest(found.Tool, found.all(), files, previous).Encode()
	if err != nil {
		return err
	}
	files[report.ManifestFile], files[report.ManifestDigestFile] = manifest, digest
	if err := writeFolder(f.evidence, files); err != nil {
		return fmt.Errorf("--evidence: %w", err)
	}
	_, err = fmt.Fprintf(a.stderr, "%s: %d files; sha256 of the manifest: %s\n", f.evidence, len(files),
		strings.Fields(string(digest))[0])
	return err
}

// evidenceFiles returns the files of a folder of evidence, by path.
func evidenceFiles(f assessFlags, jobs []job, found results) (map[string][]byte, error) {
	files := map[string][]byte{}
	add := func(name string, value any) error {
		content, err := json.MarshalIndent(value, "", "  ")
		files[name] = append(content, '\n')
		return err
	}
	errs := []error{add("assessment.json", found)}
	for _, j := range jobs {
		errs = append(errs, add("facts/"+strings.ReplaceAll(j.facts.Scope(), "/", "_")+".json", j.facts))
	}
	if o := f.organizationJob; o != nil && o.facts != nil {
		errs = append(errs, add("facts/"+strings.ReplaceAll(o.facts.Scope(), "/", "_")+".json", o.facts))
	}
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	for _, source := range slices.Compact(slices.Sorted(slices.Values(f.declared))) {
		content, err := os.ReadFile(source)
		if err != nil {
			return nil, err
		}
		name := "declared/" + filepath.Base(source)
		for n := 2; files[name] != nil; n++ { // Files of two folders can have the same name.
			name = fmt.Sprintf("declared/%d-%s", n, filepath.Base(source))
		}
		files[name] = content
	}
	return files, nil
}

// writeFolder writes the files of a new folder, which appears when all of them are written.
func writeFolder(folder string, files map[string][]byte) error {
	if err := os.MkdirAll(filepath.Dir(folder), 0o750); err != nil {
		return err
	}
	temporary, err := os.MkdirTemp(filepath.Dir(folder), ".srm-*")
	if err != nil {
		return err
	}
	for name, content := range files {
		target := filepath.Join(temporary, filepath.FromSlash(name))
		if err = os.MkdirAll(filepath.Join(temporary, filepath.FromSlash(path.Dir(name))), 0o700); err == nil {
			err = os.WriteFile(target, content, 0o600)
		}
		if err != nil {
			break
		}
	}
	if err == nil {
		err = os.Rename(temporary, folder)
	}
	if err != nil {
		return errors.Join(err, os.RemoveAll(temporary))
	}
	return nil
}

// verifyEvidence checks folders of evidence, the oldest first, and their order.
func (a app) verifyEvidence(folders []string) error {
	manifests, digests, isIntact := []report.Manifest{}, []string{}, true
	for _, folder := range folders {
		m, digest, problems, err := report.VerifyEvidence(os.DirFS(folder))
		if err != nil {
			return fmt.Errorf("--verify: %s: %w", folder, err)
		}
		manifests, digests = append(manifests, m), append(digests, digest)
		isIntact = isIntact && len(problems) == 0
		state := "unchanged"
		if len(problems) > 0 {
			state = "CHANGED"
		}
		lines := append(
			[]string{fmt.Sprintf("%s: %s, %d files, manifest %s", folder, state, len(m.Files), digest)},
			problems...)
		if _, err := fmt.Fprintln(a.stdout, strings.Join(lines, "\n  ")); err != nil {
			return err
		}
	}
	for _, problem := range report.VerifyChain(manifests, digests) {
		isIntact = false
		if _, err := fmt.Fprintln(a.stdout, problem); err != nil {
			return err
		}
	}
	if !isIntact {
		return exitCode(exitFail)
	}
	return nil
}
