package bench

import (
	"bufio"
	"fmt"
	"io"
	"maps"
	"net/http"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/scaleway/scaleway-sdk-go/api/block/v1"
	"github.com/scaleway/scaleway-sdk-go/api/k8s/v1"
	"github.com/scaleway/scaleway-sdk-go/scw"

	"github.com/terraform-srm/terraform-provider-srm/internal/acctest"
	"github.com/terraform-srm/terraform-provider-srm/internal/sandbox"
)

// BenchmarkSandboxStart measures the time from the start of the sandbox's process to its first response. It also
// reports the size of the binary and the peak memory of the process by then.
func BenchmarkSandboxStart(b *testing.B) {
	binary := buildBinary(b, module+"/cmd/sandbox", "sandbox")
	info, err := os.Stat(binary)
	if err != nil {
		b.Fatal(err)
	}
	peak := 0.0
	for b.Loop() {
		command := exec.CommandContext(b.Context(), binary, "-listen", "127.0.0.1:0")
		stdout, err := command.StdoutPipe()
		if err != nil {
			b.Fatal(err)
		}
		if err := command.Start(); err != nil {
			b.Fatal(err)
		}
		line, err := bufio.NewReader(stdout).ReadString('\n')
		if err != nil {
			b.Fatal(err)
		}
		get(b, strings.TrimPrefix(strings.TrimSpace(line), "export SCW_API_URL=")+clustersPath)
		b.StopTimer()
		peak = max(peak, peakMemory(strconv.Itoa(command.Process.Pid)))
		_ = command.Process.Kill()
		_ = command.Wait() // reports the signal
		b.StartTimer()
	}
	b.ReportMetric(float64(info.Size())/(1<<20), "binary-MB")
	if peak > 0 {
		b.ReportMetric(peak, "peak-MB")
	}
}

const clustersPath = "/k8s/v1/regions/fr-par/clusters"

// A cluster of the estates has at most 250 nodes.
const (
	poolSize        = 20
	poolsPerCluster = 10
)

// sandboxEstate is a number of objects in a sandbox.
type sandboxEstate struct{ clusters, nodes, volumes int }

// BenchmarkSandboxLists measures the time of one full page of each list of an estate. x-small is the ratio to the same
// page of an estate whose lists have about one page.
func BenchmarkSandboxLists(b *testing.B) {
	small := newListBenchmark(b, sandboxEstate{clusters: 100, nodes: 100, volumes: 100})
	large := newListBenchmark(b, sandboxEstate{clusters: 200, nodes: 500, volumes: 1000})
	for _, name := range slices.Sorted(maps.Keys(large.lists)) {
		b.Run("list="+name, func(b *testing.B) {
			reference := time.Duration(0)
			for b.Loop() {
				get(b, large.env.URL+large.lists[name])
				b.StopTimer()
				start := small.env.Sandbox.Now()
				get(b, small.env.URL+small.lists[name])
				reference += small.env.Sandbox.Now().Sub(start)
				b.StartTimer()
			}
			b.ReportMetric(b.Elapsed().Seconds()/reference.Seconds(), "x-small")
		})
	}
}

// listBenchmark is a sandbox with an estate, and the paths of its lists by name.
type listBenchmark struct {
	env   *acctest.Env
	lists map[string]string
}

func newListBenchmark(b *testing.B, size sandboxEstate) *listBenchmark {
	b.Helper()
	env := acctest.New(b, func(o *sandbox.Options) { o.Speed = 1000 })
	client, err := scw.NewClient(
		scw.WithAPIURL(env.URL), scw.WithAuth(sandbox.AccessKey, sandbox.SecretKey),
		scw.WithDefaultRegion(scw.RegionFrPar), scw.WithDefaultZone(scw.ZoneFrPar1),
		scw.WithDefaultProjectID(sandbox.ProjectID),
	)
	if err != nil {
		b.Fatal(err)
	}
	kubernetes, storage, clusters := k8s.NewAPI(client), block.NewAPI(client), make([]string, size.clusters)
	for i := range clusters {
		clusters[i] = env.CreateCluster(b, acctest.Named(fmt.Sprintf("cluster-%d", i)))
	}
	for i := range size.nodes / poolSize {
		if _, err := kubernetes.CreatePool(&k8s.CreatePoolRequest{
			ClusterID: clusters[i/poolsPerCluster], Name: fmt.Sprintf("pool-%d", i), NodeType: "POP2-2C-8G",
			Size: poolSize, RootVolumeType: k8s.PoolVolumeTypeSbs5k,
		}); err != nil {
			b.Fatal(err)
		}
	}
	for i := range size.volumes {
		if _, err := storage.CreateVolume(&block.CreateVolumeRequest{
			Name: fmt.Sprintf("volume-%d", i), PerfIops: scw.Uint32Ptr(5000),
			FromEmpty: &block.CreateVolumeRequestFromEmpty{Size: 10 * scw.GB},
		}); err != nil {
			b.Fatal(err)
		}
	}
	env.Sandbox.Advance(time.Hour)
	zone, region := "/zones/fr-par-1", "/regions/fr-par"
	return &listBenchmark{env: env, lists: map[string]string{
		"clusters":  clustersPath,
		"nodes":     clustersPath + "/" + clusters[0] + "/nodes",
		"pools":     clustersPath + "/" + clusters[0] + "/pools",
		"servers":   "/instance/v1" + zone + "/servers",
		"volumes":   "/block/v1" + zone + "/volumes",
		"addresses": "/ipam/v1" + region + "/ips",
		"events":    "/audit-trail/v1alpha1" + region + "/events?organization_id=" + sandbox.OrganizationID,
	}}
}

// get reads the first full page of a list.
func get(b *testing.B, url string) {
	b.Helper()
	request, err := http.NewRequestWithContext(b.Context(), http.MethodGet, url, nil)
	if err != nil {
		b.Fatal(err)
	}
	query := request.URL.Query()
	query.Set("page_size", "100")
	query.Set("per_page", "100") // of Instances
	request.URL.RawQuery = query.Encode()
	request.Header.Set("X-Auth-Token", sandbox.SecretKey)
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	if body, err := io.ReadAll(response.Body); err != nil || response.StatusCode != http.StatusOK {
		b.Fatalf("%s: %s %s, %v", url, response.Status, body, err)
	}
}
