package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/terraform-srm/terraform-provider-srm/internal/assessment"
)

// job is one cluster to assess: read live, or from stored facts.
type job struct {
	cluster string
	inputs  string // File, or empty.
	facts   *assessment.Facts
	options assessment.Options
}

// usedFiles are the files that settings and declarations were read from.
type usedFiles struct {
	declarations []string          // Attestations and waivers.
	documents    map[string]string // Digests of attested documents, by the id of the attestation.
	baseline     string
	config       string
	folder       string // Folder of evidence that is judged again, or empty.
}

// all returns the paths of all files.
func (u usedFiles) all(jobs []job, organization *organizationJob) []string {
	paths := append(slices.Clone(u.declarations), u.baseline, u.config)
	for _, j := range jobs {
		paths = append(paths, j.inputs)
	}
	if organization != nil {
		paths = append(paths, organization.inputs)
	}
	slices.Sort(paths)
	return slices.DeleteFunc(slices.Compact(paths), func(path string) bool { return path == "" })
}

// jobs returns the clusters to assess with their options, from flags, from srm.yaml or from a folder of evidence.
func (f *assessFlags) jobs() ([]job, error) {
	if err := checkLanguage(f.language); err != nil {
		return nil, err
	}
	if f.previous != "" && f.evidence == "" {
		return nil, errors.New("--previous: no evidence is written; add --evidence")
	}
	common := assessment.Options{HDS: f.hds, Layers: f.layers, Only: f.only, Skip: f.skip}
	if f.asOf != "" {
		if len(f.facts) == 0 || f.organization {
			return nil, errors.New(
				"--as-of: only stored facts (--facts) can be judged as of another time; a cluster is " +
					"judged at the time of reading",
			)
		}
		var err error
		if common.AsOf, err = parseAsOf(f.asOf); err != nil {
			return nil, err
		}
	}
	if err := checkSeverity(f.failOn); err != nil {
		return nil, err
	}
	if err := f.checkOutputs(nil); err != nil {
		return nil, err
	}
	folder, isFolder, err := evidenceFolder(f.facts)
	if err != nil {
		return nil, err
	}
	var jobs []job
	if isFolder {
		jobs, err = f.replay(folder, common.AsOf)
	} else {
		jobs, err = f.newJobs(common)
	}
	if err != nil {
		return nil, err
	}
	if f.compare && len(jobs) < 2 {
		return nil, errors.New("--compare: a comparison needs at least two clusters")
	}
	if f.accessList != "" && f.organizationJob == nil {
		return nil, errors.New("--access-list: the list needs the Organization; add --organization, or the key " +
			"organization of --config")
	}
	if err := f.checkOutputs(jobs); err != nil {
		return nil, err
	}
	return jobs, nil
}

// checkOutputs refuses outputs that would replace an input.
func (f assessFlags) checkOutputs(jobs []job) error {
	inputs := slices.Concat(f.facts, f.attestations, f.waivers, f.used.all(jobs, f.organizationJob), []string{
		f.inputs, f.config, f.baseline, f.organizationFacts,
	})
	for flag, written := range map[string]string{"--output": f.output, "--access-list": f.accessList} {
		if written == "" || written == "-" {
			continue
		}
		isInFolder := false
		if f.used.folder != "" {
			relative, err := filepath.Rel(f.used.folder, written)
			isInFolder = err == nil && filepath.IsLocal(relative)
		}
		if isInFolder || slices.Contains(inputs, written) {
			return fmt.Errorf("%s: %s is also an input; choose another name", flag, written)
		}
	}
	file := f.output
	if f.json || f.compare {
		file = "" // The results are printed only.
	}
	return errors.Join(checkOutput("--output", file), checkOutput("--access-list", f.accessList),
		checkEvidence(f.evidence))
}

