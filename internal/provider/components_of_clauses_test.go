package provider

import (
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/terraform-srm/terraform-provider-srm/internal/responsibility"
)

// TestComponentsOfClauses: each component and each enforcing resource that the catalogue names is registered and names
// the clause in its own descriptions.
func TestComponentsOfClauses(t *testing.T) {
	t.Parallel()
	server := serve(t, surroundings{})
	all, err := server.GetProviderSchema(t.Context(), &tfprotov6.GetProviderSchemaRequest{})
	if err != nil || len(all.Diagnostics) > 0 {
		t.Fatal(err, shown(all.Diagnostics))
	}
	schemas := map[string]*tfprotov6.Schema{}
	for kind, found := range map[string]map[string]*tfprotov6.Schema{
		"": all.ResourceSchemas, "data.": all.DataSourceSchemas, "ephemeral.": all.EphemeralResourceSchemas,
	} {
		for name, schema := range found {
			schemas[kind+name] = schema
		}
	}
	for name, action := range all.ActionSchemas {
		schemas["action."+name] = action.Schema
	}
	for _, one := range all.Provider.Block.Attributes {
		schemas["provider."+one.Name] = &tfprotov6.Schema{
			Block: &tfprotov6.SchemaBlock{Attributes: []*tfprotov6.SchemaAttribute{one}},
		}
	}
	compared := 0
	for _, clause := range responsibility.TheCatalogue().Clauses {
		names := slices.Clone(clause.Components)
		for _, enforcement := range clause.EnforcedBy {
			names = append(names, enforcement.Resource)
			if all.ResourceSchemas[enforcement.Resource] == nil {
				t.Errorf("%s: no resource is %s", clause.ID, enforcement.Resource)
			}
		}
		for _, name := range names {
			compared++
			switch schema := schemas[name]; {
			case schema == nil:
				t.Errorf("%s: there is no %s", clause.ID, name)
			case !mentions(schema, clause.ID):
				t.Errorf("%s does not name %s", name, clause.ID)
			}
		}
	}
	if compared < 80 {
		t.Errorf("only %d compared", compared)
	}
}

// mentions tells whether a schema's own text or that of an attribute has the words.
func mentions(schema *tfprotov6.Schema, words string) bool {
	if strings.Contains(schema.Block.Description, words) {
		return true
	}
	for _, one := range blocks("", schema.Block) {
		if strings.Contains(one.Description, words) {
			return true
		}
	}
	return false
}
