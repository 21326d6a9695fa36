package provider_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/terraform-srm/terraform-provider-srm/internal/acctest"
)

// TestEmptyIDs checks that validation refuses an empty id in every resource, data source, ephemeral resource, action
// and list resource, so that no request contains one.
func TestEmptyIDs(t *testing.T) {
	t.Parallel()
	checked := 0
	for _, component := range allSchemas(t, acctest.New(t).Protocol(t)) {
		for _, attribute := range component.schema.Block.Attributes {
			isID := attribute.Name == "id" || strings.HasSuffix(attribute.Name, "_id")
			if !isID || !attribute.Required && !attribute.Optional || !attribute.Type.Is(tftypes.String) ||
				component.name == "provider" {
				continue
			}
			checked++
			refused := slices.ContainsFunc(component.validate(
				configWithEmptyAttribute(t, component.schema, attribute.Name),
			), func(d *tfprotov6.Diagnostic) bool {
				return d.Severity == tfprotov6.DiagnosticSeverityError && d.Attribute.String() == `AttributeName("`+
					attribute.Name+`")`
			})
			if !refused {
				t.Errorf("%s: an empty %s is accepted", component.name, attribute.Name)
			}
		}
	}
	if checked < 20 {
		t.Errorf("the test checked only %d ids", checked)
	}
	t.Logf("%d ids", checked)
}

// configWithEmptyAttribute returns a configuration in which one attribute is an empty string and all others are null.
func configWithEmptyAttribute(t *testing.T, schema *tfprotov6.Schema, name string) *tfprotov6.DynamicValue {
	t.Helper()
	return configWithAttribute(t, schema, name, "")
}

// configWithAttribute returns a configuration in which one attribute is a string and all others are null.
func configWithAttribute(t *testing.T, schema *tfprotov6.Schema, name, text string) *tfprotov6.DynamicValue {
	t.Helper()
	kind, ok := schema.ValueType().(tftypes.Object)
	if !ok {
		t.Fatal("the schema is not an object")
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
