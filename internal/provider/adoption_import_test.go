package provider_test

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/scaleway/scaleway-sdk-go/api/k8s/v1"
	"github.com/scaleway/scaleway-sdk-go/scw"

	"github.com/terraform-srm/terraform-provider-srm/internal/acctest"
	"github.com/terraform-srm/terraform-provider-srm/internal/acctest/fakescaleway"
	"github.com/terraform-srm/terraform-provider-srm/internal/sandbox"
)

// TestGeneratedConfiguration imports a cluster and a pool with a generated configuration: errors name the arguments
// that the user must set. Once they are set, the apply imports both and sends no write.
func TestGeneratedConfiguration(t *testing.T) {
	t.Parallel()
	a := newAdoption(t, true, func(r *k8s.CreatePoolRequest) {
		r.KubeletArgs, r.UserData = map[string]string{"maxPods": "42"}, map[string][]byte{
			"cloud-init": []byte("#cloud-config"),
		}
	})
	cli := a.env.CLI(t, fmt.Sprintf(`
import {
  to = srm_hds_cluster.prod
  id = "fr-par/%s"
}

import {
  to = srm_hds_pool.workers
  id = "fr-par/%s"
}
`, a.cluster, a.pool))
	out, code := cli.Run("plan", "-no-color", "-generate-config-out=generated.tf")
	if code == 0 {
		t.Fatalf("the plan passes without the arguments that the user must set:\n%s", out)
	}
	acctest.Contains(t, out, "delete_additional_resources")
	set := func(argument, value string) { setGeneratedArgument(t, cli, argument, value) }
	set("delete_additional_resources", "false")
	out, code = cli.Run("plan", "-no-color")
	if code == 0 {
		t.Fatalf("the plan would remove the user data:\n%s", out)
	}
	acctest.Contains(t, out, "has user_data that the configuration leaves out", "with the keys cloud-init", "has "+
		"kubelet_args that the configuration leaves out", "with the keys maxPods")
	set("user_data", `{ "cloud-init" = "#cloud-config" }`)
	set("kubelet_args", `{ maxPods = "42" }`)
	out = cli.MustRun("plan", "-no-color")
	acctest.Contains(t, out, "2 to import, 0 to add, 1 to change, 0 to destroy")
	a.env.Sandbox.ClearRequests()
	cli.MustRun("apply", "-auto-approve")
	if writes := a.env.Writes(); len(writes) > 0 {
		t.Errorf("the import sent writes: %v", writes)
	}
	if out, code := cli.Run("plan", "-detailed-exitcode"); code != 0 {
		t.Errorf("the second plan is not empty: exit %d\n%s", code, out)
	}
}

// setGeneratedArgument sets an argument in the generated configuration.
func setGeneratedArgument(t *testing.T, cli *acctest.CLI, argument, value string) {
	t.Helper()
	name := filepath.Join(cli.Dir(), "generated.tf")
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(string(text), "\n")
	for i, line := range lines {
		if strings.HasPrefix(strings.TrimSpace(line), argument+" ") {
			lines[i] = argument + " = " + value
		}
	}
	if err := os.WriteFile(name, []byte(strings.Join(lines, "\n")), 0o600); err != nil {
		t.Fatal(err)
	}
}

// TestGeneratedKosmosConfiguration repeats TestGeneratedConfiguration with a Kosmos cluster and a pool of external
// nodes.
func TestGeneratedKosmosConfiguration(t *testing.T) {
	t.Parallel()
	acctest.OnOneCLI(t)
	a := newAdoption(t, false)
	cli := a.env.CLI(t, fmt.Sprintf(`
import {
  to = srm_kosmos_cluster.prod
  id = "fr-par/%s"
}

import {
  to = srm_kosmos_pool.workers
  id = "fr-par/%s"
}
`, a.cluster, a.pool))
	out, code := cli.Run("plan", "-no-color", "-generate-config-out=generated.tf")
	if code == 0 {
		t.Fatalf("the plan passes without the arguments that the user must set:\n%s", out)
	}
	acctest.Contains(t, out, "delete_additional_resources", "no_health_data")
	setGeneratedArgument(t, cli, "delete_additional_resources", "false")
	setGeneratedArgument(t, cli, "no_health_data", `{ by = "CISO", reviewed_on = "2026-11-02" }`)
	acctest.Contains(t, cli.MustRun("plan", "-no-color"), "2 to import, 0 to add, 1 to change, 0 to destroy")
	a.env.Sandbox.ClearRequests()
	cli.MustRun("apply", "-auto-approve")
	if writes := a.env.Writes(); len(writes) > 0 {
		t.Errorf("the import sent writes: %v", writes)
	}
	if out, code := cli.Run("plan", "-detailed-exitcode"); code != 0 {
		t.Errorf("the second plan is not empty: exit %d\n%s", code, out)
	}
}

