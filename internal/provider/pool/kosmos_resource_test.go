package pool_test

import (
	"fmt"
	"regexp"
	"slices"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/compare"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"
	"github.com/scaleway/scaleway-sdk-go/scw"
)

func attributePath(name string) tfjsonpath.Path { return tfjsonpath.New(name) }

// kosmosExpectState returns a check of an attribute in the state.
func kosmosExpectState(name string, check knownvalue.Check) statecheck.StateCheck {
	return statecheck.ExpectKnownValue(kosmosAddress, attributePath(name), check)
}

// kosmosExpectAction returns a check that the plan has an action for the pool, with further checks.
func kosmosExpectAction(action plancheck.ResourceActionType, extra ...plancheck.PlanCheck) resource.ConfigPlanChecks {
	return resource.ConfigPlanChecks{
		PreApply: append([]plancheck.PlanCheck{plancheck.ExpectResourceAction(kosmosAddress, action)}, extra...),
	}
}

// expectEmptyPlan returns a check that the plan is empty.
func expectEmptyPlan() resource.ConfigPlanChecks {
	return resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{plancheck.ExpectEmptyPlan()}}
}

// TestKosmosExternalPool checks an external pool: a minimal configuration, its responsibility transfers in the plan,
// and updates of labels and node_defaults in place.
func TestKosmosExternalPool(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	ids := statecheck.CompareValue(compare.ValuesSame())
	defaults := `node_defaults = { owner = "Hospital IT", reviewed_on = "2026-11-01", valid_days = 100 }`
	r.Test(t, resource.TestCase{Steps: []resource.TestStep{
		{
			Config: r.external(),
			ConfigPlanChecks: kosmosExpectAction(
				plancheck.ResourceActionCreate,
				plancheck.ExpectKnownValue(kosmosAddress,
					attributePath("responsibility_transfers"), knownvalue.ListExact([]knownvalue.Check{
						knownvalue.ObjectPartial(
							map[string]knownvalue.Check{
								"key":    knownvalue.StringExact("external_nodes"),
								"clause": knownvalue.StringExact("KOS-04"),
							},
						),
					})),
			),
			ConfigStateChecks: []statecheck.StateCheck{
				kosmosExpectState("id", knownvalue.StringRegexp(regexp.MustCompile("^fr-par/"))), kosmosExpectState(
					"version_used", knownvalue.StringRegexp(regexp.MustCompile(`^1\.35\.`)),
				),
				kosmosExpectState(
					"autohealing", knownvalue.Bool(false),
				), kosmosExpectState(
					"size", knownvalue.Null(),
				), kosmosExpectState("zone", knownvalue.Null()), kosmosExpectState(
					"root_volume", knownvalue.Null(),
				),
				kosmosExpectState("upgrade_policy", knownvalue.Null()), kosmosExpectState(
					"attestation_expires_at", knownvalue.Null(),
				), ids.AddStateValue(kosmosAddress, attributePath("id")),
			},
		},
		{Config: r.external(), ConfigPlanChecks: expectEmptyPlan()},
		{
			Config: r.external(
				`labels = { site = "lyon" }`, `taints = [{ key = "edge", effect = "NoSchedule" }]`, defaults,
			),
			ConfigPlanChecks: kosmosExpectAction(
				plancheck.ResourceActionUpdate, plancheck.ExpectKnownValue(
					kosmosAddress,
					attributePath("attestation_expires_at"),
					knownvalue.StringExact("2027-02-09T00:00:00Z"),
				),
			),
			ConfigStateChecks: []statecheck.StateCheck{
				kosmosExpectState(
					"labels", knownvalue.MapExact(map[string]knownvalue.Check{"site": knownvalue.StringExact("lyon")}),
				), ids.AddStateValue(kosmosAddress, attributePath("id")),
			},
		},
		{
			Config: r.external(
				`labels = { site = "lyon" }`, `taints = [{ key = "edge", effect = "NoSchedule" }]`, defaults,
				"size = 0",
			), ConfigPlanChecks: kosmosExpectAction(plancheck.ResourceActionUpdate),
		},
		{
			Config: r.external(
				`labels = { site = "lyon" }`, `taints = [{ key = "edge", effect = "NoSchedule" }]`, defaults,
				"size = 0",
			), ConfigPlanChecks: expectEmptyPlan(),
		},
	}})
	if remaining := r.pools(); len(remaining) != 0 {
		t.Errorf("%d pools remain", len(remaining))
	}
}

