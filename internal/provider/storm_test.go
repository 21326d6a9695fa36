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

const fleet = `
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

// TestStorm: an estate of 20 clusters and 60 pools in one apply at parallelism 30, while the API answers every third
// request that it is asked too much: exactly that many of each, no API server open, and nothing to do afterwards.
func TestStorm(t *testing.T) {
	t.Parallel()
	env := acctest.New(t)
	cli := env.CLI(t, fleet)
	for after := range 100 {
		if err := env.Sandbox.AddFault(
			sandbox.Fault{Path: "*", Kind: sandbox.FaultStatus, Status: 429, RetryAfter: 1, After: 3 * after},
		); err != nil {
			t.Fatal(err)
		}
	}
	// On a busy machine one write meets so many of these that its attempts are over: here the allow-lists do, each several
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
	said := cli.Must("apply", "-auto-approve", "-no-color", "-parallelism=30")
	acctest.Contains(t, said, "80 added, 0 changed, 0 destroyed")
	acctest.Lacks(t, said, "still open to the world")
	counts(t, env, 20, 60)
	closed(t, env)
	if out, code := cli.Run("plan", "-detailed-exitcode", "-no-color"); code != 0 {
		t.Errorf("the second plan is not empty: exit %d\n%s", code, out)
	}
	acctest.Contains(t, cli.Must("destroy", "-auto-approve", "-no-color", "-parallelism=30"), "80 destroyed")
	counts(t, env, 0, 0)
}

// closed fails the test for each cluster whose API server is open to the world.
func closed(t *testing.T, env *acctest.Env) {
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
				t.Errorf("cluster %s is open to the world", cluster.Name)
			}
		}
	}
}

func counts(t *testing.T, env *acctest.Env, clusters, pools int) {
	t.Helper()
	api := env.Client(t)
	found, err := api.Clusters(t.Context(), scw.RegionFrPar, scaleway.ClusterFilter{})
	if err != nil {
		t.Fatal(err)
	}
	held := 0
	for _, cluster := range found {
		in, err := api.Pools(t.Context(), scw.RegionFrPar, cluster.ID)
		if err != nil {
			t.Fatal(err)
		}
		held += len(in)
	}
	if len(found) != clusters || held != pools {
		t.Errorf("%d clusters with %d pools, not %d with %d", len(found), held, clusters, pools)
	}
}

// TestTwoStates: the same configuration applied from two states while the first is at work makes one of everything: the
// second is refused, with the block that brings what is there under its state.
func TestTwoStates(t *testing.T) {
	t.Parallel()
	env := acctest.New(t)
	one := strings.NewReplacer(
		"count                       = 20", "", "site-${count.index}", "site", "count      = 60", "", "site[count.index % "+
			"20]", "site", "machines-${count.index}", "machines",
	).Replace(fleet)
	first, second := env.CLI(t, one), env.CLI(t, one)
	running := first.Start("apply", "-auto-approve", "-no-color")
	// The API lets two clusters have one name: between the look for it and the create of it the other may come.
	env.Until(t, "POST /k8s/v1/regions/fr-par/clusters")
	out, code := second.Run("apply", "-auto-approve", "-no-color")
	also, other := running.Wait()
	if (code == 0) == (other == 0) {
		t.Errorf("exits %d and %d:\n%s\n%s", code, other, out, also)
	}
	refused := out
	if code == 0 {
		refused = also
	}
	acctest.Contains(t, refused, "already", "import {")
	counts(t, env, 1, 1)
}

// TestRevokedHalfWay: a key that loses its permissions in the middle of an apply leaves what was made in the state;
// with them back, the next apply goes on, and makes nothing twice.
func TestRevokedHalfWay(t *testing.T) {
	t.Parallel()
	env := acctest.New(t)
	few := strings.NewReplacer("= 20", "= 3", "% 20", "% 3", "= 60", "= 6").Replace(fleet)
	cli := env.CLI(t, few)
	if err := env.Sandbox.AddFault(
		sandbox.Fault{Path: "/k8s/*", Kind: sandbox.FaultStatus, Status: 403, After: 25, Times: 1000},
	); err != nil {
		t.Fatal(err)
	}
	out, code := cli.Run("apply", "-auto-approve", "-no-color")
	if code == 0 {
		t.Fatalf("nothing was revoked:\n%s", out)
	}
	acctest.Contains(t, out, "HTTP 403")
	env.Sandbox.ClearFaults()
	cli.Must("apply", "-auto-approve", "-no-color")
	counts(t, env, 3, 6)
	if out, code := cli.Run("plan", "-detailed-exitcode", "-no-color"); code != 0 {
		t.Errorf("the plan is not empty: exit %d\n%s", code, out)
	}
}
