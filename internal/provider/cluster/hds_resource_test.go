package cluster_test

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"

	"github.com/terraform-srm/terraform-provider-srm/internal/acctest"
	"github.com/terraform-srm/terraform-provider-srm/internal/sandbox"
)

const hdsAddress = "srm_hds_cluster.test"

// hdsConfig returns a minimal configuration; each change ("name = …") replaces or adds an attribute.
func hdsConfig(changes ...string) string {
	attributes := []string{
		`name = "records"`, `version = "1.35"`, `type = "kapsule-dedicated-4"`,
		`private_network_id = "fr-par/` + sandbox.PrivateNetworkID + `"`,
		`allowed_ip_ranges = [{ cidr = "192.0.2.0/24", description = "office" }]`,
		`maintenance_window = { day = "sunday", start_hour = 2 }`, `delete_additional_resources = false`,
		`deletion_protection = false`,
	}
	return resourceBlock("srm_hds_cluster", attributes, changes)
}

// checkWrites returns a check of the write requests since the last check.
func checkWrites(t *testing.T, env *acctest.Env, want ...string) resource.TestCheckFunc {
	t.Helper()
	return func(*terraformState) error {
		found := env.Writes()
		env.Sandbox.ClearRequests()
		if strings.Join(found, "\n") != strings.Join(want, "\n") {
			return fmt.Errorf("writes %q, want %q", found, want)
		}
		return nil
	}
}

const (
	clustersPath  = "/k8s/v1/regions/fr-par/clusters"
	clusterPath   = clustersPath + "/{id}"
	allowListPath = clusterPath + "/acls"
)

func TestHDSCreateAndSecondPlan(t *testing.T) {
	t.Parallel()
	env := acctest.New(t)
	env.Test(t, resource.TestCase{Steps: []resource.TestStep{
		{
			Config: env.Config(hdsConfig()),
			ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{
				plancheck.ExpectKnownValue(
					hdsAddress, tfjsonpath.New("contract_reference"), knownvalue.StringExact("HDS-2026-001"),
				),
				plancheck.ExpectKnownValue(
					hdsAddress, tfjsonpath.New("responsibility_transfers"), knownvalue.ListSizeExact(0),
				),
				plancheck.ExpectKnownValue(
					hdsAddress, tfjsonpath.New("version_dates").AtMapKey("end_of_support_at"),
					knownvalue.StringExact("2027-03-19T00:00:00Z"),
				),
			}},
			ConfigStateChecks: []statecheck.StateCheck{
				statecheck.ExpectKnownValue(hdsAddress, tfjsonpath.New("region"), knownvalue.StringExact("fr-par")),
				statecheck.ExpectKnownValue(
					hdsAddress, tfjsonpath.New("id"), knownvalue.StringRegexp(
						regexp.MustCompile(`^fr-par/[0-9a-f-]{36}$`),
					),
				),
				statecheck.ExpectKnownValue(
					hdsAddress, tfjsonpath.New("version_used"), knownvalue.StringRegexp(
						regexp.MustCompile(`^1\.35\.\d+$`),
					),
				),
				statecheck.ExpectKnownValue(hdsAddress, tfjsonpath.New("cni"), knownvalue.StringExact("cilium")),
			},
		},
		{
			// The refresh reads only the cluster, its allow-list and its version.
			PreConfig:        env.Sandbox.ClearRequests,
			Config:           env.Config(hdsConfig()),
			ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{plancheck.ExpectEmptyPlan()}},
			Check: func(*terraformState) error {
				if writes := env.Writes(); len(writes) > 0 {
					return fmt.Errorf("writes without a change: %v", writes)
				}
				return nil
			},
		},
	}})
}

