package cluster_test

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/terraform"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"
	"github.com/scaleway/scaleway-sdk-go/api/k8s/v1"
	"github.com/scaleway/scaleway-sdk-go/scw"

	"github.com/terraform-srm/terraform-provider-srm/internal/acctest"
)

const kosmosAddress = "srm_kosmos_cluster.test"

// kosmosConfig returns a minimal configuration; each change ("name = …") replaces or adds an attribute.
func kosmosConfig(changes ...string) string {
	attributes := []string{
		`name = "edge"`, `version = "1.35"`, `type = "multicloud"`,
		`allowed_ip_ranges = [{ cidr = "192.0.2.0/24", description = "office" }]`,
		`maintenance_window = { day = "sunday", start_hour = 2 }`,
		`no_health_data = { by = "Data protection", reviewed_on = "2026-11-02" }`,
		`delete_additional_resources = false`, `deletion_protection = false`,
	}
	return resourceBlock("srm_kosmos_cluster", attributes, changes)
}

// createClusterOutsideTerraform creates a cluster outside Terraform, waits until it is ready and returns its UUID.
func createClusterOutsideTerraform(
	t *testing.T,
	env *acctest.Env,
	region scw.Region,
	change ...func(*k8s.CreateClusterRequest),
) string {
	t.Helper()
	client := env.Client(t)
	request := &k8s.CreateClusterRequest{
		Region:  region,
		Name:    "edge",
		Type:    "multicloud",
		Version: env.FullVersion(t, "1.35"),
		Cni:     k8s.CNIKilo,
		Tags:    []string{},
		AutoUpgrade: &k8s.CreateClusterRequestAutoUpgrade{
			Enable: true, MaintenanceWindow: &k8s.MaintenanceWindow{
				Day: k8s.MaintenanceWindowDayOfTheWeekSunday, StartHour: 2,
			},
		},
	}
	for _, adjust := range change {
		adjust(request)
	}
	created, err := client.CreateCluster(t.Context(), request)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := client.WaitCluster(t.Context(), region, created.ID); err != nil {
		t.Fatal(err)
	}
	return created.ID
}

// expectAllowList checks the allow-list of a cluster, whose id may have a region.
func expectAllowList(t *testing.T, env *acctest.Env, region scw.Region, id string, want ...string) {
	t.Helper()
	list, err := env.Client(t).AllowList(t.Context(), region, strings.TrimPrefix(id, string(region)+"/"))
	if err != nil {
		t.Fatal(err)
	}
	found := []string{}
	for _, rule := range list {
		if rule.IP == nil {
			found = append(found, fmt.Sprintf("scaleway_ranges %t", *rule.ScalewayRanges))
			continue
		}
		found = append(found, rule.IP.String())
	}
	if strings.Join(found, ", ") != strings.Join(want, ", ") {
		t.Errorf("the allow-list is %q, want %q", found, want)
	}
}

// checkAllowList returns a check of the allow-list of a cluster.
func checkAllowList(t *testing.T, env *acctest.Env, region scw.Region, want ...string) resource.TestCheckFunc {
	t.Helper()
	return func(s *terraform.State) error {
		expectAllowList(t, env, region, s.RootModule().Resources[kosmosAddress].Primary.ID, want...)
		return nil
	}
}

