package responsibilities_test

import (
	"fmt"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"

	"github.com/terraform-srm/terraform-provider-srm/internal/acctest"
	"github.com/terraform-srm/terraform-provider-srm/internal/sandbox"
)

// TestPlannedTransfers checks that the matrix includes planned transfers of resources, without duplicates.
func TestPlannedTransfers(t *testing.T) {
	t.Parallel()
	env := acctest.New(t)
	const transfers = `
locals {
  guardrails = {
    key       = "load_balancers/action", clause = "HDS-ENC-01", component = "Load Balancers", from = "hardening",
      to = "customer"
    reason   = "load_balancers.action is \"audit\": the policy refuses nothing.",
      how_to_revert = "Set load_balancers.action to \"deny\"."
    interpretation = false
  }
  kubelet = {
    key       = "kubelet_args/maxPods", clause = "TRF-01", component = "kubelet", from = "scaleway", to = "customer"
    reason   = "kubelet_args sets \"maxPods\".", how_to_revert = "Remove it.", interpretation = false
  }
}
`
	env.Test(t, resource.TestCase{Steps: []resource.TestStep{{Config: env.Config(transfers + dataSourceConfig(`
  hds = true
  cluster = {
    variant   = "kapsule"
    offer     = "dedicated"
    responsibility_transfers = [local.guardrails, local.guardrails]
    pools     = [{ name = "a", kubelet_args = { maxPods = "50" }, responsibility_transfers = [local.kubelet] }]
  }
  filter = { section = ["HDS-ENC", "KAP"] }`)), ConfigStateChecks: []statecheck.StateCheck{
		expectValue(knownvalue.ListSizeExact(2), attributePath("responsibility_transfers")),
		expectValue(
			knownvalue.StringExact("load_balancers/action"), attributePath(
				"responsibility_transfers",
			).AtSliceIndex(0).AtMapKey("key"),
		),
		expectValue(
			knownvalue.StringExact(
				"pools/a/kubelet_args/maxPods",
			), attributePath("responsibility_transfers").AtSliceIndex(1).AtMapKey("key"),
		),
		expectValue(knownvalue.StringExact("KAP-01"), attributePath("clauses").AtSliceIndex(0).AtMapKey("id")),
		expectValue(
			knownvalue.StringExact("shared"), attributePath("clauses").AtSliceIndex(0).AtMapKey("effective_party"),
		),
		expectValue(knownvalue.StringExact("HDS-ENC-01"), attributePath("clauses").AtSliceIndex(3).AtMapKey("id")),
		expectValue(
			knownvalue.ListExact(exactStrings("load_balancers/action")),
			attributePath("clauses").AtSliceIndex(3).AtMapKey("shifted_by"),
		),
		expectValue(knownvalue.StringExact("HDS-ENC-03"), attributePath("clauses").AtSliceIndex(5).AtMapKey("id")),
		expectValue(knownvalue.ListSizeExact(0), attributePath("clauses").AtSliceIndex(5).AtMapKey("shifted_by")),
	}}}})
}

// TestMatrixAtPlan checks that a plan shows the matrix of a cluster that does not exist yet, if its transfers are
// passed through a local value.
func TestMatrixAtPlan(t *testing.T) {
	t.Parallel()
	env := acctest.New(t)
	env.Test(t, resource.TestCase{Steps: []resource.TestStep{
		{
			Config: env.Config(fmt.Sprintf(`
resource "srm_hds_cluster" "records" {
  name               = "records"
  version            = "1.36"
  type               = "kapsule-dedicated-4"
  private_network_id = %q
  allowed_ip_ranges  = []
  maintenance_window = { day = "sunday", start_hour = 2 }
  feature_gates      = ["HPAScaleToZero"]

  delete_additional_resources = false
  deletion_protection         = false
}
locals { transfers = srm_hds_cluster.records.responsibility_transfers }
output "matrix" {
  value = {
    for c in data.srm_responsibilities.one.clauses : c.id => "${c.effective_party} ${join(",", keys(c.parts))}"
  }
}
`, sandbox.PrivateNetworkID) + dataSourceConfig(`
  hds = true
  cluster = {
    variant   = "kapsule"
    offer     = "dedicated"
    responsibility_transfers = local.transfers
  }
  filter = { section = ["MKS", "HDS-RES"], party = ["shared", "customer"], hds = null }`)),
			ConfigPlanChecks: resource.ConfigPlanChecks{
				PreApply: []plancheck.PlanCheck{
					plancheck.ExpectKnownOutputValue("matrix", knownvalue.MapExact(map[string]knownvalue.Check{
						"MKS-01":     knownvalue.StringExact("shared control_plane"),
						"MKS-04":     knownvalue.StringExact("shared minor,offer,patches"),
						"HDS-RES-01": knownvalue.StringExact("customer region"),
						"HDS-RES-03": knownvalue.StringExact("customer egress,gateway"),
						"HDS-RES-02": knownvalue.StringExact(
							"customer backups,buckets,databases,other_regions,registry,workloads,zones",
						),
					})),
				},
			},
		},
	}})
}

// TestUnknownArguments checks that a data source with unknown arguments is read during apply.
func TestUnknownArguments(t *testing.T) {
	t.Parallel()
	env := acctest.New(t)
	env.Test(t, resource.TestCase{Steps: []resource.TestStep{{Config: env.Config(`
resource "terraform_data" "later" { input = "cilium" }
` + dataSourceConfig(`
  cluster = {
    variant = "kapsule"
    offer   = "mutualised"
    cni     = terraform_data.later.output
    pools   = [{ name = "workers-${terraform_data.later.id}", kubelet_args = {} }]
  }`)), ConfigStateChecks: []statecheck.StateCheck{
		expectValue(knownvalue.StringExact("cilium"), attributePath("facts", "cni")),
		expectValue(knownvalue.ListSizeExact(0), attributePath("responsibility_transfers")),
	}}}})
}
