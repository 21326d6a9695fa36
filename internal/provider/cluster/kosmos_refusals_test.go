package cluster_test

import (
	"net"
	"regexp"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/scaleway/scaleway-sdk-go/api/k8s/v1"
	"github.com/scaleway/scaleway-sdk-go/scw"

	"github.com/terraform-srm/terraform-provider-srm/internal/acctest"
)

func parseCIDR(t *testing.T, cidr string) net.IPNet {
	t.Helper()
	_, parsed, err := net.ParseCIDR(cidr)
	if err != nil {
		t.Fatal(err)
	}
	return *parsed
}

func TestKosmosRefusedConfigurations(t *testing.T) {
	t.Parallel()
	env := acctest.New(t)
	for _, test := range []struct {
		name, config string
		want         []string
	}{
		{"open API server", kosmosConfig(`allowed_ip_ranges = [{ cidr = "0.0.0.0/0" }]`),
			[]string{"The API server would be open to the world", "Clause: IAM-02",
				"Found: 0.0.0.0/0 covers every public IPv4 address", "Allowed: ranges that do not cover the whole " +
					"address space",
				"Fix: List the ranges"}},
		{
			"API server open by two halves", kosmosConfig(
				`allowed_ip_ranges = [{ cidr = "0.0.0.0/1" }, { cidr = "128.0.0.0/1" }]`,
			), []string{"open to the world", "IAM-02"},
		},
		{
			"API server open on IPv6", kosmosConfig(
				`allowed_ip_ranges = [{ cidr = "::/0" }]`,
			), []string{"open to the world"},
		},
		{
			"duplicate range", kosmosConfig(
				`allowed_ip_ranges = [{ cidr = "192.0.2.0/24" }, { cidr = "192.0.2.0/24", description = "x" }]`,
			), []string{"The allow-list contains a range twice"},
		},
		{"shared Kapsule offer", kosmosConfig(`type = "kapsule"`), []string{`Cluster type "kapsule" is not a Kosmos ` +
			`offer`,
			`Found: ` +
				`"kapsule", a Kapsule offer`,
			`Allowed: "multicloud", or a type that starts with "multicloud-dedicated-"`, "Fix: For a Kapsule cluster " +
				"use srm_hds_cluster", "scaleway_k8s_cluster"}},
		{
			"dedicated Kapsule offer", kosmosConfig(`type = "kapsule-dedicated-4"`), []string{
				"a Kapsule offer", "srm_hds_cluster",
			},
		},
		{"unknown offer", kosmosConfig(`type = "multicloud-large"`), []string{`Cluster type "multicloud-large" is ` +
			`not a ` +
			`Kosmos offer`, "srm_cluster_types lists them"}},
		{"unknown size", kosmosConfig(`type = "multicloud-dedicated-5"`), []string{"The control plane offer is not " +
			"available",
			"Found: multicloud-dedicated-5 is out of stock in fr-par or not offered",
			"Allowed: multicloud, multicloud-dedicated-4, multicloud-dedicated-8, multicloud-dedicated-16",
			"Fix: Choose an offer that is available"}},
		{"patch version", kosmosConfig(`version = "1.35.3"`), []string{"is a patch version", `Write "1.35"`}},
		{
			"unsupported minor", kosmosConfig(`version = "1.30"`), []string{
				"The Kubernetes version is not available for new clusters", "LIF-09", "Allowed: ", "1.36",
			},
		},
		{"zone as region", kosmosConfig(`region = "nl-ams-1"`), []string{"The value is not a region", "is a zone"}},
		{"Private Network", kosmosConfig(`private_network_id = "fr-par/00000000-0000-4000-8000-000000000000"`),
			[]string{"Unsupported argument", "private_network_id"}},
		{"cni", kosmosConfig(`cni = "cilium"`), []string{"cni"}},
		{"overlapping networks", kosmosConfig(`pod_cidr = "10.32.0.0/15"`), []string{"Two networks of the cluster " +
			"overlap",
			"Allowed: ranges that share no address with each other or "}},
		{"no attestation", strings.Replace(kosmosConfig(), `no_health_data = { by = "Data protection", reviewed_on = `+
			`"2026-11-02" }`, "", 1),
			[]string{"Missing required argument", "no_health_data"}},
		{"empty name", kosmosConfig(`no_health_data = { by = " ", reviewed_on = "2026-11-02" }`), []string{
			"The attestation no_health_data does not say who made it", "Clause: HDS-SCP-02", `Found: " "`,
			"Allowed: the name or the function of the person who is responsible for it", "Fix: Set `by` to that " +
				"person."}},
		{"malformed date", kosmosConfig(`no_health_data = { by = "x", reviewed_on = "2 November" }`),
			[]string{"The day of the review is not a date", "HDS-SCP-02",
				`Found: "2 November"`, "Allowed: YYYY-MM-DD", `Write a date such as "2026-11-24".`}},
		{"date that does not exist", kosmosConfig(
			`no_health_data = { by = "x", reviewed_on = "2026-02-30" }`,
		), []string{"The day of the review is not a date"}},
		{
			"no delete_additional_resources", strings.Replace(
				kosmosConfig(), "delete_additional_resources = false", "", 1,
			), []string{
				"Missing required argument", "delete_additional_resources",
			},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			acctest.OnOneCLI(t)
			out, code := env.CLI(t, test.config).Run("plan", "-no-color")
			acctest.Contains(t, out, test.want...)
			if code != 1 || len(env.Writes()) > 0 {
				t.Errorf("exit %d, writes %v", code, env.Writes())
			}
		})
	}
}

