package kosmoscluster_test

import (
	"testing"

	"github.com/terraform-srm/terraform-provider-srm/internal/acctest"
)

// TestImportByIdentity speaks the protocol itself: not every CLI that is tested here has identities.
func TestImportByIdentity(t *testing.T) {
	t.Parallel()
	protocol := acctest.New(t).Protocol(t)
	const id = "55555555-5555-4555-8555-555555555555"
	for region, wanted := range map[any]string{
		nil: "fr-par/" + id, "fr-par": "fr-par/" + id, "nl-ams": "nl-ams/" + id, "nl-ams-1": "",
	} {
		imported, said := protocol.ImportByIdentity("srm_kosmos_cluster", region, id)
		if (wanted == "") != (said != "") || wanted != "" && imported != wanted {
			t.Errorf("region %v: %q, %s", region, imported, said)
		}
	}
}
