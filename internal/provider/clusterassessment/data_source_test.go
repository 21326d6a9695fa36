package clusterassessment_test

import (
	"fmt"
	"net"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/scaleway/scaleway-sdk-go/api/k8s/v1"
	"github.com/scaleway/scaleway-sdk-go/scw"

	"github.com/terraform-srm/terraform-provider-srm/internal/acctest"
	"github.com/terraform-srm/terraform-provider-srm/internal/sandbox"
)

func TestMain(m *testing.M) { os.Exit(acctest.Main(m)) }

const name = "srm_cluster_assessment"

// config returns the data source and an output of one result for each check.
func config(id string, arguments ...string) string {
	return fmt.Sprintf(`
data "srm_cluster_assessment" "one" {
  cluster_id = %q
  %s
}

output "results" {
  value = { for f in data.srm_cluster_assessment.one.findings : f.check => "${f.result} ${f.disposition}" }
}
`, id, strings.Join(arguments, "\n  "))
}

// results expects these results of checks, among others.
func results(want map[string]string) statecheck.StateCheck {
	checks := map[string]knownvalue.Check{}
	for check, result := range want {
		checks[check] = knownvalue.StringExact(result)
	}
	return statecheck.ExpectKnownOutputValue("results", knownvalue.ObjectPartial(checks))
}

func withoutAutoUpgrade(r *k8s.CreateClusterRequest) { r.AutoUpgrade = nil }

// TestAssessment judges a dedicated cluster, then one with deviations and a waiver.
func TestAssessment(t *testing.T) {
	t.Parallel()
	env := acctest.New(t)
	good := env.CreateCluster(t, acctest.Named("good"), func(r *k8s.CreateClusterRequest) {
		r.Type = "kapsule-dedicated-4"
	})
	bad := env.CreateCluster(t, acctest.Named("bad"), withoutAutoUpgrade)
	open := []*k8s.ACLRuleRequest{{IP: &scw.IPNet{IPNet: net.IPNet{IP: net.IPv4zero, Mask: net.CIDRMask(0, 32)}}}}
	if _, err := env.Client(t).SetAllowList(t.Context(), scw.RegionFrPar, bad, open); err != nil {
		t.Fatal(err)
	}
	waiver := fmt.Sprintf(`waivers = <<-EOT
    waivers:
      - id: W-1
        check: api_allow_list
        scope: fr-par/%[1]s
        subjects: [fr-par/%[1]s]
        reason: moved behind the bastion in January
        compensating: the API server accepts IAM identities only
        ticket: PLAT-1
        risk_owner: ciso
        author: platform
        approver: ciso
        approved_on: 2026-11-01
        until: 2027-01-31
  EOT`, bad)
	env.Test(t, resource.TestCase{Steps: []resource.TestStep{
		{
			Config: env.Config(config("fr-par/"+good, "hds = true")),
			ConfigStateChecks: []statecheck.StateCheck{results(map[string]string{
				"cluster_offer_dedicated": "pass open", "cluster_region": "pass open",
				"volumes_encrypted": "not_evaluated open", "attest_restore_test": "not_evaluated open",
				"admin_token": "not_evaluated open",
			})},
		},
		{
			Config: env.Config(config(bad, "hds = false", waiver)),
			ConfigStateChecks: []statecheck.StateCheck{results(map[string]string{
				"cluster_offer_dedicated": "not_applicable open", "cluster_auto_upgrade": "fail open",
				"api_allow_list": "fail waived",
			})},
		},
		{
			Config: env.Config(config(bad, "hds = false", waiver, `checks = { only = ["cluster_auto_upgrade"] }`)),
			ConfigStateChecks: []statecheck.StateCheck{results(map[string]string{
				"cluster_auto_upgrade": "fail open", "api_allow_list": "not_evaluated open",
			})},
		},
	}})
}

// TestNoRequestWithoutUse checks that the data source does not read the permission sets of the API key: they are not in
// its state.
func TestNoRequestWithoutUse(t *testing.T) {
	t.Parallel()
	env := acctest.New(t)
	id := env.CreateCluster(t, acctest.Named("plain"))
	env.Protocol(t).ReadDataSource(name, map[string]any{"cluster_id": id, "hds": true})
	requests := env.Sandbox.Requests()
	if len(requests) < 20 {
		t.Errorf("%d requests: the cluster was not read", len(requests))
	}
	for _, r := range requests {
		if strings.HasPrefix(r.Path, "/iam/") {
			t.Errorf("%s %s", r.Method, r.Path)
		}
	}
}

