package bench

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/terraform-srm/terraform-provider-srm/internal/acctest"
	"github.com/terraform-srm/terraform-provider-srm/internal/provider"
	"github.com/terraform-srm/terraform-provider-srm/internal/sandbox"
)

// speedup divides the recorded durations, the latency and the provider's polling intervals by the same factor, so that
// their ratios do not change. The provider's own work is not faster: the measured overshoot is rather too high.
const speedup = 20

// BenchmarkOvershoot measures how long an operation continues after the objects in the API have reached the desired
// state, in per cent of its duration. A goroutine reads the objects from the sandbox every millisecond: 20 ms of real
// time.
func BenchmarkOvershoot(b *testing.B) {
	for _, op := range []string{"create-cluster", "create-pool", "delete-pool", "delete-cluster"} {
		b.Run("op="+op, func(b *testing.B) {
			overshoot, total := time.Duration(0), time.Duration(0)
			for b.Loop() {
				b.StopTimer()
				s := newLifecycleBenchmark(b)
				measured := s.prepare(op)
				b.StartTimer()
				ended, ready, duration := s.measure(measured)
				b.StopTimer()
				overshoot, total = overshoot+ended.Sub(ready), total+duration
				b.StartTimer()
			}
			b.ReportMetric(100*overshoot.Seconds()/total.Seconds(), "%overshoot")
			b.ReportMetric(speedup*total.Seconds()/float64(b.N), "real-s/op")
		})
	}
}

// lifecycleBenchmark is a cluster and its pool on the plugin protocol.
type lifecycleBenchmark struct {
	b             *testing.B
	env           *acctest.Env
	cluster, pool *acctest.ResourceLifecycle
}

func newLifecycleBenchmark(b *testing.B) *lifecycleBenchmark {
	b.Helper()
	env := acctest.New(b, func(o *sandbox.Options) { o.Speed, o.Latency = speedup, latency/speedup })
	protocol := env.Protocol(b, provider.WithPolling(time.Second/speedup))
	s := &lifecycleBenchmark{b: b, env: env, cluster: protocol.Resource("srm_hds_cluster", map[string]any{
		"name": "bench", "version": "1.35", "type": "kapsule-dedicated-4", "private_network_id": "fr-par/" +
			sandbox.PrivateNetworkID,
		"allowed_ip_ranges": []map[string]any{}, "maintenance_window": map[string]any{
			"day": "sunday", "start_hour": int64(2),
		},
		"delete_additional_resources": false, "deletion_protection": false,
	})}
	s.pool = protocol.Resource("srm_hds_pool", nil)
	return s
}

// operation is an operation, and a function that reports whether the objects in the API have reached the desired state.
type operation struct {
	run     func(context.Context) string
	isReady func() bool
}

// prepare runs the operations before op, and returns op.
func (s *lifecycleBenchmark) prepare(op string) operation {
	s.b.Helper()
	steps := []struct {
		name string
		operation
	}{
		{"create-cluster", operation{s.cluster.Apply, func() bool { return s.countObjects("clusters", "ready") == 1 }}},
		{
			"create-pool", operation{
				s.createPool, func() bool {
					return s.countObjects("pools", "ready") == 1 && s.countObjects("nodes",
						"ready") == 1
				},
			},
		},
		{"delete-pool", operation{s.pool.Destroy, func() bool { return s.countObjects("pools", "") == 0 }}},
		{"delete-cluster", operation{s.cluster.Destroy, func() bool { return s.countObjects("clusters", "") == 0 }}},
	}
	for _, candidate := range steps {
		if candidate.name == op {
			return candidate.operation
		}
		s.mustRun(candidate.run)
	}
	s.b.Fatal("unknown operation: " + op)
	return operation{}
}

func (s *lifecycleBenchmark) createPool(ctx context.Context) string {
	id := s.cluster.StringAttribute("id")
	s.pool.Configure(map[string]any{
		"cluster_id": id, "guardrails_id": id + "/guardrails", "name": "workers", "node_type": "POP2-2C-8G",
		"zone": "fr-par-1", "size": int64(1),
		"root_volume": map[string]any{"type": "sbs_5k", "size_gb": int64(20)},
	})
	return s.pool.Apply(ctx)
}

func (s *lifecycleBenchmark) mustRun(run func(context.Context) string) {
	s.b.Helper()
	if diagnostics := run(s.b.Context()); strings.Contains(diagnostics, "ERROR: ") {
		s.b.Fatal(diagnostics)
	}
}

// measure runs an operation, while a goroutine polls until the objects are ready.
func (s *lifecycleBenchmark) measure(of operation) (ended, ready time.Time, duration time.Duration) {
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
				if of.isReady() {
					readyAt <- s.env.Sandbox.Now()
					return
				}
			}
		}
	}()
	started := s.env.Sandbox.Now()
	s.mustRun(of.run)
	ended = s.env.Sandbox.Now()
	cancel()
	ready = <-readyAt
	if ready.After(ended) {
		ready = ended // the provider polled before the goroutine did
	}
	return ended, ready, ended.Sub(started)
}

// countObjects returns the number of objects with a status, or of all objects if status is empty. It returns -1 if the
// sandbox does not have the kind.
func (s *lifecycleBenchmark) countObjects(kind, status string) int {
	var all []struct {
		Status string `json:"status"`
	}
	if err := s.env.Sandbox.Objects(kind, &all); err != nil {
		return -1
	}
	found := 0
	for _, object := range all {
		if status == "" || object.Status == status {
			found++
		}
	}
	return found
}
