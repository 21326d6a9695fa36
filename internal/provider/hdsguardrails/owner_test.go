package hdsguardrails_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/terraform-srm/terraform-provider-srm/internal/acctest"
	"github.com/terraform-srm/terraform-provider-srm/internal/sandbox"
)

const (
	ownerMark       = "srm-owner"
	annotationOwner = "terraform-srm.github.io/owner"
	annotationPhase = "terraform-srm.github.io/phase"
	looser          = `load_balancers = { action = "audit" }`
)

// mark is the owner and the phase of the mark in the cluster; both are "absent" without one.
func (r rig) mark() (owner, phase string) {
	r.inside.t.Helper()
	of := func(name string) string {
		return r.inside.field(policies, "", ownerMark, "metadata", "annotations", name)
	}
	return of(annotationOwner), of(annotationPhase)
}

// writes are the versions of every policy and binding and of the class: they change with each write.
func (r rig) writes() string {
	r.inside.t.Helper()
	found := []string{}
	for _, of := range []schema.GroupVersionResource{policies, bindings, classes} {
		list, err := r.inside.at(of, "").List(r.inside.t.Context(), metav1.ListOptions{})
		if err != nil {
			r.inside.t.Fatal(err)
		}
		for _, item := range list.Items {
			found = append(found, item.GetKind()+"/"+item.GetName()+" "+item.GetResourceVersion())
		}
	}
	return strings.Join(found, "\n")
}

// expect runs a command, and says what is wrong with its exit code or its output.
func expect(t *testing.T, cli *acctest.CLI, code int, args []string, patterns ...string) string {
	t.Helper()
	out, found := cli.Run(args...)
	if found != code {
		t.Fatalf("%v: exit %d, not %d\n%s", args, found, code, out)
	}
	plain := strings.Join(strings.Fields(strings.NewReplacer("│", "", "╷", "", "╵", "").Replace(out)), " ")
	// One address is never taken for two.
	if strings.Contains(plain, twoAddresses) && !strings.Contains(strings.Join(patterns, ""), twoAddresses) {
		t.Errorf("%v says: %s\n%s", args, twoAddresses, out)
	}
	for _, pattern := range patterns {
		if !regexp.MustCompile(pattern).MatchString(plain) {
			t.Errorf("%v does not say %q:\n%s", args, pattern, out)
		}
	}
	return out
}

func apply() []string   { return []string{"apply", "-auto-approve", "-no-color"} }
func destroy() []string { return []string{"destroy", "-auto-approve", "-no-color"} }
func plan() []string    { return []string{"plan", "-no-color", "-detailed-exitcode"} }

// importing is the block that a refusal printed, with the address of the tests.
func importing(t *testing.T, said string) string {
	t.Helper()
	said = strings.ReplaceAll(said, "│", "")
	block := regexp.MustCompile(`(?s)import \{\s*to = srm_hds_guardrails\.example\s*id = "[^"]+"\s*\}`).FindString(said)
	if block == "" {
		t.Fatalf("no import block:\n%s", said)
	}
	return strings.Replace(block, ".example", ".test", 1) + "\n"
}

// TestOwnerTwoStates: a second state neither loosens the guardrails of the first nor removes them.
func TestOwnerTwoStates(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	first, second := r.CLI(t, r.resources(passphrase, 1)), r.CLI(t, r.guardrails(passphrase, 1, "", looser))
	expect(t, first, 0, apply())
	owner, phase := r.mark()
	if phase != "applied" || len(owner) < 20 {
		t.Errorf("the mark is of %q, phase %q", owner, phase)
	}
	before := r.writes()
	const taken = "The cluster already has guardrails.*one srm_hds_guardrails for each cluster"
	expect(t, second, 2, plan(), "Warning: "+taken)
	expect(t, second, 1, apply(), "Error: "+taken,
		`import \{ to = srm_hds_guardrails.example id = "fr-par/`+r.cluster+`/guardrails" \}`)
	if status := second.Status("srm_hds_guardrails", "test"); status != "absent" {
		t.Errorf("the second state has them %s", status)
	}
	if now := r.writes(); now != before {
		t.Errorf("the second state wrote\n%s\nwas\n%s", now, before)
	}
	expect(t, second, 0, destroy())
	expect(t, first, 0, plan())
	expect(t, first, 0, destroy())
	if owner, _ := r.mark(); owner != "absent" {
		t.Errorf("the destroy left the mark of %s", owner)
	}
}

