package provider_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/terraform-srm/terraform-provider-srm/internal/acctest"
)

// TestEmptyIDs: an id that is empty is refused by validation, in every resource, data source, ephemeral resource,
// action and list resource, so that no request carries one.
func TestEmptyIDs(t *testing.T) {
	t.Parallel()
	checked := 0
	for _, one := range validated(t, acctest.New(t).Protocol(t)) {
		for _, attribute := range one.schema.Block.Attributes {
			isID := attribute.Name == "id" || strings.HasSuffix(attribute.Name, "_id")
			if !isID || !attribute.Required && !attribute.Optional || !attribute.Type.Is(tftypes.String) ||
				one.name == "provider" {
				continue
			}
			checked++
			refused := slices.ContainsFunc(one.validate(
				emptyAttribute(t, one.schema, attribute.Name),
			), func(d *tfprotov6.Diagnostic) bool {
				return d.Severity == tfprotov6.DiagnosticSeverityError && d.Attribute.String() == `AttributeName("`+
					attribute.Name+`")`
			})
			if !refused {
				t.Errorf("%s: an empty %s is accepted", one.name, attribute.Name)
			}
		}
	}
	if checked < 20 {
		t.Errorf("only %d ids were checked", checked)
	}
	t.Logf("%d ids", checked)
}

// emptyAttribute is a configuration in which one attribute is an empty text and all else is null.
func emptyAttribute(t *testing.T, schema *tfprotov6.Schema, name string) *tfprotov6.DynamicValue {
	t.Helper()
	return attributeOf(t, schema, name, "")
}

// attributeOf is a configuration in which one attribute is a text and all else is null.
func attributeOf(t *testing.T, schema *tfprotov6.Schema, name, text string) *tfprotov6.DynamicValue {
	t.Helper()
	kind, ok := schema.ValueType().(tftypes.Object)
	if !ok {
		t.Fatal("a schema is no object")
	}
	values := map[string]tftypes.Value{}
	for attribute, of := range kind.AttributeTypes {
		values[attribute] = tftypes.NewValue(of, nil)
	}
	values[name] = tftypes.NewValue(tftypes.String, text)
	value, err := tfprotov6.NewDynamicValue(kind, tftypes.NewValue(kind, values))
	if err != nil {
		t.Fatal(err)
	}
	return &value
}
