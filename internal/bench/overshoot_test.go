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
const faster = 20

// BenchmarkOvershoot measures how long an operation continues after the objects in the API have reached the desired
// state, in per cent of its duration. A goroutine reads the objects from the sandbox every millisecond: 20 ms of real
// time.
func BenchmarkOvershoot(b *testing.B) {
	for _, op := range []string{"create-cluster", "create-pool", "delete-pool", "delete-cluster"} {
		b.Run("op="+op, func(b *testing.B) {
			overshoot, total := time.Duration(0), time.Duration(0)
			for b.Loop() {
				b.StopTimer()
				s := newStory(b)
				measured := s.before(op)
				b.StartTimer()
				ended, ready, duration := s.time(measured)
				b.StopTimer()
				overshoot, total = overshoot+ended.Sub(ready), total+duration
				b.StartTimer()
			}
			b.ReportMetric(100*overshoot.Seconds()/total.Seconds(), "%overshoot")
			b.ReportMetric(faster*total.Seconds()/float64(b.N), "real-s/op")
		})
	}
}

// lifecycleBenchmark is a cluster and its pool on the plugin protocol.
type story struct {
	b             *testing.B
	env           *acctest.Env
	cluster, pool *acctest.Life
}

func newStory(b *testing.B) *story {
	b.Helper()
	env := acctest.New(b, func(o *sandbox.Options) { o.Speed, o.Latency = faster, latency/faster })
	protocol := env.Protocol(b, provider.WithPolling(time.Second/faster))
	s := &story{b: b, env: env, cluster: protocol.Life("srm_hds_cluster", map[string]any{
		"name": "bench", "version": "1.35", "type": "kapsule-dedicated-4", "private_network_id": "fr-par/" +
			sandbox.PrivateNetworkID,
		"allowed_ip_ranges": []map[string]any{}, "maintenance_window": map[string]any{
			"day": "sunday", "start_hour": int64(2),
		},
		"delete_additional_resources": false, "deletion_protection": false,
	})}
	s.pool = protocol.Life("srm_hds_pool", nil)
	return s
}

// operation is an operation, and a function that reports whether the objects in the API have reached the desired state.
type step struct {
	run   func(context.Context) string
	ready func() bool
}

// prepare runs the operations before op, and returns op.
func (s *story) before(op string) step {
	s.b.Helper()
	steps := []struct {
		name string
		step
	}{
		{"create-cluster", step{s.cluster.Apply, func() bool { return s.count("clusters", "ready") == 1 }}},
		{
			"create-pool", step{
				s.makePool, func() bool { return s.count("pools", "ready") == 1 && s.count("nodes", "ready") == 1 },
			},
		},
		{"delete-pool", step{s.pool.Destroy, func() bool { return s.count("pools", "") == 0 }}},
		{"delete-cluster", step{s.cluster.Destroy, func() bool { return s.count("clusters", "") == 0 }}},
	}
	for _, candidate := range steps {
		if candidate.name == op {
			return candidate.step
		}
		s.must(candidate.run)
	}
	s.b.Fatal("unknown operation: " + op)
	return step{}
}

func (s *story) makePool(ctx context.Context) string {
	id := s.cluster.Text("id")
	s.pool.Configure(map[string]any{
		"cluster_id": id, "guardrails_id": id + "/guardrails", "name": "workers", "node_type": "POP2-2C-8G",
		"zone": "fr-par-1", "size": int64(1),
		"root_volume": map[string]any{"type": "sbs_5k", "size_gb": int64(20)},
	})
	return s.pool.Apply(ctx)
}

func (s *story) must(run func(context.Context) string) {
	s.b.Helper()
	if said := run(s.b.Context()); strings.Contains(said, "ERROR: ") {
		s.b.Fatal(said)
	}
}

// measure runs an operation, while a goroutine polls until the objects are ready.
func (s *story) time(of step) (ended, ready time.Time, duration time.Duration) {
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
				if of.ready() {
					readyAt <- s.env.Sandbox.Now()
					return
				}
			}
		}
	}()
	started := s.env.Sandbox.Now()
	s.must(of.run)
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
func (s *story) count(kind, status string) int {
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
