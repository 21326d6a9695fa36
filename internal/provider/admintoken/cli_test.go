package admintoken_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/terraform-srm/terraform-provider-srm/internal/acctest"
)

// TestResetAdminTokenWithCLI invokes the action with the CLI and checks that it prints no token.
func TestResetAdminTokenWithCLI(t *testing.T) {
	t.Parallel()
	acctest.Requires(t, acctest.Actions)
	env := acctest.New(t, acctest.WithGeneratedKubeconfig)
	id := env.CreateCluster(t)
	old := readAdminToken(t, env, id)
	cli := env.CLI(t, fmt.Sprintf("action \"srm_reset_admin_token\" \"one\" {\n  config {\n    cluster_id = "+
		"\"fr-par/%s\"\n  }\n}\n", id))
	env.Sandbox.ClearRequests()
	cli.AddEnv("TF_LOG=TRACE")
	out := cli.MustRun("apply", "-auto-approve", "-no-color", "-invoke=action.srm_reset_admin_token.one")
	assertWrites(t, env, resetRequest)
	fresh := readAdminToken(t, env, id)
	if fresh == old {
		t.Error("the token did not change")
	}
	assertContains(t, out, "Revoking the legacy admin token of cluster outside", "is revoked")
	for name, secret := range map[string]string{"old": old, "new": fresh} {
		if strings.Contains(out, secret) {
			t.Errorf("the output contains the %s token", name)
		}
	}
}
