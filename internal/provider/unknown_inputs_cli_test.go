package provider_test

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/terraform-srm/terraform-provider-srm/internal/acctest"
)

// expression writes a value as a CLI reads it; at the path stands the reference instead.
func expression(value any, at, path, reference string) string {
	if at == path {
		return reference
	}
	below := func(name string) string { return strings.TrimPrefix(at+"."+name, ".") }
	parts := []string{}
	switch value := value.(type) {
	case nil:
		return "null"
	case string:
		return strings.ReplaceAll(strconv.Quote(value), "${", "$${")
	case map[string]any:
		for _, name := range slices.Sorted(maps.Keys(value)) {
			parts = append(parts, strconv.Quote(name)+" = "+expression(value[name], below(name), path, reference))
		}
		return "{ " + strings.Join(parts, ", ") + " }"
	case []any:
		for i, element := range value {
			parts = append(parts, expression(element, below(strconv.Itoa(i)), path, reference))
		}
		return "[" + strings.Join(parts, ", ") + "]"
	}
	return fmt.Sprint(value)
}

// at is the value at a path of a configuration.
func at(value any, path string) any {
	for step := range strings.SplitSeq(path, ".") {
		switch from := value.(type) {
		case map[string]any:
			value = from[step]
		case []any:
			i, err := strconv.Atoi(step)
			if err != nil || i >= len(from) {
				return nil
			}
			value = from[i]
		}
	}
	return value
}

// TestUnknownInputsOnACLI makes every configurable attribute of every resource that needs no API server unknown at plan
// and known at apply, with the comparisons that the CLI makes: an instance for each attribute, all in one apply.
func TestUnknownInputsOnACLI(t *testing.T) {
	t.Parallel()
	env := acctest.New(t)
	schemas := env.Protocol(t).Schemas().ResourceSchemas
	resources := clustered(t, env)
	count := 0 // of a round
	// The value of `later` is unknown in the plan of each round, as its input changes.
	round := func(number int) string {
		count = 0
		values, blocks := []string{}, []string{}
		for _, in := range resources {
			for i, one := range in.cases(t, schemas[in.kind]) {
				// The framework takes the required attributes of a set's element that is unknown as a whole for absent, and refuses
				// it.
				if _, whole := at(one.config, one.path).(map[string]any); whole && strings.HasSuffix(one.path, ".0") {
					continue
				}
				config := maps.Clone(one.config)
				in.unique(config, i)
				key, value := fmt.Sprintf("%s_%d", in.kind, i), at(config, one.path)
				if other, ok := in.changed[one.path]; ok && number == 3 {
					value = other
				}
				if text, ok := value.(string); ok && one.path == "name" && number == 3 {
					value = fmt.Sprintf("%s-%d", text, i)
				}
				values = append(values, key+" = "+expression(value, "", "-", ""))
				lines := []string{}
				for _, name := range slices.Sorted(maps.Keys(config)) {
					lines = append(
						lines, "  "+name+" = "+expression(config[name], name, one.path, "terraform_data.later.output.values."+key),
					)
				}
				blocks = append(
					blocks, fmt.Sprintf("resource %q %q {\n%s\n}\n", in.kind, "i"+strconv.Itoa(i), strings.Join(lines, "\n")),
				)
				count++
			}
		}
		return fmt.Sprintf("resource \"terraform_data\" \"later\" {\n  input = { round = %d, values = {\n%s\n} }\n}\n%s",
			number, strings.Join(values, "\n"), strings.Join(blocks, "\n"))
	}
	cli := env.CLI(t, round(1))
	for number := 1; number <= 3; number++ {
		cli.Configure(env, round(number))
		out, code := cli.Run("apply", "-auto-approve", "-no-color", "-compact-warnings", "-parallelism=20")
		t.Logf("round %d: exit %d", number, code)
		inconsistent := strings.Count(out, "inconsistent") + strings.Count(out, "invalid plan")
		if code != 0 || inconsistent > 0 {
			_, failures, _ := strings.Cut(out, "Error: ")
			t.Fatalf("round %d: exit %d, %d inconsistent\nError: %s", number, code, inconsistent, failures)
		}
	}
	t.Logf("%d values in 3 rounds, unknown at plan and known at apply, inconsistent 0", count)
}
