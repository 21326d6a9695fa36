package guardrails_test

import (
	"fmt"
	"testing"

	"github.com/terraform-srm/terraform-provider-srm/internal/acctest"
	"github.com/terraform-srm/terraform-provider-srm/internal/sandbox"
)

// TestOwnerTaintedCreateBeforeDestroy replaces a tainted resource with create_before_destroy. The
// provider refuses it, because the destroy would delete the new guardrails. Without the taint an update finishes the
// create.
func TestOwnerTaintedCreateBeforeDestroy(t *testing.T) {
	t.Parallel()
	acctest.OnOneCLI(t)
	r := newRig(t, nil)
	cli, owner := r.newTaintedState(t, "lifecycle {\n    create_before_destroy = true\n  }")
	expect(t, cli, 1, applyArgs(), "Error: The cluster already has guardrails.*run `terraform untaint`")
	expect(t, cli, 0, []string{"untaint", address})
	expect(
		t,
		cli,
		0,
		applyArgs(),
		"Warning: The creation of the guardrails is not finished",
		"0 added, 1 changed, 0 destroyed",
	)
	r.checkOwner(t, owner)
	expectEmptyPlanAndDestroy(t, cli)
}

// TestOwnerTaintedCreate interrupts a create. Its ownership record blocks other states, and an apply of its own
// state replaces the guardrails.
func TestOwnerTaintedCreate(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	cli, tainted := r.newTaintedState(t, "")
	other := r.CLI(t, r.guardrailsConfig(passphrase, 1, "", looserRules))
	expect(t, other, 1, applyArgs(),
		"Error: The cluster already has guardrails.*whose creation is not finished.*may run until", `import \{`)
	expect(t, cli, 0, applyArgs())
	r.checkOtherOwner(t, tainted)
	expectEmptyPlanAndDestroy(t, cli)
}

// TestOwnerLostResponse loses the response to the POST of the ownership record, once and at every attempt.
func TestOwnerLostResponse(t *testing.T) {
	t.Parallel()
	for _, persistent := range []bool{false, true} {
		t.Run(fmt.Sprintf("persistent %t", persistent), func(t *testing.T) {
			t.Parallel()
			acctest.OnOneCLI(t)
			r, faulty := newFaultyRig(t)
			cli := r.CLI(t, r.resourceConfig(passphrase, 1))
			err := faulty.AddFault(sandbox.Fault{
				Method: "POST", Path: policiesPath, Kind: sandbox.FaultLostResponse, Persistent: persistent,
			})
			if err != nil {
				t.Fatal(err)
			}
			if persistent {
				expect(t, cli, 1, applyArgs(), "Unable to create the guardrails")
				if owner, phase := r.ownerRecord(); owner == "absent" || phase != "creating" {
					t.Errorf("the ownership record names %s, phase %s", owner, phase)
				}
				faulty.ClearFaults()
			}
			expect(t, cli, 0, applyArgs())
			if _, phase := r.ownerRecord(); phase != "applied" {
				t.Errorf("the phase is %s", phase)
			}
			expectEmptyPlanAndDestroy(t, cli)
		})
	}
}

// TestOwnerKilledDestroy kills the provider in the middle of a destroy and at its last write, which deletes the
// ownership record. The owner can repeat the destroy.
func TestOwnerKilledDestroy(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		path string
		left bool
	}{
		"StorageClass":     {"*/storageclasses/srm-encrypted", true},
		"ownership record": {policiesPath + "/" + ownerRecord, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			acctest.OnOneCLI(t)
			r, faulty := newFaultyRig(t)
			cli, owner := r.newAppliedState(t)
			killProviderAt(t, cli, faulty, "DELETE", test.path, destroyArgs())
			if now, _ := r.ownerRecord(); test.left && now != owner || !test.left && now != "absent" {
				t.Errorf("the ownership record names %s, was %s", now, owner)
			}
			if test.left {
				other := r.CLI(t, r.guardrailsConfig(passphrase, 1, "", looserRules))
				expect(t, other, 1, applyArgs(), "Error: The cluster already has guardrails")
			}
			expect(t, cli, 0, destroyArgs())
			r.checkNoOwner(t)
		})
	}
}

// TestOwnerKilledCreate kills the provider during a create, after a write reached the API server: the first write, two
// in the middle, and the last one, which sets the phase to applied. The state is empty; the next apply is refused, and
// the import block of its error recovers the guardrails.
func TestOwnerKilledCreate(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ method, path, phase, want string }{
		"first write": {"POST", policiesPath, "creating", "whose creation is not finished"},
		"policy":      {"PATCH", policiesPath + "/srm-claims", "creating", "whose creation is not finished"},
		"last write": {"PUT", policiesPath + "/" + ownerRecord, "applied",
			"If no state contains them, for example after an apply that ended before its state was saved, import them"},
		"default class": {"PATCH", "*/storageclasses/sbs-default", "creating", "whose creation is not finished"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			acctest.OnOneCLI(t)
			r, faulty := newFaultyRig(t)
			cli := r.CLI(t, r.resourceConfig(passphrase, 1))
			out := killProviderAt(t, cli, faulty, test.method, test.path, applyArgs())
			if status := cli.ResourceStatus("srm_hds_guardrails", "test"); status != "absent" {
				t.Fatalf("the status in the state is %s\n%s", status, out)
			}
			owner, phase := r.ownerRecord()
			if phase != test.phase {
				t.Errorf("the phase is %s", phase)
			}
			output := expect(t, cli, 1, applyArgs(), "Error: The cluster already has guardrails", test.want)
			cli.Configure(r.Env, printedImportBlock(t, output)+r.resourceConfig(passphrase, 1))
			expect(t, cli, 0, applyArgs(), "1 imported")
			r.checkOwner(t, owner)
			expectEmptyPlanAndDestroy(t, cli)
			if found := r.kube.field(policies, "", "srm-claims", "kind"); found != "absent" {
				t.Errorf("the destroy left a policy: %s", found)
			}
		})
	}
}
