package guardrails_test

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

// resourcesWithVersion returns the resource without a provider block.
func (r rig) resourcesWithVersion(version int) string { return r.resourceConfig(passphrase, version) }

// closedAddress returns a loopback address without a listener.
func closedAddress(t *testing.T) string {
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

// TestPlanAndApplyWithUnreachableAPIServer plans and applies without access to the API server. The plan warns and keeps
// the state; the apply fails and changes nothing.
func TestPlanAndApplyWithUnreachableAPIServer(t *testing.T) {
	t.Parallel()
	acctest.OnOneCLI(t)
	r := newRig(t, nil)
	unreachable := func(extra string) string {
		return r.ProviderBlock(
			fmt.Sprintf("%s\n  kubernetes = { host = %q%s }", acctest.Contract, closedAddress(t), extra),
		)
	}
	before := ""
	r.Test(t, resource.TestCase{Steps: []resource.TestStep{
		{Config: r.config(passphrase, 1, "", ""), Check: func(*terraform.State) error {
			before = r.kube.field(policies, "", "srm-claims", "metadata", "resourceVersion")
			return nil
		}},
		{Config: unreachable("") + r.resourcesWithVersion(1), PlanOnly: true},
		{Config: unreachable("") + r.resourcesWithVersion(2), ExpectError: regexp.MustCompile(`(?s)Unable to update ` +
			`the ` +
			`guardrails.*No\s+server\s+listens at this address`)},
		{
			Config:      unreachable(`, on_unreachable = "error"`) + r.resourcesWithVersion(1),
			ExpectError: regexp.MustCompile(`(?s)Unable to read the guardrails.*connection\s+refused`),
		},
		{Config: r.config(passphrase, 1, "", ""), PlanOnly: true, Check: nil},
		{Config: r.config(passphrase, 1, "", ""), ConfigPlanChecks: resource.ConfigPlanChecks{
			PreApply: []plancheck.PlanCheck{plancheck.ExpectEmptyPlan()},
		},
			Check: func(*terraform.State) error {
				if now := r.kube.field(policies, "", "srm-claims", "metadata", "resourceVersion"); now != before {
					return fmt.Errorf("the failed apply changed a policy: %s, was %s", now, before)
				}
				if found := r.kube.field(secrets, "srm-system", "srm-passphrase-v2", "kind"); found != "absent" {
					return fmt.Errorf("the failed apply left a Secret")
				}
				return nil
			}},
	}})
}

// TestCreateWithUnreachableAPIServer creates guardrails without access to the API server. The state stays empty.
func TestCreateWithUnreachableAPIServer(t *testing.T) {
	t.Parallel()
	acctest.OnOneCLI(t)
	r := newRig(t, nil)
	r.Test(t, resource.TestCase{Steps: []resource.TestStep{
		{
			Config: r.ProviderBlock(
				fmt.Sprintf("%s\n  kubernetes = { host = %q }", acctest.Contract, closedAddress(t)),
			) + r.resourcesWithVersion(1), ExpectError: regexp.MustCompile(`Unable to create the guardrails`),
		},
		{Config: r.config(passphrase, 1, "", ""),
			ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{
				plancheck.ExpectResourceAction(address, plancheck.ResourceActionCreate)}}},
	}})
}

// TestAccessErrors checks the errors for an API key without the needed permissions, a key that the cluster does not
// accept, and a wrong certificate.
func TestAccessErrors(t *testing.T) {
	t.Parallel()
	acctest.OnOneCLI(t)
	r := newRig(t, nil)
	reader := r.ProviderBlockAs(
		sandbox.ReaderAccessKey,
		sandbox.ReaderSecretKey,
		acctest.Contract,
	) + r.resourcesWithVersion(1)
	noPermissions := r.ProviderBlockAs(
		sandbox.UnprivilegedAccessKey,
		sandbox.UnprivilegedSecretKey,
		acctest.Contract,
	) + r.resourcesWithVersion(1)
	r.Test(t, resource.TestCase{Steps: []resource.TestStep{
		{Config: reader, ExpectError: regexp.MustCompile(`(?s)Unable to create the ` +
			`guardrails.*lacks\s+a\s+permission\s+set.*KubernetesFullAccess`)},
		{Config: noPermissions, ExpectError: regexp.MustCompile(`(?s)Unable to create the ` +
			`guardrails.*lacks\s+a\s+permission\s+set.*KubernetesFullAccess`)},
		{Config: r.ProviderBlock(acctest.Contract+"\n  kubernetes = { host = \""+r.kube.host+"\", tls_server_name = "+
			"\"elsewhere.example.org\" }") + r.resourcesWithVersion(1),
			ExpectError: regexp.MustCompile(`(?s)Unable to create the ` +
				`guardrails.*always\s+verifies\s+the\s+certificate`)},
		{Config: r.ProviderBlock(acctest.Contract+"\n  kubernetes = { host = \""+r.kube.host+"\", tls_server_name = "+
			"\"kubernetes\" }") + r.resourcesWithVersion(1)},
	}})
}