func TestHDSUpdatesSendOnlyWhatChanged(t *testing.T) {
	t.Parallel()
	env := acctest.New(t)
	cluster := env.Protocol(t).Resource("srm_hds_cluster", nil)
	cluster.ApplyHCL(hdsConfig(), "create")
	env.Sandbox.ClearRequests()
	step := func(config string, want ...string) {
		t.Helper()
		cluster.ApplyHCL(config, "update")
		env.ExpectWrites(t, want...)
	}
	step(hdsConfig(`tags = ["a"]`), "PATCH "+clusterPath)
	step(hdsConfig(`tags = ["a"]`, `upgrade_pools = false`))
	step(hdsConfig(`tags = ["a"]`, `allowed_ip_ranges = []`), "PUT "+allowListPath)
	step(
		hdsConfig(`tags = ["a"]`, `allowed_ip_ranges = []`, `type = "kapsule-dedicated-8"`),
		"POST "+clusterPath+"/set-type",
	)
	step(
		hdsConfig(
			`tags = ["a"]`, `allowed_ip_ranges = []`, `type = "kapsule-dedicated-8"`, `version = "1.36"`,
		), "POST "+clusterPath+"/upgrade",
	)
	step(hdsConfig(`type = "kapsule-dedicated-8"`, `version = "1.36"`, `maintenance_window = { day = "monday", `+
		`start_hour = 3 }`,
		`oidc = { issuer_url = "https://login.example.org", client_id = "k8s" }`, `autoscaler = { expander = `+
			`"price" }`),
		"PUT "+allowListPath, "PATCH "+clusterPath)
	step(hdsConfig(`type = "kapsule-dedicated-8"`, `version = "1.36"`, `name = "renamed"`,
		`allow_disruptive_rename = true`), "PATCH "+clusterPath)
	cluster.MustDestroy()
}

func TestHDSRefusedConfigurations(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, config string
		want         []string
	}{
		{"open API server", hdsConfig(`allowed_ip_ranges = [{ cidr = "0.0.0.0/0" }]`),
			[]string{"The API server would be open to the world", "HDS-CTR-03"}},
		{
			"API server open by two halves", hdsConfig(
				`allowed_ip_ranges = [{ cidr = "0.0.0.0/1" }, { cidr = "128.0.0.0/1" }]`,
			), []string{"open to the world", "HDS-CTR-03"},
		},
		{
			"API server open on IPv6", hdsConfig(
				`allowed_ip_ranges = [{ cidr = "::/0" }]`,
			), []string{"open to the world"},
		},
		{"shared offer", hdsConfig(`type = "kapsule"`), []string{"HDS-SCP-01", "kapsule-dedicated-"}},
		{"Kosmos offer", hdsConfig(`type = "multicloud-dedicated-4"`), []string{"HDS-SCP-01"}},
		{"patch version", hdsConfig(`version = "1.35.3"`), []string{"is a patch version", `Write "1.35"`}},
		{
			"unsupported minor", hdsConfig(`version = "1.30"`), []string{
				"The Kubernetes version is not available for new clusters", "LIF-09", "Allowed: ", "1.36",
			},
		},
		{"Private Network of another region", hdsConfig(
			`private_network_id = "nl-ams/` + sandbox.PrivateNetworkID + `"`,
		),
			[]string{"The Private Network is not in Paris", "HDS-RES-02"}},
		{"missing Private Network", hdsConfig(`private_network_id = "00000000-0000-4000-8000-000000000000"`),
			[]string{"The Private Network does not exist in Paris"}},
		{"Private Network of another Project", hdsConfig(`project_id = "99999999-9999-4999-8999-999999999999"`),
			[]string{"The Private Network is in another Project"}},
		{"overlapping networks", hdsConfig(`pod_cidr = "10.32.0.0/15"`), []string{"Two networks of the cluster overlap",
			"service_cidr"}},
		{"overlap with the Private Network", hdsConfig(`pod_cidr = "172.16.0.0/12"`), []string{"Two networks of the " +
			"cluster overlap", "the Private Network"}},
		{"reserved range", hdsConfig(`pod_cidr = "198.18.0.0/16"`), []string{"198.18.0.0/1"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			acctest.OnOneCLI(t)
			env := acctest.New(t)
			cli, command := env.CLI(t, test.config), []string{"plan", "-no-color"}
			// A plan only warns about a problem of another object; the apply fails.
			warned := []string{
				"missing Private Network", "Private Network of another Project", "overlap with the Private Network",
			}
			if slices.Contains(warned, test.name) {
				cli.MustRun(command...)
				command = []string{"apply", "-auto-approve", "-no-color"}
				test.want[0] = "Error: " + test.want[0]
			}
			out, code := cli.Run(command...)
			flat := strings.Join(strings.Fields(strings.NewReplacer("│", " ", "╷", " ", "╵", " ").Replace(out)), " ")
			for _, want := range test.want {
				if !strings.Contains(flat, want) {
					t.Errorf("%q is not in:\n%s", want, out)
				}
			}
			if code != 1 || len(env.Writes()) > 0 {
				t.Errorf("exit %d, writes %v", code, env.Writes())
			}
		})
	}
}