// TestResultsInMatrix shows the findings beside the parts of the clauses.
func TestResultsInMatrix(t *testing.T) {
	t.Parallel()
	env := acctest.New(t)
	id := env.CreateCluster(t, acctest.Named("one"), withoutAutoUpgrade)
	other := env.CreateCluster(t, acctest.Named("other"))
	matrix := func(id string) string {
		return fmt.Sprintf(`
data "srm_responsibilities" "one" {
  cluster_id = %q
  findings   = data.srm_cluster_assessment.one.findings
}

output "auto_upgrade" {
  value = one([for c in data.srm_responsibilities.one.clauses : c.results if c.id == "LIF-03"])
}
`, id)
	}
	env.Test(t, resource.TestCase{Steps: []resource.TestStep{
		{
			Config: env.Config(config(id, "hds = false") + matrix(id)),
			ConfigStateChecks: []statecheck.StateCheck{statecheck.ExpectKnownOutputValue("auto_upgrade",
				knownvalue.MapExact(map[string]knownvalue.Check{"auto_upgrade": knownvalue.StringExact("fail")}))},
		},
		{
			Config:      env.Config(config(id, "hds = false") + matrix(other)),
			ExpectError: regexp.MustCompile(`(?s)findings are about another\s+cluster`),
		},
	}})
}

// TestRefusedArguments checks that mistakes are errors at validation, with the position.
func TestRefusedArguments(t *testing.T) {
	t.Parallel()
	env := acctest.New(t)
	provider := env.Protocol(t)
	const id = "fr-par/11111111-1111-4111-8111-111111111111"
	for _, test := range []struct {
		arguments map[string]any
		want      string
	}{
		{map[string]any{"cluster_id": id, "hds": true}, ""},
		{map[string]any{"cluster_id": "prod", "hds": true}, "cluster_id"},
		{map[string]any{"cluster_id": id, "hds": true, "layers": []string{"network"}}, "layers"},
		{map[string]any{"cluster_id": id, "hds": true, "layers": []string{}}, "layers"},
		{map[string]any{"cluster_id": id, "hds": true, "language": "de"}, "language"},
		{map[string]any{"cluster_id": id, "hds": true, "attestations": "attestation: []"}, "line 1"},
		{map[string]any{"cluster_id": id, "hds": true, "attestations": "waivers: []\nattestations: x"}, "line 2"},
		{
			map[string]any{
				"cluster_id": id, "hds": true,
				"waivers": "waivers:\n  - {id: W-1, check: cluster_region, scope: " + id + ", subjects: [" + id + "]}",
			}, "cluster_region",
		},
	} {
		got := provider.ValidateDataSource(name, test.arguments)
		if (got == "") != (test.want == "") || !strings.Contains(got, test.want) {
			t.Errorf("%v: expected %q, got\n%s", test.arguments, test.want, got)
		}
	}
	env.Test(t, resource.TestCase{Steps: []resource.TestStep{{
		Config:      env.Config(config(id, "hds = true", "inputs = { max_node_age = 45 }")),
		ExpectError: regexp.MustCompile(`(?s)max_node_age.*max_node_age_days`),
	}}})
}

// TestGaps checks that missing permissions and an API server out of reach are one warning, not an error.
func TestGaps(t *testing.T) {
	t.Parallel()
	env := acctest.New(t)
	id := env.CreateCluster(t)
	arguments := map[string]any{"cluster_id": id, "hds": true, "layers": []string{"api", "cluster"}}
	unreachable := env.Protocol(t).ReadDataSource(name, arguments)
	if strings.Count(unreachable, "WARNING") != 1 || strings.Contains(unreachable, "ERROR") {
		t.Errorf("an API server out of reach:\n%s", unreachable)
	}
	restricted := map[string]any{"permission_sets": []string{}}
	if err := env.Sandbox.Patch("api-keys", sandbox.AccessKey, restricted); err != nil {
		t.Fatal(err)
	}
	nothing := env.Protocol(t).ReadDataSource(name, arguments)
	if strings.Count(nothing, "WARNING") != 1 || strings.Contains(nothing, "ERROR") ||
		!strings.Contains(nothing, "KubernetesReadOnly in the Project") {
		t.Errorf("a key without permissions:\n%s", nothing)
	}
}
