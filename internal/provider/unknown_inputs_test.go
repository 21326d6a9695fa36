package provider_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/terraform-srm/terraform-provider-srm/internal/acctest"
)

// unknownInputs is a resource type, each of whose configurable attributes is unknown at plan and known at apply once.
type unknownInputs struct {
	kind string
	// configs are complete configurations, which together set every configurable attribute.
	configs []map[string]any
	// changes holds other values of attributes that an update can change in place, by path.
	changes map[string]any
	// makeUnique gives an instance a unique name or address.
	makeUnique func(config map[string]any, number int)
	isSingle   bool // There can be only one object of the kind.
}

// valuePaths returns the paths of all values of a configuration, including objects and lists.
func valuePaths(value any, at string) []string {
	found := []string{}
	add := func(name string, value any) {
		path := strings.TrimPrefix(at+"."+name, ".")
		found = append(append(found, path), valuePaths(value, path)...)
	}
	switch value := value.(type) {
	case map[string]any:
		for _, name := range slices.Sorted(maps.Keys(value)) {
			add(name, value[name])
		}
	case []any:
		for i, element := range value {
			add(fmt.Sprint(i), element)
		}
	}
	return found
}

// replaceAt returns a copy of a configuration with another value at a path.
func replaceAt(from any, path string, value any) any {
	name, rest, nested := strings.Cut(path, ".")
	switch from := from.(type) {
	case map[string]any:
		copied := maps.Clone(from)
		if nested {
			copied[name] = replaceAt(from[name], rest, value)
		} else {
			copied[name] = value
		}
		return copied
	case []any:
		copied := slices.Clone(from)
		for i := range copied {
			if fmt.Sprint(i) != name {
				continue
			}
			if nested {
				copied[i] = replaceAt(copied[i], rest, value)
			} else {
				copied[i] = value
			}
		}
		return copied
	}
	return value
}

// configurablePaths returns the paths of the configurable attributes of a schema, without indexes of elements.
func configurablePaths(attributes []*tfprotov6.SchemaAttribute, at string) []string {
	found := []string{}
	for _, attribute := range attributes {
		if !attribute.Required && !attribute.Optional {
			continue
		}
		path := strings.TrimPrefix(at+"."+attribute.Name, ".")
		found = append(found, path)
		if attribute.NestedType != nil {
			found = append(found, configurablePaths(attribute.NestedType.Attributes, path)...)
		}
	}
	return found
}

// stripIndexes removes the indexes from a path.
func stripIndexes(path string) string {
	steps := slices.DeleteFunc(strings.Split(path, "."), func(step string) bool { return step == "0" })
	return strings.Join(steps, ".")
}

// cases returns a configuration and a path for each value to make unknown, without duplicate paths.
func (in unknownInputs) cases(t *testing.T, schema *tfprotov6.Schema) []unknownCase {
	t.Helper()
	found, seen := []unknownCase{}, map[string]bool{}
	for _, config := range in.configs {
		for _, path := range valuePaths(config, "") {
			if !seen[path] {
				seen[path], seen[stripIndexes(path)] = true, true
				found = append(found, unknownCase{config, path})
			}
		}
	}
	for _, path := range configurablePaths(schema.Block.Attributes, "") {
		if !seen[path] {
			t.Errorf("%s: no configuration of the test sets %s", in.kind, path)
		}
	}
	return found
}

type unknownCase struct {
	config map[string]any
	path   string
}

// run makes one value unknown at plan and known at apply: in a create, in an update without changes, and in an update
// that changes the value. It returns the number of applies.
func (in unknownInputs) run(t *testing.T, protocol *acctest.Protocol, test unknownCase, number int) int {
	t.Helper()
	config := maps.Clone(test.config)
	in.makeUnique(config, number)
	set := func(value any) map[string]any {
		return replaceAt(config, test.path, value).(map[string]any) //nolint:forcetypeassert // an object
	}
	life, count := protocol.Resource(in.kind, nil), 0
	try := func(operation string, known map[string]any) {
		life.Configure(set(acctest.Unknown))
		action, diagnostics, problems := life.ApplyWithKnownValues(t.Context(), known)
		if len(problems) > 0 || strings.Contains(diagnostics, "ERROR") {
			t.Errorf(
				"%s, %s unknown at %s (%s): %v\n%s", in.kind, test.path, operation, action, problems,
				errorsIn(diagnostics),
			)
		}
		count++
	}
	try("create", config)
	if !life.Exists() {
		return count
	}
	try("update", config)
	if other, ok := in.changes[test.path]; ok {
		try("change", set(other))
	}
	if diagnostics := life.Destroy(t.Context()); strings.Contains(diagnostics, "ERROR") {
		t.Errorf("%s, %s: %s", in.kind, test.path, errorsIn(diagnostics))
	}
	return count
}

// errorsIn returns the first error and everything after it.
func errorsIn(diagnostics string) string {
	_, found, _ := strings.Cut(diagnostics, "ERROR")
	return found
}

// TestUnknownInputs makes every configurable attribute of every resource unknown at plan and known at apply. No final
// plan may contradict the first one, and no apply may return other values than planned.
func TestUnknownInputs(t *testing.T) {
	t.Parallel()
	acctest.SkipLongUnderRace(t)
	env := acctest.New(t)
	env.UseLockedBucket(t)
	protocol := env.Protocol(t)
	for _, in := range inputsWithoutAPIServer(t, env) {
		t.Run(in.kind, func(t *testing.T) {
			t.Parallel()
			cases, count := in.cases(t, protocol.Schemas().ResourceSchemas[in.kind]), 0
			for number, test := range cases {
				count += in.run(t, protocol, test, number)
			}
			t.Logf("%s: %d values unknown at plan, %d plans and applies", in.kind, len(cases), count)
		})
	}
}

// TestUnknownInputsOfGuardrails repeats TestUnknownInputs with the guardrails, which need a Kubernetes API server.
func TestUnknownInputsOfGuardrails(t *testing.T) {
	t.Parallel()
	acctest.SkipLongUnderRace(t)
	server := acctest.Kubernetes(t, nil)
	newManifestClient(t, server.Kubeconfig(), "").createSnapshotAPI()
	env := acctest.New(t, acctest.WithKubernetes(server))
	cluster := env.CreateCluster(t)
	allowOfficeRange(t, env, cluster)
	protocol, in, count := env.Protocol(t), guardrailsInputs("fr-par/"+cluster), 0
	cases := in.cases(t, protocol.Schemas().ResourceSchemas[in.kind])
	for number, test := range cases {
		count += in.run(t, protocol, test, number)
	}
	t.Logf("%s: %d values unknown at plan, %d plans and applies", in.kind, len(cases), count)
}
