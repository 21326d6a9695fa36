package provider_test

import (
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/terraform-srm/terraform-provider-srm/internal/acctest"
)

// collectionPaths returns the paths of the configurable lists, sets and maps, at any depth.
func collectionPaths(attributes []*tfprotov6.SchemaAttribute, at []string) [][]string {
	found := [][]string{}
	for _, attribute := range attributes {
		if !attribute.Required && !attribute.Optional {
			continue
		}
		path := append(append([]string{}, at...), attribute.Name)
		switch attribute.ValueType().(type) {
		case tftypes.List, tftypes.Set, tftypes.Map:
			found = append(found, path)
		}
		if attribute.NestedType != nil {
			found = append(found, collectionPaths(attribute.NestedType.Attributes, path)...)
		}
	}
	return found
}

// valueWithElement returns a value in which the collection at a path has one element, and all other attributes are
// null.
func valueWithElement(kind tftypes.Type, path []string, element any) tftypes.Value {
	nested := func(of tftypes.Type) tftypes.Value {
		if len(path) == 0 {
			return tftypes.NewValue(of, element)
		}
		return valueWithElement(of, path, element)
	}
	switch kind := kind.(type) {
	case tftypes.List:
		return tftypes.NewValue(kind, []tftypes.Value{nested(kind.ElementType)})
	case tftypes.Set:
		return tftypes.NewValue(kind, []tftypes.Value{nested(kind.ElementType)})
	case tftypes.Map:
		return tftypes.NewValue(kind, map[string]tftypes.Value{"key": nested(kind.ElementType)})
	case tftypes.Object:
		values := map[string]tftypes.Value{}
		for name, of := range kind.AttributeTypes {
			values[name] = tftypes.NewValue(of, nil)
		}
		values[path[0]] = valueWithElement(kind.AttributeTypes[path[0]], path[1:], element)
		return tftypes.NewValue(kind, values)
	}
	panic("no collection at " + strings.Join(path, "."))
}

// TestNullElements checks that the validation of every list, set and map refuses a null element, and accepts an unknown
// one.
func TestNullElements(t *testing.T) {
	t.Parallel()
	const summary = "An element is null"
	checked := 0
	for _, component := range allSchemas(t, acctest.New(t).Protocol(t)) {
		for _, path := range collectionPaths(component.schema.Block.Attributes, nil) {
			checked++
			where := component.name + ", " + strings.Join(path, ".")
			validateWith := func(element any) (errors int, text string) {
				kind := component.schema.ValueType()
				config, err := tfprotov6.NewDynamicValue(kind, valueWithElement(kind, path, element))
				if err != nil {
					t.Fatal(err)
				}
				diagnostics := component.validate(&config)
				for _, d := range diagnostics {
					last := `AttributeName("` + path[len(path)-1] + `")`
					if d.Severity == tfprotov6.DiagnosticSeverityError && d.Summary == summary && strings.Contains(
						d.Attribute.String(), last,
					) {
						errors++
					}
				}
				return errors, acctest.FormatDiagnostics(diagnostics)
			}
			if errors, text := validateWith(nil); errors != 1 || strings.Contains(text, "Value Conversion Error") {
				t.Errorf("%s: %d errors about a null element, want 1:\n%s", where, errors, text)
			}
			if errors, text := validateWith(tftypes.UnknownValue); errors != 0 || strings.Contains(text,
				"Value Conversion Error") {
				t.Errorf("%s: an unknown element is refused:\n%s", where, text)
			}
		}
	}
	if checked < 40 {
		t.Errorf("the test checked only %d collections", checked)
	}
	t.Logf("%d collections", checked)
}
