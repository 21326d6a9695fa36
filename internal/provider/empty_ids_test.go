package provider_test

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/terraform-srm/terraform-provider-srm/internal/acctest"
)

// TestEmptyIDs: an id that is empty is refused by validation, in every resource, data source, ephemeral resource, action and list
// resource, so that no request carries one.
func TestEmptyIDs(t *testing.T) {
	t.Parallel()
	protocol := acctest.New(t).Protocol(t)
	server, schemas := protocol.Server(), protocol.Schemas()
	actions, ok := server.(tfprotov6.ActionServer)
	if !ok {
		t.Fatal("the provider has no actions")
	}
	lists, ok := server.(tfprotov6.ListResourceServer)
	if !ok {
		t.Fatal("the provider has no list resources")
	}
	ephemeral, ok := server.(tfprotov6.EphemeralResourceServer)
	if !ok {
		t.Fatal("the provider has no ephemeral resources")
	}
	type validate func(name string, config *tfprotov6.DynamicValue) ([]*tfprotov6.Diagnostic, error)
	actionSchemas := map[string]*tfprotov6.Schema{}
	for name, action := range schemas.ActionSchemas {
		actionSchemas[name] = action.Schema
	}
	checked := 0
	for kind, one := range map[string]struct {
		schemas  map[string]*tfprotov6.Schema
		validate validate
	}{
		"resource": {schemas.ResourceSchemas, func(name string, config *tfprotov6.DynamicValue) ([]*tfprotov6.Diagnostic, error) {
			answer, err := server.ValidateResourceConfig(t.Context(), &tfprotov6.ValidateResourceConfigRequest{TypeName: name, Config: config})
			return answer.Diagnostics, err
		}},
		"data source": {schemas.DataSourceSchemas, func(name string, config *tfprotov6.DynamicValue) ([]*tfprotov6.Diagnostic, error) {
			answer, err := server.ValidateDataResourceConfig(t.Context(), &tfprotov6.ValidateDataResourceConfigRequest{TypeName: name, Config: config})
			return answer.Diagnostics, err
		}},
		"ephemeral resource": {schemas.EphemeralResourceSchemas, func(name string, config *tfprotov6.DynamicValue) ([]*tfprotov6.Diagnostic, error) {
			answer, err := ephemeral.ValidateEphemeralResourceConfig(t.Context(), &tfprotov6.ValidateEphemeralResourceConfigRequest{TypeName: name, Config: config})
			return answer.Diagnostics, err
		}},
		"list resource": {schemas.ListResourceSchemas, func(name string, config *tfprotov6.DynamicValue) ([]*tfprotov6.Diagnostic, error) {
			answer, err := lists.ValidateListResourceConfig(t.Context(), &tfprotov6.ValidateListResourceConfigRequest{TypeName: name, Config: config})
			return answer.Diagnostics, err
		}},
		"action": {actionSchemas, func(name string, config *tfprotov6.DynamicValue) ([]*tfprotov6.Diagnostic, error) {
			answer, err := actions.ValidateActionConfig(t.Context(), &tfprotov6.ValidateActionConfigRequest{ActionType: name, Config: config})
			return answer.Diagnostics, err
		}},
	} {
		for _, name := range slices.Sorted(maps.Keys(one.schemas)) {
			schema := one.schemas[name]
			for _, attribute := range schema.Block.Attributes {
				isID := attribute.Name == "id" || strings.HasSuffix(attribute.Name, "_id")
				if !isID || !attribute.Required && !attribute.Optional || !attribute.Type.Is(tftypes.String) {
					continue
				}
				checked++
				diagnostics, err := one.validate(name, emptyAttribute(t, schema, attribute.Name))
				if err != nil {
					t.Fatal(err)
				}
				refused := slices.ContainsFunc(diagnostics, func(d *tfprotov6.Diagnostic) bool {
					return d.Severity == tfprotov6.DiagnosticSeverityError && d.Attribute.String() == `AttributeName("`+attribute.Name+`")`
				})
				if !refused {
					t.Errorf("%s %s: an empty %s is accepted", kind, name, attribute.Name)
				}
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
	kind, ok := schema.ValueType().(tftypes.Object)
	if !ok {
		t.Fatal("a schema is no object")
	}
	values := map[string]tftypes.Value{}
	for attribute, of := range kind.AttributeTypes {
		values[attribute] = tftypes.NewValue(of, nil)
	}
	values[name] = tftypes.NewValue(tftypes.String, "")
	value, err := tfprotov6.NewDynamicValue(kind, tftypes.NewValue(kind, values))
	if err != nil {
		t.Fatal(err)
	}
	return &value
}
