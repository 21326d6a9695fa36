package hdscluster_test

import (
	"testing"

	"github.com/terraform-srm/terraform-provider-srm/internal/acctest"
)

// TestImportByIdentity speaks the protocol itself: not every CLI that is tested here has identities.
func TestImportByIdentity(t *testing.T) {
	t.Parallel()
	protocol := acctest.New(t).Protocol(t)
	const id = "55555555-5555-4555-8555-555555555555"
	for region, refused := range map[any]bool{nil: false, "fr-par": false, "nl-ams": true} {
		imported, said := protocol.ImportByIdentity("srm_hds_cluster", region, id)
		if refused != (said != "") || !refused && imported != "fr-par/"+id {
			t.Errorf("region %v: %q, %s", region, imported, said)
		}
	}
}
