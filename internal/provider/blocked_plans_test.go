package provider_test

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/scaleway/scaleway-sdk-go/api/k8s/v1"

	"github.com/terraform-srm/terraform-provider-srm/internal/acctest"
	"github.com/terraform-srm/terraform-provider-srm/internal/sandbox"
)

// platformConfig returns the configuration of a cluster with the allow-list ranges, its guardrails, and one pool for
// each of pools. All pools have the name "workers".
func platformConfig(ranges string, pools ...string) string {
	hcl := fmt.Sprintf(`
resource "srm_hds_cluster" "prod" {
  name = "prod"
  version = "1.35"
  type = "kapsule-dedicated-4"
  private_network_id = "fr-par/%s"
  allowed_ip_ranges = [%s]
  maintenance_window = { day = "sunday", start_hour = 2 }
  delete_additional_resources = false
  deletion_protection = false
}

resource "srm_hds_guardrails" "prod" {
  cluster_id = srm_hds_cluster.prod.id
  volume_encryption = { passphrase_wo = "a passphrase that is long enough for a test", passphrase_wo_version = 1 }
}
`, sandbox.PrivateNetworkID, ranges)
	for _, name := range pools {
		hcl += fmt.Sprintf(`
resource "srm_hds_pool" %q {
  name = "workers"
  cluster_id = srm_hds_cluster.prod.id
  guardrails_id = "${srm_hds_cluster.prod.id}/guardrails"
  node_type = "POP2-2C-8G"
  zone = "fr-par-1"
  size = 1
  root_volume = { type = "sbs_5k", size_gb = 20 }
}
`, name)
	}
	return hcl
}

// TestGuardrailsWithEmptyAllowList applies guardrails to a cluster with an empty allow-list, which fails. One apply
// that adds a range and creates the guardrails succeeds.
func TestGuardrailsWithEmptyAllowList(t *testing.T) {
	t.Parallel()
	acctest.OnOneCLI(t)
	env := acctest.New(t, acctest.WithKubernetes(acctest.Kubernetes(t, nil)))
	cli := env.CLI(t, platformConfig(""))
	out, code := cli.Run("apply", "-auto-approve", "-no-color")
	acctest.Contains(t, out, "Error: The allow-list of the API server is empty", "add the range to "+
		"`allowed_ip_ranges` of the cluster")
	if code == 0 || cli.ResourceStatus("srm_hds_guardrails", "prod") != "absent" {
		t.Errorf("exit %d, the guardrails are %s in the state", code, cli.ResourceStatus("srm_hds_guardrails", "prod"))
	}
	cli.Configure(env, platformConfig(`{ cidr = "203.0.113.0/24" }`))
	acctest.Contains(
		t,
		cli.MustRun("apply", "-auto-approve", "-no-color"),
		"Warning: The allow-list of the API server is empty",
		"1 added, 1 changed, 0 destroyed",
	)
	cli.MustRun("destroy", "-auto-approve", "-no-color")
}

// TestImportAndChangeOffer imports a cluster with a shared control plane, changes it to a dedicated one and adds a
// pool, in one apply.
func TestImportAndChangeOffer(t *testing.T) {
	t.Parallel()
	acctest.OnOneCLI(t)
	env := acctest.New(t)
	id := env.CreateCluster(
		t, func(request *k8s.CreateClusterRequest) { request.Name, request.Type = "prod", "kapsule" },
	)
	allowOfficeRange(t, env, id)
	config, _, _ := strings.Cut(platformConfig(`{ cidr = "203.0.113.0/24" }`), `resource "srm_hds_guardrails"`)
	_, pool, _ := strings.Cut(platformConfig("", "a"), `resource "srm_hds_pool"`)
	pool = strings.ReplaceAll(pool, "srm_hds_cluster.prod.id", `"fr-par/`+id+`"`)
	pool = strings.ReplaceAll(pool, `"${"fr-par/`+id+`"}/guardrails"`, `"fr-par/`+id+`/guardrails"`)
	cli := env.CLI(t, config+"\nimport {\n  to = srm_hds_cluster.prod\n  id = \"fr-par/"+id+"\"\n}\n"+
		`resource "srm_hds_pool"`+strings.Replace(pool, "size = 1\n", "size = 1\n  depends_on = "+
		"[srm_hds_cluster.prod]\n", 1))
	acctest.Contains(t, cli.MustRun("apply", "-auto-approve", "-no-color"), `Cluster type "kapsule" is outside the `+
		`HDS `+
		`scope`, "1 imported, 1 added, 1 changed, 0 destroyed")
}