// TestOwnerTwoAddresses creates two guardrails of one cluster at the same time: one of them is refused.
func TestOwnerTwoAddresses(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	one := r.resources(passphrase, 1)
	other := strings.Replace(r.guardrails(passphrase, 1, "", looser), `"test"`, `"other"`, 1)
	cli := r.CLI(t, one+other)
	expect(t, cli, 1, apply(), "Error: The cluster already has guardrails", `import \{`)
	kept := map[string]string{"test": one, "other": other}
	for name := range kept {
		switch status := cli.Status("srm_hds_guardrails", name); status {
		case "absent":
			delete(kept, name)
		case "tainted":
			t.Errorf("%s is tainted", name)
		}
	}
	if len(kept) != 1 {
		t.Fatalf("the state has %d of the two", len(kept))
	}
	for _, config := range kept {
		cli.Configure(r.Env, config)
		expect(t, cli, 0, plan())
		expect(t, cli, 0, destroy())
	}
}

// tainted is a state whose create of the guardrails was interrupted, and the owner of the mark that it left.
func (r rig) tainted(t *testing.T, more string) (cli *acctest.CLI, owner string) {
	t.Helper()
	cli = r.CLI(t, r.guardrails(passphrase, 1, "", more))
	run := cli.Start(apply()...)
	for r.inside.field(secrets, "srm-system", "srm-passphrase-v1", "kind") == "absent" {
		if t.Context().Err() != nil {
			t.Fatal(t.Context().Err())
		}
	}
	run.Interrupt()
	out, code := run.Wait()
	if code == 0 || cli.Status("srm_hds_guardrails", "test") != "tainted" {
		t.Fatalf("exit %d, %s\n%s", code, cli.Status("srm_hds_guardrails", "test"), out)
	}
	owner, phase := r.mark()
	if phase != "creating" {
		t.Errorf("the phase is %s", phase)
	}
	return cli, owner
}

// TestOwnerOfATaintedCreateThatIsCreatedBeforeItIsDestroyed is refused, as the old one would be removed after it;
// without the taint an update finishes it.
func TestOwnerOfATaintedCreateThatIsCreatedBeforeItIsDestroyed(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	cli, owner := r.tainted(t, "lifecycle {\n    create_before_destroy = true\n  }")
	expect(t, cli, 1, apply(), "Error: The cluster already has guardrails.*run `terraform untaint`")
	expect(t, cli, 0, []string{"untaint", address})
	expect(t, cli, 0, apply(), "Warning: The create of the guardrails has not ended", "0 added, 1 changed, 0 destroyed")
	if now, phase := r.mark(); now != owner || phase != "applied" {
		t.Errorf("the mark is of %s, was %s, phase %s", now, owner, phase)
	}
	expect(t, cli, 0, plan())
	expect(t, cli, 0, destroy())
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
	if owner, phase := r.mark(); phase != "applied" || owner == tainted {
		t.Errorf("the mark is of %s, was %s, phase %s", owner, tainted, phase)
	}
	expect(t, cli, 0, plan())
	expect(t, cli, 0, destroy())
}

// faultyRig is a rig whose API server has faults before it.
func faultyRig(t *testing.T) (rig, *sandbox.Faulty) {
	t.Helper()
	server := acctest.Kubernetes(t, nil)
	faulty, proxied := acctest.Proxied(t, server)
	return rigOn(t, server, proxied), faulty
}

const policiesPath = "/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicies"

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
			expect(t, cli, 0, plan())
			expect(t, cli, 0, destroy())
		})
	}
}