// TestConflictBetweenPlanAndApply changes a field out of band between plan and apply. The apply fails and does not
// overwrite the field.
func TestConflictBetweenPlanAndApply(t *testing.T) {
	t.Parallel()
	acctest.OnOneCLI(t)
	r := newRig(t, nil)
	cli := r.CLI(t, r.resourceConfig(passphrase, 1))
	cli.MustRun("apply", "-auto-approve", "-no-color")
	cli.Configure(r.Env, r.resourceConfig(passphrase, 2))
	cli.MustRun("plan", "-no-color", "-out=plan.bin")
	r.kube.patch(bindings, "", "srm-claims", `{"spec":{"validationActions":["Audit"]}}`)
	out, code := cli.Run("apply", "-no-color", "plan.bin")
	if code == 0 || !regexp.MustCompile(`(?s)spec\.validationActions\s+is\s+\["Audit"\],`+
		`\s+set\s+by\s+kubectl-edit.*Plan\s+again`).MatchString(out) {
		t.Fatalf("exit %d\n%s", code, out)
	}
	if found := r.kube.field(bindings, "", "srm-claims", "spec", "validationActions"); found != "[Audit]" {
		t.Errorf("a field that no plan showed was overwritten: %s", found)
	}
	planned := cli.MustRun("plan", "-no-color")
	if !regexp.MustCompile(`(?s)owner\s+= "kubectl-edit"`).MatchString(planned) {
		t.Errorf("the plan does not show the owner:\n%s", planned)
	}
	cli.MustRun("apply", "-auto-approve", "-no-color")
	if found := r.kube.field(bindings, "", "srm-claims", "spec", "validationActions"); found != "[Deny]" {
		t.Errorf("not reverted: %s", found)
	}
	r.kube.mustCreate(volumes, "", volumeManifest("pvc-kept", 2))
	destroyed := cli.MustRun("destroy", "-auto-approve", "-no-color")
	for _, wanted := range []string{"Encrypted volumes need the StorageClass and the Secrets", "pvc-kept",
		"StorageClass and its Secrets stay"} {
		if !regexp.MustCompile(regexp.QuoteMeta(wanted)).MatchString(destroyed) {
			t.Errorf("the output of the destroy does not contain %q:\n%s", wanted, destroyed)
		}
	}
	// A new create takes over the remaining objects, but only with the same passphrase.
	cli.Configure(r.Env, r.resourceConfig("another-passphrase-of-version-two-0123456789", 2))
	if out, code := cli.Run(
		"apply", "-auto-approve", "-no-color",
	); code == 0 || !regexp.MustCompile(`(?s)does\s+not\s+hold\s+the\s+configured\s+passphrase`).MatchString(out) {
		t.Errorf("exit %d\n%s", code, out)
	}
	cli.Configure(r.Env, r.resourceConfig(passphrase, 2))
	cli.MustRun("apply", "-auto-approve", "-no-color")
	cli.MustRun("plan", "-no-color", "-detailed-exitcode")
}

