package bench

import (
	"fmt"
	"regexp"
	"testing"
	"time"
)

// BenchmarkEstate measures CLI commands on a number of clusters with one pool each: the first plan, an empty plan, an
// empty apply, and a destroy. x-limit is the duration divided by a lower bound: the duration of the same command with
// terraform_data resources, plus the latency of all requests divided by the CLI's parallelism. Both commands run
// alternately, so that other load on the machine affects both. peak-MB is the peak memory of a provider process.
func BenchmarkEstate(b *testing.B) {
	binary := buildRelease(b)
	for _, n := range estateSizes() {
		b.Run(fmt.Sprintf("clusters=%d", n), func(b *testing.B) {
			r := newEstateBenchmark(b, binary, n)
			create := func() {
				r.builtin.mustRun("apply", "-auto-approve")
				r.real.mustRun("apply", "-auto-approve", "-parallelism=50")
			}
			measure := func(name string, prepare func(), args ...string) {
				b.Run("op="+name, func(b *testing.B) { r.measure(b, n, prepare, args...) })
			}
			measure("plan-new", func() {}, "plan")
			create()
			measure("plan", func() {}, "plan", "-detailed-exitcode") // fails unless the plan is empty
			measure("apply", func() {}, "apply", "-auto-approve")
			measure("destroy", create, "destroy", "-auto-approve")
		})
	}
}

// measure runs prepare and a command b.N times, and reports the results.
func (r *estateBenchmark) measure(b *testing.B, n int, prepare func(), args ...string) {
	b.Helper()
	limit, duration, peak := time.Duration(0), time.Duration(0), 0.0
	now := r.env.Sandbox.Now
	for b.Loop() {
		b.StopTimer()
		prepare()
		r.env.Sandbox.ClearRequests()
		before := now()
		b.StartTimer()
		peak = max(peak, r.real.run(args...).memory)
		b.StopTimer()
		duration += now().Sub(before)
		limit += r.lowerBound(args...)
		b.StartTimer()
	}
	r.report(b, n, duration, limit, peak)
}

// lowerBound returns the lower bound of the duration of the last command, whose requests are in the log of the sandbox.
func (r *estateBenchmark) lowerBound(args ...string) time.Duration {
	before := r.env.Sandbox.Now()
	r.builtin.mustRun(args...)
	return r.env.Sandbox.Now().Sub(before) + time.Duration(len(r.env.Sandbox.Requests()))*latency/parallelism
}

var (
	poolRequest    = regexp.MustCompile(`/pools(/|$)|/nodes(/|$)|/gateway-networks`)
	clusterRequest = regexp.MustCompile(`/clusters(/|$)`)
)

// report reports the requests of the last run for each cluster, for each pool, and shared by all; the ratio of duration
// and limit, and the peak memory.
func (r *estateBenchmark) report(b *testing.B, n int, duration, limit time.Duration, peak float64) {
	b.Helper()
	clusters, pools, shared := 0, 0, 0
	for _, request := range r.env.Sandbox.Requests() {
		switch {
		case poolRequest.MatchString(request.Path):
			pools++
		case clusterRequest.MatchString(request.Path):
			clusters++
		default:
			shared++
		}
	}
	b.ReportMetric(float64(clusters)/float64(n), "requests/cluster")
	b.ReportMetric(float64(pools)/float64(n), "requests/pool")
	b.ReportMetric(float64(shared), "requests-shared")
	b.ReportMetric(duration.Seconds()/limit.Seconds(), "x-limit")
	if peak > 0 {
		b.ReportMetric(peak, "peak-MB")
	}
}
