package bench

import (
	"fmt"
	"regexp"
	"testing"
	"time"
)

// BenchmarkEstate measures what the CLI does with so many clusters of one pool each: the first plan, and where all
// exist a plan and an apply with nothing to do, and a destroy. x-limit is its time by the limit: the time of the same
// command on as many terraform_data, and that of the requests, each of the sandbox's latency, as many at a time as the
// CLI's parallelism. Both run in turns, so that what else the machine does is in both. peak-MB is the most that one
// provider process took.
func BenchmarkEstate(b *testing.B) {
	binary := release(b)
	for _, n := range sizes() {
		b.Run(fmt.Sprintf("clusters=%d", n), func(b *testing.B) {
			r := newRig(b, binary, n)
			make := func() {
				r.builtin.run("apply", "-auto-approve")
				r.real.run("apply", "-auto-approve", "-parallelism=50")
			}
			as := func(name string, prepare func(), args ...string) {
				b.Run("op="+name, func(b *testing.B) { r.measure(b, n, prepare, args...) })
			}
			as("plan-new", func() {}, "plan")
			make()
			as("plan", func() {}, "plan", "-detailed-exitcode") // which fails where there is something to do
			as("apply", func() {}, "apply", "-auto-approve")
			as("destroy", make, "destroy", "-auto-approve")
		})
	}
}

// measure runs a command as often as the benchmark asks, each time after prepare.
func (r *rig) measure(b *testing.B, n int, prepare func(), args ...string) {
	b.Helper()
	limit, took, highest := time.Duration(0), time.Duration(0), 0.0
	now := r.env.Sandbox.Now
	for b.Loop() {
		b.StopTimer()
		prepare()
		r.env.Sandbox.ClearRequests()
		before := now()
		b.StartTimer()
		highest = max(highest, r.real.peak(args...))
		b.StopTimer()
		took += now().Sub(before)
		limit += r.limit(args...)
		b.StartTimer()
	}
	r.report(b, n, took, limit, highest)
}

// limit is the least that the command before could have taken.
func (r *rig) limit(args ...string) time.Duration {
	before := r.env.Sandbox.Now()
	r.builtin.run(args...)
	return r.env.Sandbox.Now().Sub(before) + time.Duration(len(r.env.Sandbox.Requests()))*latency/parallelism
}

var (
	ofPool    = regexp.MustCompile(`/pools(/|$)|/nodes(/|$)|/gateway-networks`)
	ofCluster = regexp.MustCompile(`/clusters(/|$)`)
)

// report says what the requests of the last run were for: clusters, pools, and what is asked once for all.
func (r *rig) report(b *testing.B, n int, took, limit time.Duration, highest float64) {
	b.Helper()
	clusters, pools, shared := 0, 0, 0
	for _, request := range r.env.Sandbox.Requests() {
		switch {
		case ofPool.MatchString(request.Path):
			pools++
		case ofCluster.MatchString(request.Path):
			clusters++
		default:
			shared++
		}
	}
	b.ReportMetric(float64(clusters)/float64(n), "requests/cluster")
	b.ReportMetric(float64(pools)/float64(n), "requests/pool")
	b.ReportMetric(float64(shared), "requests-shared")
	b.ReportMetric(took.Seconds()/limit.Seconds(), "x-limit")
	if highest > 0 {
		b.ReportMetric(highest, "peak-MB")
	}
}
