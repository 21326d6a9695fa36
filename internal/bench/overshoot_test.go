package bench

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/scaleway/scaleway-sdk-go/api/k8s/v1"
	"github.com/scaleway/scaleway-sdk-go/scw"

	"github.com/terraform-srm/terraform-provider-srm/internal/acctest"
	"github.com/terraform-srm/terraform-provider-srm/internal/provider"
	"github.com/terraform-srm/terraform-provider-srm/internal/sandbox"
	"github.com/terraform-srm/terraform-provider-srm/internal/scaleway"
)

// speedup divides the recorded durations, the latency and the provider's polling intervals by the same factor, so that
// their ratios do not change. The provider's own work is not faster: the measured overshoot is rather too high.
const speedup = 20

// BenchmarkOvershoot measures how long an operation continues after the objects in the API have reached the desired
// state, in per cent of its duration, and counts its requests. A goroutine reads the objects from the sandbox every
// millisecond: 20 ms of real time.
func BenchmarkOvershoot(b *testing.B) {
	for _, op := range waitingOperations() {
		b.Run("op="+op.name, func(b *testing.B) {
			overshoot, total, requests, rejected := time.Duration(0), time.Duration(0), 0, 0
			for b.Loop() {
				b.StopTimer()
				s := newWaitBenchmark(b, latency)
				for _, before := range op.after {
					s.prepare(before)
				}
				run := op.configure(s)
				b.StartTimer()
				ended, ready, duration := s.measure(run, op.isReady)
				b.StopTimer()
				overshoot, total = overshoot+ended.Sub(ready), total+duration
				for _, request := range s.env.Sandbox.Requests() {
					requests++
					if acctest.IsRejectedWrite(request) {
						rejected++
					}
				}
				b.StartTimer()
			}
			b.ReportMetric(100*overshoot.Seconds()/total.Seconds(), "%overshoot")
			b.ReportMetric(speedup*total.Seconds()/float64(b.N), "real-s/op")
			b.ReportMetric(float64(requests)/float64(b.N), "requests/op")
			b.ReportMetric(float64(rejected)/float64(b.N), "rejected-writes/op")
		})
	}
}

// BenchmarkOpenAPIServer measures how long the API server of a new cluster accepts connections from everywhere: from
// the sandbox's response to the create to its response to the allow-list.
func BenchmarkOpenAPIServer(b *testing.B) {
	for _, kind := range []string{hdsCluster, kosmosCluster} {
		for _, delay := range []time.Duration{0, 50 * time.Millisecond, 200 * time.Millisecond} {
			b.Run(fmt.Sprintf("kind=%s/latency=%s", kind, delay), func(b *testing.B) {
				open, requests, rejected := time.Duration(0), 0, 0
				for b.Loop() {
					s := newWaitBenchmark(b, delay)
					s.mustRun(s.create(kind))
					var created time.Time
					for _, request := range s.env.Sandbox.Requests() {
						requests++
						switch {
						case request.Method == http.MethodPost:
							created = request.At
						case request.Method == http.MethodPut && request.Status == http.StatusOK:
							open += request.At.Sub(created)
						case request.Method == http.MethodPut:
							rejected++
						}
					}
				}
				b.ReportMetric(speedup*open.Seconds()/float64(b.N), "open-s/op")
				b.ReportMetric(float64(requests)/float64(b.N), "requests/op")
				b.ReportMetric(float64(rejected)/float64(b.N), "rejected-writes/op")
			})
		}
	}
}

// waitingOperation is an operation that waits for the API.
type waitingOperation struct {
	name string
	// after are the operations that come before.
	after []string
	// configure returns a function that runs the operation and returns its diagnostics.
	configure func(*waitBenchmark) func(context.Context) string
	// isReady reports whether the objects in the API have reached the desired state.
	isReady func(*waitBenchmark) bool
}

const (
	hdsCluster    = "srm_hds_cluster"
	kosmosCluster = "srm_kosmos_cluster"
	hdsPool       = "srm_hds_pool"
	kosmosPool    = "srm_kosmos_pool"
	externalNode  = "srm_kosmos_external_node"
)

