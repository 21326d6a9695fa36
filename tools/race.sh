#!/usr/bin/env bash
# Runs the packages whose code or tests start goroutines or lock memory under the race detector. A search of the code finds
# them, so that no new one is missed. The benchmarks have no tests. The fault campaigns run only in `make test`: here they
# would take half an hour. So do packages whose tests only send requests to an API server, one after the other, and the
# tests of the machine that runs shell scripts. internal/assessment starts no goroutines and only its tests share a lock:
# TestConcurrentAssessments in internal/collect judges facts concurrently.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
readonly concurrent='^[[:space:]]*go ([[:alnum:]_.]+\(|func)|\.Go\(|sync\.(Mutex|RWMutex|WaitGroup|Map|Pool|Cond|Once\b)|"sync/atomic"'
mapfile -t packages < <(grep -rlE --include='*.go' "$concurrent" cmd internal | xargs -n1 dirname | sort -u |
	grep -vxE 'internal/(assessment|bench|acctest/machine|kubernetes/policytest|collect/accesstest)' | sed 's,^,./,')
unset "${!SCW_@}"
echo "==> Race detector: ${packages[*]}"
# As in tools/test.sh, less garbage collection and no debug information save time. Reports of races do not need it.
export GOGC=400
CGO_ENABLED=1 .bin/gotestsum --format testname -- -race -count=1 -timeout 30m -ldflags='-s -w' "${packages[@]}"
