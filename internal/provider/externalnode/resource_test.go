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

func at(name string) tfjsonpath.Path { return tfjsonpath.New(name) }

func value(name string, check knownvalue.Check) statecheck.StateCheck {
	return statecheck.ExpectKnownValue(address, at(name), check)
}

func planned(action plancheck.ResourceActionType, more ...plancheck.PlanCheck) resource.ConfigPlanChecks {
	return resource.ConfigPlanChecks{
		PreApply: append([]plancheck.PlanCheck{plancheck.ExpectResourceAction(address, action)}, more...),
	}
}

func nothingPlanned() resource.ConfigPlanChecks {
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
			Config: r.node(""),
			ConfigPlanChecks: planned(
				plancheck.ResourceActionCreate, plancheck.ExpectKnownValue(
					address, at("attestation_expires_at"), knownvalue.StringExact("2027-11-01T00:00:00Z"),
				),
			),
			ConfigStateChecks: []statecheck.StateCheck{
				value("id", matches(`^fr-par/[0-9a-f-]{36}$`)), value("node_name", matches("^scw-edge-machines-")), value(
					"enrolment", knownvalue.StringExact("provider"),
				),
				value(
					"status", knownvalue.StringExact("registering"),
				), value("version_used", matches(`^1\.35\.`)), value("version_skew", knownvalue.StringExact("none")),
				value("kubelet_version", knownvalue.Null()), value("last_seen_at", knownvalue.Null()),
				value("cloud_init", matches("^#cloud-config\n")), value("script", matches("^#!/bin/bash\n")), value(
					"cleanup_script", matches("^#!/bin/bash\n"),
				),
				statecheck.ExpectSensitiveValue(address, at("cloud_init")), statecheck.ExpectSensitiveValue(address, at("script")),
				same.AddStateValue(address, at("cloud_init")), ids.AddStateValue(address, at("id")),
			},
		},
		{Config: r.node(""), ConfigPlanChecks: nothingPlanned()},
		{
			Config:           r.node("", "Hospital IT", "Edge team"),
			ConfigPlanChecks: planned(plancheck.ResourceActionUpdate),
			ConfigStateChecks: []statecheck.StateCheck{
				same.AddStateValue(address, at("cloud_init")), ids.AddStateValue(address, at("id")),
			},
		},
		{
			Config: r.node(`ssh = { allowed_ip_ranges = ["198.51.100.0/24"] }`, "Hospital IT", "Edge team"),
			ConfigPlanChecks: planned(
				plancheck.ResourceActionUpdate, plancheck.ExpectKnownValue(
					address, at("script"), matches(`SSH_RANGES='198\.51\.100\.0/24'`),
				),
			),
			ConfigStateChecks: []statecheck.StateCheck{
				ids.AddStateValue(address, at("id")), value("script", matches(`CREDENTIAL='\{"metadata_url":"http`)),
			},
		},
		{
			Config: r.node(
				`ssh = { allowed_ip_ranges = ["198.51.100.0/24"] }`, "Hospital IT", "Edge team",
			), ConfigPlanChecks: nothingPlanned(),
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