// kill runs a command and kills the provider at a request, which is then done, and returns what the command printed.
func kill(t *testing.T, cli *acctest.CLI, faulty *sandbox.Faulty, method, path string, args []string) string {
	t.Helper()
	met, killed := make(chan struct{}), make(chan struct{})
	fault := sandbox.Fault{Method: method, Path: path, Kind: sandbox.FaultLostResponse}
	fault.Met = func() {
		close(met)
		<-killed
	}
	if err := faulty.AddFault(fault); err != nil {
		t.Fatal(err)
	}
	run := cli.Start(args...)
	select {
	case <-met:
	case <-t.Context().Done():
		t.Fatal(t.Context().Err())
	}
	run.KillProvider()
	close(killed)
	out, code := run.Wait()
	if code == 0 {
		t.Fatalf("%v succeeds with a killed provider\n%s", args, out)
	}
	return out
}

// TestOwnerAfterAKilledDestroy kills the provider in the middle of a destroy and at its last write: the mark goes last, and
// the owner repeats the destroy.
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
			cli := r.CLI(t, r.resources(passphrase, 1))
			expect(t, cli, 0, apply())
			owner, _ := r.mark()
			kill(t, cli, faulty, "DELETE", test.path, destroy())
			if now, _ := r.mark(); test.left && now != owner || !test.left && now != "absent" {
				t.Errorf("the mark is of %s, was %s", now, owner)
			}
			if test.left {
				other := r.CLI(t, r.guardrails(passphrase, 1, "", looser))
				expect(t, other, 1, apply(), "Error: The cluster already has guardrails")
			}
			expect(t, cli, 0, destroy())
			if now, _ := r.mark(); now != "absent" {
				t.Errorf("the destroy left the mark of %s", now)
			}
		})
	}
}

// TestOwnerAfterAKill kills the provider at writes of a create that are then done: the first one, two in the middle, and
// the last one, which sets the phase to applied. The state has nothing; the next apply refuses, and its import block
// leads on.
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
			if now, phase := r.mark(); phase != "applied" || now != owner {
				t.Errorf("the mark is of %s, was %s, phase %s", now, owner, phase)
			}
			expect(t, cli, 0, plan())
			expect(t, cli, 0, destroy())
			if found := r.inside.field(policies, "", "srm-claims", "kind"); found != "absent" {
				t.Errorf("the destroy left a policy: %s", found)
			}
		})
	}
}

// TestOwnerAfterAnImport takes the owner of the mark without a write, and can change the guardrails.
func TestOwnerAfterAnImport(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	first := r.CLI(t, r.resources(passphrase, 1))
	expect(t, first, 0, apply())
	owner, _ := r.mark()
	before := r.writes()
	block := fmt.Sprintf("import {\n  to = srm_hds_guardrails.test\n  id = %q\n}\n", "fr-par/"+r.cluster+"/guardrails")
	second := r.CLI(t, block+r.resources(passphrase, 1))
	expect(t, second, 0, apply(), "1 imported, 0 added, 0 changed, 0 destroyed")
	if now := r.writes(); now != before {
		t.Errorf("the import wrote\n%s\nwas\n%s", now, before)
	}
	second.Configure(r.Env, r.guardrails(passphrase, 1, "iops = 15000", ""))
	expect(t, second, 0, apply())
	if now, phase := r.mark(); now != owner || phase != "applied" {
		t.Errorf("the mark is of %s, was %s, phase %s", now, owner, phase)
	}
	// Two states with one owner, as two copies of one state, cannot be told apart: each of them may go on.
	expect(t, first, 0, apply())
	expect(t, first, 0, destroy())
}