// TestKosmosAllFindingsAtOnce checks that one plan reports all problems.
func TestKosmosAllFindingsAtOnce(t *testing.T) {
	t.Parallel()
	acctest.OnOneCLI(t)
	env := acctest.New(t)
	createClusterOutsideTerraform(t, env, "fr-par")
	env.Sandbox.ClearRequests()
	out, code := env.CLI(t, kosmosConfig(`version = "1.30"`, `type = "multicloud-dedicated-5"`)).
		Run("plan", "-no-color")
	acctest.Contains(t, out, "The Kubernetes version is not available for new clusters", "The control plane offer is "+
		"not available", "A cluster of this name already exists",
		"to = srm_kosmos_cluster.NAME", `id = "fr-par/`)
	if code != 1 || len(env.Writes()) > 0 {
		t.Errorf("exit %d, writes %v", code, env.Writes())
	}
}

func TestKosmosOfferOutOfStock(t *testing.T) {
	t.Parallel()
	kosmosVariant().testOfferOutOfStock(t, "multicloud-dedicated-16", "multicloud-dedicated-16 is scarce in pl-waw",
		"multicloud-dedicated-16 is out of stock in pl-waw", `region = "pl-waw"`)
}

func TestKosmosRefusedUpdates(t *testing.T) {
	t.Parallel()
	env := acctest.New(t)
	refused := func(want string, changes ...string) resource.TestStep {
		changes = append([]string{`type = "multicloud-dedicated-4"`}, changes...)
		return resource.TestStep{
			Config: env.Config(kosmosConfig(changes...)), PlanOnly: true, ExpectError: regexp.MustCompile(
				strings.ReplaceAll(regexp.QuoteMeta(want), " ", `[\s│]+`),
			),
		}
	}
	env.Test(t, resource.TestCase{Steps: []resource.TestStep{
		{Config: env.Config(kosmosConfig(`type = "multicloud-dedicated-4"`))},
		refused("Renaming the cluster is disruptive", `name = "other"`),
		refused("region changed from fr-par to nl-ams", `region = "nl-ams"`),
		refused("The pod_cidr of a cluster cannot be changed", `pod_cidr = "10.64.0.0/14"`),
		// During the commitment a smaller offer is refused.
		refused("type changed from multicloud-dedicated-4 to multicloud", `type = "multicloud"`),
		refused("Allowed: multicloud-dedicated-4, multicloud-dedicated-8, multicloud-dedicated-16", `type = `+
			`"multicloud-dedicated-5"`),
		refused("A cluster cannot be downgraded", `version = "1.34"`),
		refused("A minor version cannot be skipped", `version = "1.37"`),
		{Config: env.Config(kosmosConfig(`type = "multicloud-dedicated-4"`)), PlanOnly: true},
	}})
}

