package guardrails_test

import (
	"strings"
	"testing"

	"github.com/terraform-srm/terraform-provider-srm/internal/acctest"
)

const twoAddresses = "Two resources manage the same guardrails"

// configAtOtherAddress returns less strict guardrails of the same cluster at another address.
func (r rig) configAtOtherAddress() string {
	return strings.Replace(r.guardrailsConfig(passphrase, 1, "", looserRules), `"test"`, `"other"`, 1)
}

// newStateWithTwoAddresses returns a state that has the guardrails at two addresses, and its configuration.
func (r rig) newStateWithTwoAddresses(t *testing.T) (cli *acctest.CLI, config string) {
	t.Helper()
	config = r.resourceConfig(passphrase, 1) + r.configAtOtherAddress()
	cli, _ = r.newAppliedState(t)
	cli.Configure(r.Env, config)
	r.importAtOtherAddress(t, cli)
	return cli, config
}

// importAtOtherAddress imports the guardrails at the second address: the import command plans nothing.
func (r rig) importAtOtherAddress(t *testing.T, cli *acctest.CLI) {
	t.Helper()
	expect(
		t, cli, 0, []string{"import", "-no-color", "srm_hds_guardrails.other", "fr-par/" + r.cluster + "/guardrails"},
	)
}

// TestImportAtSecondAddress imports the guardrails at a second address with less strict settings. The provider
// refuses it before it writes anything.
func TestImportAtSecondAddress(t *testing.T) {
	t.Parallel()
	acctest.OnOneCLI(t)
	r := newRig(t, nil)
	cli, _ := r.newAppliedState(t)
	before := r.resourceVersions()
	block := r.importBlock("other")
	for name, config := range map[string]string{
		"with the first":       r.resourceConfig(passphrase, 1) + block + r.configAtOtherAddress(),
		"instead of the first": block + r.configAtOtherAddress(),
		"with the same settings": r.resourceConfig(passphrase, 1) + block +
			strings.Replace(r.resourceConfig(passphrase, 1), `"test"`, `"other"`, 1),
	} {
		cli.Configure(r.Env, config)
		expect(t, cli, 1, planArgs(), "Error: "+twoAddresses+".*remove the import block")
		expect(t, cli, 1, applyArgs(), "Error: "+twoAddresses)
		r.checkNoWrites(t, before, name+": the refused import")
		if status := cli.ResourceStatus("srm_hds_guardrails", "other"); status != "absent" {
			t.Errorf("%s: the status in the state is %s", name, status)
		}
	}
	cli.Configure(r.Env, r.resourceConfig(passphrase, 1))
	expectEmptyPlanAndDestroy(t, cli)
}

// TestTwoAddressesInOneState checks that neither address is changed or destroyed, and that both fixes of the error
// work.
func TestTwoAddressesInOneState(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	cli, both := r.newStateWithTwoAddresses(t)
	before := r.resourceVersions()
	refused := func(config string, commands ...[]string) {
		t.Helper()
		cli.Configure(r.Env, config)
		for _, args := range commands {
			expect(t, cli, 1, args, "Error: "+twoAddresses+".*terraform state rm.*removed \\{")
		}
		r.checkNoWrites(t, before, "a refused command")
	}
	refused(
		both, planArgs(), applyArgs(), append(planArgs(), "-refresh=false"), append(applyArgs(), "-replace="+address),
	)
	// Without its resource block one of the two would be destroyed.
	refused(r.resourceConfig(passphrase, 1), planArgs(), applyArgs(), append(applyArgs(), "-refresh=false"))

	cli.Configure(r.Env, r.resourceConfig(passphrase, 1)+strings.Replace(`
removed {
  from = srm_hds_guardrails.example

  lifecycle {
    destroy = false
  }
}
`, "example", "other", 1))
	expect(t, cli, 0, applyArgs(), "0 added, 0 changed, 0 destroyed")
	cli.Configure(r.Env, r.resourceConfig(passphrase, 1))
	expect(t, cli, 0, planArgs())

	cli.Configure(r.Env, both)
	r.importAtOtherAddress(t, cli)
	refused(both, planArgs())
	expect(t, cli, 0, []string{"state", "rm", "srm_hds_guardrails.other"})
	cli.Configure(r.Env, r.resourceConfig(passphrase, 1))
	expect(t, cli, 0, planArgs())
	r.checkNoWrites(t, before, "a fix")
	expect(t, cli, 0, destroyArgs())
}

// TestDestroyOfTwoAddresses destroys both addresses. With a refresh the destroy is refused, because it plans the
// configuration first; without a refresh it succeeds.
func TestDestroyOfTwoAddresses(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	cli, _ := r.newStateWithTwoAddresses(t)
	expect(t, cli, 1, destroyArgs(), "Error: "+twoAddresses+".*destroy -refresh=false")
	expect(t, cli, 0, append(destroyArgs(), "-refresh=false"), "2 destroyed")
	r.checkNoOwner(t)
}

// TestSingleAddressIsAccepted plans and refreshes one address often. The provider never reports two addresses.
func TestSingleAddressIsAccepted(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	cli, _ := r.newAppliedState(t)
	expect(t, cli, 0, []string{"refresh", "-no-color"})
	expect(t, cli, 0, []string{"plan", "-no-color", "-refresh-only"})
	expect(t, cli, 0, append(planArgs(), "-out=saved"))
	expect(t, cli, 0, []string{"apply", "-no-color", "saved"})
	expect(t, cli, 0, append(applyArgs(), "-replace="+address), "1 added, 0 changed, 1 destroyed")
	expect(t, cli, 0, []string{"taint", address})
	expect(t, cli, 0, applyArgs(), "1 added, 0 changed, 1 destroyed")
	expect(t, cli, 0, []string{"state", "mv", address, "srm_hds_guardrails.other"})
	cli.Configure(r.Env, r.configAtOtherAddress())
	expect(t, cli, 0, applyArgs(), "0 added, 1 changed, 0 destroyed")
	moved := "moved {\n  from = srm_hds_guardrails.other\n  to   = srm_hds_guardrails.test\n}\n"
	cli.Configure(r.Env, moved+r.resourceConfig(passphrase, 1))
	expect(t, cli, 0, applyArgs(), "0 added, 1 changed, 0 destroyed")
	cli.Configure(r.Env, r.resourceConfig(passphrase, 1))
	expect(t, cli, 2, append(planArgs(), "-destroy"))
	expect(t, cli, 0, destroyArgs())
}
