package main

import (
	"errors"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/terraform-srm/terraform-provider-srm/internal/assessment"
	"github.com/terraform-srm/terraform-provider-srm/internal/report"
)

// writeEvidence writes a folder with the facts, the declarations and settings, the assessment, and a manifest of them.
// The folder appears as a whole, and an existing one is never changed.
func (a app) writeEvidence(f assessFlags, jobs []job, found results, list assessment.AccessList) error {
	files, err := evidenceFiles(f, jobs, found, list)
	if err != nil {
		return err
	}
	return a.writeEvidenceFolder(f.evidence, f.previous, found, files)
}

// writeEvidenceFolder writes a folder of files with a manifest that names the assessments.
func (a app) writeEvidenceFolder(folder, previousFolder string, found results, files map[string][]byte) error {
	if err := checkEvidence(folder); err != nil {
		return err
	}
	var previous *report.PreviousManifest
	if previousFolder != "" {
		_, digest, err := report.ReadManifest(os.DirFS(previousFolder))
		if err != nil {
			return fmt.Errorf("--previous: %s is not a folder of evidence: %w", previousFolder, err)
		}
		previous = &report.PreviousManifest{Folder: filepath.Base(previousFolder), SHA256: digest}
	}
	manifest, digest, err := report.NewManifest(found.Tool, found.all(), files, previous).Encode()
	if err != nil {
		return err
	}
	files[report.ManifestFile], files[report.ManifestDigestFile] = manifest, digest
	if err := writeFolder(folder, files); err != nil {
		return fmt.Errorf("--evidence: %w", err)
	}
	_, err = fmt.Fprintf(a.stderr, "%s: %s; sha256 of the manifest: %s\n", folder, withNumber(len(files), "file"),
		strings.Fields(string(digest))[0])
	return err
}

// checkEvidence refuses a folder of evidence that exists and is not empty; an empty path is none.
func checkEvidence(folder string) error {
	if folder == "" {
		return nil
	}
	if info, err := os.Stat(folder); err == nil && !info.IsDir() {
		return fmt.Errorf("--evidence: %s is a file; allowed: a folder that does not exist", folder)
	}
	entries, err := os.ReadDir(folder)
	switch {
	case len(entries) > 0:
		return fmt.Errorf("--evidence: %s is not empty; evidence is never replaced, so choose another folder", folder)
	case err != nil && !errors.Is(err, os.ErrNotExist):
		return fmt.Errorf("--evidence: %w", err)
	}
	return nil
}

// evidenceFiles returns the files of a folder of evidence, by path. Attested documents are not copied, since they may
// hold personal data: their digests are in the settings.
func evidenceFiles(f assessFlags, jobs []job, found results, list assessment.AccessList) (map[string][]byte, error) {
	files := evidence{}
	settings := evidenceSettings{
		Format: settingsFormat, Clusters: []judgedFacts{}, Declarations: []string{}, Documents: f.used.documents,
	}
	for _, source := range f.inventories {
		found, content, err := readInventoryFile(source, "--inventory")
		if err != nil {
			return nil, err
		}
		files[inventoryFile(found.ClusterID)] = content
	}
	names := map[string]string{"": ""} // In the folder, by path.
	for _, source := range f.used.all(jobs, f.organizationJob) {
		content, err := os.ReadFile(source)
		if err != nil {
			return nil, err
		}
		names[source] = files.add("declared", filepath.Base(source), content)
	}
	for _, source := range slices.Compact(slices.Sorted(slices.Values(f.used.declarations))) {
		settings.Declarations = append(settings.Declarations, names[source])
	}
	settings.Baseline = names[f.used.baseline]
	for _, j := range jobs {
		path, err := files.addJSON("facts", scopeFile(j.facts.Scope(), ".json"), j.facts)
		if err != nil {
			return nil, err
		}
		settings.Clusters = append(settings.Clusters, newJudgedFacts(path, names[j.inputs], j.options))
	}
	errs := []error{}
	if o := f.organizationJob; o != nil && o.facts != nil {
		path, err := files.addJSON("facts", scopeFile(o.facts.Scope(), ".json"), o.facts)
		one := newJudgedFacts(path, names[o.inputs], o.options)
		settings.Organization = &one
		_, listErr := files.addJSON("", accessListFile, list)
		errs = append(errs, err, listErr)
	}
	_, err := files.addJSON("", resultsFile, found)
	_, settingsErr := files.addJSON("", settingsFile, settings)
	return files, errors.Join(append(errs, err, settingsErr)...)
}

// scopeFile returns the name of a file about a scope.
func scopeFile(scope, extension string) string {
	return strings.ReplaceAll(scope, "/", "_") + extension
}

// evidence are the files of a folder of evidence, by path.
type evidence map[string][]byte

// add adds a file and returns its path. Files of two folders can have the same name.
func (e evidence) add(folder, name string, content []byte) string {
	target := path.Join(folder, name)
	for n := 2; e[target] != nil; n++ {
		target = path.Join(folder, fmt.Sprintf("%d-%s", n, name))
	}
	e[target] = content
	return target
}

// addJSON adds a value as a JSON file.
func (e evidence) addJSON(folder, name string, value any) (string, error) {
	content, err := encodeJSON(value)
	return e.add(folder, name, content), err
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
			[]string{fmt.Sprintf("%s: %s, %s, manifest %s", folder, state, withNumber(len(m.Files), "file"), digest)},
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