// TestOwnerRemovedAndImportedElsewhere hands guardrails over to another state.
func TestOwnerRemovedAndImportedElsewhere(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	first := r.CLI(t, r.resources(passphrase, 1))
	expect(t, first, 0, apply())
	owner, _ := r.mark()
	first.Configure(r.Env, "removed {\n  from = srm_hds_guardrails.test\n  lifecycle {\n    destroy = false\n  }\n}\n")
	expect(t, first, 0, apply())
	block := fmt.Sprintf("import {\n  to = srm_hds_guardrails.test\n  id = %q\n}\n", "fr-par/"+r.cluster+"/guardrails")
	second := r.CLI(t, block+r.guardrails(passphrase, 1, "iops = 15000", ""))
	expect(t, second, 0, apply(), "1 imported, 0 added, 1 changed")
	if now, _ := r.mark(); now != owner {
		t.Errorf("the mark is of %s, was %s", now, owner)
	}
	first.Configure(r.Env, r.resources(passphrase, 1))
	expect(t, first, 1, apply(), "Error: The cluster already has guardrails")
	expect(t, second, 0, plan())
	expect(t, second, 0, destroy())
}

// TestOwnerAfterAMove keeps the owner under another address.
func TestOwnerAfterAMove(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	cli := r.CLI(t, r.resources(passphrase, 1))
	expect(t, cli, 0, apply())
	owner, _ := r.mark()
	moved := strings.Replace(r.guardrails(passphrase, 1, "iops = 15000", ""), `"test"`, `"other"`, 1)
	cli.Configure(r.Env, "moved {\n  from = srm_hds_guardrails.test\n  to   = srm_hds_guardrails.other\n}\n"+moved)
	expect(t, cli, 0, apply(), "0 added, 1 changed, 0 destroyed")
	if now, _ := r.mark(); now != owner {
		t.Errorf("the mark is of %s, was %s", now, owner)
	}
	expect(t, cli, 0, destroy())
}

// TestOwnerWithoutAMark: the plan shows an update that writes the mark, with the same owner; ModifyPlan writes nothing.
func TestOwnerWithoutAMark(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	cli := r.CLI(t, r.resources(passphrase, 1))
	expect(t, cli, 0, apply())
	owner, _ := r.mark()
	r.inside.remove(policies, "", ownerMark)
	expect(t, cli, 2, plan(), "Warning: The guardrails have no mark of their owner",
		"0 to add, 1 to change, 0 to destroy")
	if found, _ := r.mark(); found != "absent" {
		t.Error("a plan wrote the mark")
	}
	expect(t, cli, 0, apply())
	if now, phase := r.mark(); now != owner || phase != "applied" {
		t.Errorf("the mark is of %s, was %s, phase %s", now, owner, phase)
	}
	expect(t, cli, 0, plan())

	// Guardrails that no state has, as those of an earlier version of this provider: a create refuses them, an import
	// takes them.
	r.inside.remove(policies, "", ownerMark)
	second := r.CLI(t, r.guardrails(passphrase, 1, "", looser))
	said := expect(t, second, 1, apply(), "Error: The cluster already has guardrails.*without a mark of their owner")
	second.Configure(r.Env, importing(t, said)+r.resources(passphrase, 1))
	expect(t, second, 0, apply(), "1 imported, 0 added, 1 changed")
	if now, phase := r.mark(); now == owner || now == "absent" || phase != "applied" {
		t.Errorf("the mark is of %s, was %s, phase %s", now, owner, phase)
	}
	expect(t, second, 0, plan())
	expect(t, second, 0, destroy())
}