func TestHDSOfferOutOfStock(t *testing.T) {
	t.Parallel()
	hdsVariant().testOfferOutOfStock(t, "kapsule-dedicated-16", "The control plane offer is scarce",
		"The control plane offer is not available")
}

func TestHDSRefusedUpdates(t *testing.T) {
	t.Parallel()
	env := acctest.New(t)
	refused := func(want string, changes ...string) resource.TestStep {
		return resource.TestStep{
			Config: env.Config(hdsConfig(changes...)), PlanOnly: true, ExpectError: regexp.MustCompile(
				strings.ReplaceAll(regexp.QuoteMeta(want), " ", `[\s│]+`),
			),
		}
	}
	env.Test(t, resource.TestCase{Steps: []resource.TestStep{
		{Config: env.Config(hdsConfig())},
		refused("Renaming the cluster is disruptive", `name = "other"`),
		refused("cannot be changed", `cni = "calico"`),
		refused("cannot be changed", `pod_cidr = "10.64.0.0/14"`),
		refused("A cluster cannot be downgraded", `version = "1.34"`),
		refused("A minor version cannot be skipped", `version = "1.37"`),
	}})
}

func TestHDSDeletionProtection(t *testing.T) {
	t.Parallel()
	env := acctest.New(t)
	cli := env.CLI(t, hdsConfig(`deletion_protection = true`))
	cli.MustRun("apply", "-auto-approve", "-no-color")
	env.Sandbox.ClearRequests()
	refused := func(want string, args ...string) {
		t.Helper()
		out, code := cli.Run(args...)
		if code == 0 || !strings.Contains(out, want) {
			t.Errorf("%v: exit %d, want %q in\n%s", args, code, want, out)
		}
	}
	refused("The cluster would be destroyed", "destroy", "-auto-approve", "-no-color")
	refused("The cluster would be replaced", "plan", "-no-color", "-replace="+hdsAddress)
	cli.Configure(env, hdsConfig(`deletion_protection = true`, "lifecycle {\n    create_before_destroy = true\n  }"))
	refused("The cluster would be replaced", "plan", "-no-color", "-replace="+hdsAddress)
	cli.MustRun("taint", hdsAddress)
	refused("The cluster would be replaced", "plan", "-no-color")
	cli.Configure(env, hdsConfig(`deletion_protection = true`))
	refused("The cluster would be replaced", "plan", "-no-color")
	refused("The cluster would be destroyed", "apply", "-auto-approve", "-no-color", "-refresh=false")
	cli.MustRun("untaint", hdsAddress)
	if writes := env.Writes(); len(writes) > 0 {
		t.Errorf("writes with deletion protection: %v", writes)
	}
	cli.Configure(env, hdsConfig())
	cli.MustRun("apply", "-auto-approve", "-no-color")
	if writes := env.Writes(); len(writes) > 0 {
		t.Errorf("turning deletion protection off wrote to the API: %v", writes)
	}
	out := cli.MustRun("plan", "-destroy", "-no-color")
	if !strings.Contains(out, "Not destroyed, still billed and may contain data") {
		t.Errorf("the destroy plan does not warn about the remaining objects:\n%s", out)
	}
	cli.MustRun("taint", hdsAddress)
	acctest.Contains(t, cli.MustRun("plan", "-no-color"), "Not destroyed, still billed and may contain data")
	cli.MustRun("untaint", hdsAddress)
	out = cli.MustRun("apply", "-auto-approve", "-no-color", "-replace="+hdsAddress)
	if !strings.Contains(out, "1 added, 0 changed, 1 destroyed") {
		t.Errorf("replacement without deletion protection:\n%s", out)
	}
	cli.MustRun("destroy", "-auto-approve", "-no-color")
}