// TestClusterDeleted deletes the cluster out of band. The resource leaves the state.
func TestClusterDeleted(t *testing.T) {
	t.Parallel()
	acctest.OnOneCLI(t)
	r := newRig(t, nil)
	r.Test(t, resource.TestCase{Steps: []resource.TestStep{
		{Config: r.config(passphrase, 1, "", "")},
		{
			PreConfig: func() {
				client := r.Client(t)
				if err := client.DeleteCluster(t.Context(), scw.RegionFrPar, r.cluster, false); err != nil {
					t.Fatal(err)
				}
				if err := client.WaitClusterDeleted(t.Context(), scw.RegionFrPar, r.cluster); err != nil {
					t.Fatal(err)
				}
			},
			Config: r.config(passphrase, 1, "", ""), ExpectError: regexp.MustCompile("The cluster does not exist"),
		},
	}})
}

// TestExistingObjectsWithSameNames creates guardrails in a cluster with an object of the same name. The create is
// refused.
func TestExistingObjectsWithSameNames(t *testing.T) {
	t.Parallel()
	acctest.OnOneCLI(t)
	r := newRig(t, nil)
	r.kube.mustCreate(classes, "", `{apiVersion: storage.k8s.io/v1, kind: StorageClass, metadata: {name: `+
		`srm-encrypted}, `+
		`provisioner: csi.scaleway.com, reclaimPolicy: Delete}`)
	r.Test(t, resource.TestCase{Steps: []resource.TestStep{
		{Config: r.config(passphrase, 1, "", ""), ExpectError: regexp.MustCompile(`(?s)Unable to create the ` +
			`guardrails.*StorageClass/srm-encrypted\s+reclaimPolicy\s+is\s+"Delete"`)},
		{
			PreConfig: func() {
				r.kube.mustDelete(classes, "", "srm-encrypted")
			}, Config: r.config(passphrase, 1, "", ""),
		},
	}})
}

// TestInterruptedCreate interrupts a create. The resource is tainted, so that no pool is created, and the next apply
// replaces it.
func TestInterruptedCreate(t *testing.T) {
	t.Parallel()
	acctest.OnOneCLI(t)
	r := newRig(t, nil)
	cli, _ := r.newTaintedState(t, "")
	cli.MustRun("apply", "-auto-approve", "-no-color")
	cli.MustRun("plan", "-no-color", "-detailed-exitcode")
	if held := r.kube.field(
		secrets, "srm-system", "srm-passphrase-v1", "data", "encryptionPassphrase",
	); held != base64Encode(passphrase) {
		t.Error("the Secret does not contain the passphrase")
	}
	cli.MustRun("destroy", "-auto-approve", "-no-color")
}

