package provider_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/scaleway/scaleway-sdk-go/scw"

	"github.com/terraform-srm/terraform-provider-srm/internal/acctest"
	"github.com/terraform-srm/terraform-provider-srm/internal/sandbox"
	"github.com/terraform-srm/terraform-provider-srm/internal/scaleway"
)

const fleetConfig = `
resource "srm_kosmos_cluster" "site" {
  count                       = 20
  name                        = "site-${count.index}"
  version                     = "1.35"
  type                        = "multicloud-dedicated-4"
  allowed_ip_ranges           = [{ cidr = "203.0.113.0/24", description = "sites" }]
  maintenance_window          = { day = "sunday", start_hour = 2 }
  no_health_data              = { by = "platform team", reviewed_on = "2026-11-02" }
  delete_additional_resources = false
  deletion_protection         = false
}

resource "srm_kosmos_pool" "machines" {
  count      = 60
  cluster_id = srm_kosmos_cluster.site[count.index % 20].id
  name       = "machines-${count.index}"
  node_type  = "external"
}
`

// TestRateLimitedEstate creates 20 clusters and 60 pools in one apply with parallelism 30, while the API answers every
// third request with 429. Afterwards exactly these objects exist, no API server is open, and the second plan is empty.
func TestRateLimitedEstate(t *testing.T) {
	t.Parallel()
	acctest.OnOneCLI(t)
	env := acctest.New(t)
	cli := env.CLI(t, fleetConfig)
	for i := range 100 {
		if err := env.Sandbox.AddFault(
			sandbox.Fault{Path: "*", Kind: sandbox.FaultStatus, Status: 429, RetryAfter: 1, After: 3 * i},
		); err != nil {
			t.Fatal(err)
		}
	}
	// On a busy machine a write can fail so often that its retries are exhausted. Here each allow-list fails several
	// times.
	for _, fault := range []sandbox.Fault{
		{
			Kind: sandbox.FaultStatus, Status: 429,
		}, {Kind: sandbox.FaultStatus, Status: 503}, {Kind: sandbox.FaultHTML, Status: 403}, {Kind: sandbox.FaultReset},
	} {
		fault.Method, fault.Path, fault.Times = http.MethodPut, "*/acls", 30
		if err := env.Sandbox.AddFault(fault); err != nil {
			t.Fatal(err)
		}
	}
	diagnostics := cli.MustRun("apply", "-auto-approve", "-no-color", "-parallelism=30")
	acctest.Contains(t, diagnostics, "80 added, 0 changed, 0 destroyed")
	acctest.NotContains(t, diagnostics, "still open to the world")
	checkCounts(t, env, 20, 60)
	checkNoOpenAPIServer(t, env)
	if out, code := cli.Run("plan", "-detailed-exitcode", "-no-color"); code != 0 {
		t.Errorf("the second plan is not empty: exit %d\n%s", code, out)
	}
	acctest.Contains(t, cli.MustRun("destroy", "-auto-approve", "-no-color", "-parallelism=30"), "80 destroyed")
	checkCounts(t, env, 0, 0)
}

// checkNoOpenAPIServer checks that no cluster allows every address in its allow-list.
func checkNoOpenAPIServer(t *testing.T, env *acctest.Env) {
	t.Helper()
	api := env.Client(t)
	found, err := api.Clusters(t.Context(), scw.RegionFrPar, scaleway.ClusterFilter{})
	if err != nil {
		t.Fatal(err)
	}
	for _, cluster := range found {
		rules, err := api.AllowList(t.Context(), scw.RegionFrPar, cluster.ID)
		if err != nil {
			t.Fatal(err)
		}
		for _, rule := range rules {
			if rule.IP == nil || rule.IP.String() == "0.0.0.0/0" {
				t.Errorf("the API server of cluster %s is open to the world", cluster.Name)
			}
		}
	}
}

// checkCounts checks the number of clusters and pools.
func checkCounts(t *testing.T, env *acctest.Env, clusters, pools int) {
	t.Helper()
	api := env.Client(t)
	found, err := api.Clusters(t.Context(), scw.RegionFrPar, scaleway.ClusterFilter{})
	if err != nil {
		t.Fatal(err)
	}
	total := 0
	for _, cluster := range found {
		ofCluster, err := api.Pools(t.Context(), scw.RegionFrPar, cluster.ID)
		if err != nil {
			t.Fatal(err)
		}
		total += len(ofCluster)
	}
	if len(found) != clusters || total != pools {
		t.Errorf("%d clusters with %d pools, want %d with %d", len(found), total, clusters, pools)
	}
}

// TestSameConfigurationFromTwoStates applies the same configuration from two states at the same time: one apply
// succeeds, and the other one fails with the import blocks for the existing objects.
func TestSameConfigurationFromTwoStates(t *testing.T) {
	t.Parallel()
	acctest.OnOneCLI(t)
	env := acctest.New(t)
	hcl := strings.NewReplacer(
		"count                       = 20", "", "site-${count.index}", "site", "count      = 60", "",
		"site[count.index % 20]", "site", "machines-${count.index}", "machines",
	).Replace(fleetConfig)
	first, second := env.CLI(t, hcl), env.CLI(t, hcl)
	running := first.Start("apply", "-auto-approve", "-no-color")
	// The API accepts two clusters of one name. Without this wait both applies could check the name before either
	// creates its cluster.
	env.WaitForRequest(t, "POST /k8s/v1/regions/fr-par/clusters")
	secondOut, secondCode := second.Run("apply", "-auto-approve", "-no-color")
	firstOut, firstCode := running.Wait()
	if (secondCode == 0) == (firstCode == 0) {
		t.Errorf("exit codes %d and %d, want one success:\n%s\n%s", secondCode, firstCode, secondOut, firstOut)
	}
	refused := secondOut
	if secondCode == 0 {
		refused = firstOut
	}
	acctest.Contains(t, refused, "already", "import {")
	checkCounts(t, env, 1, 1)
}

// TestPermissionsRevokedDuringApply revokes the permissions of the API key during an apply. The created objects remain
// in the state; once the permissions are back, the next apply creates the others, without duplicates.
func TestPermissionsRevokedDuringApply(t *testing.T) {
	t.Parallel()
	acctest.OnOneCLI(t)
	env := acctest.New(t)
	hcl := strings.NewReplacer("= 20", "= 3", "% 20", "% 3", "= 60", "= 6").Replace(fleetConfig)
	cli := env.CLI(t, hcl)
	if err := env.Sandbox.AddFault(
		sandbox.Fault{Path: "/k8s/*", Kind: sandbox.FaultStatus, Status: 403, After: 25, Times: 1000},
	); err != nil {
		t.Fatal(err)
	}
	out, code := cli.Run("apply", "-auto-approve", "-no-color")
	if code == 0 {
		t.Fatalf("the apply succeeds, want an error:\n%s", out)
	}
	acctest.Contains(t, out, "HTTP 403")
	env.Sandbox.ClearFaults()
	cli.MustRun("apply", "-auto-approve", "-no-color")
	checkCounts(t, env, 3, 6)
	if out, code := cli.Run("plan", "-detailed-exitcode", "-no-color"); code != 0 {
		t.Errorf("the plan is not empty: exit %d\n%s", code, out)
	}
}
