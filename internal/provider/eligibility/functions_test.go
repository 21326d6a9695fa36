package eligibility_test

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"

	"github.com/terraform-srm/terraform-provider-srm/internal/acctest"
)

const instancesSource = "Scaleway Instances Shared Responsibility Model, HDS Instance offers"

// resultCheck returns the check of a whole result.
func resultCheck(status, reason, source, asOf string, family knownvalue.Check, revision int64) knownvalue.Check {
	return knownvalue.ObjectExact(map[string]knownvalue.Check{
		"status": knownvalue.StringExact(status), "reason": knownvalue.StringExact(reason),
		"source": knownvalue.StringExact(source),
		"as_of":  knownvalue.StringExact(asOf), "family": family, "revision": knownvalue.Int64Exact(revision),
	})
}

func TestEligibilityResults(t *testing.T) {
	t.Parallel()
	family := knownvalue.StringExact
	const zones = "Scaleway Block Storage documentation, hosting of health data"
	config, checks := "", []statecheck.StateCheck{}
	for i, test := range []struct {
		call string
		want knownvalue.Check
	}{
		{`node_type_eligibility("POP2-4C-16G")`, resultCheck("eligible", "Dedicated General Purpose Instances are "+
			"eligible, with Block Storage.", instancesSource, "2026-01-12", family("POP2"), 1)},
		{`node_type_eligibility("pop2_hc_8c_16g")`, resultCheck("eligible", "Specialized Instances are eligible, "+
			"with Block Storage.", instancesSource, "2026-01-12", family("POP2-HC"), 1)},
		{`node_type_eligibility("dev1_s")`, resultCheck("ineligible", "The DEV1 family is listed as not eligible for "+
			"health data. Kapsule also refuses this type: it has too little memory for a node.", instancesSource,
			"2026-01-12",
			family("DEV1"), 1)},
		{`node_type_eligibility("external")`, resultCheck("ineligible", "External nodes belong to Kosmos, which is "+
			"outside the HDS scope.",
			"Shared Responsibility Model for Scaleway Managed Kubernetes Services", "2026-05-20", family("external"),
			1)},
		{`node_type_eligibility("POP2-4C-16G-WIN")`, resultCheck("undecided", `The catalogue does not contain `+
			`"POP2-4C-16G-WIN": its eligibility for health data is undecided.`,
			instancesSource, "2026-01-12", knownvalue.Null(), 0)},
		{
			`zone_eligibility("fr-par-2")`, resultCheck(
				"eligible", "fr-par-2 is listed as a zone for health data.", zones, "2025-12-31", family("fr-par"), 1,
			),
		},
		{`zone_eligibility("fr-par-4")`, resultCheck("undecided", `"fr-par-4" is in fr-par, but no source lists it `+
			`as a `+
			`zone `+
			`for health data.`, zones, "2025-12-31", family("fr-par"), 0)},
		{`zone_eligibility("fr-par")`, resultCheck("ineligible", `"fr-par" is not a zone of fr-par, the only `+
			`authorized `+
			`region: use one of fr-par-1, fr-par-2, fr-par-3.`,
			"Shared Responsibility Model for Scaleway Managed Kubernetes Services", "2026-05-20", knownvalue.Null(),
			1)},
	} {
		name := fmt.Sprintf("o%d", i)
		config += fmt.Sprintf("output %q { value = provider::srm::%s }\n", name, test.call)
		checks = append(checks, statecheck.ExpectKnownOutputValue(name, test.want))
	}
	env := acctest.New(t)
	env.Test(t, resource.TestCase{Steps: []resource.TestStep{{Config: config, ConfigStateChecks: checks}}})
	if requests := env.AllRequests(); len(requests) > 0 {
		t.Errorf("the functions sent requests: %v", requests)
	}
}

func TestUnknownAndNullArguments(t *testing.T) {
	t.Parallel()
	for _, call := range []string{"node_type_eligibility", "zone_eligibility"} {
		t.Run(call, func(t *testing.T) {
			t.Parallel()
			env := acctest.New(t)
			env.Test(t, resource.TestCase{Steps: []resource.TestStep{{
				Config:      `output "none" { value = provider::srm::` + call + `(null) }`,
				ExpectError: messageRegexp(`argument must not be null`),
			}, {
				Config: `resource "terraform_data" "later" { input = "fr-par-1" }
output "later" { value = provider::srm::` + call + `(terraform_data.later.output) }`,
				ConfigPlanChecks: resource.ConfigPlanChecks{
					PreApply: []plancheck.PlanCheck{plancheck.ExpectUnknownOutputValue("later")},
				},
			}}})
		})
	}
}

// messageRegexp returns a pattern that matches the text even if the CLI wraps it.
func messageRegexp(text string) *regexp.Regexp {
	return regexp.MustCompile(strings.ReplaceAll(regexp.QuoteMeta(text), " ", `[\s│]+`))
}
