package externalnode_test

import (
	"strings"
	"testing"

	"github.com/terraform-srm/terraform-provider-srm/internal/acctest"
	"github.com/terraform-srm/terraform-provider-srm/internal/acctest/machine"
)

// TestProgramsAreValid checks the programs of both kinds of enrolment with shellcheck and the schema of cloud-init.
func TestProgramsAreValid(t *testing.T) {
	t.Parallel()
	acctest.SkipLongUnderRace(t)
	m := machine.Start(t)
	r := newRig(t)
	for name, extra := range map[string]map[string]any{
		"provider": {"ssh": map[string]any{"allowed_ip_ranges": []string{"198.51.100.0/24", "2001:db8::/32"}}},
		"machine": {"enrolment": "machine", "credential_source": map[string]any{"command": `vault kv get ` +
			`-field="key" ` +
			`'secret/kosmos'`}},
	} {
		life := r.Protocol(t).Resource("srm_kosmos_external_node", r.nodeAttributes(extra))
		if output := life.Apply(t.Context()); !life.Exists() {
			t.Fatal(output)
		}
		for _, program := range []string{"script", "cleanup_script"} {
			m.WriteFile("/root/program.sh", 0o700, life.StringAttribute(program))
			if out, code := m.Run("shellcheck", "/root/program.sh"); code != 0 {
				t.Errorf("%s of %s: exit %d\n%s", program, name, code, out)
			}
		}
		m.WriteFile("/root/user-data", 0o600, life.StringAttribute("cloud_init"))
		if out, code := m.Run(
			"cloud-init", "schema", "--config-file", "/root/user-data",
		); code != 0 || !strings.Contains(out, "Valid") {
			t.Errorf("cloud_init of %s: exit %d\n%s", name, code, out)
		}
	}
	m.WriteFile("/root/user-data", 0o600, "#cloud-config\nruncmd: {}\n")
	if out, code := m.Run("cloud-init", "schema", "--config-file", "/root/user-data"); code == 0 {
		t.Errorf("the schema accepts an invalid document:\n%s", out)
	}
}