// TestTerraformTestLeavesNothing checks that `terraform test` can destroy the objects of a run that failed.
func TestTerraformTestLeavesNothing(t *testing.T) {
	t.Parallel()
	env := acctest.New(t)
	dir := t.TempDir()
	for name, text := range map[string]string{
		"main.tf": "terraform {\n  required_providers {\n    srm = { source = \"terraform-srm/srm\" }\n  }\n}\n" +
			platformConfig("", "one", "two"),
		"provider.tf":       "provider \"srm\" {\n  " + acctest.Contract + "\n}\n",
		"fails.tftest.hcl":  "run \"fails\" {\n  command = apply\n}\n",
		"fails2.tftest.hcl": "run \"fails_again\" {\n  command = apply\n}\n",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	out, code := env.ExampleCLI(t, dir).Run("test", "-no-color")
	acctest.Contains(t, out, "The allow-list of the API server is empty", "0 passed, 2 failed")
	// The two creates run at the same time. If the provider checks the name before the first pool exists, the API
	// refuses the second one.
	if flat := acctest.StripFrame(out); !strings.Contains(
		flat, `The cluster already has a pool named "workers"`,
	) && !strings.Contains(flat, "pool name must be unique") {
		t.Errorf("no error names the duplicate pool:\n%s", out)
	}
	if code == 0 {
		t.Error("terraform test exits with 0, want a failure")
	}
	for _, kind := range []string{"clusters", "pools"} {
		var left []any
		if err := env.Sandbox.Objects(kind, &left); err != nil || len(left) > 0 {
			t.Errorf("%d %s remain, %v\n%s", len(left), kind, err, out)
		}
	}
}

// TestPlanWithUnreadableObjects checks plans that cannot read other objects, for lack of a permission or because a
// proxy answers: the plan warns, and the apply fails before any write.
func TestPlanWithUnreadableObjects(t *testing.T) {
	t.Parallel()
	acctest.OnOneCLI(t)
	b := newBlockedResources(t)
	hosted := strings.Replace(b.blocked["kosmos_security_group"].body, `"p5"`, `"other"`, 1)
	good := strings.Replace(b.blocked["security_group"].body, `"p4"`, `"other"`, 1)
	paths := []string{"*/clusters", "*/clusters/*", "*/pools", "*/pools/*", "*/acls*", "*/versions*",
		"*/cluster-types*",
		"*/private-networks*", "*/gateway*",
		"*/security_groups/*", "*/placement_groups/*", "*/products/servers*", "*/contract-signatures/check"}
	hcl := strings.Replace(b.config(map[string]blockedResource{
		"cluster": b.blocked["contract_unsigned"],
		"kosmos": {
			kind: "srm_kosmos_cluster", body: strings.Replace(
				b.blocked["kosmos_name_taken"].body, `"edge"`, `"other"`, 1,
			),
		},
		"pool":       {kind: "srm_hds_pool", body: good},
		"guardrails": b.blocked["guardrails_isolated"],
		"edge":       {kind: "srm_kosmos_pool", body: hosted},
		"node":       b.blocked["node_shut_out"],
	}), `resource "srm_hds_cluster" "kept" {`, "resource \"srm_hds_cluster\" \"kept\" {\n  count = 0", 1)
	cli := b.CLI(t, "")
	cli.ConfigureRaw(hcl)
	for _, fault := range []sandbox.Fault{
		{Kind: sandbox.FaultStatus, Status: http.StatusForbidden},
		{Kind: sandbox.FaultHTML, Status: http.StatusNotFound}, // of a proxy
	} {
		for _, path := range paths {
			fault.Path, fault.Times = path, 1000
			if err := b.Sandbox.AddFault(fault); err != nil {
				t.Fatal(err)
			}
		}
		status := fault.Status
		out, code := cli.Run("plan", "-json")
		for _, d := range parseDiagnostics(t, out) {
			if d.Severity == "error" {
				t.Errorf("%d: the plan of %s fails: %s\n%s", status, d.Address, d.Summary, d.Detail)
			}
		}
		if code != 0 {
			t.Errorf("%d: the plan fails with exit %d", status, code)
		}
		if fault.Kind == sandbox.FaultStatus { // an apply retries the other fault for minutes
			b.Sandbox.ClearRequests()
			if out, code := cli.Run("apply", "-auto-approve", "-no-color"); code == 0 {
				t.Errorf("the apply succeeds, want an error:\n%s", out)
			}
			b.checkNoWrites(t)
		}
		b.Sandbox.ClearFaults()
	}
	b.URL = "http://127.0.0.1:1"
	for kind, config := range map[string]map[string]any{
		"srm_hds_cluster": hdsClusterConfig(nil),
		"srm_hds_pool": {
			"cluster_id": "fr-par/" + absentID, "guardrails_id": "fr-par/" + absentID + "/guardrails", "name": "p",
			"node_type": "POP2-2C-8G", "zone": "fr-par-1",
			"size": int64(1), "root_volume": map[string]any{"type": "sbs_5k", "size_gb": int64(20)},
		},
		"srm_kosmos_pool": {"cluster_id": "fr-par/" + absentID, "name": "p", "node_type": "external"},
		guardrailsKind: {
			"cluster_id": "fr-par/" + absentID, "volume_encryption": map[string]any{
				"passphrase_wo": campaignPassphrase, "passphrase_wo_version": int64(1),
			},
		},
	} {
		action, diagnostics := b.Protocol(t).Resource(kind, config).Plan(t.Context())
		if action != "create" || !strings.Contains(diagnostics, "connection was refused") {
			t.Errorf("%s with an unreachable API: %s\n%s", kind, action, diagnostics)
		}
	}
}
