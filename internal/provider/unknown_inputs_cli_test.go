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

// hclExpression returns a value as an HCL expression, in which the value at a path is replaced by a reference.
func hclExpression(value any, at, path, reference string) string {
	if at == path {
		return reference
	}
	nested := func(name string) string { return strings.TrimPrefix(at+"."+name, ".") }
	parts := []string{}
	switch value := value.(type) {
	case nil:
		return "null"
	case string:
		return strings.ReplaceAll(strconv.Quote(value), "${", "$${")
	case map[string]any:
		for _, name := range slices.Sorted(maps.Keys(value)) {
			parts = append(parts, strconv.Quote(name)+" = "+hclExpression(value[name], nested(name), path, reference))
		}
		return "{ " + strings.Join(parts, ", ") + " }"
	case []any:
		for i, element := range value {
			parts = append(parts, hclExpression(element, nested(strconv.Itoa(i)), path, reference))
		}
		return "[" + strings.Join(parts, ", ") + "]"
	}
	return fmt.Sprint(value)
}

// valueAt returns the value at a path of a configuration.
func valueAt(value any, path string) any {
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

// TestUnknownInputsOnCLI repeats TestUnknownInputs on a CLI, which reports inconsistent plans and results: one apply
// has a resource for each attribute.
func TestUnknownInputsOnCLI(t *testing.T) {
	t.Parallel()
	env := acctest.New(t)
	schemas := env.Protocol(t).Schemas().ResourceSchemas
	resources := inputsWithoutAPIServer(t, env)
	count := 0 // number of values in a round
	// The output of terraform_data.later is unknown in the plan of each round, since its input changes.
	round := func(number int) string {
		count = 0
		values, blocks := []string{}, []string{}
		for _, in := range resources {
			for i, test := range in.cases(t, schemas[in.kind]) {
				// If a whole element of a set is unknown, the framework treats its required attributes as absent, and
				// refuses it.
				if _, isObject := valueAt(test.config,
					test.path).(map[string]any); isObject && strings.HasSuffix(test.path, ".0") {
					continue
				}
				config := maps.Clone(test.config)
				in.makeUnique(config, i)
				key, value := fmt.Sprintf("%s_%d", in.kind, i), valueAt(config, test.path)
				if other, ok := in.changes[test.path]; ok && number == 3 {
					value = other
				}
				if text, ok := value.(string); ok && test.path == "name" && number == 3 {
					value = fmt.Sprintf("%s-%d", text, i)
				}
				values = append(values, key+" = "+hclExpression(value, "", "-", ""))
				lines := []string{}
				for _, name := range slices.Sorted(maps.Keys(config)) {
					lines = append(
						lines, "  "+name+" = "+hclExpression(
							config[name], name, test.path, "terraform_data.later.output.values."+key,
						),
					)
				}
				blocks = append(
					blocks, fmt.Sprintf(
						"resource %q %q {\n%s\n}\n", in.kind, "i"+strconv.Itoa(i), strings.Join(lines, "\n"),
					),
				)
				count++
			}
		}
		return fmt.Sprintf("resource \"terraform_data\" \"later\" {\n  input = { round = %d, values = {\n%s\n} "+
			"}\n}\n%s",
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
	t.Logf("%d values in 3 rounds were unknown at plan and known at apply", count)
}
