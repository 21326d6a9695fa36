package guardrails_test

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
	ownerRecord     = "srm-owner"
	annotationOwner = "terraform-srm.github.io/owner"
	annotationPhase = "terraform-srm.github.io/phase"
	looserRules     = `load_balancers = { action = "audit" }`
)

// ownerRecord returns the owner and the phase of the ownership record in the cluster; both are "absent" if there is
// none.
func (r rig) ownerRecord() (owner, phase string) {
	r.kube.t.Helper()
	annotation := func(name string) string {
		return r.kube.field(policies, "", ownerRecord, "metadata", "annotations", name)
	}
	return annotation(annotationOwner), annotation(annotationPhase)
}

// resourceVersions returns the resource versions of all policies, bindings and classes, which change with each write.
func (r rig) resourceVersions() string {
	r.kube.t.Helper()
	found := []string{}
	for _, resource := range []schema.GroupVersionResource{policies, bindings, classes} {
		list, err := r.kube.resourceClient(resource, "").List(r.kube.t.Context(), metav1.ListOptions{})
		if err != nil {
			r.kube.t.Fatal(err)
		}
		for _, item := range list.Items {
			found = append(found, item.GetKind()+"/"+item.GetName()+" "+item.GetResourceVersion())
		}
	}
	return strings.Join(found, "\n")
}

// expect runs a command, and checks its exit code and its output.
func expect(t *testing.T, cli *acctest.CLI, code int, args []string, patterns ...string) string {
	t.Helper()
	out, found := cli.Run(args...)
	if found != code {
		t.Fatalf("%v: exit code %d, want %d\n%s", args, found, code, out)
	}
	plain := strings.Join(strings.Fields(strings.NewReplacer("│", "", "╷", "", "╵", "").Replace(out)), " ")
	// The error must not occur in tests that do not expect it.
	if strings.Contains(plain, twoAddresses) && !strings.Contains(strings.Join(patterns, ""), twoAddresses) {
		t.Errorf("%v: unexpected error %q\n%s", args, twoAddresses, out)
	}
	for _, pattern := range patterns {
		if !regexp.MustCompile(pattern).MatchString(plain) {
			t.Errorf("%v: the output does not match %q:\n%s", args, pattern, out)
		}
	}
	return out
}

func applyArgs() []string   { return []string{"apply", "-auto-approve", "-no-color"} }
func destroyArgs() []string { return []string{"destroy", "-auto-approve", "-no-color"} }
func planArgs() []string    { return []string{"plan", "-no-color", "-detailed-exitcode"} }

// printedImportBlock returns the import block that an error printed, with the address of the tests.
func printedImportBlock(t *testing.T, output string) string {
	t.Helper()
	output = strings.ReplaceAll(output, "│", "")
	block := regexp.MustCompile(
		`(?s)import \{\s*to = srm_hds_guardrails\.example\s*id = "[^"]+"\s*\}`,
	).FindString(output)
	if block == "" {
		t.Fatalf("no import block:\n%s", output)
	}
	return strings.Replace(block, ".example", ".test", 1) + "\n"
}

// newTaintedState returns a state whose create of the guardrails was interrupted, and the owner in the ownership
// record.
func (r rig) newTaintedState(t *testing.T, extra string) (cli *acctest.CLI, owner string) {
	t.Helper()
	cli = r.CLI(t, r.guardrailsConfig(passphrase, 1, "", extra))
	run := cli.Start(applyArgs()...)
	for r.kube.field(secrets, "srm-system", "srm-passphrase-v1", "kind") == "absent" {
		if t.Context().Err() != nil {
			t.Fatal(t.Context().Err())
		}
	}
	run.Interrupt()
	out, code := run.Wait()
	if code == 0 || cli.ResourceStatus("srm_hds_guardrails", "test") != "tainted" {
		t.Fatalf("exit %d, %s\n%s", code, cli.ResourceStatus("srm_hds_guardrails", "test"), out)
	}
	if !strings.Contains(out, "Apply again: the next apply removes") {
		t.Errorf("the error of an interrupted create has no next step:\n%s", out)
	}
	owner, phase := r.ownerRecord()
	if phase != "creating" {
		t.Errorf("the phase is %s", phase)
	}
	return cli, owner
}

// newFaultyRig returns a rig whose API server is behind a proxy that injects faults.
func newFaultyRig(t *testing.T) (rig, *sandbox.FaultInjector) {
	t.Helper()
	server := acctest.Kubernetes(t, nil)
	faulty, proxied := acctest.ProxiedKubernetes(t, server)
	return newRigOn(t, server, proxied), faulty
}

const policiesPath = "/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicies"

// killProviderAt runs a command, kills the provider after a request reached the API server, and returns the output of
// the command.
func killProviderAt(
	t *testing.T,
	cli *acctest.CLI,
	faulty *sandbox.FaultInjector,
	method, path string,
	args []string,
) string {
	t.Helper()
	met, killed := make(chan struct{}), make(chan struct{})
	fault := sandbox.Fault{Method: method, Path: path, Kind: sandbox.FaultLostResponse}
	fault.OnMatch = func() {
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
		t.Fatalf("%v succeeded with a killed provider\n%s", args, out)
	}
	return out
}

// newAppliedState returns a state that has the guardrails, and their owner.
func (r rig) newAppliedState(t *testing.T) (cli *acctest.CLI, owner string) {
	t.Helper()
	cli = r.CLI(t, r.resourceConfig(passphrase, 1))
	expect(t, cli, 0, applyArgs())
	owner, _ = r.ownerRecord()
	return cli, owner
}

// expectEmptyPlanAndDestroy checks that the plan is empty, and destroys.
func expectEmptyPlanAndDestroy(t *testing.T, cli *acctest.CLI) {
	t.Helper()
	expect(t, cli, 0, planArgs())
	expect(t, cli, 0, destroyArgs())
}

// importBlock returns a block that imports the guardrails to a resource name.
func (r rig) importBlock(name string) string {
	return fmt.Sprintf(
		"import {\n  to = srm_hds_guardrails.%s\n  id = %q\n}\n", name, "fr-par/"+r.cluster+"/guardrails",
	)
}

// checkOwner checks that the ownership record names the owner and the phase applied.
func (r rig) checkOwner(t *testing.T, owner string) {
	t.Helper()
	if now, phase := r.ownerRecord(); now != owner || phase != "applied" {
		t.Errorf("the ownership record names %s, want %s, phase %s", now, owner, phase)
	}
}

// checkOtherOwner checks that the ownership record names another owner than before, and the phase applied.
func (r rig) checkOtherOwner(t *testing.T, before string) {
	t.Helper()
	if now, phase := r.ownerRecord(); now == before || now == "absent" || phase != "applied" {
		t.Errorf("the ownership record names %s, was %s, phase %s", now, before, phase)
	}
}

// checkNoOwner checks that a destroy deleted the ownership record.
func (r rig) checkNoOwner(t *testing.T) {
	t.Helper()
	if now, _ := r.ownerRecord(); now != "absent" {
		t.Errorf("the destroy left the ownership record of %s", now)
	}
}

// checkNoWrites checks that nothing was written since before.
func (r rig) checkNoWrites(t *testing.T, before, operation string) {
	t.Helper()
	if now := r.resourceVersions(); now != before {
		t.Errorf("%s wrote\n%s\nbefore\n%s", operation, now, before)
	}
}
