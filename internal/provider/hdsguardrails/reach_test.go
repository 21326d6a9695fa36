package hdsguardrails_test

import (
	"fmt"
	"net"
	"regexp"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/terraform"
	"github.com/scaleway/scaleway-sdk-go/scw"

	"github.com/terraform-srm/terraform-provider-srm/internal/acctest"
	"github.com/terraform-srm/terraform-provider-srm/internal/sandbox"
)

// body is the resource alone, for a provider block of its own.
func (r rig) body(version int) string { return r.resources(passphrase, version) }

// closed is an address of loopback where nobody listens.
func closed(t *testing.T) string {
	t.Helper()
	var config net.ListenConfig
	listener, err := config.Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := listener.Addr().String()
	if err := listener.Close(); err != nil {
		t.Fatal(err)
	}
	return address
}

// TestRunnerThatCannotReachTheAPIServer plans with a warning and keeps the state; an apply fails and changes nothing.
func TestRunnerThatCannotReachTheAPIServer(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	away := func(more string) string {
		return r.Provider(fmt.Sprintf("%s\n  kubernetes = { host = %q%s }", acctest.Contract, closed(t), more))
	}
	before := ""
	r.Test(t, resource.TestCase{Steps: []resource.TestStep{
		{Config: r.config(passphrase, 1, "", ""), Check: func(*terraform.State) error {
			before = r.inside.field(policies, "", "srm-claims", "metadata", "resourceVersion")
			return nil
		}},
		{Config: away("") + r.body(1), PlanOnly: true},
		{Config: away("") + r.body(2), ExpectError: regexp.MustCompile(`(?s)Unable to update the ` +
			`guardrails.*Nobody\s+listens at this address`)},
		{Config: away(`, on_unreachable = "error"`) + r.body(1), ExpectError: regexp.MustCompile(`(?s)Unable to read the ` +
			`guardrails.*connection\s+refused`)},
		{Config: r.config(passphrase, 1, "", ""), PlanOnly: true, Check: nil},
		{Config: r.config(passphrase, 1, "", ""), ConfigPlanChecks: resource.ConfigPlanChecks{
			PreApply: []plancheck.PlanCheck{plancheck.ExpectEmptyPlan()},
		},
			Check: func(*terraform.State) error {
				if now := r.inside.field(policies, "", "srm-claims", "metadata", "resourceVersion"); now != before {
					return fmt.Errorf("the failed apply changed a policy: %s, was %s", now, before)
				}
				if found := r.inside.field(secrets, "srm-system", "srm-passphrase-v2", "kind"); found != "absent" {
					return fmt.Errorf("the failed apply left a Secret")
				}
				return nil
			}},
	}})
}

// TestCreateThatCannotReachTheAPIServer leaves nothing in the state.
func TestCreateThatCannotReachTheAPIServer(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	r.Test(t, resource.TestCase{Steps: []resource.TestStep{
		{
			Config: r.Provider(
				fmt.Sprintf("%s\n  kubernetes = { host = %q }", acctest.Contract, closed(t)),
			) + r.body(1), ExpectError: regexp.MustCompile(`Unable to create the guardrails`),
		},
		{Config: r.config(passphrase, 1, "", ""), ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{
			plancheck.ExpectResourceAction(address, plancheck.ResourceActionCreate)}}},
	}})
}

// TestWhoMayNotIsTold is an API key with too little, one that the cluster does not know, and a certificate that is not
// the cluster's.
func TestWhoMayNotIsTold(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	reader := r.ProviderAs(sandbox.ReaderAccessKey, sandbox.ReaderKey, acctest.Contract) + r.body(1)
	nobody := r.ProviderAs(sandbox.NobodyAccessKey, sandbox.NobodyKey, acctest.Contract) + r.body(1)
	r.Test(t, resource.TestCase{Steps: []resource.TestStep{
		{Config: reader, ExpectError: regexp.MustCompile(`(?s)Unable to create the ` +
			`guardrails.*lacks\s+a\s+permission\s+set.*KubernetesFullAccess`)},
		{Config: nobody, ExpectError: regexp.MustCompile(`(?s)Unable to create the ` +
			`guardrails.*lacks\s+a\s+permission\s+set.*KubernetesFullAccess`)},
		{Config: r.Provider(acctest.Contract+"\n  kubernetes = { host = \""+r.inside.host+"\", tls_server_name = "+
			"\"elsewhere.example.org\" }") + r.body(1),
			ExpectError: regexp.MustCompile(`(?s)Unable to create the guardrails.*It is never left\s+unverified`)},
		{Config: r.Provider(acctest.Contract+"\n  kubernetes = { host = \""+r.inside.host+"\", tls_server_name = "+
			"\"kubernetes\" }") + r.body(1)},
	}})
}

