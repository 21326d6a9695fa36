package hdsguardrails_test

import (
	"strings"
	"testing"

	"github.com/terraform-srm/terraform-provider-srm/internal/acctest"
)

const twoAddresses = "Two resource addresses have the same guardrails"

// otherAddress returns less strict guardrails of the same cluster at another address.
func (r rig) otherAddress() string {
	return strings.Replace(r.guardrails(passphrase, 1, "", looser), `"test"`, `"other"`, 1)
}

// twice returns a state that has the guardrails at two addresses, and its configuration.
func (r rig) twice(t *testing.T) (cli *acctest.CLI, config string) {
	t.Helper()
	config = r.resources(passphrase, 1) + r.otherAddress()
	cli, _ = r.applied(t)
	cli.Configure(r.Env, config)
	r.importOther(t, cli)
	return cli, config
}

// importOther imports the guardrails at the second address: the import command plans nothing.
func (r rig) importOther(t *testing.T, cli *acctest.CLI) {
	t.Helper()
	expect(t, cli, 0, []string{"import", "-no-color", "srm_hds_guardrails.other", "fr-par/" + r.cluster + "/guardrails"})
}

// TestTwoAddressesByAnImportBlock imports the guardrails at a second address with less strict settings. The provider
// refuses it before it writes anything.
func TestTwoAddressesByAnImportBlock(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	cli, _ := r.applied(t)
	before := r.writes()
	block := r.importBlock("other")
	for name, config := range map[string]string{
		"with the first":       r.resources(passphrase, 1) + block + r.otherAddress(),
		"instead of the first": block + r.otherAddress(),
		"with the same settings": r.resources(passphrase, 1) + block +
			strings.Replace(r.resources(passphrase, 1), `"test"`, `"other"`, 1),
	} {
		cli.Configure(r.Env, config)
		expect(t, cli, 1, plan(), "Error: "+twoAddresses+".*remove the import block")
		expect(t, cli, 1, apply(), "Error: "+twoAddresses)
		r.checkUnwritten(t, before, name+": the refused import")
		if status := cli.Status("srm_hds_guardrails", "other"); status != "absent" {
			t.Errorf("%s: the status in the state is %s", name, status)
		}
	}
	cli.Configure(r.Env, r.resources(passphrase, 1))
	finish(t, cli)
}

// TestTwoAddressesInOneState checks that neither address is changed or destroyed, and that both fixes of the error
// work.
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
		r.checkUnwritten(t, before, "a refused command")
	}
	refused(both, plan(), apply(), append(plan(), "-refresh=false"), append(apply(), "-replace="+address))
	// Without its resource block one of the two would be destroyed.
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
	r.checkUnwritten(t, before, "a fix")
	expect(t, cli, 0, destroy())
}

// TestDestroyOfTwoAddresses destroys both addresses. With a refresh the destroy is refused, because it plans the
// configuration first; without a refresh it succeeds.
func TestDestroyOfTwoAddresses(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	cli, _ := r.twice(t)
	expect(t, cli, 1, destroy(), "Error: "+twoAddresses+".*destroy -refresh=false")
	expect(t, cli, 0, append(destroy(), "-refresh=false"), "2 destroyed")
	r.checkUnowned(t)
}

// TestOneAddress plans and refreshes one address often. The provider never reports two addresses.
func TestOneAddress(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	cli, _ := r.applied(t)
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
