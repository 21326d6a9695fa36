package provider_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/terraform-srm/terraform-provider-srm/internal/acctest"
	"github.com/terraform-srm/terraform-provider-srm/internal/sandbox"
)

// modulePath returns the directory of an example module.
func modulePath(name string) string { return filepath.Join("..", "..", "examples", "modules", name) }

// checkModuleTests runs the tests of a module, and checks how many passed.
func checkModuleTests(t *testing.T, cli *acctest.CLI, count string) {
	t.Helper()
	if out := cli.MustRun("test", "-no-color"); !strings.Contains(acctest.StripFrame(out),
		"Success! "+count+" passed, 0 failed.") {
		t.Errorf("want %s passed tests:\n%s", count, out)
	}
}

func TestVariableValidationModule(t *testing.T) {
	t.Parallel()
	cli := acctest.ModuleCLI(t, modulePath("variable-validation"))
	checkModuleTests(t, cli, "15")
	for _, test := range []struct{ variable, want string }{
		{`node_type=PRO2-S`, `PRO2-S is ineligible. The PRO2 family is listed as not eligible for health data. ` +
			`Source: ` +
			`Scaleway Instances Shared ` +
			`Responsibility Model, HDS Instance offers, 2026-01-12.`},
		{`node_type=MEMORY3-X2C-16G`, `MEMORY3-X2C-16G is undecided. The catalogue does not contain ` +
			`"MEMORY3-X2C-16G": ` +
			`its eligibility for health data is undecided. Source: Scaleway Instances Shared Responsibility Model, ` +
			`HDS ` +
			`Instance offers, 2026-01-12.`},
		{`zone=nl-ams-1`, `"nl-ams-1" is not a zone of fr-par, the only authorized region: use one of fr-par-1, ` +
			`fr-par-2, ` +
			`fr-par-3.`},
		{`zone=fr-par-4`, `"fr-par-4" is in fr-par, but no source lists it as a zone for health data.`},
		{`kubernetes_version=1.99`, `Kubernetes 1.99 cannot be used. The stage at 2026-11-24 is unknown: the dates ` +
			`do ` +
			`not determine it (released unknown, ` +
			`deprecated unknown, end of support unknown). The calendar bundled with the provider, as of 2026-11-24, ` +
			`does not ` +
			`contain Kubernetes 1.99. ` +
			`It contains 1.30, 1.31, 1.32, 1.33, 1.34, 1.35, 1.36, 1.37.`},
		{`kubernetes_version=1.34`, `Kubernetes 1.34 cannot be used. At 2026-11-24, the version is deprecated (since ` +
			`2026-09-29): no cluster can be created with it. Its support ends on 2026-11-29. The dates of Kubernetes ` +
			`1.34 are ` +
			`from the calendar bundled with the provider, as of 2026-11-24, not from the API.`},
		{`kubernetes_version=1.33`, `Kubernetes 1.33 cannot be used. At 2026-11-24, the version is out of support ` +
			`(since ` +
			`2026-11-04): Scaleway upgrades clusters ` +
			`that still run it until 2026-12-04.`},
		{`kubernetes_version=v1.36`, `Invalid value for "minor" parameter: "v1.36" starts with "v". Write "1.36".`},
		{`as_of=tomorrow`, `Invalid value for "as_of" parameter: "tomorrow" is not a date: write a date and time in ` +
			`RFC ` +
			`3339, such as "2026-11-24T00:00:00Z", or a day, such as "2026-11-24".`},
		{`duties=["HDS-RES-99"]`, `Not clauses of the model: HDS-RES-99. Ids are upper case, such as "HDS-RES-01".`},
		{`duties=["MKS-01","HDS-RES-01"]`, `Scaleway is responsible for these clauses: MKS-01, Control plane ` +
			`components ` +
			`are ` +
			`managed.`},
	} {
		args := []string{"plan", "-no-color", "-input=false", "-var", "node_type=POP2-4C-16G", "-var", "zone=fr-par-1",
			"-var", "kubernetes_version=1.36",
			"-var", "as_of=2026-11-24", "-var", test.variable}
		out, code := cli.Run(args...)
		if code != 1 || !strings.Contains(acctest.StripFrame(out), test.want) {
			t.Errorf("%s: exit %d, want %q in\n%s", test.variable, code, test.want, out)
		}
		for _, other := range []string{"node_type", "zone", "duties"} {
			if name, _, _ := strings.Cut(test.variable, "="); name != other && strings.Contains(
				out, `variable "`+other+`"`,
			) {
				t.Errorf("%s: the plan also refuses %s\n%s", test.variable, other, out)
			}
		}
	}
}