// TestMovedKosmos repeats TestMovedFromOfficial with a Kosmos cluster and a pool of external nodes.
func TestMovedKosmos(t *testing.T) {
	t.Parallel()
	a := newAdoption(t, false)
	a.Configure(a.env, `
moved {
  from = scaleway_k8s_cluster.old
  to   = srm_kosmos_cluster.prod
}

moved {
  from = scaleway_k8s_pool.old
  to   = srm_kosmos_pool.workers
}

resource "srm_kosmos_cluster" "prod" {
  name                        = "prod"
  type                        = "multicloud-dedicated-4"
  version                     = "1.35"
  allowed_ip_ranges           = []
  maintenance_window          = { day = "sunday", start_hour = 2 }
  delete_additional_resources = false
  no_health_data              = { by = "CISO", reviewed_on = "2026-11-02" }
}

resource "srm_kosmos_pool" "workers" {
  cluster_id = srm_kosmos_cluster.prod.id
  name       = "workers"
  node_type  = "external"
}
`)
	acctest.Contains(t, a.MustRun("plan", "-no-color"), "Plan: 0 to add, 2 to change, 0 to destroy.")
	a.MustRun("apply", "-auto-approve")
	if writes := a.env.Writes(); len(writes) > 0 {
		t.Errorf("the move sent writes: %v", writes)
	}
	if out, code := a.Run("plan", "-detailed-exitcode"); code != 0 {
		t.Errorf("the second plan is not empty: exit %d\n%s", code, out)
	}
	if strings.Contains(a.stateText(t), fakescaleway.AdminToken) {
		t.Error("the admin token is in the state")
	}
}

// TestOfficialAllowList removes the official allow-list from the state, with a `removed` block and with a destroy. The
// destroy opens the API server: the next plan shows the change, and the apply restores the allow-list.
func TestOfficialAllowList(t *testing.T) {
	t.Parallel()
	for name, removed := range map[string]bool{"removed": true, "destroyed": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := newAdoption(t, true)
			office := []*k8s.ACLRuleRequest{
				{
					IP: &scw.IPNet{
						IPNet: net.IPNet{IP: net.IPv4(203, 0, 113, 0).To4(), Mask: net.CIDRMask(24, 32)},
					}, Description: "office",
				},
			}
			if _, err := a.env.Client(t).SetAllowList(t.Context(), scw.RegionFrPar, a.cluster, office); err != nil {
				t.Fatal(err)
			}
			a.appendConfig(`
import {
  to = scaleway_k8s_acl.old
  id = "fr-par/` + a.cluster + `"
}

resource "scaleway_k8s_acl" "old" {
  cluster_id = "fr-par/` + a.cluster + `"
  acl_rules {
    ip          = "203.0.113.0/24"
    description = "office"
  }
}
`)
			a.MustRun("apply", "-auto-approve")
			moved := strings.Replace(movedHDSConfig(""), "allowed_ip_ranges           = []", `allowed_ip_ranges = [{ `+
				`cidr = `+
				`"203.0.113.0/24", description = "office" }]`, 1)
			removedBlock := ""
			if removed {
				removedBlock = "removed {\n  from = scaleway_k8s_acl.old\n  lifecycle {\n    destroy = false\n  }\n}\n"
			}
			a.Configure(a.env, moved+removedBlock)
			a.env.Sandbox.ClearRequests()
			a.MustRun("apply", "-auto-approve")
			opened := len(a.env.Writes()) > 0
			if opened == removed {
				t.Errorf("writes: %v", a.env.Writes())
			}
			a.Configure(a.env, moved)
			out, code := a.Run("plan", "-no-color", "-detailed-exitcode")
			if removed {
				if code != 0 {
					t.Errorf("the second plan is not empty: exit %d\n%s", code, out)
				}
				return
			}
			acctest.Contains(t, out, `- cidr = "0.0.0.0/0"`, "1 to change")
			a.MustRun("apply", "-auto-approve")
			rules, err := a.env.Client(t).AllowList(t.Context(), scw.RegionFrPar, a.cluster)
			if err != nil || len(rules) != 1 || rules[0].IP.String() != "203.0.113.0/24" {
				t.Errorf("the allow-list is not restored: %v %v", rules, err)
			}
		})
	}
}

