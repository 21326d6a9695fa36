#!/usr/bin/env bash
# Measures the provider and writes docs/performance.md: performance.sh. PEER is the binary of another provider to compare
# with, COUNT the number of plans of each size. Use an idle machine: it takes about half an hour.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
results=.bin/performance.txt
peer="the tests' stand-in of Scaleway's official provider"
if [ -n "${PEER:-}" ]; then
	peer=$(basename "$(readlink -f "$PEER")")
fi
: >"$results"
# measure BENCHMARKS RUNS
measure() {
	go test -run '^$' -bench "$1" -benchtime 1x -count "$2" -timeout 2h ./internal/bench | tee -a "$results"
}
measure Peer "${COUNT:-5}"
measure 'Estate/clusters=.*/op=plan$' "${COUNT:-5}"
measure '^Benchmark(Start|SandboxStart|Assess|Overshoot|OpenAPIServer)$' 3
go run ./cmd/performance -date "$(date -u +%F)" -commit "$(git describe --always --dirty)" \
	-cli "$("$CLI" version | sed -n 1p)" -peer "$peer" <"$results" >docs/performance.md
