package hdsguardrails_test

import (
	"fmt"
	"testing"

	"github.com/terraform-srm/terraform-provider-srm/internal/sandbox"
)

// TestOwnerOfATaintedCreateThatIsCreatedBeforeItIsDestroyed is refused, as the old one would be removed after it;
// without the taint an update finishes it.
func TestOwnerOfATaintedCreateThatIsCreatedBeforeItIsDestroyed(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	cli, owner := r.tainted(t, "lifecycle {\n    create_before_destroy = true\n  }")
	expect(t, cli, 1, apply(), "Error: The cluster already has guardrails.*run `terraform untaint`")
	expect(t, cli, 0, []string{"untaint", address})
	expect(t, cli, 0, apply(), "Warning: The create of the guardrails has not ended", "0 added, 1 changed, 0 destroyed")
	r.checkOwner(t, owner)
	finish(t, cli)
}

// TestOwnerOfATaintedCreate: an interrupted create leaves a mark that keeps others out, and its own state replaces it.
func TestOwnerOfATaintedCreate(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	cli, tainted := r.tainted(t, "")
	other := r.CLI(t, r.guardrails(passphrase, 1, "", looser))
	expect(t, other, 1, apply(),
		"Error: The cluster already has guardrails.*whose create has not ended.*may run until", `import \{`)
	expect(t, cli, 0, apply())
	r.checkOtherOwner(t, tainted)
	finish(t, cli)
}

// TestOwnerAfterALostAnswer: the POST of the mark is done, and its answer is lost, once and at every attempt.
func TestOwnerAfterALostAnswer(t *testing.T) {
	t.Parallel()
	for _, lasting := range []bool{false, true} {
		t.Run(fmt.Sprintf("lasting %t", lasting), func(t *testing.T) {
			t.Parallel()
			r, faulty := faultyRig(t)
			cli := r.CLI(t, r.resources(passphrase, 1))
			err := faulty.AddFault(sandbox.Fault{
				Method: "POST", Path: policiesPath, Kind: sandbox.FaultLostResponse, Persistent: lasting,
			})
			if err != nil {
				t.Fatal(err)
			}
			if lasting {
				expect(t, cli, 1, apply(), "Unable to create the guardrails")
				if owner, phase := r.mark(); owner == "absent" || phase != "creating" {
					t.Errorf("the mark is of %s, phase %s", owner, phase)
				}
				faulty.ClearFaults()
			}
			expect(t, cli, 0, apply())
			if _, phase := r.mark(); phase != "applied" {
				t.Errorf("the phase is %s", phase)
			}
			finish(t, cli)
		})
	}
}

// TestOwnerAfterAKilledDestroy kills the provider in the middle of a destroy and at its last write: the mark goes last,
// and the owner repeats the destroy.
func TestOwnerAfterAKilledDestroy(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		path string
		left bool
	}{
		"the class": {"*/storageclasses/srm-encrypted", true},
		"the mark":  {policiesPath + "/" + ownerMark, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r, faulty := faultyRig(t)
			cli, owner := r.applied(t)
			kill(t, cli, faulty, "DELETE", test.path, destroy())
			if now, _ := r.mark(); test.left && now != owner || !test.left && now != "absent" {
				t.Errorf("the mark is of %s, was %s", now, owner)
			}
			if test.left {
				other := r.CLI(t, r.guardrails(passphrase, 1, "", looser))
				expect(t, other, 1, apply(), "Error: The cluster already has guardrails")
			}
			expect(t, cli, 0, destroy())
			r.checkUnowned(t)
		})
	}
}

// TestOwnerAfterAKill kills the provider at writes of a create that are then done: the first one, two in the middle,
// and the last one, which sets the phase to applied. The state has nothing; the next apply refuses, and its import
// block leads on.
func TestOwnerAfterAKill(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ method, path, phase, said string }{
		"first write": {"POST", policiesPath, "creating", "whose create has not ended"},
		"a policy":    {"PATCH", policiesPath + "/srm-claims", "creating", "whose create has not ended"},
		"after applied": {"PUT", policiesPath + "/" + ownerMark, "applied",
			"If no state has them, as after an apply that ended before its state was saved, import them"},
		"the class last": {"PATCH", "*/storageclasses/sbs-default", "creating", "whose create has not ended"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r, faulty := faultyRig(t)
			cli := r.CLI(t, r.resources(passphrase, 1))
			out := kill(t, cli, faulty, test.method, test.path, apply())
			if status := cli.Status("srm_hds_guardrails", "test"); status != "absent" {
				t.Fatalf("the state has them %s\n%s", status, out)
			}
			owner, phase := r.mark()
			if phase != test.phase {
				t.Errorf("the phase is %s", phase)
			}
			said := expect(t, cli, 1, apply(), "Error: The cluster already has guardrails", test.said)
			cli.Configure(r.Env, importing(t, said)+r.resources(passphrase, 1))
			expect(t, cli, 0, apply(), "1 imported")
			r.checkOwner(t, owner)
			finish(t, cli)
			if found := r.inside.field(policies, "", "srm-claims", "kind"); found != "absent" {
				t.Errorf("the destroy left a policy: %s", found)
			}
		})
	}
}