func TestPullRequestGateModule(t *testing.T) {
	t.Parallel()
	env := acctest.New(t, func(o *sandbox.Options) { o.Start = time.Date(2026, 11, 24, 0, 0, 0, 0, time.UTC) })
	cli := env.ModuleCLI(t, modulePath("pull-request-gate"))
	checkModuleTests(t, cli, "5")
	const (
		pool  = `pools={workers={node_type="POP2-4C-16G",zone="fr-par-1",size=2}}`
		moved = `pools={workers={node_type="POP2-4C-16G",zone="fr-par-1",size=2,kubelet_args={maxPods="50"}}}`
	)
	for _, test := range []struct {
		name string
		vars []string
		want string // part of the error; empty if the plan passes
	}{
		{"no responsibility transfer", []string{pool, "as_of=2026-11-24"}, ""},
		{"a kubelet argument", []string{moved, "as_of=2026-11-24"},
			`The configuration shifts responsibilities that accepted_responsibility_transfers does not contain. ` +
				`workers/kubelet_args/maxPods: ` +
				`kubelet_args sets "maxPods" in place of ` +
				`Scaleway's kubelet configuration. To revert: Remove "maxPods" from kubelet_args, then replace the ` +
				`nodes: ` +
				`running nodes keep it.`},
		{
			"accepted transfer", []string{
				moved, "as_of=2026-11-24", `accepted_responsibility_transfers=["workers/kubelet_args/maxPods"]`,
			}, "",
		},
		{
			"another accepted transfer", []string{
				moved, "as_of=2026-11-24", `accepted_responsibility_transfers=["workers/kubelet_args/podsPerCore"]`,
			}, `workers/kubelet_args/maxPods: kubelet_args sets`,
		},
		{"enough days of support", []string{pool, "as_of=2026-12-19"}, ""},
		{"too few days of support", []string{pool, "as_of=2026-12-20"},
			`Kubernetes 1.35 has 89 days of support left. The minimum is 90. At 2026-12-20, the version is released ` +
				`and ` +
				`supported. Its deprecation is on 2027-01-19. Its support ends on 2027-03-19.`},
		{"deprecated version", []string{pool, "as_of=2027-01-19", "min_days_of_support=0"},
			`Kubernetes 1.35 is at the stage deprecation. At 2027-01-19, the version is deprecated (since ` +
				`2027-01-19): ` +
				`no cluster can be created with it. Its support ends on 2027-03-19.`},
	} {
		args := []string{"plan", "-no-color", "-input=false", "-var", "name=records", "-var", "kubernetes_version=1.35",
			"-var", "private_network_id=fr-par/" + sandbox.PrivateNetworkID, "-var", `administrators=["192.0.2.0/24"]`,
			"-var", "passphrase=a passphrase that is long enough to be one"}
		for _, variable := range test.vars {
			args = append(args, "-var", variable)
		}
		out, code := cli.Run(args...)
		if test.want == "" && code != 0 || test.want != "" && (code != 1 || !strings.Contains(
			acctest.StripFrame(out), test.want,
		)) {
			t.Errorf("%s: exit %d, want %q in\n%s", test.name, code, test.want, out)
		}
	}
	if writes := env.Writes(); len(writes) > 0 {
		t.Errorf("the plans sent writes: %v", writes)
	}
}

// TestFunctionExamples plans the example of each function.
func TestFunctionExamples(t *testing.T) {
	t.Parallel()
	examples, err := filepath.Glob(filepath.Join("..", "..", "examples", "functions", "*", "function.tf"))
	if err != nil || len(examples) != 5 {
		t.Fatalf("%d examples, %v", len(examples), err)
	}
	for _, example := range examples {
		t.Run(filepath.Base(filepath.Dir(example)), func(t *testing.T) {
			t.Parallel()
			hcl, err := os.ReadFile(example)
			if err != nil {
				t.Fatal(err)
			}
			env := acctest.New(t, func(o *sandbox.Options) { o.Start = time.Date(2026, 11, 24, 0, 0, 0, 0, time.UTC) })
			env.CLI(t, string(hcl)).MustRun("plan", "-no-color", "-input=false")
		})
	}
}

// TestKosmosExternalNodesModule applies the module of the guide, then replaces one machine with another: the apply
// updates the allow-list before it creates the machine.
func TestKosmosExternalNodesModule(t *testing.T) {
	t.Parallel()
	env := acctest.New(t, func(o *sandbox.Options) { o.Start = time.Date(2026, 11, 24, 0, 0, 0, 0, time.UTC) })
	cli := env.ModuleCLI(t, modulePath("kosmos-external-nodes"))
	cli.MustRun("apply", "-auto-approve", "-no-color", "-input=false", "-var", "deletion_protection=false")
	if out, code := cli.Run(
		"plan", "-detailed-exitcode", "-no-color", "-input=false", "-var", "deletion_protection=false",
	); code != 0 {
		t.Errorf("the second plan is not empty: exit %d\n%s", code, out)
	}
	for name, want := range map[string]string{"rack-1": "ENROLMENT='provider'", "vm-1": "KEY_COMMAND='vault kv get " +
		"-field=key secret/kosmos'"} {
		if out := cli.MustRun("output", "-json", "scripts"); !strings.Contains(out, want) {
			t.Errorf("the script of %s does not contain %s", name, want)
		}
	}
	machines := `machines={rack-1={address="203.0.113.10",attestation={document_uri="https://a.example.org",` +
		`document_sha256="` + strings.Repeat("0", 64) + `"}},` +
		`vm-2={address="203.0.113.12",attestation={document_uri="https://a.example.org",document_sha256="` +
		strings.Repeat("0", 64) + `"}}}`
	out := cli.MustRun(
		"apply", "-auto-approve", "-no-color", "-input=false", "-var", "deletion_protection=false", "-var", machines,
	)
	if !strings.Contains(acctest.StripFrame(out), "1 added, 2 changed, 1 destroyed") {
		t.Errorf("replacing a machine:\n%s", out)
	}
	cli.MustRun(
		"destroy", "-auto-approve", "-no-color", "-input=false", "-var", "deletion_protection=false", "-var", machines,
	)
}
