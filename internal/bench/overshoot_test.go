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

// faster is by how much the sandbox is faster than the recordings, and its latency and the provider's pauses are
// shorter than real ones. All are proportional to each other, so that the shares stay; what does not shrink is the
// provider's own work, so that they come out rather too high.
const faster = 20

// BenchmarkOvershoot measures for how long an operation goes on after the API's objects are as wanted, in per cent of
// its duration. A goroutine looks at them in the sandbox, in process, once a millisecond: 20 ms of real time.
func BenchmarkOvershoot(b *testing.B) {
	for _, op := range []string{"create-cluster", "create-pool", "delete-pool", "delete-cluster"} {
		b.Run("op="+op, func(b *testing.B) {
			late, took := time.Duration(0), time.Duration(0)
			for b.Loop() {
				b.StopTimer()
				s := newStory(b)
				measured := s.before(op)
				b.StartTimer()
				ended, ready, lasted := s.time(measured)
				b.StopTimer()
				late, took = late+ended.Sub(ready), took+lasted
				b.StartTimer()
			}
			b.ReportMetric(100*late.Seconds()/took.Seconds(), "%overshoot")
			b.ReportMetric(faster*took.Seconds()/float64(b.N), "real-s/op")
		})
	}
}

// story is a cluster and its pool on the provider's protocol.
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

// step is an operation, and when the API's objects are as it wants them.
type step struct {
	run   func(context.Context) string
	ready func() bool
}

// before does what has to be done before an operation, which is returned.
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
	for _, one := range steps {
		if one.name == op {
			return one.step
		}
		s.must(one.run)
	}
	s.b.Fatal("no such operation: " + op)
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

// time runs a step beside a goroutine that looks when it is ready.
func (s *story) time(of step) (ended, ready time.Time, lasted time.Duration) {
	s.b.Helper()
	seen := make(chan time.Time, 1)
	ctx, cancel := context.WithCancel(s.b.Context())
	defer cancel()
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	go func() {
		for {
			select {
			case <-ctx.Done():
				seen <- s.env.Sandbox.Now()
				return
			case <-tick.C:
				if of.ready() {
					seen <- s.env.Sandbox.Now()
					return
				}
			}
		}
	}()
	begun := s.env.Sandbox.Now()
	s.must(of.run)
	ended = s.env.Sandbox.Now()
	cancel()
	ready = <-seen
	if ready.After(ended) {
		ready = ended // it was seen by the provider first
	}
	return ended, ready, ended.Sub(begun)
}

// count is how many objects of a kind have a status, "" being any; -1 where the sandbox does not say.
func (s *story) count(kind, status string) int {
	var all []struct {
		Status string `json:"status"`
	}
	if err := s.env.Sandbox.Objects(kind, &all); err != nil {
		return -1
	}
	found := 0
	for _, one := range all {
		if status == "" || one.Status == status {
			found++
		}
	}
	return found
}