// TestConflictThatNoPlanShowed is a field that somebody takes between plan and apply: it is refused, not overwritten.
func TestConflictThatNoPlanShowed(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	cli := r.CLI(t, r.resources(passphrase, 1))
	cli.Must("apply", "-auto-approve", "-no-color")
	cli.Configure(r.Env, r.resources(passphrase, 2))
	cli.Must("plan", "-no-color", "-out=plan.bin")
	r.inside.patch(bindings, "", "srm-claims", `{"spec":{"validationActions":["Audit"]}}`)
	out, code := cli.Run("apply", "-no-color", "plan.bin")
	if code == 0 || !regexp.MustCompile(`(?s)spec\.validationActions\s+is\s+\["Audit"\],`+
		`\s+set\s+by\s+kubectl-edit.*Plan\s+again`).MatchString(out) {
		t.Fatalf("exit %d\n%s", code, out)
	}
	if found := r.inside.field(bindings, "", "srm-claims", "spec", "validationActions"); found != "[Audit]" {
		t.Errorf("a field that no plan showed was overwritten: %s", found)
	}
	planned := cli.Must("plan", "-no-color")
	if !regexp.MustCompile(`(?s)owner\s+= "kubectl-edit"`).MatchString(planned) {
		t.Errorf("the plan does not show the owner:\n%s", planned)
	}
	cli.Must("apply", "-auto-approve", "-no-color")
	if found := r.inside.field(bindings, "", "srm-claims", "spec", "validationActions"); found != "[Deny]" {
		t.Errorf("not repaired: %s", found)
	}
	r.inside.must(volumes, "", volume("pvc-kept", 2))
	destroyed := cli.Must("destroy", "-auto-approve", "-no-color")
	for _, wanted := range []string{"Encrypted volumes need what the guardrails made", "pvc-kept", "StorageClass and " +
		"its Secrets stay"} {
		if !regexp.MustCompile(regexp.QuoteMeta(wanted)).MatchString(destroyed) {
			t.Errorf("the destroy does not say %q:\n%s", wanted, destroyed)
		}
	}
	// Created again, the guardrails take over what stayed, and only with the passphrase that it holds.
	cli.Configure(r.Env, r.resources("another-passphrase-of-version-two-0123456789", 2))
	if out, code := cli.Run(
		"apply", "-auto-approve", "-no-color",
	); code == 0 || !regexp.MustCompile(`(?s)holds\s+another\s+passphrase`).MatchString(out) {
		t.Errorf("exit %d\n%s", code, out)
	}
	cli.Configure(r.Env, r.resources(passphrase, 2))
	cli.Must("apply", "-auto-approve", "-no-color")
	cli.Must("plan", "-no-color", "-detailed-exitcode")
}

// TestClusterThatIsGone takes the guardrails with it.
func TestClusterThatIsGone(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	r.Test(t, resource.TestCase{Steps: []resource.TestStep{
		{Config: r.config(passphrase, 1, "", "")},
		{
			PreConfig: func() {
				client := r.Client(t)
				if err := client.DeleteCluster(t.Context(), scw.RegionFrPar, r.cluster, false); err != nil {
					t.Fatal(err)
				}
				if err := client.WaitClusterGone(t.Context(), scw.RegionFrPar, r.cluster); err != nil {
					t.Fatal(err)
				}
			},
			Config: r.config(passphrase, 1, "", ""), ExpectError: regexp.MustCompile("The cluster does not exist"),
		},
	}})
}

