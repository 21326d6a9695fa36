package provider

import (
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/terraform-srm/terraform-provider-srm/internal/responsibility"
)

// TestCarriersExist: what the catalogue says to carry a clause is registered and names the clause in its own descriptions;
// what it says to be planned is not. srm_responsibilities names every clause, as its result.
func TestCarriersExist(t *testing.T) {
	t.Parallel()
	server := serve(t, surroundings{})
	all, err := server.GetProviderSchema(t.Context(), &tfprotov6.GetProviderSchemaRequest{})
	if err != nil || len(all.Diagnostics) > 0 {
		t.Fatal(err, shown(all.Diagnostics))
	}
	schemas := map[string]map[string]*tfprotov6.Schema{
		responsibility.KindResource: all.ResourceSchemas, responsibility.KindDataSource: all.DataSourceSchemas,
		responsibility.KindEphemeral: all.EphemeralResourceSchemas, responsibility.KindAction: {}, responsibility.KindProvider: {},
	}
	for name, action := range all.ActionSchemas {
		schemas[responsibility.KindAction][name] = action.Schema
	}
	for _, one := range all.Provider.Block.Attributes {
		schemas[responsibility.KindProvider][one.Name] = &tfprotov6.Schema{Block: &tfprotov6.SchemaBlock{Attributes: []*tfprotov6.SchemaAttribute{one}}}
	}
	built, planned := 0, 0
	for _, clause := range responsibility.TheCatalogue().Clauses {
		for _, carrier := range clause.Carriers {
			schema := schemas[carrier.Kind][carrier.Name]
			switch {
			case carrier.Planned:
				planned++
				if schema != nil {
					t.Errorf("%s: the %s %s is said to be planned, and exists", clause.ID, carrier.Kind, carrier.Name)
				}
			case schema == nil:
				t.Errorf("%s: there is no %s %s", clause.ID, carrier.Kind, carrier.Name)
			case carrier.Name != responsibility.Self && !mentions(schema, clause.ID):
				t.Errorf("the %s %s does not name %s, which it is said to carry: %s", carrier.Kind, carrier.Name, clause.ID, carrier.Does)
			default:
				built++
			}
		}
	}
	t.Logf("%d carriers exist, %d are planned", built, planned)
	if built == 0 || planned == 0 {
		t.Error("nothing was compared")
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