// newJobs returns the clusters to assess from flags or from srm.yaml.
func (f *assessFlags) newJobs(common assessment.Options) ([]job, error) {
	var entries []clusterEntry
	config := file{folder: "."}
	switch {
	case f.config != "":
		if f.given("hds") {
			return nil, errors.New("--hds: the clusters of --config have their own hds")
		}
		var err error
		if config, err = readConfig(f.config); err != nil {
			return nil, fmt.Errorf("--config: %w", err)
		}
		entries = config.Clusters
		if f.failOn == "" {
			f.failOn = config.FailOn
		}
		if f.accessList == "" {
			f.accessList = config.resolve(config.AccessList)
		}
	default:
		for _, cluster := range f.clusters {
			entries = append(entries, clusterEntry{Cluster: cluster})
		}
		for _, path := range f.facts {
			entries = append(entries, clusterEntry{Facts: path})
		}
	}
	f.used = usedFiles{
		declarations: slices.Concat(
			f.attestations, f.waivers, config.paths(config.Attestations), config.paths(config.Waivers),
		),
		baseline: f.baseline, config: f.config,
	}
	if err := errors.Join(
		checkFiles("--attestations", f.attestations), checkFiles("--waivers", f.waivers),
		checkFiles(config.origin("attestations"), config.paths(config.Attestations)),
		checkFiles(config.origin("waivers"), config.paths(config.Waivers)),
	); err != nil {
		return nil, err
	}
	declared, err := readDeclarations(f.used.declarations, nil)
	if err != nil {
		return nil, err
	}
	f.used.documents = declared.DocumentDigests()
	common.Attestations, common.Waivers = declared.Attestations, declared.Waivers
	if common.Inputs, err = readInputs("--inputs", f.inputs); err != nil {
		return nil, err
	}
	if f.organizationJob, err = newOrganizationJob(f, config, common); err != nil {
		return nil, err
	}
	jobs := []job{}
	for _, entry := range entries {
		if entry.Inventory != "" {
			f.inventories = append(f.inventories, config.resolve(entry.Inventory))
		}
		one, err := newJob(entry, config, common, f.inputs)
		if err != nil {
			return nil, err
		}
		jobs = append(jobs, one)
	}
	return jobs, nil
}

// paths resolves paths of srm.yaml.
func (f file) paths(paths []string) []string {
	resolved := []string{}
	for _, path := range paths {
		resolved = append(resolved, f.resolve(path))
	}
	return resolved
}

// newJob returns the job of an entry. What the entry leaves out comes from the flags.
func newJob(entry clusterEntry, config file, common assessment.Options, inputs string) (job, error) {
	j := job{cluster: entry.Cluster, inputs: inputs, options: common}
	if entry.HDS != nil {
		j.options.HDS = *entry.HDS
	}
	if len(entry.Layers) > 0 {
		j.options.Layers = entry.Layers
	}
	if len(entry.Only) > 0 {
		j.options.Only = entry.Only
	}
	if len(entry.Skip) > 0 {
		j.options.Skip = entry.Skip
	}
	if err := errors.Join(checkLayers(j.options.Layers), checkIDs("only", j.options.Only),
		checkIDs("skip", j.options.Skip)); err != nil {
		return job{}, err
	}
	var err error
	if entry.Inputs != "" {
		j.inputs = config.resolve(entry.Inputs)
		if j.options.Inputs, err = readInputs(config.origin("inputs"), j.inputs); err != nil {
			return job{}, err
		}
	}
	if entry.Facts != "" {
		if j.facts, err = readFacts(config.resolve(entry.Facts)); err != nil {
			return job{}, err
		}
	}
	return j, nil
}

// readDeclarations reads attestations and waivers. All problems of all files are one error. The digests of documents
// are computed, or taken from digests if it is not nil.
func readDeclarations(
	paths []string, digests map[string]string, options ...assessment.ParseOption,
) (assessment.Declarations, error) {
	texts, problems := []assessment.Declarations{}, []error{}
	for _, path := range slices.Compact(slices.Sorted(slices.Values(paths))) {
		content, err := os.ReadFile(path)
		if err != nil {
			return assessment.Declarations{}, err
		}
		declared, found := assessment.ParseDeclarations(content, options...)
		switch {
		case len(found) > 0:
		case digests != nil:
			declared, found = assessment.RecordedDocuments(digests, declared)
		default:
			declared, found = assessment.ResolveDocuments(os.DirFS(filepath.Dir(path)), declared)
		}
		problems = append(problems, inFile(path, found)...)
		texts = append(texts, declared)
	}
	all, found := assessment.JoinDeclarations(texts...)
	problems = append(problems, inFile(strings.Join(paths, ", "), found)...)
	return all, errors.Join(problems...)
}

// inFile returns problems as errors that begin with the path of the file.
func inFile(path string, problems []assessment.Problem) []error {
	errs := []error{}
	for _, p := range problems {
		errs = append(errs, fmt.Errorf("%s: %s", path, p))
	}
	return errs
}

// checkFiles returns an error if a file cannot be read. origin is the flag or the key that names the files.
func checkFiles(origin string, paths []string) error {
	for _, path := range paths {
		if _, err := os.ReadFile(path); err != nil {
			return fmt.Errorf("%s: %w", origin, err)
		}
	}
	return nil
}

// readInputs reads a file of inputs; an empty path gives none. origin is the flag or the key that names the file.
func readInputs(origin, path string) (assessment.Inputs, error) {
	if path == "" {
		return assessment.Inputs{}, nil
	}
	content, err := os.ReadFile(path)
	if err != nil {
		return assessment.Inputs{}, fmt.Errorf("%s: %w", origin, err)
	}
	inputs, problems := assessment.ParseInputs(content)
	return inputs, errors.Join(inFile(path, problems)...)
}

// today returns the date of the clock.
func (a app) today() time.Time { return a.now().UTC().Truncate(24 * time.Hour) }
