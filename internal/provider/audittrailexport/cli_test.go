package audittrailexport_test

import (
	"fmt"
	"testing"

	"github.com/terraform-srm/terraform-provider-srm/internal/acctest"
)

// TestOnCLI creates, imports into another state, replaces and destroys an export job with the CLI.
func TestOnCLI(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	block := func(name, more string) string {
		return fmt.Sprintf(`
resource "srm_audit_trail_export" "it" {
  name               = %q
  bucket             = "trail"
  min_retention_days = 90
  %s
}
`, name, more)
	}
	first := r.CLI(t, block("audit", ""))
	first.MustRun("apply", "-auto-approve", "-no-color")
	if out, code := first.Run("plan", "-detailed-exitcode", "-no-color"); code != 0 {
		t.Errorf("the second plan: exit %d\n%s", code, out)
	}
	out, code := r.CLI(t, block("second", "")).Run("apply", "-auto-approve", "-no-color")
	if id := "fr-par/" + r.jobs()[0].ID; code == 0 || len(r.jobs()) != 1 {
		t.Errorf("a second export: exit %d\n%s", code, out)
	} else {
		acctest.Contains(t, out, "The Organization already has an export job in fr-par", `id = "`+id+`"`)
		importing := r.CLI(t, block("audit", "deletion_protection = false")+fmt.Sprintf(
			"import {\n  to = srm_audit_trail_export.it\n  id = %q\n}\n", id,
		))
		importing.MustRun("apply", "-auto-approve", "-no-color")
		if out, code := importing.Run("plan", "-detailed-exitcode", "-no-color"); code != 0 {
			t.Errorf("the plan after the import: exit %d\n%s", code, out)
		}
		importing.Configure(r.Env, block("renamed", ""))
		acctest.Contains(t, importing.MustRun("plan", "-no-color"), "must be replaced",
			"The change replaces the export job, which interrupts the export", "events of the past 90 days")
	}
	if out, code := first.Run("destroy", "-auto-approve", "-no-color"); code == 0 || len(r.jobs()) != 1 {
		t.Errorf("a protected job: exit %d\n%s", code, out)
	}
	first.Configure(r.Env, block("audit", "deletion_protection = false"))
	first.MustRun("apply", "-auto-approve", "-no-color")
	first.MustRun("destroy", "-auto-approve", "-no-color")
	if len(r.jobs()) != 0 {
		t.Error("the job still exists")
	}
}