// TestObjectsOfOthers have the names of the guardrails, and are not taken over.
func TestObjectsOfOthers(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	r.inside.must(classes, "", `{apiVersion: storage.k8s.io/v1, kind: StorageClass, metadata: {name: srm-encrypted}, `+
		`provisioner: csi.scaleway.com, reclaimPolicy: Delete}`)
	r.Test(t, resource.TestCase{Steps: []resource.TestStep{
		{Config: r.config(passphrase, 1, "", ""), ExpectError: regexp.MustCompile(`(?s)Unable to create the ` +
			`guardrails.*StorageClass/srm-encrypted\s+reclaimPolicy\s+is\s+"Delete"`)},
		{PreConfig: func() { r.inside.remove(classes, "", "srm-encrypted") }, Config: r.config(passphrase, 1, "", "")},
	}})
}

// TestInterruptedCreate leaves a tainted resource, so that no pool follows it, and the next apply makes it whole.
func TestInterruptedCreate(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	cli, _ := r.tainted(t, "")
	cli.Must("apply", "-auto-approve", "-no-color")
	cli.Must("plan", "-no-color", "-detailed-exitcode")
	if held := r.inside.field(
		secrets, "srm-system", "srm-passphrase-v1", "data", "encryptionPassphrase",
	); held != encoded(passphrase) {
		t.Error("the Secret does not hold the passphrase")
	}
	cli.Must("destroy", "-auto-approve", "-no-color")
}

// estate is a cluster, its guardrails and a pool in one configuration, with more allowed ranges.
func estate(guardrails, reference, more string) string {
	return fmt.Sprintf(`
resource "srm_hds_cluster" "test" {
  name                        = "guarded"
  version                     = "1.35"
  type                        = "kapsule-dedicated-4"
  private_network_id          = "fr-par/%s"
  allowed_ip_ranges           = [{ cidr = "192.0.2.0/24", description = "office" }%s]
  maintenance_window          = { day = "sunday", start_hour = 2 }
  delete_additional_resources = true
  deletion_protection         = false
}

resource "srm_hds_pool" "test" {
  cluster_id    = srm_hds_cluster.test.id
  guardrails_id = %s
  name          = "workers"
  node_type     = "POP2-2C-8G"
  zone          = "fr-par-1"
  size          = 1
  root_volume   = { type = "sbs_5k", size_gb = 100 }
}
%s`, sandbox.PrivateNetworkID, more, reference, guardrails)
}