// TestOwnerOfAForeignMark: a mark of another owner that appears later is a warning; an update refuses, and a destroy
// removes nothing.
func TestOwnerOfAForeignMark(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	cli := r.CLI(t, r.resources(passphrase, 1))
	expect(t, cli, 0, apply())
	for name, annotations := range map[string]string{
		"another owner": `{"` + annotationOwner + `":"OTHER"}`, "no owner": `{"` + annotationOwner + `":null}`,
	} {
		r.inside.patch(policies, "", ownerMark, `{"metadata":{"annotations":`+annotations+`}}`)
		before := r.writes()
		cli.Configure(r.Env, r.resources(passphrase, 1))
		expect(t, cli, 0, plan(), "Warning: The guardrails belong to another owner")
		cli.Configure(r.Env, r.guardrails(passphrase, 1, "iops = 15000", looser))
		expect(t, cli, 1, apply(), "Error: The guardrails belong to another owner", `import \{`)
		if now := r.writes(); now != before {
			t.Errorf("%s: the refused update wrote\n%s\nwas\n%s", name, now, before)
		}
	}
	r.inside.patch(policies, "", ownerMark, `{"metadata":{"annotations":{"`+annotationOwner+`":"OTHER"}}}`)
	before := r.writes()
	// A replacement would remove the resource from the state and then fail.
	cli.Configure(r.Env, r.resources(passphrase, 1))
	expect(t, cli, 1, append(apply(), "-replace="+address), "Error: The cluster already has guardrails")
	if status := cli.Status("srm_hds_guardrails", "test"); status != "whole" {
		t.Errorf("after a refused replacement the state has them %s", status)
	}
	expect(t, cli, 2, append(plan(), "-destroy"),
		"Warning: The destroy removes nothing: the guardrails belong to another owner")
	expect(t, cli, 0, destroy(),
		"Warning: The guardrails stay in the cluster: they belong to another owner.*owner OTHER")
	if now := r.writes(); now != before {
		t.Errorf("the destroy wrote\n%s\nwas\n%s", now, before)
	}
	if status := cli.Status("srm_hds_guardrails", "test"); status != "absent" {
		t.Errorf("the state has them %s", status)
	}
}

// TestOwnerAfterAReplacement: -replace removes the guardrails and creates them under a new owner. With
// create_before_destroy the new ones are refused, and the old ones stay.
func TestOwnerAfterAReplacement(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	cli := r.CLI(t, r.resources(passphrase, 1))
	expect(t, cli, 0, apply())
	owner, _ := r.mark()
	replace := append(apply(), "-replace="+address)
	said := expect(t, cli, 0, replace, "1 added, 0 changed, 1 destroyed")
	if strings.Contains(said, "already has guardrails") {
		t.Errorf("the plan of a replacement warns of its own guardrails:\n%s", said)
	}
	now, phase := r.mark()
	if now == owner || phase != "applied" {
		t.Errorf("the mark is of %s, was %s, phase %s", now, owner, phase)
	}
	before := r.writes()
	cli.Configure(r.Env, r.guardrails(passphrase, 1, "", "lifecycle {\n    create_before_destroy = true\n  }"))
	expect(t, cli, 1, replace, "Error: The cluster already has guardrails.*set `create_before_destroy` neither here")
	// What depends on the guardrails makes it hold for them, too.
	cli.Configure(r.Env, r.resources(passphrase, 1)+"resource \"terraform_data\" \"later\" {\n"+
		"  input = srm_hds_guardrails.test.id\n  lifecycle {\n    create_before_destroy = true\n  }\n}\n")
	expect(t, cli, 1, replace, "Error: The cluster already has guardrails")
	if found := r.writes(); found != before {
		t.Errorf("the refused replacement wrote\n%s\nwas\n%s", found, before)
	}
	cli.Configure(r.Env, r.resources(passphrase, 1))
	expect(t, cli, 0, plan())

	// A replacement of guardrails without a mark.
	r.inside.remove(policies, "", ownerMark)
	said = expect(t, cli, 0, replace, "1 added, 0 changed, 1 destroyed")
	if strings.Contains(said, "already has guardrails") {
		t.Errorf("the plan of a replacement warns of its own guardrails:\n%s", said)
	}
	expect(t, cli, 0, destroy())
	if left, _ := r.mark(); left != "absent" {
		t.Errorf("the destroy left the mark of %s", left)
	}
}

