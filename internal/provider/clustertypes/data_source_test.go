package clustertypes_test

import (
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"

	"github.com/terraform-srm/terraform-provider-srm/internal/acctest"
	"github.com/terraform-srm/terraform-provider-srm/internal/sandbox"
)

// messageRegexp returns a pattern that matches a message even if the CLI wraps it.
func messageRegexp(pattern string) *regexp.Regexp {
	return regexp.MustCompile("(?s)" + strings.ReplaceAll(pattern, " ", `\s+`))
}

func TestClusterTypes(t *testing.T) {
	t.Parallel()
	env := acctest.New(t)
	names := func(names ...string) knownvalue.Check {
		checks := []knownvalue.Check{}
		for _, name := range names {
			checks = append(checks, knownvalue.StringExact(name))
		}
		return knownvalue.SetExact(checks)
	}
	env.Test(t, resource.TestCase{Steps: []resource.TestStep{{
		Config:      env.Config(`data "srm_cluster_types" "here" { region = "paris" }`),
		ExpectError: messageRegexp(`The value is not a region`),
	}, {
		Config: env.Config(`
data "srm_cluster_types" "here" {}
output "region" { value = data.srm_cluster_types.here.region }
output "hds" { value = [for t in data.srm_cluster_types.here.cluster_types : t.name if t.hds] }
output "four" {
  value = one([for t in data.srm_cluster_types.here.cluster_types : t if t.name == "kapsule-dedicated-4"])
}
output "kapsule" { value = one([for t in data.srm_cluster_types.here.cluster_types : t if t.name == "kapsule"]) }`),
		ConfigStateChecks: []statecheck.StateCheck{
			statecheck.ExpectKnownOutputValue("region", knownvalue.StringExact("fr-par")),
			statecheck.ExpectKnownOutputValue(
				"hds", names("kapsule-dedicated-4", "kapsule-dedicated-8", "kapsule-dedicated-16"),
			),
			statecheck.ExpectKnownOutputValueAtPath(
				"four", tfjsonpath.New("commitment_days"), knownvalue.Int64Exact(30),
			),
			statecheck.ExpectKnownOutputValueAtPath("four", tfjsonpath.New("dedicated"), knownvalue.Bool(true)),
			statecheck.ExpectKnownOutputValueAtPath(
				"four", tfjsonpath.New("audit_logs_supported"), knownvalue.Bool(true),
			),
			statecheck.ExpectKnownOutputValueAtPath(
				"kapsule", tfjsonpath.New("commitment_days"), knownvalue.Int64Exact(0),
			),
			statecheck.ExpectKnownOutputValueAtPath("kapsule", tfjsonpath.New("hds"), knownvalue.Bool(false)),
		},
	}}})
}

func TestServerError(t *testing.T) {
	t.Parallel()
	env := acctest.New(t)
	if err := env.Sandbox.AddFault(
		sandbox.Fault{
			Method: http.MethodGet, Path: "/k8s/v1/regions/*/cluster-types", Kind: "status",
			Status: http.StatusInternalServerError, Times: 100,
		},
	); err != nil {
		t.Fatal(err)
	}
	env.Test(t, resource.TestCase{Steps: []resource.TestStep{{
		Config:      env.Config(`data "srm_cluster_types" "here" {}`),
		ExpectError: messageRegexp(`Unable to read cluster types.*Unable to list cluster types in fr-par.*500`),
	}}})
}
