package provider_test

import (
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/terraform-srm/terraform-provider-srm/internal/acctest"
)

// collections are the paths of the lists, sets and maps that a configuration can set, nested ones too.
func collections(attributes []*tfprotov6.SchemaAttribute, at []string) [][]string {
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
			found = append(found, collections(attribute.NestedType.Attributes, path)...)
		}
	}
	return found
}

// withElement is a value in which the collection at a path has one element, and all that is beside the path is null.
func withElement(kind tftypes.Type, path []string, element any) tftypes.Value {
	one := func(of tftypes.Type) tftypes.Value {
		if len(path) == 0 {
			return tftypes.NewValue(of, element)
		}
		return withElement(of, path, element)
	}
	switch kind := kind.(type) {
	case tftypes.List:
		return tftypes.NewValue(kind, []tftypes.Value{one(kind.ElementType)})
	case tftypes.Set:
		return tftypes.NewValue(kind, []tftypes.Value{one(kind.ElementType)})
	case tftypes.Map:
		return tftypes.NewValue(kind, map[string]tftypes.Value{"key": one(kind.ElementType)})
	case tftypes.Object:
		values := map[string]tftypes.Value{}
		for name, of := range kind.AttributeTypes {
			values[name] = tftypes.NewValue(of, nil)
		}
		values[path[0]] = withElement(kind.AttributeTypes[path[0]], path[1:], element)
		return tftypes.NewValue(kind, values)
	}
	panic("no collection at " + strings.Join(path, "."))
}

// TestNullElements: every list, set and map of every schema refuses an element that is null at validation, and accepts
// one that is not known yet.
func TestNullElements(t *testing.T) {
	t.Parallel()
	const summary = "An element is null"
	checked := 0
	for _, one := range validated(t, acctest.New(t).Protocol(t)) {
		for _, path := range collections(one.schema.Block.Attributes, nil) {
			checked++
			where := one.name + ", " + strings.Join(path, ".")
			said := func(element any) (refused int, text string) {
				kind := one.schema.ValueType()
				config, err := tfprotov6.NewDynamicValue(kind, withElement(kind, path, element))
				if err != nil {
					t.Fatal(err)
				}
				diagnostics := one.validate(&config)
				for _, d := range diagnostics {
					last := `AttributeName("` + path[len(path)-1] + `")`
					if d.Severity == tfprotov6.DiagnosticSeverityError && d.Summary == summary && strings.Contains(
						d.Attribute.String(), last,
					) {
						refused++
					}
				}
				return refused, acctest.Shown(diagnostics)
			}
			if refused, text := said(nil); refused != 1 || strings.Contains(text, "Value Conversion Error") {
				t.Errorf("%s: an element that is null is refused %d times:\n%s", where, refused, text)
			}
			if refused, text := said(tftypes.UnknownValue); refused != 0 || strings.Contains(text, "Value Conversion Error") {
				t.Errorf("%s: an element that is not known is refused:\n%s", where, text)
			}
		}
	}
	if checked < 40 {
		t.Errorf("only %d collections were checked", checked)
	}
	t.Logf("%d collections", checked)
}
