package hdsguardrails_test

import (
	"fmt"
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
	if !strings.Contains(out, "Apply again: the next apply removes") {
		t.Errorf("an interrupted create does not say what to do:\n%s", out)
	}
	owner, phase := r.mark()
	if phase != "creating" {
		t.Errorf("the phase is %s", phase)
	}
	return cli, owner
}

// faultyRig is a rig whose API server has faults before it.
func faultyRig(t *testing.T) (rig, *sandbox.Faulty) {
	t.Helper()
	server := acctest.Kubernetes(t, nil)
	faulty, proxied := acctest.Proxied(t, server)
	return rigOn(t, server, proxied), faulty
}

const policiesPath = "/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicies"

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

// applied is a state that has the guardrails, and their owner.
func (r rig) applied(t *testing.T) (cli *acctest.CLI, owner string) {
	t.Helper()
	cli = r.CLI(t, r.resources(passphrase, 1))
	expect(t, cli, 0, apply())
	owner, _ = r.mark()
	return cli, owner
}

// finish makes sure that a state has nothing left to apply, and destroys it.
func finish(t *testing.T, cli *acctest.CLI) {
	t.Helper()
	expect(t, cli, 0, plan())
	expect(t, cli, 0, destroy())
}

// importBlock imports the guardrails under a name.
func (r rig) importBlock(name string) string {
	return fmt.Sprintf("import {\n  to = srm_hds_guardrails.%s\n  id = %q\n}\n", name, "fr-par/"+r.cluster+"/guardrails")
}

// checkOwner makes sure that an owner has applied guardrails.
func (r rig) checkOwner(t *testing.T, owner string) {
	t.Helper()
	if now, phase := r.mark(); now != owner || phase != "applied" {
		t.Errorf("the mark is of %s, was %s, phase %s", now, owner, phase)
	}
}

// checkOtherOwner makes sure that another owner has applied guardrails than before.
func (r rig) checkOtherOwner(t *testing.T, before string) {
	t.Helper()
	if now, phase := r.mark(); now == before || now == "absent" || phase != "applied" {
		t.Errorf("the mark is of %s, was %s, phase %s", now, before, phase)
	}
}

// checkUnowned makes sure that a destroy removed the mark.
func (r rig) checkUnowned(t *testing.T) {
	t.Helper()
	if now, _ := r.mark(); now != "absent" {
		t.Errorf("the destroy left the mark of %s", now)
	}
}

// checkUnwritten makes sure that nothing was written since the writes before.
func (r rig) checkUnwritten(t *testing.T, before, what string) {
	t.Helper()
	if now := r.writes(); now != before {
		t.Errorf("%s wrote\n%s\nwas\n%s", what, now, before)
	}
}