func TestKosmosCreateAndSecondPlan(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		region  scw.Region
		changes []string
		list    []string
	}{
		{"fr-par", nil, []string{"192.0.2.0/24"}},
		{
			"nl-ams", []string{
				`region = "nl-ams"`, `type = "multicloud-dedicated-4"`, `scaleway_ranges = true`,
			}, []string{"192.0.2.0/24", "scaleway_ranges true"},
		},
		{"it-mil", []string{`region = "it-mil"`, `allowed_ip_ranges = []`, `deletion_protection = false`}, nil},
	} {
		t.Run(string(test.region), func(t *testing.T) {
			t.Parallel()
			env := acctest.New(t)
			id := regexp.MustCompile(`^` + string(test.region) + `/[0-9a-f-]{36}$`)
			env.Test(t, resource.TestCase{Steps: []resource.TestStep{
				{
					// Kosmos clusters are not for health data and need no HDS contract.
					Config: env.ProviderBlock("") + kosmosConfig(test.changes...),
					ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{
						plancheck.ExpectKnownValue(
							kosmosAddress, tfjsonpath.New("region"), knownvalue.StringExact(string(test.region)),
						),
						plancheck.ExpectKnownValue(
							kosmosAddress,
							tfjsonpath.New("cni"),
							knownvalue.StringExact("kilo"),
						),
						plancheck.ExpectKnownValue(
							kosmosAddress, tfjsonpath.New("responsibility_transfers"), knownvalue.ListSizeExact(0),
						),
						plancheck.ExpectKnownValue(
							kosmosAddress, tfjsonpath.New("version_dates").AtMapKey("end_of_support_at"),
							knownvalue.StringExact("2027-03-19T00:00:00Z"),
						),
					}},
					ConfigStateChecks: []statecheck.StateCheck{
						statecheck.ExpectKnownValue(kosmosAddress, tfjsonpath.New("id"), knownvalue.StringRegexp(id)),
						statecheck.ExpectKnownValue(
							kosmosAddress, tfjsonpath.New("version_used"), knownvalue.StringRegexp(
								regexp.MustCompile(`^1\.35\.\d+$`),
							),
						),
						statecheck.ExpectKnownValue(
							kosmosAddress, tfjsonpath.New("iam_nodes_group_id"), knownvalue.StringRegexp(
								regexp.MustCompile(`^[0-9a-f-]{36}$`),
							),
						),
						statecheck.ExpectKnownValue(
							kosmosAddress, tfjsonpath.New("api_server_url"), knownvalue.StringRegexp(
								regexp.MustCompile(string(test.region)),
							),
						),
					},
					Check: checkAllowList(t, env, test.region, test.list...),
				},
				{
					PreConfig: env.Sandbox.ClearRequests,
					Config:    env.ProviderBlock("") + kosmosConfig(test.changes...),
					ConfigPlanChecks: resource.ConfigPlanChecks{
						PreApply: []plancheck.PlanCheck{plancheck.ExpectEmptyPlan()},
					},
					Check: checkWrites(t, env),
				},
			}})
		})
	}
}

// TestKosmosPlannedResponsibilityTransfers checks that a plan shows the responsibility transfers of the configuration.
func TestKosmosPlannedResponsibilityTransfers(t *testing.T) {
	t.Parallel()
	env := acctest.New(t)
	env.Test(t, resource.TestCase{Steps: []resource.TestStep{
		{
			Config: env.Config(kosmosConfig(`feature_gates = ["HPAScaleToZero"]`)),
			ConfigPlanChecks: resource.ConfigPlanChecks{
				PreApply: []plancheck.PlanCheck{plancheck.ExpectKnownValue(kosmosAddress,
					tfjsonpath.New("responsibility_transfers").AtSliceIndex(0).AtMapKey("key"), knownvalue.StringExact(
						"feature_gates/HPAScaleToZero",
					))},
			},
		},
	}})
}

func TestKosmosUpdatesSendOnlyWhatChanged(t *testing.T) {
	t.Parallel()
	env := acctest.New(t)
	cluster := env.Protocol(t).Resource("srm_kosmos_cluster", nil)
	cluster.ApplyHCL(kosmosConfig(), "create")
	env.Sandbox.ClearRequests()
	step := func(config string, want ...string) {
		t.Helper()
		cluster.ApplyHCL(config, "update")
		env.ExpectWrites(t, want...)
	}
	step(kosmosConfig(`tags = ["a"]`), "PATCH "+clusterPath)
	step(kosmosConfig(`tags = ["a"]`, `scaleway_ranges = true`), "PUT "+allowListPath)
	expectAllowList(t, env, "fr-par", cluster.StringAttribute("id"), "192.0.2.0/24", "scaleway_ranges true")
	step(
		kosmosConfig(`tags = ["a"]`, `no_health_data = { by = "Another person", reviewed_on = "2026-11-20" }`),
		"PUT "+allowListPath,
	)
	step(kosmosConfig(`tags = ["a"]`, `no_health_data = { by = "Another person", reviewed_on = "2026-11-21" }`))
	step(kosmosConfig(`tags = ["a"]`, `upgrade_pools = false`))
	step(kosmosConfig(`tags = ["a"]`, `type = "multicloud-dedicated-8"`), "POST "+clusterPath+"/set-type")
	step(
		kosmosConfig(`tags = ["a"]`, `type = "multicloud-dedicated-8"`, `version = "1.36"`),
		"POST "+clusterPath+"/upgrade",
	)
	step(
		kosmosConfig(
			`type = "multicloud-dedicated-8"`, `version = "1.36"`,
			`maintenance_window = { day = "monday", start_hour = 3 }`,
			`oidc = { issuer_url = "https://login.example.org", client_id = "k8s" }`,
			`autoscaler = { expander = "price" }`, `allowed_ip_ranges = []`,
		),
		"PUT "+allowListPath, "PATCH "+clusterPath,
	)
	step(kosmosConfig(`type = "multicloud-dedicated-8"`, `version = "1.36"`, `name = "renamed"`,
		`allow_disruptive_rename = true`, `allowed_ip_ranges = []`), "PATCH "+clusterPath)
	cluster.MustDestroy()
}

