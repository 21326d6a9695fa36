package provider

import (
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/terraform-srm/terraform-provider-srm/internal/responsibility"
)

// TestClauseComponentsNameTheClause checks that each component and each enforcing resource that the catalogue lists for
// a clause is registered, and names the clause in its descriptions.
func TestClauseComponentsNameTheClause(t *testing.T) {
	t.Parallel()
	server := newProviderServer(t, processEnv{})
	all, err := server.GetProviderSchema(t.Context(), &tfprotov6.GetProviderSchemaRequest{})
	if err != nil || len(all.Diagnostics) > 0 {
		t.Fatal(err, formatDiagnostics(all.Diagnostics))
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
	for _, attribute := range all.Provider.Block.Attributes {
		schemas["provider."+attribute.Name] = &tfprotov6.Schema{
			Block: &tfprotov6.SchemaBlock{Attributes: []*tfprotov6.SchemaAttribute{attribute}},
		}
	}
	compared := 0
	for _, clause := range responsibility.EmbeddedCatalogue().Clauses {
		names := slices.Clone(clause.Components)
		for _, enforcement := range clause.EnforcedBy {
			names = append(names, enforcement.Resource)
			if all.ResourceSchemas[enforcement.Resource] == nil {
				t.Errorf("%s: the provider has no resource %s", clause.ID, enforcement.Resource)
			}
		}
		for _, name := range names {
			compared++
			switch schema := schemas[name]; {
			case schema == nil:
				t.Errorf("%s: the provider has no component %s", clause.ID, name)
			case !mentions(schema, clause.ID):
				t.Errorf("the descriptions of %s do not name %s", name, clause.ID)
			}
		}
	}
	if compared < 80 {
		t.Errorf("the test compared only %d components", compared)
	}
}

// mentions reports whether a description of the schema, or of one of its attributes, contains the words.
func mentions(schema *tfprotov6.Schema, words string) bool {
	if strings.Contains(schema.Block.Description, words) {
		return true
	}
	for _, attribute := range flattenBlock("", schema.Block) {
		if strings.Contains(attribute.Description, words) {
			return true
		}
	}
	return false
}
