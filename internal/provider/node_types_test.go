package provider_test

import (
	"testing"

	"github.com/terraform-srm/terraform-provider-srm/internal/acctest"
)

// TestNearestNodeType checks that the error about a misspelled node type suggests the nearest name.
func TestNearestNodeType(t *testing.T) {
	t.Parallel()
	env := acctest.New(t)
	on := env.Protocol(t)
	for name, nearest := range map[string]string{
		"POP2-4C-16GB": "POP2-4C-16G", "pop2 hc 4c 8g": "POP2-HC-4C-8G", "BASIC3-4C-16G": "BASIC3-X4C-16G",
		"POP-4C-16G": "POP2-4C-16G",
	} {
		diagnostics := on.ValidateResource("srm_hds_pool", changedConfig("srm_hds_pool", object{"node_type": name}))
		acctest.Contains(
			t, diagnostics, `The nearest eligible name is "`+nearest+`"`, `Fix: Set node_type to "`+nearest+`"`,
		)
	}
	diagnostics := on.ValidateResource("srm_hds_pool", changedConfig("srm_hds_pool", object{"node_type": "m5.large"}))
	acctest.Contains(t, diagnostics, "is undecided", "Fix: Choose an eligible node type")
	for name, nearest := range map[string]string{
		"PRO2 XS": "PRO2-XS", "PRO2-XXSS": "PRO2-XXS", "exernal": "external", "POP2-4C-61G": "POP2-4C-16G",
	} {
		_, diagnostics := on.Resource("srm_kosmos_pool", changedConfig("srm_kosmos_pool", object{"node_type": name})).
			Plan(t.Context())
		acctest.Contains(t, diagnostics, "is not available in nl-ams-1", `Fix: Write "`+nearest+`"`)
	}
	// The name has the form of an eligible family, but the type does not exist.
	_, diagnostics = on.Resource("srm_hds_pool", changedConfig("srm_hds_pool", object{"node_type": "POP2-5C-16G"})).
		Plan(t.Context())
	acctest.Contains(t, diagnostics, `Node type "POP2-5C-16G" is not available in fr-par-1`, `Fix: Write "POP2-4C-16G"`)
}
