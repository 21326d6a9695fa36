package kosmoscluster_test

import (
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/terraform-srm/terraform-provider-srm/internal/acctest"
)

// TestImportByIdentity speaks the protocol itself: not every CLI that is tested here has identities.
func TestImportByIdentity(t *testing.T) {
	t.Parallel()
	env := acctest.New(t)
	protocol := env.Protocol(t)
	server := protocol.Server()
	const id = "55555555-5555-4555-8555-555555555555"
	identity := tftypes.Object{AttributeTypes: map[string]tftypes.Type{"region": tftypes.String, "id": tftypes.String}}
	for _, test := range []struct {
		region  any
		refused bool
		wanted  string
	}{{nil, false, "fr-par/" + id}, {"fr-par", false, "fr-par/" + id}, {"nl-ams", false, "nl-ams/" + id}, {"nl-ams-1", true, ""}} {
		value, err := tfprotov6.NewDynamicValue(identity, tftypes.NewValue(identity, map[string]tftypes.Value{
			"region": tftypes.NewValue(tftypes.String, test.region), "id": tftypes.NewValue(tftypes.String, id),
		}))
		if err != nil {
			t.Fatal(err)
		}
		answer, err := server.ImportResourceState(t.Context(), &tfprotov6.ImportResourceStateRequest{
			TypeName: "srm_kosmos_cluster", Identity: &tfprotov6.ResourceIdentityData{IdentityData: &value},
		})
		if err != nil {
			t.Fatal(err)
		}
		if refused := len(answer.Diagnostics) > 0; refused != test.refused {
			t.Fatalf("region %v: %+v", test.region, answer.Diagnostics)
		}
		if test.refused {
			continue
		}
		if len(answer.ImportedResources) != 1 {
			t.Fatalf("%d resources", len(answer.ImportedResources))
		}
		state, err := answer.ImportedResources[0].State.Unmarshal(protocol.Schemas().ResourceSchemas["srm_kosmos_cluster"].ValueType())
		if err != nil {
			t.Fatal(err)
		}
		attributes := map[string]tftypes.Value{}
		if err := state.As(&attributes); err != nil {
			t.Fatal(err)
		}
		if !attributes["id"].Equal(tftypes.NewValue(tftypes.String, test.wanted)) {
			t.Errorf("id %s", attributes["id"])
		}
	}
}
