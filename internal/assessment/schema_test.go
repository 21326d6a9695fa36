package assessment

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"go.yaml.in/yaml/v3"
)

// declarationsValidator returns the schema, compiled.
func declarationsValidator(t *testing.T) *jsonschema.Schema {
	t.Helper()
	content, err := jsonschema.UnmarshalJSON(bytes.NewReader(DeclarationsSchema()))
	if err != nil {
		t.Fatal(err)
	}
	compiler := jsonschema.NewCompiler()
	if err := compiler.AddResource(SchemaID, content); err != nil {
		t.Fatal(err)
	}
	compiled, err := compiler.Compile(SchemaID)
	if err != nil {
		t.Fatal(err)
	}
	return compiled
}

// editorValue returns a node as an editor reads it: with the types of YAML 1.2, in which a date is a text.
func editorValue(t *testing.T, node *yaml.Node) any {
	t.Helper()
	switch node.Kind {
	case yaml.DocumentNode:
		return editorValue(t, node.Content[0])
	case yaml.SequenceNode:
		list := []any{}
		for _, item := range node.Content {
			list = append(list, editorValue(t, item))
		}
		return list
	case yaml.MappingNode:
		object := map[string]any{}
		for i := 0; i < len(node.Content); i += 2 {
			object[node.Content[i].Value] = editorValue(t, node.Content[i+1])
		}
		return object
	}
	switch node.Tag {
	case "!!null":
		return nil
	case "!!bool":
		return node.Value == "true"
	case "!!int", "!!float":
		var number float64
		if err := node.Decode(&number); err != nil {
			t.Fatal(err)
		}
		return json.Number(fmt.Sprint(number))
	}
	return node.Value
}

// schemaError returns the error of the schema about a text, or nil.
func schemaError(t *testing.T, compiled *jsonschema.Schema, text string) error {
	t.Helper()
	var node yaml.Node
	if err := yaml.Unmarshal([]byte(text), &node); err != nil {
		return err
	}
	return compiled.Validate(editorValue(t, &node))
}

// TestSchemaAgreesWithParser compares the schema with the parser.
func TestSchemaAgreesWithParser(t *testing.T) {
	t.Parallel()
	compiled := declarationsValidator(t)
	good := strings.Replace(goodDeclarations(t), "cluster_version_check", "attest_logging", 1)
	uri := "{uri: 'https://docs.example.org/r', sha256: " + strings.Repeat("ab", 32) + "}"
	const parserOnly = true // Only the parser refuses it.
	for _, test := range []struct {
		name, old, new string
		isGood         bool
		parserOnly     bool
	}{
		{"every kind", "", "", true, false},
		{"no attestation", good, "attestations: []\nwaivers: []\n", true, false},
		{"no key", good, "{}", true, false},
		{"uri", "{path: evidence/report.md}", uri, true, false},
		{"failed", "result: success", "result: failed", true, false},
		{"number as text", "rpo: as in the runbook", "rpo: 4", true, false},
		{"empty list", "anomalies: [as in the runbook]", "anomalies: []", true, false},
		{"minor with a zero", "from: 1.36", "from: 1.40", true, false},
		{"quoted truth", "health_data: true", "health_data: 'false'", true, false},
		{"no optional field", "      rpo_wanted: as in the runbook\n", "", true, false},

		{"unknown key", "reviewed_by: ciso", "reviewed: ciso", false, false},
		{"unknown top-level key", "waivers:", "waiver:", false, false},
		{"missing key", "    performed_by: sre\n", "", false, false},
		{"unknown kind", "kind: logging", "kind: logs", false, false},
		{"unknown result", "result: success", "result: ok", false, false},
		{"not a date", "performed_on: 2026-11-03", "performed_on: 3.11.2026", false, false},
		{"scope", "scope: organization", "scope: all", false, false},
		{"id", "id: W-014", "id: W 014", false, false},
		{"person", "reviewed_by: ciso", "reviewed_by: jane@example.org", false, false},
		{"path and digest", "{path: evidence/report.md}", "{path: a, sha256: " + strings.Repeat("ab", 32) + "}", false,
			false},
		{"digest alone", "{path: evidence/report.md}", "{sha256: " + strings.Repeat("ab", 32) + "}", false, false},
		{"short digest", "{path: evidence/report.md}", "{uri: 'https://docs.example.org/r', sha256: ab}", false, false},
		{"missing field", "      rto: as in the runbook\n", "", false, false},
		{"unknown field", "rto: as in the runbook", "rtos: as in the runbook", false, false},
		{"missing nested field", "        number: as in the runbook\n", "", false, false},
		{"empty required list", "activities: [3]", "activities: []", false, false},
		{"activity", "activities: [3]", "activities: [7]", false, false},
		{"text for a list", "activities: [3]", "activities: 3", false, false},
		{"list for a text", "rto: as in the runbook", "rto: [a]", false, false},
		{"answer", "answer: yes", "answer: maybe", false, false},
		{"truth", "health_data: true", "health_data: oui", false, false},
		{"TODO", "rto: as in the runbook", "rto: TODO", false, false},
		{"todo in brackets", "rto: as in the runbook", "rto: <todo>", false, false},
		{"lone dash", "rto: as in the runbook", "rto: '-'", false, false},
		{"null", "rto: as in the runbook", "rto: ~", false, false},
		{"check that does not exist", "check: attest_logging", "check: attest_log", false, false},
		{"check that is never waived", "check: attest_logging", "check: cluster_region", false, false},
		{"no subject", "subjects: [fr-par/33333333-3333-4333-8333-333333333333, Deployment/test/web]", "subjects: []",
			false, false},
		{"wildcard", "Deployment/test/web", "Deployment/test/*", false, false},
		{"purpose without its fields", "      register_entry: as in the runbook\n", "", false, false},

		{"word for nothing", "rto: as in the runbook", "rto: tba", false, false},
		{"French placeholder", "rto: as in the runbook", "rto: à compléter", false, parserOnly},
		{"too long", "until: 2027-04-30", "until: 2027-06-30", false, parserOnly},
		{"same roles", "approver: ciso", "approver: platform", false, parserOnly},
		{"same ids", "id: W-014", "id: logging-2026-11-03", false, parserOnly},
		{"no such day", "performed_on: 2026-11-03", "performed_on: 2026-11-31", false, parserOnly},
		{"path outside", "path: evidence/report.md", "path: ../report.md", false, parserOnly},
		{"tag", "rto: as in the runbook", "rto: !!str 4h", false, parserOnly},
	} {
		text := strings.Replace(good, test.old, test.new, 1)
		if text == good && test.old != "" {
			t.Errorf("%s: %q is not in the text", test.name, test.old)
		}
		_, problems := ParseDeclarations([]byte(text))
		if (len(problems) == 0) != test.isGood {
			t.Errorf("%s: the parser reports %v", test.name, problems)
		}
		err := schemaError(t, compiled, text)
		if (err == nil) != (test.isGood || test.parserOnly) {
			t.Errorf("%s: the schema reports %v", test.name, err)
		}
	}
}

