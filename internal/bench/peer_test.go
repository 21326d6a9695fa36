package bench

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/scaleway/scaleway-sdk-go/scw"

	"github.com/terraform-srm/terraform-provider-srm/internal/acctest"
	"github.com/terraform-srm/terraform-provider-srm/internal/sandbox"
	"github.com/terraform-srm/terraform-provider-srm/internal/scaleway"
)

// BenchmarkPeer compares an empty plan of clusters with one pool each with that of another provider for the same
// objects, which it imports. PEER is the path of its binary: one with the resources scaleway_k8s_cluster,
// scaleway_k8s_acl and scaleway_k8s_pool of Scaleway's official provider. Without PEER, it is the tests' stand-in of
// the official provider, whose requests are the same, but which does less with their answers. The two commands run
// alternately, so that other load on the machine affects both. The processor time is that of the CLI and the provider,
// the memory the peak of a provider process, and x-… a value of this provider divided by that of the peer.
func BenchmarkPeer(b *testing.B) {
	binary, peer := buildRelease(b), peerBinary(b)
	for _, n := range append([]int{1}, estateSizes()...) {
		b.Run(fmt.Sprintf("clusters=%d", n), func(b *testing.B) {
			r := newPeerBenchmark(b, binary, peer, n)
			b.Run("op=plan", r.measurePlans)
		})
	}
}

// peerBinary returns the path of the peer's binary, under the name that a CLI looks for.
func peerBinary(b *testing.B) string {
	b.Helper()
	const name = "terraform-provider-scaleway"
	given := os.Getenv("PEER")
	if given == "" {
		return buildBinary(b, module+"/internal/acctest/fakescaleway/"+name, name)
	}
	target, err := filepath.Abs(given)
	if err != nil {
		b.Fatal(err)
	}
	if info, err := os.Stat(target); err != nil || info.IsDir() {
		b.Fatalf("PEER=%s is not the path of a provider's binary: give an absolute path (error: %v)", given, err)
	}
	link := filepath.Join(b.TempDir(), name)
	if err := os.Symlink(target, link); err != nil {
		b.Fatal(err)
	}
	return link
}

// peerBenchmark is an estate on a sandbox, in a state of this provider and in one of the peer.
type peerBenchmark struct {
	env       *acctest.Env
	srm, peer *cliCommand
}

func newPeerBenchmark(b *testing.B, binary, peer string, n int) *peerBenchmark {
	b.Helper()
	env := acctest.New(b, func(o *sandbox.Options) { o.Latency = latency })
	real, _ := estateConfig(n)
	now := env.Sandbox.Now
	r := &peerBenchmark{
		env: env, srm: newCLICommand(b, now, srmSource, binary, requireProvider("srm", srmSource)+env.Config(real)),
	}
	r.srm.run("apply", "-auto-approve", "-parallelism=50")
	r.peer = newCLICommand(b, now, scalewaySource, peer, requireProvider("scaleway", scalewaySource)+peerConfig(b, env))
	r.peer.env = append(r.peer.env, "SCW_API_URL="+env.URL, "SCW_ACCESS_KEY="+sandbox.AccessKey,
		"SCW_SECRET_KEY="+sandbox.SecretKey, "SCW_DEFAULT_ORGANIZATION_ID="+sandbox.OrganizationID,
		"SCW_DEFAULT_PROJECT_ID="+sandbox.ProjectID, "SCW_DEFAULT_REGION=fr-par", "SCW_DEFAULT_ZONE=fr-par-1")
	r.peer.run("apply", "-auto-approve", "-parallelism=50")
	return r
}

// peerConfig returns a configuration of the official provider that imports all clusters of the sandbox. Its values are
// those of estateConfig.
func peerConfig(b *testing.B, env *acctest.Env) string {
	b.Helper()
	api := env.Client(b)
	clusters, err := api.Clusters(b.Context(), scw.RegionFrPar, scaleway.ClusterFilter{})
	if err != nil {
		b.Fatal(err)
	}
	var ids strings.Builder
	for _, cluster := range clusters {
		pools, err := api.Pools(b.Context(), scw.RegionFrPar, cluster.ID)
		if err != nil || len(pools) != 1 {
			b.Fatalf("cluster %s has %d pools, error %v", cluster.ID, len(pools), err)
		}
		fmt.Fprintf(&ids, "    %s = { cluster = \"fr-par/%s\", pool = \"fr-par/%s\" }\n",
			cluster.Name, cluster.ID, pools[0].ID)
	}
	return "locals {\n  ids = {\n" + ids.String() + "  }\n}\n" +
		importOf("cluster") + peerResource("cluster", `
  name                        = each.key
  version                     = "1.35"
  type                        = "kapsule-dedicated-4"
  cni                         = "cilium"
  private_network_id          = "fr-par/`+sandbox.PrivateNetworkID+`"
  delete_additional_resources = false
  auto_upgrade {
    enable                        = true
    maintenance_window_day        = "sunday"
    maintenance_window_start_hour = 2
  }
`) + peerResource("acl", `
  cluster_id    = scaleway_k8s_cluster.all[each.key].id
  no_ip_allowed = true
`) + importOf("pool") + peerResource("pool", `
  cluster_id             = scaleway_k8s_cluster.all[each.key].id
  name                   = "workers"
  node_type              = "POP2-2C-8G"
  zone                   = "fr-par-1"
  size                   = 1
  autohealing            = true
  root_volume_type       = "sbs_5k"
  root_volume_size_in_gb = 20
  public_ip_disabled     = true
`)
}

// importOf returns the block that imports the resources of peerResource.
func importOf(kind string) string {
	return fmt.Sprintf(`
import {
  for_each = local.ids
  to       = scaleway_k8s_%[1]s.all[each.key]
  id       = each.value.%[1]s
}
`, kind)
}

// peerResource returns a resource of the official provider for each cluster.
func peerResource(kind, body string) string {
	return fmt.Sprintf("\nresource \"scaleway_k8s_%s\" \"all\" {\n  for_each = local.ids\n%s}\n", kind, body)
}

// measurePlans runs a plan of each provider b.N times, and reports the sums of all runs.
func (r *peerBenchmark) measurePlans(b *testing.B) {
	var used [2]usage
	var requests [2]int
	for b.Loop() {
		for i, cli := range []*cliCommand{r.srm, r.peer} {
			r.env.Sandbox.ClearRequests()
			run := cli.run("plan", "-detailed-exitcode") // fails unless the plan is empty
			used[i].wall += run.wall
			used[i].processor += run.processor
			used[i].memory += run.memory
			requests[i] += len(r.env.Sandbox.Requests())
		}
	}
	values := func(value func(int) float64) [2]float64 { return [2]float64{value(0), value(1)} }
	for unit, pair := range map[string][2]float64{
		"s":           values(func(i int) float64 { return used[i].wall.Seconds() }),
		"processor-s": values(func(i int) float64 { return used[i].processor.Seconds() }),
		"peak-MB":     values(func(i int) float64 { return used[i].memory }),
		"requests":    values(func(i int) float64 { return float64(requests[i]) }),
	} {
		for i, name := range []string{"srm", "peer"} {
			b.ReportMetric(pair[i]/float64(b.N), name+"-"+unit)
		}
		if !slices.Contains(pair[:], 0) {
			b.ReportMetric(pair[0]/pair[1], "x-"+unit)
		}
	}
	b.ReportMetric(0, "ns/op")
}