// TestKosmosHostedPool checks a Scaleway-hosted pool with nodes in a zone of another region: size and rotation change
// in place, another node type replaces the pool.
func TestKosmosHostedPool(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	replaced := statecheck.CompareValue(compare.ValuesDiffer())
	r.Test(t, resource.TestCase{Steps: []resource.TestStep{
		{
			Config: r.hosted("size = 1"),
			ConfigStateChecks: []statecheck.StateCheck{
				kosmosExpectState(
					"autohealing", knownvalue.Bool(true),
				), kosmosExpectState("size", knownvalue.Int64Exact(1)), kosmosExpectState(
					"zone", knownvalue.StringExact("nl-ams-1"),
				),
				kosmosExpectState(
					"root_volume", knownvalue.ObjectPartial(map[string]knownvalue.Check{"type": knownvalue.NotNull()}),
				), kosmosExpectState("responsibility_transfers", knownvalue.ListSizeExact(0)),
				kosmosExpectState(
					"upgrade_policy", knownvalue.ObjectExact(
						map[string]knownvalue.Check{
							"max_unavailable": knownvalue.Int64Exact(0), "max_surge": knownvalue.Int64Exact(1),
						},
					),
				),
				replaced.AddStateValue(kosmosAddress, attributePath("id")),
			},
		},
		{Config: r.hosted("size = 1"), ConfigPlanChecks: expectEmptyPlan()},
		{
			Config: r.hosted(
				"size = 2", "autohealing = false", `rotation = "1"`,
			), ConfigPlanChecks: kosmosExpectAction(plancheck.ResourceActionUpdate),
		},
		{Config: r.hosted("size = 2", "autohealing = false", `rotation = "1"`), ConfigPlanChecks: expectEmptyPlan()},
		{
			PreConfig: func() {
				if err := r.Sandbox.Patch(
					"pools", r.pools()[0].ID, map[string]any{"autohealing": true, "tags": []string{"elsewhere"}},
				); err != nil {
					t.Fatal(err)
				}
			},
			Config: r.hosted(
				"size = 2", "autohealing = false", `rotation = "1"`,
			), ConfigPlanChecks: kosmosExpectAction(plancheck.ResourceActionUpdate),
		},
		{
			Config: r.ProviderBlock("") + r.poolBlock(
				`node_type = "pro2_s"`,
				`zone = "nl-ams-1"`,
				"autoscaling = { min = 1, max = 3 }",
			),
			ConfigPlanChecks:  kosmosExpectAction(plancheck.ResourceActionDestroyBeforeCreate),
			ConfigStateChecks: []statecheck.StateCheck{replaced.AddStateValue(kosmosAddress, attributePath("id"))},
		},
		{
			PreConfig: func() {
				if err := r.Sandbox.Remove("pools", r.pools()[0].ID); err != nil {
					t.Fatal(err)
				}
			},
			Config: r.ProviderBlock("") + r.poolBlock(
				`node_type = "PRO2-S"`,
				`zone = "nl-ams-1"`,
				"autoscaling = { min = 1, max = 3 }",
			),
			ConfigPlanChecks: kosmosExpectAction(plancheck.ResourceActionCreate),
		},
	}})
}

// TestKosmosImport checks that an import by each form of the id leads to an empty plan, and that a malformed id is
// refused.
func TestKosmosImport(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	for name, config := range map[string]string{
		"external": r.external(`labels = { site = "lyon" }`), "hosted": r.hosted("size = 1"),
	} {
		r.Test(t, resource.TestCase{Steps: []resource.TestStep{
			{Config: config},
			{Config: r.ProviderBlock("") + "removed {\n  from = " + kosmosAddress + "\n  lifecycle {\n    destroy = " +
				"false\n  }\n}\n"},
		}})
		id := r.pools()[len(r.pools())-1].ID
		for _, importID := range []string{id, "fr-par/" + id} {
			r.Test(t, resource.TestCase{Steps: []resource.TestStep{
				{
					Config: config + fmt.Sprintf(
						"import {\n  to = %s\n  id = %q\n}\n", kosmosAddress, importID,
					),
					ConfigPlanChecks: kosmosExpectAction(plancheck.ResourceActionNoop),
				},
				{
					Config: r.ProviderBlock(
						"",
					) + "removed {\n  from = " + kosmosAddress + "\n  lifecycle {\n    destroy = false\n  }\n}\n",
				},
			}})
		}
		if err := r.api.DeletePool(t.Context(), scw.RegionFrPar, id); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if err := r.api.WaitPoolDeleted(t.Context(), scw.RegionFrPar, id); err != nil {
			t.Fatal(err)
		}
	}
	kapsule := r.CreateCluster(t)
	if writes := r.Writes(); !slices.Contains(writes, "POST /k8s/v1/regions/fr-par/clusters/{id}/pools") {
		t.Errorf("writes %v", writes)
	}
	r.Test(t, resource.TestCase{Steps: []resource.TestStep{
		{
			Config: r.external() + fmt.Sprintf(
				"import {\n  to = %s\n  id = %q\n}\n",
				kosmosAddress,
				"fr-par-1/"+kapsule,
			),
			ExpectError: regexp.MustCompile("The id of the pool is malformed"),
		},
	}})
}
