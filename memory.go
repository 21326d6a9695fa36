package main

import (
	"os"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
)

// The provider needs 5 MB of live memory for an estate of any size. With memoryLimit, its process stays as large as for
// a small estate.
const (
	heapGrowth  = 400      // in per cent of the live heap, as GOGC; below the limit
	memoryLimit = 20 << 20 // bytes, as GOMEMLIMIT
)

// tuneMemory makes garbage collection rare in a small process, and keeps the process small. GOGC and GOMEMLIMIT take
// precedence.
func tuneMemory() {
	if os.Getenv("GOGC") == "" && os.Getenv("GOMEMLIMIT") == "" {
		debug.SetGCPercent(heapGrowth)
		followLiveHeap(struct{}{})
	}
}

// followLiveHeap sets the memory limit now and after each garbage collection. A fixed limit would be too low for a data
// source that holds much memory, such as an assessment of a large cluster: the process would only collect garbage.
func followLiveHeap(struct{}) {
	live := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
	metrics.Read(live)
	debug.SetMemoryLimit(limitFor(int64(live[0].Value.Uint64())))
	runtime.AddCleanup(new([64]byte), followLiveHeap, struct{}{})
}

// limitFor returns the memory limit for a live heap, both in bytes: from the size at which the limit would leave less
// room than half the live heap, it grows with the heap.
func limitFor(live int64) int64 { return max(memoryLimit, memoryLimit/2+live*3/2) }