func TestKosmosDeletionProtection(t *testing.T) {
	t.Parallel()
	acctest.OnOneCLI(t)
	env := acctest.New(t)
	cli := env.CLI(t, kosmosConfig(`deletion_protection = true`))
	cli.MustRun("apply", "-auto-approve", "-no-color")
	env.Sandbox.ClearRequests()
	refused := func(want string, args ...string) {
		t.Helper()
		out, code := cli.Run(args...)
		if code == 0 {
			t.Errorf("%v succeeded", args)
		}
		acctest.Contains(t, out, want)
	}
	refused("The cluster would be destroyed", "destroy", "-auto-approve", "-no-color")
	refused("The cluster would be replaced", "plan", "-no-color", "-replace="+kosmosAddress)
	cli.MustRun("taint", kosmosAddress)
	refused("The cluster would be replaced", "plan", "-no-color")
	refused("The cluster would be destroyed", "apply", "-auto-approve", "-no-color", "-refresh=false")
	cli.MustRun("untaint", kosmosAddress)
	if writes := env.Writes(); len(writes) > 0 {
		t.Errorf("writes with deletion protection: %v", writes)
	}
	cli.Configure(env, kosmosConfig())
	cli.MustRun("apply", "-auto-approve", "-no-color")
	if writes := env.Writes(); len(writes) > 0 {
		t.Errorf("turning deletion protection off wrote to the API: %v", writes)
	}
	acctest.Contains(t, cli.MustRun("plan", "-destroy", "-no-color"), `Destroying the Kosmos cluster "edge"`, "DEL-01",
		"Not destroyed, still billed and may contain data: every volume and every Load Balancer. Machines outside "+
			"Scaleway are not changed.")
	cli.Configure(env, kosmosConfig(`delete_additional_resources = true`))
	cli.MustRun("apply", "-auto-approve", "-no-color")
	acctest.Contains(t, cli.MustRun("plan", "-destroy", "-no-color"), "Also destroyed: every volume, including those "+
		"with reclaim policy Retain")
	cli.MustRun("taint", kosmosAddress)
	acctest.Contains(t, cli.MustRun("plan", "-no-color"), "Also destroyed: every volume, including those with reclaim "+
		"policy Retain")
	cli.MustRun("untaint", kosmosAddress)
	acctest.Contains(t, cli.MustRun("apply", "-auto-approve", "-no-color", "-replace="+kosmosAddress), "1 added, 0 "+
		"changed, 1 destroyed")
	cli.MustRun("destroy", "-auto-approve", "-no-color")
}

// TestKosmosRemovingScalewayRangesWarns checks that a plan that sets scaleway_ranges to false warns about
// Scaleway-hosted pools, and not about external ones.
func TestKosmosRemovingScalewayRangesWarns(t *testing.T) {
	t.Parallel()
	acctest.OnOneCLI(t)
	env := acctest.New(t)
	cli := env.CLI(t, kosmosConfig(`scaleway_ranges = true`))
	cli.MustRun("apply", "-auto-approve", "-no-color")
	client := env.Client(t)
	all, err := client.Clusters(t.Context(), "fr-par", anyCluster())
	if err != nil || len(all) != 1 {
		t.Fatal(err, len(all))
	}
	pool := func(name, nodeType string, size uint32) {
		if _, err := client.CreatePool(t.Context(), &k8s.CreatePoolRequest{Region: scw.RegionFrPar,
			ClusterID: all[0].ID,
			Name:      name, NodeType: nodeType,
			Size: size, MinSize: scw.Uint32Ptr(size), MaxSize: scw.Uint32Ptr(1), Zone: scw.ZoneFrPar1}); err != nil {
			t.Fatal(err)
		}
	}
	const summary = "Scaleway-hosted nodes would lose access to the API server"
	pool("machines", "external", 0)
	cli.Configure(env, kosmosConfig())
	if out := cli.MustRun("plan", "-no-color"); strings.Contains(acctest.StripFrame(out), summary) {
		t.Errorf("the plan warns about external nodes:\n%s", out)
	}
	pool("hosted", "PRO2-XXS", 1)
	acctest.Contains(t, cli.MustRun("plan", "-no-color"), summary, "IAM-02", `Scaleway-hosted pools: "hosted"`, "Set "+
		"`scaleway_ranges = true`")
}
