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
	"github.com/terraform-srm/terraform-provider-srm/internal/responsibility"
)

// job is one cluster to assess: read live, or from stored facts.
type job struct {
	cluster string
	facts   *assessment.Facts
	options assessment.Options
}

// jobs returns the clusters to assess with their options, from flags or from srm.yaml.
func (a app) jobs(f *assessFlags, hdsGiven bool) ([]job, error) {
	if !slices.Contains(responsibility.Languages(), f.language) {
		return nil, fmt.Errorf("--language: %q is not a language; the languages are %s", f.language,
			strings.Join(responsibility.Languages(), " and "))
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
	for _, written := range []string{f.output, f.accessList} {
		if written != "" && slices.Contains(slices.Concat(f.facts, f.attestations, f.waivers, []string{
			f.inputs, f.config, f.organizationFacts,
		}), written) {
			return nil, fmt.Errorf("--output: %s is also an input; choose another name", written)
		}
	}
	var entries []clusterEntry
	config := file{folder: "."}
	switch {
	case f.config != "":
		if hdsGiven {
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
	if err := checkSeverity(f.failOn); err != nil {
		return nil, err
	}
	declared, err := readDeclarations(
		slices.Concat(f.attestations, f.waivers, config.paths(config.Attestations), config.paths(config.Waivers)),
	)
	if err != nil {
		return nil, err
	}
	common.Attestations, common.Waivers = declared.Attestations, declared.Waivers
	if common.Inputs, err = readInputs(f.inputs); err != nil {
		return nil, err
	}
	if f.compare && len(entries) < 2 {
		return nil, errors.New("--compare: a comparison needs at least two clusters")
	}
	if !hdsGiven && f.config == "" {
		_, _ = fmt.Fprintln(a.stderr, "Assessed as a cluster without health data: use --hds if it is for health data.")
	}
	if f.previous != "" && f.evidence == "" {
		return nil, errors.New("--previous: no evidence is written; add --evidence")
	}
	f.declared = slices.DeleteFunc(slices.Concat(
		f.attestations,
		f.waivers,
		config.paths(config.Attestations),
		config.paths(
			config.Waivers,
		),
		config.inputs(),
		[]string{f.config, f.inputs, f.baseline},
	), func(path string) bool {
		return path == ""
	})
	if f.organizationJob, err = newOrganizationJob(f, config, common); err != nil {
		return nil, err
	}
	jobs := []job{}
	for _, entry := range entries {
		one, err := newJob(entry, config, common)
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

// inputs returns the files of inputs.
func (f file) inputs() []string {
	paths := []string{}
	for _, c := range f.Clusters {
		paths = append(paths, f.resolve(c.Inputs))
	}
	if f.Organization != nil {
		paths = append(paths, f.resolve(f.Organization.Inputs))
	}
	return paths
}

// newJob returns the job of an entry. What the entry leaves out comes from the flags.
func newJob(entry clusterEntry, config file, common assessment.Options) (job, error) {
	j := job{cluster: entry.Cluster, options: common}
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
		if j.options.Inputs, err = readInputs(config.resolve(entry.Inputs)); err != nil {
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

// readDeclarations reads attestations and waivers. All problems of all files are one error.
func readDeclarations(paths []string) (assessment.Declarations, error) {
	texts, problems := []assessment.Declarations{}, []error{}
	for _, path := range slices.Compact(slices.Sorted(slices.Values(paths))) {
		content, err := os.ReadFile(path)
		if err != nil {
			return assessment.Declarations{}, err
		}
		declared, found := assessment.ParseDeclarations(content)
		if len(found) == 0 {
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

// readInputs reads a file of inputs; an empty path gives none.
func readInputs(path string) (assessment.Inputs, error) {
	if path == "" {
		return assessment.Inputs{}, nil
	}
	content, err := os.ReadFile(path)
	if err != nil {
		return assessment.Inputs{}, err
	}
	inputs, problems := assessment.ParseInputs(content)
	return inputs, errors.Join(inFile(path, problems)...)
}

// today returns the date of the clock.
func (a app) today() time.Time { return a.now().UTC().Truncate(24 * time.Hour) }