// TestOwnerOfAnAdoption: a create takes over what another one left that did not end, with equal settings and passphrase
// and after its timeout, and nothing else. The first owner can do no more after that.
func TestOwnerOfAnAdoption(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	config := func(phrase string, iops int64) map[string]any {
		return map[string]any{"cluster_id": "fr-par/" + r.cluster, "volume_encryption": map[string]any{
			"passphrase_wo": phrase, "passphrase_wo_version": int64(1), "iops": iops,
		}}
	}
	first := r.Protocol(t).Life("srm_hds_guardrails", config(passphrase, 5000))
	if said := first.Apply(t.Context()); strings.Contains(said, "ERROR") {
		t.Fatal(said)
	}
	const annotationSettings = "terraform-srm.github.io/settings"
	settings := r.inside.field(policies, "", "srm-claims", "metadata", "annotations", annotationSettings)
	unfinished := func(started string) {
		patch, err := json.Marshal(map[string]any{"metadata": map[string]any{"annotations": map[string]any{
			annotationPhase: "creating", annotationSettings: settings,
			"terraform-srm.github.io/started": started, "terraform-srm.github.io/create-timeout": "30m0s",
		}}})
		if err != nil {
			t.Fatal(err)
		}
		r.inside.patch(policies, "", ownerMark, string(patch))
	}
	const long, soon = "2026-01-01T00:00:00Z", "2999-01-01T00:00:00Z"
	owner, _ := r.mark()
	for name, test := range map[string]struct {
		started, phrase string
		iops            int64
		said            string
	}{
		"it may still run":   {soon, passphrase, 5000, "whose create has not ended"},
		"no start":           {"", passphrase, 5000, "whose create has not ended"},
		"other settings":     {long, passphrase, 15000, "with other settings"},
		"another passphrase": {long, otherPassphrase, 5000, "holds another passphrase"},
	} {
		unfinished(test.started)
		before := r.writes()
		second := r.Protocol(t).Life("srm_hds_guardrails", config(test.phrase, test.iops))
		said := second.Apply(t.Context())
		if !strings.Contains(said, "ERROR") || !strings.Contains(said, test.said) || second.Exists() {
			t.Errorf("%s: exists %t: %s", name, second.Exists(), said)
		}
		if now := r.writes(); now != before {
			t.Errorf("%s: the refused create wrote\n%s\nwas\n%s", name, now, before)
		}
	}
	unfinished(long)
	second := r.Protocol(t).Life("srm_hds_guardrails", config(passphrase, 5000))
	if said := second.Apply(t.Context()); strings.Contains(said, "ERROR") {
		t.Fatal(said)
	}
	if now, phase := r.mark(); now == owner || phase != "applied" {
		t.Errorf("the mark is of %s, was %s, phase %s", now, owner, phase)
	}
	before := r.writes()
	first.Configure(config(passphrase, 15000))
	acctest.Contains(t, first.Apply(t.Context()), "ERROR: The guardrails belong to another owner")
	acctest.Contains(t, first.Destroy(t.Context()), "WARNING: The guardrails stay in the cluster")
	if now := r.writes(); now != before || first.Exists() {
		t.Errorf("the first owner wrote\n%s\nwas\n%s", now, before)
	}
	if action, said := second.Plan(t.Context()); action != "no-op" {
		t.Errorf("%s: %s", action, said)
	}
	second.Destroy(t.Context())
}

// TestOwnerIsNoSecret: the state shows the owner, so that the one that a mark names can be found, and the mark holds no
// passphrase.
func TestOwnerIsNoSecret(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	cli := r.CLI(t, r.resources(passphrase, 1))
	expect(t, cli, 0, apply())
	mark := r.inside.field(policies, "", ownerMark, "metadata") + r.inside.field(policies, "", ownerMark, "spec")
	if strings.Contains(mark, passphrase) || strings.Contains(mark, encoded(passphrase)) {
		t.Error("the mark holds the passphrase")
	}
	state, err := os.ReadFile(filepath.Join(cli.Dir(), "terraform.tfstate"))
	if err != nil {
		t.Fatal(err)
	}
	if owner, _ := r.mark(); !strings.Contains(string(state), `"owner_id": "`+owner+`"`) {
		t.Error("a user cannot find the owner of the mark in the state")
	}
	expect(t, cli, 0, destroy())
}