// clusterConfig returns the configuration of a cluster, its guardrails and a pool. extra is added to the allowed
// ranges.
func clusterConfig(guardrails, reference, extra string) string {
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
%s`, sandbox.PrivateNetworkID, extra, reference, guardrails)
}

// TestDestroyWithUnreachableAPIServer destroys guardrails without access to the API server. The plan and the error of
// the destroy print two fixes, and each of them works as printed.
func TestDestroyWithUnreachableAPIServer(t *testing.T) {
	t.Parallel()
	acctest.OnOneCLI(t)
	const reference = "srm_hds_guardrails.test.id"
	guarded := fmt.Sprintf(`
resource "srm_hds_guardrails" "test" {
  cluster_id        = srm_hds_cluster.test.id
  volume_encryption = { passphrase_wo = %q, passphrase_wo_version = 1 }
}
`, passphrase)
	for name, fix := range map[string]func(
		t *testing.T, cli *acctest.CLI, env *acctest.Env, unreachable, output string,
	){
		"allow this machine": func(t *testing.T, cli *acctest.CLI, env *acctest.Env, unreachable, _ string) {
			const more = `, { cidr = "198.51.100.7/32", description = "machine" }`
			cli.ConfigureRaw(unreachable + clusterConfig(guarded, reference, more))
			cli.MustRun("apply", "-auto-approve", "-no-color")
			cli.Configure(env, clusterConfig(guarded, reference, more)) // the API server allows the machine
			cli.MustRun("destroy", "-auto-approve", "-no-color")
		},
		"remove from the state": func(t *testing.T, cli *acctest.CLI, _ *acctest.Env, _, output string) {
			pattern := regexp.MustCompile(`(?m)^[│ ]*terraform (state rm srm_hds_guardrails)\.example$`)
			command := pattern.FindStringSubmatch(output)
			if command == nil {
				t.Fatalf("no command:\n%s", output)
			}
			cli.MustRun(strings.Fields(command[1] + ".test")...)
			cli.MustRun("destroy", "-auto-approve", "-no-color")
		},
		"removed block": func(t *testing.T, cli *acctest.CLI, env *acctest.Env, unreachable, output string) {
			block := regexp.MustCompile(`(?s)removed \{.*?\n[│ ]*\}\n[│ ]*\}\n`).FindString(output)
			id := regexp.MustCompile(`fr-par/[0-9a-f-]{36}/guardrails`).FindString(output)
			if block == "" || id == "" {
				t.Fatalf("no block or no id:\n%s", output)
			}
			block = strings.ReplaceAll(strings.ReplaceAll(block, "│", ""), ".example", ".test")
			cli.ConfigureRaw(unreachable + clusterConfig(block, `"`+id+`"`, ""))
			target := regexp.MustCompile(`apply (-target=srm_hds_guardrails)\.example`).FindStringSubmatch(output)
			if target == nil {
				t.Fatalf("no target:\n%s", output)
			}
			env.Sandbox.ClearRequests()
			cli.MustRun("apply", "-auto-approve", "-no-color", target[1]+".test")
			cli.MustRun("destroy", "-auto-approve", "-no-color")
			for _, write := range env.Writes() {
				if strings.HasPrefix(write, "POST") {
					t.Errorf("the fix created an object: %s", write)
				}
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := acctest.Kubernetes(t, nil)
			env := acctest.New(t, acctest.WithKubernetes(server))
			cli := env.CLI(t, clusterConfig(guarded, reference, ""))
			cli.MustRun("apply", "-auto-approve", "-no-color")
			unreachable := env.ProviderBlock(
				fmt.Sprintf("%s\n  kubernetes = { host = %q }", acctest.Contract, closedAddress(t)),
			)
			cli.ConfigureRaw(unreachable + clusterConfig(guarded, reference, ""))
			for _, args := range [][]string{
				{"plan", "-destroy", "-no-color"}, {"destroy", "-auto-approve", "-no-color"},
			} {
				out, code := cli.Run(args...)
				if planned := args[0] == "plan"; planned != (code == 0) {
					t.Errorf("%v: exit %d\n%s", args, code, out)
				}
				acctest.Contains(t, out, "add its address to allowed_ip_ranges of the cluster, apply, then destroy "+
					"again",
					"terraform state rm srm_hds_guardrails.example", "destroy = false")
				if args[0] == "destroy" {
					fix(t, cli, env, unreachable, out)
				}
			}
			var left []map[string]any
			if err := env.Sandbox.Objects("clusters", &left); err != nil || len(left) > 0 {
				t.Errorf("%d clusters are left, %v", len(left), err)
			}
		})
	}
}

// TestDestroyAfterClusterDeleted destroys guardrails after their cluster was deleted. An HTTP 404 of a proxy
// does not count as deleted.
func TestDestroyAfterClusterDeleted(t *testing.T) {
	t.Parallel()
	for _, deleted := range []bool{true, false} {
		t.Run(fmt.Sprintf("deleted %t", deleted), func(t *testing.T) {
			t.Parallel()
			r := newRig(t, nil)
			life := r.Protocol(t).Resource("srm_hds_guardrails", map[string]any{"cluster_id": r.cluster,
				"volume_encryption": map[string]any{
					"passphrase_wo": passphrase, "passphrase_wo_version": int64(1),
				}})
			if output := life.Apply(t.Context()); strings.Contains(output, "ERROR") {
				t.Fatal(output)
			}
			if deleted {
				client := r.Client(t)
				if err := client.DeleteCluster(t.Context(), scw.RegionFrPar, r.cluster, false); err != nil {
					t.Fatal(err)
				}
				if err := client.WaitClusterDeleted(t.Context(), scw.RegionFrPar, r.cluster); err != nil {
					t.Fatal(err)
				}
			} else if err := r.Sandbox.AddFault(
				sandbox.Fault{Kind: sandbox.FaultHTML, Path: "/k8s/*", Status: 404, Times: 1000},
			); err != nil {
				t.Fatal(err)
			}
			output := life.Destroy(t.Context())
			if life.Exists() == deleted || deleted && output != "" {
				t.Errorf("exists %t: %s", life.Exists(), output)
			}
		})
	}
}
