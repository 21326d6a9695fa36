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
	"strconv"
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

	path, folder string
}

// origin returns what names a file in error messages: a key of srm.yaml.
func (f file) origin(key string) string { return "--config: " + f.path + ": " + key }

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
	f := file{path: path, folder: filepath.Dir(path)}
	decoder := yaml.NewDecoder(bytes.NewReader(content))
	decoder.KnownFields(true)
	if err := decoder.Decode(&f); err != nil && !errors.Is(err, io.EOF) {
		return file{}, fmt.Errorf("%s: %w", path, describeKeys(err))
	}
	if err := decoder.Decode(&yaml.Node{}); !errors.Is(err, io.EOF) {
		return file{}, fmt.Errorf("%s: there is a second document; allowed: one. Remove the line ---", path)
	}
	var root yaml.Node
	if err := yaml.Unmarshal(content, &root); err != nil {
		return file{}, fmt.Errorf("%s: %w", path, err)
	}
	if err := checkNoNull(&root, "an entry"); err != nil {
		return file{}, fmt.Errorf("%s: %w", path, err)
	}
	if f.FailOn != "" && !isSeverity(f.FailOn) {
		return file{}, fmt.Errorf("%s: fail_on: %w", path, unknownSeverity(f.FailOn))
	}
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

// checkNoNull returns an error if a key or an entry has no value: it would be left out without a word. name is that of
// the node.
func checkNoNull(node *yaml.Node, name string) error {
	if node.Kind == yaml.ScalarNode && node.Tag == "!!null" {
		return fmt.Errorf("line %d: %s has no value; write one, or remove it", node.Line, name)
	}
	for i, child := range node.Content {
		name := "an entry"
		if node.Kind == yaml.MappingNode {
			name = node.Content[i-i%2].Value
		}
		if err := checkNoNull(child, name); err != nil {
			return err
		}
	}
	return nil
}

// wrongType matches the error of the YAML library about a value of another type.
var wrongType = regexp.MustCompile("^line (\\d+): cannot unmarshal !!(\\w+)(?: `(.*)`)? into (.+)$")

// describeType describes a value of another type without the names of Go types, and returns false for another error.
func describeType(text string) (string, bool) {
	match := wrongType.FindStringSubmatch(text)
	if match == nil {
		return "", false
	}
	found, allowed := strconv.Quote(match[3]), "a mapping with keys"
	switch match[2] {
	case "map":
		found = "a mapping"
	case "seq":
		found = "a list"
	}
	switch target := match[4]; {
	case strings.HasPrefix(target, "[]"):
		allowed = "a list"
	case target == "bool":
		allowed = "true or false"
	case target == "string":
		allowed = "a text"
	}
	return fmt.Sprintf("line %s: found %s; allowed: %s", match[1], found, allowed), true
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
		if described, ok := describeType(text); ok {
			text = described
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
	if severity == "" || isSeverity(severity) {
		return nil
	}
	return fmt.Errorf("--fail-on: %w", unknownSeverity(severity))
}

// isSeverity reports whether a text is a severity.
func isSeverity(text string) bool {
	return slices.Contains(assessment.Severities(), assessment.Severity(text))
}

// unknownSeverity is the error about a text that is no severity.
func unknownSeverity(text string) error {
	names := []string{}
	for _, s := range assessment.Severities() {
		names = append(names, string(s))
	}
	return fmt.Errorf("%q is not a severity; allowed: %s", text, strings.Join(names, ", "))
}
