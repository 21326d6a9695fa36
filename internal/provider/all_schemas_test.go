package provider_test

import (
	"cmp"
	"slices"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/terraform-srm/terraform-provider-srm/internal/acctest"
)

// validatedSchema is a schema of the provider, with its validation function.
type validatedSchema struct {
	// name is "provider", or a kind and a name, such as "resource srm_hds_cluster".
	name     string
	schema   *tfprotov6.Schema
	validate func(config *tfprotov6.DynamicValue) []*tfprotov6.Diagnostic
}

// allSchemas returns all schemas of the provider, sorted by name, so that tests over them include new components.
func allSchemas(t *testing.T, protocol *acctest.Protocol) []validatedSchema {
	t.Helper()
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
	found := []validatedSchema{}
	for kind, group := range map[string]struct {
		schemas  map[string]*tfprotov6.Schema
		validate validate
	}{
		"provider": {map[string]*tfprotov6.Schema{"": schemas.Provider}, func(
			_ string, config *tfprotov6.DynamicValue,
		) ([]*tfprotov6.Diagnostic, error) {
			answer, err := server.ValidateProviderConfig(
				t.Context(), &tfprotov6.ValidateProviderConfigRequest{Config: config},
			)
			return answer.Diagnostics, err
		}},
		"resource ": {schemas.ResourceSchemas, func(
			name string, config *tfprotov6.DynamicValue,
		) ([]*tfprotov6.Diagnostic, error) {
			answer, err := server.ValidateResourceConfig(
				t.Context(), &tfprotov6.ValidateResourceConfigRequest{TypeName: name, Config: config},
			)
			return answer.Diagnostics, err
		}},
		"data source ": {schemas.DataSourceSchemas, func(
			name string, config *tfprotov6.DynamicValue,
		) ([]*tfprotov6.Diagnostic, error) {
			answer, err := server.ValidateDataResourceConfig(
				t.Context(), &tfprotov6.ValidateDataResourceConfigRequest{TypeName: name, Config: config},
			)
			return answer.Diagnostics, err
		}},
		"ephemeral resource ": {schemas.EphemeralResourceSchemas, func(
			name string, config *tfprotov6.DynamicValue,
		) ([]*tfprotov6.Diagnostic, error) {
			answer, err := ephemeral.ValidateEphemeralResourceConfig(
				t.Context(), &tfprotov6.ValidateEphemeralResourceConfigRequest{TypeName: name, Config: config},
			)
			return answer.Diagnostics, err
		}},
		"list resource ": {schemas.ListResourceSchemas, func(
			name string, config *tfprotov6.DynamicValue,
		) ([]*tfprotov6.Diagnostic, error) {
			answer, err := lists.ValidateListResourceConfig(
				t.Context(), &tfprotov6.ValidateListResourceConfigRequest{TypeName: name, Config: config},
			)
			return answer.Diagnostics, err
		}},
		"action ": {actionSchemas, func(name string, config *tfprotov6.DynamicValue) ([]*tfprotov6.Diagnostic, error) {
			answer, err := actions.ValidateActionConfig(
				t.Context(), &tfprotov6.ValidateActionConfigRequest{ActionType: name, Config: config},
			)
			return answer.Diagnostics, err
		}},
	} {
		for name, schema := range group.schemas {
			found = append(found, validatedSchema{kind + name, schema, func(
				config *tfprotov6.DynamicValue,
			) []*tfprotov6.Diagnostic {
				diagnostics, err := group.validate(name, config)
				if err != nil {
					t.Fatal(err)
				}
				return diagnostics
			}})
		}
	}
	slices.SortFunc(found, func(a, b validatedSchema) int { return cmp.Compare(a.name, b.name) })
	return found
}