// TestSchemaAcceptsWhatTheParserAccepts changes good texts at random.
func TestSchemaAcceptsWhatTheParserAccepts(t *testing.T) {
	t.Parallel()
	compiled := declarationsValidator(t)
	good := strings.Split(strings.Replace(goodDeclarations(t), "cluster_version_check", "attest_logging", 1), "\n")
	words := []string{
		"1",
		"1.30",
		"true",
		"null",
		"~",
		"''",
		"TODO",
		"[]",
		"{}",
		"[a, b]",
		"2026-11-03",
		"a_todo_b",
		"todos",
		"no",
		"yes",
		"é todo",
		"- x",
		"shop",
		"organization",
		"success",
		"partial",
		"logging",
		"fr-par",
		"0",
		"'007'",
		"-3",
		"4h",
		"1e3",
		"x",
	}
	random := rand.New(rand.NewPCG(7, 11))
	accepted := 0
	for range 120 {
		lines := slices.Clone(good)
		for range 1 + random.IntN(2) {
			i := random.IntN(len(lines))
			key, _, isKey := strings.Cut(lines[i], ": ")
			switch {
			case !isKey || strings.HasPrefix(strings.TrimSpace(key), "#"):
			case random.IntN(4) == 0:
				lines = slices.Delete(lines, i, i+1)
			case random.IntN(4) == 0:
				lines[i] = key + "x: y"
			default:
				lines[i] = key + ": " + words[random.IntN(len(words))]
			}
		}
		text := strings.Join(lines, "\n")
		if _, problems := ParseDeclarations([]byte(text)); len(problems) > 0 {
			continue
		}
		accepted++
		if err := schemaError(t, compiled, text); err != nil {
			t.Errorf("the schema refuses what the parser accepts: %v", err)
		}
	}
	if accepted < 10 {
		t.Errorf("only %d texts were accepted", accepted)
	}
}

// TestTemplateIsForEditors checks that the schema refuses a template, too, and that its date is used.
func TestTemplateIsForEditors(t *testing.T) {
	t.Parallel()
	text := string(Template(testScope, time.Date(2027, 1, 31, 12, 0, 0, 0, time.UTC)))
	if schemaError(t, declarationsValidator(t), text) == nil {
		t.Error("the schema accepts the placeholders of a template")
	}
	if !strings.Contains(text, "performed_on: 2027-01-31") {
		t.Error("the template lacks its date")
	}
}
