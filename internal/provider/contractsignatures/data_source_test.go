package contractsignatures_test

import (
	"fmt"
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

const dataSourceConfig = `data "srm_contract_signatures" "all" {}`

func signatureChecks() []statecheck.StateCheck {
	const address = "data.srm_contract_signatures.all"
	first := tfjsonpath.New("signatures").AtSliceIndex(0)
	return []statecheck.StateCheck{
		statecheck.ExpectKnownValue(
			address, tfjsonpath.New("organization_id"), knownvalue.StringExact(sandbox.OrganizationID),
		),
		statecheck.ExpectKnownValue(address, tfjsonpath.New("signatures"), knownvalue.ListSizeExact(1)),
		statecheck.ExpectKnownValue(address, first.AtMapKey("id"), knownvalue.StringExact(sandbox.ContractSignatureID)),
		statecheck.ExpectKnownValue(
			address, first.AtMapKey("contract_type"), knownvalue.StringExact(sandbox.ContractType),
		),
		statecheck.ExpectKnownValue(
			address, first.AtMapKey("contract_name"), knownvalue.StringExact(sandbox.ContractName),
		),
		statecheck.ExpectKnownValue(address, first.AtMapKey("contract_version"), knownvalue.Int64Exact(1)),
		statecheck.ExpectKnownValue(address, first.AtMapKey("signed_at"), knownvalue.NotNull()),
		statecheck.ExpectKnownValue(address, first.AtMapKey("expires_at"), knownvalue.Null()),
	}
}

// providerConfig returns a provider block without Project and Organization, followed by more arguments.
func providerConfig(env *acctest.Env, extra string) string {
	return fmt.Sprintf(`
provider "srm" {
  api_url    = %q
  access_key = %q
  secret_key = %q
  %s
}
`, env.URL, sandbox.AccessKey, sandbox.SecretKey, extra)
}

// messageRegexp returns a pattern that matches a message even if the CLI wraps it.
func messageRegexp(pattern string) *regexp.Regexp {
	return regexp.MustCompile("(?s)" + strings.ReplaceAll(pattern, " ", `\s+`))
}

func TestSignatures(t *testing.T) {
	t.Parallel()
	env := acctest.New(t)
	env.Test(t, resource.TestCase{Steps: []resource.TestStep{
		{
			Config:      providerConfig(env, "") + dataSourceConfig,
			ExpectError: messageRegexp(`The Organization is not configured.*SCW_DEFAULT_ORGANIZATION_ID`),
		},
		{Config: env.Config(`data "srm_contract_signatures" "all" { organization_id = "acme" }`),
			ExpectError: messageRegexp(`The value is not an Organization's id`)},
		{Config: env.Config(dataSourceConfig), ConfigStateChecks: signatureChecks()},
		{
			Config: providerConfig(
				env,
				fmt.Sprintf("project_id = %q", sandbox.ProjectID),
			) + dataSourceConfig,
			ConfigStateChecks: signatureChecks(),
		},
	}})
	if writes := env.Writes(); len(writes) > 0 {
		t.Errorf("the data source sent write requests: %v", writes)
	}
}

func TestForbidden(t *testing.T) {
	t.Parallel()
	env := acctest.New(t)
	if err := env.Sandbox.AddFault(
		sandbox.Fault{
			Method: http.MethodGet, Path: "/account/v3/contract-signatures", Kind: "status",
			Status: http.StatusForbidden,
			Times:  100,
		},
	); err != nil {
		t.Fatal(err)
	}
	env.Test(t, resource.TestCase{Steps: []resource.TestStep{{
		Config:      env.Config(dataSourceConfig),
		ExpectError: messageRegexp(`Unable to read contract signatures.*403`),
	}}})
}
