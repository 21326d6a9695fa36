package provider_test

import (
	"strings"
	"testing"

	"github.com/terraform-srm/terraform-provider-srm/internal/acctest"
	"github.com/terraform-srm/terraform-provider-srm/internal/sandbox"
)

// TestLoweredVersion checks that lowering the version is one error, which names the allowed versions, without a warning
// about the upgrade.
func TestLoweredVersion(t *testing.T) {
	t.Parallel()
	config := clusterInputs(map[string]any{"name": "lowered", "type": "kapsule-dedicated-4",
		"private_network_id": "fr-par/" + sandbox.PrivateNetworkID,
		"cni":                "cilium", "version": "1.37", "feature_gates": nil, "admission_plugins": nil})
	life := acctest.New(t).Protocol(t).Resource("srm_hds_cluster", config)
	if diagnostics := life.Apply(t.Context()); strings.Contains(diagnostics, "ERROR") {
		t.Fatal(diagnostics)
	}
	config["version"] = "1.36"
	life.Configure(config)
	_, diagnostics := life.Plan(t.Context())
	acctest.Contains(t, diagnostics, "A cluster cannot be downgraded", `Allowed: "1.37"`)
	if strings.Contains(diagnostics, "1.38") || strings.Contains(diagnostics, "was upgraded by Scaleway or by hand") {
		t.Errorf("the plan warns about an upgrade:\n%s", diagnostics)
	}
}
