package cluster_test

import (
	"testing"

	"github.com/terraform-srm/terraform-provider-srm/internal/acctest"
)

// TestHDSImportByIdentity imports over the provider protocol, as not every tested CLI supports identities.
func TestHDSImportByIdentity(t *testing.T) {
	t.Parallel()
	protocol := acctest.New(t).Protocol(t)
	const id = "55555555-5555-4555-8555-555555555555"
	for region, wantError := range map[any]bool{nil: false, "fr-par": false, "nl-ams": true} {
		imported, output := protocol.ImportByIdentity("srm_hds_cluster", region, id)
		if wantError != (output != "") || !wantError && imported != "fr-par/"+id {
			t.Errorf("region %v: imported %q, diagnostics %s", region, imported, output)
		}
	}
}