func TestKosmosImport(t *testing.T) {
	t.Parallel()
	acctest.OnOneCLI(t)
	env := acctest.New(t)
	id := createClusterOutsideTerraform(t, env, "nl-ams")
	config := kosmosConfig(`region = "nl-ams"`, `allowed_ip_ranges = [{ cidr = "0.0.0.0/1" }]`)
	list := []*k8s.ACLRuleRequest{{IP: &scw.IPNet{IPNet: parseCIDR(t, "0.0.0.0/1")}}}
	if _, err := env.Client(t).SetAllowList(t.Context(), "nl-ams", id, list); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct{ importID, provider string }{
		{"nl-ams/" + id, ""}, {"nl-ams/" + strings.ToUpper(id), ""}, {id, `region = "nl-ams"`},
	} {
		cli := env.CLI(t, "")
		cli.ConfigureRaw(env.ProviderBlock(test.provider) + config)
		cli.MustRun("import", "-no-color", kosmosAddress, test.importID)
		env.Sandbox.ClearRequests()
		if out := cli.MustRun("apply", "-auto-approve", "-no-color"); !strings.Contains(
			out,
			"0 added, 1 changed, 0 destroyed",
		) {
			t.Errorf("import of %s: %s", test.importID, out)
		}
		if writes := env.Writes(); len(writes) > 0 {
			t.Errorf("import of %s: writes %v", test.importID, writes)
		}
		expectEmptyPlan(t, cli)
	}
	cli := env.CLI(t, kosmosConfig())
	for importID, want := range map[string]string{
		env.CreateCluster(t): "The cluster is not a Kosmos cluster",
		"fr-par/" + id:       "Cannot import non-existent remote object",
		"fr-par-1/" + id:     "where a region is expected",
		"edge":               "is not an id",
	} {
		out, code := cli.Run("import", "-no-color", kosmosAddress, importID)
		if code == 0 {
			t.Errorf("%s was imported", importID)
		}
		acctest.Contains(t, out, want)
	}
}

func TestKosmosDrift(t *testing.T) {
	t.Parallel()
	env := acctest.New(t)
	cluster := env.Protocol(t).Resource("srm_kosmos_cluster", nil)
	cluster.ApplyHCL(kosmosConfig(), "create")
	id, allow := strings.TrimPrefix(cluster.StringAttribute("id"), "fr-par/"), true
	setAllowList := func(rules ...*k8s.ACLRuleRequest) {
		t.Helper()
		if _, err := env.Client(t).SetAllowList(t.Context(), "fr-par", id, rules); err != nil {
			t.Fatal(err)
		}
		env.Sandbox.ClearRequests()
	}
	office := &k8s.ACLRuleRequest{IP: &scw.IPNet{IPNet: parseCIDR(t, "192.0.2.0/24")}, Description: "office"}
	scalewayRanges := &k8s.ACLRuleRequest{ScalewayRanges: &allow, Description: "rule of another tool"}

	setAllowList(office, scalewayRanges)
	cluster.ApplyHCL(kosmosConfig(), "update")
	env.ExpectWrites(t, "PUT "+allowListPath)
	expectAllowList(t, env, "fr-par", id, "192.0.2.0/24")

	setAllowList(scalewayRanges, office)
	cluster.ApplyHCL(kosmosConfig(`scaleway_ranges = true`), "no-op")
	env.ExpectWrites(t)

	if _, err := env.Client(t).UpdateCluster(t.Context(), &k8s.UpdateClusterRequest{
		Region: "fr-par", ClusterID: id, AutoUpgrade: &k8s.UpdateClusterRequestAutoUpgrade{Enable: new(bool)},
	}); err != nil {
		t.Fatal(err)
	}
	if _, err := env.Client(t).WaitCluster(t.Context(), "fr-par", id); err != nil {
		t.Fatal(err)
	}
	env.Sandbox.ClearRequests()
	cluster.ApplyHCL(kosmosConfig(`scaleway_ranges = true`), "update")
	env.ExpectWrites(t, "PATCH "+clusterPath)

	if err := env.Sandbox.Remove("clusters", id); err != nil {
		t.Fatal(err)
	}
	cluster.ApplyHCL(kosmosConfig(), "create")
	cluster.MustDestroy()
}