func TestHDSContract(t *testing.T) {
	t.Parallel()
	env := acctest.New(t)
	signed := `hds_contract = { reference = "HDS-1", signed_on = "2026-01-15", type = "global", name = "hds" }`
	unsigned := `hds_contract = { reference = "HDS-1", signed_on = "2026-01-15", type = "global", name = "other" }`
	env.Test(t, resource.TestCase{Steps: []resource.TestStep{
		{Config: env.ProviderBlock("") + hdsConfig(), ExpectError: regexp.MustCompile("No HDS contract is declared")},
		{Config: env.ProviderBlock(unsigned) + hdsConfig(), ExpectError: regexp.MustCompile("The HDS contract is not " +
			"signed")},
		{Config: env.ProviderBlock(signed) + hdsConfig()},
	}})
}

func TestHDSImport(t *testing.T) {
	t.Parallel()
	env := acctest.New(t)
	id := env.CreateCluster(t)
	for _, importID := range []string{"fr-par/" + id, id} {
		cli := env.CLI(
			t, hdsConfig(
				`name = "outside"`, `allowed_ip_ranges = []`, `private_network_id = "`+sandbox.PrivateNetworkID+`"`,
			),
		)
		cli.MustRun("import", "-no-color", hdsAddress, importID)
		env.Sandbox.ClearRequests()
		out := cli.MustRun("apply", "-auto-approve", "-no-color")
		if !strings.Contains(out, "0 added, 1 changed, 0 destroyed") && !strings.Contains(out, "0 added, 0 changed, 0 "+
			"destroyed") {
			t.Errorf("import of %s: %s", importID, out)
		}
		if writes := env.Writes(); len(writes) > 0 {
			t.Errorf("import of %s: writes %v", importID, writes)
		}
		if out, code := cli.Run("plan", "-detailed-exitcode", "-no-color"); code != 0 {
			t.Errorf("the second plan after the import is not empty: exit %d\n%s", code, out)
		}
	}
	out, code := env.CLI(t, hdsConfig()).Run("import", "-no-color", hdsAddress, "nl-ams/"+id)
	if code == 0 || !strings.Contains(out, "HDS-RES-01") {
		t.Errorf("import from nl-ams: exit %d\n%s", code, out)
	}
}

func TestHDSDrift(t *testing.T) {
	t.Parallel()
	env := acctest.New(t)
	cluster := env.Protocol(t).Resource("srm_hds_cluster", nil)
	cluster.ApplyHCL(hdsConfig(), "create")
	id := strings.TrimPrefix(cluster.StringAttribute("id"), "fr-par/")
	if _, err := env.Client(t).SetAllowList(t.Context(), "fr-par", id, scalewayRangesRules()); err != nil {
		t.Fatal(err)
	}
	env.Sandbox.ClearRequests()
	cluster.ApplyHCL(hdsConfig(), "update")
	env.ExpectWrites(t, "PUT "+allowListPath)
	if err := env.Sandbox.Remove("clusters", id); err != nil {
		t.Fatal(err)
	}
	cluster.ApplyHCL(hdsConfig(), "create")
	cluster.MustDestroy()
}
