package provider_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/terraform-srm/terraform-provider-srm/internal/acctest"
)

// declaredActionsAndLists returns the actions and list resources of the provider, which the oldest supported CLIs do
// not support.
func declaredActionsAndLists(t *testing.T, env *acctest.Env) (actions, lists []string) {
	t.Helper()
	protocol := env.Protocol(t)
	metadata, err := protocol.Server().GetMetadata(t.Context(), &tfprotov6.GetMetadataRequest{})
	if err != nil || len(metadata.Diagnostics) > 0 {
		t.Fatal(err, acctest.FormatDiagnostics(metadata.Diagnostics))
	}
	for _, action := range metadata.Actions {
		if protocol.Schemas().ActionSchemas[action.TypeName] == nil {
			t.Errorf("the action %s has no schema", action.TypeName)
		}
		actions = append(actions, action.TypeName)
	}
	for _, list := range metadata.ListResources {
		if protocol.Schemas().ListResourceSchemas[list.TypeName] == nil ||
			protocol.Schemas().ResourceSchemas[list.TypeName] == nil {
			t.Errorf("the list resource %s has no schema, or no managed resource with its name", list.TypeName)
		}
		lists = append(lists, list.TypeName)
	}
	if len(actions) != len(protocol.Schemas().ActionSchemas) || len(lists) != len(
		protocol.Schemas().ListResourceSchemas,
	) {
		t.Errorf("metadata and schemas differ: actions %q, list resources %q", actions, lists)
	}
	return actions, lists
}

// TestLoadsOnEveryCLI validates and plans on the CLI of this run, which may not support actions and list resources.
func TestLoadsOnEveryCLI(t *testing.T) {
	t.Parallel()
	env := acctest.New(t)
	actions, lists := declaredActionsAndLists(t, env)
	for _, name := range []string{"srm_replace_node", "srm_reset_admin_token"} {
		if !slices.Contains(actions, name) {
			t.Errorf("the provider does not declare the action %s", name)
		}
	}
	for _, name := range []string{"srm_hds_cluster", "srm_hds_pool"} {
		if !slices.Contains(lists, name) {
			t.Errorf("the provider does not declare the list resource %s", name)
		}
	}
	cli := env.CLI(
		t,
		estateConfig(1, 1)+fmt.Sprintf("data \"srm_cluster\" \"outside\" {\n  id = %q\n}\n", env.CreateCluster(t)),
	)
	if out := cli.MustRun("validate", "-no-color"); !strings.Contains(out, "Success!") {
		t.Errorf("validate:\n%s", out)
	}
	if out := cli.MustRun("plan", "-no-color"); !strings.Contains(out, "Plan: 2 to add, 0 to change, 0 to destroy.") {
		t.Errorf("plan:\n%s", out)
	}
	if out := cli.MustRun("providers", "schema", "-json"); !strings.Contains(out, `"srm_hds_cluster"`) {
		t.Error("the schemas do not contain srm_hds_cluster")
	}
}
