package cluster_test

import (
	"testing"

	"github.com/terraform-srm/terraform-provider-srm/internal/acctest"
)

// TestKosmosImportByIdentity imports over the provider protocol, as not every tested CLI supports identities.
func TestKosmosImportByIdentity(t *testing.T) {
	t.Parallel()
	protocol := acctest.New(t).Protocol(t)
	const id = "55555555-5555-4555-8555-555555555555"
	for region, want := range map[any]string{
		nil: "fr-par/" + id, "fr-par": "fr-par/" + id, "nl-ams": "nl-ams/" + id, "nl-ams-1": "",
	} {
		imported, output := protocol.ImportByIdentity("srm_kosmos_cluster", region, id)
		if (want == "") != (output != "") || want != "" && imported != want {
			t.Errorf("region %v: imported %q, diagnostics %s", region, imported, output)
		}
	}
}
