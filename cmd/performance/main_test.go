package main

import (
	"strings"
	"testing"
)

// output is what `go test -bench` prints for all benchmarks of the page, twice each.
func output() string {
	var b strings.Builder
	b.WriteString("goos: linux\npkg: example\ncpu: Fast Processor \n")
	for _, line := range []string{
		"Peer/clusters=10/op=plan-2 1 %d srm-s 4 peer-s 0.5 x-s 1 srm-processor-s 2 peer-processor-s " +
			"0.5 x-processor-s 31 srm-requests 80 peer-requests 0.3875 x-requests 50 srm-peak-MB 52 peer-peak-MB " +
			"0.96 x-peak-MB",
		"Estate/clusters=10/op=plan-2 1 %d000000000 ns/op 2.5 x-limit 2 requests/cluster 1 requests/pool " +
			"1 requests-shared 50 peak-MB",
		"Start-2 1 120000000 ns/op 50 binary-MB 300 schema-kB",
		"SandboxStart-2 1 30000000 ns/op 30 binary-MB 25 peak-MB",
		"Assess-2 1 9500000000 ns/op 70 requests 400 peak-MB",
		"Overshoot/op=create-pool-2 1 5 ns/op 1.8 %%overshoot 90 real-s/op 71 requests/op 0 rejected-writes/op",
		"OpenAPIServer/kind=srm_hds_cluster/latency=50ms-2 1 5 ns/op 76.5 open-s/op 75 requests/op " +
			"0 rejected-writes/op",
	} {
		for _, value := range []string{"1", "2"} {
			b.WriteString("Benchmark" + strings.ReplaceAll(strings.ReplaceAll(line, "%d", value), "%%", "%") + "\n")
		}
	}
	return b.String()
}

func TestPage(t *testing.T) {
	t.Parallel()
	var page strings.Builder
	err := writePage(strings.NewReader(output()), &page, facts{"2026-12-01", "abc", "Terraform v1.11.4", "a stand-in"})
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"| Date | 2026-12-01 |", "| Machine | 2 processors, Fast Processor |", "| Other provider | a stand-in |",
		"| 10 | Wall time (s) | 1.50 (1.00–2.00) | 4.00 | 0.50 |", "| | Requests | 31 | 80 | 0.39 |",
		"| 10 | 1.50 (1.00–2.00) | 2.50 | 2.0 | 1.0 | 1 | 50 |", "| 120 | 50.0 | schemas: 300 kB |",
		"| 9.5 | 70 | 400 |", "| create-pool | 90 | 1.8 | 71 | 0 |", "| srm_hds_cluster/latency=50ms | 76.5 | 75 | 0 |",
	} {
		if !strings.Contains(page.String(), want) {
			t.Errorf("%q is not in the page:\n%s", want, &page)
		}
	}
}

// TestIncompleteInput checks that the page is not written without a figure.
func TestIncompleteInput(t *testing.T) {
	t.Parallel()
	for input, want := range map[string]string{
		"": "no result", "PASS\n": "no result", strings.ReplaceAll(output(), "x-limit", "other"): "x-limit",
		strings.ReplaceAll(output(), "BenchmarkStart", "BenchmarkStop"): "Start",
	} {
		err := writePage(strings.NewReader(input), &strings.Builder{}, facts{})
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want %q", err, want)
		}
	}
}
