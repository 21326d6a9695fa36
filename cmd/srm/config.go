package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/terraform-srm/terraform-provider-srm/internal/assessment"
	"github.com/terraform-srm/terraform-provider-srm/internal/compliance"
)

// file is the content of srm.yaml: the clusters that are assessed together, and what is declared about them.
type file struct {
	Clusters []clusterEntry `yaml:"clusters"`
	// Organization is the Organization of the clusters. Without it the clauses about IAM, Audit Trail and contracts are
	// not evaluated.
	Organization *organizationEntry `yaml:"organization"`
	// Attestations and Waivers are files, relative to the folder of srm.yaml.
	Attestations []string `yaml:"attestations"`
	Waivers      []string `yaml:"waivers"`
	FailOn       string   `yaml:"fail_on"`
	AccessList   string   `yaml:"access_list"` // File to write the list of who may do what to.

	folder string
}

// clusterEntry is a cluster of srm.yaml.
type clusterEntry struct {
	Cluster   string   `yaml:"cluster"` // Name, UUID or region/UUID.
	HDS       *bool    `yaml:"hds"`
	Layers    []string `yaml:"layers"`
	Only      []string `yaml:"only"`
	Skip      []string `yaml:"skip"`
	Facts     string   `yaml:"facts"`     // File of stored facts in place of reading the cluster.
	Inputs    string   `yaml:"inputs"`    // File.
	Inventory string   `yaml:"inventory"` // File of srm inventory.
}

// organizationEntry is the Organization of srm.yaml.
type organizationEntry struct {
	ID      string   `yaml:"id"`      // Default: the Organization of the profile, else of the first cluster.
	Profile string   `yaml:"profile"` // Profile of the scw configuration file with the identity that reads it.
	Facts   string   `yaml:"facts"`   // File of stored facts in place of reading the Organization.
	Inputs  string   `yaml:"inputs"`  // File.
	Only    []string `yaml:"only"`
	Skip    []string `yaml:"skip"`
}

// readFile reads srm.yaml. Unknown keys are errors.
func readConfig(path string) (file, error) {
	content, err := os.ReadFile(path)
	if err != nil {
		return file{}, err
	}
	var f file
	decoder := yaml.NewDecoder(bytes.NewReader(content))
	decoder.KnownFields(true)
	if err := decoder.Decode(&f); err != nil && !errors.Is(err, io.EOF) {
		return file{}, fmt.Errorf("%s: %w", path, describeKeys(err))
	}
	f.folder = filepath.Dir(path)
	if len(f.Clusters) == 0 {
		return file{}, fmt.Errorf("%s: clusters is empty; list at least one cluster with cluster and hds", path)
	}
	for i, c := range f.Clusters {
		switch {
		case c.Cluster == "" && c.Facts == "":
			return file{}, fmt.Errorf("%s: clusters[%d] has neither cluster nor facts", path, i)
		case c.Cluster != "" && c.Facts != "":
			return file{}, fmt.Errorf("%s: clusters[%d] has both cluster and facts; keep one of them", path, i)
		case c.HDS == nil:
			return file{}, fmt.Errorf("%s: clusters[%d] lacks hds: set it to true if the cluster is for health data, "+
				"otherwise to false", path, i)
		}
		if len(c.Layers) > 0 {
			if err := checkLayers(c.Layers); err != nil {
				return file{}, fmt.Errorf("%s: clusters[%d]: %w", path, i, err)
			}
		}
	}
	if o := f.Organization; o != nil && o.Facts != "" && o.ID+o.Profile != "" {
		return file{}, fmt.Errorf("%s: organization has facts, and id or profile to read it; keep one of them", path)
	}
	return f, nil
}

// unknownKey matches the error of the YAML library about a key that a struct does not have.
var unknownKey = regexp.MustCompile(`^line (\d+): field (.+) not found in type main\.(\w+)$`)

// describeKeys replaces the names of Go types in errors about unknown keys by the keys that are allowed.
func describeKeys(err error) error {
	mismatch, ok := errors.AsType[*yaml.TypeError](err)
	if !ok {
		return err
	}
	keys := map[string][]string{}
	for _, t := range []reflect.Type{
		reflect.TypeFor[file](), reflect.TypeFor[clusterEntry](), reflect.TypeFor[organizationEntry](),
	} {
		for field := range t.Fields() {
			if key := field.Tag.Get("yaml"); key != "" {
				keys[t.Name()] = append(keys[t.Name()], key)
			}
		}
	}
	texts := []string{}
	for _, text := range mismatch.Errors {
		if found := unknownKey.FindStringSubmatch(text); found != nil {
			allowed := keys[found[3]]
			text = fmt.Sprintf("line %s: %q is not a key; allowed: %s", found[1], found[2], strings.Join(allowed, ", "))
			if nearest, ok := compliance.Nearest(found[2], allowed); ok {
				text += fmt.Sprintf(". Write %q", nearest)
			}
		}
		texts = append(texts, text)
	}
	return errors.New(strings.Join(texts, "; "))
}

// resolve returns a path of srm.yaml relative to the working directory.
func (f file) resolve(path string) string {
	if path == "" || filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(f.folder, path)
}

// checkIDs returns an error for ids of checks that do not exist.
func checkIDs(flag string, ids []string) error {
	for _, id := range ids {
		if _, ok := assessment.LookupCheck(id); !ok {
			return fmt.Errorf("%s: there is no check %q; srm assess --list-checks prints all", flag, id)
		}
	}
	return nil
}

// checkSeverity returns an error for an unknown severity; empty is allowed.
func checkSeverity(severity string) error {
	if severity == "" || slices.Contains(assessment.Severities(), assessment.Severity(severity)) {
		return nil
	}
	return fmt.Errorf("--fail-on: %q is not a severity; the severities are %v", severity, assessment.Severities())
}
