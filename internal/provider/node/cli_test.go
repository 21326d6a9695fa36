package node_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/terraform-srm/terraform-provider-srm/internal/acctest"
)

// TestReplaceNodeWithCLI invokes the action directly and through an action_trigger.
func TestReplaceNodeWithCLI(t *testing.T) {
	t.Parallel()
	acctest.Requires(t, acctest.Actions)
	env := acctest.New(t)
	workers, before := createPool(t, env, 1)
	config := func(id, input string) string {
		return fmt.Sprintf(`
action "srm_replace_node" "one" {
  config {
    node_id = %q
  }
}

resource "terraform_data" "image" {
  input = %q

  lifecycle {
    action_trigger {
      events  = [after_update]
      actions = [action.srm_replace_node.one]
    }
  }
}
`, id, input)
	}
	cli := env.CLI(t, config(before[0].ID, "first"))
	cli.MustRun("apply", "-auto-approve", "-no-color")
	env.Sandbox.ClearRequests()
	out := cli.MustRun("apply", "-auto-approve", "-no-color", "-invoke=action.srm_replace_node.one")
	assertWrites(t, env, replaceRequest)
	second := listNodes(t, env, workers)
	if len(second) != 1 || second[0].ID == before[0].ID {
		t.Fatalf("nodes %v", second)
	}
	for _, part := range []string{
		"Replacing node " + before[0].Name, "old node deleting", "is replaced by " + second[0].Name,
	} {
		if !strings.Contains(out, part) {
			t.Errorf("%q is missing in\n%s", part, out)
		}
	}
	cli.Configure(env, config(second[0].ID, "second"))
	env.Sandbox.ClearRequests()
	out = cli.MustRun("apply", "-auto-approve", "-no-color")
	assertWrites(t, env, replaceRequest)
	third := listNodes(t, env, workers)
	if len(third) != 1 || third[0].ID == second[0].ID {
		t.Fatalf("nodes %v\n%s", third, out)
	}
	cli.Configure(env, config("fr-par/11111111-1111-4111-8111-111111111111", "third"))
	if out, code := cli.Run("plan", "-no-color"); code == 0 || !strings.Contains(out, "Unable to replace the node") {
		t.Errorf("plan with a node that does not exist: exit %d\n%s", code, out)
	}
}
