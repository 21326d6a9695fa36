package externalnode_test

import (
	"regexp"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/compare"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"
)

func attributePath(name string) tfjsonpath.Path { return tfjsonpath.New(name) }

func expectValue(name string, check knownvalue.Check) statecheck.StateCheck {
	return statecheck.ExpectKnownValue(address, attributePath(name), check)
}

func expectAction(action plancheck.ResourceActionType, extra ...plancheck.PlanCheck) resource.ConfigPlanChecks {
	return resource.ConfigPlanChecks{
		PreApply: append([]plancheck.PlanCheck{plancheck.ExpectResourceAction(address, action)}, extra...),
	}
}

func expectEmptyPlan() resource.ConfigPlanChecks {
	return resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{plancheck.ExpectEmptyPlan()}}
}

func matches(text string) knownvalue.Check { return knownvalue.StringRegexp(regexp.MustCompile(text)) }

// TestProviderEnrols creates a node, updates it in place with and without new programs, and destroys it.
func TestProviderEnrols(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	same := statecheck.CompareValue(compare.ValuesSame())
	ids := statecheck.CompareValue(compare.ValuesSame())
	r.Test(t, resource.TestCase{Steps: []resource.TestStep{
		{
			Config: r.nodeConfig(""),
			ConfigPlanChecks: expectAction(
				plancheck.ResourceActionCreate, plancheck.ExpectKnownValue(
					address, attributePath("attestation_expires_at"), knownvalue.StringExact("2027-11-01T00:00:00Z"),
				),
			),
			ConfigStateChecks: []statecheck.StateCheck{
				expectValue(
					"id",
					matches(`^fr-par/[0-9a-f-]{36}$`),
				),
				expectValue("node_name", matches("^scw-edge-machines-")),
				expectValue("enrolment", knownvalue.StringExact("provider")),
				expectValue("status", knownvalue.StringExact("registering")),
				expectValue("version_used", matches(`^1\.35\.`)),
				expectValue("version_skew", knownvalue.StringExact("none")),
				expectValue("kubelet_version", knownvalue.Null()),
				expectValue("last_seen_at", knownvalue.Null()),
				expectValue("cloud_init", matches("^#cloud-config\n")),
				expectValue("script", matches("^#!/bin/bash\n")),
				expectValue("cleanup_script", matches("^#!/bin/bash\n")),
				statecheck.ExpectSensitiveValue(address, attributePath("cloud_init")),
				statecheck.ExpectSensitiveValue(address, attributePath("script")),
				same.AddStateValue(address, attributePath("cloud_init")),
				ids.AddStateValue(address, attributePath("id")),
			},
		},
		{Config: r.nodeConfig(""), ConfigPlanChecks: expectEmptyPlan()},
		{
			Config:           r.nodeConfig("", "Hospital IT", "Edge team"),
			ConfigPlanChecks: expectAction(plancheck.ResourceActionUpdate),
			ConfigStateChecks: []statecheck.StateCheck{
				same.AddStateValue(
					address, attributePath("cloud_init"),
				), ids.AddStateValue(address, attributePath("id")),
			},
		},
		{
			Config: r.nodeConfig(`ssh = { allowed_ip_ranges = ["198.51.100.0/24"] }`, "Hospital IT", "Edge team"),
			ConfigPlanChecks: expectAction(
				plancheck.ResourceActionUpdate, plancheck.ExpectKnownValue(
					address, attributePath("script"), matches(`SSH_RANGES='198\.51\.100\.0/24'`),
				),
			),
			ConfigStateChecks: []statecheck.StateCheck{
				ids.AddStateValue(address, attributePath("id")),
				expectValue("script", matches(`CREDENTIAL='\{"metadata_url":"http`)),
			},
		},
		{
			Config: r.nodeConfig(
				`ssh = { allowed_ip_ranges = ["198.51.100.0/24"] }`, "Hospital IT", "Edge team",
			), ConfigPlanChecks: expectEmptyPlan(),
		},
	}})
	if left := r.nodes(); len(left) != 0 {
		t.Errorf("%d nodes were not deleted", len(left))
	}
	enrolled := 0
	for _, write := range r.Writes() {
		if strings.HasSuffix(write, "/external-nodes/auth") {
			enrolled++
		}
	}
	if enrolled != 1 {
		t.Errorf("%d enrolments: %v", enrolled, r.Writes())
	}
}
