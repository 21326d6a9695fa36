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
// has a resource for each attribute of a kind, except of a kind of which there can be only one object. A kind has its
// own state, since the CLI writes the whole state after each resource.
func TestUnknownInputsOnCLI(t *testing.T) {
	t.Parallel()
	env := acctest.New(t)
	env.UseLockedBucket(t)
	schemas := env.Protocol(t).Schemas().ResourceSchemas
	for _, in := range inputsWithoutAPIServer(t, env) {
		t.Run(in.kind, func(t *testing.T) {
			t.Parallel()
			acctest.OnOneCLI(t)
			cases := slices.DeleteFunc(in.cases(t, schemas[in.kind]), func(test unknownCase) bool {
				// If a whole element of a set is unknown, the framework treats its required attributes as absent, and
				// refuses it.
				_, isObject := valueAt(test.config, test.path).(map[string]any)
				return isObject && strings.HasSuffix(test.path, ".0")
			})
			cli, applies := env.CLI(t, ""), [][]unknownCase{cases}
			if in.isSingle {
				applies = slices.Collect(slices.Chunk(cases, 1))
			}
			for _, together := range applies {
				for round := 1; round <= 3; round++ {
					cli.Configure(env, in.roundOnCLI(together, round))
					out, code := cli.Run("apply", "-auto-approve", "-no-color", "-compact-warnings", "-parallelism=20")
					inconsistent := strings.Count(out, "inconsistent") + strings.Count(out, "invalid plan")
					if code != 0 || inconsistent > 0 {
						_, failures, _ := strings.Cut(out, "Error: ")
						t.Fatalf("%s, round %d: exit %d, %d inconsistent\nError: %s", together[0].path, round, code,
							inconsistent, failures)
					}
				}
				if in.isSingle {
					cli.Configure(env, "") // the next case creates the only object of the kind
					if out, code := cli.Run("apply", "-auto-approve", "-no-color"); code != 0 {
						t.Fatal(out)
					}
				}
			}
			t.Logf("%d values in 3 rounds were unknown at plan and known at apply", len(cases))
		})
	}
}

// roundOnCLI returns a configuration with a resource for each case. The output of terraform_data.later is unknown in
// the plan of each round, since its input changes. The third round changes the values.
func (in unknownInputs) roundOnCLI(cases []unknownCase, round int) string {
	values, blocks := []string{}, []string{}
	for i, test := range cases {
		config := maps.Clone(test.config)
		in.makeUnique(config, i)
		key, value := fmt.Sprintf("value_%d", i), valueAt(config, test.path)
		if other, ok := in.changes[test.path]; ok && round == 3 {
			value = other
		}
		if text, ok := value.(string); ok && test.path == "name" && round == 3 {
			value = fmt.Sprintf("%s-%d", text, i)
		}
		values = append(values, key+" = "+hclExpression(value, "", "-", ""))
		lines := []string{}
		for _, name := range slices.Sorted(maps.Keys(config)) {
			reference := "terraform_data.later.output.values." + key
			lines = append(lines, "  "+name+" = "+hclExpression(config[name], name, test.path, reference))
		}
		blocks = append(blocks, fmt.Sprintf("resource %q \"i%d\" {\n%s\n}\n", in.kind, i, strings.Join(lines, "\n")))
	}
	return fmt.Sprintf("resource \"terraform_data\" \"later\" {\n  input = { round = %d, values = {\n%s\n} }\n}\n%s",
		round, strings.Join(values, "\n"), strings.Join(blocks, "\n"))
}