// TestRevertToOfficialProvider moves a cluster and a pool back to the official provider: the apply sends no write, and
// the second plan is empty.
func TestRevertToOfficialProvider(t *testing.T) {
	t.Parallel()
	a := newAdoption(t, true)
	before := a.config
	a.Configure(a.env, movedHDSConfig(""))
	a.MustRun("apply", "-auto-approve")
	a.env.Sandbox.ClearRequests()
	a.Configure(a.env, before+`
removed {
  from = srm_hds_pool.workers
  lifecycle {
    destroy = false
  }
}

removed {
  from = srm_hds_cluster.prod
  lifecycle {
    destroy = false
  }
}
`)
	acctest.Contains(t, a.MustRun("plan", "-no-color"), "2 to import, 0 to add,", "0 to destroy")
	a.MustRun("apply", "-auto-approve")
	if writes := a.env.Writes(); len(writes) > 0 {
		t.Errorf("the apply sent writes: %v", writes)
	}
	a.Configure(a.env, before)
	if out, code := a.Run("plan", "-detailed-exitcode"); code != 0 {
		t.Errorf("the second plan is not empty: exit %d\n%s", code, out)
	}
}

// TestBothProvidersInOneConfiguration uses both providers in one configuration: each accepts the ids of the other.
func TestBothProvidersInOneConfiguration(t *testing.T) {
	t.Parallel()
	a := newAdoption(t, true)
	a.appendConfig(fmt.Sprintf(`
data "srm_cluster" "old" {
  id = scaleway_k8s_cluster.old.id
}

resource "srm_hds_pool" "more" {
  cluster_id    = scaleway_k8s_cluster.old.id
  guardrails_id = "${scaleway_k8s_cluster.old.id}/guardrails"
  name          = "more"
  node_type     = "POP2-2C-8G"
  zone          = "fr-par-1"
  size          = 1
  root_volume   = { type = "sbs_5k", size_gb = 100 }
}

resource "srm_hds_cluster" "new" {
  name                        = "new"
  type                        = "kapsule-dedicated-4"
  version                     = "1.35"
  private_network_id          = %q
  allowed_ip_ranges           = []
  maintenance_window          = { day = "sunday", start_hour = 2 }
  delete_additional_resources = false
}

resource "scaleway_k8s_acl" "new" {
  cluster_id    = srm_hds_cluster.new.id
  no_ip_allowed = true
}

output "pools" {
  value = [for pool in data.srm_cluster.old.pools : pool.name]
}
`, sandbox.PrivateNetworkID))
	a.MustRun("apply", "-auto-approve")
	if out, code := a.Run("plan", "-no-color", "-detailed-exitcode"); code != 2 || !strings.Contains(out, "Changes to "+
		"Outputs") || strings.Contains(out, "will be") {
		t.Errorf("the second plan changes more than the output: exit %d\n%s", code, out)
	}
	a.MustRun("apply", "-auto-approve")
	acctest.Contains(t, a.MustRun("output", "-no-color", "pools"), `"workers"`, `"more"`)
}
