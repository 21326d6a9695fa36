package provider_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/terraform-srm/terraform-provider-srm/internal/acctest"
	"github.com/terraform-srm/terraform-provider-srm/internal/sandbox"
)

// estateConfig returns the configuration of a number of clusters, each with a number of pools.
func estateConfig(clusters, pools int) string {
	var hcl strings.Builder
	for c := range clusters {
		fmt.Fprintf(&hcl, `
resource "srm_hds_cluster" "c%[1]d" {
  name               = "cluster-%[1]d"
  version            = "1.35"
  type               = "kapsule-dedicated-4"
  private_network_id = %[2]q
  allowed_ip_ranges  = []
  maintenance_window = { day = "sunday", start_hour = 2 }

  delete_additional_resources = false
}
`, c, sandbox.PrivateNetworkID)
		for p := range pools {
			fmt.Fprintf(&hcl, `
resource "srm_hds_pool" "c%[1]d_p%[2]d" {
  cluster_id    = srm_hds_cluster.c%[1]d.id
  guardrails_id = "${srm_hds_cluster.c%[1]d.id}/guardrails"
  name        = "pool-%[2]d"
  node_type   = "POP2-2C-8G"
  zone        = "fr-par-1"
  size        = 1
  root_volume = { type = "sbs_5k", size_gb = 20 }
}
`, c, p)
		}
	}
	return hcl.String()
}

// TestRequestsOfAnUnchangedEstate counts the requests of an empty plan: at most two for each cluster, one for each
// pool, and one for each distinct version. The CLI reads the pools of a cluster at the same time: most share a request.
func TestRequestsOfAnUnchangedEstate(t *testing.T) {
	t.Parallel()
	for _, size := range []struct{ clusters, pools int }{{1, 0}, {1, 2}, {3, 2}} {
		t.Run(fmt.Sprintf("%d clusters of %d pools", size.clusters, size.pools), func(t *testing.T) {
			t.Parallel()
			acctest.OnOneCLI(t)
			env := acctest.New(t)
			cli := env.CLI(t, estateConfig(size.clusters, size.pools))
			cli.MustRun("apply", "-auto-approve", "-no-color")
			env.Sandbox.ClearRequests()
			if out, code := cli.Run("plan", "-detailed-exitcode", "-no-color"); code != 0 {
				t.Fatalf("exit %d\n%s", code, out)
			}
			count := map[string]int{}
			for _, request := range env.AllRequests() {
				count[request]++
			}
			total := 0
			for _, n := range count {
				total += n
			}
			if limit := 2*size.clusters + size.clusters*size.pools + 1; total > limit {
				t.Errorf("%d requests, want at most %d: %v", total, limit, count)
			}
			t.Logf("%d requests: %v", total, count)
		})
	}
}
