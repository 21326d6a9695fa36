package hdsguardrails_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/terraform-srm/terraform-provider-srm/internal/acctest"
)

const twoAddresses = "Two resource addresses have the same guardrails"

// otherAddress is looser guardrails of the same cluster under another address.
func (r rig) otherAddress() string {
	return strings.Replace(r.guardrails(passphrase, 1, "", looser), `"test"`, `"other"`, 1)
}

// twice is a state that has the guardrails under two addresses, and its configuration.
func (r rig) twice(t *testing.T) (cli *acctest.CLI, config string) {
	t.Helper()
	config = r.resources(passphrase, 1) + r.otherAddress()
	cli = r.CLI(t, r.resources(passphrase, 1))
	expect(t, cli, 0, apply())
	cli.Configure(r.Env, config)
	r.importOther(t, cli)
	return cli, config
}

// importOther adds the second address: the import command plans nothing.
func (r rig) importOther(t *testing.T, cli *acctest.CLI) {
	t.Helper()
	expect(t, cli, 0, []string{"import", "-no-color", "srm_hds_guardrails.other", "fr-par/" + r.cluster + "/guardrails"})
}

// TestTwoAddressesByAnImportBlock: a second address whose settings are looser is refused before anything is written.
func TestTwoAddressesByAnImportBlock(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	cli := r.CLI(t, r.resources(passphrase, 1))
	expect(t, cli, 0, apply())
	before := r.writes()
	block := fmt.Sprintf("import {\n  to = srm_hds_guardrails.other\n  id = %q\n}\n", "fr-par/"+r.cluster)
	for what, config := range map[string]string{
		"beside the first":      r.resources(passphrase, 1) + block + r.otherAddress(),
		"in place of the first": block + r.otherAddress(),
		"with the same settings": r.resources(passphrase, 1) + block +
			strings.Replace(r.resources(passphrase, 1), `"test"`, `"other"`, 1),
	} {
		cli.Configure(r.Env, config)
		expect(t, cli, 1, plan(), "Error: "+twoAddresses+".*remove the import block")
		expect(t, cli, 1, apply(), "Error: "+twoAddresses)
		if now := r.writes(); now != before || cli.Status("srm_hds_guardrails", "other") != "absent" {
			t.Errorf("%s: the refused import wrote\n%s\nwas\n%s", what, now, before)
		}
	}
	cli.Configure(r.Env, r.resources(passphrase, 1))
	expect(t, cli, 0, plan())
	expect(t, cli, 0, destroy())
}

// TestTwoAddressesInOneState: neither address is changed or destroyed, and both ways out of the message work.
func TestTwoAddressesInOneState(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	cli, both := r.twice(t)
	before := r.writes()
	refused := func(config string, commands ...[]string) {
		t.Helper()
		cli.Configure(r.Env, config)
		for _, args := range commands {
			expect(t, cli, 1, args, "Error: "+twoAddresses+".*terraform state rm.*removed \\{")
		}
		if now := r.writes(); now != before {
			t.Errorf("the refused commands wrote\n%s\nwas\n%s", now, before)
		}
	}
	refused(both, plan(), apply(), append(plan(), "-refresh=false"), append(apply(), "-replace="+address))
	// Without its block one of the two would be destroyed.
	refused(r.resources(passphrase, 1), plan(), apply(), append(apply(), "-refresh=false"))

	cli.Configure(r.Env, r.resources(passphrase, 1)+strings.Replace(`
removed {
  from = srm_hds_guardrails.example

  lifecycle {
    destroy = false
  }
}
`, "example", "other", 1))
	expect(t, cli, 0, apply(), "0 added, 0 changed, 0 destroyed")
	cli.Configure(r.Env, r.resources(passphrase, 1))
	expect(t, cli, 0, plan())

	cli.Configure(r.Env, both)
	r.importOther(t, cli)
	refused(both, plan())
	expect(t, cli, 0, []string{"state", "rm", "srm_hds_guardrails.other"})
	cli.Configure(r.Env, r.resources(passphrase, 1))
	expect(t, cli, 0, plan())
	if now := r.writes(); now != before {
		t.Errorf("the ways out wrote\n%s\nwas\n%s", now, before)
	}
	expect(t, cli, 0, destroy())
}

// TestDestroyOfTwoAddresses: a destroy of everything is refused while it refreshes, as it plans the configuration
// first; without a refresh it destroys both.
func TestDestroyOfTwoAddresses(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	cli, _ := r.twice(t)
	expect(t, cli, 1, destroy(), "Error: "+twoAddresses+".*destroy -refresh=false")
	expect(t, cli, 0, append(destroy(), "-refresh=false"), "2 destroyed")
	if owner, _ := r.mark(); owner != "absent" {
		t.Errorf("the destroy left the mark of %s", owner)
	}
}

// TestOneAddress is planned and read often, and never taken for two.
func TestOneAddress(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	cli := r.CLI(t, r.resources(passphrase, 1))
	expect(t, cli, 0, apply())
	expect(t, cli, 0, []string{"refresh", "-no-color"})
	expect(t, cli, 0, []string{"plan", "-no-color", "-refresh-only"})
	expect(t, cli, 0, append(plan(), "-out=saved"))
	expect(t, cli, 0, []string{"apply", "-no-color", "saved"})
	expect(t, cli, 0, append(apply(), "-replace="+address), "1 added, 0 changed, 1 destroyed")
	expect(t, cli, 0, []string{"taint", address})
	expect(t, cli, 0, apply(), "1 added, 0 changed, 1 destroyed")
	expect(t, cli, 0, []string{"state", "mv", address, "srm_hds_guardrails.other"})
	cli.Configure(r.Env, r.otherAddress())
	expect(t, cli, 0, apply(), "0 added, 1 changed, 0 destroyed")
	moved := "moved {\n  from = srm_hds_guardrails.other\n  to   = srm_hds_guardrails.test\n}\n"
	cli.Configure(r.Env, moved+r.resources(passphrase, 1))
	expect(t, cli, 0, apply(), "0 added, 1 changed, 0 destroyed")
	cli.Configure(r.Env, r.resources(passphrase, 1))
	expect(t, cli, 2, append(plan(), "-destroy"))
	expect(t, cli, 0, destroy())
}