// waitingOperations returns each operation whose duration depends on the API. The changes of an allow-list, an export
// and an external pool take one request.
func waitingOperations() []waitingOperation {
	clusterIs := func(field, value string) func(*waitBenchmark) bool {
		return func(s *waitBenchmark) bool {
			return s.count("clusters", "ready", field, value) == 1
		}
	}
	poolHas := func(nodes int, field, value string) func(*waitBenchmark) bool {
		return func(s *waitBenchmark) bool {
			return s.count("pools", "ready", field, value) == 1 && s.count("nodes", "ready", "", "") == nodes &&
				s.count("nodes", "", "", "") == nodes
		}
	}
	none := func(objects string) func(*waitBenchmark) bool {
		return func(s *waitBenchmark) bool { return s.count(objects, "", "", "") == 0 }
	}
	create := func(kind string) func(*waitBenchmark) func(context.Context) string {
		return func(s *waitBenchmark) func(context.Context) string { return s.create(kind) }
	}
	change := func(kind string, changes map[string]any) func(*waitBenchmark) func(context.Context) string {
		return func(s *waitBenchmark) func(context.Context) string { return s.change(kind, changes) }
	}
	destroy := func(kind string) func(*waitBenchmark) func(context.Context) string {
		return func(s *waitBenchmark) func(context.Context) string { return s.resources[kind].Destroy }
	}
	pooled, enrolled := []string{hdsCluster, hdsPool}, []string{kosmosCluster, kosmosPool, externalNode}
	upgraded := func(s *waitBenchmark) bool {
		// The operation does not wait until the old nodes are deleted.
		return s.count("clusters", "ready", "version", "1.36") == 1 && s.count("pools", "ready", "version", "1.36") == 1
	}
	return []waitingOperation{
		{"create-cluster", nil, create(hdsCluster), clusterIs("", "")},
		{"create-kosmos-cluster", nil, create(kosmosCluster), clusterIs("", "")},
		{"create-pool", pooled[:1], create(hdsPool), poolHas(1, "", "")},
		{
			"update-cluster", pooled, change(hdsCluster, map[string]any{"description": "changed"}),
			clusterIs("description", "changed"),
		},
		{
			"change-type", pooled, change(hdsCluster, map[string]any{"type": "kapsule-dedicated-8"}),
			clusterIs("type", "kapsule-dedicated-8"),
		},
		{
			"upgrade-cluster", pooled,
			change(hdsCluster, map[string]any{"version": "1.36", "upgrade_pools": false}), clusterIs("version", "1.36"),
		},
		{
			"upgrade-cluster-and-pools", pooled,
			change(hdsCluster, map[string]any{"version": "1.36", "upgrade_pools": true}), upgraded,
		},
		{
			"upgrade-pool",
			[]string{hdsCluster, hdsPool, "upgrade"},
			change(hdsPool, map[string]any{"version": "1.36"}),
			poolHas(1, "version", "1.36"),
		},
		{"grow-pool", pooled, change(hdsPool, map[string]any{"size": int64(2)}), poolHas(2, "", "")},
		{
			"shrink-pool", []string{hdsCluster, hdsPool, "grow"}, change(hdsPool, map[string]any{"size": int64(1)}),
			poolHas(1, "size", "1"),
		},
		{"replace-node", pooled, (*waitBenchmark).replaceNode, func(s *waitBenchmark) bool {
			return poolHas(1, "", "")(s) && s.count("nodes", "", "id", s.replaced) == 0
		}},
		{"enrol-node", enrolled[:2], (*waitBenchmark).enrol, func(s *waitBenchmark) bool {
			return s.count("nodes", "ready", "", "") == 1
		}},
		{"delete-external-node", enrolled, destroy(externalNode), none("nodes")},
		{"delete-external-pool", enrolled[:2], destroy(kosmosPool), none("pools")},
		{"delete-pool", pooled, destroy(hdsPool), none("pools")},
		{"delete-cluster", pooled[:1], destroy(hdsCluster), none("clusters")},
	}
}

// waitBenchmark holds the resources of a sandbox on the plugin protocol, by type.
type waitBenchmark struct {
	b         *testing.B
	env       *acctest.Env
	protocol  *acctest.Protocol
	resources map[string]*acctest.ResourceLifecycle
	configs   map[string]map[string]any
	replaced  string // UUID of the node that replaceNode replaces
}

func newWaitBenchmark(b *testing.B, delay time.Duration) *waitBenchmark {
	b.Helper()
	env := acctest.New(b, func(o *sandbox.Options) { o.Speed, o.Latency = speedup, delay/speedup })
	return &waitBenchmark{
		b: b, env: env, protocol: env.Protocol(b, provider.WithPolling(time.Second/speedup)),
		resources: map[string]*acctest.ResourceLifecycle{}, configs: map[string]map[string]any{},
	}
}

// config returns the configuration of a new resource, whose cluster or pool exists.
func (s *waitBenchmark) config(kind string) map[string]any {
	switch kind {
	case hdsCluster:
		return acctest.HDSClusterAttributes("bench")
	case kosmosCluster:
		return acctest.KosmosClusterAttributes("bench")
	case hdsPool:
		attributes := acctest.HDSPoolAttributes(s.resources[hdsCluster].StringAttribute("id"))
		attributes["version"] = "1.35"
		return attributes
	case kosmosPool:
		return acctest.ExternalPoolAttributes(s.resources[kosmosCluster].StringAttribute("id"))
	}
	return acctest.ExternalNodeAttributes(s.resources[kosmosPool].StringAttribute("id"))
}