// TestDestroyWithoutAWayIntoTheCluster blocks nothing for good: plan and error of the destroy name two ways on, and
// each of them leads to the end as it is printed.
func TestDestroyWithoutAWayIntoTheCluster(t *testing.T) {
	t.Parallel()
	const reference = "srm_hds_guardrails.test.id"
	guarded := fmt.Sprintf(`
resource "srm_hds_guardrails" "test" {
  cluster_id        = srm_hds_cluster.test.id
  volume_encryption = { passphrase_wo = %q, passphrase_wo_version = 1 }
}
`, passphrase)
	for name, way := range map[string]func(t *testing.T, cli *acctest.CLI, env *acctest.Env, away, said string){
		"let this machine in": func(t *testing.T, cli *acctest.CLI, env *acctest.Env, away, _ string) {
			const more = `, { cidr = "198.51.100.7/32", description = "machine" }`
			cli.ConfigureRaw(away + estate(guarded, reference, more))
			cli.Must("apply", "-auto-approve", "-no-color")
			cli.Configure(env, estate(guarded, reference, more)) // the API server lets the machine in
			cli.Must("destroy", "-auto-approve", "-no-color")
		},
		"remove from the state": func(t *testing.T, cli *acctest.CLI, _ *acctest.Env, _, said string) {
			command := regexp.MustCompile(`(?m)^[│ ]*terraform (state rm srm_hds_guardrails)\.example$`).FindStringSubmatch(said)
			if command == nil {
				t.Fatalf("no command:\n%s", said)
			}
			cli.Must(strings.Fields(command[1] + ".test")...)
			cli.Must("destroy", "-auto-approve", "-no-color")
		},
		"removed block": func(t *testing.T, cli *acctest.CLI, env *acctest.Env, away, said string) {
			block := regexp.MustCompile(`(?s)removed \{.*?\n[│ ]*\}\n[│ ]*\}\n`).FindString(said)
			id := regexp.MustCompile(`fr-par/[0-9a-f-]{36}/guardrails`).FindString(said)
			if block == "" || id == "" {
				t.Fatalf("no block or no id:\n%s", said)
			}
			block = strings.ReplaceAll(strings.ReplaceAll(block, "│", ""), ".example", ".test")
			cli.ConfigureRaw(away + estate(block, `"`+id+`"`, ""))
			target := regexp.MustCompile(`apply (-target=srm_hds_guardrails)\.example`).FindStringSubmatch(said)
			if target == nil {
				t.Fatalf("no target:\n%s", said)
			}
			env.Sandbox.ClearRequests()
			cli.Must("apply", "-auto-approve", "-no-color", target[1]+".test")
			cli.Must("destroy", "-auto-approve", "-no-color")
			for _, write := range env.Writes() {
				if strings.HasPrefix(write, "POST") {
					t.Errorf("the way creates something: %s", write)
				}
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := acctest.Kubernetes(t, nil)
			env := acctest.New(t, acctest.OnKubernetes(server))
			cli := env.CLI(t, estate(guarded, reference, ""))
			cli.Must("apply", "-auto-approve", "-no-color")
			away := env.Provider(fmt.Sprintf("%s\n  kubernetes = { host = %q }", acctest.Contract, closed(t)))
			cli.ConfigureRaw(away + estate(guarded, reference, ""))
			for _, args := range [][]string{{"plan", "-destroy", "-no-color"}, {"destroy", "-auto-approve", "-no-color"}} {
				out, code := cli.Run(args...)
				if planned := args[0] == "plan"; planned != (code == 0) {
					t.Errorf("%v: exit %d\n%s", args, code, out)
				}
				acctest.Contains(t, out, "add its address to allowed_ip_ranges of the cluster, apply, then destroy again",
					"terraform state rm srm_hds_guardrails.example", "destroy = false")
				if args[0] == "destroy" {
					way(t, cli, env, away, out)
				}
			}
			var left []map[string]any
			if err := env.Sandbox.Objects("clusters", &left); err != nil || len(left) > 0 {
				t.Errorf("%d clusters are left, %v", len(left), err)
			}
		})
	}
}

// TestDestroyOfGuardrailsWhoseClusterIsGone succeeds without a refresh, too, and while the cluster is being deleted. An
// answer that is not the API's says nothing of the cluster.
func TestDestroyOfGuardrailsWhoseClusterIsGone(t *testing.T) {
	t.Parallel()
	for _, gone := range []bool{true, false} {
		t.Run(fmt.Sprintf("gone %t", gone), func(t *testing.T) {
			t.Parallel()
			r := newRig(t, nil)
			life := r.Protocol(t).Life("srm_hds_guardrails", map[string]any{"cluster_id": r.cluster,
				"volume_encryption": map[string]any{
					"passphrase_wo": passphrase, "passphrase_wo_version": int64(1),
				}})
			if said := life.Apply(t.Context()); strings.Contains(said, "ERROR") {
				t.Fatal(said)
			}
			if gone {
				client := r.Client(t)
				if err := client.DeleteCluster(t.Context(), scw.RegionFrPar, r.cluster, false); err != nil {
					t.Fatal(err)
				}
				if err := client.WaitClusterGone(t.Context(), scw.RegionFrPar, r.cluster); err != nil {
					t.Fatal(err)
				}
			} else if err := r.Sandbox.AddFault(
				sandbox.Fault{Kind: sandbox.FaultHTML, Path: "/k8s/*", Status: 404, Times: 1000},
			); err != nil {
				t.Fatal(err)
			}
			said := life.Destroy(t.Context())
			if life.Exists() == gone || gone && said != "" {
				t.Errorf("exists %t: %s", life.Exists(), said)
			}
		})
	}
}
