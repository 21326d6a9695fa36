package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/terraform-srm/terraform-provider-srm/internal/assessment"
	"github.com/terraform-srm/terraform-provider-srm/internal/report"
)

// Files of a folder of evidence.
const (
	resultsFile    = "assessment.json"
	accessListFile = "access-list.json"
	// settingsFile says how the facts were judged.
	settingsFile = "settings.json"
)

// settingsFormat identifies the format of settingsFile.
const settingsFormat = "srm-evidence-settings/1"

// evidenceSettings say how the facts of a folder of evidence were judged, so that they can be judged again from the
// folder alone. Paths are relative to the folder, with slashes.
type evidenceSettings struct {
	Format       string        `json:"format"`
	Clusters     []judgedFacts `json:"clusters"`
	Organization *judgedFacts  `json:"organization,omitempty"`
	Declarations []string      `json:"declarations"` // Files of attestations and waivers.
	// Documents are the SHA-256 digests of the attested documents, by the id of the attestation.
	Documents map[string]string `json:"documents"`
	Baseline  string            `json:"baseline,omitempty"`
}

// judgedFacts are the settings of a cluster or of the Organization.
type judgedFacts struct {
	Facts  string    `json:"facts"`
	AsOf   time.Time `json:"as_of"`
	HDS    bool      `json:"hds"`
	Layers []string  `json:"layers"`
	Only   []string  `json:"only,omitempty"`
	Skip   []string  `json:"skip,omitempty"`
	Inputs string    `json:"inputs,omitempty"`
}

// subjects returns the settings of the clusters and of the Organization.
func (s evidenceSettings) subjects() []judgedFacts {
	if s.Organization == nil {
		return s.Clusters
	}
	return append(slices.Clone(s.Clusters), *s.Organization)
}

func newJudgedFacts(facts, inputs string, o assessment.Options) judgedFacts {
	return judgedFacts{
		Facts: facts, AsOf: o.AsOf, HDS: o.HDS, Layers: o.Layers, Only: o.Only, Skip: o.Skip, Inputs: inputs,
	}
}

// evidenceFolder returns the folder of evidence that --facts names, and false if it names files.
func evidenceFolder(paths []string) (string, bool, error) {
	for _, path := range paths {
		info, err := os.Stat(path)
		if err != nil || !info.IsDir() {
			continue // Reading the file reports the error.
		}
		if len(paths) > 1 {
			return "", false, fmt.Errorf(
				"--facts: %s is a folder of evidence beside other facts; allowed: one folder, or "+
					"files of srm collect. Judge them one after the other",
				path,
			)
		}
		return path, true, nil
	}
	return "", false, nil
}

// replayFlags are the flags that settings of a folder of evidence replace.
func replayFlags() []string {
	return []string{
		"hds", "layers", "only", "skip", "inputs", "attestations", "waivers", "baseline", "organization",
		"organization-facts", "organization-profile", "inventory",
	}
}

// replay returns the clusters of a folder of evidence with the options of its settings. The folder must be unchanged.
func (f *assessFlags) replay(folder string, asOf time.Time) ([]job, error) {
	for _, flag := range replayFlags() {
		if f.given(flag) {
			return nil, fmt.Errorf(
				"--%s: the folder of evidence %s has its own settings; leave the flag out, or judge "+
					"the files in its folder facts",
				flag,
				folder,
			)
		}
	}
	settings, err := readSettings(folder)
	if err != nil {
		return nil, fmt.Errorf("--facts: %s: %w", folder, err)
	}
	at := func(name string) string {
		if name == "" {
			return ""
		}
		return filepath.Join(folder, filepath.FromSlash(name))
	}
	f.used = usedFiles{folder: folder, documents: settings.Documents, baseline: at(settings.Baseline)}
	for _, name := range settings.Declarations {
		f.used.declarations = append(f.used.declarations, at(name))
	}
	declared, err := readDeclarations(f.used.declarations, settings.Documents)
	if err != nil {
		return nil, err
	}
	options := func(one judgedFacts) (assessment.Options, error) {
		o := assessment.Options{
			AsOf: asOf, HDS: one.HDS, Layers: one.Layers, Only: one.Only, Skip: one.Skip,
			Attestations: declared.Attestations, Waivers: declared.Waivers,
		}
		if asOf.IsZero() {
			o.AsOf = one.AsOf
		}
		var err error
		o.Inputs, err = readInputs("inputs", at(one.Inputs))
		return o, err
	}
	jobs := []job{}
	for _, one := range settings.Clusters {
		facts, err := readFacts(at(one.Facts))
		if err != nil {
			return nil, err
		}
		j := job{inputs: at(one.Inputs), facts: facts}
		if j.options, err = options(one); err != nil {
			return nil, err
		}
		jobs = append(jobs, j)
	}
	if one := settings.Organization; one != nil {
		f.organizationJob = &organizationJob{inputs: at(one.Inputs)}
		if f.organizationJob.facts, err = readOrganizationFacts(at(one.Facts)); err != nil {
			return nil, err
		}
		if f.organizationJob.options, err = options(*one); err != nil {
			return nil, err
		}
	}
	return jobs, nil
}

// readSettings reads the settings of a folder of evidence, after it has verified the folder.
func readSettings(folder string) (evidenceSettings, error) {
	var settings evidenceSettings
	_, _, problems, err := report.VerifyEvidence(os.DirFS(folder))
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return settings, fmt.Errorf(
			"it has no %s; allowed: a folder of srm assess --evidence, or a file of srm collect",
			report.ManifestFile,
		)
	case err != nil:
		return settings, err
	case len(problems) > 0:
		return settings, errors.New("the evidence was changed: " + strings.Join(problems, "; "))
	}
	content, err := os.ReadFile(filepath.Join(folder, settingsFile))
	if errors.Is(err, fs.ErrNotExist) {
		return settings, fmt.Errorf("it has no %s: an earlier version of srm wrote it. Judge the files in its folder "+
			"facts with --facts FILE", settingsFile)
	}
	if err != nil {
		return settings, err
	}
	if err := json.Unmarshal(content, &settings); err != nil {
		return settings, fmt.Errorf("%s are not settings: %w", settingsFile, err)
	}
	if settings.Format != settingsFormat {
		return settings, fmt.Errorf("%s has the format %q; allowed: %q", settingsFile, settings.Format, settingsFormat)
	}
	for _, one := range settings.subjects() {
		for _, name := range append([]string{one.Facts, one.Inputs, settings.Baseline}, settings.Declarations...) {
			if name != "" && !fs.ValidPath(name) {
				return settings, fmt.Errorf("%s names %q, which is not a path in the folder", settingsFile, name)
			}
		}
	}
	if settings.Documents == nil {
		settings.Documents = map[string]string{}
	}
	return settings, nil
}

// compareReplay prints whether the assessment of a folder of evidence is the stored one, unless it was judged as of
// another time.
func (a app) compareReplay(f assessFlags, found results) error {
	if f.used.folder == "" || f.asOf != "" {
		return nil
	}
	path := filepath.Join(f.used.folder, resultsFile)
	stored, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	encoded, err := encodeJSON(found)
	if err != nil {
		return err
	}
	text := path + ": the same assessment, byte for byte"
	if !bytes.Equal(encoded, stored) {
		earlier, err := readResults(path, nil)
		if err != nil {
			return err
		}
		text = fmt.Sprintf("%s: another assessment. %s wrote the stored one, this is %s: compare them with srm report "+
			"--markdown - --baseline", path, earlier.Tool, found.Tool)
	}
	_, err = fmt.Fprintln(a.stderr, text)
	return err
}