// prepare runs an operation that comes before the measured one, and moves the sandbox's clock so that it takes no time.
func (s *waitBenchmark) prepare(name string) {
	s.b.Helper()
	stop := s.env.AdvanceContinuously()
	defer stop()
	switch name {
	case "upgrade":
		s.mustRun(s.change(hdsCluster, map[string]any{"version": "1.36", "upgrade_pools": false}))
	case "grow":
		s.mustRun(s.change(hdsPool, map[string]any{"size": int64(2)}))
	default:
		s.mustRun(s.create(name))
	}
}

// create returns a function that creates a resource.
func (s *waitBenchmark) create(kind string) func(context.Context) string {
	s.b.Helper()
	s.configs[kind] = s.config(kind)
	s.resources[kind] = s.protocol.Resource(kind, s.configs[kind])
	return s.resources[kind].Apply
}

// change returns a function that changes attributes of a resource.
func (s *waitBenchmark) change(kind string, changes map[string]any) func(context.Context) string {
	maps.Copy(s.configs[kind], changes)
	s.resources[kind].Configure(s.configs[kind])
	return s.resources[kind].Apply
}

// machineDuration is the time until a machine has run its program: until it enrols itself.
const machineDuration = 90 * time.Second

// enrol returns a function that creates an external node, and waits until its machine has enrolled itself.
func (s *waitBenchmark) enrol() func(context.Context) string {
	s.b.Helper()
	s.configs[externalNode] = s.config(externalNode)
	maps.Copy(s.configs[externalNode], map[string]any{
		"wait_for_ready": true, "enrolment": "machine", "credential_source": map[string]any{"file": "/root/key"},
	})
	s.resources[externalNode] = s.protocol.Resource(externalNode, s.configs[externalNode])
	client := s.env.Client(s.b)
	_, id, err := scaleway.SplitID(s.resources[kosmosPool].StringAttribute("id"), scw.RegionFrPar)
	if err != nil {
		s.b.Fatal(err)
	}
	pool, err := client.Pool(s.b.Context(), scw.RegionFrPar, id)
	if err != nil {
		s.b.Fatal(err)
	}
	return func(ctx context.Context) string {
		enrolled := make(chan error, 1)
		go func() {
			time.Sleep(machineDuration / speedup)
			_, err := s.env.EnrolMachine(ctx, client, pool, "203.0.113.10")
			enrolled <- err
		}()
		diagnostics := s.resources[externalNode].Apply(ctx)
		if err := <-enrolled; err != nil {
			s.b.Fatal(err)
		}
		return diagnostics
	}
}

// replaceNode returns a function that replaces the only node.
func (s *waitBenchmark) replaceNode() func(context.Context) string {
	s.b.Helper()
	var nodes []k8s.Node
	if err := s.env.Sandbox.Objects("nodes", &nodes); err != nil || len(nodes) != 1 {
		s.b.Fatalf("%d nodes, error %v", len(nodes), err)
	}
	s.replaced = nodes[0].ID
	return func(ctx context.Context) string {
		_, diagnostics := s.protocol.InvokeAction(ctx, "srm_replace_node", map[string]any{
			"node_id": string(scw.RegionFrPar) + "/" + s.replaced,
		}, nil)
		return diagnostics
	}
}

func (s *waitBenchmark) mustRun(run func(context.Context) string) {
	s.b.Helper()
	if diagnostics := run(s.b.Context()); strings.Contains(diagnostics, "ERROR: ") {
		s.b.Fatal(diagnostics)
	}
}

// measure runs an operation, while a goroutine polls until the objects are ready.
func (s *waitBenchmark) measure(
	run func(context.Context) string, isReady func(*waitBenchmark) bool,
) (ended, ready time.Time, duration time.Duration) {
	s.b.Helper()
	readyAt := make(chan time.Time, 1)
	ctx, cancel := context.WithCancel(s.b.Context())
	defer cancel()
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	go func() {
		for {
			select {
			case <-ctx.Done():
				readyAt <- s.env.Sandbox.Now()
				return
			case <-tick.C:
				if isReady(s) {
					readyAt <- s.env.Sandbox.Now()
					return
				}
			}
		}
	}()
	s.env.Sandbox.ClearRequests()
	started := s.env.Sandbox.Now()
	s.mustRun(run)
	ended = s.env.Sandbox.Now()
	cancel()
	ready = <-readyAt
	if ready.After(ended) {
		ready = ended // the provider polled before the goroutine did
	}
	return ended, ready, ended.Sub(started)
}

// count returns the number of objects that have a status and a field whose value has a prefix; an empty status or field
// matches all. It returns -1 if the sandbox does not have the kind.
func (s *waitBenchmark) count(kind, status, field, prefix string) int {
	var all []map[string]any
	if err := s.env.Sandbox.Objects(kind, &all); err != nil {
		return -1
	}
	found := 0
	for _, object := range all {
		if (status == "" || object["status"] == status) &&
			(field == "" || strings.HasPrefix(fmt.Sprint(object[field]), prefix)) {
			found++
		}
	}
	return found
}
